//! Intended bugs that the models must find: `SEEDED_BUG` names one.

use std::sync::OnceLock;

/// Returns whether this bug is on.
pub(crate) fn bug(name: &str) -> bool {
    static NAMED: OnceLock<Option<String>> = OnceLock::new();
    NAMED
        .get_or_init(|| std::env::var("SEEDED_BUG").ok())
        .as_deref()
        == Some(name)
}
