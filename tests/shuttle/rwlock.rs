//! RwLock: readers, writers, downgrades and cancelled waits, all at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aiosync::{RwLock, RwLockWriteGuard};
use shuttle::future::{spawn, yield_now};
use shuttle::thread;

use crate::schedules::{Log, join, or_give_up, poll_once, schedules};

/// The number of readers that are inside, or [`WRITER`]. shuttle does not know this atomic.
#[derive(Default)]
struct Inside(AtomicUsize);

const WRITER: usize = 1 << 16;

impl Inside {
    fn begin_read(&self) {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        assert!(before < WRITER, "a reader is inside with a writer");
    }

    fn end_read(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    fn begin_write(&self) {
        let before = self.0.swap(WRITER, Ordering::Relaxed);
        assert_eq!(before, 0, "the writer is not alone");
    }

    fn end_write(&self) {
        let before = self.0.swap(0, Ordering::Relaxed);
        assert_eq!(before, WRITER, "the writer is not alone");
    }

    fn downgrade(&self) {
        let before = self.0.swap(1, Ordering::Relaxed);
        assert_eq!(before, WRITER, "the writer is not alone");
    }
}

type Shared = Arc<(RwLock<usize>, Inside)>;

async fn read(shared: &Shared) -> usize {
    let (lock, inside) = &**shared;
    let guard = lock.read().await;
    inside.begin_read();
    let seen = *guard;
    yield_now().await;
    assert_eq!(*guard, seen);
    inside.end_read();
    seen
}

async fn write(shared: &Shared, downgrades: bool) {
    let (lock, inside) = &**shared;
    let mut guard = lock.write().await;
    inside.begin_write();
    let before = *guard;
    yield_now().await;
    *guard = before + 1;
    if downgrades {
        // Before the downgrade, which lets other readers in.
        inside.downgrade();
        let guard = RwLockWriteGuard::downgrade(guard);
        yield_now().await;
        assert_eq!(*guard, before + 1, "a writer got in between");
        inside.end_read();
    } else {
        inside.end_write();
    }
}

/// Breaks if a release or a downgrade grants a waiter that the holders do not permit, or misses
/// one (`RawRwLock::settle`).
#[test]
fn readers_and_writers_are_never_inside_together() {
    schedules(
        "rwlock: 6 tasks and 2 threads, twice",
        20_000,
        5_000,
        || {
            let shared: Shared = Arc::default();
            let log = Log::new();
            let tasks = (0..6).map(|who| {
                let (shared, log) = (Arc::clone(&shared), Arc::clone(&log));
                spawn(async move {
                    for _ in 0..2 {
                        if who % 3 == 0 {
                            write(&shared, who == 0).await;
                            log.push((who, 0));
                        } else {
                            let seen = read(&shared).await;
                            log.push((who, seen));
                        }
                    }
                })
            });
            let tasks: Vec<_> = tasks.collect();
            let threads = (6..8).map(|who| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || {
                    let (lock, inside) = &*shared;
                    if who == 6 {
                        let guard = lock.read_blocking();
                        inside.begin_read();
                        assert!(*guard <= 5);
                        inside.end_read();
                    } else {
                        let mut guard = lock.write_blocking();
                        inside.begin_write();
                        *guard += 1;
                        inside.end_write();
                    }
                })
            });
            let threads: Vec<_> = threads.collect();
            join(tasks);
            for thread in threads {
                thread.join().unwrap();
            }
            let (lock, _) = &*shared;
            assert_eq!(*lock.try_write().expect("nobody has it"), 5);
            assert_eq!(lock.waiters(), 0);
            log.take()
        },
    );
}

/// Breaks if a waiter that leaves does not settle (`Wait::unlink`), or if the grant of a dropped
/// future is lost (`AcquireRwLock::return_grant`).
#[test]
fn waits_that_are_given_up_leave_nobody_asleep() {
    schedules("rwlock: 4 stay, 5 may leave", 20_000, 17_000, || {
        let shared: Shared = Arc::default();
        let log = Log::new();
        let tasks = (0..9).map(|who| {
            let (shared, log) = (Arc::clone(&shared), Arc::clone(&log));
            spawn(async move {
                let stayed = match who % 4 {
                    0 => match or_give_up(shared.0.write()).await {
                        Some(mut guard) => {
                            shared.1.begin_write();
                            *guard += 1;
                            yield_now().await;
                            shared.1.end_write();
                            true
                        }
                        None => false,
                    },
                    1 => {
                        read(&shared).await;
                        true
                    }
                    2 => or_give_up(shared.0.read()).await.is_some(),
                    _ => {
                        write(&shared, true).await;
                        true
                    }
                };
                log.push((who, stayed));
            })
        });
        let tasks: Vec<_> = tasks.collect();
        join(tasks);
        let (lock, _) = &*shared;
        assert_eq!(lock.waiters(), 0);
        assert!(lock.try_write().is_some(), "{lock:?}");
        log.take()
    });
}

/// Breaks if a newcomer overtakes (`RwLockWord::try_acquire` on a word with `QUEUED`), or if a run
/// of readers goes past a writer.
#[test]
fn waiters_are_served_in_order_while_others_leave() {
    schedules("rwlock: order of 8, 3 leave, 2 come", 20_000, 500, || {
        let lock = Arc::new(RwLock::new(0_usize));
        let log = Log::new();
        let guard = lock.try_read().unwrap();
        let mut tasks = Vec::new();
        // W R R W R R W R: those with `who % 3 == 1` may leave. Each writer logs how many writers
        // it found, and so does each reader.
        for who in 0..8 {
            let log = Arc::clone(&log);
            if who % 3 == 0 {
                let mut wait = Box::pin(Arc::clone(&lock).write_owned());
                assert!(poll_once(wait.as_mut()).is_pending());
                tasks.push(spawn(async move {
                    let mut guard = wait.await;
                    assert_eq!(*guard, who / 3, "writers are served out of order");
                    *guard += 1;
                    log.push((who, true));
                }));
            } else {
                let mut wait = Box::pin(Arc::clone(&lock).read_owned());
                assert!(poll_once(wait.as_mut()).is_pending());
                tasks.push(spawn(async move {
                    let guard = if who % 3 == 1 {
                        or_give_up(wait).await
                    } else {
                        Some(wait.await)
                    };
                    log.push((who, guard.is_some()));
                    if let Some(guard) = guard {
                        assert_eq!(*guard, who / 3 + 1, "a reader has passed a writer");
                    }
                }));
            }
        }
        for who in 8..10 {
            let (lock, log) = (Arc::clone(&lock), Arc::clone(&log));
            tasks.push(spawn(async move {
                assert_eq!(*lock.read().await, 3, "a newcomer has overtaken a writer");
                log.push((who, true));
            }));
        }
        drop(guard);
        join(tasks);
        assert!(lock.try_write().is_some());
        log.take()
    });
}
