//! The rules of this crate that exclude a peer's test.

/// A rule, in a sentence for the page.
pub(crate) struct Rule(pub(crate) &'static str);

pub(crate) static BLOCKING_WORKS_IN_TASKS: Rule =
    Rule("A blocking method may be called in a task: it blocks the thread, and does not panic.");
pub(crate) static CLOSED_AT_ONCE: Rule = Rule(
    "A slot that was reserved before the queue was closed puts nothing. So a closed and empty \
     queue ends at once, and does not wait for such slots.",
);
pub(crate) static DEBUG_HAS_NO_WORDING: Rule =
    Rule("`Debug` prints the state and the counts, and promises no wording.");
pub(crate) static DOWNGRADE_GRANTS_FIRST: Rule = Rule(
    "`downgrade` grants the readers at the front at once. A closure that maps the guard runs \
     afterwards.",
);
pub(crate) static GUARDS_KNOW_THEIR_LOCK: Rule = Rule(
    "A guard has a function `source` that returns its lock, so the compiler cannot shorten a \
     lifetime in the type of the data.",
);
pub(crate) static LOOM_ONLY: Rule =
    Rule("The test is built for loom only, and async-lock marks it as ignored.");
pub(crate) static NO_BUDGET: Rule = Rule(
    "An operation that need not wait completes in its first poll. It does not use the budget \
     of tokio's tasks.",
);
pub(crate) static NO_LIMIT_OF_READERS: Rule =
    Rule("An `RwLock` has no limit of readers that a program can set.");
pub(crate) static NO_RESERVATION_OF_MANY: Rule =
    Rule("A slot is for one item. `put_many` takes the items themselves.");
pub(crate) static NO_UPGRADE: Rule =
    Rule("An `RwLock` has no upgradable reads. A writer can be downgraded.");
pub(crate) static ONLY_ON_32_BITS: Rule =
    Rule("tokio builds these tests only for targets with 32 bits.");
pub(crate) static SLOTS_ARE_NOT_COUNTED: Rule =
    Rule("`len` counts items. A queue does not return the number of its reserved slots.");
