//! A hold in a few words, which its owner writes without a read-modify-write.
//!
//! # Protocol
//!
//! One thread at a time owns a slot: the holder of a primitive with one holder, or the thread that has
//! claimed the slot. A report may read it at any time.
//!
//! 1. Begin: the owner stores the hold, and then the state with the next generation. Every store is
//!    a Release.
//! 2. Release: the owner stores the state. It leaves the hold as it is.
//! 3. Read: a report reads the state, the hold, and the state again. All but the last are Acquire. If
//!    it has read a word of a later hold, it also sees the state that was stored before this word, so
//!    the second state differs from the first. Then the hold has just changed, and is left out.
//!
//! # Free
//!
//! A hold ends in two steps, because a report cannot see the primitive. It is `Ending` before the
//! primitive is given back, and `Ended` afterwards. The second step is only for a primitive with
//! waiters, so it costs nothing otherwise. It is a compare-exchange, so it fails if there is a later
//! hold. If it succeeds, the next owner's store comes after it, because that owner has seen `Ending`.

use core::panic::Location;
use core::ptr::null_mut;

use crate::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use crate::sync::const_unless_loom;

/// The state of a slot, in the low bits of its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum SlotState {
    Empty,
    Exclusive,
    Shared,
    Permits,
    Initializer,
    /// The primitive is about to be given back.
    Ending,
    /// The primitive was given back while it had waiters, and was not acquired since.
    Ended,
}

/// The number of states, and one more.
const STATES: u64 = 8;

impl SlotState {
    const ALL: [Self; STATES as usize - 1] = [
        Self::Empty,
        Self::Exclusive,
        Self::Shared,
        Self::Permits,
        Self::Initializer,
        Self::Ending,
        Self::Ended,
    ];

    fn of(word: u64) -> Self {
        Self::ALL[(word % STATES) as usize % Self::ALL.len()]
    }

    pub(crate) fn is_held(self) -> bool {
        !matches!(self, Self::Empty | Self::Ending | Self::Ended)
    }
}

/// What a slot keeps about a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotHold {
    pub(crate) site: &'static Location<'static>,
    /// The task, in two words.
    pub(crate) task: [u64; 2],
    pub(crate) amount: u64,
    /// The stamp of the coarse clock.
    pub(crate) since: u64,
}

/// See the [module](self).
pub(crate) struct HoldSlot {
    /// A [`SlotState`], plus [`STATES`] for each hold.
    word: AtomicU64,
    site: AtomicPtr<Location<'static>>,
    task: [AtomicU64; 2],
    amount: AtomicU64,
    since: AtomicU64,
}

impl HoldSlot {
    const_unless_loom! {
        pub(crate) const fn new() -> Self {
            Self {
                word: AtomicU64::new(SlotState::Empty as u64),
                site: AtomicPtr::new(null_mut()),
                task: [AtomicU64::new(0), AtomicU64::new(0)],
                amount: AtomicU64::new(0),
                since: AtomicU64::new(0),
            }
        }
    }

    /// Step 1, by the owner.
    #[inline]
    pub(crate) fn begin(&self, state: SlotState, hold: SlotHold) {
        // ORDERING: Relaxed is enough: the owner, or an earlier one, has stored the generation.
        let generation = self.word.load(Ordering::Relaxed) / STATES + 1;
        let site = core::ptr::from_ref(hold.site).cast_mut();
        // ORDERING: Release pairs with the Acquire in `read`: the end of the earlier hold is
        // visible with this word. The same holds for the next four stores.
        self.site.store(site, Ordering::Release);
        // ORDERING: Release, see above.
        self.task[0].store(hold.task[0], Ordering::Release);
        // ORDERING: Release, see above.
        self.task[1].store(hold.task[1], Ordering::Release);
        // ORDERING: Release, see above.
        self.amount.store(hold.amount, Ordering::Release);
        // ORDERING: Release, see above.
        self.since.store(hold.since, Ordering::Release);
        let word = generation * STATES + state as u64;
        // ORDERING: Release publishes the hold to the Acquire in `read`.
        self.word.store(word, Ordering::Release);
    }

    /// Step 2, by the owner. Also changes how the owner holds the primitive.
    #[inline]
    pub(crate) fn set(&self, state: SlotState) {
        // ORDERING: Relaxed is enough: the owner has stored it.
        let word = self.word.load(Ordering::Relaxed);
        let next = word / STATES * STATES + state as u64;
        // ORDERING: Release publishes the hold again, if it goes on.
        self.word.store(next, Ordering::Release);
    }

    /// Changes the state, unless it has changed since it was `from` in this generation.
    #[cold]
    pub(crate) fn replace(&self, generation: u64, from: SlotState, to: SlotState) {
        let word = |state: SlotState| generation * STATES + state as u64;
        // ORDERING: Release publishes the hold again. Relaxed on failure: nothing is read.
        let replaced =
            self.word
                .compare_exchange(word(from), word(to), Ordering::Release, Ordering::Relaxed);
        // It has failed if there is a later hold, which is fine.
        let _ = replaced;
    }

    /// Changes the amount.
    pub(crate) fn set_amount(&self, amount: u64) {
        // ORDERING: Relaxed is enough: a report may see either.
        self.amount.store(amount, Ordering::Relaxed);
    }

    /// Returns the generation and the state. The owner sees its own hold.
    #[inline]
    pub(crate) fn state(&self) -> (u64, SlotState) {
        // ORDERING: Relaxed is enough: nothing else is read.
        let word = self.word.load(Ordering::Relaxed);
        (word / STATES, SlotState::of(word))
    }

    /// Returns when the hold began. For the owner.
    #[inline]
    pub(crate) fn since(&self) -> u64 {
        // ORDERING: Relaxed is enough: the owner has stored it.
        self.since.load(Ordering::Relaxed)
    }

    /// Step 3. Returns the state, and the hold if there is one.
    pub(crate) fn read(&self) -> Option<(SlotState, SlotHold)> {
        // ORDERING: Acquire pairs with the Release in `begin`: the hold is visible.
        let word = self.word.load(Ordering::Acquire);
        let state = SlotState::of(word);
        if !state.is_held() {
            return None;
        }
        // ORDERING: Acquire pairs with the Release in `begin`: if this is of a later hold, its
        // generation's predecessor is over in the second read. The same holds for the next ones.
        let site = self.site.load(Ordering::Acquire);
        // ORDERING: Acquire, see above.
        let task = [0, 1].map(|index: usize| self.task[index].load(Ordering::Acquire));
        // ORDERING: Acquire, see above.
        let amount = self.amount.load(Ordering::Acquire);
        // ORDERING: Acquire, see above.
        let since = self.since.load(Ordering::Acquire);
        // ORDERING: Relaxed is enough: the Acquires above keep it behind them.
        let is_same = self.word.load(Ordering::Relaxed) == word;
        // SAFETY: `begin` is the only writer, and stores a `&'static Location` (step 1).
        let site = unsafe { site.as_ref() };
        let hold = SlotHold {
            site: site?,
            task,
            amount,
            since,
        };
        is_same.then_some((state, hold))
    }
}
