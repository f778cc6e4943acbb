//! Each type once, with a wait, a grant and a cancellation.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use aiosync::{
    Barrier, Condition, Event, Lock, LockGuard, OnceCell, PriorityQueue, Queue, RwLock,
    RwLockWriteGuard, Semaphore,
};
use futures_core::Stream;
use futures_sink::Sink;

use crate::executor::{Tasks, poll_once, yield_now};
use crate::runtime::allocations;

type Step = (&'static str, fn());

/// The types that never allocate.
const WITHOUT_MEMORY: [Step; 7] = [
    ("Lock", lock),
    ("RwLock", rwlock),
    ("Semaphore", semaphore),
    ("Event", event),
    ("Barrier", barrier),
    ("Condition", condition),
    ("OnceCell", once_cell),
];

/// Uses every type.
pub(crate) fn use_all() {
    for (name, step) in WITHOUT_MEMORY {
        let before = allocations();
        step();
        assert_eq!(allocations(), before, "{name} has allocated");
    }
    bounded_queue();
    ends();
    other_queues();
    stream_and_sink();
    owned();
    two_tasks();
}

fn lock() {
    static LOCK: Lock<u32> = Lock::new(1);
    let guard = LOCK.try_lock().expect("the lock is free");
    let mut first = pin!(LOCK.lock());
    assert!(poll_once(first.as_mut()).is_none());
    {
        let mut cancelled = pin!(LOCK.lock());
        assert!(poll_once(cancelled.as_mut()).is_none());
        assert_eq!(LOCK.waiters(), 2);
    }
    drop(guard);
    let mut guard = poll_once(first).expect("the lock was handed off");
    *guard += 1;
    let guard = LockGuard::map(guard, |value| value);
    assert!(LOCK.is_locked());
    drop(guard);
    assert_eq!(poll_once(pin!(LOCK.with(|value| *value))), Some(2));
}

fn rwlock() {
    static LOCK: RwLock<u32> = RwLock::new(1);
    let read = LOCK.try_read().expect("nobody writes");
    let mut write = pin!(LOCK.write());
    assert!(poll_once(write.as_mut()).is_none());
    let mut later = pin!(LOCK.read());
    assert!(poll_once(later.as_mut()).is_none());
    drop(read);
    let mut guard = poll_once(write).expect("the writer is first");
    *guard += 1;
    let read = RwLockWriteGuard::downgrade(guard);
    assert_eq!((*read, LOCK.readers()), (2, 2));
    assert_eq!(poll_once(later).map(|guard| *guard), Some(2));
}

fn semaphore() {
    static SEMAPHORE: Semaphore = Semaphore::new(1);
    let permit = SEMAPHORE.try_acquire().expect("there is a permit");
    let mut many = pin!(SEMAPHORE.acquire_many(3));
    assert!(poll_once(many.as_mut()).is_none());
    drop(permit);
    SEMAPHORE.release(2).expect("there is no bound");
    assert_eq!(poll_once(many).map(|permit| permit.permits()), Some(3));
    SEMAPHORE.reduce(2);
    assert_eq!(
        (SEMAPHORE.available_permits(), SEMAPHORE.total_permits()),
        (1, 1)
    );
}

fn event() {
    static EVENT: Event = Event::new();
    let mut first = pin!(EVENT.wait());
    let mut second = pin!(EVENT.wait());
    assert!(poll_once(first.as_mut()).is_none() && poll_once(second.as_mut()).is_none());
    EVENT.set();
    EVENT.clear();
    assert_eq!((poll_once(first), poll_once(second)), (Some(()), Some(())));
    assert!(poll_once(pin!(EVENT.wait())).is_none());
}

fn barrier() {
    static BARRIER: Barrier = Barrier::new(2);
    let mut first = pin!(BARRIER.wait());
    assert!(poll_once(first.as_mut()).is_none());
    let last = poll_once(pin!(BARRIER.wait()))
        .expect("it is the last")
        .expect("it is whole");
    assert!(last.is_leader());
    assert_eq!(
        poll_once(first).map(|result| result.map(|result| result.index())),
        Some(Ok(0))
    );
    BARRIER.abort();
    assert!(BARRIER.is_broken());
}

fn condition() {
    static LOCK: Lock<bool> = Lock::new(false);
    static CONDITION: Condition = Condition::new();
    let guard = LOCK.try_lock().expect("the lock is free");
    let mut wait = pin!(CONDITION.wait_while(guard, |ready| !*ready));
    assert!(poll_once(wait.as_mut()).is_none());
    *LOCK.try_lock().expect("the wait has released it") = true;
    assert!(CONDITION.notify_one());
    assert_eq!(poll_once(wait).map(|guard| *guard), Some(true));
}

fn once_cell() {
    static CELL: OnceCell<u32> = OnceCell::new();
    let mut waiter = pin!(CELL.wait());
    assert!(poll_once(waiter.as_mut()).is_none());
    {
        let mut cancelled = pin!(CELL.get_or_init(yield_forever));
        assert!(poll_once(cancelled.as_mut()).is_none());
    }
    assert_eq!(poll_once(pin!(CELL.get_or_init(async || 7))), Some(&7));
    assert_eq!(poll_once(waiter), Some(&7));
    assert!(CELL.set(8).is_err());
}

async fn yield_forever() -> u32 {
    core::future::pending().await
}

/// A bounded queue allocates when it is created, and not for each item.
fn bounded_queue() {
    let queue = Queue::bounded(2);
    let before = allocations();
    for number in 0..100 {
        queue.try_put(2 * number).expect("there is room");
        queue.try_put(2 * number + 1).expect("there is room");
        let mut put = pin!(queue.put(1_000));
        assert!(poll_once(put.as_mut()).is_none());
        assert_eq!(poll_once(pin!(queue.get())), Some(Ok(2 * number)));
        // The dropped put has the room, and passes it on.
        assert!(queue.try_put(0).is_err());
        assert_eq!(poll_once(put.as_mut()), Some(Ok(())));
        assert_eq!(queue.try_get(), Ok(2 * number + 1));
        assert_eq!(queue.try_get(), Ok(1_000));
    }
    let slot = queue.try_reserve().expect("there is room");
    slot.put(5).expect("it is open");
    assert_eq!(queue.try_get(), Ok(5));
    assert_eq!(allocations(), before, "a bounded queue has allocated");
}

fn ends() {
    let queue = Queue::bounded(1);
    queue.try_put(1).expect("there is room");
    let mut join = pin!(queue.join());
    let mut closed = pin!(queue.closed());
    assert!(poll_once(join.as_mut()).is_none() && poll_once(closed.as_mut()).is_none());
    assert_eq!(queue.try_get(), Ok(1));
    queue.task_done().expect("an item is unfinished");
    assert_eq!(poll_once(join), Some(()));
    assert!(queue.close());
    assert_eq!(poll_once(closed), Some(()));
    assert!(poll_once(pin!(queue.get())).expect("it is closed").is_err());
}

fn other_queues() {
    let queue = PriorityQueue::unbounded();
    for item in [2, 3, 1] {
        queue.try_put(item).expect("it is unbounded");
    }
    let mut into = Vec::new();
    assert_eq!(poll_once(pin!(queue.get_many(&mut into, 2))), Some(Ok(2)));
    assert!(poll_once(pin!(queue.put_many([9, 0]))).is_some());
    into.extend(queue.close_now());
    assert_eq!(into.len(), 5);
    let queue = aiosync::LifoQueue::unbounded();
    queue.try_put(1).expect("it is unbounded");
    queue.try_put(2).expect("it is unbounded");
    assert_eq!(queue.try_get(), Ok(2));
}

fn stream_and_sink() {
    let queue = Queue::bounded(1);
    let mut context = Context::from_waker(Waker::noop());
    let mut sink = pin!(queue.sink());
    assert!(matches!(
        sink.as_mut().poll_ready(&mut context),
        Poll::Ready(Ok(()))
    ));
    sink.as_mut().start_send(4).expect("there is room");
    let mut stream = pin!(queue.stream());
    assert!(matches!(
        stream.as_mut().poll_next(&mut context),
        Poll::Ready(Some(4))
    ));
    assert!(stream.poll_next(&mut context).is_pending());
}

fn owned() {
    let lock = Arc::new(Lock::new(1));
    let mut guard = poll_once(pin!(Arc::clone(&lock).lock_owned())).expect("it is free");
    *guard += 1;
    drop(guard);
    let queue = Arc::new(Queue::bounded(1));
    poll_once(pin!(Arc::clone(&queue).put_owned(3)))
        .expect("there is room")
        .expect("it is open");
    assert_eq!(poll_once(pin!(Arc::clone(&queue).get_owned())), Some(Ok(3)));
    assert_eq!(Arc::try_unwrap(lock).ok().map(Lock::into_inner), Some(2));
}

/// Two tasks share a lock across an await, and pass items through a queue.
fn two_tasks() {
    let (queue, lock) = (Queue::bounded(2), Lock::new(0));
    let producer = pin!(async {
        for item in 0..50 {
            *lock.lock().await += 1;
            queue.put(item).await.expect("it is open");
        }
        queue.close();
    });
    let consumer = pin!(async {
        let mut next = 0;
        while let Ok(item) = queue.get().await {
            assert_eq!(item, next);
            next += 1;
            let mut count = lock.lock().await;
            yield_now().await;
            *count += 1;
        }
        assert_eq!(next, 50);
    });
    let futures: [core::pin::Pin<&mut dyn Future<Output = ()>>; 2] = [producer, consumer];
    Tasks::new(futures).run();
    assert_eq!(lock.try_lock().map(|count| *count), Some(100));
}
