//! Semaphore.

use super::Weakening;

pub(super) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "permits are taken without Acquire",
        file: "src/semaphore/word.rs",
        item: "Permits::take_between",
        tokens: "Ordering::Acquire",
        becomes: "Ordering::Relaxed",
        model: "one_permit_admits_one_at_a_time",
    },
    Weakening {
        what: "permits are returned without Release",
        file: "src/semaphore/word.rs",
        item: "Permits::add",
        tokens: "Ordering::Release",
        becomes: "Ordering::Relaxed",
        model: "one_permit_admits_one_at_a_time",
    },
    Weakening {
        what: "permits for a waiter are found without Acquire",
        file: "src/semaphore/word.rs",
        item: "Permits::free",
        tokens: "Ordering::Acquire",
        becomes: "Ordering::Relaxed",
        model: "writes_under_a_permit_are_visible_to_the_waiter_that_gets_it",
    },
    Weakening {
        what: "returned permits do not serve the wait queue",
        file: "src/semaphore/raw.rs",
        item: "RawSemaphore::give_back",
        tokens: "self.permits.add(count)",
        becomes: "self.permits.add(count) && false",
        model: "two_releases_wake_two_waiters",
    },
    Weakening {
        what: "permits that no waiter takes are not added to the word",
        file: "src/semaphore/raw.rs",
        item: "RawSemaphore::settle_with",
        tokens: "let _ = self.permits.add(left);",
        becomes: "",
        model: "a_first_waiter_that_leaves_lets_a_smaller_request_pass",
    },
    Weakening {
        what: "returned permits are granted more than once",
        file: "src/semaphore/raw.rs",
        item: "RawSemaphore::take",
        tokens: "*returned -= from_returned;",
        becomes: "",
        model: "a_first_waiter_that_leaves_lets_a_smaller_request_pass",
    },
    Weakening {
        what: "permits that have become free are not seen under the mutex",
        file: "src/semaphore/word.rs",
        item: "Permits::take_or_queue",
        tokens: "word / ONE_PERMIT >= count",
        becomes: "false",
        model: "two_releases_wake_two_waiters",
    },
    Weakening {
        what: "QUEUED is cleared while others wait",
        file: "src/semaphore/raw.rs",
        item: "RawSemaphore::settle_with",
        tokens: "if wanted > *returned && wanted > self.permits.free() + *returned { break false; }",
        becomes: "if wanted > *returned && wanted > self.permits.free() + *returned {
            self.permits.clear_queued();
            break false;
        }",
        model: "two_releases_wake_two_waiters",
    },
    Weakening {
        what: "a dropped grant keeps its permits",
        file: "src/semaphore/raw.rs",
        item: "AcquirePermits::return_grant",
        tokens: "semaphore.raw.give_back(self.count);",
        becomes: "",
        model: "a_grant_that_is_dropped_goes_to_the_next",
    },
    Weakening {
        what: "a debt is forgotten when QUEUED is cleared",
        file: "src/semaphore/raw.rs",
        item: "RawSemaphore::settle_with",
        tokens: "if queue.debt > 0 { break false; }",
        becomes: "queue.debt = 0;",
        model: "a_debt_is_paid_once_whatever_races_with_it",
    },
    Weakening {
        what: "permits are taken under the mutex without Acquire",
        file: "src/semaphore/word.rs",
        item: "Permits::take_or_queue",
        tokens: "Ordering::Acquire",
        becomes: "Ordering::Relaxed",
        model: "one_permit_admits_one_at_a_time",
    },
];
