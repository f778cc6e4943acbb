//! A waker whose drop panics does not abort a thread that is unwinding already. A failure
//! aborts the process, so each test runs in a process of its own.
#![forbid(unsafe_code)]

use std::future::Future;
use std::sync::Arc;

use aiosync::{Barrier, Event, Lock, Queue, Semaphore};

use crate::common::{Call, Hostile, PanicsOnDrop, Polled, in_own_process, while_panicking};

/// Returns a waker whose drop panics.
fn panics_in_drop() -> Hostile {
    let hostile = Hostile::new();
    hostile.on(Call::Drop, || std::panic::panic_any(PanicsOnDrop));
    hostile
}

/// Returns a wait that was polled with a waker whose drop panics.
#[track_caller]
fn waiting<F: Future>(wait: F) -> (Polled<F>, Hostile) {
    let (mut wait, hostile) = (Polled::new(wait), panics_in_drop());
    assert!(wait.poll_with(hostile.waker()).is_pending());
    (wait, hostile)
}

/// Polls with another waker while the thread unwinds.
#[track_caller]
fn replace_waker<F: Future>(wait: F) {
    let (mut wait, hostile) = waiting(wait);
    while_panicking(|| wait.assert_pending());
    assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (1, 0));
    assert_eq!(wait.wakers_kept(), 1);
}

/// Drops the wait while the thread unwinds.
#[track_caller]
fn drop_wait<F: Future>(wait: F) {
    let (wait, hostile) = waiting(wait);
    while_panicking(|| drop(wait));
    assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (1, 0));
}

/// Polls with another waker, whose clone releases the wait, while the thread unwinds.
#[track_caller]
fn release_in_clone<F: Future>(wait: F, release: impl Fn() + Send + Sync + 'static) {
    let mut wait = Polled::waiting(wait);
    let hostile = panics_in_drop();
    hostile.on(Call::Clone, release);
    while_panicking(|| assert!(wait.poll_with(hostile.waker()).is_ready()));
    assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (1, 0));
}

/// Defines tests of one body each, which run in a process of their own.
macro_rules! tests {
    ($(fn $name:ident() $body:block)*) => {$(
        #[test]
        fn $name() {
            in_own_process(module_path!(), stringify!($name), || $body);
        }
    )*};
}

mod a_replaced_waker {
    use super::*;

    tests! {
        fn of_a_lock() {
            let lock = Lock::new(());
            let _guard = lock.try_lock();
            replace_waker(lock.lock());
        }

        fn of_a_semaphore() {
            replace_waker(Semaphore::new(0).acquire());
        }

        fn of_an_event() {
            replace_waker(Event::new().wait());
        }

        fn of_a_barrier() {
            replace_waker(Barrier::new(2).wait());
        }

        fn of_a_get() {
            replace_waker(Queue::<u32>::bounded(1).get());
        }

        fn of_a_join() {
            let queue = Queue::bounded(1);
            queue.try_put(1).unwrap();
            replace_waker(queue.join());
        }

        fn of_an_owned_join() {
            replace_waker(Arc::new(Queue::from_iter([1])).join_owned());
        }

        fn of_a_wait_for_the_close() {
            replace_waker(Queue::<u32>::bounded(1).closed());
        }
    }
}

mod the_waker_of_a_dropped_wait {
    use super::*;

    tests! {
        fn for_a_lock() {
            let lock = Lock::new(());
            let _guard = lock.try_lock();
            drop_wait(lock.lock());
        }

        fn for_a_semaphore() {
            drop_wait(Semaphore::new(0).acquire());
        }

        fn for_an_event() {
            drop_wait(Event::new().wait());
        }

        fn for_a_barrier() {
            drop_wait(Barrier::new(2).wait());
        }

        fn for_a_get() {
            drop_wait(Queue::<u32>::bounded(1).get());
        }

        fn for_a_join() {
            let queue = Queue::bounded(1);
            queue.try_put(1).unwrap();
            drop_wait(queue.join());
        }

        fn for_an_owned_join() {
            drop_wait(Arc::new(Queue::from_iter([1])).join_owned());
        }

        fn for_a_close() {
            drop_wait(Queue::<u32>::bounded(1).closed());
        }
    }
}

mod the_waker_of_a_poll_that_finds_its_wait_over {
    use super::*;

    tests! {
        fn for_a_lock() {
            let lock = Arc::new(Lock::new(()));
            let guard = std::sync::Mutex::new(Arc::clone(&lock).try_lock_owned());
            release_in_clone(lock.lock(), move || drop(guard.lock().unwrap().take()));
        }

        fn for_a_semaphore() {
            let semaphore = Arc::new(Semaphore::new(0));
            let released = Arc::clone(&semaphore);
            release_in_clone(semaphore.acquire(), move || released.release(1).unwrap());
        }

        fn for_an_event() {
            let event = Arc::new(Event::new());
            let set = Arc::clone(&event);
            release_in_clone(event.wait(), move || set.set());
        }

        fn for_a_barrier() {
            let barrier = Arc::new(Barrier::new(2));
            let aborted = Arc::clone(&barrier);
            release_in_clone(barrier.wait(), move || aborted.abort());
        }

        fn for_a_join() {
            let queue = Arc::new(Queue::bounded(1));
            queue.try_put(1).unwrap();
            let done = Arc::clone(&queue);
            release_in_clone(queue.join(), move || done.task_done().unwrap());
        }

        fn for_a_close() {
            let queue = Arc::new(Queue::<u32>::bounded(1));
            let closed = Arc::clone(&queue);
            release_in_clone(queue.closed(), move || { closed.close(); });
        }
    }
}
