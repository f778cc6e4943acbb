#![forbid(unsafe_code)]
//! The permits of a [`Semaphore`] in the hands of their holders.

use std::fmt;
use std::ops::Deref;

use super::Semaphore;
use crate::sync::Arc;

/// Permits of the semaphore behind `S`, given back by the drop.
struct Hold<S: Deref<Target = Semaphore>> {
    semaphore: S,
    count: usize,
}

impl<S: Deref<Target = Semaphore>> Hold<S> {
    /// Takes `count` out of the hold, if there are so many.
    fn take(&mut self, count: usize) -> bool {
        let rest = self.count.checked_sub(count);
        self.count = rest.unwrap_or(self.count);
        rest.is_some()
    }
}

impl<S: Deref<Target = Semaphore>> Drop for Hold<S> {
    #[inline]
    fn drop(&mut self) {
        self.semaphore.raw.give_back(self.count);
    }
}

/// The methods of both permits. `$again` makes another way to the semaphore.
macro_rules! permit_methods {
    ([$($lifetime:lifetime)?] $permit:ident, $elided:ty, $source:ty, $again:path) => {
        impl<$($lifetime)?> $permit<$($lifetime)?> {
            /// Of permits that the caller has taken.
            #[inline]
            pub(super) fn new(semaphore: $source, count: usize) -> Self {
                Self(Hold { semaphore, count })
            }

            /// The semaphore that the permits belong to.
            #[must_use]
            pub fn source(&self) -> &Semaphore {
                &self.0.semaphore
            }

            /// How many permits this holds.
            #[must_use]
            pub fn permits(&self) -> usize {
                self.0.count
            }

            /// Drops the hold without giving the permits back: the semaphore's
            /// total shrinks by so many.
            pub fn forget(mut self) {
                let count = std::mem::take(&mut self.0.count);
                self.0.semaphore.raw.forget(count);
            }

            /// Moves `n` permits into a hold of their own. `None`, and nothing is
            /// changed, if there are not so many.
            pub fn split(&mut self, n: usize) -> Option<Self> {
                // Before the count changes: the clone of an `Arc` may abort.
                let semaphore = $again(&self.0.semaphore);
                self.0.take(n).then(|| Self::new(semaphore, n))
            }

            /// Takes over the permits of another hold.
            ///
            /// # Panics
            ///
            /// If they belong to another semaphore: `other` is given back to its
            /// own, and `self` stays as it is.
            pub fn merge(&mut self, mut other: Self) {
                assert!(
                    std::ptr::eq(self.source(), other.source()),
                    "aiosync: permits of two different semaphores cannot be merged"
                );
                // Cannot overflow: all permits held are within the total, or
                // within the debt, and both within MAX_PERMITS.
                self.0.count += std::mem::take(&mut other.0.count);
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

/// Permits of a [`Semaphore`]; dropping them gives them back.
///
/// Made by [`Semaphore::acquire`] and its kin.
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
#[must_use = "the permits are given back as soon as they are dropped"]
pub struct Permit<'a>(Hold<&'a Semaphore>);

permit_methods!(['a] Permit, Permit<'_>, &'a Semaphore, Clone::clone);

/// Permits of a [`Semaphore`] that keep its `Arc` and borrow nothing.
///
/// Made by [`Semaphore::acquire_owned`] and its kin.
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
#[must_use = "the permits are given back as soon as they are dropped"]
pub struct OwnedPermit(Hold<Arc<Semaphore>>);

permit_methods!([] OwnedPermit, OwnedPermit, Arc<Semaphore>, Arc::clone);
