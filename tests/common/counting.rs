//! Wakers that count.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};

/// A log of labels, in the order in which they came. Its clones are one log.
#[derive(Clone, Default)]
pub(crate) struct Order(Arc<Mutex<Vec<usize>>>);

impl Order {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A waker that enters `label` whenever it is woken.
    pub(crate) fn waker(&self, label: usize) -> CountingWaker {
        let order = self.clone();
        CountingWaker::calling(move || order.enter(label))
    }

    pub(crate) fn enter(&self, label: usize) {
        self.0.lock().unwrap().push(label);
    }

    /// What was entered so far.
    pub(crate) fn so_far(&self) -> Vec<usize> {
        self.0.lock().unwrap().clone()
    }
}

/// A task's worth of waker: counts its wakes, and knows how many wakers somebody
/// still keeps.
pub(crate) struct CountingWaker(Arc<Bell>);

struct Bell {
    wakes: AtomicUsize,
    on_wake: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Wake for Bell {
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
        Self(Arc::new(Bell {
            wakes: AtomicUsize::new(0),
            on_wake: None,
        }))
    }

    /// One that runs `on_wake` at each wake, after it has counted it.
    pub(crate) fn calling(on_wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Bell {
            wakes: AtomicUsize::new(0),
            on_wake: Some(Box::new(on_wake)),
        }))
    }

    /// A waker of this task. All of them would wake the same task.
    pub(crate) fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.0))
    }

    /// How often the task was woken.
    pub(crate) fn wakes(&self) -> usize {
        self.0.wakes.load(Ordering::SeqCst)
    }

    /// How many wakers of this task exist.
    pub(crate) fn kept(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}
