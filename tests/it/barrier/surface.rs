//! What the types provide apart from waiting: `Debug`, statics, auto traits, results.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::sync::Arc;

use aiosync::futures::{BarrierWait, BarrierWaitOwned};
use aiosync::{Barrier, BarrierWaitResult, BrokenBarrier};
use static_assertions::{assert_impl_all, assert_not_impl_any};

use super::{Output, WAYS, barrier};
use crate::common::Polled;

assert_impl_all!(Barrier: Send, Sync, Unpin, Debug);
assert_impl_all!(BarrierWait<'static>: Future<Output = Output>, Send, Sync, Debug);
assert_impl_all!(BarrierWaitOwned: Future<Output = Output>, Send, Sync, Debug);
assert_impl_all!(BarrierWaitResult: Send, Sync, Unpin, Debug, Copy, Eq);
assert_impl_all!(BrokenBarrier: Send, Sync, Unpin, Debug, Copy, Eq, Error, Display);

// Other threads reach the node inside.
assert_not_impl_any!(BarrierWait<'static>: Unpin, Clone);
assert_not_impl_any!(BarrierWaitOwned: Unpin, Clone);
// The caller chooses the number of parties.
assert_not_impl_any!(Barrier: Default, Clone);
assert_not_impl_any!(BarrierWaitResult: Hash, Default);

#[test]
fn a_barrier_may_be_a_static() {
    static BARRIER: Barrier = Barrier::new(2);
    let wait: BarrierWait<'static> = BARRIER.wait();
    let mut waiter = Polled::waiting(wait);
    assert!(
        Polled::new(BARRIER.wait())
            .assert_ready()
            .unwrap()
            .is_leader()
    );
    assert_eq!(waiter.assert_ready().unwrap().index(), 0);
}

#[test]
fn a_result_compares_by_index_and_role() {
    let two = barrier(2);
    let mut waiter = WAYS[0].arrive(&two);
    let leader = WAYS[0].unpolled(&two).assert_ready().unwrap();
    let follower = waiter.assert_ready().unwrap();
    let alone = WAYS[1].unpolled(&barrier(1)).assert_ready().unwrap();
    assert_eq!(leader, leader.clone());
    assert_ne!(leader, follower);
    // The same index, in another role.
    assert_eq!(alone.index(), follower.index());
    assert_ne!(alone, follower);
    assert_ne!(format!("{alone:?}"), format!("{follower:?}"));
}

/// Checks that each is on one line, and that no two are the same.
#[track_caller]
fn assert_all_differ(shown: &[String]) {
    for (place, one) in shown.iter().enumerate() {
        assert!(!one.contains('\n'), "{one}");
        assert!(!shown[..place].contains(one), "twice: {one}");
    }
}

#[test]
fn a_barrier_shows_parties_arrivals_and_whether_it_is_broken() {
    let barrier = barrier(3);
    let show = || format!("{barrier:?}");
    let mut shown = vec![show(), format!("{:?}", Barrier::new(4))];
    let first = WAYS[0].arrive(&barrier);
    shown.push(show());
    let second = WAYS[0].arrive(&barrier);
    shown.push(show());
    barrier.abort();
    shown.push(show());
    assert_all_differ(&shown);
    barrier.reset();
    assert_eq!(show(), shown[0]);
    drop((first, second));
    assert_eq!(show(), shown[0]);
}

#[test]
fn a_wait_shows_how_far_it_has_come() {
    /// Unpolled, waiting, released, done.
    fn show_each(barrier: &Barrier, wait: impl Future<Output = Output> + Debug, name: &str) {
        let mut waiter = Polled::new(wait);
        let show = |waiter: &Polled<_>| format!("{:?}", waiter.future());
        let mut shown = vec![show(&waiter)];
        waiter.assert_pending();
        shown.push(show(&waiter));
        assert!(Polled::new(barrier.wait()).assert_ready().is_ok());
        shown.push(show(&waiter));
        assert!(waiter.assert_ready().is_ok());
        shown.push(show(&waiter));
        assert_all_differ(&shown);
        assert!(
            shown.iter().all(|shown| shown.starts_with(name)),
            "{shown:?}"
        );
    }
    let barrier = barrier(2);
    show_each(&barrier, barrier.wait(), "BarrierWait(");
    show_each(
        &barrier,
        Arc::clone(&barrier).wait_owned(),
        "BarrierWaitOwned(",
    );
}
