//! Condition.

use super::Weakening;

pub(super) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "the lock is released before the waiter is registered",
        file: "src/condition/wait.rs",
        item: "ConditionWaiter::register",
        tokens: "let mut waiters = self.condition.lock();",
        becomes: "drop(guard); let guard = (); let mut waiters = self.condition.lock();",
        model: "a_notification_under_the_lock_is_never_missed",
    },
    Weakening {
        what: "a waiter that is dropped with the lock keeps it",
        file: "src/condition/wait.rs",
        item: "ConditionWaiter::return_grant",
        tokens: "let _guard = self.take();",
        becomes: "std::mem::forget(self.take());",
        model: "a_carried_waiter_that_leaves_frees_the_line",
    },
    Weakening {
        what: "a notified waiter that is dropped keeps its notification",
        file: "src/condition/waiters.rs",
        item: "ConditionWaiters::leave",
        tokens: "self.pass_on(data.notification, batch);",
        becomes: "",
        model: "a_drop_that_races_with_notify_one_loses_no_notification",
    },
    Weakening {
        what: "a requeued waiter that is dropped keeps its notification",
        file: "src/condition/wait.rs",
        item: "ConditionWaiter::pass_on",
        tokens: "data.notification == Some(Notification::PassesOn)",
        becomes: "false",
        model: "the_notification_of_a_carried_waiter_that_leaves_goes_to_the_next",
    },
];
