//! Lock.

use crate::Weakening;

pub(crate) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "a free lock is taken without Acquire",
        file: "src/lock/word.rs",
        stands: ".compare_exchange(0, LOCKED, Ordering::Acquire, Ordering::Relaxed)",
        becomes: ".compare_exchange(0, LOCKED, Ordering::Relaxed, Ordering::Relaxed)",
        model: "two_tasks_have_the_data_one_at_a_time",
    },
    Weakening {
        what: "a lock is given back without Release",
        file: "src/lock/word.rs",
        stands: ".compare_exchange(LOCKED, 0, Ordering::Release, Ordering::Relaxed)",
        becomes: ".compare_exchange(LOCKED, 0, Ordering::Relaxed, Ordering::Relaxed)",
        model: "two_tasks_have_the_data_one_at_a_time",
    },
    Weakening {
        what: "a lock that has come free is not taken under the mutex",
        file: "src/lock/word.rs",
        stands: "                (word | LOCKED, Queueing::Locked)",
        becomes: "                (word | LOCKED, Queueing::MustWait)",
        model: "an_unlock_does_not_miss_a_task_that_is_about_to_queue",
    },
    Weakening {
        what: "QUEUED is not set",
        file: "src/lock/word.rs",
        stands: "                (word | QUEUED, Queueing::MustWait)",
        becomes: "                (word, Queueing::MustWait)",
        model: "an_unlock_does_not_miss_a_task_that_is_about_to_queue",
    },
    Weakening {
        what: "an unlock under the mutex without Release",
        file: "src/lock/word.rs",
        stands: "self.word.fetch_and(!(LOCKED | QUEUED), Ordering::Release);",
        becomes: "self.word.fetch_and(!(LOCKED | QUEUED), Ordering::Relaxed);",
        model: "a_guard_dropped_while_the_waiter_leaves_passes_its_data_on",
    },
    Weakening {
        what: "a lock taken under the mutex without Acquire",
        file: "src/lock/word.rs",
        stands: ".compare_exchange_weak(word, next, Ordering::Acquire, Ordering::Relaxed)",
        becomes: ".compare_exchange_weak(word, next, Ordering::Relaxed, Ordering::Relaxed)",
        model: "two_tasks_have_the_data_one_at_a_time",
    },
    Weakening {
        what: "an unlock that finds that the last waiter has left frees nothing",
        file: "src/lock/raw.rs",
        stands: "                self.word.unlock();
                None",
        becomes: "                None",
        model: "the_last_waiter_that_leaves_frees_the_word",
    },
    Weakening {
        what: "a hand-over wakes nobody",
        file: "src/lock/raw.rs",
        stands: "        drop(queue);
        wake(waker);",
        becomes: "        drop(queue);
        wake(None);
        drop(waker);",
        model: "an_unlock_does_not_miss_a_task_that_is_about_to_queue",
    },
    Weakening {
        what: "the data of an open lock is the newcomer's",
        file: "src/lock/raw.rs",
        stands: "        self.word.try_lock()
    }

    #[inline]
    pub(crate) fn unlock",
        becomes: "        self.word.try_lock() || self.word.is_granted()
    }

    #[inline]
    pub(crate) fn unlock",
        model: "nobody_takes_a_lock_that_was_handed_over",
    },
];
