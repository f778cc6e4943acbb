//! tokio: the suites of the types that have a counterpart here.

use super::rules::*;
use super::{LeftOut, Peer, Suite};

pub(super) const PEER: Peer = Peer {
    name: "tokio",
    version: "1.54.1",
    modules: &["support/mpsc_stream.rs"],
    is_complete: false,
    suites: &[
        Suite {
            name: "sync_barrier",
            left_out: &[],
        },
        Suite {
            name: "sync_mpsc",
            left_out: &[
                LeftOut::blocks("blocking_recv_async", &BLOCKING_WORKS_IN_TASKS),
                LeftOut::fails("blocking_send_async", &BLOCKING_WORKS_IN_TASKS),
                LeftOut::fails("cancelled_reserve_wakes_closed_receiver", &CLOSED_AT_ONCE),
                LeftOut::fails(
                    "dropping_last_owned_permit_wakes_closed_receiver",
                    &CLOSED_AT_ONCE,
                ),
                LeftOut::fails(
                    "dropping_last_permit_wakes_closed_receiver",
                    &CLOSED_AT_ONCE,
                ),
                LeftOut::fails("failed_reserve_wakes_closed_receiver", &CLOSED_AT_ONCE),
                LeftOut::fails("ready_close_cancel_bounded", &CLOSED_AT_ONCE),
                LeftOut::fails("recv_close_gets_none_reserved", &CLOSED_AT_ONCE),
                LeftOut::fails(
                    "releasing_last_owned_permit_wakes_closed_receiver",
                    &CLOSED_AT_ONCE,
                ),
                LeftOut::fails(
                    "sending_last_owned_permit_wakes_closed_receiver",
                    &CLOSED_AT_ONCE,
                ),
                LeftOut::fails("sending_last_permit_wakes_closed_receiver", &CLOSED_AT_ONCE),
                LeftOut::fails("try_recv_after_receiver_close_with_permit", &CLOSED_AT_ONCE),
                LeftOut::fails("test_tx_capacity", &SLOTS_ARE_NOT_COUNTED),
                LeftOut::cut(
                    "impl AssertRefUnwindSafe for PermitIterator",
                    &NO_RESERVATION_OF_MANY,
                ),
                LeftOut::cut(
                    "impl AssertUnwindSafe for PermitIterator",
                    &NO_RESERVATION_OF_MANY,
                ),
                LeftOut::cut(
                    "failed_reserve_many_wakes_closed_receiver",
                    &NO_RESERVATION_OF_MANY,
                ),
                LeftOut::cut(
                    "cancelled_reserve_many_wakes_closed_receiver",
                    &NO_RESERVATION_OF_MANY,
                ),
                LeftOut::cut("reserve_many_above_cap", &NO_RESERVATION_OF_MANY),
                LeftOut::cut("try_reserve_many_zero", &NO_RESERVATION_OF_MANY),
                LeftOut::cut("reserve_many_zero", &NO_RESERVATION_OF_MANY),
                LeftOut::cut("try_reserve_many_edge_cases", &NO_RESERVATION_OF_MANY),
                LeftOut::cut("reserve_many_and_send", &NO_RESERVATION_OF_MANY),
                LeftOut::cut("try_reserve_many_and_send", &NO_RESERVATION_OF_MANY),
                LeftOut::cut("reserve_many_on_closed_channel", &NO_RESERVATION_OF_MANY),
                LeftOut::cut(
                    "try_reserve_many_on_closed_channel",
                    &NO_RESERVATION_OF_MANY,
                ),
                LeftOut::cut("try_reserve_many_full", &NO_RESERVATION_OF_MANY),
                LeftOut::cut(
                    "drop_permit_iterator_releases_permits",
                    &NO_RESERVATION_OF_MANY,
                ),
                LeftOut::cut(
                    "dropping_last_permit_iterator_wakes_closed_receiver",
                    &NO_RESERVATION_OF_MANY,
                ),
                LeftOut::cut("dropping_rx_closes_channel", &NO_RESERVATION_OF_MANY),
            ],
        },
        Suite {
            name: "sync_mutex",
            left_out: &[
                LeftOut::fails("mutex_coop_drop_after_take_permit", &NO_BUDGET),
                LeftOut::fails("mutex_debug", &DEBUG_HAS_NO_WORDING),
            ],
        },
        Suite {
            name: "sync_mutex_owned",
            left_out: &[],
        },
        Suite {
            name: "sync_once_cell",
            left_out: &[],
        },
        Suite {
            name: "sync_rwlock",
            left_out: &[
                LeftOut::cut("exhaust_reading", &NO_LIMIT_OF_READERS),
                LeftOut::cut("zero_max_readers", &NO_LIMIT_OF_READERS),
                LeftOut::cut("zero_max_readers_const", &NO_LIMIT_OF_READERS),
                LeftOut::cut("downgrade_map", &DOWNGRADE_GRANTS_FIRST),
                LeftOut::cut("try_downgrade_map", &DOWNGRADE_GRANTS_FIRST),
            ],
        },
        Suite {
            name: "sync_semaphore",
            left_out: &[
                LeftOut::fails(
                    "blocking_acquire_in_async_context",
                    &BLOCKING_WORKS_IN_TASKS,
                ),
                LeftOut::fails(
                    "blocking_acquire_many_in_async_context",
                    &BLOCKING_WORKS_IN_TASKS,
                ),
                LeftOut::fails(
                    "blocking_acquire_owned_in_async_context",
                    &BLOCKING_WORKS_IN_TASKS,
                ),
                LeftOut::fails(
                    "blocking_acquire_many_owned_in_async_context",
                    &BLOCKING_WORKS_IN_TASKS,
                ),
                LeftOut::absent("acquire_many_exceeds_maxpermits", &ONLY_ON_32_BITS),
                LeftOut::absent("acquire_many_top_bit_exceeds_maxpermits", &ONLY_ON_32_BITS),
            ],
        },
        Suite {
            name: "sync_semaphore_owned",
            left_out: &[
                LeftOut::absent("acquire_many_owned_exceeds_maxpermits", &ONLY_ON_32_BITS),
                LeftOut::absent(
                    "acquire_many_owned_top_bit_exceeds_maxpermits",
                    &ONLY_ON_32_BITS,
                ),
            ],
        },
    ],
};
