#![forbid(unsafe_code)]
//! Waits for a completion: an event that happens once and that any number of tasks can wait for,
//! such as "the queue is closed". Nothing is handed off. This is the one file that names
//! event-listener.
//!
//! # State
//!
//! A [`Completion`] is part of the data of its primitive, under the primitive's mutex M.
//!
//! | phase of a wait | meaning |
//! |---|---|
//! | `Unpolled` | registered nowhere |
//! | `Listening` | subscribed to the completion |
//! | `Done` | has returned; polling it again is misuse |
//!
//! # Protocol
//!
//! event-listener clones, wakes and drops wakers while it holds its own mutex. A user's
//! waker that calls back into the same queue from there would deadlock. So event-listener
//! only gets our own waker, a [`WakerProxy`], which holds the user's waker.
//!
//! 1. First poll: under M, check whether the completion has happened, and subscribe if not.
//! 2. Every poll: store the user's waker in the proxy, then poll the listener.
//! 3. Completion: under M and event-listener's mutex, each proxy moves its waker to the
//!    [`WokenWakers`]. They are woken when both mutexes are released.
//! 4. Drop: take the user's waker out of the proxy, discard the listener, which notifies
//!    nobody else, and then drop the waker.
//! 5. The reference to the primitive may be the last `Arc`, whose drop runs user code. It is
//!    dropped last, without a mutex: when the wait is over, or with the future.
//!
//! The mutexes are taken in this order: M, event-listener's, the proxy's, the woken wakers'.
//!
//! # Why no wakeup is lost
//!
//! Steps 1 and 3 hold M. If the completion comes first, step 1 sees it. If the subscription
//! comes first, step 3 notifies its listener. Step 2 stores the waker before it polls the
//! listener: a completion before the store is seen by that poll, and a later one finds the
//! waker.

use alloc::task::Wake;
use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
#[cfg(all(feature = "std", not(target_family = "wasm")))]
use core::time::Duration;
#[cfg(all(feature = "std", not(target_family = "wasm")))]
use std::time::Instant;

use event_listener::{Event, EventListener, Listener};

use super::batch::{WakeBatch, drop_waker};
use super::source::PrimitiveRef;
use crate::diagnostics::{GranterProbe, Probe, Site, Supply, WaitFacts, WaitProbe};
use crate::sync::{Arc, Mutex, MutexGuard, const_unless_loom, foreign};

/// Wakers that were taken out of their proxies and are not woken yet.
type WokenWakers = Mutex<Vec<Waker>>;

/// The waker that event-listener gets. It holds the user's waker.
struct WakerProxy {
    record: GranterProbe,
    /// `None` before the first poll, and once the wait is released.
    waker: Mutex<Option<Waker>>,
    woken: Arc<WokenWakers>,
}

impl WakerProxy {
    /// Replaces the user's waker and returns the old one, for the caller to drop.
    #[must_use]
    fn replace(&self, waker: Option<Waker>) -> Option<Waker> {
        core::mem::replace(&mut *self.waker.lock(), waker)
    }

    fn will_wake(&self, waker: &Waker) -> bool {
        let current = self.waker.lock();
        (current.as_ref()).is_some_and(|current| current.will_wake(waker))
    }
}

impl Wake for WakerProxy {
    /// Runs under M and event-listener's mutex, and therefore only moves the user's waker.
    fn wake(self: Arc<Self>) {
        let waker = self.replace(None);
        self.record.note_grant(waker.is_some());
        self.woken.lock().extend(waker);
    }
}

/// An event that happens once, and its waiters. It lives under the mutex of its primitive.
pub(crate) struct Completion {
    event: Event,
    /// Created by the first subscription.
    woken: Option<Arc<WokenWakers>>,
}

impl Completion {
    const_unless_loom! {
        pub(crate) const fn new() -> Self {
            Self {
                event: Event::new(),
                woken: None,
            }
        }
    }

    /// Releases all waiters. The caller releases its mutex and then drops the result, which
    /// wakes them.
    pub(crate) fn release_all(&mut self) -> Released {
        Released(self.woken.as_ref().map_or_else(Vec::new, |woken| {
            foreign(|| self.event.notify(usize::MAX));
            core::mem::take(&mut *woken.lock())
        }))
    }

    fn subscribe(&mut self, record: GranterProbe) -> Subscription {
        let woken = (self.woken).get_or_insert_with(|| Arc::new(Mutex::new(Vec::new())));
        let proxy = Arc::new(WakerProxy {
            record,
            waker: Mutex::new(None),
            woken: Arc::clone(woken),
        });
        Subscription {
            listener: Some(foreign(|| self.event.listen())),
            waker: Waker::from(Arc::clone(&proxy)),
            proxy,
        }
    }
}

/// The wakers of released waiters.
#[must_use = "its drop wakes them, which must happen without an internal mutex"]
pub(crate) struct Released(Vec<Waker>);

impl Drop for Released {
    fn drop(&mut self) {
        let mut batch = WakeBatch::new();
        batch.wake_each(&mut self.0.drain(..));
        batch.finish();
    }
}

/// The listener of one wait, and the proxy of its waker.
struct Subscription {
    /// `None` once the wait is released or given up.
    listener: Option<EventListener>,
    proxy: Arc<WakerProxy>,
    /// The proxy, as event-listener gets it.
    waker: Waker,
}

impl Subscription {
    /// Returns `Ready` if the wait is released.
    fn poll(&mut self, waker: &Waker) -> Poll<()> {
        let Some(listener) = &mut self.listener else {
            return Poll::Ready(());
        };
        if !self.proxy.will_wake(waker) {
            drop_waker(self.proxy.replace(Some(waker.clone())));
        }
        let mut context = Context::from_waker(&self.waker);
        core::task::ready!(foreign(|| Pin::new(listener).poll(&mut context)));
        foreign(|| self.listener = None);
        // If this panics, the next poll returns `Ready`.
        drop_waker(self.proxy.replace(None));
        Poll::Ready(())
    }

    /// Parks the thread until the wait is released. Returns `Pending` if the deadline comes
    /// first. Called once.
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    fn park(&mut self, deadline: Option<Instant>) -> Poll<()> {
        crate::sync::deny_foreign_parking();
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
        let waker = self.proxy.replace(None);
        if let Some(listener) = self.listener.take() {
            foreign(|| listener.discard());
        }
        drop_waker(waker);
    }
}

/// Where a [`CompletionWait`] finds its completion.
pub(crate) trait CompletionSource {
    /// The name of the method, without `_owned`, for a report.
    const NAME: &'static str;

    /// The type that has the completion.
    type Primitive;
    /// What its mutex guards.
    type Shared;

    /// Returns what the primitive keeps for its record.
    fn probe(primitive: &Self::Primitive) -> &Probe;

    /// Returns what the primitive has to give, for a report. Called without the mutex.
    fn supply(primitive: &Self::Primitive) -> Option<Supply>;

    /// Takes the mutex.
    fn lock(primitive: &Self::Primitive) -> MutexGuard<'_, Self::Shared>;

    /// Returns the completion, or `None` if it has happened.
    fn pending<'a>(
        primitive: &Self::Primitive,
        shared: &'a mut Self::Shared,
    ) -> Option<&'a mut Completion>;
}

enum CompletionPhase {
    Unpolled,
    Listening(Subscription),
    Done,
}

/// A wait for the completion `C` of the primitive behind `S`.
pub(crate) struct CompletionWait<S, C> {
    phase: CompletionPhase,
    /// `Some` until the wait is done. The phase is dropped before it (see step 5).
    primitive: Option<S>,
    probe: WaitProbe,
    _completion: PhantomData<fn(C)>,
}

impl<S, C> CompletionWait<S, C>
where
    S: PrimitiveRef<Target = C::Primitive>,
    C: CompletionSource,
{
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(crate) fn new(primitive: S) -> Self {
        Self {
            phase: CompletionPhase::Unpolled,
            primitive: Some(primitive),
            probe: WaitProbe::new(Site::here()),
            _completion: PhantomData,
        }
    }

    /// See [`Future::poll`].
    ///
    /// # Panics
    ///
    /// If the wait has completed before.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let waker = context.waker();
        self.advance(Some(waker), |subscription| subscription.poll(waker))
    }

    /// Returns whether another poll would panic.
    #[cfg(feature = "stream")]
    pub(crate) fn is_terminated(&self) -> bool {
        matches!(self.phase, CompletionPhase::Done)
    }

    /// Parks the thread until the completion happens, or until the deadline. Returns whether
    /// it has happened.
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    pub(crate) fn block_until(&mut self, deadline: Option<Instant>) -> bool {
        self.advance(None, |subscription| subscription.park(deadline))
            .is_ready()
    }

    /// Like [`block_until`](Self::block_until), with a timeout. There is no deadline if the
    /// clock cannot represent it.
    #[cfg(all(feature = "std", not(target_family = "wasm")))]
    pub(crate) fn block_timeout(&mut self, timeout: Duration) -> bool {
        crate::sync::deny_timeouts();
        self.block_until(Instant::now().checked_add(timeout))
    }

    fn advance(
        &mut self,
        waker: Option<&Waker>,
        wait: impl FnOnce(&mut Subscription) -> Poll<()>,
    ) -> Poll<()> {
        match &mut self.phase {
            CompletionPhase::Unpolled => {
                if let Some(mut subscription) = self.subscribe(waker) {
                    // If this panics, the wait is unsubscribed and stays unpolled.
                    if wait(&mut subscription).is_pending() {
                        self.phase = CompletionPhase::Listening(subscription);
                        return Poll::Pending;
                    }
                }
            }
            CompletionPhase::Listening(subscription) => {
                if let (Some(waker), Some(primitive)) = (waker, &self.primitive) {
                    (self.probe).note_poll(waker, || primitive.is_last_owner());
                }
                core::task::ready!(wait(subscription));
            }
            CompletionPhase::Done => {
                panic!("aiosync: a future was polled after it had completed")
            }
        }
        self.phase = CompletionPhase::Done;
        self.probe.end();
        self.primitive = None;
        Poll::Ready(())
    }

    /// Subscribes to the completion. Returns `None` if it has happened.
    fn subscribe(&mut self, waker: Option<&Waker>) -> Option<Subscription> {
        let source = self.primitive.as_ref()?;
        let primitive: &C::Primitive = source;
        // User code, so it runs before the mutex is taken.
        self.probe.begin(C::probe(primitive), waker, || WaitFacts {
            operation: C::NAME,
            amount: 1,
            supply: C::supply(primitive),
            is_last_owner: source.is_last_owner(),
        });
        let mut shared = C::lock(primitive);
        let completion = C::pending(primitive, &mut shared)?;
        Some(completion.subscribe(self.probe.for_granter()))
    }
}

impl<S, C> fmt::Debug for CompletionWait<S, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match &self.phase {
            CompletionPhase::Unpolled => "unpolled",
            CompletionPhase::Listening(subscription)
                if subscription.proxy.waker.lock().is_none() =>
            {
                "released, not yet taken"
            }
            CompletionPhase::Listening(_) => "waiting",
            CompletionPhase::Done => "done",
        })
    }
}
