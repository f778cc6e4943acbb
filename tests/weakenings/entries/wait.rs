//! The wait queue, the generic wait, the wake batch, completions, the parker.

use super::Weakening;

pub(super) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "a grant is published without Release",
        file: "src/wait/list.rs",
        item: "publish",
        tokens: "Ordering::Release",
        becomes: "Ordering::Relaxed",
        model: "three_tasks_have_the_data_one_at_a_time",
    },
    Weakening {
        what: "the owner reads its grant without Acquire",
        file: "src/wait/list.rs",
        item: "Node::state",
        tokens: "Ordering::Acquire",
        becomes: "Ordering::Relaxed",
        model: "three_tasks_have_the_data_one_at_a_time",
    },
    Weakening {
        what: "the node is touched after the grant",
        file: "src/wait/list.rs",
        item: "WaitList::grant_front_with",
        tokens: "unsafe { publish(head) }; Some(waker)",
        becomes: "unsafe { publish(head) };
            let late = unsafe { with_fields(head, |fields| fields.waker.take()) };
            Some(waker.or(late))",
        model: "a_grant_to_a_future_that_is_being_dropped_goes_to_the_next",
    },
    Weakening {
        what: "a drop does not look for a grant under the mutex",
        file: "src/wait/future.rs",
        item: "Wait::cancel",
        tokens: "self.node().is_granted() || !self.leave()",
        becomes: "if self.node().is_granted() { true } else { self.leave(); false }",
        model: "a_grant_to_a_future_that_is_being_dropped_goes_to_the_next",
    },
    Weakening {
        what: "a dropped grant is not returned",
        file: "src/wait/future.rs",
        item: "Wait::cancel",
        tokens: "self.operation.return_grant(source(&self.source), data)",
        becomes: "let _ = data",
        model: "a_grant_to_a_future_that_is_being_dropped_goes_to_the_next",
    },
    Weakening {
        what: "the new waker is not stored",
        file: "src/wait/future.rs",
        item: "Wait::poll_waiting",
        tokens: "retired.0 = unsafe { O::waiters(&mut shared).replace_waker(node, retired.0.take()) };",
        becomes: "let _ = &mut shared; retired.0 = None;",
        model: "a_grant_during_a_poll_with_another_waker_is_not_lost",
    },
    Weakening {
        what: "a waiter that leaves settles nothing",
        file: "src/wait/future.rs",
        item: "Wait::unlink",
        tokens: "settle_and_unlock::<O>(primitive, O::mutex(primitive), shared, waker)",
        becomes: "drop((primitive, shared, waker))",
        model: "a_first_waiter_that_leaves_lets_a_smaller_request_pass",
    },
    Weakening {
        what: "the mutex is released between the attempt and the link",
        file: "src/wait/future.rs",
        item: "Wait::enqueue",
        tokens: "self.node.write(Node::new(waker, data, self.probe.for_granter()));",
        becomes: "drop(shared);
            let mut shared = mutex.lock();
            self.node.write(Node::new(waker, data, self.probe.for_granter()));",
        model: "an_unlock_does_not_miss_a_task_that_is_about_to_queue",
    },
    Weakening {
        what: "a set stops after the first batch",
        file: "src/wait/batch.rs",
        item: "serve_rest",
        tokens: "while mem::take(more)",
        becomes: "while mem::take(more) && false",
        model: "a_set_releases_more_waiters_than_a_batch_holds_while_some_leave",
    },
    Weakening {
        what: "a parker forgets a wake that comes early",
        file: "src/wait/park.rs",
        item: "Parker::park",
        tokens: "let mut woken = self.woken.lock();",
        becomes: "let mut woken = self.woken.lock(); *woken = false;",
        model: "a_blocked_thread_and_a_task_share_one_wait_queue",
    },
    Weakening {
        what: "event-listener is not notified of a completion",
        file: "src/wait/completion.rs",
        item: "Completion::release_all",
        tokens: "foreign(|| self.event.notify(usize::MAX));",
        becomes: "",
        model: "a_close_does_not_miss_a_task_that_is_about_to_listen",
    },
    Weakening {
        what: "the wakers that a completion collects are not woken",
        file: "src/wait/completion.rs",
        item: "<Released as Drop>::drop",
        tokens: "batch.wake_each(&mut self.0.drain(..))",
        becomes: "self.0.clear()",
        model: "a_join_sees_the_zero_although_a_put_follows",
    },
    Weakening {
        what: "a completion wakes an older waker than the newest",
        file: "src/wait/completion.rs",
        item: "Subscription::poll",
        tokens: "self.proxy.replace(Some(waker.clone()))",
        becomes: "Some(waker.clone())",
        model: "a_join_sees_the_zero_although_a_put_follows",
    },
];
