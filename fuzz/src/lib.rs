//! The programs of `tests/programs`, for a fuzzer: each target creates programs of one primitive
//! from bytes, and compares them with the model.

#[expect(dead_code, unused_imports, reason = "the tests use the rest of it")]
#[path = "../../tests/common/mod.rs"]
mod common;

#[path = "../../tests/programs/arguments.rs"]
mod arguments;
#[path = "../../tests/programs/barrier.rs"]
mod barrier;
#[path = "../../tests/programs/condition/mod.rs"]
mod condition;
#[path = "../../tests/programs/event.rs"]
mod event;
#[path = "../../tests/programs/lock.rs"]
mod lock;
#[path = "../../tests/programs/once_cell.rs"]
mod once_cell;
#[path = "../../tests/programs/program.rs"]
mod program;
#[path = "../../tests/programs/queue/mod.rs"]
mod queue;
#[path = "../../tests/programs/rwlock.rs"]
mod rwlock;
#[path = "../../tests/programs/semaphore.rs"]
mod semaphore;
#[path = "../../tests/programs/waiters.rs"]
mod waiters;

use std::{panic, process};

use crate::program::Program;

/// A panic ends the program, which is then printed. The fuzzer's own hook would abort the process
/// before that.
pub fn report_by_program() {
    panic::set_hook(Box::new(|_| {}));
}

macro_rules! targets {
    ($($target:ident: $subject:ty;)*) => {
        $(
            pub fn $target(bytes: &[u8]) {
                let program = Program::<$subject>::of_bytes(bytes);
                if let Err(failure) = program.run() {
                    eprintln!("{failure}\nprogram = {program:?}");
                    process::abort();
                }
            }
        )*
    };
}

targets! {
    lock: lock::NewLock;
    semaphore: semaphore::NewSemaphore;
    event: event::NewEvent;
    barrier: barrier::NewBarrier;
    condition: condition::NewCondition;
    queue: queue::NewQueue;
    rwlock: rwlock::NewRwLock;
    once_cell: once_cell::NewOnceCell;
}
