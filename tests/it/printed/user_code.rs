//! Printing from user code that runs inside an operation. No internal mutex is held then.
//! Otherwise printing would deadlock, and the watchdog would fail the test.
#![forbid(unsafe_code)]

use std::cmp;
use std::fmt::Debug;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use aiosync::{
    Barrier, Condition, Event, LifoQueue, Lock, OnceCell, PriorityQueue, Queue, RwLock, Semaphore,
};

use super::printed;
use crate::common::{Call, Hostile, Polled, watched};
use crate::queue::ready;

/// Creates waits of `start` whose wakers print the primitive and another wait in each operation.
/// They are polled for the first time, polled with another waker, dropped, and woken by
/// `release`.
fn print_in_each_operation_of_a_waker<F, P>(
    primitive: &'static P,
    start: impl Fn() -> F,
    release: impl FnOnce(),
) where
    F: Future + Debug + Send + Sync + 'static,
    P: Debug + Sync,
{
    let bystander = Arc::new(OnceLock::<Polled<F>>::new());
    let lines = Arc::new(Mutex::new(Vec::new()));
    let (hostile, other) = (Hostile::new(), Hostile::new());
    for waker in [&hostile, &other] {
        for call in Call::ALL {
            let (bystander, lines) = (Arc::clone(&bystander), Arc::clone(&lines));
            waker.on(call, move || {
                let mut lines = lines.lock().unwrap();
                lines.push(printed(primitive));
                lines.extend(bystander.get().map(|wait| printed(wait.future())));
            });
        }
    }

    // Polled with one waker, then with the other, and dropped.
    let mut leaving = Polled::new(start());
    assert!(leaving.poll_with(other.waker()).is_pending());
    assert!(leaving.poll_with(hostile.waker()).is_pending());
    drop(leaving);
    assert_eq!((other.calls(Call::Drop), hostile.calls(Call::Drop)), (1, 1));

    let mut waiting = Polled::new(start());
    assert!(waiting.poll_with(hostile.waker()).is_pending());
    assert!(bystander.set(Polled::waiting(start())).is_ok());
    assert!(waiting.poll_with(other.waker()).is_pending());
    release();
    assert_eq!((other.calls(Call::Wake), other.kept()), (1, 0));
    drop(waiting);

    let lines = lines.lock().unwrap().len();
    let calls = [&hostile, &other].map(|waker| Call::ALL.map(|call| waker.calls(call)));
    let calls: usize = calls.as_flattened().iter().sum();
    assert!(lines > calls, "{lines} lines in {calls} calls");
    hostile.disarm();
    other.disarm();
}

#[test]
fn a_lock_is_printed_by_its_wakers() {
    static LOCK: Lock<u32> = Lock::new(0);
    watched(|| {
        let guard = LOCK.try_lock().unwrap();
        print_in_each_operation_of_a_waker(&LOCK, || LOCK.lock(), || drop(guard));
        let guard = LOCK.try_lock().unwrap();
        print_in_each_operation_of_a_waker(&LOCK, || LOCK.with(|_| ()), || drop(guard));
    });
}

#[test]
fn a_rwlock_is_printed_by_its_wakers() {
    static LOCK: RwLock<u32> = RwLock::new(0);
    watched(|| {
        let guard = LOCK.try_write().unwrap();
        print_in_each_operation_of_a_waker(&LOCK, || LOCK.read(), || drop(guard));
        let guard = LOCK.try_read().unwrap();
        print_in_each_operation_of_a_waker(&LOCK, || LOCK.write(), || drop(guard));
    });
}

#[test]
fn a_semaphore_is_printed_by_its_wakers() {
    static PERMITS: Semaphore = Semaphore::new(0);
    watched(|| {
        let release = || PERMITS.release(1).unwrap();
        print_in_each_operation_of_a_waker(&PERMITS, || PERMITS.acquire(), release);
    });
}

#[test]
fn an_event_is_printed_by_its_wakers() {
    static EVENT: Event = Event::new();
    watched(|| print_in_each_operation_of_a_waker(&EVENT, || EVENT.wait(), || EVENT.set()));
}

#[test]
fn a_barrier_is_printed_by_its_wakers() {
    static BARRIER: Barrier = Barrier::new(3);
    watched(|| {
        let arrive = || _ = ready(BARRIER.wait());
        print_in_each_operation_of_a_waker(&BARRIER, || BARRIER.wait(), arrive);
        print_in_each_operation_of_a_waker(&BARRIER, || BARRIER.wait(), || BARRIER.abort());
    });
}

#[test]
fn a_condition_is_printed_by_its_wakers() {
    static CONDITION: Condition = Condition::new();
    static LOCK: Lock<u32> = Lock::new(0);
    watched(|| {
        let wait = || CONDITION.wait(LOCK.try_lock().unwrap());
        let notify = || _ = CONDITION.notify_all();
        print_in_each_operation_of_a_waker(&CONDITION, wait, notify);
    });
}

#[test]
fn a_queue_is_printed_by_its_wakers() {
    static QUEUE: LazyLock<Queue<u32>> = LazyLock::new(|| Queue::bounded(1));
    watched(|| {
        let queue: &'static Queue<u32> = &QUEUE;
        let put = || queue.try_put(0).unwrap();
        let take = || _ = queue.try_get().unwrap();
        print_in_each_operation_of_a_waker(queue, || queue.get(), put);
        print_in_each_operation_of_a_waker(queue, || queue.put(1), take);
        queue.try_put(0).unwrap();
        print_in_each_operation_of_a_waker(queue, || queue.reserve(), take);
        queue.try_put(0).unwrap();
        print_in_each_operation_of_a_waker(queue, || queue.put_many([1, 2]), take);
        let finish = || while queue.task_done().is_ok() {};
        print_in_each_operation_of_a_waker(queue, || queue.join(), finish);
        print_in_each_operation_of_a_waker(queue, || queue.closed(), || _ = queue.close());
    });
}

#[test]
fn a_once_cell_is_printed_by_its_wakers() {
    static VALUE: OnceCell<u32> = OnceCell::new();
    static FAILURES: OnceCell<u32> = OnceCell::new();
    watched(|| {
        print_in_each_operation_of_a_waker(&VALUE, || VALUE.wait(), || VALUE.set(1).unwrap());
        let mut first = Some(Polled::waiting(FAILURES.get_or_init(std::future::pending)));
        let fail = || FAILURES.get_or_try_init(async || Err(()));
        print_in_each_operation_of_a_waker(&FAILURES, fail, || drop(first.take()));
    });
}

#[test]
fn the_other_queues_are_printed_by_their_wakers() {
    static NEWEST: LifoQueue<u32> = LifoQueue::unbounded();
    static SMALLEST: PriorityQueue<u32> = PriorityQueue::unbounded();
    watched(|| {
        let put = || NEWEST.try_put(0).unwrap();
        print_in_each_operation_of_a_waker(&NEWEST, || NEWEST.get(), put);
        let put = || SMALLEST.try_put(0).unwrap();
        print_in_each_operation_of_a_waker(&SMALLEST, || SMALLEST.get(), put);
    });
}

#[test]
fn closures_print_the_lock_that_they_hold() {
    watched(|| {
        let (condition, lock) = (Condition::new(), Lock::new(0));
        let behind = Mutex::new(None);
        let lines = ready(lock.with(|_| {
            *behind.lock().unwrap() = Some(Polled::waiting(lock.lock()));
            printed(&lock)
        }));
        // Somebody waits, which is another state than the next one.
        assert_ne!(lines, printed(&lock));
        drop(behind);
        let guard = lock.try_lock().unwrap();
        let while_true = |_: &mut u32| !(printed(&lock) + &printed(&condition)).is_empty();
        let wait = Polled::waiting(condition.wait_while(guard, while_true));
        assert_eq!(condition.waiters(), 1);
        drop(wait);
    });
}

#[test]
fn iterators_and_items_print_the_queue_that_asks_them_and_drops_them() {
    /// Prints its queue when it is dropped.
    struct Printing(Arc<OnceLock<Queue<Self>>>, Arc<Mutex<Vec<String>>>);

    impl Drop for Printing {
        fn drop(&mut self) {
            // Not while the queue itself is being dropped.
            if let Some(queue) = self.0.get() {
                self.1.lock().unwrap().push(printed(queue));
            }
        }
    }

    watched(|| {
        let numbers = Queue::bounded(4);
        let printing = (0..4).inspect(|_| drop(printed(&numbers)));
        ready(numbers.put_many(printing)).unwrap();
        assert_eq!(numbers.len(), 4);

        let (queue, lines) = (Arc::new(OnceLock::new()), Arc::default());
        assert!(queue.set(Queue::bounded(4)).is_ok());
        let item = || Printing(Arc::clone(&queue), Arc::clone(&lines));
        let inside = queue.get().unwrap();
        inside.try_put(item()).map_err(drop).unwrap();
        inside.try_put(item()).map_err(drop).unwrap();
        drop(inside.try_get().map_err(drop).unwrap());
        drop(Polled::new(inside.put(item())));
        drop(inside.close_now());
        drop(inside.try_put(item()));
        assert_eq!(lines.lock().unwrap().len(), 4);
    });
}

/// A comparison must not use its queue, and printing uses it. But the futures of other tasks
/// print.
#[test]
fn comparisons_print_futures_of_the_queue_and_not_the_queue() {
    static WAITING: OnceLock<
        Mutex<Polled<aiosync::futures::Put<'static, Compares, aiosync::Priority>>>,
    > = OnceLock::new();
    static QUEUE: LazyLock<PriorityQueue<Compares>> = LazyLock::new(|| PriorityQueue::bounded(3));

    static COMPARISONS: AtomicUsize = AtomicUsize::new(0);

    #[derive(PartialEq, Eq)]
    struct Compares(u32);

    impl PartialOrd for Compares {
        fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
            Some(self.cmp(other))
        }
    }

    impl Ord for Compares {
        fn cmp(&self, other: &Self) -> cmp::Ordering {
            if let Some(waiting) = WAITING.get() {
                let line = printed(waiting.lock().unwrap().future());
                assert!(line.starts_with("Put("), "{line}");
                let message = crate::common::panic_message(|| drop(format!("{:?}", *QUEUE)));
                assert!(message.contains("aiosync"), "{message}");
                COMPARISONS.fetch_add(1, Ordering::SeqCst);
            }
            self.0.cmp(&other.0)
        }
    }

    watched(|| {
        for number in [3, 1, 2] {
            QUEUE.try_put(Compares(number)).unwrap();
        }
        let waiting = Polled::waiting(QUEUE.put(Compares(4)));
        assert!(WAITING.set(Mutex::new(waiting)).is_ok());
        // A comparison finds the next item.
        assert_eq!(QUEUE.try_get().unwrap().0, 1);
        assert!(COMPARISONS.load(Ordering::SeqCst) > 0);
    });
}
