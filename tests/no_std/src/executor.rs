//! An executor for a few tasks. It polls a task only if its waker was woken.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::future::Future;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Waker};

use crate::interrupts;

/// Notes that its task was woken.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

struct Task<'a> {
    future: Option<Pin<&'a mut dyn Future<Output = ()>>>,
    flag: Arc<Flag>,
    waker: Waker,
}

/// Tasks that were created and not run yet.
pub(crate) struct Tasks<'a>(Vec<Task<'a>>);

impl<'a> Tasks<'a> {
    /// Creates the tasks. This allocates, and running them does not.
    pub(crate) fn new(
        futures: impl IntoIterator<Item = Pin<&'a mut dyn Future<Output = ()>>>,
    ) -> Self {
        let tasks = futures.into_iter().map(|future| {
            let flag = Arc::new(Flag(AtomicBool::new(true)));
            let waker = Waker::from(Arc::clone(&flag));
            Task {
                future: Some(future),
                flag,
                waker,
            }
        });
        Self(tasks.collect())
    }

    /// Runs all tasks to their end. If none was woken, waits for an interrupt.
    ///
    /// # Panics
    ///
    /// Panics if no task was woken and no interrupt is pending.
    pub(crate) fn run(&mut self) {
        while self.0.iter().any(|task| task.future.is_some()) {
            let mut polled = false;
            for task in &mut self.0 {
                let Some(future) = &mut task.future else {
                    continue;
                };
                if task.flag.0.swap(false, Ordering::SeqCst) {
                    polled = true;
                    let mut context = Context::from_waker(&task.waker);
                    if future.as_mut().poll(&mut context).is_ready() {
                        task.future = None;
                    }
                }
            }
            // In this order: the last interrupt may come in between, and wakes a task.
            if !polled && interrupts::pending() == 0 {
                let is_woken =
                    |task: &Task<'_>| task.future.is_some() && task.flag.0.load(Ordering::SeqCst);
                assert!(self.0.iter().any(is_woken), "a task waits forever");
            } else if !polled {
                interrupts::wait();
            }
        }
        interrupts::assert_none_open();
    }
}

/// Polls a future once.
pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    match future.poll(&mut context) {
        core::task::Poll::Ready(output) => Some(output),
        core::task::Poll::Pending => None,
    }
}

/// Lets the other tasks run.
pub(crate) async fn yield_now() {
    let mut polled = false;
    core::future::poll_fn(|context| {
        if polled {
            return core::task::Poll::Ready(());
        }
        polled = true;
        context.waker().wake_by_ref();
        core::task::Poll::Pending
    })
    .await;
}

/// A boxed future that waits.
pub(crate) type Waiting<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Boxes `count` futures and polls each once.
pub(crate) fn waiting<'a, F: Future<Output = ()> + 'a>(
    count: usize,
    mut create: impl FnMut() -> F,
) -> Vec<Waiting<'a>> {
    let futures = (0..count).map(|_| {
        let mut future: Waiting<'a> = Box::pin(create());
        assert!(poll_once(future.as_mut()).is_none(), "it does not wait");
        future
    });
    futures.collect()
}
