//! The futures of a program by their names, and their wakes.
#![forbid(unsafe_code)]

use std::future::Future;
use std::task::Poll;

use crate::common::{Order, Polled};

use super::arguments::{NAMES, Name};

pub(crate) struct Waiters<F> {
    futures: [Option<Polled<F>>; NAMES],
    wakes: Order,
    /// The number of wakes that were returned by [`woken`](Self::woken) before.
    seen: usize,
}

impl<F: Future> Waiters<F> {
    pub(crate) fn new() -> Self {
        Self {
            futures: [const { None }; NAMES],
            wakes: Order::new(),
            seen: 0,
        }
    }

    pub(crate) fn is_free(&self, name: Name) -> bool {
        self.futures[name.0].is_none()
    }

    /// The names in use.
    pub(crate) fn names(&self) -> Vec<Name> {
        let names = (0..NAMES).map(Name);
        names.filter(|&name| !self.is_free(name)).collect()
    }

    /// Adds a future that is not polled yet. The name is free.
    pub(crate) fn start(&mut self, name: Name, future: F) {
        assert!(self.is_free(name));
        let waker = self.wakes.waker(name.0);
        self.futures[name.0] = Some(Polled::with_waker(future, waker));
    }

    pub(crate) fn named(&mut self, name: Name) -> &mut Polled<F> {
        self.futures[name.0].as_mut().expect("it is there")
    }

    /// Polls a future. If it is ready, it is removed, and must leave no waker behind.
    pub(crate) fn poll(&mut self, name: Name) -> Poll<F::Output> {
        let progress = self.named(name).poll();
        if progress.is_ready() {
            self.drop(name);
        }
        progress
    }

    /// Polls with another waker than before. The old one must be dropped.
    pub(crate) fn poll_anew(&mut self, name: Name) -> Poll<F::Output> {
        let waker = self.wakes.waker(name.0);
        let old = self.named(name).renew_waker_with(waker);
        let progress = self.poll(name);
        assert_eq!(old.kept(), 0, "the old waker of {name} is kept");
        progress
    }

    /// Drops a future, which must leave no waker behind.
    pub(crate) fn drop(&mut self, name: Name) {
        let polled = self.futures[name.0].take().expect("it is there");
        let (future, waker) = polled.split();
        drop(future);
        assert_eq!(waker.kept(), 0, "a waker outlives {name}");
    }

    /// Returns the futures that were woken since the last call, in order.
    pub(crate) fn woken(&mut self) -> Vec<Name> {
        let wakes = self.wakes.so_far();
        let new = wakes[self.seen..].iter().copied().map(Name).collect();
        self.seen = wakes.len();
        new
    }

    /// Checks which futures were woken since the last call, in order, and which have a waker kept.
    pub(crate) fn check(&mut self, woken: &[Name], has_left_a_waker: impl Fn(Name) -> bool) {
        assert_eq!(self.woken(), woken, "the waiters that are woken");
        self.check_wakers(has_left_a_waker);
    }

    pub(crate) fn check_wakers(&mut self, has_left_a_waker: impl Fn(Name) -> bool) {
        for name in self.names() {
            let kept = self.named(name).wakers_kept();
            let expected = usize::from(has_left_a_waker(name));
            assert_eq!(kept, expected, "how many wakers of {name} are kept");
        }
    }
}
