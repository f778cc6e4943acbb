//! The eight guards: access, mapping, moving, panics.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;
use std::thread;

use aiosync::{
    MappedRwLockReadGuard, MappedRwLockWriteGuard, OwnedMappedRwLockReadGuard,
    OwnedMappedRwLockWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
    RwLockReadGuard, RwLockWriteGuard,
};

use super::{assert_free, assert_read, assert_write, state};
use crate::common::{Polled, forget, panic_message};

type Pair = (u32, Vec<u32>);

fn pair() -> Arc<RwLock<Pair>> {
    Arc::new(RwLock::new((1, vec![10, 20, 30])))
}

/// The rules of `map` and `filter_map`, for a guard and the mapped guard.
macro_rules! narrowing {
    (
        $way:ident, $guard:ident, $mapped:ident, $type:ty,
        $lock:ident => $take:expr, [$($ref:tt)+], $last:ident, $get:ident
    ) => {
        mod $way {
            use super::*;

            fn take($lock: &Arc<RwLock<Pair>>) -> $type {
                $take
            }

            #[test]
            fn a_guard_may_be_mapped_twice_and_holds_the_lock() {
                let lock = pair();
                let guard = take(&lock);
                let held = state(&lock);
                let list = $guard::map(guard, |pair| $($ref)+ pair.1);
                let last = $mapped::map(list, |list| $($ref)+ list[2]);
                assert_eq!(*last, 30);
                assert_eq!(state(&lock), held);
                assert!(lock.try_write().is_none());
                drop(last);
                assert_free(&lock);
            }

            #[test]
            fn the_lock_is_handed_off_when_the_mapped_guard_is_dropped_and_not_before() {
                let lock = pair();
                let guard = take(&lock);
                let mut waiter = Polled::waiting(lock.write());
                let behind = Polled::waiting(lock.write());
                let list = $guard::map(guard, |pair| $($ref)+ pair.1);
                let first = $mapped::map(list, |list| $($ref)+ list[0]);
                assert_eq!((waiter.wakes(), lock.waiters()), (0, 2));
                drop(first);
                assert_eq!((waiter.wakes(), behind.wakes()), (1, 0));
                drop(waiter.assert_ready());
            }

            #[test]
            fn filter_map_narrows_where_it_finds_a_part() {
                let lock = pair();
                let list = $guard::filter_map(take(&lock), |pair| Some($($ref)+ pair.1));
                let list = list.ok().unwrap();
                let last = $mapped::filter_map(list, |list| list.$last()).ok().unwrap();
                assert_eq!(*last, 30);
                drop(last);
                assert_free(&lock);
            }

            #[test]
            fn filter_map_returns_the_guard_if_the_closure_returns_none() {
                let lock = pair();
                let guard = take(&lock);
                let held = state(&lock);
                let guard = $guard::filter_map(guard, |pair| pair.1.$get(9)).err().unwrap();
                assert_eq!(guard.0, 1);
                let list = $guard::map(guard, |pair| $($ref)+ pair.1);
                let list = $mapped::filter_map(list, |list| list.$get(9)).err().unwrap();
                assert_eq!(*list, [10, 20, 30]);
                assert_eq!(state(&lock), held);
                drop(list);
                assert_free(&lock);
            }

            #[test]
            fn a_closure_that_panics_releases_the_lock_once() {
                for case in 0..4 {
                    let lock = pair();
                    let guard = take(&lock);
                    let mut waiter = Polled::waiting(lock.write());
                    let behind = Polled::waiting(lock.write());
                    let message = panic_message(|| match case {
                        0 => drop($guard::map(guard, |_| -> $($ref)+ u32 { panic!("inside") })),
                        1 => drop($guard::filter_map(guard, |_| -> Option<$($ref)+ u32> {
                            panic!("inside")
                        })),
                        2 => {
                            let list = $guard::map(guard, |pair| $($ref)+ pair.1);
                            drop($mapped::map(list, |_| -> $($ref)+ u32 { panic!("inside") }));
                        }
                        _ => {
                            let list = $guard::map(guard, |pair| $($ref)+ pair.1);
                            drop($mapped::filter_map(list, |_| -> Option<$($ref)+ u32> {
                                panic!("inside")
                            }));
                        }
                    });
                    assert_eq!(message, "inside");
                    assert_eq!((waiter.wakes(), behind.wakes()), (1, 0), "case {case}");
                    assert_write(&lock, 1);
                    drop(behind);
                    drop(waiter.assert_ready());
                    assert_free(&lock);
                }
            }

            #[test]
            fn guards_print_as_what_they_lead_to() {
                let lock = pair();
                let guard = take(&lock);
                assert_eq!(format!("{guard:?}"), "(1, [10, 20, 30])");
                let part = $guard::map(guard, |pair| $($ref)+ pair.0);
                assert_eq!((format!("{part:?}"), format!("{part}")), ("1".into(), "1".into()));
            }

            #[test]
            fn guards_move_to_another_thread_and_are_dropped_there() {
                let lock = pair();
                let guard = take(&lock);
                thread::scope(|scope| {
                    scope.spawn(move || assert_eq!(guard.0, 1));
                });
                assert_free(&lock);
                let part = $guard::map(take(&lock), |pair| $($ref)+ pair.0);
                thread::scope(|scope| {
                    scope.spawn(move || assert_eq!(*part, 1));
                });
                assert_free(&lock);
            }

            #[test]
            fn a_guard_that_unwinds_hands_the_lock_off_and_poisons_nothing() {
                let lock = pair();
                let mut waiter = Polled::new(lock.write());
                let message = panic_message(|| {
                    let _guard = take(&lock);
                    waiter.assert_pending();
                    panic!("with the guard in hand");
                });
                assert_eq!(message, "with the guard in hand");
                assert_eq!(waiter.wakes(), 1);
                drop(waiter.assert_ready());
                assert_free(&lock);
            }

            #[test]
            fn a_forgotten_guard_keeps_the_lock() {
                let lock = pair();
                let guard = take(&lock);
                let held = state(&lock);
                forget(guard);
                assert_eq!(state(&lock), held);
                assert!(lock.try_write().is_none());
            }
        }
    };
}

narrowing!(
    read, RwLockReadGuard, MappedRwLockReadGuard, RwLockReadGuard<'_, Pair>,
    lock => lock.try_read().unwrap(), [&], last, get
);
narrowing!(
    write, RwLockWriteGuard, MappedRwLockWriteGuard, RwLockWriteGuard<'_, Pair>,
    lock => lock.try_write().unwrap(), [&mut], last_mut, get_mut
);
narrowing!(
    read_owned, OwnedRwLockReadGuard, OwnedMappedRwLockReadGuard, OwnedRwLockReadGuard<Pair>,
    lock => Arc::clone(lock).try_read_owned().unwrap(), [&], last, get
);
narrowing!(
    write_owned, OwnedRwLockWriteGuard, OwnedMappedRwLockWriteGuard, OwnedRwLockWriteGuard<Pair>,
    lock => Arc::clone(lock).try_write_owned().unwrap(), [&mut], last_mut, get_mut
);

#[test]
fn write_guards_change_the_data() {
    let lock = pair();
    lock.try_write().unwrap().0 = 2;
    Arc::clone(&lock).try_write_owned().unwrap().0 += 1;
    let list = RwLockWriteGuard::map(lock.try_write().unwrap(), |pair| &mut pair.1);
    *MappedRwLockWriteGuard::map(list, |list| &mut list[0]) += 1;
    let guard = Arc::clone(&lock).try_write_owned().unwrap();
    let list = OwnedRwLockWriteGuard::map(guard, |pair| &mut pair.1);
    *OwnedMappedRwLockWriteGuard::map(list, |list| &mut list[1]) += 2;
    assert_eq!(*lock.try_read().unwrap(), (3, vec![11, 22, 30]));
}

#[test]
fn readers_of_different_parts_read_at_the_same_time() {
    let lock = pair();
    let whole = lock.try_read().unwrap();
    let number = RwLockReadGuard::map(lock.try_read().unwrap(), |pair| &pair.0);
    let guard = Arc::clone(&lock).try_read_owned().unwrap();
    let list = OwnedRwLockReadGuard::map(guard, |pair| &pair.1);
    assert_eq!((*number, &*list), (whole.0, &whole.1));
    assert_read(&lock, 3, 0);
    drop((whole, number, list));
    assert_free(&lock);
}

#[test]
fn each_guard_names_the_lock_it_holds() {
    let lock = pair();
    let guard = lock.try_read().unwrap();
    assert!(std::ptr::eq(RwLockReadGuard::source(&guard), &*lock));
    drop(guard);
    let guard = lock.try_write().unwrap();
    assert!(std::ptr::eq(RwLockWriteGuard::source(&guard), &*lock));
    drop(guard);
    let guard = Arc::clone(&lock).try_read_owned().unwrap();
    assert!(std::ptr::eq(OwnedRwLockReadGuard::source(&guard), &*lock));
    let part = OwnedRwLockReadGuard::map(guard, |pair| &pair.1);
    assert!(std::ptr::eq(
        OwnedMappedRwLockReadGuard::source(&part),
        &*lock
    ));
    drop(part);
    let guard = Arc::clone(&lock).try_write_owned().unwrap();
    assert!(std::ptr::eq(OwnedRwLockWriteGuard::source(&guard), &*lock));
    let part = OwnedRwLockWriteGuard::map(guard, |pair| &mut pair.1);
    assert!(std::ptr::eq(
        OwnedMappedRwLockWriteGuard::source(&part),
        &*lock
    ));
}

#[test]
fn the_lock_behind_a_guard_outlives_the_guard() {
    let lock = RwLock::new(1);
    let guard = lock.try_read().unwrap();
    let source: &RwLock<u32> = RwLockReadGuard::source(&guard);
    drop(guard);
    let guard = source.try_write().unwrap();
    let source: &RwLock<u32> = RwLockWriteGuard::source(&guard);
    drop(guard);
    assert_free(source);
}

#[test]
fn an_owned_guard_keeps_the_lock_alive() {
    let value = Arc::new(());
    let lock = Arc::new(RwLock::new((Arc::clone(&value), 3)));
    let (first, second) = (
        Arc::clone(&lock).try_read_owned().unwrap(),
        lock.try_read_owned().unwrap(),
    );
    drop(first);
    assert_eq!(second.1, 3);
    let part = OwnedRwLockReadGuard::map(second, |pair| &pair.1);
    assert_eq!((Arc::strong_count(&value), *part), (2, 3));
    drop(part);
    assert_eq!(Arc::strong_count(&value), 1);
    let guard = Arc::new(RwLock::new(Arc::clone(&value)))
        .try_write_owned()
        .unwrap();
    let guard = OwnedRwLockWriteGuard::downgrade(guard);
    assert_eq!(Arc::strong_count(&value), 2);
    drop(guard);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn the_data_need_not_have_a_size() {
    let slice: Arc<RwLock<[u32]>> = Arc::new(RwLock::new([1, 2, 3]));
    let first = RwLockReadGuard::map(slice.try_read().unwrap(), |all| &all[0]);
    assert_eq!(*first, 1);
    drop(first);
    let mut guard = Polled::new(Arc::clone(&slice).write_owned()).assert_ready();
    guard.reverse();
    let head = OwnedRwLockWriteGuard::map(guard, |all| &mut all[..2]);
    assert_eq!(*head, [3, 2]);
    drop(head);
    let shown: Arc<RwLock<dyn fmt::Display + Send + Sync>> = Arc::new(RwLock::new(7));
    assert_eq!(shown.try_read().unwrap().to_string(), "7");
    assert_eq!(shown.try_write_owned().unwrap().to_string(), "7");
}

#[test]
fn a_guard_does_for_a_shorter_borrow() {
    fn shorten<'s, 'l: 's>(guard: RwLockReadGuard<'l, u32>, _: &'s ()) -> RwLockReadGuard<'s, u32> {
        guard
    }
    fn shorten_mapped<'s, 'l: 's>(
        guard: MappedRwLockReadGuard<'l, u32>,
        _: &'s (),
    ) -> MappedRwLockReadGuard<'s, u32> {
        guard
    }
    static LOCK: RwLock<u32> = RwLock::new(1);
    let here = ();
    let guard = shorten(LOCK.try_read().unwrap(), &here);
    let part = shorten_mapped(RwLockReadGuard::map(guard, |value| value), &here);
    assert_eq!(*part, 1);
}
