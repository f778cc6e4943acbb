use super::rules::*;
use super::{LeftOut, Peer, Suite};

pub(super) const PEER: Peer = Peer {
    name: "tokio",
    version: "1.54.1",
    modules: &["support/mpsc_stream.rs"],
    is_complete: false,
    suites: &[Suite {
        name: "sync_mutex",
        left_out: &[
            LeftOut::fails("mutex_coop_drop_after_take_permit", &NO_BUDGET),
            LeftOut::fails("mutex_debug", &DEBUG_TEXT),
        ],
    }],
};
