//! A scene in which threads wait beside tasks.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::thread;

use aiosync::{Event, Lock};
use futures_lite::future::yield_now;

use super::scenes::{Scene, crowd};
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;

/// A thread for each second task, which calls the blocking methods.
pub(super) fn threads_and_tasks_wait_in_the_same_queue() -> Scene {
    #[derive(Default)]
    struct All {
        count: Lock<usize>,
        ended: Event,
    }
    let task = |n: usize, all: Arc<All>| async move {
        if n % 2 == 0 {
            let of_thread = Arc::clone(&all);
            let thread = thread::spawn(move || {
                for _ in 0..30 {
                    *of_thread.count.lock_blocking() += 1;
                }
                while *of_thread.count.lock_blocking() < 4 * 30 {
                    thread::yield_now();
                }
                of_thread.ended.set();
            });
            all.ended.wait().await;
            drop(thread);
        } else {
            for _ in 0..30 {
                let mut count = all.count.lock().await;
                yield_now().await;
                *count += 1;
            }
            all.ended.wait().await;
        }
    };
    crowd(4, All::default(), task, |all| {
        assert!(all.ended.is_set());
        assert_eq!(*all.count.lock_blocking(), 4 * 30);
    })
}
