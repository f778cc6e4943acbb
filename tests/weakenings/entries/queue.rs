//! Queue.

use super::Weakening;

pub(super) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "a put grants no getter",
        file: "src/queue/core.rs",
        item: "QueueCore::grant",
        tokens: "self.ungranted(state, side) == 0",
        becomes: "side == Side::Get || self.ungranted(state, side) == 0",
        model: "items_pass_in_order_through_a_queue_of_one",
    },
    Weakening {
        what: "a get grants no putter",
        file: "src/queue/core.rs",
        item: "QueueCore::grant",
        tokens: "self.ungranted(state, side) == 0",
        becomes: "side == Side::Put || self.ungranted(state, side) == 0",
        model: "items_pass_in_order_through_a_queue_of_one",
    },
    Weakening {
        what: "a returned grant of a getter is not handed on",
        file: "src/queue/core.rs",
        item: "QueueCore::return_grant",
        tokens: "let mut guard = QueueGuard::frozen(self, side); self.use_grant(&mut guard, side); guard.settle();",
        becomes: "let mut guard = self.mutex().lock(); self.use_grant(&mut guard, side);",
        model: "the_item_of_a_cancelled_getter_goes_to_the_next",
    },
    Weakening {
        what: "a returned grant of a putter is not handed on",
        file: "src/queue/core.rs",
        item: "QueueCore::return_grant",
        tokens: "let mut guard = QueueGuard::frozen(self, side); self.use_grant(&mut guard, side); guard.settle();",
        becomes: "let mut guard = self.mutex().lock(); self.use_grant(&mut guard, side);",
        model: "the_room_of_a_cancelled_putter_goes_to_the_next",
    },
    Weakening {
        what: "closing ends no waits of getters",
        file: "src/queue/core.rs",
        item: "QueueCore::close",
        tokens: "let mut guard = QueueGuard::frozen_both(self); let closed = guard.close(); guard.settle();",
        becomes: "let mut guard = self.mutex().lock(); let closed = guard.close(); drop(guard);",
        model: "closing_ends_the_waits_of_getters",
    },
    Weakening {
        what: "closing releases no wait for it",
        file: "src/queue/close.rs",
        item: "QueueState::close",
        tokens: "self.closed.release_all()",
        becomes: "Completion::new().release_all()",
        model: "a_close_does_not_miss_a_task_that_is_about_to_listen",
    },
    Weakening {
        what: "reaching zero releases no join",
        file: "src/queue/core.rs",
        item: "QueueCore::finish",
        tokens: "last.then(|| state.finished.release_all())",
        becomes: "(last && false).then(|| state.finished.release_all())",
        model: "a_join_sees_the_zero_although_a_put_follows",
    },
    Weakening {
        what: "reaching zero releases the joins after the mutex",
        file: "src/queue/core.rs",
        item: "QueueCore::task_done",
        tokens: "let (count, finished) = self.finish(&mut guard, 1); guard.settle();",
        becomes: "let (count, last) = self.done.finish(1, || self.puts());
            guard.settle();
            let finished = last.then(|| QueueGuard::new(self).finished.release_all());",
        model: "a_join_is_not_woken_by_the_zero_before_it",
    },
    Weakening {
        what: "the items that close_now removes do not count as done",
        file: "src/queue/core.rs",
        item: "QueueCore::close_now",
        tokens: "items.len()",
        becomes: "0",
        model: "closing_now_and_a_getter_share_the_items",
    },
    Weakening {
        what: "a slot puts an item after the close",
        file: "src/queue/core.rs",
        item: "QueueCore::use_grant",
        tokens: "let valid = !state.voids_grants(side); if valid { *state.granted(side) -= 1; } valid",
        becomes: "let granted = state.granted(side); *granted = granted.saturating_sub(1); true",
        model: "closing_refuses_a_slot_or_keeps_its_item",
    },
    Weakening {
        what: "the tail is thawed although a putter has a grant",
        file: "src/queue/state.rs",
        item: "QueueState::thaw",
        tokens: "self.items.thaw(Side::Put, putters)",
        becomes: "self.items.thaw(Side::Put, 0)",
        model: "the_room_of_a_slot_is_left_by_putters_without_the_mutex",
    },
    Weakening {
        what: "the head is thawed although a getter has a grant",
        file: "src/queue/state.rs",
        item: "QueueState::thaw",
        tokens: "self.items.thaw(Side::Get, getters)",
        becomes: "self.items.thaw(Side::Get, 0)",
        model: "a_granted_item_is_left_by_getters_without_the_mutex",
    },
    Weakening {
        what: "an operation that is about to wait does not freeze the ring",
        file: "src/queue/side.rs",
        item: "try_or_wait",
        tokens: "state.freeze_both();",
        becomes: "",
        model: "a_put_without_the_mutex_is_not_missed_by_a_getter_about_to_wait",
    },
    Weakening {
        what: "an item is counted as done without Release",
        file: "src/queue/done_count.rs",
        item: "DoneCount::finish_one",
        tokens: "Ordering::AcqRel",
        becomes: "Ordering::Acquire",
        model: "what_was_done_is_visible_after_the_join",
    },
    Weakening {
        what: "the thread that finishes the last item does not look for waiters",
        file: "src/queue/done_count.rs",
        item: "DoneCount::finish_one",
        tokens: "1 if word & WAITED != 0 => return Finish::Last,",
        becomes: "",
        model: "a_join_sees_the_zero_although_a_put_follows",
    },
    Weakening {
        what: "a put is refused because of an old head",
        file: "src/queue/put.rs",
        item: "OrderedQueue::try_put_slow",
        tokens: "(Err(Refusal::Exhausted), Some(item)) if ring.is_surely_exhausted(Side::Put)",
        becomes: "(Err(Refusal::Exhausted), Some(item))",
        model: "a_getter_sees_what_came_before_a_put_that_was_refused",
    },
    Weakening {
        what: "a get is refused because of an old tail",
        file: "src/queue/get.rs",
        item: "OrderedQueue::try_get_slow",
        tokens: "Err(Refusal::Exhausted) if ring.is_surely_exhausted(Side::Get)",
        becomes: "Err(Refusal::Exhausted)",
        model: "a_putter_sees_what_came_before_a_get_that_was_refused",
    },
    Weakening {
        what: "a put is refused under the mutex because of an old head",
        file: "src/queue/guard.rs",
        item: "QueueGuard::surely_free",
        tokens: "self.core.free(self, side) == 0",
        becomes: "false",
        model: "a_getter_sees_what_came_before_a_put_that_was_refused_beside_a_slot",
    },
    Weakening {
        what: "a get is refused under the mutex because of an old tail",
        file: "src/queue/guard.rs",
        item: "QueueGuard::surely_free",
        tokens: "self.core.free(self, side) == 0",
        becomes: "false",
        model: "a_putter_sees_what_came_before_a_get_that_was_refused_beside_a_grant",
    },
    Weakening {
        what: "the unfinished items are computed from one load",
        file: "src/queue/done_count.rs",
        item: "DoneCount::unfinished",
        tokens: "again >> 1 == word >> 1",
        becomes: "true",
        model: "a_length_is_one_that_was",
    },
    Weakening {
        what: "a put can come while the last item is counted as done",
        file: "src/queue/core.rs",
        item: "QueueCore::task_done",
        tokens: "QueueGuard::frozen(self, Side::Put)",
        becomes: "QueueGuard::new(self)",
        model: "a_join_does_not_end_by_a_zero_that_never_was",
    },
    Weakening {
        what: "a join does not acquire the work that is done",
        file: "src/queue/done_count.rs",
        item: "DoneCount::wait",
        tokens: "Ordering::Acquire",
        becomes: "Ordering::Relaxed",
        model: "what_was_done_is_visible_after_the_join",
    },
    Weakening {
        what: "a cell that is being emptied counts as full",
        file: "src/queue/put.rs",
        item: "OrderedQueue::try_put_slow",
        tokens: "(Err(Refusal::Exhausted), Some(item)) if ring.is_surely_exhausted(Side::Put)",
        becomes: "(Err(Refusal::Exhausted | Refusal::Busy), Some(item))",
        model: "a_put_is_not_refused_for_a_cell_that_is_being_emptied",
    },
    Weakening {
        what: "a cell that is being filled counts as empty",
        file: "src/queue/get.rs",
        item: "OrderedQueue::try_get_slow",
        tokens: "Err(Refusal::Exhausted) if ring.is_surely_exhausted(Side::Get)",
        becomes: "Err(Refusal::Exhausted | Refusal::Busy)",
        model: "a_get_is_not_refused_for_a_cell_that_is_being_filled",
    },
    Weakening {
        what: "the last item counts as done although another thread was faster",
        file: "src/queue/core.rs",
        item: "QueueCore::task_done",
        tokens: "count > 0",
        becomes: "true",
        model: "of_two_threads_that_finish_the_last_item_one_is_refused",
    },
    Weakening {
        what: "the puts are counted before the items that are done",
        file: "src/queue/done_count.rs",
        item: "DoneCount::finish_one",
        tokens: "self.0.peek(Ordering::Acquire)",
        becomes: "self.0.peek(Ordering::Relaxed)",
        model: "what_was_done_is_visible_after_the_join",
    },
    Weakening {
        what: "the puts are counted before the items that another thread finishes meanwhile",
        file: "src/queue/done_count.rs",
        item: "DoneCount::finish_one",
        tokens: "Ordering::AcqRel, Ordering::Acquire",
        becomes: "Ordering::AcqRel, Ordering::Relaxed",
        model: "what_was_done_is_visible_after_the_join",
    },
    Weakening {
        what: "close_now does not wake the waiting getters",
        file: "src/queue/core.rs",
        item: "QueueCore::close_now",
        tokens: "let mut guard = QueueGuard::frozen_both(self);
            let (items, closed) = guard.close_now();
            let (_, finished) = self.finish(&mut guard, items.len());
            guard.settle();",
        becomes: "let mut guard = self.mutex().lock();
            guard.freeze_both();
            let (items, closed) = guard.close_now();
            let (_, finished) = self.finish(&mut guard, items.len());
            drop(guard);",
        model: "closing_now_ends_the_waits_of_getters",
    },
    Weakening {
        what: "close_now does not wake the getters that wait beside a ring",
        file: "src/queue/core.rs",
        item: "QueueCore::close_now",
        tokens: "let mut guard = QueueGuard::frozen_both(self);
            let (items, closed) = guard.close_now();
            let (_, finished) = self.finish(&mut guard, items.len());
            guard.settle();",
        becomes: "let mut guard = self.mutex().lock();
            guard.freeze_both();
            let (items, closed) = guard.close_now();
            let (_, finished) = self.finish(&mut guard, items.len());
            drop(guard);",
        model: "closing_now_with_a_ring_ends_the_waits_of_getters",
    },
];
