//! Semaphore: data, a release that races with a first poll, a large first request that is
//! dropped, debts.

use std::sync::Arc;

use aiosync::Semaphore;
use loom::future::block_on;
use loom::thread;

use crate::explore::{explore, explore_fully, poll_once};

/// Breaks if `Permits::take_between` has no Acquire, or `Permits::add` has no Release. loom checks
/// the accesses to the data.
#[test]
fn one_permit_admits_one_at_a_time() {
    explore("semaphore: mutual exclusion, 2 threads", 55, || {
        let shared = Arc::new((Semaphore::new(1), loom::cell::Cell::new(0)));
        let other = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            let _permit = block_on(other.0.acquire());
            other.1.set(other.1.get() + 1);
        });
        {
            let _permit = block_on(shared.0.acquire());
            shared.1.set(shared.1.get() + 1);
        }
        thread.join().unwrap();
        assert_eq!(shared.1.get(), 2);
        assert_eq!(shared.0.available_permits(), 1);
    });
}

/// Breaks if `take_or_queue` does not check again under the mutex, or if `give_back` ignores
/// `QUEUED`. One waiter and one permit could not show that the second wake is lost.
#[test]
fn two_releases_wake_two_waiters() {
    explore("semaphore: 2 releases, 2 waiters", 13_500, || {
        let semaphore = Arc::new(Semaphore::new(0));
        let threads = [(); 2].map(|()| {
            let semaphore = Arc::clone(&semaphore);
            thread::spawn(move || block_on(semaphore.acquire()).forget())
        });
        semaphore.release(1).unwrap();
        semaphore.release(1).unwrap();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(semaphore.available_permits(), 0);
        assert_eq!(semaphore.total_permits(), 0);
    });
}

/// Breaks if a first waiter that leaves does not settle (`Wait::unlink`): the free permit would
/// reach nobody.
#[test]
fn a_first_waiter_that_leaves_lets_a_smaller_request_pass() {
    explore(
        "semaphore: cancelled first waiter against release",
        1_400,
        || {
            let semaphore = Arc::new(Semaphore::new(0));
            let mut head = Box::pin(Arc::clone(&semaphore).acquire_many_owned(2));
            assert!(poll_once(&mut head).is_pending());
            let mut small = Box::pin(Arc::clone(&semaphore).acquire_owned());
            assert!(poll_once(&mut small).is_pending());
            let dropper = thread::spawn(move || drop(head));
            let waiter = thread::spawn(move || drop(block_on(small)));
            semaphore.release(1).unwrap();
            dropper.join().unwrap();
            waiter.join().unwrap();
            assert_eq!(semaphore.available_permits(), 1);
            assert_eq!(semaphore.waiters(), 0);
        },
    );
}

/// Breaks if `AcquirePermits::return_grant` loses the permits.
#[test]
fn a_grant_that_is_dropped_goes_to_the_next() {
    explore("semaphore: grant against drop", 3_000, || {
        let semaphore = Arc::new(Semaphore::new(0));
        let mut first = Box::pin(Arc::clone(&semaphore).acquire_owned());
        assert!(poll_once(&mut first).is_pending());
        let mut second = Box::pin(Arc::clone(&semaphore).acquire_owned());
        assert!(poll_once(&mut second).is_pending());
        let dropper = thread::spawn(move || drop(first));
        let waiter = thread::spawn(move || drop(block_on(second)));
        semaphore.release(1).unwrap();
        dropper.join().unwrap();
        waiter.join().unwrap();
        assert_eq!(semaphore.available_permits(), 1);
    });
}

/// Breaks if `settle_with` serves the waiters before the debt, or clears `QUEUED` while there is
/// a debt.
#[test]
fn a_debt_is_paid_once_whatever_races_with_it() {
    explore_fully("semaphore: reduce against give-back", 12, || {
        let semaphore = Arc::new(Semaphore::new(2));
        let permit = Arc::clone(&semaphore).try_acquire_many_owned(2).unwrap();
        let giver = thread::spawn(move || drop(permit));
        semaphore.reduce(1);
        giver.join().unwrap();
        assert_eq!(semaphore.available_permits(), 1);
        assert_eq!(semaphore.total_permits(), 1);
        assert!(semaphore.try_acquire().is_some());
    });
}

/// Breaks if `Permits::free` has no Acquire: what one thread wrote under its permit would not
/// reach a waiter that another thread's `add` has served. The waiter is queued between the first
/// thread's check of `QUEUED` and its `add`.
#[test]
fn writes_under_a_permit_are_visible_to_the_waiter_that_gets_it() {
    explore("semaphore: data through a grant", 580, || {
        let shared = Arc::new((Semaphore::new(0), loom::cell::Cell::new(0)));
        let mut both = Box::pin(shared.0.acquire_many(2));
        let other = Arc::clone(&shared);
        let writer = thread::spawn(move || {
            // As if this thread held a permit.
            other.1.set(1);
            other.0.release(1).unwrap();
        });
        let pending = poll_once(&mut both).is_pending();
        assert!(pending, "there are not enough");
        // Either thread may serve the waiter.
        shared.0.release(1).unwrap();
        let permits = block_on(both);
        assert_eq!(shared.1.get(), 1);
        drop(permits);
        writer.join().unwrap();
    });
}
