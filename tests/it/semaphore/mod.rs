//! Semaphore.
//!
//! | module | what |
//! |---|---|
//! | [`order`] | FIFO by weight, and which waker is woken |
//! | [`cancel`] | dropping and forgetting a future in each of its states |
//! | [`bounds`] | `release`, `drain`, bounds, requests that can never be granted |
//! | [`debt`] | `reduce` |
//! | [`permits`] | `forget`, `split`, `merge` |
//! | [`batch`] | many waiters that are granted at once |
//! | [`surface`] | constructors, `Debug`, finished futures |
//! | [`blocking`] | threads and tasks in one wait queue, timeouts |
#![forbid(unsafe_code)]

mod batch;
#[cfg(feature = "std")] // It blocks threads.
mod blocking;
mod bounds;
mod cancel;
mod debt;
mod order;
mod permits;
mod surface;

use aiosync::Semaphore;

/// Checks the free permits, and that free + held + granted − debt is the total.
#[track_caller]
fn assert_counts(semaphore: &Semaphore, free: usize, taken: usize, debt: usize) {
    assert_eq!(semaphore.available_permits(), free, "free");
    let total = (free + taken).saturating_sub(debt);
    assert_eq!(semaphore.total_permits(), total, "total");
}
