//! Barrier.

use crate::Weakening;

pub(crate) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "an arrival that is taken back still counts",
        file: "src/barrier/raw.rs",
        stands: "        arrivals.count -= 1;",
        becomes: "        let _ = arrivals;",
        model: "a_completion_counts_a_retraction_before_it_and_not_after",
    },
    Weakening {
        what: "the same index twice",
        file: "src/barrier/raw.rs",
        stands: "            next += 1;
            next - 1",
        becomes: "            next",
        model: "each_party_gets_an_index_of_its_own",
    },
    Weakening {
        what: "the last arriver releases nobody",
        file: "src/barrier/raw.rs",
        stands: "        arrivals.release(batch)
    }",
        becomes: "        let _ = (arrivals, batch);
        false
    }",
        model: "a_blocked_thread_and_tasks_meet",
    },
    Weakening {
        what: "an outcome is not latched",
        file: "src/barrier/raw.rs",
        stands: "            if *mark == 0 {",
        becomes: "            if *mark != BROKEN as usize {",
        model: "a_reset_inside_a_completion_takes_no_result_back",
    },
    Weakening {
        what: "the count is not begun anew",
        file: "src/barrier/raw.rs",
        stands: "        self.count = 0;",
        becomes: "",
        model: "a_blocked_thread_and_tasks_meet",
    },
];
