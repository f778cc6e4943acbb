//! The holders of locks, permits and turns.
#![forbid(unsafe_code)]

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use aiosync::diagnostics::{HoldMode, Level};
use aiosync::{Lock, LockGuard, MappedLockGuard, OnceCell, OwnedLockGuard, RwLock, Semaphore};
use aiosync::{OwnedRwLockWriteGuard, RwLockReadGuard, RwLockWriteGuard};

use crate::session::{Session, Task, assert_site};

#[test]
fn a_holder_that_had_to_wait_is_recorded_at_both_levels() {
    for level in [Level::Waits, Level::Holders] {
        let session = Session::new(level);
        let lock = Lock::new(());
        let first = lock.try_lock();
        let called = line!() + 1;
        let wait = Task::new().begin(lock.lock());
        drop(first);
        let guard = Task::new().finish(wait);
        session.advance(50);
        let primitive = session.primitive();
        assert!(primitive.waiters.is_empty());
        let [holder] = &primitive.holders[..] else {
            panic!("one holder: {primitive:?}")
        };
        assert_site(holder.site, file!(), called);
        assert_eq!((holder.mode, holder.amount), (HoldMode::Exclusive, 1));
        assert_eq!(holder.held, Duration::from_millis(50));
        assert!(primitive.holders_are_complete);
        drop(guard);
        session.assert_empty();
    }
}

#[test]
fn at_the_level_waits_a_holder_that_did_not_wait_is_unknown() {
    let session = Session::new(Level::Waits);
    let lock = Lock::new(());
    let guard = lock.try_lock();
    session.assert_empty();
    let wait = Task::new().begin(lock.lock());
    let primitive = session.primitive();
    assert!(primitive.holders.is_empty() && !primitive.holders_are_complete);
    drop((wait, guard));
}

#[test]
fn at_the_level_holders_each_acquisition_is_recorded() {
    let session = Session::new(Level::Holders);
    let lock = Arc::new(Lock::new(0));
    let task = Task::new();
    for round in 0..4 {
        let (guard, line): (Box<dyn std::any::Any>, u32);
        let owned = Arc::clone(&lock);
        // Leaks nothing: the drop of the owned guards releases the lock.
        match round {
            0 => {
                let taken = lock.try_lock();
                let line = line!() - 1;
                assert_site(session.primitive().holders[0].site, file!(), line);
                drop(taken);
                continue;
            }
            1 => {
                let taken = lock.lock_blocking();
                let line = line!() - 1;
                assert_site(session.primitive().holders[0].site, file!(), line);
                drop(taken);
                continue;
            }
            2 => {
                guard = Box::new(owned.try_lock_owned().expect("it is free"));
                line = line!() - 1;
            }
            _ => {
                guard = Box::new(task.finish(Box::pin(owned.lock_owned())));
                line = line!() - 1;
            }
        }
        assert_site(session.primitive().holders[0].site, file!(), line);
        drop(guard);
        session.assert_empty();
    }
    let wait = Task::new().begin(async {
        let _guard = lock.lock().await;
        pending::<()>().await;
    });
    assert_eq!(session.primitive().acquisitions, 5);
    drop(wait);
    session.assert_empty();
}

#[test]
fn a_guard_that_is_mapped_still_holds_the_lock() {
    let session = Session::new(Level::Holders);
    let lock = Arc::new(Lock::new((1, (2, 3))));
    let guard = lock.try_lock().expect("it is free");
    let guard = LockGuard::map(guard, |pair| &mut pair.1);
    let guard = MappedLockGuard::map(guard, |pair| &mut pair.0);
    assert_eq!(session.primitive().holders.len(), 1);
    drop(guard);
    session.assert_empty();
    let guard = Arc::clone(&lock).try_lock_owned().expect("it is free");
    let guard = OwnedLockGuard::map(guard, |pair| &mut pair.0);
    assert_eq!(session.primitive().holders.len(), 1);
    drop(guard);
    session.assert_empty();
}

#[test]
fn readers_are_recorded_by_their_calls() {
    let session = Session::new(Level::Holders);
    let lock = Arc::new(RwLock::new((1, 2)));
    let readers: Vec<_> = (0..3)
        .map(|_| lock.try_read().expect("nobody writes"))
        .collect();
    let other = Arc::clone(&lock).try_read_owned().expect("nobody writes");
    let primitive = session.primitive();
    assert_eq!(primitive.holders.len(), 4);
    let first = primitive.holders[0].site;
    let same = primitive
        .holders
        .iter()
        .filter(|holder| holder.site == first);
    assert_eq!(same.count(), 3);
    assert!(
        primitive
            .holders
            .iter()
            .all(|holder| holder.mode == HoldMode::Shared)
    );
    drop((readers, other));
    session.assert_empty();

    let guard = lock.try_write().expect("it is free");
    assert_eq!(session.primitive().holders[0].mode, HoldMode::Exclusive);
    let guard = RwLockWriteGuard::downgrade(guard);
    assert_eq!(session.primitive().holders[0].mode, HoldMode::Shared);
    let guard = RwLockReadGuard::map(guard, |pair| &pair.0);
    assert_eq!(session.primitive().holders.len(), 1);
    drop(guard);
    let guard = Arc::clone(&lock).try_write_owned().expect("it is free");
    let guard = OwnedRwLockWriteGuard::downgrade(guard);
    assert_eq!(session.primitive().holders[0].mode, HoldMode::Shared);
    drop(guard);
    session.assert_empty();
}

#[test]
fn permits_are_recorded_by_their_calls() {
    let session = Session::new(Level::Holders);
    let pool = Semaphore::new(10);
    let mut some = pool.try_acquire_many(5).expect("they are free");
    let line = line!() - 1;
    let two = some.split(2).expect("there are 5");
    let amounts = |session: &Session| {
        let holders = session.primitive().holders;
        let mut amounts: Vec<_> = holders.iter().map(|holder| holder.amount).collect();
        amounts.sort_unstable();
        amounts
    };
    assert_eq!(amounts(&session), [2, 3]);
    assert_site(session.primitive().holders[1].site, file!(), line);
    some.merge(two);
    assert_eq!(amounts(&session), [5]);
    let one = pool.try_acquire().expect("it is free");
    assert_eq!(amounts(&session), [1, 5]);
    let wait = Task::new().begin(pool.acquire_many(8));
    let primitive = session.primitive();
    assert_eq!(primitive.waiters[0].amount, 8);
    let supply = primitive.supply.expect("permits");
    assert_eq!((supply.available, supply.total), (4, Some(10)));
    assert!(primitive.holders_are_complete);
    drop(wait);
    one.forget();
    assert_eq!(amounts(&session), [5]);
    drop(some);
    session.assert_empty();
}

#[test]
fn the_running_initializer_is_recorded() {
    let session = Session::new(Level::Holders);
    let cell = OnceCell::<u32>::new();
    let task = Task::new();
    let called = line!() + 1;
    let running = task.begin(cell.get_or_init(pending));
    let wait = task.begin(cell.wait());
    let primitive = session.primitive();
    let [holder] = &primitive.holders[..] else {
        panic!("one initializer: {primitive:?}")
    };
    assert_eq!(holder.mode, HoldMode::Initializer);
    assert_site(holder.site, file!(), called);
    drop(running);
    assert!(session.primitive().holders.is_empty());
    cell.set(7).expect("nobody initializes");
    assert_eq!(*task.finish(wait), 7);
    session.assert_empty();
}

#[test]
fn a_holder_is_recorded_until_it_is_dropped_on_another_thread() {
    let session = Session::new(Level::Holders);
    let lock = Arc::new(Lock::new(()));
    let guard = Arc::clone(&lock).try_lock_owned().expect("it is free");
    assert_eq!(session.primitive().holders.len(), 1);
    std::thread::scope(|scope| {
        scope.spawn(move || drop(guard));
    });
    session.assert_empty();
}

#[test]
fn a_forgotten_guard_stays_in_the_report_until_its_lock_is_dropped() {
    let session = Session::new(Level::Holders);
    let lock = Lock::new(());
    std::mem::forget(lock.try_lock());
    assert_eq!(session.primitive().holders.len(), 1);
    drop(lock);
    session.assert_empty();
}

#[test]
fn holders_that_do_not_fit_into_the_table_are_counted() {
    let session = Session::new(Level::Holders);
    let lock = RwLock::new(());
    let readers: Vec<_> = (0..300)
        .map(|_| lock.try_read().expect("nobody writes"))
        .collect();
    let primitive = session.primitive();
    assert_eq!(primitive.holders.len() + primitive.holders_not_listed, 300);
    assert!(primitive.holders_not_listed > 0);
    drop(readers);
    session.assert_empty();
}
