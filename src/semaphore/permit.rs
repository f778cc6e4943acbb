#![forbid(unsafe_code)]
//! The guards that hold the permits of a [`Semaphore`].

use core::fmt;
use core::ops::Deref;

use super::Semaphore;
use crate::diagnostics::HoldProbe;
use crate::sync::Arc;

/// Permits of the semaphore behind `S`. Its drop gives them back.
struct HeldPermits<S: Deref<Target = Semaphore>> {
    semaphore: S,
    count: usize,
    probe: HoldProbe,
}

impl<S: Deref<Target = Semaphore>> HeldPermits<S> {
    /// Removes `count` permits. Returns `false`, and changes nothing, if there are fewer.
    fn take(&mut self, count: usize) -> bool {
        let rest = self.count.checked_sub(count);
        self.change_count(rest.unwrap_or(self.count));
        rest.is_some()
    }

    fn change_count(&mut self, count: usize) {
        self.count = count;
        self.probe.change_amount(&self.semaphore.probe, count);
    }
}

impl<S: Deref<Target = Semaphore>> Drop for HeldPermits<S> {
    #[inline]
    fn drop(&mut self) {
        let (semaphore, count): (&Semaphore, _) = (&self.semaphore, self.count);
        let give_back = || semaphore.raw.give_back(count);
        self.probe.release_and(&semaphore.probe, give_back);
    }
}

/// Implements the methods of both guards. `$clone` clones the reference to the semaphore.
macro_rules! permit_methods {
    ([$($lifetime:lifetime)?] $permit:ident, $elided:ty, $source:ty, $clone:path) => {
        impl<$($lifetime)?> $permit<$($lifetime)?> {
            /// Creates the guard of permits that the caller has taken.
            #[inline]
            pub(super) fn new(semaphore: $source, count: usize, probe: HoldProbe) -> Self {
                Self(HeldPermits {
                    semaphore,
                    count,
                    probe,
                })
            }

            /// Returns the semaphore that the permits belong to.
            #[doc(alias = "semaphore")]
            #[must_use]
            pub fn source(&self) -> &Semaphore {
                &self.0.semaphore
            }

            /// Returns the number of permits that this guard holds.
            #[doc(alias = "num_permits")]
            #[must_use]
            pub fn permits(&self) -> usize {
                self.0.count
            }

            /// Consumes the guard without giving its permits back. The total of the semaphore
            /// decreases by their number.
            pub fn forget(mut self) {
                let count = core::mem::take(&mut self.0.count);
                self.0.semaphore.raw.forget(count);
            }

            /// Moves `n` permits into a new guard. If this guard holds fewer, changes nothing and
            /// returns `None`.
            pub fn split(&mut self, n: usize) -> Option<Self> {
                // Before the count changes, because cloning an `Arc` may panic or abort.
                let semaphore = $clone(&self.0.semaphore);
                self.0.take(n).then(|| {
                    let probe = self.0.probe.split(&semaphore.probe, n);
                    Self::new(semaphore, n, probe)
                })
            }

            /// Moves all permits of `other` into this guard.
            ///
            /// # Panics
            ///
            /// Panics if `other` belongs to another semaphore. In this case its permits are given
            /// back, and `self` is not changed.
            pub fn merge(&mut self, mut other: Self) {
                assert!(
                    core::ptr::eq(self.source(), other.source()),
                    "aiosync: permits of two different semaphores cannot be merged"
                );
                // Cannot overflow: the number of held permits is at most total + debt, and
                // each of those is at most MAX_PERMITS.
                let count = core::mem::take(&mut other.0.count);
                self.0.change_count(self.0.count + count);
            }
        }

        impl fmt::Debug for $elided {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter
                    .debug_struct(stringify!($permit))
                    .field("permits", &self.0.count)
                    .finish_non_exhaustive()
            }
        }
    };
}

/// A guard that holds permits of a [`Semaphore`]. Dropping it gives them back.
///
/// Returned by [`Semaphore::acquire`] and similar methods.
///
/// # Panics
///
/// The drop panics if a waker panics, after all other waiters were woken. It does not panic while
/// the thread unwinds from another panic.
///
/// # Examples
///
/// ```
/// use aiosync::Semaphore;
///
/// let semaphore = Semaphore::new(3);
/// let mut two = semaphore.try_acquire_many(2).unwrap();
/// let one = two.split(1).unwrap();
/// assert_eq!((two.permits(), one.permits()), (1, 1));
/// assert!(two.split(9).is_none());
/// two.merge(one);
/// drop(two);
/// assert_eq!(semaphore.available_permits(), 3);
///
/// semaphore.try_acquire().unwrap().forget();
/// assert_eq!(semaphore.total_permits(), 2);
/// ```
#[doc(alias = "SemaphorePermit")]
#[doc(alias = "SemaphoreGuard")]
#[must_use = "the permits are given back when the guard is dropped"]
pub struct Permit<'a>(HeldPermits<&'a Semaphore>);

permit_methods!(['a] Permit, Permit<'_>, &'a Semaphore, Clone::clone);

/// A guard that holds permits of a [`Semaphore`] in an `Arc`. It owns the `Arc` and borrows
/// nothing. Dropping it gives the permits back.
///
/// Returned by [`Semaphore::acquire_owned`] and similar methods.
///
/// # Panics
///
/// Same as [`Permit`].
///
/// # Examples
///
/// ```
/// use aiosync::Semaphore;
/// use std::sync::Arc;
///
/// let semaphore = Arc::new(Semaphore::new(1));
/// let permit = Arc::clone(&semaphore).try_acquire_owned().unwrap();
/// std::thread::spawn(move || drop(permit)).join().unwrap();
/// assert_eq!(semaphore.available_permits(), 1);
/// ```
#[doc(alias = "OwnedSemaphorePermit")]
#[doc(alias = "SemaphoreGuardArc")]
#[must_use = "the permits are given back when the guard is dropped"]
pub struct OwnedPermit(HeldPermits<Arc<Semaphore>>);

permit_methods!([] OwnedPermit, OwnedPermit, Arc<Semaphore>, Arc::clone);
