#![deny(unsafe_code)]
//! The arm that records waits and holders.
//!
//! | module | content |
//! |---|---|
//! | [`switch`] | whether anything is recorded |
//! | [`site`] | the call that created something |
//! | [`task`] | the identity of a task |
//! | [`clock`] | the clock |
//! | [`user_code`] | calls of the user's clock and task source |
//! | [`primitive`] | what a primitive keeps, and its record |
//! | [`wait`] | what a future keeps, and its record |
//! | [`hold`] | what a guard keeps |
//! | [`slot`], [`slots`] | holds in a few words |
//! | [`table`] | holds that have no slot |
//! | [`listed`] | the names of the tasks that have held something |
//! | [`stamps`] | the counts of a wait |
//! | [`lazy`] | a pointer to a record that is created when it is first needed |
//! | [`registry`], [`shard`] | all records |
//! | [`snapshot`] | reads the records for a report |
//! | `traced`, or `untraced` | the spans and events of the feature `tracing` |
//!
//! # Rules
//!
//! 1. Records are created, registered and removed while no mutex of a primitive is held. Under such
//!    a mutex, a thread only stores into a record that exists.
//! 2. A granter stores into the record of a wait before it publishes the grant. Then the owner may
//!    end the record at any time.
//! 3. User code (the task source, the clock and a subscriber of `tracing`) runs where the crate also clones wakers, and no
//!    mutex is held. A panic in it is caught.
//! 4. The mutexes of this module are held for a few instructions, and no other code of the crate
//!    runs meanwhile. The mutex of a table of holders is taken before the mutex of a shard.
//! 5. A report takes only the mutexes of this module, and follows no pointer into a primitive.

mod clock;
mod hold;
#[expect(unsafe_code, reason = "a pointer that owns a reference")]
mod lazy;
mod listed;
mod primitive;
mod registry;
mod shard;
mod site;
#[expect(unsafe_code, reason = "a pointer to a static call site")]
mod slot;
mod slots;
mod snapshot;
mod stamps;
mod switch;
mod table;
mod task;
// rustdoc would list traits of `tracing` at each type, with links that lead nowhere.
#[cfg(all(feature = "tracing", not(doc)))]
mod traced;
#[cfg(not(all(feature = "tracing", not(doc))))]
#[path = "untraced.rs"]
mod traced;
mod user_code;
mod wait;

pub(crate) use self::hold::{Caller, HoldProbe};
pub(crate) use self::primitive::Probe;
pub(crate) use self::site::Site;
pub(super) use self::snapshot::report_with_time;
#[cfg(all(feature = "std", not(target_family = "wasm")))]
pub(crate) use self::task::BlockingThread;
pub(crate) use self::task::TaskScope;
#[cfg(not(target_family = "wasm"))]
pub(super) use self::user_code::dispose;
pub(crate) use self::wait::{GranterProbe, WaitProbe};

use alloc::string::String;
use core::time::Duration;

use super::level::Level;

pub(super) fn enable(level: Level) {
    switch::set(Some(level));
}

pub(super) fn disable() {
    switch::set(None);
}

pub(super) fn set_task_source(source: fn() -> Option<String>) {
    task::set_source(source);
}

pub(super) fn set_clock(clock: fn() -> Duration) {
    clock::set(clock);
}
