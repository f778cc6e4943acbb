//! The workloads, and the rows of each.
#![forbid(unsafe_code)]

/// A group of criterion, with the rows that it must have.
pub(crate) struct Workload {
    /// The name of the group.
    pub(crate) group: &'static str,
    /// A description of one operation.
    pub(crate) operation: &'static str,
    /// The peers that are measured besides `aiosync`.
    pub(crate) peers: &'static [&'static str],
}

impl Workload {
    /// Returns the primitive: the part of the name before the slash.
    pub(crate) fn primitive(&self) -> &'static str {
        self.group.split('/').next().unwrap_or(self.group)
    }

    /// Returns the primitive and the description of one operation.
    pub(crate) fn title(&self) -> String {
        format!("{}: {}", heading(self.primitive()), self.operation)
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

/// The peers, each with its package in `Cargo.lock`.
pub(crate) const PEERS: [(&str, &str); 12] = [
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
    (BASELINE, "parking_lot"),
];

pub(crate) const EXTRAS: [Extra; 4] = [
    Extra {
        group: "executor/two_yields",
        operation: "two polls by the executor, without any primitive; as many as a hand-off takes",
        rows: &["async-executor"],
    },
    Extra {
        group: "queue/batches_of_32",
        operation: "one item from a producer to a consumer, one thread, capacity 64",
        rows: &[
            "aiosync, one at a time",
            "aiosync, put_many and get_many",
            "tokio, recv_many",
        ],
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
const QUEUEING: &[&str] = &["tokio", "async-lock", "asyncband", "futures-intrusive"];
const SPINNING: &[&str] = &[
    "tokio",
    "async-lock",
    "asyncband",
    "futures-intrusive",
    "saa",
];
const LOCKS: &[&str] = &[
    "tokio",
    "async-lock",
    "asyncband",
    "futures-intrusive",
    "saa",
    BASELINE,
];
const RW_LOCKS: &[&str] = &["tokio", "async-lock", "asyncband"];
const EVENTS: &[&str] = &[
    "tokio",
    "asyncband",
    "futures-intrusive",
    "event-listener (boxed)",
    "event-listener (stack)",
];
const BARRIERS: &[&str] = &["tokio", "async-lock", "asyncband"];
const CONDITIONS: &[&str] = &["tokio", "asyncband"];
const ONCE_CELLS: &[&str] = &["tokio", "async-lock", "asyncband"];
const SHARED_QUEUES: &[&str] = &["async-channel", "asyncband", "crossfire", "flume", "kanal"];
const QUEUES: &[&str] = &[
    "tokio",
    "async-channel",
    "asyncband",
    "crossfire",
    "flume",
    "kanal",
];

pub(crate) const WORKLOADS: [Workload; 35] = [
    Workload {
        group: "lock/uncontended",
        operation: "lock and unlock, uncontended",
        peers: LOCKS,
    },
    Workload {
        group: "lock/handed_off",
        operation: "64 tasks on one thread; each holds the lock over a yield",
        peers: QUEUEING,
    },
    Workload {
        group: "lock/two_threads_2_tasks",
        operation: "2 tasks on two threads; short sections",
        peers: LOCKS,
    },
    Workload {
        group: "lock/two_threads_16_tasks",
        operation: "16 tasks on two threads; short sections",
        peers: LOCKS,
    },
    Workload {
        group: "lock/drop_queued_0",
        operation: "enqueue a future and drop it; no other waiters",
        peers: QUEUEING,
    },
    Workload {
        group: "lock/drop_queued_1000",
        operation: "enqueue a future and drop it; 1 000 other waiters",
        peers: QUEUEING,
    },
    Workload {
        group: "lock/drop_queued_16000",
        operation: "enqueue a future and drop it; 16 000 other waiters",
        peers: QUEUEING,
    },
    Workload {
        group: "rwlock/read_uncontended",
        operation: "read and release, uncontended",
        peers: RW_LOCKS,
    },
    Workload {
        group: "rwlock/write_uncontended",
        operation: "write and release, uncontended",
        peers: RW_LOCKS,
    },
    Workload {
        group: "rwlock/downgrade",
        operation: "write, downgrade and release, uncontended",
        peers: RW_LOCKS,
    },
    Workload {
        group: "rwlock/handed_off_8_readers_1_writer",
        operation: "8 readers, 1 writer on one thread; each holds the lock over a yield",
        peers: RW_LOCKS,
    },
    Workload {
        group: "rwlock/two_threads_8_readers",
        operation: "8 readers on two threads; short sections",
        peers: RW_LOCKS,
    },
    Workload {
        group: "rwlock/two_threads_8_readers_1_writer",
        operation: "8 readers, 1 writer on two threads; short sections, then a yield",
        peers: RW_LOCKS,
    },
    Workload {
        group: "semaphore/uncontended",
        operation: "acquire and release, uncontended",
        peers: SPINNING,
    },
    Workload {
        group: "semaphore/handed_off",
        operation: "64 tasks on one thread; each holds one of 4 permits over a yield",
        peers: QUEUEING,
    },
    Workload {
        group: "semaphore/two_threads_16_tasks",
        operation: "16 tasks on two threads; 2 permits, short sections",
        peers: SPINNING,
    },
    Workload {
        group: "event/set",
        operation: "wait for an event that is set",
        peers: EVENTS,
    },
    Workload {
        group: "event/released_1",
        operation: "register, set, complete; 1 waiter, polled by hand",
        peers: EVENTS,
    },
    Workload {
        group: "event/released_1000",
        operation: "register, set, complete; 1 000 waiters, polled by hand",
        peers: EVENTS,
    },
    Workload {
        group: "barrier/one_thread_2_tasks",
        operation: "one wait of 2 tasks on one thread",
        peers: BARRIERS,
    },
    Workload {
        group: "barrier/one_thread_32_tasks",
        operation: "one wait of 32 tasks on one thread",
        peers: BARRIERS,
    },
    Workload {
        group: "barrier/two_threads_32_tasks",
        operation: "one wait of 32 tasks on two threads",
        peers: BARRIERS,
    },
    Workload {
        group: "condition/turns_one_thread",
        operation: "2 tasks take turns on one thread",
        peers: CONDITIONS,
    },
    Workload {
        group: "condition/turns_two_threads",
        operation: "2 tasks take turns on two threads",
        peers: CONDITIONS,
    },
    Workload {
        group: "condition/notify_all_100_waiters",
        operation: "notify 100 waiters together; each locks, on one thread",
        peers: CONDITIONS,
    },
    Workload {
        group: "once_cell/get",
        operation: "read a value that is set",
        peers: ONCE_CELLS,
    },
    Workload {
        group: "once_cell/get_or_init_set",
        operation: "`get_or_init` of a value that is set",
        peers: ONCE_CELLS,
    },
    Workload {
        group: "once_cell/get_or_init_1",
        operation: "`get_or_init` of a new cell; 1 task, polled by hand",
        peers: ONCE_CELLS,
    },
    Workload {
        group: "once_cell/get_or_init_1000",
        operation: "`get_or_init` of a new cell; 1 000 tasks together, polled by hand",
        peers: ONCE_CELLS,
    },
    Workload {
        group: "queue/put_get",
        operation: "put and get in one task; capacity 64",
        peers: QUEUES,
    },
    Workload {
        group: "queue/one_thread_capacity_1",
        operation: "1 producer and 1 consumer on one thread; capacity 1",
        peers: QUEUES,
    },
    Workload {
        group: "queue/one_thread_capacity_64",
        operation: "1 producer and 1 consumer on one thread; capacity 64",
        peers: QUEUES,
    },
    Workload {
        group: "queue/two_threads_1_to_1",
        operation: "1 producer and 1 consumer on two threads; capacity 64",
        peers: QUEUES,
    },
    Workload {
        group: "queue/two_threads_8_to_1",
        operation: "8 producers and 1 consumer on two threads; capacity 64",
        peers: QUEUES,
    },
    Workload {
        group: "queue/two_threads_4_to_4",
        operation: "4 producers and 4 consumers on two threads; capacity 64",
        peers: SHARED_QUEUES,
    },
];
