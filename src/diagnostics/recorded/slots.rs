#![forbid(unsafe_code)]
//! The slots of a primitive's holds.
//!
//! | slot | owner |
//! |---|---|
//! | the single one | the holder of a lock, a writer, an initializer; a writer that has become a reader |
//! | [`CLAIMED`] others | a reader, or a guard of permits, that has claimed a slot |
//!
//! A shared hold wipes out the end of an exclusive one, so a lock with readers does not look free.

use alloc::boxed::Box;

use super::slot::{HoldSlot, SlotHold, SlotState};
use super::switch::Period;
use crate::sync::OnceLock;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The number of slots that can be claimed.
pub(super) const CLAIMED: usize = 32;

/// The slots that are claimed by a bit.
struct ClaimedSlots {
    claims: AtomicU64,
    slots: [HoldSlot; CLAIMED],
}

/// See the [module](self).
pub(super) struct Slots {
    single: HoldSlot,
    /// The period of the switch in which `single` was last used at the level `Holders`. From then
    /// on, all later holders in this period are recorded too.
    period: AtomicUsize,
    /// When a hold last ended. 0 until then.
    released: AtomicU64,
    /// The generation of `single` in which a waiter was last queued.
    queued: AtomicU64,
    /// When the end of `single` was seen to be complete.
    ended: AtomicU64,
    claimed: OnceLock<Box<ClaimedSlots>>,
}

impl Slots {
    pub(super) const fn new() -> Self {
        Self {
            single: HoldSlot::new(),
            period: AtomicUsize::new(usize::MAX),
            released: AtomicU64::new(0),
            queued: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            claimed: OnceLock::new(),
        }
    }

    /// The slot of a primitive that has one holder.
    #[inline]
    pub(super) fn single(&self) -> &HoldSlot {
        &self.single
    }

    /// Begins the hold of a primitive that has one holder.
    #[inline]
    pub(super) fn begin_single(&self, state: SlotState, hold: SlotHold, period: Option<Period>) {
        self.note_period(period);
        self.single.begin(state, hold);
    }

    /// An exclusive hold is recorded, in this period at the level `Holders`.
    #[inline]
    pub(super) fn note_period(&self, period: Option<Period>) {
        if let Some(period) = period {
            // ORDERING: Relaxed is enough: a report is weakly consistent.
            self.period.store(period.number(), Ordering::Relaxed);
        }
    }

    /// Claims a slot and begins a hold. Returns its index. `None` if all of them are claimed.
    #[inline]
    pub(super) fn claim(&self, state: SlotState, hold: SlotHold) -> Option<u32> {
        let claimed = match self.claimed.get() {
            Some(claimed) => claimed,
            None => self.create(),
        };
        self.wipe_end();
        // ORDERING: Relaxed is enough: the compare-exchange decides.
        let mut claims = claimed.claims.load(Ordering::Relaxed);
        loop {
            let index = claims.trailing_ones();
            let slot = claimed.slots.get(index as usize)?;
            // ORDERING: Acquire pairs with the Release in `end_claimed`: the earlier hold is over.
            let taken = claimed.claims.compare_exchange_weak(
                claims,
                claims | 1 << index,
                Ordering::Acquire,
                Ordering::Relaxed,
            );
            match taken {
                Ok(_) => {
                    slot.begin(state, hold);
                    return Some(index);
                }
                Err(current) => claims = current,
            }
        }
    }

    #[cold]
    fn create(&self) -> &ClaimedSlots {
        self.claimed.get_or_init(|| {
            Box::new(ClaimedSlots {
                claims: AtomicU64::new(0),
                slots: [const { HoldSlot::new() }; CLAIMED],
            })
        })
    }

    /// A later hold has no slot, or is shared: the end of an exclusive hold proves nothing more.
    #[inline]
    pub(super) fn wipe_end(&self) {
        loop {
            let (generation, state) = self.single.state();
            if !matches!(state, SlotState::Ending | SlotState::Ended) {
                return;
            }
            // Fails once at most, if the end becomes complete meanwhile.
            self.single.replace(generation, state, SlotState::Empty);
        }
    }

    /// Returns a claimed slot.
    #[inline]
    pub(super) fn claimed(&self, index: u32) -> Option<&HoldSlot> {
        self.claimed.get()?.slots.get(index as usize)
    }

    /// Ends the hold in a claimed slot.
    #[inline]
    pub(super) fn end_claimed(&self, index: u32) {
        let Some(claimed) = self.claimed.get() else {
            return;
        };
        claimed.slots[index as usize].set(SlotState::Empty);
        // ORDERING: Release: the hold is over when another thread claims the slot.
        claimed.claims.fetch_and(!(1 << index), Ordering::Release);
    }

    #[inline]
    pub(super) fn note_release(&self, stamp: u64) {
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.released.store(stamp, Ordering::Relaxed);
    }

    /// Returns the stamp of the last release. 0 if there was none.
    pub(super) fn released(&self) -> u64 {
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.released.load(Ordering::Relaxed)
    }

    /// A waiter is queued, with the mutex of the primitive held. Returns the generation of the
    /// exclusive hold for which it waits. 0 if that is unknown.
    pub(super) fn note_queued(&self) -> u64 {
        match self.single.state() {
            (generation, SlotState::Exclusive) => {
                // ORDERING: Relaxed is enough: the holder that misses it proves nothing.
                self.queued.store(generation, Ordering::Relaxed);
                generation
            }
            _ => 0,
        }
    }

    /// Returns whether a waiter was queued in a generation.
    #[inline]
    pub(super) fn had_waiter(&self, generation: u64) -> bool {
        // ORDERING: Relaxed is enough, see `note_queued`.
        self.queued.load(Ordering::Relaxed) == generation
    }

    /// The primitive was given back, and all its grants are recorded.
    #[cold]
    pub(super) fn note_end(&self, generation: u64, stamp: u64) {
        // ORDERING: Relaxed is enough: the Release in `replace` publishes it.
        self.ended.store(stamp, Ordering::Relaxed);
        self.single
            .replace(generation, SlotState::Ending, SlotState::Ended);
    }

    /// Returns the generation and the stamp of an exclusive hold whose end is complete, and which
    /// no recorded hold has followed.
    pub(super) fn ended(&self) -> Option<(u64, u64)> {
        let (generation, state) = self.single.state();
        // ORDERING: Relaxed is enough: a later stamp makes the end look younger.
        let stamp = self.ended.load(Ordering::Relaxed);
        (state == SlotState::Ended).then_some((generation, stamp))
    }

    /// Returns whether there is a holder in a slot.
    pub(super) fn is_held(&self) -> bool {
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        let claims = |claimed: &ClaimedSlots| claimed.claims.load(Ordering::Relaxed);
        let claimed = self.claimed.get();
        self.single.read().is_some() || claimed.is_some_and(|claimed| claims(claimed) != 0)
    }

    /// Returns whether a hold in this period of the switch shows that all holders are recorded.
    pub(super) fn knows_all(&self, period: Period) -> bool {
        // ORDERING: Relaxed is enough: a report is weakly consistent.
        self.period.load(Ordering::Relaxed) == period.number()
    }

    fn all(&self) -> impl Iterator<Item = &HoldSlot> {
        let claimed = self.claimed.get().into_iter();
        core::iter::once(&self.single).chain(claimed.flat_map(|claimed| &claimed.slots))
    }

    /// Returns the holds.
    pub(super) fn holds(&self) -> impl Iterator<Item = (SlotState, SlotHold)> {
        self.all().filter_map(HoldSlot::read)
    }

    /// Returns the number of holds that ever began, and of those that are over.
    pub(super) fn counts(&self) -> (u64, u64) {
        self.all().fold((0, 0), |(began, over), slot| {
            let (generation, state) = slot.state();
            let is_held = u64::from(state.is_held());
            (began + generation, over + generation - is_held)
        })
    }
}
