//! Many waiters that are granted at once. Wakers are woken in batches without the mutex. User
//! code that runs between two batches must not disturb the order or the counts.
#![forbid(unsafe_code)]

use std::sync::{Arc, Mutex};

use aiosync::Semaphore;
use aiosync::futures::AcquireOwned;

use super::assert_counts;
use crate::common::{BATCH, Crowd, Polled, watched};

/// Numbers at the edges of one, two and three batches of 32.
const CROWDS: [usize; 11] = [1, 2, 31, 32, 33, 63, 64, 65, 96, 97, 100];

/// Queues `count` waiters for one permit each on a semaphore without permits.
fn crowd(
    semaphore: &Arc<Semaphore>,
    count: usize,
    on_wake: impl Fn(&Crowd<AcquireOwned>, usize) + Send + Sync + 'static,
) -> Crowd<AcquireOwned> {
    Crowd::waiting(count, || Arc::clone(semaphore).acquire_owned(), on_wake)
}

/// Takes and forgets the permits of the woken waiters, which must be the first ones, each woken
/// once. The others must be pending.
#[track_caller]
fn assert_granted(crowd: &Crowd<AcquireOwned>, granted: usize) {
    crowd.each(|place, waiter| {
        if place < granted {
            assert_eq!(waiter.wakes(), 1, "wakes of {place}");
            waiter.assert_ready().forget();
        } else {
            assert_eq!(waiter.wakes(), 0, "wakes of {place}");
            waiter.assert_pending();
        }
    });
}

fn up_to(count: usize) -> Vec<usize> {
    (0..count).collect()
}

#[test]
fn one_release_grants_any_number_in_order() {
    for count in CROWDS {
        let semaphore = Arc::new(Semaphore::new(0));
        let crowd = crowd(&semaphore, count, |_, _| ());
        semaphore.release(count).unwrap();
        assert_eq!(crowd.woken(), up_to(count));
        assert_counts(&semaphore, 0, count, 0);
        assert_granted(&crowd, count);
        assert_counts(&semaphore, 0, 0, 0);
        semaphore.release(1).unwrap();
        assert!(
            semaphore.try_acquire().is_some(),
            "the line is stuck after {count}"
        );
    }
}

#[test]
fn one_permit_that_is_dropped_grants_any_number_in_order() {
    for count in CROWDS {
        let semaphore = Arc::new(Semaphore::new(count + 1));
        let permit = semaphore.try_acquire_many(count + 1).unwrap();
        let crowd = crowd(&semaphore, count, |_, _| ());
        drop(permit);
        assert_eq!(crowd.woken(), up_to(count));
        assert_counts(&semaphore, 1, count, 0);
        assert_granted(&crowd, count);
        assert!(semaphore.try_acquire().is_some());
    }
}

#[test]
fn a_first_waiter_that_leaves_lets_any_number_through_in_order() {
    for count in CROWDS {
        let semaphore = Arc::new(Semaphore::new(0));
        let head = Polled::waiting(semaphore.acquire_many(1000));
        let crowd = crowd(&semaphore, count, |_, _| ());
        semaphore.release(count).unwrap();
        assert_counts(&semaphore, count, 0, 0);
        drop(head);
        assert_eq!(crowd.woken(), up_to(count));
        assert_granted(&crowd, count);
    }
}

#[test]
fn a_release_that_does_not_reach_the_end_stops_where_it_must() {
    for released in [31, 32, 33, 64, 65] {
        let semaphore = Arc::new(Semaphore::new(0));
        let crowd = crowd(&semaphore, 100, |_, _| ());
        semaphore.release(released).unwrap();
        assert_eq!(crowd.woken(), up_to(released));
        assert_eq!(semaphore.waiters(), 100 - released);
        assert_counts(&semaphore, 0, released, 0);
        assert_granted(&crowd, released);
    }
}

#[test]
fn between_two_batches_nobody_overtakes_and_no_permit_is_missing() {
    watched(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let inside = Arc::clone(&semaphore);
        let crowd = crowd(&semaphore, 100, move |_, place| {
            assert_eq!(inside.total_permits(), 100);
            // Each permit that is not granted yet is free, and is reserved for a waiter.
            let free = inside.available_permits();
            assert_eq!(free, inside.waiters());
            assert!(free < 100 - place);
            if free > 0 {
                assert!(inside.try_acquire().is_none());
                assert_eq!(inside.drain(1), 0);
            }
        });
        semaphore.release(100).unwrap();
        assert_eq!(crowd.woken(), up_to(100));
        assert_granted(&crowd, 100);
        assert_counts(&semaphore, 0, 0, 0);
    });
}

#[test]
fn a_newcomer_between_two_batches_queues_behind() {
    watched(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let newcomer = Arc::new(Mutex::new(None));
        let (inside, slot) = (Arc::clone(&semaphore), Arc::clone(&newcomer));
        let crowd = crowd(&semaphore, 100, move |_, place| {
            if place == 3 {
                let newcomer = Polled::waiting(Arc::clone(&inside).acquire_owned());
                *slot.lock().unwrap() = Some(newcomer);
            }
        });
        semaphore.release(100).unwrap();
        assert_eq!(crowd.woken(), up_to(100));
        assert_granted(&crowd, 100);
        let mut newcomer = newcomer.lock().unwrap().take().unwrap();
        newcomer.assert_pending();
        assert_eq!(newcomer.wakes(), 0);
        semaphore.release(1).unwrap();
        drop(newcomer.assert_ready());
    });
}

#[test]
fn a_waiter_may_leave_from_inside_a_wake_granted_or_not() {
    watched(|| {
        // Granted and woken, granted and not woken yet, first of the next batch, in the middle of
        // it, and the last one.
        for leaver in [
            0,
            1,
            20,
            BATCH - 1,
            BATCH,
            BATCH + 1,
            50,
            2 * BATCH - 1,
            2 * BATCH,
            99,
        ] {
            let semaphore = Arc::new(Semaphore::new(0));
            let crowd = crowd(&semaphore, 100, move |crowd, place| {
                if place == 1 {
                    drop(crowd.take(leaver));
                }
            });
            semaphore.release(100).unwrap();
            let mut woken = crowd.woken();
            woken.sort_unstable();
            let ungranted = leaver >= BATCH;
            woken.retain(|&place| !ungranted || place != leaver);
            assert_eq!(woken.len(), if ungranted { 99 } else { 100 });
            woken.dedup();
            assert_eq!(woken.len(), if ungranted { 99 } else { 100 });
            crowd.each(|_, waiter| waiter.assert_ready().forget());
            assert_counts(&semaphore, 1, 0, 0);
            assert!(semaphore.try_acquire().is_some());
        }
    });
}

#[test]
fn a_debt_made_inside_a_wake_is_paid_before_the_next_grants() {
    watched(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let inside = Arc::clone(&semaphore);
        let crowd = crowd(&semaphore, 100, move |_, place| {
            if place == 0 {
                inside.reduce(10);
            }
        });
        semaphore.release(100).unwrap();
        assert_counts(&semaphore, 0, 90, 0);
        assert_eq!(semaphore.waiters(), 10);
        assert_granted(&crowd, 90);
        semaphore.release(10).unwrap();
        for place in 90..100 {
            crowd.take(place).unwrap().assert_ready().forget();
        }
        assert_counts(&semaphore, 0, 0, 0);
    });
}

#[test]
fn a_release_inside_a_wake_keeps_the_order_of_grants() {
    watched(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let inside = Arc::clone(&semaphore);
        let crowd = crowd(&semaphore, 100, move |_, place| {
            if place == 5 {
                inside.release(20).unwrap();
            }
        });
        semaphore.release(50).unwrap();
        assert_eq!(semaphore.waiters(), 30);
        assert_counts(&semaphore, 0, 70, 0);
        assert_granted(&crowd, 70);
    });
}

#[test]
fn permits_that_come_back_inside_a_wake_serve_the_queue() {
    watched(|| {
        // One permit, which each waiter takes and gives back in its wake. The permit goes through
        // the whole queue, one wake inside the other.
        let semaphore = Arc::new(Semaphore::new(0));
        let crowd = crowd(&semaphore, 40, |crowd, place| {
            let mut waiter = crowd.take(place).unwrap();
            drop(waiter.assert_ready());
        });
        semaphore.release(1).unwrap();
        assert_eq!(crowd.woken(), up_to(40));
        assert_counts(&semaphore, 1, 0, 0);
        assert_eq!(semaphore.waiters(), 0);
    });
}
