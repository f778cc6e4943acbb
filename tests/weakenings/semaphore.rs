//! Semaphore.

use crate::Weakening;

pub(crate) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "permits are taken without Acquire",
        file: "src/semaphore/word.rs",
        stands: "                word - taken * ONE,
                Ordering::Acquire,",
        becomes: "                word - taken * ONE,
                Ordering::Relaxed,",
        model: "one_permit_admits_one_at_a_time",
    },
    Weakening {
        what: "permits are given back without Release",
        file: "src/semaphore/word.rs",
        stands: "self.word.fetch_add(count * ONE, Ordering::Release) & QUEUED != 0",
        becomes: "self.word.fetch_add(count * ONE, Ordering::Relaxed) & QUEUED != 0",
        model: "one_permit_admits_one_at_a_time",
    },
    Weakening {
        what: "permits for a waiter are found without Acquire",
        file: "src/semaphore/word.rs",
        stands: "self.word.peek(Ordering::Acquire) / ONE",
        becomes: "self.word.peek(Ordering::Relaxed) / ONE",
        model: "what_was_done_under_a_permit_reaches_the_waiter_that_gets_it",
    },
    Weakening {
        what: "an adder does not serve the line",
        file: "src/semaphore/raw.rs",
        stands: "        } else if self.permits.add(count) {",
        becomes: "        } else if self.permits.add(count) && false {",
        model: "two_releases_wake_two_waiters",
    },
    Weakening {
        what: "permits that are given back to a line are not left in the word",
        file: "src/semaphore/raw.rs",
        stands: "            let _ = self.permits.add(left);",
        becomes: "",
        model: "a_head_that_gives_up_lets_a_smaller_one_pass",
    },
    Weakening {
        what: "permits that are given back to a line go to more than one",
        file: "src/semaphore/raw.rs",
        stands: "        *returned -= own;",
        becomes: "",
        model: "a_head_that_gives_up_lets_a_smaller_one_pass",
    },
    Weakening {
        what: "permits that have come free are not seen under the mutex",
        file: "src/semaphore/word.rs",
        stands: "            } else if word / ONE >= count {",
        becomes: "            } else if false {",
        model: "two_releases_wake_two_waiters",
    },
    Weakening {
        what: "QUEUED is cleared while others wait",
        file: "src/semaphore/raw.rs",
        stands: "            if wanted > *returned && wanted > self.permits.free() + *returned {",
        becomes: "            if wanted > *returned && wanted > self.permits.free() + *returned {
                self.permits.clear_queued();",
        model: "two_releases_wake_two_waiters",
    },
    Weakening {
        what: "a dropped grant keeps its permits",
        file: "src/semaphore/raw.rs",
        stands: "        semaphore.line.note_taken(self.count);
        semaphore.line.give_back(self.count);",
        becomes: "        semaphore.line.note_taken(self.count);",
        model: "a_grant_that_is_dropped_goes_to_the_next",
    },
    Weakening {
        what: "a debt is forgotten when QUEUED is cleared",
        file: "src/semaphore/raw.rs",
        stands: "                if queue.debt > 0 {
                    break false;
                }",
        becomes: "                queue.debt = 0;",
        model: "a_debt_is_paid_once_whatever_races_with_it",
    },
];
