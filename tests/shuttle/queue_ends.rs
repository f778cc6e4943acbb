//! Queue: `join`, `close`, `close_now` and `closed`, while four tasks put and four get.

use std::sync::Arc;

use aiosync::Queue;
use shuttle::future::spawn;
use shuttle::rand::{Rng, thread_rng};
use shuttle::thread;

use crate::schedules::{Log, join, or_give_up, poll_once, schedules};

/// Breaks if `join` looks before it listens, or if the `task_done` that reaches zero notifies
/// no join. The workers end with the close that follows the joins.
#[test]
fn joins_end_when_all_work_is_done() {
    schedules(
        "queue: 6 items, 3 workers, 3 joins, 1 gives up",
        20_000,
        2_100,
        || {
            let queue = Arc::new(Queue::bounded(2));
            let log = Log::new();
            let workers = (0..3).map(|who| {
                let (queue, log) = (Arc::clone(&queue), Arc::clone(&log));
                spawn(async move {
                    while let Ok(item) = queue.get().await {
                        log.push((who, item));
                        queue.task_done().unwrap();
                    }
                })
            });
            let workers: Vec<_> = workers.collect();
            queue.try_put(0).unwrap();
            let other = Arc::clone(&queue);
            let putter = spawn(async move {
                for item in 1..6 {
                    other.put(item).await.unwrap();
                }
            });
            join([putter]);
            let other = Arc::clone(&queue);
            let quitter = spawn(async move { or_give_up(other.join()).await.is_some() });
            let joins = (3..6).map(|who| {
                let (queue, log) = (Arc::clone(&queue), Arc::clone(&log));
                spawn(async move {
                    queue.join().await;
                    assert_eq!(queue.unfinished(), 0);
                    log.push((who, 6));
                })
            });
            let joins: Vec<_> = joins.collect();
            join(joins);
            let gave_up = join([quitter]);
            queue.close();
            join(workers);
            (log.take(), gave_up)
        },
    );
}

/// Breaks if a close leaves a putter, a getter or a `closed` asleep, or if an item is
/// neither taken, nor inside, nor given back.
#[test]
fn a_close_ends_all_waits_and_loses_no_item() {
    schedules(
        "queue: 2 close, 4 put, 4 get, 2 closed",
        20_000,
        4_800,
        || {
            let queue = Arc::new(Queue::bounded(2));
            let putters = (0..4).map(|putter| {
                let queue = Arc::clone(&queue);
                spawn(async move {
                    let first = queue.put(2 * putter).await;
                    let second = queue.put(2 * putter + 1).await;
                    let back = [first.err(), second.err()].into_iter().flatten();
                    back.map(|error| error.into_inner()).collect::<Vec<_>>()
                })
            });
            let putters: Vec<_> = putters.collect();
            let getters = (0..4).map(|getter| {
                let queue = Arc::clone(&queue);
                spawn(async move {
                    let mut got = Vec::new();
                    loop {
                        if getter == 0 {
                            // A grant that is given up during a close.
                            match or_give_up(queue.get()).await {
                                None => return got,
                                Some(Err(_closed)) => return got,
                                Some(Ok(item)) => got.push(item),
                            }
                        } else {
                            match queue.get().await {
                                Err(_closed) => return got,
                                Ok(item) => got.push(item),
                            }
                        }
                    }
                })
            });
            let getters: Vec<_> = getters.collect();
            let closed = [(); 2].map(|()| {
                let queue = Arc::clone(&queue);
                spawn(async move { queue.closed().await })
            });
            let closers = [false, true].map(|now| {
                let queue = Arc::clone(&queue);
                thread::spawn(move || {
                    if now {
                        queue.close_now().collect()
                    } else {
                        queue.close();
                        Vec::new()
                    }
                })
            });
            let mut parts = Vec::new();
            for closer in closers {
                parts.push(closer.join().unwrap());
            }
            join(closed);
            parts.extend(join(putters));
            parts.extend(join(getters));
            assert!(queue.is_empty());
            let mut all = parts.concat();
            all.sort_unstable();
            assert_eq!(all, (0..8).collect::<Vec<_>>());
            parts
        },
    );
}

/// Breaks if the items that `close_now` takes out do not count as done, or if the items that
/// were got before do.
#[test]
fn a_join_ends_although_the_queue_is_closed_under_the_workers() {
    schedules(
        "queue: close_now against join, 3 workers",
        20_000,
        1_000,
        || {
            let queue = Arc::new(Queue::unbounded());
            for item in 0..6 {
                queue.try_put(item).unwrap();
            }
            let log = Log::new();
            let workers = (0..3).map(|who| {
                let (queue, log) = (Arc::clone(&queue), Arc::clone(&log));
                spawn(async move {
                    while let Ok(item) = queue.get().await {
                        shuttle::future::yield_now().await;
                        log.push((who, item));
                        queue.task_done().unwrap();
                    }
                })
            });
            let workers: Vec<_> = workers.collect();
            let joins = (0..2).map(|_| {
                let queue = Arc::clone(&queue);
                spawn(async move { queue.join().await })
            });
            let joins: Vec<_> = joins.collect();
            let other = Arc::clone(&queue);
            let closer = thread::spawn(move || other.close_now().count());
            join(joins);
            let taken_out = closer.join().unwrap();
            join(workers);
            assert_eq!(queue.unfinished(), 0);
            let done = log.take();
            assert_eq!(done.len() + taken_out, 6);
            done
        },
    );
}

/// Breaks if reaching zero does not release the joins: the items that follow hide the zero.
/// Each join began before the zero, and the later items are never done.
#[test]
fn a_join_sees_the_zero_that_a_put_hides() {
    schedules(
        "queue: 4 joins, 1 gives up, puts follow",
        20_000,
        20,
        || {
            // Leaked, because the tasks need `'static` waits.
            let queue: &'static Queue<u8> = Box::leak(Box::new(Queue::unbounded()));
            for item in 0..3 {
                queue.try_put(item).unwrap();
            }
            let log = Log::new();
            let mut tasks = Vec::new();
            for who in 0..5 {
                let mut wait = Box::pin(queue.join());
                assert!(poll_once(wait.as_mut()).is_pending());
                let log = Arc::clone(&log);
                tasks.push(spawn(async move {
                    if who == 1 {
                        or_give_up(wait).await;
                    } else {
                        wait.await;
                    }
                    log.push(who);
                }));
            }
            let worker = thread::spawn(|| {
                for _ in 0..3 {
                    queue.task_done().unwrap();
                }
                queue.try_put(3).unwrap();
                queue.try_put(4).unwrap();
            });
            worker.join().unwrap();
            join(tasks);
            assert_eq!(queue.unfinished(), 2);
            log.take()
        },
    );
}

/// Breaks if a close does not release a `closed` that listens. One task closes, in one of the
/// two ways.
#[test]
fn everybody_hears_of_one_close() {
    schedules("queue: 5 closed, 1 gives up, 1 close", 20_000, 360, || {
        let queue = Arc::new(Queue::<u8>::unbounded());
        let log = Log::new();
        let tasks = (0..6).map(|who| {
            let (queue, log) = (Arc::clone(&queue), Arc::clone(&log));
            spawn(async move {
                if who == 1 {
                    or_give_up(queue.closed()).await;
                } else {
                    queue.closed().await;
                }
                log.push(who);
            })
        });
        let tasks: Vec<_> = tasks.collect();
        if thread_rng().gen_bool(0.5) {
            assert!(queue.close());
        } else {
            assert_eq!(queue.close_now().count(), 0);
        }
        join(tasks);
        log.take()
    });
}
