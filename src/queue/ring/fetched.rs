//! Items on their way from an iterator into a ring.

use core::mem::MaybeUninit;
use core::ops::Range;

/// Items that were fetched from an iterator and not put yet.
pub(crate) struct Fetched<'a, T, const PLACES: usize> {
    /// Borrowed, so that the optimizer can keep `present` in registers.
    places: &'a mut [MaybeUninit<T>; PLACES],
    /// The indices of the items that are present. Only their places are initialized.
    present: Range<usize>,
}

impl<'a, T, const PLACES: usize> Fetched<'a, T, PLACES> {
    /// Creates an empty buffer for as many items as there are `places`.
    #[inline]
    pub(crate) fn new(places: &'a mut [MaybeUninit<T>; PLACES]) -> Self {
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
        let places = &mut self.places[..most.min(PLACES)];
        while let Some(place) = places.get_mut(self.present.end) {
            let Some(item) = items.next() else {
                return false;
            };
            place.write(item);
            self.present.end += 1;
        }
        true
    }

    /// Takes the first `count` items. They are initialized and belong to the caller: an item that
    /// the caller does not read is leaked.
    ///
    /// # Panics
    ///
    /// If there are fewer items.
    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> &mut [MaybeUninit<T>] {
        assert!(count <= self.len(), "aiosync: more items than were fetched");
        let start = self.present.start;
        self.present.start += count;
        &mut self.places[start..start + count]
    }

    /// Takes all items. Items that the caller leaves in the iterator are leaked.
    #[inline]
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = T> {
        // SAFETY: `take` returns initialized items. Each of them is read once.
        (self.take(self.len()).iter()).map(|item| unsafe { item.assume_init_read() })
    }
}

impl<T, const PLACES: usize> Drop for Fetched<'_, T, PLACES> {
    #[inline]
    fn drop(&mut self) {
        if core::mem::needs_drop::<T>() {
            self.take_all().for_each(drop);
        }
    }
}
