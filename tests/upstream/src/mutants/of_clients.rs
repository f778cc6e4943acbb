//! Defects for the clients only. No suite is run on them.

use super::Kind::Wakeup;
use super::Mutant;
use super::list::RWLOCK;

pub(super) static MUTANTS: &[Mutant] = &[Mutant {
    kind: Wakeup,
    what: "a writer that releases the lock wakes nobody",
    file: "src/rwlock/word.rs",
    item: "RwLockWord::release",
    tokens: "word & QUEUED != 0 && (word & !QUEUED == holder || word / ONE_READER == MAX_READERS)",
    becomes: "word & QUEUED != 0 && mode == Mode::Read",
    of: RWLOCK,
}];
