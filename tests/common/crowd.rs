//! Many futures in one line, which reach each other from inside their wakes.
#![forbid(unsafe_code)]

use std::future::Future;
use std::sync::{Arc, Mutex, Weak};

use super::{CountingWaker, Order, Polled};

/// Futures by their places in line, and a log of who was woken when.
pub(crate) struct Crowd<F> {
    members: Arc<Mutex<Vec<Option<Polled<F>>>>>,
    woken: Order,
}

impl<F: Future + Send + 'static> Crowd<F> {
    /// Starts `count` futures and polls each once; all must wait. Whenever one is
    /// woken, `on_wake` gets the crowd and the place of the woken one.
    #[track_caller]
    pub(crate) fn waiting(
        count: usize,
        start: impl Fn() -> F,
        on_wake: impl Fn(&Self, usize) + Send + Sync + 'static,
    ) -> Self {
        let members = Arc::new(Mutex::new(Vec::new()));
        let (woken, on_wake) = (Order::new(), Arc::new(on_wake));
        for place in 0..count {
            // Not a counted reference, which would keep the crowd from going.
            let (members_again, woken, on_wake) = (
                Arc::downgrade(&members),
                woken.clone(),
                Arc::clone(&on_wake),
            );
            let waker = CountingWaker::calling(move || {
                woken.enter(place);
                if let Some(members) = Weak::upgrade(&members_again) {
                    let woken = woken.clone();
                    on_wake(&Self { members, woken }, place);
                }
            });
            let member = Polled::waiting_with(start(), waker);
            members.lock().unwrap().push(Some(member));
        }
        Self { members, woken }
    }

    /// Takes a member out, if it is still there.
    pub(crate) fn take(&self, place: usize) -> Option<Polled<F>> {
        self.members.lock().unwrap()[place].take()
    }

    /// Puts one in, for the one that is there.
    pub(crate) fn put(&self, place: usize, member: Polled<F>) {
        let old = self.members.lock().unwrap()[place].replace(member);
        drop(old);
    }

    /// Calls `f` for each member, which may reach the others meanwhile.
    pub(crate) fn each(&self, mut f: impl FnMut(usize, &mut Polled<F>)) {
        let count = self.members.lock().unwrap().len();
        for place in 0..count {
            if let Some(mut member) = self.take(place) {
                f(place, &mut member);
                self.put(place, member);
            }
        }
    }

    /// The places of those that were woken so far, in order.
    pub(crate) fn woken(&self) -> Vec<usize> {
        self.woken.so_far()
    }
}
