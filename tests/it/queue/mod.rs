//! The queues.
//!
//! | module | content |
//! |---|---|
//! | [`wait_queues`] | in which order waiters are granted, and which are woken |
//! | [`grants`] | what was granted cannot be taken by others |
//! | [`cancel_put`], [`cancel_get`] | dropping a future in each of its states |
//! | [`cancel_ends`] | the same for `join` and `closed` |
//! | [`open`], [`closed`], [`closed_now`] | each cell of the state table |
//! | [`closing`] | `close`, `close_now` and `closed` |
//! | [`ring`] | items in the ring of a bounded queue |
//! | [`slots`] | reserved room |
//! | [`owned`] | futures and slots that own an `Arc` of the queue |
//! | [`drop_guards`] | guards that count an item as done, or close the queue |
//! | [`put_many`], [`put_many_iterators`], [`get_many`] | many items at a time |
//! | [`batches`] | many items at a time, through the ring |
//! | [`join`] | `unfinished`, `task_done`, `join` |
//! | [`priority`], [`priority_panics`], [`priority_reentry`] | smallest first; an `Ord::cmp` that panics or uses the queue |
//! | [`hostile_items`], [`hostile_wakers`], [`hostile_ends`] | user code that uses the queue |
//! | [`panicking_wakers`], [`kept`] | wakers that panic, and what a poll keeps then |
//! | [`newest_waker`] | which waker is woken, and which are kept |
//! | [`leaked`] | futures that were forgotten or stalled |
//! | [`blocking`], [`timeouts`] | threads that wait, with and without a timeout |
//! | [`values`], [`debug`] | constructors, errors, what is printed |
//! | [`auto_traits`] | `Send`, `Sync`, `Unpin` |
//! | [`streams`], [`sinks`] | a queue as a `Stream` and as a `Sink` |
//! | [`stress`] | threads and tasks at once |
#![forbid(unsafe_code)]

mod auto_traits;
mod batches;
#[cfg(feature = "std")] // It blocks threads.
mod blocking;
mod cancel_ends;
mod cancel_get;
mod cancel_put;
mod closed;
mod closed_now;
mod closing;
mod debug;
mod drop_guards;
mod get_many;
mod grants;
mod hostile_ends;
mod hostile_items;
mod hostile_wakers;
mod join;
mod kept;
mod leaked;
mod newest_waker;
mod open;
mod owned;
mod panicking_wakers;
mod priority;
mod priority_panics;
mod priority_reentry;
mod put_many;
mod put_many_iterators;
mod ring;
#[cfg(feature = "sink")]
mod sinks;
mod slots;
#[cfg(feature = "stream")]
mod streams;
mod stress;
#[cfg(feature = "std")] // It blocks threads.
mod timeouts;
mod values;
mod wait_queues;

use std::future::Future;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use aiosync::{Order, OrderedQueue, Queue};

use crate::common::Polled;
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;

/// Creates a queue that is full of these items.
fn full<T, const N: usize>(items: [T; N]) -> Queue<T> {
    let queue = Queue::bounded(N);
    for item in items {
        queue.try_put(item).unwrap();
    }
    queue
}

/// Returns the output of a future that is ready in its first poll.
#[track_caller]
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    Polled::new(future).assert_ready()
}

/// Polls the future until it is ready, and calls `between` after each poll that is not.
#[track_caller]
fn driven<F: Future>(future: F, mut between: impl FnMut()) -> F::Output {
    let mut polled = Polled::new(future);
    for _ in 0..1000 {
        if let Poll::Ready(output) = polled.poll() {
            return output;
        }
        between();
    }
    panic!("the future is still pending after 1000 polls");
}

/// Drops a value of any type.
fn let_go<T>(_value: T) {}

/// Takes all items that can be taken now.
fn taken<T, O: Order<T>>(queue: &OrderedQueue<T, O>) -> Vec<T> {
    std::iter::from_fn(|| queue.try_get().ok()).collect()
}

/// Calls every method except those that close, and polls each future once.
fn use_all<T, O: Order<T>>(queue: &OrderedQueue<T, O>, item: impl Fn() -> T) {
    let mut into = Vec::new();
    let_go(format!("{queue:?}"));
    assert_eq!(queue.is_full(), queue.capacity() == Some(queue.len()));
    let_go((queue.waiting_putters(), queue.waiting_getters()));
    let_go(queue.try_put(item()));
    let_go(queue.try_reserve().map(|slot| slot.put(item())));
    let_go(queue.try_reserve());
    let_go(queue.try_get());
    let_go(queue.try_get_many(&mut into, 1));
    let_go(Polled::new(queue.put(item())).poll());
    let_go(Polled::new(queue.reserve()).poll());
    let_go(Polled::new(queue.put_many([item(), item()])).poll());
    let_go(Polled::new(queue.get()).poll());
    let_go(Polled::new(queue.get_many(&mut into, 2)).poll());
    let_go(queue.put_blocking_timeout(item(), Duration::ZERO));
    let_go(queue.get_blocking_timeout(Duration::ZERO));
    let before = queue.unfinished();
    assert_eq!(queue.task_done().is_ok(), before > 0);
    assert_eq!(Polled::new(queue.join()).poll().is_ready(), before <= 1);
    assert_eq!(
        Polled::new(queue.closed()).poll().is_ready(),
        queue.is_closed()
    );
    assert_eq!(
        queue.join().block_timeout(Duration::ZERO).is_some(),
        before <= 1
    );
}

/// Calls `task_done` for each unfinished item.
fn finish<T, O: Order<T>>(queue: &OrderedQueue<T, O>) {
    for _ in 0..queue.unfinished() {
        queue.task_done().unwrap();
    }
}

/// Runs the body of the test `name` in a process of its own, because it may abort. Returns
/// `None` in that process, and under Miri, which has no processes.
fn alone(name: &str, body: impl FnOnce()) -> Option<Output> {
    const ALONE: &str = "AIOSYNC_TEST_ALONE";
    if cfg!(miri) {
        return None;
    }
    if std::env::var_os(ALONE).is_some() {
        body();
        return None;
    }
    let (_crate, name) = name.split_once("::").unwrap();
    let process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&process.stdout);
    assert!(said.contains("running 1 test"), "{said}");
    Some(process)
}

/// Creates items that count their drops.
#[derive(Default)]
struct Drops(Arc<AtomicUsize>);

impl Drops {
    fn new() -> Self {
        Self::default()
    }

    fn item(&self, number: u32) -> Item {
        Item {
            number,
            drops: Arc::clone(&self.0),
        }
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// See [`Drops`].
struct Item {
    number: u32,
    drops: Arc<AtomicUsize>,
}

impl Drop for Item {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
    }
}

/// Takes all items that can be taken now, and returns their numbers.
fn numbers<O: Order<Item>>(queue: &OrderedQueue<Item, O>) -> Vec<u32> {
    taken(queue).iter().map(|item| item.number).collect()
}
