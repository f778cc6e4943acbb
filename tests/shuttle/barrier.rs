//! Barrier: generations with cancelled arrivals.

use std::sync::Arc;

use aiosync::Barrier;
use shuttle::future::spawn;
use shuttle::sync::mpsc;
use shuttle::thread;

use crate::schedules::{Log, join, or_give_up, schedules};

/// The number of parties in each of three rounds.
const PARTIES: usize = 6;

/// Breaks if a generation has a party too many, or gives out an index twice. The next round begins
/// before all waits of the last one are polled.
#[test]
fn each_generation_has_each_index_once() {
    schedules(
        "barrier: 4 tasks, 2 threads, 3 rounds",
        20_000,
        9_700,
        || {
            let barrier = Arc::new(Barrier::new(PARTIES));
            let log = Log::new();
            let tasks = (0..4).map(|_| {
                let (barrier, log) = (Arc::clone(&barrier), Arc::clone(&log));
                spawn(async move {
                    for round in 0..3 {
                        let passed = barrier.wait().await.unwrap();
                        log.push((round, passed.index(), passed.is_leader()));
                    }
                })
            });
            let tasks: Vec<_> = tasks.collect();
            let threads = [(); 2].map(|()| {
                let (barrier, log) = (Arc::clone(&barrier), Arc::clone(&log));
                thread::spawn(move || {
                    for round in 0..3 {
                        let passed = barrier.wait_blocking().unwrap();
                        log.push((round, passed.index(), passed.is_leader()));
                    }
                })
            });
            join(tasks);
            for thread in threads {
                thread.join().unwrap();
            }
            let order = log.take();
            let mut passed = order.clone();
            passed.sort_unstable();
            let expected = (0..3).flat_map(|round| {
                (0..PARTIES).map(move |index| (round, index, index == PARTIES - 1))
            });
            assert_eq!(passed, expected.collect::<Vec<_>>());
            assert_eq!(barrier.waiting(), 0);
            order
        },
    );
}

/// Breaks if a cancelled arrival still counts, or cancels another one. Of the 8 waits that stay, at
/// most 2 can be left over, whatever the 4 others do.
#[test]
fn cancelled_arrivals_block_nobody() {
    schedules(
        "barrier: 8 wait, 4 may leave, 3 parties",
        20_000,
        9_900,
        || {
            let barrier = Arc::new(Barrier::new(3));
            let (passed, passes) = mpsc::channel();
            let mut tasks = Vec::new();
            for who in 0..12 {
                let (barrier, passed) = (Arc::clone(&barrier), passed.clone());
                tasks.push(spawn(async move {
                    if who % 3 == 1 {
                        // Complete, broken or cancelled.
                        let _ = or_give_up(barrier.wait()).await;
                        return false;
                    }
                    match barrier.wait().await {
                        Ok(result) => {
                            passed.send((who, result.index())).unwrap();
                            false
                        }
                        Err(_broken) => true,
                    }
                }));
            }
            let mut order = Vec::new();
            // Nobody else arrives.
            for _ in 0..6 {
                order.push(passes.recv().unwrap());
            }
            barrier.abort();
            let left_over = join(tasks).into_iter().filter(|broken| *broken).count();
            drop(passed);
            order.extend(passes.iter());
            assert_eq!(order.len() + left_over, 8);
            assert!(left_over <= 2);
            assert_eq!(barrier.waiting(), 0);
            order
        },
    );
}

/// Breaks if a reset misses a wait, or takes back the result of one that was released before.
#[test]
fn a_reset_ends_every_wait_once() {
    schedules(
        "barrier: 6 arrivals, 2 resets, 3 parties",
        20_000,
        100,
        || {
            let barrier = Arc::new(Barrier::new(3));
            let tasks: Vec<_> = (0..6)
                .map(|_| {
                    let barrier = Arc::clone(&barrier);
                    spawn(async move { barrier.wait().await.map(|passed| passed.index()) })
                })
                .collect();
            let resets = [(); 2].map(|()| {
                let barrier = Arc::clone(&barrier);
                thread::spawn(move || barrier.reset())
            });
            for reset in resets {
                reset.join().unwrap();
            }
            // One or two may still wait for a third. Later arrivals are broken too.
            barrier.abort();
            let results = join(tasks);
            for index in 0..3 {
                let times = results.iter().filter(|result| **result == Ok(index));
                let leaders = results.iter().filter(|result| **result == Ok(2));
                assert_eq!(times.count(), leaders.count(), "{results:?}");
            }
            results.into_iter().map(Result::ok).collect::<Vec<_>>()
        },
    );
}

/// Breaks if a cancelled arrival still counts: the generation would be complete too early. The four
/// cancelled arrivals and the four that stay are one too few. The five that come last are
/// exactly enough.
#[test]
fn cancelled_arrivals_do_not_complete_a_generation() {
    schedules(
        "barrier: 4 wait, 4 leave, 5 come, 9 parties",
        20_000,
        9_700,
        || {
            let barrier = Arc::new(Barrier::new(9));
            let log = Log::new();
            let arrive = |who| {
                let (barrier, log) = (Arc::clone(&barrier), Arc::clone(&log));
                spawn(async move {
                    let passed = barrier.wait().await.unwrap();
                    log.push((who, passed.index()));
                })
            };
            let mut tasks: Vec<_> = (0..4).map(arrive).collect();
            let quitters = (0..4).map(|_| {
                let barrier = Arc::clone(&barrier);
                spawn(async move { or_give_up(barrier.wait()).await.is_none() })
            });
            let quitters: Vec<_> = quitters.collect();
            assert!(join(quitters).into_iter().all(|gave_up| gave_up));
            assert!(log.take().is_empty());
            tasks.extend((4..9).map(arrive));
            join(tasks);
            let order = log.take();
            let mut indices: Vec<_> = order.iter().map(|(_, index)| *index).collect();
            indices.sort_unstable();
            assert_eq!(indices, (0..9).collect::<Vec<_>>());
            order
        },
    );
}
