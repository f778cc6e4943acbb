//! The four guards: access, mapping, moving, panics.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;
use std::thread;

use aiosync::{Lock, LockGuard, MappedLockGuard, OwnedLockGuard, OwnedMappedLockGuard};

use crate::common::{Polled, forget, panic_message};

type Pair = (u32, Vec<u32>);

fn pair() -> Arc<Lock<Pair>> {
    Arc::new(Lock::new((1, vec![10, 20, 30])))
}

/// The rules of `map` and `filter_map`, for a guard and the mapped guard.
macro_rules! narrowing {
    ($way:ident, $guard:ident, $mapped:ident, $type:ty, $lock:ident => $take:expr) => {
        mod $way {
            use super::*;

            fn take($lock: &Arc<Lock<Pair>>) -> $type {
                $take
            }

            #[test]
            fn a_mapped_guard_leads_to_its_part_and_holds_the_lock() {
                let lock = pair();
                let mut part = $guard::map(take(&lock), |pair| &mut pair.0);
                *part += 4;
                assert_eq!(*part, 5);
                assert!(lock.is_locked());
                assert!(lock.try_lock().is_none());
                drop(part);
                assert_eq!(lock.try_lock().unwrap().0, 5);
            }

            #[test]
            fn a_guard_may_be_mapped_twice() {
                let lock = pair();
                let list = $guard::map(take(&lock), |pair| &mut pair.1);
                let mut last = $mapped::map(list, |list| &mut list[2]);
                *last += 1;
                assert!(lock.try_lock().is_none());
                drop(last);
                assert_eq!(lock.try_lock().unwrap().1, [10, 20, 31]);
            }

            #[test]
            fn the_lock_is_handed_off_when_the_mapped_guard_is_dropped_and_not_before() {
                let lock = pair();
                let guard = take(&lock);
                let mut waiter = Polled::waiting(lock.lock());
                let behind = Polled::waiting(lock.lock());
                let list = $guard::map(guard, |pair| &mut pair.1);
                let first = $mapped::map(list, |list| &mut list[0]);
                assert_eq!(waiter.wakes(), 0);
                assert_eq!(lock.waiters(), 2);
                drop(first);
                assert_eq!((waiter.wakes(), behind.wakes()), (1, 0));
                drop(waiter.assert_ready());
            }

            #[test]
            fn filter_map_narrows_where_it_finds_a_part() {
                let lock = pair();
                let list = $guard::filter_map(take(&lock), |pair| Some(&mut pair.1));
                let list = list.ok().unwrap();
                let mut last = $mapped::filter_map(list, |list| list.last_mut())
                    .ok()
                    .unwrap();
                *last = 7;
                assert!(lock.try_lock().is_none());
                drop(last);
                assert_eq!(lock.try_lock().unwrap().1, [10, 20, 7]);
            }

            #[test]
            fn filter_map_returns_the_guard_if_the_closure_returns_none() {
                let lock = pair();
                let guard = take(&lock);
                let waiter = Polled::waiting(lock.lock());
                let nothing = $guard::filter_map(guard, |_| None::<&mut u32>);
                let mut guard = nothing.err().unwrap();
                guard.0 = 2;
                let list = $guard::map(guard, |pair| &mut pair.1);
                let nothing = $mapped::filter_map(list, |list| list.get_mut(9));
                let mut list = nothing.err().unwrap();
                list.push(40);
                assert!(lock.try_lock().is_none());
                assert_eq!((waiter.wakes(), lock.waiters()), (0, 1));
                drop(list);
                assert_eq!(waiter.wakes(), 1);
                drop(waiter);
                assert_eq!(*lock.try_lock().unwrap(), (2, vec![10, 20, 30, 40]));
            }

            #[test]
            fn a_closure_that_panics_hands_the_lock_off() {
                for case in 0..4 {
                    let lock = pair();
                    let guard = take(&lock);
                    let mut waiter = Polled::waiting(lock.lock());
                    let behind = Polled::waiting(lock.lock());
                    let message = panic_message(|| match case {
                        0 => drop($guard::map(guard, |_| -> &mut u32 { panic!("inside") })),
                        1 => drop($guard::filter_map(guard, |_| -> Option<&mut u32> {
                            panic!("inside")
                        })),
                        2 => {
                            let list = $guard::map(guard, |pair| &mut pair.1);
                            drop($mapped::map(list, |_| -> &mut u32 { panic!("inside") }));
                        }
                        _ => {
                            let list = $guard::map(guard, |pair| &mut pair.1);
                            drop($mapped::filter_map(list, |_| -> Option<&mut u32> {
                                panic!("inside")
                            }));
                        }
                    });
                    assert_eq!(message, "inside");
                    assert_eq!((waiter.wakes(), behind.wakes()), (1, 0), "case {case}");
                    drop(waiter.assert_ready());
                    drop(behind);
                    assert_eq!(lock.try_lock().unwrap().0, 1);
                }
            }

            #[test]
            fn mapped_guards_print_as_their_part() {
                let lock = pair();
                let part = $guard::map(take(&lock), |pair| &mut pair.0);
                assert_eq!(
                    (format!("{part:?}"), format!("{part}")),
                    ("1".into(), "1".into())
                );
            }

            #[test]
            fn mapped_guards_move_to_another_thread() {
                let lock = pair();
                let part = $guard::map(take(&lock), |pair| &mut pair.0);
                thread::scope(|scope| {
                    scope.spawn(move || {
                        let mut part = part;
                        *part = 8;
                    });
                });
                assert_eq!(lock.try_lock().unwrap().0, 8);
            }
        }
    };
}

narrowing!(
    borrowed, LockGuard, MappedLockGuard,
    LockGuard<'_, Pair>, lock => lock.try_lock().unwrap()
);
narrowing!(
    owned, OwnedLockGuard, OwnedMappedLockGuard,
    OwnedLockGuard<Pair>, lock => Arc::clone(lock).try_lock_owned().unwrap()
);

#[test]
fn each_guard_names_the_lock_it_holds() {
    let lock = pair();
    let guard = lock.try_lock().unwrap();
    assert!(std::ptr::eq(LockGuard::source(&guard), &*lock));
    drop(guard);
    let guard = Arc::clone(&lock).try_lock_owned().unwrap();
    assert!(std::ptr::eq(OwnedLockGuard::source(&guard), &*lock));
    let part = OwnedLockGuard::map(guard, |pair| &mut pair.1);
    assert!(std::ptr::eq(OwnedMappedLockGuard::source(&part), &*lock));
    let part = OwnedMappedLockGuard::map(part, |list| &mut list[0]);
    assert!(std::ptr::eq(OwnedMappedLockGuard::source(&part), &*lock));
}

#[test]
fn the_lock_behind_a_guard_outlives_the_guard() {
    let lock = Lock::new(1);
    let guard = lock.try_lock().unwrap();
    let source: &Lock<u32> = LockGuard::source(&guard);
    drop(guard);
    assert_eq!(*source.try_lock().unwrap(), 1);
}

#[test]
fn guards_print_as_their_value() {
    let lock = Arc::new(Lock::new("held"));
    let guard = lock.try_lock().unwrap();
    assert_eq!(
        (format!("{guard:?}"), format!("{guard}")),
        ("\"held\"".into(), "held".into())
    );
    drop(guard);
    let guard = lock.try_lock_owned().unwrap();
    assert_eq!(
        (format!("{guard:?}"), format!("{guard}")),
        ("\"held\"".into(), "held".into())
    );
}

#[test]
fn a_guard_may_be_dropped_on_another_thread() {
    let lock = Arc::new(Lock::new(0));
    let borrowed = lock.try_lock().unwrap();
    let mut waiter = Polled::waiting(Arc::clone(&lock).lock_owned());
    thread::scope(|scope| {
        scope.spawn(move || drop(borrowed));
    });
    assert_eq!(waiter.wakes(), 1);
    let owned = waiter.assert_ready();
    thread::spawn(move || drop(owned)).join().unwrap();
    assert!(!lock.is_locked());
}

#[test]
fn an_owned_guard_keeps_the_lock_alive() {
    let value = Arc::new(());
    let lock = Arc::new(Lock::new((Arc::clone(&value), 3)));
    let guard = lock.try_lock_owned().unwrap();
    assert_eq!(guard.1, 3);
    let part = OwnedLockGuard::map(guard, |pair| &mut pair.1);
    assert_eq!(Arc::strong_count(&value), 2);
    assert_eq!(*part, 3);
    drop(part);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_guard_that_unwinds_hands_the_lock_off_and_poisons_nothing() {
    let lock = Arc::new(Lock::new(1));
    let mut waiter = Polled::new(lock.lock());
    let message = panic_message(|| {
        let mut guard = lock.try_lock().unwrap();
        waiter.assert_pending();
        *guard = 2;
        panic!("with the guard in hand");
    });
    assert_eq!(message, "with the guard in hand");
    assert_eq!(waiter.wakes(), 1);
    assert_eq!(*waiter.assert_ready(), 2);
    assert!(!lock.is_locked());
}

#[test]
fn a_forgotten_guard_keeps_the_lock() {
    let mut lock = Lock::new(5);
    forget(lock.try_lock());
    assert!(lock.is_locked());
    assert!(lock.try_lock().is_none());
    assert_eq!(*lock.get_mut(), 5);
    assert_eq!(lock.into_inner(), 5);
}

#[test]
fn the_data_need_not_have_a_size() {
    let slice: Arc<Lock<[u32]>> = Arc::new(Lock::new([1, 2, 3]));
    let first = LockGuard::map(slice.try_lock().unwrap(), |all| &mut all[0]);
    assert_eq!(*first, 1);
    drop(first);
    let mut waiter = Polled::new(Arc::clone(&slice).lock_owned());
    let mut guard = waiter.assert_ready();
    guard.reverse();
    let head = OwnedLockGuard::map(guard, |all| &mut all[..2]);
    assert_eq!(*head, [3, 2]);
    drop(head);

    let shown: Arc<Lock<dyn fmt::Display + Send>> = Arc::new(Lock::new(7));
    assert_eq!(shown.try_lock().unwrap().to_string(), "7");
    assert_eq!(shown.try_lock_owned().unwrap().to_string(), "7");
}

#[test]
fn a_guard_does_for_a_shorter_borrow() {
    fn shorten<'s, 'l: 's>(guard: LockGuard<'l, u32>, _: &'s ()) -> LockGuard<'s, u32> {
        guard
    }
    fn shorten_mapped<'s, 'l: 's>(
        guard: MappedLockGuard<'l, u32>,
        _: &'s (),
    ) -> MappedLockGuard<'s, u32> {
        guard
    }
    static LOCK: Lock<u32> = Lock::new(1);
    let here = ();
    let guard = shorten(LOCK.try_lock().unwrap(), &here);
    assert_eq!(
        *shorten_mapped(LockGuard::map(guard, |value| value), &here),
        1
    );
}
