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
        stands: "        let _closed = NotifyOnDrop(&self.closed);
        self.settle_and_unlock(shared, Ok(()));",
        becomes: "        let _closed = NotifyOnDrop(&self.closed);
        drop(shared);",
        model: "closing_ends_the_waits_of_getters",
    },
    Weakening {
        what: "closing tells nobody who listens",
        file: "src/queue/tickets.rs",
        stands: "        let _closed = NotifyOnDrop(&self.closed);
        self",
        becomes: "        self",
        model: "a_close_does_not_miss_a_task_that_is_about_to_listen",
    },
    Weakening {
        what: "reaching zero is not remembered",
        file: "src/queue/tickets.rs",
        stands: "        tickets.lock().finishes != mark",
        becomes: "        let _ = mark;
        tickets.lock().unfinished == 0",
        model: "a_join_sees_the_zero_although_a_put_follows",
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
