//! Random programs of all operations, compared with a simple model of each primitive.
//!
//! | module | what |
//! |---|---|
//! | [`program`] | a program: how it is created, printed and run |
//! | [`arguments`], [`waiters`] | the parts of programs |
//! | [`corpus`] | the programs that the fuzzer has found |
//! | [`lock`] … | the operations and the model of each primitive |
#![cfg(not(loom))]

#[expect(dead_code, unused_imports, reason = "other tests use the rest of it")]
#[path = "../common/mod.rs"]
mod common;

mod arguments;
mod barrier;
mod condition;
#[cfg(not(miri))] // It reads files.
mod corpus;
mod event;
mod lock;
mod once_cell;
mod program;
mod queue;
mod rwlock;
mod semaphore;
mod waiters;

use std::env;

use proptest::test_runner::{Config, TestCaseError};

use crate::program::Program;

/// The number of programs of each primitive, unless `PROPTEST_CASES` is set.
const PROGRAMS: u32 = common::rounds(3_000) as u32;

fn config() -> Config {
    let config = Config {
        // Shrinking removes one line after the other, so this many steps are few.
        max_shrink_iters: 100_000,
        ..Config::default()
    };
    match env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => Config {
            cases: PROGRAMS,
            ..config
        },
    }
}

/// The tests of a primitive: its programs, including those of the fuzzer, agree with its model.
macro_rules! agree {
    ($($test:ident: $target:ident::$subject:ident;)*) => {
        proptest::proptest! {
            #![proptest_config(config())]
            $(
                #[test]
                fn $test(program: Program<$target::$subject>) {
                    program.run().map_err(TestCaseError::fail)?;
                }
            )*
        }

        #[cfg(not(miri))]
        mod programs_of_the_fuzzer {
            $(
                #[test]
                fn $target() {
                    crate::corpus::run::<crate::$target::$subject>(stringify!($target));
                }
            )*
        }
    };
}

agree! {
    a_lock_does_what_its_model_does: lock::NewLock;
    a_semaphore_does_what_its_model_does: semaphore::NewSemaphore;
    an_event_does_what_its_model_does: event::NewEvent;
    a_barrier_does_what_its_model_does: barrier::NewBarrier;
    a_condition_does_what_its_model_does: condition::NewCondition;
    a_queue_does_what_its_model_does: queue::NewQueue;
    a_rwlock_does_what_its_model_does: rwlock::NewRwLock;
    a_once_cell_does_what_its_model_does: once_cell::NewOnceCell;
}
