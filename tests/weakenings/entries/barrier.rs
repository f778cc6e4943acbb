//! Barrier.

use super::Weakening;

pub(super) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "an arrival that is taken back still counts",
        file: "src/barrier/raw.rs",
        item: "Arrive::withdraw",
        tokens: "arrivals.count -= 1",
        becomes: "let _ = arrivals",
        model: "a_completion_counts_a_cancelled_arrival_only_if_it_comes_first",
    },
    Weakening {
        what: "two parties get the same index",
        file: "src/barrier/raw.rs",
        item: "Arrive::try_locked",
        tokens: "next += 1;",
        becomes: "",
        model: "each_party_gets_an_index_of_its_own",
    },
    Weakening {
        what: "the last party releases nobody",
        file: "src/barrier/raw.rs",
        item: "Arrive::settle",
        tokens: "arrivals.grant_released(batch)",
        becomes: "let _ = (arrivals, batch); false",
        model: "a_blocked_thread_and_tasks_meet",
    },
    Weakening {
        what: "a later generation changes a fate",
        file: "src/barrier/raw.rs",
        item: "Arrivals::end",
        tokens: "*fate == Fate::WAITING",
        becomes: "*fate != Fate::BROKEN",
        model: "a_reset_inside_a_completion_takes_no_result_back",
    },
    Weakening {
        what: "a new generation does not begin with a count of zero",
        file: "src/barrier/raw.rs",
        item: "Arrivals::end",
        tokens: "self.count = 0;",
        becomes: "",
        model: "a_blocked_thread_and_tasks_meet",
    },
];
