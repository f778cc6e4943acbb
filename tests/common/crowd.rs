//! Many futures in one wait queue, which have access to each other during their wakes.
#![forbid(unsafe_code)]

use std::future::Future;
use std::sync::{Arc, Mutex, Weak};

use super::{CountingWaker, Order, Polled};

/// Futures by their positions in the wait queue, and a log of the wakes.
pub(crate) struct Crowd<F> {
    members: Arc<Mutex<Vec<Option<Polled<F>>>>>,
    woken: Order,
}

impl<F: Future + Send + 'static> Crowd<F> {
    /// Starts `count` futures and polls each once. All must wait. When one is woken, `on_wake`
    /// gets the crowd and the position of that future.
    #[track_caller]
    pub(crate) fn waiting(
        count: usize,
        start: impl Fn() -> F,
        on_wake: impl Fn(&Self, usize) + Send + Sync + 'static,
    ) -> Self {
        let members = Arc::new(Mutex::new(Vec::new()));
        let (woken, on_wake) = (Order::new(), Arc::new(on_wake));
        for position in 0..count {
            // A weak reference, because a strong one would keep the crowd alive.
            let (members_again, woken, on_wake) = (
                Arc::downgrade(&members),
                woken.clone(),
                Arc::clone(&on_wake),
            );
            let waker = CountingWaker::calling(move || {
                woken.enter(position);
                if let Some(members) = Weak::upgrade(&members_again) {
                    let woken = woken.clone();
                    on_wake(&Self { members, woken }, position);
                }
            });
            let member = Polled::waiting_with(start(), waker);
            members.lock().unwrap().push(Some(member));
        }
        Self { members, woken }
    }

    /// Takes a member, if it is still there.
    pub(crate) fn take(&self, position: usize) -> Option<Polled<F>> {
        self.members.lock().unwrap()[position].take()
    }

    /// Puts a member back, and drops the one that is there.
    pub(crate) fn put(&self, position: usize, member: Polled<F>) {
        let old = self.members.lock().unwrap()[position].replace(member);
        drop(old);
    }

    /// Calls `f` for each member. Meanwhile the others can be taken.
    pub(crate) fn each(&self, mut f: impl FnMut(usize, &mut Polled<F>)) {
        let count = self.members.lock().unwrap().len();
        for position in 0..count {
            if let Some(mut member) = self.take(position) {
                f(position, &mut member);
                self.put(position, member);
            }
        }
    }

    /// Returns the positions of the woken members, in the order of their wakes.
    pub(crate) fn woken(&self) -> Vec<usize> {
        self.woken.so_far()
    }
}
