//! Bugs on purpose, to see that the models find them: `SEEDED_BUG` names one.

use std::sync::OnceLock;

/// Whether this bug is to be.
pub(crate) fn bug(name: &str) -> bool {
    static NAMED: OnceLock<Option<String>> = OnceLock::new();
    NAMED
        .get_or_init(|| std::env::var("SEEDED_BUG").ok())
        .as_deref()
        == Some(name)
}
