//! async-lock: all its suites.

use super::rules::*;
use super::{LeftOut, Peer, Suite};

pub(super) const PEER: Peer = Peer {
    name: "async-lock",
    version: "3.5.0",
    modules: &["common/mod.rs"],
    is_complete: true,
    suites: &[
        Suite {
            name: "barrier",
            left_out: &[],
        },
        Suite {
            name: "loom",
            left_out: &[LeftOut::absent("barrier_smoke", &LOOM_ONLY)],
        },
        Suite {
            name: "mutex",
            left_out: &[],
        },
        Suite {
            name: "rwlock",
            left_out: &[
                LeftOut::cut("smoke_blocking", &NO_UPGRADE),
                LeftOut::cut("smoke_arc_blocking", &NO_UPGRADE),
                LeftOut::cut("upgrade", &NO_UPGRADE),
                LeftOut::cut("upgrade_arc", &NO_UPGRADE),
                LeftOut::cut("not_upgrade", &NO_UPGRADE),
                LeftOut::cut("not_upgrade_arc", &NO_UPGRADE),
                LeftOut::cut("upgradable_with_concurrent_writer", &NO_UPGRADE),
                LeftOut::cut("upgradable_with_concurrent_writer_arc", &NO_UPGRADE),
                LeftOut::cut("yields_when_contended", &NO_UPGRADE),
                LeftOut::cut("yields_when_contended_arc", &NO_UPGRADE),
                LeftOut::cut("cancellation", &NO_UPGRADE),
                LeftOut::cut("arc_rwlock_refcounts", &NO_UPGRADE),
                LeftOut::cut("_covariance_test", &GUARDS_KNOW_THEIR_LOCK),
                LeftOut::cut("_covariance_test_arc", &GUARDS_KNOW_THEIR_LOCK),
            ],
        },
        Suite {
            name: "semaphore",
            left_out: &[],
        },
    ],
};
