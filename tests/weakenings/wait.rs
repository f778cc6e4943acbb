//! The wait queue, the generic wait, the wake batch, the broadcast, the parker.

use crate::Weakening;

pub(crate) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "a grant is published without Release",
        file: "src/wait/list.rs",
        stands: "state.store(outcome, Ordering::Release);",
        becomes: "state.store(outcome, Ordering::Relaxed);",
        model: "three_tasks_have_the_data_one_at_a_time",
    },
    Weakening {
        what: "the owner reads its grant without Acquire",
        file: "src/wait/list.rs",
        stands: "match self.state.load(Ordering::Acquire) {",
        becomes: "match self.state.load(Ordering::Relaxed) {",
        model: "three_tasks_have_the_data_one_at_a_time",
    },
    Weakening {
        what: "the node is touched after the grant",
        file: "src/wait/list.rs",
        stands: "        // SAFETY: the node is alive: it was linked, and not granted. This is the last touch.
        unsafe { publish(head, outcome) };
        Some(waker)",
        becomes: "        // SAFETY: none, that is the point.
        unsafe { publish(head, outcome) };
        let late = unsafe { guarded(head, |fields| fields.waker.take()) };
        Some(waker.or(late))",
        model: "a_grant_to_a_future_that_is_being_dropped_goes_to_the_next",
    },
    Weakening {
        what: "a cancel does not look for a grant under the lock",
        file: "src/wait/future.rs",
        stands: "            Progress::Granted(outcome) => Some(outcome),
            Progress::Released(outcome) => {
                self.phase = Phase::Latched(outcome);
                self.leave(shared, |_| {});
                Some(outcome)
            }
            Progress::Waiting => {
                self.phase = Phase::Done;",
        becomes: "            Progress::Granted(_) => None,
            Progress::Released(outcome) => {
                self.phase = Phase::Latched(outcome);
                self.leave(shared, |_| {});
                Some(outcome)
            }
            Progress::Waiting => {
                self.phase = Phase::Done;",
        model: "a_grant_to_a_future_that_is_being_dropped_goes_to_the_next",
    },
    Weakening {
        what: "a dropped grant is not given back",
        file: "src/wait/future.rs",
        stands: "            self.operation.return_grant(source(&self.source), outcome);",
        becomes: "            let _ = outcome;",
        model: "a_grant_to_a_future_that_is_being_dropped_goes_to_the_next",
    },
    Weakening {
        what: "the new waker is left without a second look",
        file: "src/wait/future.rs",
        stands: "        let mut retired = Some(waker.clone());
        let shared = mutex.lock();",
        becomes: "        let mut retired = Some(waker.clone());
        retired = None;
        let shared = mutex.lock();
        return None;",
        model: "a_grant_during_a_poll_with_another_waker_is_not_lost",
    },
    Weakening {
        what: "a departure settles nothing",
        file: "src/wait/future.rs",
        stands: "        settle_and_unlock::<O>(primitive, O::mutex(primitive), shared, waker);",
        becomes: "        drop((primitive, shared, waker));",
        model: "a_head_that_gives_up_lets_a_smaller_one_pass",
    },
    Weakening {
        what: "the attempt and the link are two sections",
        file: "src/wait/future.rs",
        stands: "                self.node.write(Node::new(waker.take(), mark, 0));",
        becomes: "                drop(shared);
                let mut shared = mutex.lock();
                self.node.write(Node::new(waker.take(), mark, 0));",
        model: "an_unlock_does_not_miss_a_task_that_is_about_to_queue",
    },
    Weakening {
        what: "a set stops after the first batch",
        file: "src/wait/batch.rs",
        stands: "    while more {",
        becomes: "    while more && false {",
        model: "a_set_releases_more_waiters_than_a_batch_holds_while_some_leave",
    },
    Weakening {
        what: "a parker forgets a wake that comes early",
        file: "src/wait/park.rs",
        stands: "        let mut woken = self.woken.lock();
        while !*woken {",
        becomes: "        let mut woken = self.woken.lock();
        *woken = false;
        while !*woken {",
        model: "a_blocked_thread_and_a_task_share_one_line",
    },
    Weakening {
        what: "an end is not told to event-listener",
        file: "src/wait/completion.rs",
        stands: "            foreign(|| self.event.notify(usize::MAX));",
        becomes: "",
        model: "a_close_does_not_miss_a_task_that_is_about_to_listen",
    },
    Weakening {
        what: "the wakers that an end collects are not woken",
        file: "src/wait/completion.rs",
        stands: "            batch.push(Some(waker));
        }",
        becomes: "            drop(waker);
        }",
        model: "a_join_sees_the_zero_although_a_put_follows",
    },
    Weakening {
        what: "the newest waker of a broadcast wait is not the one that is woken",
        file: "src/wait/completion.rs",
        stands: "            let retired = self.slot.replace(Some(waker.clone()));",
        becomes: "            let retired = Some(waker.clone());",
        model: "a_join_sees_the_zero_although_a_put_follows",
    },
];
