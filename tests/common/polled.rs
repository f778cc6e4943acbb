//! A future that is polled by hand.
#![forbid(unsafe_code)]

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::thread;

use super::CountingWaker;

/// A pinned future and the waker it is polled with.
pub(crate) struct Polled<F> {
    future: Pin<Box<F>>,
    waker: CountingWaker,
}

impl<F: Future> Polled<F> {
    /// Creates one that is not polled yet.
    pub(crate) fn new(future: F) -> Self {
        Self::with_waker(future, CountingWaker::new())
    }

    /// Creates one that is not polled yet. It will be polled with this waker.
    pub(crate) fn with_waker(future: F, waker: CountingWaker) -> Self {
        Self {
            future: Box::pin(future),
            waker,
        }
    }

    /// Creates one that was polled once and is pending.
    #[track_caller]
    pub(crate) fn waiting(future: F) -> Self {
        let mut polled = Self::new(future);
        polled.assert_pending();
        polled
    }

    /// Creates one that was polled once with this waker and is pending.
    #[track_caller]
    pub(crate) fn waiting_with(future: F, waker: CountingWaker) -> Self {
        let mut polled = Self::with_waker(future, waker);
        polled.assert_pending();
        polled
    }

    pub(crate) fn poll(&mut self) -> Poll<F::Output> {
        let waker = self.waker.waker();
        self.poll_with(&waker)
    }

    pub(crate) fn poll_with(&mut self, waker: &Waker) -> Poll<F::Output> {
        self.future.as_mut().poll(&mut Context::from_waker(waker))
    }

    #[track_caller]
    pub(crate) fn assert_pending(&mut self) {
        assert!(self.poll().is_pending(), "the future is ready");
    }

    #[track_caller]
    pub(crate) fn assert_ready(&mut self) -> F::Output {
        match self.poll() {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("the future is pending"),
        }
    }

    /// Returns the pinned future, for its methods other than `poll`.
    pub(crate) fn pinned(&mut self) -> Pin<&mut F> {
        self.future.as_mut()
    }

    pub(crate) fn future(&self) -> &F {
        &self.future
    }

    /// Returns how often it was woken.
    pub(crate) fn wakes(&self) -> usize {
        self.waker.wakes()
    }

    /// Returns the number of its wakers that exist.
    pub(crate) fn wakers_kept(&self) -> usize {
        self.waker.kept()
    }

    /// Polls with a new waker from now on. Returns the old one.
    pub(crate) fn renew_waker(&mut self) -> CountingWaker {
        self.renew_waker_with(CountingWaker::new())
    }

    /// Polls with this waker from now on. Returns the old one.
    pub(crate) fn renew_waker_with(&mut self, waker: CountingWaker) -> CountingWaker {
        mem::replace(&mut self.waker, waker)
    }

    /// Returns the future and its waker, which outlives it.
    pub(crate) fn split(self) -> (Pin<Box<F>>, CountingWaker) {
        (self.future, self.waker)
    }

    /// Forgets the future.
    pub(crate) fn forget(self) {
        forget(self.future);
    }
}

/// Like [`mem::forget`]: the drop never runs. A static keeps the address, so a leak checker does not
/// report the value.
pub(crate) fn forget<T>(value: T) {
    static FORGOTTEN: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let address = (&raw const *Box::leak(Box::new(value))).expose_provenance();
    FORGOTTEN.lock().unwrap().push(address);
}

/// Drops the value on another thread, and waits for it.
pub(crate) fn drop_elsewhere<T: Send>(value: T) {
    thread::scope(|scope| {
        scope.spawn(move || drop(value));
    });
}
