//! The guards: `forget`, `split`, `merge`.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::thread;

use aiosync::{OwnedPermit, Permit, Semaphore};

use super::assert_counts;
use crate::common::{Polled, forget, panic_message};

/// The rules, for one kind of permit.
macro_rules! rules {
    ($way:ident, $permit:ty, ($semaphore:ident, $count:ident) => $take:expr) => {
        mod $way {
            use super::*;

            fn take($semaphore: &Arc<Semaphore>, $count: usize) -> $permit {
                $take.unwrap()
            }

            #[test]
            fn a_permit_knows_its_semaphore_and_its_number() {
                let semaphore = Arc::new(Semaphore::new(3));
                let permit = take(&semaphore, 2);
                assert_eq!(permit.permits(), 2);
                assert!(std::ptr::eq(permit.source(), &*semaphore));
                assert!(format!("{permit:?}").contains('2'), "{permit:?}");
            }

            #[test]
            fn forget_shrinks_the_total() {
                let semaphore = Arc::new(Semaphore::new(3));
                let permit = take(&semaphore, 2);
                let waiter = Polled::waiting(semaphore.acquire_many(2));
                permit.forget();
                assert_counts(&semaphore, 1, 0, 0);
                assert_eq!((waiter.wakes(), semaphore.waiters()), (0, 1));
                drop(waiter);
                assert_eq!(Arc::strong_count(&semaphore), 1);
            }

            #[test]
            fn a_leaked_permit_stays_held() {
                let semaphore = Arc::new(Semaphore::bounded(2));
                forget(take(&semaphore, 1));
                assert_counts(&semaphore, 1, 1, 0);
                assert!(semaphore.release(1).is_err());
                drop(take(&semaphore, 1));
                assert_counts(&semaphore, 1, 1, 0);
            }

            #[test]
            fn split_moves_permits_and_changes_no_count() {
                let semaphore = Arc::new(Semaphore::new(5));
                let mut permit = take(&semaphore, 5);
                let two = permit.split(2).unwrap();
                assert_eq!((permit.permits(), two.permits()), (3, 2));
                assert!(std::ptr::eq(two.source(), &*semaphore));
                assert_counts(&semaphore, 0, 5, 0);
                drop(permit);
                assert_counts(&semaphore, 3, 2, 0);
                drop(two);
                assert_counts(&semaphore, 5, 0, 0);
            }

            #[test]
            fn split_at_the_edges() {
                let semaphore = Arc::new(Semaphore::new(3));
                let mut permit = take(&semaphore, 3);
                assert_eq!(permit.split(0).unwrap().permits(), 0);
                for too_many in [4, usize::MAX] {
                    assert!(permit.split(too_many).is_none());
                    assert_eq!(permit.permits(), 3);
                }
                let all = permit.split(3).unwrap();
                assert_eq!((permit.permits(), all.permits()), (0, 3));
                assert!(permit.split(1).is_none());
                assert_counts(&semaphore, 0, 3, 0);
                drop(permit);
                assert_counts(&semaphore, 0, 3, 0);
                drop(all);
                assert_counts(&semaphore, 3, 0, 0);
                assert_eq!(Arc::strong_count(&semaphore), 1);
            }

            #[test]
            fn merge_puts_permits_together_and_changes_no_count() {
                let semaphore = Arc::new(Semaphore::new(5));
                let mut permit = take(&semaphore, 2);
                permit.merge(take(&semaphore, 0));
                assert_eq!(permit.permits(), 2);
                permit.merge(take(&semaphore, 3));
                assert_eq!(permit.permits(), 5);
                assert_counts(&semaphore, 0, 5, 0);
                drop(permit);
                assert_counts(&semaphore, 5, 0, 0);
                assert_eq!(Arc::strong_count(&semaphore), 1);
            }

            #[test]
            fn permits_of_two_semaphores_cannot_be_merged_and_none_is_lost() {
                let (here, there) = (Arc::new(Semaphore::new(5)), Arc::new(Semaphore::new(5)));
                let mut permit = take(&here, 2);
                let foreign = take(&there, 3);
                let mut waiter = Polled::waiting(there.acquire_many(3));
                let message = panic_message(|| permit.merge(foreign));
                assert!(message.contains("two different semaphores"), "{message}");
                assert_eq!(permit.permits(), 2);
                assert_counts(&here, 3, 2, 0);
                assert_counts(&there, 2, 3, 0);
                drop(waiter.assert_ready());
                assert_counts(&there, 5, 0, 0);
                drop(permit);
                assert_counts(&here, 5, 0, 0);
            }

            #[test]
            fn parts_may_go_on_other_threads() {
                let semaphore = Arc::new(Semaphore::new(4));
                let mut permit = take(&semaphore, 4);
                thread::scope(|scope| {
                    for _ in 0..3 {
                        let part = permit.split(1).unwrap();
                        scope.spawn(move || drop(part));
                    }
                });
                assert_counts(&semaphore, 3, 1, 0);
                drop(permit);
                assert_counts(&semaphore, 4, 0, 0);
            }

            #[test]
            fn a_dropped_part_serves_the_queue() {
                let semaphore = Arc::new(Semaphore::new(4));
                let mut permit = take(&semaphore, 4);
                let mut waiter = Polled::waiting(semaphore.acquire_many(2));
                drop(permit.split(1));
                assert_counts(&semaphore, 1, 3, 0);
                waiter.assert_pending();
                drop(permit.split(1));
                assert_eq!(waiter.assert_ready().permits(), 2);
            }
        }
    };
}

rules!(borrowed, Permit<'_>, (semaphore, count) => semaphore.try_acquire_many(count));
rules!(
    owned, OwnedPermit,
    (semaphore, count) => Arc::clone(semaphore).try_acquire_many_owned(count)
);

#[test]
fn an_owned_permit_keeps_the_semaphore_alive() {
    let semaphore = Arc::new(Semaphore::new(2));
    let weak = Arc::downgrade(&semaphore);
    let mut permit = semaphore.try_acquire_many_owned(2).unwrap();
    let part = permit.split(1).unwrap();
    drop(permit);
    assert_eq!(part.source().available_permits(), 1);
    assert_eq!(weak.strong_count(), 1);
    drop(part);
    assert_eq!(weak.strong_count(), 0);
}

#[test]
fn a_permit_that_unwinds_is_given_back() {
    let semaphore = Semaphore::new(2);
    let mut waiter = Polled::new(semaphore.acquire_many(2));
    let message = panic_message(|| {
        let _permit = semaphore.try_acquire().unwrap();
        waiter.assert_pending();
        panic!("with the permit in hand");
    });
    assert_eq!(message, "with the permit in hand");
    assert_eq!(waiter.wakes(), 1);
    drop(waiter.assert_ready());
    assert_counts(&semaphore, 2, 0, 0);
}
