//! The items of a bounded queue, in a ring that is put into and taken from without the
//! queue's mutex while nobody waits.
//!
//! # State
//!
//! | half | where | what it may do |
//! |---|---|---|
//! | [`Ring`] | beside the mutex | claim a place, if the ends are not frozen |
//! | [`Frozen`] | inside the mutex | freeze the ends, move them, thaw each |
//!
//! The words and their protocol are in [`ends`].
//!
//! # Who may touch an item
//!
//! Whoever has claimed a position, until it is published; and whoever holds the mutex,
//! has frozen the ends and moved one on, once the stamp says that its place is in nobody
//! else's hands. There is one [`Frozen`] for a ring and it is reached by `&mut`, so that
//! one thread at a time is such a one.

use std::collections::VecDeque;
use std::fmt;
use std::mem::MaybeUninit;
use std::ops::ControlFlow;

use crate::wait::spin::{AdaptiveSpin, SpinLimits};
mod claim;
mod ends;
mod layout;
mod stamp;

use self::claim::Claim;
use self::ends::{End, Ends};
use self::layout::{MOST_RESERVED, Position, RingLayout};
use self::stamp::Stamp;
use crate::sync::{Arc, UnsafeCell};

/// How long a ring with so many places is looked at, while it is empty (full), before a wait.
/// Nobody looks until a grant has gone from one thread to another, or another thread was seen
/// at work.
///
/// The first pause lets the other thread fill (empty) some places in peace: who comes for each
/// one takes its cache line away each time. But no more than there are.
fn plan(places: usize) -> SpinLimits {
    SpinLimits {
        armed: (places / 2).clamp(4, 16) as u16,
        most: 128,
        first: (places / 2).clamp(4, 16) as u16,
        longest: u16::MAX,
    }
}

/// One place for an item.
struct Cell<T> {
    stamp: Stamp,
    item: UnsafeCell<MaybeUninit<T>>,
}

impl<T> AsRef<Stamp> for Cell<T> {
    #[inline]
    fn as_ref(&self) -> &Stamp {
        &self.stamp
    }
}

impl<T> Cell<T> {
    /// # Safety
    ///
    /// The caller alone has this place, which is free for the position.
    #[inline]
    unsafe fn fill(&self, position: Position, item: T) {
        self.item.with_mut(|place| {
            // SAFETY: the caller's contract. Nothing is dropped: the place is empty.
            unsafe { place.cast::<T>().write(item) };
        });
        self.stamp.publish_full(position);
    }

    /// # Safety
    ///
    /// As for [`fill`](Self::fill), and `item` is `Some`.
    #[inline(always)]
    unsafe fn fill_from(&self, position: Position, item: &mut Option<T>) {
        if let Some(item) = item.take() {
            // SAFETY: the caller's contract.
            unsafe { self.fill(position, item) };
        }
    }

    /// # Safety
    ///
    /// The caller alone has this place, which is full of the position.
    #[inline]
    unsafe fn empty(&self, position: Position, layout: &RingLayout) -> T {
        // SAFETY: the caller's contract; the stamp that follows tells that the item is
        // out, so that it is read once.
        let item = (self.item).with_mut(|place| unsafe { place.cast::<T>().read() });
        self.stamp.publish_free(position, layout);
        item
    }
}

/// Why nothing was put or taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The ring is full (empty), as far as anybody can know who does not wait.
    Exhausted,
    /// Another thread is at the next place: look again, or ask under the mutex.
    Busy,
    /// Somebody waits or is about to, what is left is reserved, or the queue is closed: ask
    /// under the mutex.
    AskUnderMutex,
}

/// The ring. See the [module](self).
pub struct Ring<T> {
    ends: Ends,
    putters: AdaptiveSpin,
    getters: AdaptiveSpin,
    plan: SpinLimits,
    places: Box<[Cell<T>]>,
}

// SAFETY: an item is touched by one thread at a time (the module says by which), and
// goes from thread to thread by the Release and Acquire of its place's stamp.
unsafe impl<T: Send> Send for Ring<T> {}
// SAFETY: as above; no reference to an item is ever shared.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Ring<T> {
    fn new(places: usize) -> Self {
        Self {
            ends: Ends::new(places),
            putters: AdaptiveSpin::new(),
            getters: AdaptiveSpin::new(),
            plan: plan(places),
            places: (0..places)
                .map(|index| Cell {
                    stamp: Stamp::new(index),
                    item: UnsafeCell::new(MaybeUninit::uninit()),
                })
                .collect(),
        }
    }

    /// The most items for which a ring is made: its memory is taken at once.
    pub(super) const fn most_places() -> usize {
        const BYTES: usize = 1 << 20;
        // A position needs the bits of a 64-bit word, or it would come back too soon. In
        // a user's model the queue means the same without a ring, and has far fewer steps
        // to explore; the models of this crate ask for it.
        if cfg!(all(
            target_pointer_width = "64",
            any(not(loom), aiosync_ring)
        )) {
            BYTES / size_of::<Cell<T>>()
        } else {
            0
        }
    }

    #[inline]
    fn place(&self, position: Position) -> &Cell<T> {
        &self.places[self.ends.layout().index(position)]
    }

    /// The place with an index that the ends have answered.
    #[inline]
    fn at(&self, index: usize) -> &Cell<T> {
        debug_assert!(index < self.places.len());
        // SAFETY: the ends were made for as many places as there are, and the index of a
        // position is less than that.
        unsafe { self.places.get_unchecked(index) }
    }

    /// Like [`try_put`](Self::try_put), and again after a refusal, as long as it is worth.
    #[inline(never)]
    pub(super) fn put_patiently(&self, item: &mut Option<T>) -> bool {
        if self.asks_for_mutex(End::Tail) {
            return false;
        }
        self.try_put(item)
            .or_else(|refusal| try_again(refusal, &self.putters, &self.plan, || self.try_put(item)))
            .is_ok()
    }

    /// Like [`try_take`](Self::try_take), and again after a refusal, as long as it is worth.
    #[inline(never)]
    pub(super) fn take_patiently(&self) -> Option<T> {
        if self.asks_for_mutex(End::Head) {
            return None;
        }
        self.try_take()
            .or_else(|refusal| try_again(refusal, &self.getters, &self.plan, || self.try_take()))
            .ok()
    }

    /// A putter of another thread was granted room: more of them may come.
    #[inline]
    pub(super) fn encourage_putters(&self) {
        self.putters.rearm(&self.plan);
    }

    /// A getter of another thread was granted an item: more of them may come.
    #[inline]
    pub(super) fn encourage_getters(&self) {
        self.getters.rearm(&self.plan);
    }

    /// Puts `item` at once, if there is room and nobody is in the way. Else it is still `item`.
    #[inline(always)]
    pub(super) fn put_at_once(&self, item: &mut Option<T>) -> bool {
        // A position that is claimed has to be filled.
        if item.is_none() {
            return false;
        }
        let claimed = self.ends.claim_at_once(End::Tail, |index| self.at(index));
        if let Some((position, place)) = claimed {
            // SAFETY: just claimed, and there is an item.
            unsafe { place.fill_from(position, item) };
        }
        claimed.is_some()
    }

    /// Puts `item`, if room is reserved for others and there is more. Else it is still `item`.
    #[inline]
    pub(super) fn put_beside_tickets(&self, item: &mut Option<T>) -> bool {
        // As in `put_at_once`. In a model, `try_put` does the same.
        if item.is_none() || cfg!(any(loom, shuttle)) {
            return false;
        }
        let claimed = (self.ends).claim_beside_tickets(End::Tail, |index| self.at(index));
        if let Some((position, place)) = claimed {
            // SAFETY: just claimed, and there is an item.
            unsafe { place.fill_from(position, item) };
        }
        claimed.is_some()
    }

    /// Takes the first item, if items are reserved for others and there are more.
    #[inline]
    pub(super) fn take_beside_tickets(&self) -> Option<T> {
        // In a model, `try_take` does the same.
        if cfg!(any(loom, shuttle)) {
            return None;
        }
        let claimed = (self.ends).claim_beside_tickets(End::Head, |index| self.at(index));
        // SAFETY: just claimed.
        claimed.map(|(position, place)| unsafe { place.empty(position, self.ends.layout()) })
    }

    /// Takes the first item at once, if there is one and nobody is in the way.
    #[inline(always)]
    pub(super) fn take_at_once(&self) -> Option<T> {
        let claimed = self.ends.claim_at_once(End::Head, |index| self.at(index));
        // SAFETY: just claimed.
        claimed.map(|(position, place)| unsafe { place.empty(position, self.ends.layout()) })
    }

    /// Puts `item`, if there is room and nobody waits. Else it is still `item`.
    pub(super) fn try_put(&self, item: &mut Option<T>) -> Result<(), Refusal> {
        // A position that is claimed has to be filled.
        if item.is_none() {
            return Ok(());
        }
        match self.ends.claim(End::Tail, |index| self.at(index)) {
            Claim::Claimed(position, place) => {
                // SAFETY: just claimed, and there is an item.
                unsafe { place.fill_from(position, item) };
                Ok(())
            }
            Claim::Exhausted => Err(Refusal::Exhausted),
            Claim::Busy => Err(Refusal::Busy),
            Claim::AskUnderMutex => Err(Refusal::AskUnderMutex),
        }
    }

    /// Takes the first item, if there is one and nobody waits.
    pub(super) fn try_take(&self) -> Result<T, Refusal> {
        match self.ends.claim(End::Head, |index| self.at(index)) {
            Claim::Claimed(position, place) => {
                // SAFETY: just claimed.
                Ok(unsafe { place.empty(position, self.ends.layout()) })
            }
            Claim::Exhausted => Err(Refusal::Exhausted),
            Claim::Busy => Err(Refusal::Busy),
            Claim::AskUnderMutex => Err(Refusal::AskUnderMutex),
        }
    }

    /// Whether there is no room, as far as a look can tell, and no use in another one. (In a
    /// model there is: it explores what is tried after it.)
    #[inline]
    pub(super) fn has_to_wait_to_put(&self) -> bool {
        !cfg!(any(loom, shuttle))
            && self.looks_full()
            && (self.putters.is_spent() || self.asks_for_mutex(End::Tail))
    }

    /// Whether there is no item, as far as a look can tell, and no use in another one: the
    /// mirror of [`has_to_wait_to_put`](Self::has_to_wait_to_put).
    #[inline]
    pub(super) fn has_to_wait_to_take(&self) -> bool {
        !cfg!(any(loom, shuttle))
            && self.looks_empty()
            && (self.getters.is_spent() || self.asks_for_mutex(End::Head))
    }

    /// Whether an end is frozen, as far as a look can tell. (In a model, an attempt tells.)
    #[inline]
    fn asks_for_mutex(&self, end: End) -> bool {
        !cfg!(any(loom, shuttle)) && self.ends.looks_frozen(end)
    }

    /// Whether nothing can be put, as a hint.
    #[inline]
    pub(super) fn looks_full(&self) -> bool {
        self.ends.looks_full()
    }

    /// Whether nothing can be taken, as a hint.
    #[inline]
    pub(super) fn looks_empty(&self) -> bool {
        self.ends.looks_empty()
    }

    /// How many items are inside, or were at some time since the call.
    #[inline(never)]
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it is full, after it was found exhausted: see [`Ends::is_surely_full`].
    #[inline(never)]
    pub(super) fn is_surely_full(&self) -> bool {
        self.ends.is_surely_full()
    }

    /// Whether it is empty, after it was found exhausted: see [`Ends::is_surely_empty`].
    #[inline(never)]
    pub(super) fn is_surely_empty(&self) -> bool {
        self.ends.is_surely_empty()
    }

    /// How many items were put, ever.
    #[inline]
    pub(super) fn puts(&self) -> usize {
        self.ends.puts()
    }
}

/// Tries again after a refusal, unless that says to ask under the mutex.
fn try_again<R>(
    mut refusal: Refusal,
    patience: &AdaptiveSpin,
    plan: &SpinLimits,
    mut attempt: impl FnMut() -> Result<R, Refusal>,
) -> Result<R, Refusal> {
    match refusal {
        Refusal::AskUnderMutex => return Err(refusal),
        // By another thread.
        Refusal::Busy => patience.rearm(plan),
        Refusal::Exhausted => {}
    }
    let done = patience.spin(plan, || match attempt() {
        Ok(done) => ControlFlow::Break(Some(done)),
        Err(again) => {
            refusal = again;
            if again == Refusal::AskUnderMutex {
                ControlFlow::Break(None)
            } else {
                ControlFlow::Continue(())
            }
        }
    });
    done.ok_or(refusal)
}

impl<T> fmt::Debug for Ring<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Ring")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl<T> Drop for Ring<T> {
    /// Drops the items. If the drop of one panics, the others are dropped too.
    fn drop(&mut self) {
        self.ends.thaw(End::Head, 0);
        let items: Vec<T> = std::iter::from_fn(|| self.try_take().ok()).collect();
        drop(items);
    }
}

/// The half of a ring that lies inside the mutex: there is one.
#[derive(Debug)]
pub(super) struct Frozen<T> {
    ring: Arc<Ring<T>>,
    head_is_frozen: bool,
    tail_is_frozen: bool,
    /// How many items are inside, while both ends are frozen.
    len: usize,
}

impl<T> Frozen<T> {
    pub(super) fn new(places: usize) -> Self {
        let ring = Arc::new(Ring::new(places));
        Self {
            ring,
            head_is_frozen: false,
            tail_is_frozen: false,
            len: 0,
        }
    }

    /// The other half.
    pub(super) fn ring(&self) -> Arc<Ring<T>> {
        Arc::clone(&self.ring)
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        if self.is_frozen() {
            self.len
        } else {
            self.ring.len()
        }
    }

    #[inline]
    fn is_frozen(&self) -> bool {
        self.head_is_frozen && self.tail_is_frozen
    }

    /// Ends all claiming, at both ends, until they are thawed.
    #[inline]
    pub(super) fn freeze(&mut self) {
        self.freeze_head();
        self.freeze_tail();
    }

    /// Ends the claiming of items, until the head is thawed.
    #[inline]
    pub(super) fn freeze_head(&mut self) {
        if !self.head_is_frozen {
            self.head_is_frozen = true;
            self.freeze_end(End::Head);
        }
    }

    /// Ends the claiming of room, until the tail is thawed.
    #[inline]
    pub(super) fn freeze_tail(&mut self) {
        if !self.tail_is_frozen {
            self.tail_is_frozen = true;
            self.freeze_end(End::Tail);
        }
    }

    #[inline(never)]
    fn freeze_end(&mut self, end: End) {
        self.ring.ends.freeze(end);
        if self.is_frozen() {
            self.len = self.ring.len();
        }
    }

    /// Lets items be taken again without the mutex, all but those that are reserved.
    #[inline]
    pub(super) fn thaw_head(&mut self, reserved: usize) {
        if self.head_is_frozen && reserved <= MOST_RESERVED {
            self.head_is_frozen = false;
            self.ring.ends.thaw(End::Head, reserved);
        }
    }

    /// Lets items be put again without the mutex, in all room but what is reserved.
    #[inline]
    pub(super) fn thaw_tail(&mut self, reserved: usize) {
        if self.tail_is_frozen && reserved <= MOST_RESERVED {
            self.tail_is_frozen = false;
            self.ring.ends.thaw(End::Tail, reserved);
        }
    }

    /// Puts an item for which there is room.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[inline(always)]
    pub(super) fn insert(&mut self, item: T) {
        self.freeze_tail();
        assert!(
            self.len() < self.ring.ends.layout().places(),
            "aiosync: an item was put into a full ring"
        );
        if self.is_frozen() {
            self.len += 1;
        }
        let position = self.ring.ends.advance(End::Tail);
        let place = self.ring.place(position);
        place.stamp.wait_until_ready(End::Tail, position);
        // SAFETY: the tail is frozen by this half, so that the position is nobody
        // else's, and the stamp says that the place is free for it.
        unsafe { place.fill(position, item) };
    }

    /// Takes the first item.
    #[inline(always)]
    pub(super) fn take(&mut self) -> Option<T> {
        self.freeze_head();
        if self.len() == 0 {
            return None;
        }
        if self.is_frozen() {
            self.len -= 1;
        }
        let position = self.ring.ends.advance(End::Head);
        let place = self.ring.place(position);
        place.stamp.wait_until_ready(End::Head, position);
        // SAFETY: as in `insert`; the stamp says that the place is full of it.
        Some(unsafe { place.empty(position, self.ring.ends.layout()) })
    }

    /// Takes all items.
    pub(super) fn take_all(&mut self) -> VecDeque<T> {
        let mut items = VecDeque::with_capacity(self.len());
        items.extend(std::iter::from_fn(|| self.take()));
        items
    }
}
