//! The value of a cell, and the turn that permits writing it.
//!
//! # Rules
//!
//! 1. *One writer.* The value is written by the owner of a [`Turn`]. One turn at a time exists,
//!    and none while the word is `SET`.
//! 2. *Written once.* The write happens before the word becomes `SET`, and `SET` is its last
//!    state. While the cell is shared, the value never changes again.
//! 3. *Readers come later.* The value is read after `SET` was read with Acquire, or through
//!    `&mut`.

use core::mem;

use super::OnceCell;
use super::word::TurnAttempt;
use crate::diagnostics::{HoldMode, HoldProbe, Site};

impl<T> OnceCell<T> {
    /// Returns the value, if it is set.
    #[inline]
    pub(super) fn value(&self) -> Option<&T> {
        if !self.raw.is_set() {
            return None;
        }
        self.data.note_read();
        // SAFETY: rules 2 and 3: the write happened before, and no other write follows.
        let value: &Option<T> = unsafe { &*self.data.as_ptr() };
        debug_assert!(value.is_some(), "aiosync: a cell is set without a value");
        // SAFETY: rule 2: the write has stored a value, and only `&mut self` can take it out.
        Some(unsafe { value.as_ref().unwrap_unchecked() })
    }

    /// Takes the turn, if no other initializer has it and the value is not set.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn try_turn(&self) -> Result<Turn<'_, T>, TurnAttempt> {
        match self.raw.try_take_turn() {
            TurnAttempt::Taken => {
                let mode = HoldMode::Initializer;
                let probe = HoldProbe::taken(&self.probe, Site::here(), mode, 1);
                Ok(Turn::new(self, probe))
            }
            other => Err(other),
        }
    }
}

/// The right to initialize a cell. If it is dropped without a value, the next initializer gets
/// it.
pub(crate) struct Turn<'a, T> {
    cell: &'a OnceCell<T>,
    probe: HoldProbe,
}

impl<'a, T> Turn<'a, T> {
    /// Creates the turn of an initializer that has just taken it, or was granted it. Nothing else
    /// may call this, because rule 1 rests on it.
    #[inline]
    pub(super) fn new(cell: &'a OnceCell<T>, probe: HoldProbe) -> Self {
        Self { cell, probe }
    }

    /// Returns the cell.
    #[inline]
    pub(super) fn cell(&self) -> &'a OnceCell<T> {
        self.cell
    }

    /// Sets the value, ends the turn, and wakes all waiters.
    ///
    /// If a waker panics, the value is set and all other waiters have been woken.
    pub(super) fn set(mut self, value: T) -> &'a T {
        let cell = self.cell;
        {
            let _access = cell.data.access();
            // SAFETY: rule 1: this is the only turn, and rule 3: nobody reads before `SET`. The
            // old content is `None`, which needs no drop.
            unsafe { cell.data.as_ptr().write(Some(value)) };
        }
        self.probe.release(&cell.probe);
        // From here on, a panic of a waker must not give the turn up: `set` ends it.
        mem::forget(self);
        cell.raw.set();
        match cell.value() {
            Some(value) => value,
            None => unreachable!("aiosync: a cell has lost its value"),
        }
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.probe.release(&self.cell.probe);
        self.cell.raw.give_up();
    }
}
