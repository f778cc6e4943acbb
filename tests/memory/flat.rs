//! The number of live bytes stays the same over a million waits, and is zero at the end.
#![forbid(unsafe_code)]

use allocation_counter::measure;

use crate::waits::{ENDS, End, KINDS, Kind};

/// Checks that so many waits leave nothing behind, and never need more bytes than ten do.
fn assert_flat(kind: &Kind, end: End, cycles: usize) {
    let mut cycle = (kind.begin)();
    ENDS.into_iter().for_each(&mut cycle);
    let few = measure(|| (0..10).for_each(|_| cycle(end)));
    let many = measure(|| (0..cycles).for_each(|_| cycle(end)));
    let name = kind.name;
    assert_eq!(many.bytes_current, 0, "{name}, {end:?}: bytes left");
    assert_eq!(many.count_current, 0, "{name}, {end:?}: pieces left");
    assert_eq!(many.bytes_max, few.bytes_max, "{name}, {end:?}: at a time");
}

/// Each wait is a test of its own, so they run in parallel.
macro_rules! a_million_waits_that_are_given_up_leave_nothing {
    ($($test:ident: $name:literal;)*) => {
        mod a_million_waits_that_are_given_up_leave_nothing {
            use super::*;
            $(
                #[test]
                fn $test() {
                    let kind = KINDS.iter().find(|kind| kind.name == $name);
                    assert_flat(kind.expect("there is one"), End::GivenUp, 1_000_000);
                }
            )*
        }
    };
}

a_million_waits_that_are_given_up_leave_nothing! {
    lock: "lock";
    rwlock_read: "read";
    rwlock_write: "write";
    semaphore: "acquire_many";
    event: "event.wait";
    once_cell: "once_cell.wait";
    get_or_try_init: "get_or_try_init";
    barrier: "barrier.wait";
    condition: "condition.wait";
    condition_requeued: "condition.wait, requeued";
    put: "put";
    get: "get";
    join: "join";
}

#[test]
fn waits_of_every_kind_leave_nothing_however_they_end() {
    for kind in &KINDS {
        for end in ENDS {
            assert_flat(kind, end, 1_000);
        }
    }
}

#[test]
fn nothing_is_left_of_a_primitive() {
    for kind in &KINDS {
        let whole = || {
            let mut cycle = (kind.begin)();
            ENDS.into_iter().for_each(&mut cycle);
        };
        // The thread-local data stays.
        whole();
        let info = measure(whole);
        assert_eq!(info.count_current, 0, "{}", kind.name);
        assert_eq!(info.bytes_current, 0, "{}", kind.name);
    }
}
