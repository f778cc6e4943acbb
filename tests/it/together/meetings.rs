//! Each round releases every member: nobody is skipped, and nobody runs ahead.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use aiosync::{Barrier, Event};

use super::everywhere;
#[cfg(not(feature = "std"))]
use crate::common::blocking::*;
use crate::common::{rounds, until, watched};

const MEMBERS: usize = 8;
const ROUNDS: usize = rounds(300);

#[test]
fn a_pulse_releases_every_waiter() {
    watched(|| {
        // Every member waits for one event and then for the other. So a member that is released
        // early cannot wait for the same event again before it is cleared.
        let events = Arc::new([Event::new(), Event::new()]);
        let (again, of_setter) = (Arc::clone(&events), Arc::clone(&events));
        // There are as many pulses as rounds. A member that misses one hangs.
        let setter = thread::spawn(move || {
            for round in 0..ROUNDS {
                let event = &of_setter[round % 2];
                until(|| event.waiters() == MEMBERS);
                event.set();
                event.clear();
            }
        });
        let task = move |_| {
            let events = Arc::clone(&again);
            async move {
                for round in 0..ROUNDS {
                    events[round % 2].wait().await;
                }
            }
        };
        let blocking = |_| (0..ROUNDS).for_each(|round| events[round % 2].wait_blocking());
        everywhere(MEMBERS, 0, task, blocking);
        setter.join().expect("it does not panic");
        for event in &*events {
            assert_eq!((event.waiters(), event.is_set()), (0, false));
        }
    });
}

#[cfg(feature = "std")] // Only the crate's own `block_timeout` returns the result of a wait that is over.
#[test]
fn a_barrier_gives_each_index_once_in_each_round() {
    watched(|| {
        for seed in 0..3 {
            let barrier = Arc::new(Barrier::new(MEMBERS));
            let again = Arc::clone(&barrier);
            let task = move |mut member: super::Member| {
                let barrier = Arc::clone(&again);
                async move {
                    let mut indices = Vec::new();
                    while indices.len() < ROUNDS {
                        // An arrival that is taken back, unless it is the last one, or the last
                        // one comes meanwhile. A drop would not tell which.
                        let result = match member.dice.below(3) {
                            0 => barrier.wait().block_timeout(Duration::ZERO),
                            1 => Some(Arc::clone(&barrier).wait_owned().await),
                            _ => Some(barrier.wait().await),
                        };
                        let result = result.map(|result| result.expect("the barrier is whole"));
                        indices.extend(result.map(|result| (result.index(), result.is_leader())));
                    }
                    indices
                }
            };
            let blocking = |mut member: super::Member| {
                let mut indices = Vec::new();
                while indices.len() < ROUNDS {
                    let result = match member.dice.below(3) {
                        0 => barrier.wait_blocking_timeout(Duration::ZERO),
                        _ => Some(barrier.wait_blocking()),
                    };
                    let result = result.map(|result| result.expect("the barrier is whole"));
                    indices.extend(result.map(|result| (result.index(), result.is_leader())));
                }
                indices
            };
            let members = everywhere(MEMBERS, seed, task, blocking);
            for round in 0..ROUNDS {
                let mut indices: Vec<_> = members.iter().map(|indices| indices[round]).collect();
                indices.sort_unstable();
                let all = (0..MEMBERS).map(|index| (index, index + 1 == MEMBERS));
                assert_eq!(
                    indices,
                    all.collect::<Vec<_>>(),
                    "seed {seed}, round {round}"
                );
            }
            assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
        }
    });
}
