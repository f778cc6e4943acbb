//! The rules of this crate that exclude a peer's test.

/// A rule, in a sentence for the page.
pub(crate) struct Rule {
    /// A short name for tables.
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

pub(crate) const BLOCKING_IN_TASKS: Rule = Rule {
    name: "blocking in a task",
    text: "A blocking method may be called in a task. It blocks the thread, and does not panic.",
};
pub(crate) const DEBUG_TEXT: Rule = Rule {
    name: "text of `Debug`",
    text: "`Debug` prints the state and the counts, and promises no wording.",
};
pub(crate) const NO_BUDGET: Rule = Rule {
    name: "no budget",
    text: "An operation that need not wait completes in its first poll. It knows no budget.",
};
