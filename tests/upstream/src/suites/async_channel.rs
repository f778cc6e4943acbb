//! async-channel: all its suites.

use super::{Peer, Suite};

pub(super) const PEER: Peer = Peer {
    name: "async-channel",
    version: "2.5.0",
    modules: &[],
    is_complete: true,
    suites: &[
        Suite {
            name: "bounded",
            left_out: &[],
        },
        Suite {
            name: "unbounded",
            left_out: &[],
        },
    ],
};
