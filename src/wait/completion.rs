#![forbid(unsafe_code)]
//! Waits for an end that comes once: all work done, queue closed. Everybody waits
//! for the same, and nothing is handed over. This is the one file that names
//! event-listener.
//!
//! # State
//!
//! A [`Completion`] lives inside the mutex of what comes to an end, M. Under M a wait
//! looks and listens, and under M the end comes and all who listen are released: a wait
//! is released by an end that comes after its look, and by no other.
//!
//! # The shield
//!
//! event-listener wakes, clones and drops wakers while it holds its own mutex. A
//! user's waker that comes back to the same queue from there would hang. So it
//! never gets a user's waker: each wait has a [`Slot`] that holds the real one, and
//! event-listener gets a waker of ours that leads to the slot.
//!
//! 1. Poll: put the real waker into the slot, then poll the listener.
//! 2. Release: while M and event-listener's mutex are held, our wakers move the real
//!    ones onto the [`Collector`]; they are woken when both are given back.
//! 3. Drop: take the real waker out of the slot, discard the listener (which passes
//!    nothing on), then drop the real waker.
//!
//! The order of the mutexes is M, event-listener's, the slot's, the collector's.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, Wake, Waker};
#[cfg(not(target_family = "wasm"))]
use std::time::{Duration, Instant};

use event_listener::{Event, EventListener, Listener};

use super::batch::WakeBatch;
use crate::sync::{Arc, Mutex, MutexGuard, const_unless_loom, foreign};

/// Real wakers, from their slots to their wake.
type Collector = Mutex<Vec<Waker>>;

/// The place of a wait's real waker.
struct Slot {
    waker: Mutex<Option<Waker>>,
    collector: Arc<Collector>,
}

impl Slot {
    /// Exchanges the waker. The caller drops what it gets.
    fn replace(&self, waker: Option<Waker>) -> Option<Waker> {
        std::mem::replace(&mut *self.waker.lock(), waker)
    }

    fn will_wake(&self, waker: &Waker) -> bool {
        let current = self.waker.lock();
        current
            .as_ref()
            .is_some_and(|current| current.will_wake(waker))
    }
}

impl Wake for Slot {
    /// Runs under M and event-listener's mutex: moves the real waker.
    fn wake(self: Arc<Self>) {
        let waker = self.replace(None);
        self.collector.lock().extend(waker);
    }
}

/// An end that many wait for. Lives inside the mutex of what comes to it.
pub(crate) struct Completion {
    event: Event,
    /// Made for the first who listens.
    collector: Option<Arc<Collector>>,
}

impl Completion {
    const_unless_loom! {
        pub(crate) const fn new() -> Self {
            Self {
                event: Event::new(),
                collector: None,
            }
        }
    }

    /// Releases all who listen. They are woken when the answer is dropped, which is
    /// done after the mutex.
    pub(crate) fn release_all(&mut self) -> Released {
        Released(self.collector.as_ref().map_or_else(Vec::new, |collector| {
            foreign(|| self.event.notify(usize::MAX));
            std::mem::take(&mut *collector.lock())
        }))
    }

    fn listen(&mut self) -> Subscription {
        let collector = (self.collector).get_or_insert_with(|| Arc::new(Mutex::new(Vec::new())));
        let slot = Arc::new(Slot {
            waker: Mutex::new(None),
            collector: Arc::clone(collector),
        });
        Subscription {
            listener: Some(foreign(|| self.event.listen())),
            shield: Waker::from(Arc::clone(&slot)),
            slot,
        }
    }
}

/// Those who were released and are to be woken.
#[must_use = "they are woken when it is dropped, which no internal lock may be held for"]
pub(crate) struct Released(Vec<Waker>);

impl Drop for Released {
    fn drop(&mut self) {
        let mut batch = WakeBatch::new();
        for waker in self.0.drain(..) {
            if batch.is_full() {
                batch.wake_all();
            }
            batch.push(Some(waker));
        }
        batch.wake_all();
        batch.finish();
    }
}

/// One wait's listener, with the shield around it.
struct Subscription {
    listener: Option<EventListener>,
    shield: Waker,
    slot: Arc<Slot>,
}

impl Subscription {
    /// Whether the wait has been released.
    fn poll(&mut self, waker: &Waker) -> Poll<()> {
        if !self.slot.will_wake(waker) {
            let retired = self.slot.replace(Some(waker.clone()));
            drop(retired);
        }
        match &mut self.listener {
            Some(listener) => {
                foreign(|| Pin::new(listener).poll(&mut Context::from_waker(&self.shield)))
            }
            None => Poll::Ready(()),
        }
    }

    /// Parks until the wait is released, `Pending` if the deadline comes first. Called
    /// once.
    #[cfg(not(target_family = "wasm"))]
    fn wait(&mut self, deadline: Option<Instant>) -> Poll<()> {
        if cfg!(shuttle) {
            panic!("aiosync: shuttle does not see a thread that event-listener parks");
        }
        match (self.listener.take(), deadline) {
            (None, _) => Poll::Ready(()),
            (Some(listener), None) => {
                listener.wait();
                Poll::Ready(())
            }
            (Some(listener), Some(deadline)) => match listener.wait_deadline(deadline) {
                Some(()) => Poll::Ready(()),
                None => Poll::Pending,
            },
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let real = self.slot.replace(None);
        if let Some(listener) = self.listener.take() {
            foreign(|| listener.discard());
        }
        drop(real);
    }
}

/// An end, as a [`CompletionWait`] looks at it.
pub(crate) trait End {
    /// What comes to an end.
    type Primitive;
    /// What its mutex guards.
    type Shared;

    /// Takes the mutex.
    fn lock(primitive: &Self::Primitive) -> MutexGuard<'_, Self::Shared>;

    /// Whom to listen to; `None` if the end is here.
    fn to_come<'a>(
        primitive: &Self::Primitive,
        shared: &'a mut Self::Shared,
    ) -> Option<&'a mut Completion>;
}

enum State {
    Unpolled,
    Listening(Subscription),
    Done,
}

/// A wait for an [`End`] of what `S` points to.
pub(crate) struct CompletionWait<S, E> {
    primitive: S,
    state: State,
    _end: PhantomData<fn(E)>,
}

impl<S, E> CompletionWait<S, E>
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
        self.advance(|subscription| subscription.poll(context.waker()))
    }

    /// Parks the thread until the end has come, or until the deadline. Answers
    /// whether it has.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn block_until(&mut self, deadline: Option<Instant>) -> bool {
        self.advance(|subscription| subscription.wait(deadline))
            .is_ready()
    }

    fn advance(&mut self, released: impl FnOnce(&mut Subscription) -> Poll<()>) -> Poll<()> {
        if let State::Unpolled = self.state {
            let mut shared = E::lock(&self.primitive);
            let listening = E::to_come(&self.primitive, &mut shared).map(Completion::listen);
            drop(shared);
            self.state = listening.map_or(State::Done, State::Listening);
            if let State::Done = self.state {
                return Poll::Ready(());
            }
        }
        match &mut self.state {
            State::Listening(subscription) => std::task::ready!(released(subscription)),
            State::Unpolled | State::Done => {
                panic!("aiosync: a future was polled after it had completed")
            }
        }
        self.state = State::Done;
        Poll::Ready(())
    }

    /// Like [`block_until`](Self::block_until), by a timeout. One too long for the
    /// clock is none.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn block_timeout(&mut self, timeout: Duration) -> bool {
        if cfg!(any(loom, shuttle)) {
            panic!("aiosync: a wait with a timeout cannot be model-checked, a model has no clock");
        }
        self.block_until(Instant::now().checked_add(timeout))
    }
}

impl<S, E> fmt::Debug for CompletionWait<S, E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match &self.state {
            State::Unpolled => "unpolled",
            State::Listening(subscription) if subscription.slot.waker.lock().is_none() => {
                "released, not yet taken"
            }
            State::Listening(_) => "waiting",
            State::Done => "done",
        })
    }
}
