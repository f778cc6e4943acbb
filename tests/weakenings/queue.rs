//! Queue.

use crate::Weakening;

pub(crate) const WEAKENINGS: &[Weakening] = &[
    Weakening {
        what: "a put grants no getter",
        file: "src/queue/core.rs",
        stands: "            if shared.len() > shared.granted_getters {",
        becomes: "            if false {",
        model: "items_pass_in_order_through_a_queue_of_one",
    },
    Weakening {
        what: "a get grants no putter",
        file: "src/queue/core.rs",
        stands: "            if self.spare_room(shared) > 0 {",
        becomes: "            if false {",
        model: "items_pass_in_order_through_a_queue_of_one",
    },
    Weakening {
        what: "a getter's ticket that is given back is not granted on",
        file: "src/queue/core.rs",
        stands: "        self.use_getter_ticket(&mut shared);
        self.settle_and_unlock(shared, Ok(()));",
        becomes: "        self.use_getter_ticket(&mut shared);",
        model: "the_item_of_a_cancelled_getter_goes_to_the_next",
    },
    Weakening {
        what: "a putter's ticket that is given back is not granted on",
        file: "src/queue/core.rs",
        stands: "        self.use_putter_ticket(&mut shared);
        self.settle_and_unlock(shared, Ok(()));",
        becomes: "        self.use_putter_ticket(&mut shared);",
        model: "the_room_of_a_cancelled_putter_goes_to_the_next",
    },
    Weakening {
        what: "closing ends no waits",
        file: "src/queue/core.rs",
        stands: "        let closed = shared.closed.release_all();
        self.settle_and_unlock(shared, Ok(()));",
        becomes: "        let closed = shared.closed.release_all();
        drop(shared);",
        model: "closing_ends_the_waits_of_getters",
    },
    Weakening {
        what: "closing tells nobody who listens",
        file: "src/queue/core.rs",
        stands: "        let closed = shared.closed.release_all();
        self",
        becomes: "        let closed = ();
        self",
        model: "a_close_does_not_miss_a_task_that_is_about_to_listen",
    },
    Weakening {
        what: "reaching zero releases nobody",
        file: "src/queue/core.rs",
        stands: "last.then(",
        becomes: "(last && false).then(",
        model: "a_join_sees_the_zero_although_a_put_follows",
    },
    Weakening {
        what: "reaching zero releases after the mutex",
        file: "src/queue/core.rs",
        stands: "                let (count, finished) = self.finish(&mut shared, 1);
                self.unlock(shared);",
        becomes: "                let (count, last) = self.done.finish(1, || self.puts());
                self.unlock(shared);
                let finished = last.then(|| self.look().finished.release_all());",
        model: "a_join_is_not_woken_by_the_zero_before_it",
    },
    Weakening {
        what: "the items that close_now takes out do not count as done",
        file: "src/queue/core.rs",
        stands: "self.finish(&mut shared, items.len())",
        becomes: "self.finish(&mut shared, 0)",
        model: "closing_now_and_a_getter_share_the_items",
    },
    Weakening {
        what: "a slot puts after the close",
        file: "src/queue/core.rs",
        stands: "        let open = shared.phase == Phase::Open;
        if open {
            shared.granted_putters -= 1;
        }
        open",
        becomes: "        shared.granted_putters = shared.granted_putters.saturating_sub(1);
        true",
        model: "closing_refuses_a_slot_or_keeps_its_item",
    },
    Weakening {
        what: "the item is in its place without Release",
        file: "src/queue/ring/stamp.rs",
        stands: "        self.0.store(position.0 | FULL, Ordering::Release);",
        becomes: "        self.0.store(position.0 | FULL, Ordering::Relaxed);",
        model: "a_put_without_the_mutex_is_not_missed_by_who_is_about_to_wait",
    },
    Weakening {
        what: "the item is out of its place without Release",
        file: "src/queue/ring/stamp.rs",
        stands: "        self.0.store(next, Ordering::Release);",
        becomes: "        self.0.store(next, Ordering::Relaxed);",
        model: "items_pass_through_one_place_without_a_wait",
    },
    Weakening {
        what: "a stamp is read without Acquire",
        file: "src/queue/ring/stamp.rs",
        stands: "        self.0.load(Ordering::Acquire) == expected",
        becomes: "        self.0.load(Ordering::Relaxed) == expected",
        model: "items_pass_through_one_place_without_a_wait",
    },
    Weakening {
        what: "a place is published before its item is in it",
        file: "src/queue/ring/mod.rs",
        stands: "        self.item.with_mut(|place| {",
        becomes: "        self.stamp.publish_full(position);
        self.item.with_mut(|place| {",
        model: "a_put_without_the_mutex_is_not_missed_by_who_is_about_to_wait",
    },
    Weakening {
        what: "the tail is not frozen",
        file: "src/queue/ring/mod.rs",
        stands: "            self.freeze_end(End::Tail);",
        becomes: "            if self.is_frozen() { self.len = self.ring.len(); }",
        model: "a_newcomer_does_not_overtake_a_putter_that_waits",
    },
    Weakening {
        what: "the ring is thawed although a ticket is out",
        file: "src/queue/state.rs",
        stands: "            self.items.thaw_tail(putters);",
        becomes: "            self.items.thaw_tail(0);",
        model: "the_room_of_a_slot_is_left_by_those_who_put_without_the_mutex",
    },
    Weakening {
        what: "who is about to wait does not freeze the ring",
        file: "src/queue/attempt.rs",
        stands: "    shared.freeze();
    match attempt(shared) {",
        becomes: "    match attempt(shared) {",
        model: "a_put_without_the_mutex_is_not_missed_by_who_is_about_to_wait",
    },
    Weakening {
        what: "a place that is claimed and not filled is taken from",
        file: "src/queue/ring/mod.rs",
        stands: "        place.stamp.wait_until_ready(End::Head, position);",
        becomes: "",
        model: "closing_now_takes_what_was_put_without_the_mutex",
    },
    Weakening {
        what: "a place that is claimed and not emptied is put into",
        file: "src/queue/ring/mod.rs",
        stands: "        place.stamp.wait_until_ready(End::Tail, position);",
        becomes: "",
        model: "a_get_without_the_mutex_is_not_missed_by_who_is_about_to_wait",
    },
    Weakening {
        what: "what is done is counted without Release",
        file: "src/queue/done_count.rs",
        stands: "                word.wrapping_add(2),
                Ordering::AcqRel,",
        becomes: "                word.wrapping_add(2),
                Ordering::Acquire,",
        model: "what_was_done_is_visible_after_the_join",
    },
    Weakening {
        what: "the last that is done does not look for those who wait",
        file: "src/queue/done_count.rs",
        stands: "                1 if word & WAITED != 0 => return Finish::Last,",
        becomes: "",
        model: "a_join_sees_the_zero_although_a_put_follows",
    },
    Weakening {
        what: "the head is not frozen",
        file: "src/queue/ring/mod.rs",
        stands: "            self.freeze_end(End::Head);",
        becomes: "            if self.is_frozen() { self.len = self.ring.len(); }",
        model: "a_newcomer_does_not_take_what_a_getter_was_granted",
    },
    Weakening {
        what: "the head is thawed although a getter has a ticket",
        file: "src/queue/state.rs",
        stands: "            self.items.thaw_head(getters);",
        becomes: "            self.items.thaw_head(0);",
        model: "the_item_of_a_ticket_is_left_by_those_who_get_without_the_mutex",
    },
    Weakening {
        what: "who claims does not look whether it leaves what is reserved",
        file: "src/queue/ring/claim.rs",
        stands: "            if !place(self.layout.index(last)).as_ref().is_ready(end, last) {",
        becomes: "            if false {",
        model: "the_room_of_a_slot_is_left_by_those_who_put_without_the_mutex",
    },
    Weakening {
        what: "who claims forgets what is reserved",
        file: "src/queue/ring/claim.rs",
        stands: "            let next = self.layout.after(position).0 | reserved;",
        becomes: "            let next = self.layout.after(position).0;",
        model: "the_item_of_a_ticket_is_left_by_those_who_get_without_the_mutex",
    },
    Weakening {
        what: "a length is made of two looks",
        file: "src/queue/ring/ends.rs",
        stands: "            if again == tail {",
        becomes: "            if true {",
        model: "a_length_is_one_that_was",
    },
    Weakening {
        what: "an end is frozen without Acquire",
        file: "src/queue/ring/ends.rs",
        stands: "fetch_or(FROZEN, Ordering::Acquire)",
        becomes: "fetch_or(FROZEN, Ordering::Relaxed)",
        model: "a_length_after_a_thaw_is_never_more_than_the_capacity",
    },
    Weakening {
        what: "a claim is made without Release",
        file: "src/queue/ring/claim.rs",
        stands: "compare_exchange(word, next, Ordering::AcqRel,",
        becomes: "compare_exchange(word, next, Ordering::Acquire,",
        model: "a_length_is_one_that_was",
    },
    Weakening {
        what: "a claim is made without Acquire",
        file: "src/queue/ring/claim.rs",
        stands: "compare_exchange(word, next, Ordering::AcqRel,",
        becomes: "compare_exchange(word, next, Ordering::Release,",
        model: "who_makes_room_sees_what_came_before_a_put_that_was_refused",
    },
    Weakening {
        what: "a put is refused after an old look at the head",
        file: "src/queue/mod.rs",
        stands: "                (Err(Refusal::Exhausted), Some(item)) if ring.is_surely_full() => {",
        becomes: "                (Err(Refusal::Exhausted), Some(item)) => {",
        model: "who_makes_room_sees_what_came_before_a_put_that_was_refused",
    },
    Weakening {
        what: "a get is refused after an old look at the tail",
        file: "src/queue/mod.rs",
        stands: "                Err(Refusal::Exhausted) if ring.is_surely_empty() => {",
        becomes: "                Err(Refusal::Exhausted) => {",
        model: "who_puts_sees_what_came_before_a_get_that_was_refused",
    },
    Weakening {
        what: "a put is refused under the mutex after an old look at the head",
        file: "src/queue/attempt.rs",
        stands: "    if tickets.free_room(shared) == 0 {",
        becomes: "    if false {",
        model: "who_makes_room_sees_what_came_before_a_put_that_was_refused_beside_a_slot",
    },
    Weakening {
        what: "a get is refused under the mutex after an old look at the tail",
        file: "src/queue/attempt.rs",
        stands: "    if shared.free_items() == 0 {",
        becomes: "    if false {",
        model: "who_puts_sees_what_came_before_a_get_that_was_refused_beside_a_ticket",
    },
    Weakening {
        what: "who is refused does not publish what came before",
        file: "src/queue/ring/ends.rs",
        stands: "self.head.0.fetch_or(0, Ordering::Release)",
        becomes: "self.head.0.fetch_or(0, Ordering::Relaxed)",
        model: "who_makes_room_sees_what_came_before_a_put_that_was_refused",
    },
    Weakening {
        what: "a claim beside tickets is made without Release",
        file: "src/queue/ring/claim.rs",
        stands: "                next,
                Ordering::AcqRel,",
        becomes: "                next,
                Ordering::Acquire,",
        model: "a_length_beside_a_ticket_is_one_that_was",
    },
    Weakening {
        what: "what is unfinished is made of one look",
        file: "src/queue/done_count.rs",
        stands: "            if again >> 1 == word >> 1 {",
        becomes: "            if true {",
        model: "a_length_is_one_that_was",
    },
    Weakening {
        what: "a put may come while the last is counted as done",
        file: "src/queue/core.rs",
        stands: "                let mut shared = self.lock_tail();
                let (count, finished)",
        becomes: "                let mut shared = self.look();
                let (count, finished)",
        model: "a_join_does_not_end_by_a_zero_that_never_was",
    },
    Weakening {
        what: "who waits for the last does not acquire what is done",
        file: "src/queue/done_count.rs",
        stands: "fetch_or(WAITED, Ordering::Acquire)",
        becomes: "fetch_or(WAITED, Ordering::Relaxed)",
        model: "what_was_done_is_visible_after_the_join",
    },
    Weakening {
        what: "the holder of the mutex moves an end without Release",
        file: "src/queue/ring/ends.rs",
        stands: "        word.store(self.layout.after(position).0 | FROZEN, Ordering::Release);",
        becomes: "        word.store(self.layout.after(position).0 | FROZEN, Ordering::Relaxed);",
        model: "a_length_is_never_more_than_the_capacity",
    },
    Weakening {
        what: "a place that is being emptied counts as full",
        file: "src/queue/mod.rs",
        stands: "(Err(Refusal::Exhausted), Some(item)) if ring.is_surely_full() => {",
        becomes: "(Err(Refusal::Exhausted | Refusal::Busy), Some(item)) => {",
        model: "a_put_is_not_refused_for_a_place_that_is_being_emptied",
    },
    Weakening {
        what: "a place that is being filled counts as empty",
        file: "src/queue/mod.rs",
        stands: "Err(Refusal::Exhausted) if ring.is_surely_empty() => {",
        becomes: "Err(Refusal::Exhausted | Refusal::Busy) => {",
        model: "a_get_is_not_refused_for_a_place_that_is_being_filled",
    },
    Weakening {
        what: "the last counts as done although another was faster",
        file: "src/queue/core.rs",
        stands: "                count > 0",
        becomes: "                true",
        model: "of_two_who_finish_the_last_one_is_refused",
    },
];
