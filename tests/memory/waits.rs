//! Each kind of wait, from its beginning to its end.
#![forbid(unsafe_code)]

use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use aiosync::{
    Barrier, Condition, Event, Lock, OnceCell, OrderedQueue, PriorityQueue, Queue, RwLock,
    Semaphore,
};

/// How a wait ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    /// It is dropped while it waits.
    GivenUp,
    /// It is dropped after it was granted, and unpolled.
    GrantGivenUp,
    /// It is granted and returns.
    Granted,
}

pub(crate) const ENDS: [End; 3] = [End::GivenUp, End::GrantGivenUp, End::Granted];

/// Begins a wait, which must be pending, and ends it. `grant` grants it.
#[track_caller]
fn wait<F: Future>(future: F, end: End, grant: impl FnOnce()) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(future);
    assert!(future.as_mut().poll(&mut context).is_pending());
    if end != End::GivenUp {
        grant();
    }
    if end != End::Granted {
        return None;
    }
    match future.poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => panic!("it was granted"),
    }
}

fn try_lock(lock: &Lock<u32>) -> aiosync::LockGuard<'_, u32> {
    lock.try_lock().expect("the lock is free")
}

/// Polls an initializer that does not end.
fn poll_initializer<F: Future>(initializer: Pin<&mut Option<F>>) {
    let running = initializer.as_pin_mut().expect("it is there");
    let mut context = Context::from_waker(Waker::noop());
    assert!(running.poll(&mut context).is_pending());
}

/// Takes an item, if there is one.
fn try_get<O: aiosync::Order<u32>>(queue: &OrderedQueue<u32, O>) {
    let _ = queue.try_get();
}

/// One kind of wait. Each call makes one more wait.
pub(crate) type Cycle = Box<dyn FnMut(End)>;

pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) begin: fn() -> Cycle,
    /// Whether it allocates nothing. `put_many` keeps the items that it has not put yet, and
    /// `join` and `closed` allocate a listener. All others allocate nothing.
    pub(crate) is_free: bool,
}

const fn free(name: &'static str, begin: fn() -> Cycle) -> Kind {
    let is_free = true;
    Kind {
        name,
        begin,
        is_free,
    }
}

const fn costly(name: &'static str, begin: fn() -> Cycle) -> Kind {
    let is_free = false;
    Kind {
        name,
        begin,
        is_free,
    }
}

pub(crate) const KINDS: [Kind; 33] = [
    free("lock", || {
        let lock = Lock::new(0);
        Box::new(move |end| {
            let guard = try_lock(&lock);
            drop(wait(lock.lock(), end, || drop(guard)));
        })
    }),
    free("lock_owned", || {
        let lock = Arc::new(Lock::new(0));
        Box::new(move |end| {
            let guard = try_lock(&lock);
            drop(wait(Arc::clone(&lock).lock_owned(), end, || drop(guard)));
        })
    }),
    free("with", || {
        let lock = Lock::new(0);
        Box::new(move |end| {
            let guard = try_lock(&lock);
            wait(lock.with(|value| *value += 1), end, || drop(guard));
        })
    }),
    free("read", || {
        let lock = RwLock::new(0);
        Box::new(move |end| {
            let guard = lock.try_write();
            drop(wait(lock.read(), end, || drop(guard)));
        })
    }),
    free("read_owned", || {
        let lock = Arc::new(RwLock::new(0));
        Box::new(move |end| {
            let guard = lock.try_write();
            drop(wait(Arc::clone(&lock).read_owned(), end, || drop(guard)));
        })
    }),
    free("read behind a writer that leaves", || {
        let lock = RwLock::new(0);
        Box::new(move |end| {
            let guard = lock.try_read();
            let mut context = Context::from_waker(Waker::noop());
            let mut writer = pin!(Some(lock.write()));
            let polled = writer.as_mut().as_pin_mut().expect("it is there");
            assert!(polled.poll(&mut context).is_pending());
            drop(wait(lock.read(), end, || writer.set(None)));
            drop(guard);
        })
    }),
    free("write", || {
        let lock = RwLock::new(0);
        Box::new(move |end| {
            let guard = lock.try_read();
            drop(wait(lock.write(), end, || drop(guard)));
        })
    }),
    free("write_owned", || {
        let lock = Arc::new(RwLock::new(0));
        Box::new(move |end| {
            let guard = lock.try_read();
            drop(wait(Arc::clone(&lock).write_owned(), end, || drop(guard)));
        })
    }),
    free("acquire", || {
        let semaphore = Semaphore::new(1);
        Box::new(move |end| {
            let permit = semaphore.try_acquire();
            drop(wait(semaphore.acquire(), end, || drop(permit)));
        })
    }),
    free("acquire_many", || {
        let semaphore = Semaphore::bounded(3);
        Box::new(move |end| {
            let permit = semaphore.try_acquire_many(3);
            drop(wait(semaphore.acquire_many(2), end, || drop(permit)));
        })
    }),
    free("acquire_owned", || {
        let semaphore = Arc::new(Semaphore::new(1));
        Box::new(move |end| {
            let permit = semaphore.try_acquire();
            let acquire = Arc::clone(&semaphore).acquire_owned();
            drop(wait(acquire, end, || drop(permit)));
        })
    }),
    free("event.wait", || {
        let event = Event::new();
        Box::new(move |end| {
            wait(event.wait(), end, || event.set());
            event.clear();
        })
    }),
    free("event.wait_owned", || {
        let event = Arc::new(Event::new());
        Box::new(move |end| {
            wait(Arc::clone(&event).wait_owned(), end, || event.set());
            event.clear();
        })
    }),
    free("once_cell.wait", || {
        let mut cell = OnceCell::new();
        Box::new(move |end| {
            wait(cell.wait(), end, || cell.set(1).unwrap());
            cell.take();
        })
    }),
    free("get_or_init", || {
        let mut cell = OnceCell::new();
        Box::new(move |end| {
            {
                let mut running = pin!(Some(cell.get_or_init(pending)));
                poll_initializer(running.as_mut());
                wait(cell.get_or_init(async || 1), end, || running.set(None));
            }
            cell.take();
        })
    }),
    free("get_or_try_init", || {
        let cell = OnceCell::<u32>::new();
        Box::new(move |end| {
            let mut running = pin!(Some(cell.get_or_init(pending)));
            poll_initializer(running.as_mut());
            let failing = cell.get_or_try_init(async || Err(()));
            wait(failing, end, || running.set(None));
        })
    }),
    free("barrier.wait", || {
        let barrier = Barrier::new(2);
        Box::new(move |end| {
            let arrive = || assert!(barrier.wait().block().is_ok());
            wait(barrier.wait(), end, arrive);
        })
    }),
    free("barrier.wait_owned", || {
        let barrier = Arc::new(Barrier::new(2));
        Box::new(move |end| {
            wait(Arc::clone(&barrier).wait_owned(), end, || barrier.reset());
        })
    }),
    free("condition.wait", || {
        let (lock, condition) = (Lock::new(0), Condition::new());
        Box::new(move |end| {
            let notify = || assert!(condition.notify_one());
            drop(wait(condition.wait(try_lock(&lock)), end, notify));
        })
    }),
    free("condition.wait, requeued", || {
        let (lock, condition) = (Lock::new(0), Condition::new());
        Box::new(move |end| {
            let mut context = Context::from_waker(Waker::noop());
            let mut first = pin!(condition.wait(try_lock(&lock)));
            assert!(first.as_mut().poll(&mut context).is_pending());
            // The first poll is granted the lock, and requeues the second wait.
            let second = condition.wait(try_lock(&lock));
            let guard = wait(second, end, || {
                assert_eq!(condition.notify_all(), 2);
                assert!(first.as_mut().poll(&mut context).is_ready());
            });
            drop(guard);
        })
    }),
    free("wait_while", || {
        let (lock, condition) = (Lock::new(0), Condition::new());
        Box::new(move |end| {
            let mut tests = 0;
            let test = |_: &mut u32| {
                tests += 1;
                tests == 1
            };
            let notify = || assert_eq!(condition.notify_all(), 1);
            drop(wait(
                condition.wait_while(try_lock(&lock), test),
                end,
                notify,
            ));
        })
    }),
    free("condition.wait_owned", || {
        let (lock, condition) = (Arc::new(Lock::new(0)), Condition::new());
        Box::new(move |end| {
            let guard = Arc::clone(&lock).try_lock_owned();
            let guard = guard.expect("the lock is free");
            let notify = || assert!(condition.notify_one());
            drop(wait(condition.wait_owned(guard), end, notify));
        })
    }),
    free("put", || {
        let queue = Queue::bounded(1);
        Box::new(move |end| {
            queue.try_put(0).expect("there is room");
            let put = wait(queue.put(1), end, || try_get(&queue));
            assert!(put.is_none_or(|put| put.is_ok()));
            try_get(&queue);
        })
    }),
    free("put_owned", || {
        let queue = Arc::new(Queue::bounded(1));
        Box::new(move |end| {
            queue.try_put(0).expect("there is room");
            let put = Arc::clone(&queue).put_owned(1);
            let put = wait(put, end, || try_get(&queue));
            assert!(put.is_none_or(|put| put.is_ok()));
            try_get(&queue);
        })
    }),
    costly("put_many", || {
        let queue = Queue::bounded(2);
        Box::new(move |end| {
            queue.try_put(0).expect("there is room");
            let put = wait(queue.put_many([1, 2]), end, || try_get(&queue));
            assert!(put.is_none_or(|put| put.is_ok()));
            while queue.try_get().is_ok() {}
        })
    }),
    free("reserve", || {
        let queue = Queue::bounded(1);
        Box::new(move |end| {
            let slot = queue.try_reserve().expect("there is room");
            let _: Option<Result<aiosync::Slot<'_, u32, _>, _>> =
                wait(queue.reserve(), end, || drop(slot));
        })
    }),
    free("reserve_owned", || {
        let queue = Arc::new(Queue::bounded(1));
        Box::new(move |end| {
            let slot = Arc::clone(&queue).try_reserve_owned();
            let slot = slot.expect("there is room");
            let _: Option<Result<aiosync::OwnedSlot<u32, _>, _>> =
                wait(Arc::clone(&queue).reserve_owned(), end, || drop(slot));
        })
    }),
    free("get", || {
        let queue = PriorityQueue::bounded(1);
        Box::new(move |end| {
            let put = || queue.try_put(0).expect("there is room");
            wait(queue.get(), end, put);
            try_get(&queue);
        })
    }),
    free("get_many", || {
        let queue = Queue::bounded(1);
        let mut into = Vec::with_capacity(4);
        Box::new(move |end| {
            let put = || queue.try_put(0).expect("there is room");
            wait(queue.get_many(&mut into, 4), end, put);
            try_get(&queue);
            into.clear();
        })
    }),
    costly("join", || {
        let queue = Queue::bounded(1);
        Box::new(move |end| {
            queue.try_put(0).expect("there is room");
            let done = || queue.task_done().expect("an item was put");
            wait(queue.join(), end, done);
            if end == End::GivenUp {
                done();
            }
            try_get(&queue);
        })
    }),
    costly("join_owned", || {
        let queue = Arc::new(Queue::bounded(1));
        Box::new(move |end| {
            queue.try_put(0).expect("there is room");
            let done = queue.done_guard();
            wait(Arc::clone(&queue).join_owned(), end, || drop(done));
            while queue.task_done().is_ok() {}
            try_get(&queue);
        })
    }),
    costly("closed_owned", || {
        Box::new(move |end| {
            let queue = Arc::new(Queue::<u32>::bounded(1));
            let guard = queue.close_guard();
            wait(Arc::clone(&queue).closed_owned(), end, || drop(guard));
        })
    }),
    costly("closed", || {
        Box::new(move |end| {
            let queue = Queue::<u32>::bounded(1);
            wait(queue.closed(), end, || assert!(queue.close()));
        })
    }),
];
