//! Queue.

use crate::Weakening;

pub(crate) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "a put grants no getter",
        file: "src/queue/tickets.rs",
        stands: "            } else if !shared.getters.is_empty() && shared.spare_items() > 0 {",
        becomes: "            } else if false {",
        model: "items_pass_in_order_through_a_queue_of_one",
    },
    Weakening {
        what: "a get grants no putter",
        file: "src/queue/tickets.rs",
        stands: "            } else if self.spare_room(shared) > 0 {",
        becomes: "            } else if false {",
        model: "items_pass_in_order_through_a_queue_of_one",
    },
    Weakening {
        what: "a getter's ticket that is given back is not granted on",
        file: "src/queue/tickets.rs",
        stands: "        self.use_getter_ticket(&mut shared);
        self.settle_and_unlock(shared, Ok(()));",
        becomes: "        self.use_getter_ticket(&mut shared);",
        model: "the_item_of_a_cancelled_getter_goes_to_the_next",
    },
    Weakening {
        what: "a putter's ticket that is given back is not granted on",
        file: "src/queue/tickets.rs",
        stands: "        self.use_putter_ticket(&mut shared);
        self.settle_and_unlock(shared, Ok(()));",
        becomes: "        self.use_putter_ticket(&mut shared);",
        model: "the_room_of_a_cancelled_putter_goes_to_the_next",
    },
    Weakening {
        what: "closing ends no waits",
        file: "src/queue/tickets.rs",
        stands: "        let closed = shared.closed.release_all();
        self.settle_and_unlock(shared, Ok(()));",
        becomes: "        let closed = shared.closed.release_all();
        drop(shared);",
        model: "closing_ends_the_waits_of_getters",
    },
    Weakening {
        what: "closing tells nobody who listens",
        file: "src/queue/tickets.rs",
        stands: "        let closed = shared.closed.release_all();
        self",
        becomes: "        let closed = ();
        self",
        model: "a_close_does_not_miss_a_task_that_is_about_to_listen",
    },
    Weakening {
        what: "reaching zero releases nobody",
        file: "src/queue/tickets.rs",
        stands: "(self.unfinished == 0 && count > 0).then(",
        becomes: "false.then(",
        model: "a_join_sees_the_zero_although_a_put_follows",
    },
    Weakening {
        what: "reaching zero releases after the mutex",
        file: "src/queue/tickets.rs",
        stands: "        let finished = if any { shared.finish(1) } else { None };
        drop(shared);",
        becomes: "        shared.unfinished = shared.unfinished.saturating_sub(1);
        let zero = any && shared.unfinished == 0;
        drop(shared);
        let finished = zero.then(|| self.lock().finished.release_all());",
        model: "a_join_is_not_woken_by_the_zero_before_it",
    },
    Weakening {
        what: "the items that close_now takes out do not count as done",
        file: "src/queue/tickets.rs",
        stands: "shared.finish(items.len() as u64)",
        becomes: "shared.finish(0)",
        model: "closing_now_and_a_getter_share_the_items",
    },
    Weakening {
        what: "a slot puts after the close",
        file: "src/queue/tickets.rs",
        stands: "        let open = shared.phase == Phase::Open;
        if open {
            shared.granted_putters -= 1;
        }
        open",
        becomes: "        shared.granted_putters = shared.granted_putters.saturating_sub(1);
        true",
        model: "closing_refuses_a_slot_or_keeps_its_item",
    },
];
