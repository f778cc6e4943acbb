//! Paths of several tasks on one thread.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::pin::pin;
use std::task::Context;

use super::rounds::by_hand;

/// Polls two tasks in turns, until both are complete.
fn in_turns(first: impl Future<Output = ()>, second: impl Future<Output = ()>) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut first_waits, mut second_waits) = (true, true);
    by_hand(1, |context| {
        while first_waits || second_waits {
            first_waits = first_waits && first.as_mut().poll(context).is_pending();
            second_waits = second_waits && second.as_mut().poll(context).is_pending();
        }
    });
}

/// The tasks that are notified together. The numbers of rounds are multiples of it.
const TASKS: u64 = 80;

/// Notifies tasks that have waited together, and polls them until all wait again. `polls` is the
/// number of polls that each needs. One round is one task.
fn notified_together<F: Future>(
    rounds: u64,
    task: impl Fn() -> F,
    notify_all: impl Fn(),
    polls: usize,
) {
    let mut tasks = Vec::from_iter((0..TASKS).map(|_| Box::pin(task())));
    let mut poll = |context: &mut Context<'_>| {
        for task in &mut tasks {
            assert!(task.as_mut().poll(context).is_pending());
        }
    };
    by_hand(1, &mut poll);
    by_hand(rounds / TASKS, |context| {
        notify_all();
        for _ in 0..polls {
            poll(context);
        }
    });
}

/// Each task unlocks after a notification, and locks again.
pub(super) fn notified_and_lock(rounds: u64) {
    let (lock, condition) = (aiosync::Lock::new(0_u64), aiosync::Condition::new());
    let (lock, condition) = (black_box(&lock), black_box(&condition));
    let task = || async {
        loop {
            let guard = lock.lock().await;
            drop(condition.wait(guard).await);
        }
    };
    let notify_all = || {
        condition.notify_all();
    };
    // The first poll unlocks and queues for the lock, and the second waits.
    notified_together(rounds, task, notify_all, 2);
}

/// Each task waits again with the guard that it got.
pub(super) fn notified_and_wait(rounds: u64) {
    let (lock, condition) = (aiosync::Lock::new(0_u64), aiosync::Condition::new());
    let (lock, condition) = (black_box(&lock), black_box(&condition));
    let task = || async {
        let mut guard = lock.lock().await;
        loop {
            guard = condition.wait(guard).await;
        }
    };
    let notify_all = || {
        condition.notify_all();
    };
    notified_together(rounds, task, notify_all, 1);
}

/// tokio's mutex may be locked again at once.
pub(super) fn tokio_notified_and_lock(rounds: u64) {
    let (lock, notify) = (tokio::sync::Mutex::new(0_u64), tokio::sync::Notify::new());
    let (lock, notify) = (black_box(&lock), black_box(&notify));
    let task = || async {
        loop {
            let guard = lock.lock().await;
            let mut notified = pin!(notify.notified());
            notified.as_mut().enable();
            drop(guard);
            notified.await;
            drop(lock.lock().await);
        }
    };
    notified_together(rounds, task, || notify.notify_waiters(), 1);
}

const CAPACITY: usize = 64;

pub(super) fn queue(rounds: u64) {
    let queue = aiosync::Queue::bounded(CAPACITY);
    let queue = black_box(&queue);
    let put = async {
        for item in 0..rounds {
            queue.put(item).await.expect("it is open");
        }
    };
    let get = async {
        for _ in 0..rounds {
            black_box(queue.get().await.expect("it is open"));
        }
    };
    in_turns(put, get);
}

pub(super) fn tokio_channel(rounds: u64) {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(CAPACITY);
    let (sender, receiver) = (black_box(&sender), black_box(&mut receiver));
    let put = async {
        for item in 0..rounds {
            sender.send(item).await.expect("it is open");
        }
    };
    let get = async {
        for _ in 0..rounds {
            black_box(receiver.recv().await.expect("it is open"));
        }
    };
    in_turns(put, get);
}

pub(super) fn async_channel(rounds: u64) {
    let (sender, receiver) = async_channel::bounded(CAPACITY);
    let (sender, receiver) = (black_box(&sender), black_box(&receiver));
    let put = async {
        for item in 0..rounds {
            sender.send(item).await.expect("it is open");
        }
    };
    let get = async {
        for _ in 0..rounds {
            black_box(receiver.recv().await.expect("it is open"));
        }
    };
    in_turns(put, get);
}
