//! There are never too many members inside, and all of them get in.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use aiosync::{Lock, Semaphore};
use futures_lite::future;

use super::{everywhere, once};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{rounds, watched};

const MEMBERS: usize = 12;
const VISITS: usize = rounds(400);

/// The number of members inside.
#[derive(Default)]
struct Room(AtomicUsize);

impl Room {
    fn enter(&self, count: usize, most: usize) {
        let before = self.0.fetch_add(count, Ordering::SeqCst);
        assert!(before + count <= most, "{before} and {count} are inside");
    }

    fn leave(&self, count: usize) {
        self.0.fetch_sub(count, Ordering::SeqCst);
    }
}

#[test]
fn a_lock_admits_one_at_a_time_and_everybody_in_the_end() {
    watched(|| {
        for seed in 0..3 {
            let shared = Arc::new((Arc::new(Lock::new(0)), Room::default()));
            let again = Arc::clone(&shared);
            let task = move |mut member: super::Member| {
                let shared = Arc::clone(&again);
                async move {
                    let (lock, room) = &*shared;
                    let mut added = 0;
                    for _ in 0..VISITS {
                        let guard = match member.dice.below(4) {
                            0 => once(lock.lock()),
                            1 => {
                                lock.with(|value| *value += 1).await;
                                added += 1;
                                None
                            }
                            _ => Some(lock.lock().await),
                        };
                        if let Some(mut guard) = guard {
                            room.enter(1, 1);
                            let before = *guard;
                            if member.dice.below(2) == 0 {
                                future::yield_now().await;
                            }
                            *guard = before + 1;
                            added += 1;
                            room.leave(1);
                        }
                    }
                    added
                }
            };
            let blocking = |mut member: super::Member| {
                let (lock, room) = &*shared;
                let mut added = 0;
                for _ in 0..VISITS {
                    let guard = match member.dice.below(4) {
                        0 => once(lock.lock()),
                        1 => lock.lock_blocking_timeout(Duration::from_micros(20)),
                        _ => Some(lock.lock_blocking()),
                    };
                    if let Some(mut guard) = guard {
                        room.enter(1, 1);
                        *guard += 1;
                        added += 1;
                        room.leave(1);
                    }
                }
                added
            };
            let added: usize = everywhere(MEMBERS, seed, task, blocking).into_iter().sum();
            let (lock, _) = &*shared;
            assert_eq!(lock.waiters(), 0, "seed {seed}");
            let value = lock.try_lock().map(|guard| *guard);
            assert_eq!(value, Some(added), "seed {seed}");
        }
    });
}

#[test]
fn a_semaphore_lets_no_more_in_than_it_has_and_has_them_all_back() {
    const PERMITS: usize = 5;
    watched(|| {
        for seed in 0..3 {
            let shared = Arc::new((Semaphore::bounded(PERMITS), Room::default()));
            let again = Arc::clone(&shared);
            let task = move |mut member: super::Member| {
                let shared = Arc::clone(&again);
                async move {
                    let (semaphore, room) = &*shared;
                    for _ in 0..VISITS {
                        let count = member.dice.below(PERMITS + 1);
                        let permit = if member.dice.below(4) == 0 {
                            once(semaphore.acquire_many(count))
                        } else {
                            Some(semaphore.acquire_many(count).await)
                        };
                        if let Some(permit) = permit {
                            assert_eq!(permit.permits(), count);
                            room.enter(count, PERMITS);
                            if member.dice.below(2) == 0 {
                                future::yield_now().await;
                            }
                            room.leave(count);
                        }
                    }
                }
            };
            let blocking = |mut member: super::Member| {
                let (semaphore, room) = &*shared;
                for _ in 0..VISITS {
                    let count = member.dice.below(PERMITS + 1);
                    let permit = match member.dice.below(5) {
                        0 => once(semaphore.acquire_many(count)),
                        1 => semaphore.try_acquire_many(count),
                        2 => {
                            let timeout = Duration::from_micros(20);
                            semaphore.acquire_many(count).block_timeout(timeout)
                        }
                        _ => Some(semaphore.acquire_many_blocking(count)),
                    };
                    if let Some(mut permit) = permit {
                        assert_eq!(permit.permits(), count);
                        room.enter(count, PERMITS);
                        // Given back in two parts.
                        let part = permit.split(count / 2).expect("it is smaller");
                        room.leave(part.permits());
                        drop(part);
                        thread::yield_now();
                        room.leave(permit.permits());
                    }
                }
            };
            everywhere(MEMBERS, seed, task, blocking);
            let (semaphore, _) = &*shared;
            assert_eq!(semaphore.waiters(), 0, "seed {seed}");
            assert_eq!(semaphore.available_permits(), PERMITS, "seed {seed}");
            assert_eq!(semaphore.total_permits(), PERMITS, "seed {seed}");
        }
    });
}
