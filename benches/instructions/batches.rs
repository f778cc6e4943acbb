//! Batches of a queue. One round is one item, so the counts compare with those of single items.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::pin::pin;

use super::by_hand::complete;
use super::count::MANY;
use super::rounds::by_hand;

const BATCH: u64 = 16;
/// Room for all rounds, so that no round waits.
const CAPACITY: usize = MANY as usize;

/// Puts one item per round, in batches.
pub(super) fn put_many(rounds: u64) {
    let queue = aiosync::Queue::bounded(CAPACITY);
    let queue = black_box(&queue);
    by_hand(rounds / BATCH, |context| {
        complete(pin!(queue.put_many(0..BATCH)), context).expect("it is open");
    });
}

/// Gets one item per round, in batches.
pub(super) fn get_many(rounds: u64) {
    let queue = aiosync::Queue::bounded(CAPACITY);
    let queue = black_box(&queue);
    for item in 0..MANY {
        queue.try_put(item).expect("there is room");
    }
    let mut into = Vec::with_capacity(BATCH as usize);
    by_hand(rounds / BATCH, |context| {
        let got = complete(pin!(queue.get_many(&mut into, BATCH as usize)), context);
        assert_eq!(got, Ok(BATCH as usize));
        black_box(&mut into).clear();
    });
}

/// tokio's channel receives one item per round, in batches.
pub(super) fn tokio_recv_many(rounds: u64) {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(CAPACITY);
    for item in 0..MANY {
        sender.try_send(item).expect("there is room");
    }
    let mut into = Vec::with_capacity(BATCH as usize);
    by_hand(rounds / BATCH, |context| {
        let got = complete(pin!(receiver.recv_many(&mut into, BATCH as usize)), context);
        assert_eq!(got, BATCH as usize);
        black_box(&mut into).clear();
    });
    // The drop of the channel would receive the items that are left, more of them in fewer rounds.
    std::mem::forget((sender, receiver));
}

/// A getter waits for a batch, and a putter brings it. One round is one item through the queue.
pub(super) fn turns(rounds: u64) {
    let queue = aiosync::Queue::bounded(BATCH as usize);
    let queue = black_box(&queue);
    let mut into = Vec::with_capacity(BATCH as usize);
    by_hand(rounds / BATCH, |context| {
        let got = {
            let mut get = pin!(queue.get_many(&mut into, BATCH as usize));
            assert!(get.as_mut().poll(context).is_pending());
            complete(pin!(queue.put_many(0..BATCH)), context).expect("it is open");
            complete(get, context)
        };
        assert_eq!(got, Ok(BATCH as usize));
        black_box(&mut into).clear();
    });
}
