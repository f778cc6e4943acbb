//! Which waker is woken, and when.
#![forbid(unsafe_code)]

use std::sync::Arc;

use aiosync::RwLock;
use aiosync::futures::{RwLockRead, RwLockReadOwned, RwLockWrite, RwLockWriteOwned};

use super::assert_free;
use crate::common::{Call, CountingWaker, Hostile, Polled};

/// The rules for a kind of future, which waits while a writer holds the lock.
macro_rules! rules {
    ($way:ident, $future:ty, $lock:ident => $start:expr) => {
        mod $way {
            use super::*;

            fn start($lock: &Arc<RwLock<u32>>) -> $future {
                $start
            }

            #[test]
            fn a_grant_wakes_once_and_nothing_else_wakes() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_write().unwrap();
                let mut waiter = Polled::waiting(start(&lock));
                let leaver = Polled::waiting(start(&lock));
                for _ in 0..3 {
                    waiter.assert_pending();
                }
                drop(leaver);
                assert_eq!(waiter.wakes(), 0);
                drop(holder);
                assert_eq!(waiter.wakes(), 1);
                drop(waiter.assert_ready());
                assert_eq!(waiter.wakes(), 1);
                assert_free(&lock);
            }

            #[test]
            fn the_newest_waker_is_woken_and_the_old_one_is_dropped() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_write().unwrap();
                let mut waiter = Polled::waiting(start(&lock));
                let newest = CountingWaker::new();
                assert_eq!(waiter.wakers_kept(), 1);
                assert!(waiter.poll_with(&newest.waker()).is_pending());
                assert_eq!((waiter.wakers_kept(), newest.kept()), (0, 1));
                drop(holder);
                assert_eq!(waiter.wakes(), 0);
                assert_eq!((newest.wakes(), newest.kept()), (1, 0));
                drop(waiter.assert_ready());
            }

            #[test]
            fn polling_again_with_the_same_waker_clones_nothing() {
                let lock = Arc::new(RwLock::new(0));
                let holder = lock.try_write().unwrap();
                let hostile = Hostile::new();
                let mut waiter = Polled::new(start(&lock));
                for _ in 0..5 {
                    assert!(waiter.poll_with(hostile.waker()).is_pending());
                    assert_eq!(hostile.calls(Call::Clone), 1);
                }
                drop(holder);
                assert!(waiter.poll_with(hostile.waker()).is_ready());
                assert_eq!(hostile.calls(Call::Clone), 1);
                assert_eq!(hostile.calls(Call::Wake), 1);
                assert_eq!((hostile.calls(Call::Drop), hostile.kept()), (0, 0));
            }

            #[test]
            fn a_free_lock_leaves_the_waker_alone() {
                let lock = Arc::new(RwLock::new(0));
                let hostile = Hostile::new();
                for _ in 0..3 {
                    assert!(
                        Polled::new(start(&lock))
                            .poll_with(hostile.waker())
                            .is_ready()
                    );
                }
                assert!(Call::ALL.iter().all(|call| hostile.calls(*call) == 0));
                assert_free(&lock);
            }
        }
    };
}

rules!(read, RwLockRead<'_, u32>, lock => lock.read());
rules!(write, RwLockWrite<'_, u32>, lock => lock.write());
rules!(read_owned, RwLockReadOwned<u32>, lock => Arc::clone(lock).read_owned());
rules!(write_owned, RwLockWriteOwned<u32>, lock => Arc::clone(lock).write_owned());
