//! Condition.

use crate::Weakening;

pub(crate) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "who takes the free lock leaves the others of its run behind",
        file: "src/condition/waiters.rs",
        stands: "        if !is_alone || !line.try_lock() {",
        becomes: "        let _ = is_alone;
        if !line.try_lock() {",
        model: "a_notified_run_gets_the_lock_one_after_the_other",
    },
    Weakening {
        what: "the lock is given back before the wait is registered",
        file: "src/condition/wait.rs",
        stands: "        let mut stations = self.stations.lock();
        // SAFETY: the node was just made",
        becomes: "        drop(guard);
        let guard = ();
        let mut stations = self.stations.lock();
        // SAFETY: the node was just made",
        model: "a_notification_under_the_lock_is_never_missed",
    },
    Weakening {
        what: "a poll carries one node only",
        file: "src/condition/waiters.rs",
        stands: "            first = self.find(behind, key);",
        becomes: "            let _ = behind;
            first = None;",
        model: "a_notified_run_gets_the_lock_one_after_the_other",
    },
    Weakening {
        what: "the role of a conductor is not passed on",
        file: "src/condition/waiters.rs",
        stands: "                unsafe { conduct(heir, batch) };",
        becomes: "                let _ = (heir, &batch);",
        model: "the_role_of_a_cancelled_conductor_passes_on",
    },
    Weakening {
        what: "those left behind get no conductor",
        file: "src/condition/waiters.rs",
        stands: "            unsafe { conduct(first, batch) };",
        becomes: "            let _ = first;",
        model: "the_first_that_is_left_behind_is_woken",
    },
    Weakening {
        what: "a poll leaves its own node behind",
        file: "src/condition/wait.rs",
        stands: "            matches!(carried, Some(Carried::NotYet))
        });",
        becomes: "            false
        });
        if matches!(carried, Some(Carried::NotYet)) {
            return Look::Done(Poll::Pending);
        }",
        model: "those_left_behind_are_carried_too",
    },
    Weakening {
        what: "a carried waiter that leaves keeps the lock that it was granted",
        file: "src/condition/wait.rs",
        stands: "        let _guard = self.take();",
        becomes: "        std::mem::forget(self.take());",
        model: "a_carried_waiter_that_leaves_frees_the_line",
    },
    Weakening {
        what: "a cancelled waiter keeps its notification at the stations",
        file: "src/condition/waiters.rs",
        stands: "        if forwards(mark) {
            self.notify_first(true, batch);
        }",
        becomes: "",
        model: "a_drop_that_races_with_notify_one_loses_no_notification",
    },
    Weakening {
        what: "a cancelled waiter keeps its notification in the line or with the lock",
        file: "src/condition/wait.rs",
        stands: "        if forwards(mark) {
            serve(",
        becomes: "        if false {
            serve(",
        model: "the_notification_of_a_carried_waiter_that_leaves_goes_to_the_next",
    },
    Weakening {
        what: "a waiter that is dropped with the lock keeps it",
        file: "src/condition/wait.rs",
        stands: "        let _guard = self.take();",
        becomes: "        std::mem::forget(self.take());",
        model: "the_notification_of_a_carried_waiter_that_leaves_goes_to_the_next",
    },
    Weakening {
        what: "the runs of two locks are taken for one",
        file: "src/condition/waiters.rs",
        stands: "        let stride = self.tail_stride(key);",
        becomes: "        let _ = key;
        let stride = self.stride.unwrap_or(0);",
        model: "waiters_of_two_locks_each_get_their_own",
    },
];
