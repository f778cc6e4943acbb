//! Event.

use super::Weakening;

pub(super) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "a set without waiters is without Release",
        file: "src/event/word.rs",
        item: "EventWord::try_set",
        tokens: "Ordering::Release",
        becomes: "Ordering::Relaxed",
        model: "writes_before_a_set_are_visible_after_the_wait",
    },
    Weakening {
        what: "the flag is read without Acquire",
        file: "src/event/word.rs",
        item: "EventWord::is_set",
        tokens: "Ordering::Acquire",
        becomes: "Ordering::Relaxed",
        model: "writes_before_a_set_are_visible_after_the_wait",
    },
    Weakening {
        what: "the flag is not looked at again under the mutex",
        file: "src/event/word.rs",
        item: "EventWord::is_set_or_queue",
        tokens: "if word & SET != 0 { return true; }",
        becomes: "",
        model: "a_set_does_not_miss_a_task_that_is_about_to_wait",
    },
    Weakening {
        what: "QUEUED is not set",
        file: "src/event/word.rs",
        item: "EventWord::is_set_or_queue",
        tokens: "word | QUEUED",
        becomes: "word",
        model: "a_set_does_not_miss_a_task_that_is_about_to_wait",
    },
    Weakening {
        what: "the flag is set before the mutex is taken",
        file: "src/event/raw.rs",
        item: "RawEvent::set_queued",
        tokens: "let mut queue = self.queue.lock();
            let releases = queue.registered > 0;
            self.word.set_locked(releases);",
        becomes: "self.word.set_locked(true);
            let mut queue = self.queue.lock();
            let releases = queue.registered > 0;",
        model: "a_wait_after_a_clear_is_not_released_by_the_set_before_it",
    },
    Weakening {
        what: "a set begins no new generation",
        file: "src/event/raw.rs",
        item: "RawEvent::set_queued",
        tokens: "queue.generation = queue.generation.next();",
        becomes: "",
        model: "a_pulse_releases_the_registered_waiters",
    },
    Weakening {
        what: "a set with waiters is without Release",
        file: "src/event/word.rs",
        item: "EventWord::set_locked",
        tokens: "Ordering::Release",
        becomes: "Ordering::Relaxed",
        model: "writes_before_a_set_with_waiters_are_visible_once_the_flag_is_seen",
    },
    Weakening {
        what: "the flag is read under the mutex without Acquire",
        file: "src/event/word.rs",
        item: "EventWord::is_set_or_queue",
        tokens: "self.0.peek(Ordering::Acquire)",
        becomes: "self.0.peek(Ordering::Relaxed)",
        model: "writes_before_a_set_are_visible_after_the_wait",
    },
    Weakening {
        what: "a set that comes before QUEUED is read without Acquire",
        file: "src/event/word.rs",
        item: "EventWord::is_set_or_queue",
        tokens: "Ordering::Relaxed, Ordering::Acquire",
        becomes: "Ordering::Relaxed, Ordering::Relaxed",
        model: "writes_before_a_set_are_visible_after_the_wait",
    },
];
