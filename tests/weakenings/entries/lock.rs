//! Lock.

use super::Weakening;

pub(super) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "a free lock is taken without Acquire",
        file: "src/lock/word.rs",
        item: "LockWord::try_lock",
        tokens: "Ordering::Acquire",
        becomes: "Ordering::Relaxed",
        model: "two_tasks_have_the_data_one_at_a_time",
    },
    Weakening {
        what: "a lock is released without Release",
        file: "src/lock/word.rs",
        item: "LockWord::try_unlock",
        tokens: "Ordering::Release",
        becomes: "Ordering::Relaxed",
        model: "two_tasks_have_the_data_one_at_a_time",
    },
    Weakening {
        what: "a lock that has become free is not taken under the mutex",
        file: "src/lock/word.rs",
        item: "LockWord::lock_or_queue",
        tokens: "0 => (LOCKED, true)",
        becomes: "0 => (LOCKED, false)",
        model: "an_unlock_does_not_miss_a_task_that_is_about_to_queue",
    },
    Weakening {
        what: "QUEUED is not set",
        file: "src/lock/word.rs",
        item: "LockWord::lock_or_queue",
        tokens: "(LOCKED | QUEUED, false)",
        becomes: "(LOCKED, false)",
        model: "an_unlock_does_not_miss_a_task_that_is_about_to_queue",
    },
    Weakening {
        what: "an unlock under the mutex is without Release",
        file: "src/lock/word.rs",
        item: "LockWord::unlock",
        tokens: "Ordering::Release",
        becomes: "Ordering::Relaxed",
        model: "a_guard_dropped_while_the_waiter_leaves_passes_its_data_on",
    },
    Weakening {
        what: "a lock is taken under the mutex without Acquire",
        file: "src/lock/word.rs",
        item: "LockWord::lock_or_queue",
        tokens: "Ordering::Acquire",
        becomes: "Ordering::Relaxed",
        model: "two_tasks_have_the_data_one_at_a_time",
    },
    Weakening {
        what: "an unlock that finds that the last waiter has left frees nothing",
        file: "src/lock/raw.rs",
        item: "RawLock::unlock_queued",
        tokens: "self.word.unlock();",
        becomes: "",
        model: "the_last_waiter_that_leaves_frees_the_word",
    },
    Weakening {
        what: "a hand-off wakes nobody",
        file: "src/lock/raw.rs",
        item: "RawLock::unlock_queued",
        tokens: "wake(waker)",
        becomes: "wake(None); drop(waker)",
        model: "an_unlock_does_not_miss_a_task_that_is_about_to_queue",
    },
    Weakening {
        what: "a newcomer takes a lock that was granted and not yet taken",
        file: "src/lock/raw.rs",
        item: "RawLock::try_lock",
        tokens: "self.word.try_lock()",
        becomes: "self.word.try_lock() || self.word.is_untaken()",
        model: "nobody_takes_a_lock_that_was_handed_off",
    },
];
