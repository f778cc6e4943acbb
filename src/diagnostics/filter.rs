#![forbid(unsafe_code)]
//! Parts of a report.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::time::Duration;

use super::report::{PrimitiveId, Report, WaitId};
use super::verdict::Verdict;

/// A primitive of this crate, for [`Report::of`].
///
/// Only the primitives of this crate implement it.
pub trait Primitive: Identified {}

/// Seals [`Primitive`].
pub trait Identified {
    /// Returns the id, if anything was recorded about the primitive.
    fn recorded_id(&self) -> Option<PrimitiveId>;
}

/// Implements [`Primitive`] for a type, by the field of its probe.
macro_rules! identified_by_probe {
    ([$($generics:tt)*] $type:ty, $($field:ident).+) => {
        impl<$($generics)*> $crate::diagnostics::Identified for $type {
            fn recorded_id(&self) -> Option<$crate::diagnostics::PrimitiveId> {
                self.$($field).+.recorded_id()
            }
        }

        impl<$($generics)*> $crate::diagnostics::Primitive for $type {}
    };
}
pub(crate) use identified_by_probe;

impl Report {
    /// Returns the waits and the holds that are at least as old as `age`.
    ///
    /// A primitive with an old wait keeps all its holders. A verdict stays if one of its waits is
    /// old, and then its other waits stay too.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::diagnostics;
    /// use std::time::Duration;
    ///
    /// let hanging = diagnostics::report().older_than(Duration::from_secs(30));
    /// assert!(hanging.primitives.is_empty());
    /// ```
    #[must_use]
    pub fn older_than(&self, age: Duration) -> Self {
        let waits = self
            .primitives
            .iter()
            .flat_map(|primitive| &primitive.waiters);
        let old = waits.filter(|waiter| waiter.waited >= age);
        let mut kept: BTreeSet<WaitId> = old.map(|waiter| waiter.id).collect();
        let verdicts = self.verdicts.iter().filter(|verdict| match verdict {
            Verdict::FreeWithWaiters { since, .. } => *since >= age,
            _ => verdict.waits().any(|wait| kept.contains(&wait)),
        });
        let verdicts: Vec<_> = verdicts.cloned().collect();
        kept.extend(verdicts.iter().flat_map(Verdict::waits));
        let mut primitives = self.primitives.clone();
        primitives.retain_mut(|primitive| {
            primitive.waiters.retain(|waiter| kept.contains(&waiter.id));
            if primitive.waiters.is_empty() {
                primitive.holders.retain(|holder| holder.held >= age);
            }
            !(primitive.waiters.is_empty() && primitive.holders.is_empty())
        });
        Self {
            recording: self.recording,
            primitives,
            verdicts,
        }
    }

    /// Returns what is recorded about one primitive.
    ///
    /// Its verdicts stay, and the waits for other primitives that they name.
    ///
    /// # Examples
    ///
    /// ```
    /// use aiosync::{Lock, diagnostics};
    ///
    /// let catalog = Lock::new(0).named("catalog");
    /// println!("{}", diagnostics::report().of(&catalog));
    /// ```
    #[must_use]
    pub fn of(&self, primitive: &(impl Primitive + ?Sized)) -> Self {
        self.with(primitive.recorded_id())
    }

    /// Returns what is recorded about the primitive with an id. Nothing, if it has no id.
    pub(super) fn with(&self, id: Option<PrimitiveId>) -> Self {
        let about = id.and_then(|id| self.primitive(id));
        let waiters = about.map_or(&[][..], |primitive| &primitive.waiters);
        let own: BTreeSet<WaitId> = waiters.iter().map(|waiter| waiter.id).collect();
        let verdicts = self.verdicts.iter().filter(|verdict| {
            let is_named = id.is_some() && verdict.primitive() == id;
            is_named || verdict.waits().any(|wait| own.contains(&wait))
        });
        let verdicts: Vec<_> = verdicts.cloned().collect();
        let named: BTreeSet<WaitId> = verdicts.iter().flat_map(Verdict::waits).collect();
        let mut primitives = self.primitives.clone();
        primitives.retain_mut(|primitive| {
            if Some(primitive.id) != id {
                primitive
                    .waiters
                    .retain(|waiter| named.contains(&waiter.id));
            }
            Some(primitive.id) == id || !primitive.waiters.is_empty()
        });
        Self {
            recording: self.recording,
            primitives,
            verdicts,
        }
    }
}
