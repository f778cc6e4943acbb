use super::{Peer, Suite};

pub(super) const PEER: Peer = Peer {
    name: "async-lock",
    version: "3.5.0",
    modules: &["common/mod.rs"],
    is_complete: false,
    suites: &[Suite {
        name: "mutex",
        left_out: &[],
    }],
};
