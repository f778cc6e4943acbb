//! Wakers that count their wakes.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};

/// A log of labels in the order of their entries. Its clones share the log.
#[derive(Clone, Default)]
pub(crate) struct Order(Arc<Mutex<Vec<usize>>>);

impl Order {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Returns a waker that enters `label` at each wake.
    pub(crate) fn waker(&self, label: usize) -> CountingWaker {
        let order = self.clone();
        CountingWaker::calling(move || order.enter(label))
    }

    pub(crate) fn enter(&self, label: usize) {
        self.0.lock().unwrap().push(label);
    }

    /// Returns the labels entered so far.
    pub(crate) fn so_far(&self) -> Vec<usize> {
        self.0.lock().unwrap().clone()
    }
}

/// The waker of one task. It counts its wakes and its clones.
pub(crate) struct CountingWaker(Arc<Counts>);

struct Counts {
    wakes: AtomicUsize,
    on_wake: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
        if let Some(on_wake) = &self.on_wake {
            on_wake();
        }
    }
}

impl CountingWaker {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Counts {
            wakes: AtomicUsize::new(0),
            on_wake: None,
        }))
    }

    /// Creates one that runs `on_wake` after counting each wake.
    pub(crate) fn calling(on_wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Counts {
            wakes: AtomicUsize::new(0),
            on_wake: Some(Box::new(on_wake)),
        }))
    }

    /// Returns a waker of this task. All of them wake the same task.
    pub(crate) fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.0))
    }

    /// Returns how often the task was woken.
    pub(crate) fn wakes(&self) -> usize {
        self.0.wakes.load(Ordering::SeqCst)
    }

    /// Returns the number of wakers of this task.
    pub(crate) fn kept(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}
