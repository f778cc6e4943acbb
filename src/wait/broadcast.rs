#![forbid(unsafe_code)]
//! Waits for an end that comes once: all work done, queue closed. Everybody waits
//! for the same, and nothing is handed over. This is the one file that names
//! event-listener.
//!
//! # The shield
//!
//! event-listener wakes, clones and drops wakers while it holds its own mutex. A
//! user's waker that comes back to the same queue from there would hang. So it
//! never gets a user's waker: each wait has a [`Slot`] that holds the real one, and
//! event-listener gets a waker of ours that leads to the slot.
//!
//! 1. Poll: put the real waker into the slot, then poll the listener.
//! 2. Notify: while event-listener holds its mutex, our wakers move the real ones
//!    onto a collector, found through a thread-local; they are woken when
//!    event-listener has returned.
//! 3. Drop: take the real waker out of the slot, discard the listener (which passes
//!    nothing on), then drop the real waker.
//!
//! # Why no wakeup is lost
//!
//! A wait listens first and looks second. Whoever brings the end about changes the
//! state first and notifies second. A notification that belongs to an earlier end
//! finds the state unchanged for this wait, which then listens again.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, Wake, Waker};
#[cfg(not(target_family = "wasm"))]
use std::time::{Duration, Instant};

#[cfg(not(target_family = "wasm"))]
use event_listener::Listener;
use event_listener::{Event, EventListener};

use super::batch::WakeBatch;
use crate::sync::{Arc, Mutex, const_unless_loom, local_key};

local_key! {
    /// Real wakers, between event-listener's mutex and their wake.
    static COLLECTOR: Cell<Option<Vec<Waker>>> = Cell::new(None)
}

/// The place of a wait's real waker.
struct Slot(Mutex<Option<Waker>>);

impl Slot {
    /// Exchanges the waker. The caller drops what it gets.
    fn replace(&self, waker: Option<Waker>) -> Option<Waker> {
        std::mem::replace(&mut *self.0.lock(), waker)
    }

    fn will_wake(&self, waker: &Waker) -> bool {
        let current = self.0.lock();
        current
            .as_ref()
            .is_some_and(|current| current.will_wake(waker))
    }
}

impl Wake for Slot {
    /// Runs under event-listener's mutex: moves the real waker onto the collector.
    fn wake(self: Arc<Self>) {
        let Some(waker) = self.replace(None) else {
            return;
        };
        let mut waker = Some(waker);
        let _ = COLLECTOR.try_with(|collector| {
            if let Some(mut wakers) = collector.take() {
                wakers.extend(waker.take());
                collector.set(Some(wakers));
            }
        });
        // Outside a notification, event-listener wakes nobody; should it ever, the
        // wake is not lost.
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// An end that many wait for.
pub(crate) struct Broadcast(Event);

impl Broadcast {
    const_unless_loom! {
        pub(crate) const fn new() -> Self {
            Self(Event::new())
        }
    }

    /// Wakes all who listen. The state they look at has changed before. No
    /// internal lock may be held.
    pub(crate) fn notify_all(&self) {
        let outer = COLLECTOR
            .try_with(|collector| collector.replace(Some(Vec::new())))
            .ok()
            .flatten();
        self.0.notify(usize::MAX);
        let collected = COLLECTOR.try_with(|collector| collector.replace(outer));
        let mut batch = WakeBatch::new();
        for waker in collected.ok().flatten().unwrap_or_default() {
            if batch.is_full() {
                batch.wake_all();
            }
            batch.push(Some(waker));
        }
        batch.wake_all();
        batch.finish();
    }

    fn listen(&self) -> Subscription {
        let slot = Arc::new(Slot(Mutex::new(None)));
        Subscription {
            listener: Some(self.0.listen()),
            shield: Waker::from(Arc::clone(&slot)),
            slot,
        }
    }
}

/// One wait's listener, with the shield around it.
struct Subscription {
    listener: Option<EventListener>,
    shield: Waker,
    slot: Arc<Slot>,
}

impl Subscription {
    /// Whether a notification has come since the subscription was made.
    fn poll(&mut self, waker: &Waker) -> Poll<()> {
        if !self.slot.will_wake(waker) {
            let retired = self.slot.replace(Some(waker.clone()));
            drop(retired);
        }
        match &mut self.listener {
            Some(listener) => Pin::new(listener).poll(&mut Context::from_waker(&self.shield)),
            None => Poll::Ready(()),
        }
    }

    /// Parks until a notification comes, `false` if the deadline comes first.
    #[cfg(not(target_family = "wasm"))]
    fn wait(&mut self, deadline: Option<Instant>) -> bool {
        match (self.listener.take(), deadline) {
            (None, _) => true,
            (Some(listener), None) => {
                listener.wait();
                true
            }
            (Some(listener), Some(deadline)) => listener.wait_deadline(deadline).is_some(),
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let real = self.slot.replace(None);
        if let Some(listener) = self.listener.take() {
            listener.discard();
        }
        drop(real);
    }
}

/// An end, as a [`BroadcastWait`] looks at it.
pub(crate) trait End {
    /// What comes to an end.
    type Primitive;

    /// Whom to listen to.
    fn broadcast(primitive: &Self::Primitive) -> &Broadcast;

    /// `None` if the end is here; else a mark for [`has_come`](Self::has_come).
    fn begin(primitive: &Self::Primitive) -> Option<usize>;

    /// Whether the end has come since `begin` answered `mark`, even if it has gone
    /// since.
    fn has_come(primitive: &Self::Primitive, mark: usize) -> bool;
}

enum State {
    Unpolled,
    Listening {
        mark: usize,
        subscription: Subscription,
    },
    Done,
}

/// A wait for an [`End`] of what `S` points to.
pub(crate) struct BroadcastWait<S, E> {
    primitive: S,
    state: State,
    _end: PhantomData<fn(E)>,
}

impl<S, E> BroadcastWait<S, E>
where
    S: Deref<Target = E::Primitive>,
    E: End,
{
    pub(crate) fn new(primitive: S) -> Self {
        Self {
            primitive,
            state: State::Unpolled,
            _end: PhantomData,
        }
    }

    /// See [`Future::poll`].
    ///
    /// # Panics
    ///
    /// If the wait has completed before.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.advance(|subscription| subscription.poll(context.waker()).is_ready())
    }

    /// Parks the thread until the end has come, or until the deadline. Answers
    /// whether it has.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn block_until(&mut self, deadline: Option<Instant>) -> bool {
        let over = self.advance(|subscription| subscription.wait(deadline));
        // The end may have come while the time ran out.
        over.is_ready()
            || matches!(self.state, State::Listening { mark, .. } if E::has_come(&self.primitive, mark))
    }

    /// Goes on until the end has come, or until `notified` says that there is no
    /// notification yet.
    fn advance(&mut self, mut notified: impl FnMut(&mut Subscription) -> bool) -> Poll<()> {
        loop {
            let over = match &mut self.state {
                State::Unpolled => self.register(),
                State::Listening { mark, subscription } => {
                    if E::has_come(&self.primitive, *mark) {
                        true
                    } else if notified(subscription) {
                        // Perhaps of an earlier end: listen anew, then look.
                        *subscription = E::broadcast(&self.primitive).listen();
                        continue;
                    } else {
                        return Poll::Pending;
                    }
                }
                State::Done => panic!("aiosync: a future was polled after it had completed"),
            };
            if over {
                self.state = State::Done;
                return Poll::Ready(());
            }
        }
    }

    /// Answers whether the end is here. If not, listens; `advance` looks after that.
    fn register(&mut self) -> bool {
        let Some(mark) = E::begin(&self.primitive) else {
            return true;
        };
        let subscription = E::broadcast(&self.primitive).listen();
        self.state = State::Listening { mark, subscription };
        false
    }

    /// Like [`block_until`](Self::block_until), by a timeout. One too long for the
    /// clock is none.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn block_timeout(&mut self, timeout: Duration) -> bool {
        if cfg!(loom) {
            panic!("aiosync: a wait with a timeout cannot be model-checked, loom has no clock");
        }
        self.block_until(Instant::now().checked_add(timeout))
    }
}

impl<S, E> fmt::Debug for BroadcastWait<S, E>
where
    S: Deref<Target = E::Primitive>,
    E: End,
{
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match &self.state {
            State::Unpolled => "unpolled",
            State::Listening { mark, .. } if E::has_come(&self.primitive, *mark) => {
                "released, not yet taken"
            }
            State::Listening { .. } => "waiting",
            State::Done => "done",
        })
    }
}
