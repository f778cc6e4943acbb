#![forbid(unsafe_code)]
//! A report for programs: `serde::Serialize`.
//!
//! The fields have the names of the Rust fields. A duration is a number of nanoseconds, in a field
//! that ends with `_ns`. A verdict has its sentence in the field `text`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use serde_core::ser::{Serialize, SerializeStruct, Serializer};

use super::histogram::Histogram;
use super::level::Level;
use super::report::{
    CallSite, HoldMode, HolderReport, PrimitiveId, PrimitiveKind, PrimitiveReport, Recording,
    Report, Supply, TaskReport, TransferReport, Transfers, WaitId, WaiterReport,
};
use super::verdict::{Certainty, CycleLink, Verdict};

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Implements `Serialize` for a struct, field by field.
macro_rules! serialize_struct {
    ($type:ident: |$this:ident| $($name:literal: $value:expr),* $(,)?) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let $this = self;
                let names: &[&str] = &[$($name),*];
                let mut fields = serializer.serialize_struct(stringify!($type), names.len())?;
                $(fields.serialize_field($name, &$value)?;)*
                fields.end()
            }
        }
    };
}

/// Implements `Serialize` for an enum without data, as a word.
macro_rules! serialize_word {
    ($type:ident: $($pattern:pat => $word:literal),* $(,)?) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(match self { $($pattern => $word),* })
            }
        }
    };
}

serialize_struct!(Report: |this|
    "recording": this.recording,
    "primitives": this.primitives,
    "verdicts": (this.verdicts.iter())
        .map(|verdict| Explained(verdict, this.explain(verdict).to_string()))
        .collect::<Vec<_>>(),
);

serialize_word!(Recording:
    Self::NotCompiled => "not_compiled",
    Self::Off => "off",
    Self::On(Level::Waits) => "waits",
    Self::On(Level::Holders) => "holders",
);

serialize_word!(PrimitiveKind:
    Self::Lock => "lock",
    Self::RwLock => "rwlock",
    Self::Semaphore => "semaphore",
    Self::Event => "event",
    Self::Barrier => "barrier",
    Self::Condition => "condition",
    Self::Queue => "queue",
    Self::OnceCell => "once_cell",
);

serialize_word!(HoldMode:
    Self::Exclusive => "exclusive",
    Self::Shared => "shared",
    Self::Permits => "permits",
    Self::Initializer => "initializer",
);

serialize_word!(Certainty:
    Self::Certain => "certain",
    Self::Suspected => "suspected",
);

impl Serialize for PrimitiveId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.number())
    }
}

impl Serialize for WaitId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.number())
    }
}

serialize_struct!(CallSite: |this|
    "file": this.file,
    "line": this.line,
    "column": this.column,
);

serialize_struct!(PrimitiveReport: |this|
    "id": this.id,
    "kind": this.kind,
    "name": this.name,
    "created": this.created,
    "acquisitions": this.acquisitions,
    "supply": this.supply,
    "waiters": this.waiters,
    "holders": this.holders,
    "holders_not_listed": this.holders_not_listed,
    "holders_are_complete": this.holders_are_complete,
    "last_release_ns": this.last_release.map(nanoseconds),
    "transfers": this.transfers,
    "wait_times": this.wait_times,
    "hold_times": this.hold_times,
);

serialize_struct!(Supply: |this|
    "available": this.available,
    "total": this.total,
);

serialize_struct!(Transfers: |this|
    "last_put": this.last_put,
    "last_get": this.last_get,
);

serialize_struct!(TransferReport: |this|
    "task": this.task,
    "site": this.site,
    "ago_ns": nanoseconds(this.ago),
);

serialize_struct!(TaskReport: |this|
    "name": this.name,
    "is_named": this.is_named(),
);

serialize_struct!(WaiterReport: |this|
    "id": this.id,
    "operation": this.operation,
    "task": this.task,
    "site": this.site,
    "amount": this.amount,
    "waited_ns": nanoseconds(this.waited),
    "polls": this.polls,
    "last_poll_ns": nanoseconds(this.last_poll),
    "wakes": this.wakes,
    "last_wake_ns": this.last_wake.map(nanoseconds),
    "granted_ns": this.granted.map(nanoseconds),
    "is_last_owner": this.is_last_owner,
    "is_blocking": this.is_blocking,
);

serialize_struct!(HolderReport: |this|
    "task": this.task,
    "site": this.site,
    "mode": this.mode,
    "amount": this.amount,
    "held_ns": nanoseconds(this.held),
);

serialize_struct!(CycleLink: |this|
    "task": this.task,
    "holds": this.holds,
    "held_site": this.held_site,
    "held_ns": nanoseconds(this.held),
    "waits": this.waits,
);

serialize_struct!(Histogram: |this|
    "total": this.total(),
    "sum_ns": nanoseconds(this.sum()),
    "buckets": (this.counts().iter().enumerate())
        .filter(|(_, count)| **count > 0)
        .map(|(bucket, count)| Bucket(bucket, *count))
        .collect::<Vec<_>>(),
);

/// A bucket that is not empty, and its count.
struct Bucket(usize, u64);

serialize_struct!(Bucket: |this|
    "at_least_ns": nanoseconds(Histogram::lower_bound(this.0)),
    "count": this.1,
);

/// A verdict and its sentence.
struct Explained<'a>(&'a Verdict, String);

impl Serialize for Explained<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(verdict, text) = self;
        let mut fields = serializer.serialize_struct("Verdict", 6)?;
        match verdict {
            Verdict::Futurelock {
                primitive,
                granted,
                polled,
                ..
            } => {
                fields.serialize_field("verdict", "futurelock")?;
                fields.serialize_field("primitive", primitive)?;
                fields.serialize_field("granted", granted)?;
                fields.serialize_field("polled", polled)?;
            }
            Verdict::GrantNotTaken {
                primitive,
                granted,
                since,
            } => {
                fields.serialize_field("verdict", "grant_not_taken")?;
                fields.serialize_field("primitive", primitive)?;
                fields.serialize_field("granted", granted)?;
                fields.serialize_field("since_ns", &nanoseconds(*since))?;
            }
            Verdict::Reentry {
                primitive,
                wait,
                held,
            } => {
                fields.serialize_field("verdict", "reentry")?;
                fields.serialize_field("primitive", primitive)?;
                fields.serialize_field("wait", wait)?;
                fields.serialize_field("held", held)?;
            }
            Verdict::Cycle { links } => {
                fields.serialize_field("verdict", "cycle")?;
                fields.serialize_field("links", links)?;
            }
            Verdict::Abandoned { primitive, wait } => {
                fields.serialize_field("verdict", "abandoned")?;
                fields.serialize_field("primitive", primitive)?;
                fields.serialize_field("wait", wait)?;
            }
            Verdict::FreeWithWaiters { primitive, since } => {
                fields.serialize_field("verdict", "free_with_waiters")?;
                fields.serialize_field("primitive", primitive)?;
                fields.serialize_field("since_ns", &nanoseconds(*since))?;
            }
        }
        fields.serialize_field("certainty", &verdict.certainty())?;
        fields.serialize_field("text", text)?;
        fields.end()
    }
}
