//! OnceCell: initializers that fail or are given up, waiters, and a value.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aiosync::OnceCell;
use shuttle::future::{spawn, yield_now};
use shuttle::thread;

use crate::schedules::{Log, join, or_give_up, schedules};

/// Counts the initializers that run.
struct Running<'a>(&'a AtomicUsize);

impl<'a> Running<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        assert_eq!(count.fetch_add(1, Ordering::SeqCst), 0, "two run at once");
        Self(count)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Initializes the cell. Only the initializer of task 5 succeeds.
async fn attempt(shared: &(OnceCell<usize>, AtomicUsize), who: usize) -> Result<usize, ()> {
    let (cell, running) = shared;
    let get = cell.get_or_try_init(|| async {
        let _running = Running::begin(running);
        yield_now().await;
        if who == 5 { Ok(who) } else { Err(()) }
    });
    get.await.copied()
}

/// Breaks if a turn that is dropped goes to nobody (`AwaitTurn::return_grant`), or if
/// `give_up_queued` loses an initializer or a waiter.
#[test]
fn initializers_that_fail_or_give_up_strand_nobody() {
    schedules(
        "once_cell: 6 initializers, 3 waiters",
        20_000,
        6_500,
        || {
            let shared = Arc::new((OnceCell::new(), AtomicUsize::new(0)));
            let log = Log::new();
            let mut tasks = Vec::new();
            for who in 0..6 {
                let (shared, log) = (Arc::clone(&shared), Arc::clone(&log));
                tasks.push(spawn(async move {
                    let get = attempt(&shared, who);
                    let got = if who % 2 == 0 {
                        or_give_up(get).await
                    } else {
                        Some(get.await)
                    };
                    log.push((who, got));
                }));
            }
            for who in 6..8 {
                let (shared, log) = (Arc::clone(&shared), Arc::clone(&log));
                tasks.push(spawn(async move {
                    let value = if who == 6 {
                        or_give_up(shared.0.wait()).await
                    } else {
                        Some(shared.0.wait().await)
                    };
                    log.push((who, value.map(|value| Ok(*value))));
                }));
            }
            let of_thread = Arc::clone(&shared);
            let thread = thread::spawn(move || assert_eq!(of_thread.0.wait_blocking(), &5));
            join(tasks);
            thread.join().unwrap();
            assert_eq!(shared.0.get(), Some(&5));
            assert_eq!(shared.1.load(Ordering::SeqCst), 0);
            log.take()
        },
    );
}

/// Breaks if `set` does not see that an initializer has the turn, or if `set_queued` leaves a
/// batch of waiters unserved. A batch holds two wakers in a schedule.
#[test]
fn one_value_reaches_everybody() {
    schedules(
        "once_cell: 2 sets, 2 initializers, 6 waiters",
        20_000,
        7_500,
        || {
            let cell = Arc::new(OnceCell::new());
            let log = Log::new();
            let mut tasks = Vec::new();
            for who in 0..8 {
                let (cell, log) = (Arc::clone(&cell), Arc::clone(&log));
                tasks.push(spawn(async move {
                    let value = if who < 2 {
                        let init = || async {
                            yield_now().await;
                            who
                        };
                        *cell.get_or_init(init).await
                    } else {
                        *cell.wait().await
                    };
                    log.push(who);
                    value
                }));
            }
            let setters = [8, 9].map(|who| {
                let cell = Arc::clone(&cell);
                thread::spawn(move || cell.set(who).is_ok())
            });
            let set = setters.map(|setter| setter.join().unwrap());
            let values = join(tasks);
            let value = *cell.get().expect("it is set");
            assert!(values.iter().all(|other| *other == value), "{values:?}");
            assert_eq!(set, [value == 8, value == 9]);
            (value, log.take())
        },
    );
}
