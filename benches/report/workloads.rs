//! The workloads, and the rows of each.
#![forbid(unsafe_code)]

/// A group of criterion, with the rows that it must have.
#[derive(Debug)]
pub(crate) struct Workload {
    /// The name of the group.
    pub(crate) group: &'static str,
    /// A description of one operation.
    pub(crate) operation: &'static str,
    /// The other rows that are measured besides `aiosync`.
    pub(crate) peers: &'static [&'static str],
    /// The threads, if there are two of them.
    pub(crate) set_up: Option<SetUp>,
}

/// What runs the tasks of two threads. `harness/race.rs` describes them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SetUp {
    Pinned,
    Tokio,
}

impl SetUp {
    /// Returns its name in a table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Tokio => "tokio's runtime",
        }
    }
}

impl Workload {
    /// Returns the primitive: the part of the name before the slash.
    pub(crate) fn primitive(&self) -> &'static str {
        self.group.split('/').next().unwrap_or(self.group)
    }

    /// Returns the description of one operation, and the set-up.
    pub(crate) fn description(&self) -> String {
        match self.set_up {
            Some(set_up) => format!("{}; {}", self.operation, set_up.name()),
            None => self.operation.to_owned(),
        }
    }

    /// Returns the primitive before the description.
    pub(crate) fn title(&self) -> String {
        format!("{}: {}", heading(self.primitive()), self.description())
    }

    /// Returns the heading of its section, which is the same for both set-ups.
    pub(crate) fn section(&self) -> &'static str {
        self.group.strip_suffix(ON_TOKIO).unwrap_or(self.group)
    }
}

/// Returns the name of a primitive in words: "once cell" for `once_cell`.
pub(crate) fn in_words(primitive: &str) -> &str {
    match primitive {
        "once_cell" => "once cell",
        "rwlock" => "reader-writer lock",
        other => other,
    }
}

/// Returns the name of a primitive as a heading.
pub(crate) fn heading(primitive: &str) -> String {
    capitalized(in_words(primitive))
}

/// Returns the text with a capital letter at its start.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// A group of criterion that does not compare `aiosync` with its peers.
pub(crate) struct Extra {
    pub(crate) group: &'static str,
    /// A description of one operation.
    pub(crate) operation: &'static str,
    pub(crate) rows: &'static [&'static str],
}

/// The implementation that all others are compared with.
pub(crate) const OURS: &str = "aiosync";

/// The implementation that blocks its thread. Its time is a lower bound, so it is not a peer.
pub(crate) const BASELINE: &str = "parking_lot";

/// `aiosync` without its calls for batches. It is not a peer.
pub(crate) const SINGLE: &str = "aiosync (single calls)";

/// Returns whether a row is one of another crate that does not block its thread.
pub(crate) fn is_peer(name: &str) -> bool {
    ![OURS, SINGLE, BASELINE].contains(&name)
}

/// The end of the names of groups that run on tokio's runtime.
const ON_TOKIO: &str = "_tokio";

/// The peers, each with its package in `Cargo.lock`.
pub(crate) const PEERS: [(&str, &str); 15] = [
    ("tokio", "tokio"),
    ("async-lock", "async-lock"),
    ("asyncband", "asyncband"),
    ("futures-intrusive", "futures-intrusive"),
    ("saa", "saa"),
    ("event-listener (boxed)", "event-listener"),
    ("event-listener (stack)", "event-listener"),
    ("async-channel", "async-channel"),
    ("kanal", "kanal"),
    ("flume", "flume"),
    ("crossfire", "crossfire"),
    ("loole", "loole"),
    ("performables", "performables"),
    ("zruntime", "zruntime"),
    (BASELINE, "parking_lot"),
];

pub(crate) const EXTRAS: [Extra; 3] = [
    Extra {
        group: "executor/two_yields",
        operation: "two polls by the executor, without any primitive; a hand-off also takes two",
        rows: &["async-executor"],
    },
    Extra {
        group: "completion/register_release_complete_1_waiters",
        operation: "register, release, complete; 1 waiter, polled by hand",
        rows: COMPLETIONS,
    },
    Extra {
        group: "completion/register_release_complete_100_waiters",
        operation: "register, release, complete; 100 waiters, polled by hand",
        rows: COMPLETIONS,
    },
];

const COMPLETIONS: &[&str] = &["completion (event-listener)", "wait queue"];
const QUEUEING: &[&str] = &[
    "tokio",
    "async-lock",
    "asyncband",
    "futures-intrusive",
    "performables",
    "zruntime",
];
const LOCKS: &[&str] = &[
    "tokio",
    "async-lock",
    "asyncband",
    "futures-intrusive",
    "performables",
    "zruntime",
    "saa",
    BASELINE,
];
const PERMITS: &[&str] = &[
    "tokio",
    "async-lock",
    "asyncband",
    "futures-intrusive",
    "zruntime",
];
const SPINNING: &[&str] = &[
    "tokio",
    "async-lock",
    "asyncband",
    "futures-intrusive",
    "zruntime",
    "saa",
];
const DOWNGRADING: &[&str] = &["tokio", "async-lock", "asyncband"];
const RW_LOCKS: &[&str] = &[
    "tokio",
    "async-lock",
    "asyncband",
    "performables",
    "zruntime",
];
const EVENTS: &[&str] = &[
    "tokio",
    "asyncband",
    "futures-intrusive",
    "event-listener (boxed)",
    "event-listener (stack)",
    "zruntime",
];
const BARRIERS: &[&str] = RW_LOCKS;
const CONDITIONS: &[&str] = &["tokio", "asyncband", "performables"];
const ONCE_CELLS: &[&str] = &["tokio", "async-lock", "asyncband", "zruntime"];
const SHARED_QUEUES: &[&str] = &[
    "async-channel",
    "asyncband",
    "crossfire",
    "flume",
    "kanal",
    "loole",
    "performables",
    "zruntime",
];
const QUEUES: &[&str] = &[
    "tokio",
    "async-channel",
    "asyncband",
    "crossfire",
    "flume",
    "kanal",
    "loole",
    "performables",
    "zruntime",
];
const BATCHES: &[&str] = &[SINGLE, "tokio", "flume", "kanal", "loole"];

/// A workload without threads, or with one.
macro_rules! one_set_up {
    ($group:literal, $operation:literal, $peers:expr) => {
        &[Workload {
            group: $group,
            operation: $operation,
            peers: $peers,
            set_up: None,
        }]
    };
}

/// A workload on two threads, in both set-ups.
macro_rules! two_set_ups {
    ($group:literal, $operation:literal, $peers:expr) => {
        &[
            Workload {
                group: $group,
                operation: $operation,
                peers: $peers,
                set_up: Some(SetUp::Pinned),
            },
            Workload {
                group: concat!($group, "_tokio"),
                operation: $operation,
                peers: $peers,
                set_up: Some(SetUp::Tokio),
            },
        ]
    };
}

/// Returns all workloads, in the order of their sections.
pub(crate) fn workloads() -> impl Iterator<Item = &'static Workload> {
    SECTIONS.iter().copied().flatten()
}

/// The workloads. Those with two threads run in both set-ups.
pub(crate) const SECTIONS: &[&[Workload]] = &[
    one_set_up!("lock/uncontended", "lock and unlock, uncontended", LOCKS),
    one_set_up!(
        "lock/handed_off",
        "64 tasks on one thread; each holds the lock over a yield",
        QUEUEING
    ),
    two_set_ups!(
        "lock/two_threads_2_tasks",
        "2 tasks on two threads; short sections",
        LOCKS
    ),
    two_set_ups!(
        "lock/two_threads_16_tasks",
        "16 tasks on two threads; short sections",
        LOCKS
    ),
    one_set_up!(
        "lock/drop_queued_0",
        "enqueue a future and drop it; no other waiters",
        QUEUEING
    ),
    one_set_up!(
        "lock/drop_queued_1000",
        "enqueue a future and drop it; 1 000 other waiters",
        QUEUEING
    ),
    one_set_up!(
        "lock/drop_queued_16000",
        "enqueue a future and drop it; 16 000 other waiters",
        QUEUEING
    ),
    one_set_up!(
        "rwlock/read_uncontended",
        "read and release, uncontended",
        RW_LOCKS
    ),
    one_set_up!(
        "rwlock/write_uncontended",
        "write and release, uncontended",
        RW_LOCKS
    ),
    one_set_up!(
        "rwlock/downgrade",
        "write, downgrade and release, uncontended",
        DOWNGRADING
    ),
    one_set_up!(
        "rwlock/handed_off_8_readers_1_writer",
        "8 readers, 1 writer on one thread; each holds the lock over a yield",
        RW_LOCKS
    ),
    two_set_ups!(
        "rwlock/two_threads_8_readers",
        "8 readers on two threads; short sections",
        RW_LOCKS
    ),
    two_set_ups!(
        "rwlock/two_threads_8_readers_1_writer",
        "8 readers, 1 writer on two threads; short sections, then a yield",
        RW_LOCKS
    ),
    one_set_up!(
        "semaphore/uncontended",
        "acquire and release, uncontended",
        SPINNING
    ),
    one_set_up!(
        "semaphore/handed_off",
        "64 tasks on one thread; each holds one of 4 permits over a yield",
        PERMITS
    ),
    two_set_ups!(
        "semaphore/two_threads_16_tasks",
        "16 tasks on two threads; 2 permits, short sections",
        SPINNING
    ),
    one_set_up!("event/set", "wait for an event that is set", EVENTS),
    one_set_up!(
        "event/released_1",
        "register, set, complete; 1 waiter, polled by hand",
        EVENTS
    ),
    one_set_up!(
        "event/released_1000",
        "register, set, complete; 1 000 waiters, polled by hand",
        EVENTS
    ),
    one_set_up!(
        "barrier/one_thread_2_tasks",
        "one wait of 2 tasks on one thread",
        BARRIERS
    ),
    one_set_up!(
        "barrier/one_thread_32_tasks",
        "one wait of 32 tasks on one thread",
        BARRIERS
    ),
    two_set_ups!(
        "barrier/two_threads_32_tasks",
        "one wait of 32 tasks on two threads",
        BARRIERS
    ),
    one_set_up!(
        "condition/turns_one_thread",
        "2 tasks take turns on one thread",
        CONDITIONS
    ),
    two_set_ups!(
        "condition/turns_two_threads",
        "2 tasks take turns on two threads",
        CONDITIONS
    ),
    one_set_up!(
        "condition/notify_all_100_waiters",
        "notify 100 waiters together; each locks, on one thread",
        CONDITIONS
    ),
    one_set_up!(
        "condition/notify_all_100_waiters_again",
        "notify 100 waiters together; each waits again with its guard, on one thread",
        CONDITIONS
    ),
    one_set_up!("once_cell/get", "read a value that is set", ONCE_CELLS),
    one_set_up!(
        "once_cell/get_or_init_set",
        "`get_or_init` of a value that is set",
        ONCE_CELLS
    ),
    one_set_up!(
        "once_cell/get_or_init_1",
        "`get_or_init` of a new cell; 1 task, polled by hand",
        ONCE_CELLS
    ),
    one_set_up!(
        "once_cell/get_or_init_1000",
        "`get_or_init` of a new cell; 1 000 tasks together, polled by hand",
        ONCE_CELLS
    ),
    one_set_up!(
        "queue/put_get",
        "put and get in one task; capacity 64",
        QUEUES
    ),
    one_set_up!(
        "queue/one_thread_capacity_1",
        "1 producer and 1 consumer on one thread; capacity 1",
        QUEUES
    ),
    one_set_up!(
        "queue/one_thread_capacity_64",
        "1 producer and 1 consumer on one thread; capacity 64",
        QUEUES
    ),
    one_set_up!(
        "queue/one_thread_4_to_4",
        "4 producers and 4 consumers on one thread; capacity 64",
        SHARED_QUEUES
    ),
    one_set_up!(
        "queue/batches_of_16",
        "one item in batches of 16, one thread; capacity 64",
        BATCHES
    ),
    two_set_ups!(
        "queue/two_threads_1_to_1",
        "1 producer and 1 consumer on two threads; capacity 64",
        QUEUES
    ),
    two_set_ups!(
        "queue/two_threads_8_to_1",
        "8 producers and 1 consumer on two threads; capacity 64",
        QUEUES
    ),
    two_set_ups!(
        "queue/two_threads_4_to_4",
        "4 producers and 4 consumers on two threads; capacity 64",
        SHARED_QUEUES
    ),
];
