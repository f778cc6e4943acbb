//! The rounds of the paths.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Waker};

use super::by_hand::{WakeCount, complete};

/// Runs `rounds` rounds, with one waker for all of them.
#[inline]
pub(super) fn by_hand(rounds: u64, mut round: impl FnMut(&mut Context<'_>)) {
    let (_, waker): (_, Waker) = WakeCount::new();
    let mut context = Context::from_waker(&waker);
    for _ in 0..rounds {
        round(&mut context);
    }
}

pub(super) fn uncontended<F: Future>(rounds: u64, wait: impl Fn() -> F) {
    by_hand(rounds, |context| {
        let output = complete(pin!(wait()), context);
        black_box(&output);
    });
}

pub(super) fn handed_off<F: Future>(rounds: u64, lock: impl Fn() -> F) {
    let mut held = None;
    by_hand(1, |context| held = Some(complete(pin!(lock()), context)));
    by_hand(rounds, |context| {
        let mut next = pin!(lock());
        assert!(next.as_mut().poll(context).is_pending());
        drop(held.take());
        held = Some(complete(next, context));
    });
}

pub(super) fn queued_and_dropped<F: Future>(rounds: u64, lock: impl Fn() -> F) {
    let mut held = None;
    by_hand(1, |context| held = Some(complete(pin!(lock()), context)));
    by_hand(rounds, |context| {
        let next = pin!(lock());
        assert!(next.poll(context).is_pending());
    });
    drop(held);
}

pub(super) fn released<F: Future>(
    rounds: u64,
    wait: impl Fn() -> F,
    set: impl Fn(),
    clear: impl Fn(),
) {
    by_hand(rounds, |context| {
        let mut waiting = pin!(wait());
        assert!(waiting.as_mut().poll(context).is_pending());
        set();
        complete(waiting, context);
        clear();
    });
}

pub(super) fn meeting<F: Future>(rounds: u64, wait: impl Fn() -> F) {
    by_hand(rounds, |context| {
        let mut first = pin!(wait());
        assert!(first.as_mut().poll(context).is_pending());
        black_box(complete(pin!(wait()), context));
        black_box(complete(first, context));
    });
}

/// Makes a get and a put wait in an empty queue of capacity 64. It is empty again at the end.
#[cold]
pub(super) fn wait_at_both_ends(queue: &aiosync::Queue<u64>, context: &mut Context<'_>) {
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    let mut get = pin!(queue.get_many(&mut first, 1));
    assert!(get.as_mut().poll(context).is_pending());
    complete(pin!(queue.put_many(0..64)), context).expect("it is open");
    complete(get, context).expect("it is open");
    complete(pin!(queue.put_many(64..65)), context).expect("it is open");
    let mut put = pin!(queue.put_many(65..66));
    assert!(put.as_mut().poll(context).is_pending());
    complete(pin!(queue.get_many(&mut rest, 64)), context).expect("it is open");
    complete(put, context).expect("it is open");
    assert_eq!(queue.try_get_many(&mut rest, 64), Ok(1));
}

/// Puts and gets in a queue, while a putter and a getter have grants that they have not used yet.
pub(super) fn beside_grants(rounds: u64) {
    let queue = aiosync::Queue::bounded(64);
    let queue = black_box(&queue);
    by_hand(1, |context| {
        let mut granted = pin!(queue.get());
        assert!(granted.as_mut().poll(context).is_pending());
        let _slot = queue.try_reserve().expect("there is room");
        for item in 0..4 {
            queue.try_put(item).expect("there is room");
        }
        // Under the mutex, which thaws the ring.
        queue
            .try_get()
            .expect("there is an item that is not granted");
        by_hand(rounds, |context| {
            complete(pin!(queue.put(1_u64)), context).expect("it is open");
            black_box(complete(pin!(queue.get()), context).expect("it is open"));
        });
    });
}
