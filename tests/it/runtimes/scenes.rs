//! The programs. Each is a set of tasks, and a check when all have ended. They need no standard
//! library, because `tests/wasm` and `tests/cortex_m` run them too.
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicUsize, Ordering};

use aiosync::{
    Barrier, Condition, Event, Lock, OnceCell, PriorityQueue, Queue, RwLock, RwLockWriteGuard,
    Semaphore,
};
use futures_lite::future::{poll_once, yield_now};

pub(super) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

pub(super) struct Scene {
    pub(super) tasks: Vec<Task>,
    pub(super) check: Box<dyn FnOnce()>,
}

pub(super) const SCENES: [fn() -> Scene; 12] = [
    a_lock_keeps_a_counter,
    a_rwlock_is_read_by_many_and_written_by_one,
    a_semaphore_keeps_a_budget,
    a_pulse_of_an_event_releases_every_waiter,
    a_condition_guards_a_bounded_buffer,
    a_barrier_brings_a_group_together_again_and_again,
    a_queue_hands_over_each_item_once,
    a_once_cell_is_initialized_by_the_first_that_succeeds,
    a_priority_queue_serves_the_urgent_first,
    a_lock_survives_waits_that_time_out,
    permits_survive_waits_that_time_out,
    items_and_places_survive_waits_that_time_out,
];

/// Returns the same task several times over one state, and a check of that state.
pub(super) fn crowd<S, F>(
    number: usize,
    state: S,
    task: impl Fn(usize, Arc<S>) -> F,
    check: impl FnOnce(&S) + 'static,
) -> Scene
where
    S: 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let state = Arc::new(state);
    let tasks = (0..number).map(|n| Box::pin(task(n, Arc::clone(&state))) as Task);
    Scene {
        tasks: tasks.collect(),
        check: Box::new(move || check(&state)),
    }
}

fn a_lock_keeps_a_counter() -> Scene {
    let task = async |lock: Arc<Lock<usize>>| {
        for _ in 0..20 {
            let mut guard = lock.lock().await;
            let seen = *guard;
            yield_now().await;
            *guard = seen + 1;
            drop(guard);
            *Arc::clone(&lock).lock_owned().await += 1;
            lock.with(|count| *count += 1).await;
        }
    };
    crowd(
        8,
        Lock::new(0),
        move |_, lock| task(lock),
        |lock| {
            assert_eq!(*lock.try_lock().unwrap(), 8 * 20 * 3);
        },
    )
}

fn a_rwlock_is_read_by_many_and_written_by_one() -> Scene {
    let task = |n: usize, lock: Arc<RwLock<[usize; 2]>>| async move {
        for _ in 0..20 {
            if n % 4 == 0 {
                let mut guard = lock.write().await;
                guard[0] += 1;
                yield_now().await;
                guard[1] += 1;
                let guard = RwLockWriteGuard::downgrade(guard);
                let written = guard[0];
                yield_now().await;
                assert_eq!(*guard, [written; 2]);
            }
            let guard = lock.read().await;
            let seen = guard[0];
            yield_now().await;
            assert_eq!(*guard, [seen; 2]);
            drop(guard);
            let guard = Arc::clone(&lock).read_owned().await;
            assert!(guard[0] >= seen);
        }
    };
    crowd(8, RwLock::new([0, 0]), task, |lock| {
        assert_eq!(*lock.try_write().unwrap(), [40, 40]);
    })
}

fn a_semaphore_keeps_a_budget() -> Scene {
    let state = (Semaphore::bounded(5), AtomicUsize::new(0));
    let task = |n: usize, state: Arc<(Semaphore, AtomicUsize)>| async move {
        let (budget, spent) = &*state;
        for _ in 0..20 {
            let permits = 1 + n % 3;
            let permit = budget.acquire_many(permits).await;
            let before = spent.fetch_add(permits, Ordering::Relaxed);
            assert!(
                before + permits <= 5,
                "{before} of 5 were spent before {permits}"
            );
            yield_now().await;
            spent.fetch_sub(permits, Ordering::Relaxed);
            drop(permit);
        }
    };
    crowd(8, state, task, |(budget, _)| {
        assert_eq!((budget.available_permits(), budget.waiters()), (5, 0));
    })
}

fn a_pulse_of_an_event_releases_every_waiter() -> Scene {
    const WAITERS: usize = 7;
    const PULSES: usize = 10;
    #[derive(Default)]
    struct All {
        event: Event,
        /// The number of waits that have ended. A task that waited again before the `clear` would
        /// not wait.
        pulses: AtomicUsize,
        released: AtomicUsize,
    }
    let task = |n: usize, all: Arc<All>| async move {
        for pulse in 0..PULSES {
            if n < WAITERS {
                all.event.wait().await;
                all.released.fetch_add(1, Ordering::Relaxed);
            } else {
                while all.event.waiters() < WAITERS {
                    yield_now().await;
                }
                all.event.set();
                all.event.clear();
                all.pulses.fetch_add(1, Ordering::Relaxed);
            }
            while all.pulses.load(Ordering::Relaxed) <= pulse {
                yield_now().await;
            }
        }
    };
    crowd(WAITERS + 1, All::default(), task, |all| {
        assert_eq!((all.event.waiters(), all.event.is_set()), (0, false));
        assert_eq!(all.released.load(Ordering::Relaxed), PULSES * WAITERS);
    })
}

fn a_condition_guards_a_bounded_buffer() -> Scene {
    #[derive(Default)]
    struct Buffer {
        items: Lock<Vec<usize>>,
        changed: Condition,
        taken: Lock<Vec<usize>>,
    }
    let task = |n: usize, buffer: Arc<Buffer>| async move {
        for item in 0..30 {
            let items = buffer.items.lock().await;
            if n % 2 == 0 {
                let full = |items: &mut Vec<usize>| items.len() == 2;
                let mut items = buffer.changed.wait_while(items, full).await;
                items.push(n * 100 + item);
            } else {
                let pop = |items: &mut Vec<usize>| items.pop();
                let (_, item) = buffer.changed.wait_for(items, pop).await;
                buffer.taken.lock().await.push(item);
            }
            buffer.changed.notify_all();
        }
    };
    crowd(6, Buffer::default(), task, |buffer| {
        let mut taken = buffer.taken.try_lock().unwrap();
        taken.sort();
        let put = [0, 2, 4].map(|n| (n * 100..n * 100 + 30).collect::<Vec<_>>());
        assert_eq!(*taken, put.concat());
        assert_eq!(buffer.changed.waiters(), 0);
    })
}

fn a_barrier_brings_a_group_together_again_and_again() -> Scene {
    /// Generation, index, and whether it is the leader.
    type Places = Lock<Vec<(usize, usize, bool)>>;
    const PARTIES: usize = 5;
    const GENERATIONS: usize = 20;
    let state = (Barrier::new(PARTIES), Lock::new(Vec::new()));
    let task = |_, state: Arc<(Barrier, Places)>| async move {
        let (barrier, places) = &*state;
        for generation in 0..GENERATIONS {
            let place = barrier.wait().await.unwrap();
            let place = (generation, place.index(), place.is_leader());
            places.lock().await.push(place);
        }
    };
    crowd(PARTIES, state, task, |(_, places)| {
        let mut places = places.try_lock().unwrap();
        places.sort();
        let all = (0..GENERATIONS).flat_map(|generation| {
            (0..PARTIES).map(move |index| (generation, index, index == PARTIES - 1))
        });
        assert_eq!(*places, all.collect::<Vec<_>>());
    })
}

fn a_queue_hands_over_each_item_once() -> Scene {
    const PRODUCERS: usize = 2;
    const CONSUMERS: usize = 3;
    let state = (
        Queue::bounded(2),
        Lock::new(Vec::new()),
        Barrier::new(PRODUCERS),
    );
    let task = |n: usize, state: Arc<(Queue<usize>, Lock<Vec<usize>>, Barrier)>| async move {
        let (queue, got, produced) = &*state;
        if n < PRODUCERS {
            for item in 0..30 {
                queue.put(n * 100 + item).await.unwrap();
            }
            if produced.wait().await.unwrap().is_leader() {
                queue.join().await;
                queue.close();
            }
            queue.closed().await;
        } else {
            while let Ok(item) = queue.get().await {
                got.lock().await.push(item);
                yield_now().await;
                queue.task_done().unwrap();
            }
        }
    };
    crowd(PRODUCERS + CONSUMERS, state, task, |(queue, got, _)| {
        let mut got = got.try_lock().unwrap();
        got.sort();
        assert_eq!(*got, (0..30).chain(100..130).collect::<Vec<_>>());
        assert_eq!((queue.unfinished(), queue.waiting_getters()), (0, 0));
    })
}

fn a_priority_queue_serves_the_urgent_first() -> Scene {
    let state = (PriorityQueue::bounded(8), Event::new());
    let task = |n: usize, state: Arc<(PriorityQueue<usize>, Event)>| async move {
        let (queue, filled) = &*state;
        if n == 0 {
            filled.wait().await;
            for expected in 0..8 {
                assert_eq!(queue.get().await, Ok(expected));
            }
        } else {
            queue.put(8 - n).await.unwrap();
            if queue.is_full() {
                filled.set();
            }
        }
    };
    crowd(9, state, task, |(queue, _)| assert!(queue.is_empty()))
}

/// Waits for a moment, and drops the wait: while it waits, or after it was granted meanwhile.
async fn for_a_moment<F: Future>(length: usize, wait: F) -> Option<F::Output> {
    let mut wait = pin!(wait);
    if let Some(output) = poll_once(wait.as_mut()).await {
        return Some(output);
    }
    for _ in 0..length {
        yield_now().await; // without a look at `wait`
    }
    None
}

fn a_once_cell_is_initialized_by_the_first_that_succeeds() -> Scene {
    let state = (OnceCell::new(), AtomicUsize::new(0));
    let task = |n: usize, state: Arc<(OnceCell<usize>, AtomicUsize)>| async move {
        let (cell, running) = &*state;
        if n >= 6 {
            assert!(*cell.wait().await < 6);
            return;
        }
        loop {
            let got = cell.get_or_try_init(|| async {
                assert_eq!(running.fetch_add(1, Ordering::SeqCst), 0);
                yield_now().await;
                running.fetch_sub(1, Ordering::SeqCst);
                if n == 5 { Ok(n) } else { Err(()) }
            });
            match got.await {
                Ok(value) => return assert_eq!(*value, 5),
                Err(()) => yield_now().await,
            }
        }
    };
    crowd(10, state, task, |(cell, running)| {
        assert_eq!(cell.get(), Some(&5));
        assert_eq!(running.load(Ordering::SeqCst), 0);
    })
}

fn a_lock_survives_waits_that_time_out() -> Scene {
    let task = |n: usize, lock: Arc<Lock<usize>>| async move {
        for round in 0..20 {
            drop(for_a_moment((n + round) % 9, lock.lock()).await);
            let mut count = lock.lock().await;
            yield_now().await;
            *count += 1;
        }
    };
    crowd(6, Lock::new(0), task, |lock| {
        assert_eq!(*lock.try_lock().unwrap(), 6 * 20);
    })
}

fn permits_survive_waits_that_time_out() -> Scene {
    let task = |n: usize, permits: Arc<Semaphore>| async move {
        for round in 0..20 {
            let wanted = 1 + n % 2;
            drop(for_a_moment((n + round) % 9, permits.acquire_many(wanted)).await);
            let permit = permits.acquire_many(3 - wanted).await;
            yield_now().await;
            drop(permit);
        }
    };
    crowd(6, Semaphore::bounded(2), task, |permits| {
        assert_eq!((permits.available_permits(), permits.waiters()), (2, 0));
    })
}

fn items_and_places_survive_waits_that_time_out() -> Scene {
    let task = |n: usize, queue: Arc<Queue<usize>>| async move {
        for round in 0..20 {
            let moment = (n + round) % 9;
            if n % 2 == 0 {
                drop(for_a_moment(moment, queue.reserve()).await);
                queue.put(n).await.unwrap();
            } else if for_a_moment(moment, queue.get()).await.is_none() {
                queue.get().await.unwrap();
            }
        }
    };
    crowd(6, Queue::bounded(1), task, |queue| {
        assert_eq!((queue.len(), queue.unfinished()), (0, 3 * 20));
        assert_eq!((queue.waiting_putters(), queue.waiting_getters()), (0, 0));
    })
}
