//! Items on their way from an iterator into a ring.

use core::mem::MaybeUninit;
use core::ops::Range;

/// Items that were fetched from an iterator and not put yet.
pub(crate) struct Fetched<'a, T> {
    /// Borrowed, so that the optimizer can keep `present` in registers.
    places: &'a mut [MaybeUninit<T>],
    /// The indices of the items that are present. Only their places are initialized.
    present: Range<usize>,
}

impl<'a, T> Fetched<'a, T> {
    /// Creates an empty buffer for as many items as there are `places`.
    #[inline]
    pub(crate) fn new(places: &'a mut [MaybeUninit<T>]) -> Self {
        Self {
            places,
            present: 0..0,
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.present.len()
    }

    /// Fetches items until `most` were fetched altogether, or the buffer is full. Returns `false`
    /// if the iterator ends before that. If it panics, the earlier items are still present.
    #[inline]
    pub(crate) fn fetch(&mut self, items: &mut impl Iterator<Item = T>, most: usize) -> bool {
        let free = self.places.iter_mut().take(most).skip(self.present.end);
        for place in free {
            let Some(item) = items.next() else {
                return false;
            };
            place.write(item);
            self.present.end += 1;
        }
        true
    }

    /// Takes the first `count` items, or all of them if there are fewer. Items that the caller
    /// leaves in the iterator are leaked.
    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> impl Iterator<Item = T> {
        let taken = self.present.start..self.present.end.min(self.present.start + count);
        self.present.start = taken.end;
        // SAFETY: the items were present. Each of them is read once, because it is not present
        // any more.
        (self.places[taken].iter()).map(|item| unsafe { item.assume_init_read() })
    }

    /// Takes all items.
    #[inline]
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = T> {
        self.take(self.len())
    }
}

impl<T> Drop for Fetched<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if core::mem::needs_drop::<T>() {
            self.take_all().for_each(drop);
        }
    }
}
