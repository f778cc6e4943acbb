//! The workloads, and the targets of `aiosync` in each.
#![forbid(unsafe_code)]

/// A group of criterion, with the rows that it must have.
pub(crate) struct Workload {
    /// The name of the group.
    pub(crate) group: &'static str,
    /// A description of one operation.
    pub(crate) operation: &'static str,
    /// The peers that are measured besides `aiosync`.
    pub(crate) peers: &'static [&'static str],
    pub(crate) goals: &'static [Goal],
}

impl Workload {
    /// Returns the primitive: the part of the name before the slash.
    pub(crate) fn primitive(&self) -> &'static str {
        self.group.split('/').next().unwrap_or(self.group)
    }

    /// Returns the primitive and the description of one operation.
    pub(crate) fn title(&self) -> String {
        format!("{}: {}", self.primitive(), self.operation)
    }
}

/// A condition on the median of `aiosync`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goal {
    /// Less than the median of every peer except these and the [`BASELINE`].
    AheadOfAllBut(&'static [&'static str]),
    /// At most this multiple of a peer's median.
    Times(f64, &'static str),
    /// At most this multiple of the fastest peer's median.
    TimesTheBest(f64),
    /// At most this number of nanoseconds.
    Nanoseconds(f64),
    /// At most this multiple of its own median in another workload.
    TimesItself(f64, &'static str),
}

/// The implementation that the targets are for.
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

/// The groups without a target. The report shows them if they were measured.
pub(crate) const EXTRAS: [&str; 4] = [
    "executor/two_yields",
    "queue/batches_of_32",
    "completion/register_release_complete_1_waiters",
    "completion/register_release_complete_100_waiters",
];

const AHEAD: Goal = Goal::AheadOfAllBut(&[]);

/// The maximum of a time that counts as constant, as a multiple of the time without other
/// waiters.
const FLAT: f64 = 1.2;

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
const EVENTS: &[&str] = &[
    "tokio",
    "asyncband",
    "futures-intrusive",
    "event-listener (boxed)",
    "event-listener (stack)",
];
const BARRIERS: &[&str] = &["tokio", "async-lock", "asyncband"];
const CONDITIONS: &[&str] = &["tokio", "asyncband"];
const SHARED_QUEUES: &[&str] = &["async-channel", "asyncband", "crossfire", "flume", "kanal"];
const QUEUES: &[&str] = &[
    "tokio",
    "async-channel",
    "asyncband",
    "crossfire",
    "flume",
    "kanal",
];

pub(crate) const WORKLOADS: [Workload; 25] = [
    Workload {
        group: "lock/uncontended",
        operation: "lock and unlock, uncontended",
        peers: LOCKS,
        goals: &[Goal::Times(1.15, BASELINE), AHEAD],
    },
    Workload {
        group: "lock/handed_off",
        operation: "handed off: 64 tasks, one thread, held over a yield",
        peers: QUEUEING,
        goals: &[Goal::Times(0.68, "tokio"), AHEAD],
    },
    Workload {
        group: "lock/two_threads_2_tasks",
        operation: "short section, 2 tasks on two threads",
        peers: LOCKS,
        goals: &[Goal::Times(0.3, "tokio"), Goal::Times(1.0, "saa")],
    },
    Workload {
        group: "lock/two_threads_16_tasks",
        operation: "short section, 16 tasks on two threads",
        peers: LOCKS,
        goals: &[Goal::Times(0.3, "tokio"), Goal::Times(1.0, "saa")],
    },
    Workload {
        group: "lock/drop_queued_0",
        operation: "enqueue one future and drop it, no other waiters",
        peers: QUEUEING,
        goals: &[AHEAD],
    },
    Workload {
        group: "lock/drop_queued_1000",
        operation: "enqueue one future and drop it, 1 000 other waiters",
        peers: QUEUEING,
        goals: &[AHEAD, Goal::TimesItself(FLAT, "lock/drop_queued_0")],
    },
    Workload {
        group: "lock/drop_queued_16000",
        operation: "enqueue one future and drop it, 16 000 other waiters",
        peers: QUEUEING,
        goals: &[AHEAD, Goal::TimesItself(FLAT, "lock/drop_queued_0")],
    },
    Workload {
        group: "semaphore/uncontended",
        operation: "acquire and release, uncontended",
        peers: SPINNING,
        goals: &[Goal::Times(0.45, "tokio"), AHEAD],
    },
    Workload {
        group: "semaphore/handed_off",
        operation: "handed off: 64 tasks, 4 permits, one thread",
        peers: QUEUEING,
        goals: &[Goal::Times(0.55, "tokio")],
    },
    Workload {
        group: "semaphore/two_threads_16_tasks",
        operation: "16 tasks, 2 permits, two threads",
        peers: SPINNING,
        goals: &[AHEAD],
    },
    Workload {
        group: "event/set",
        operation: "wait for an event that is set",
        peers: EVENTS,
        goals: &[Goal::Nanoseconds(1.0)],
    },
    Workload {
        group: "event/released_1",
        operation: "register, set, complete: 1 waiter, by hand",
        peers: EVENTS,
        goals: &[AHEAD],
    },
    Workload {
        group: "event/released_1000",
        operation: "register, set, complete: 1 000 waiters, by hand",
        peers: EVENTS,
        goals: &[AHEAD],
    },
    Workload {
        group: "barrier/one_thread_2_tasks",
        operation: "one wait of 2 tasks on one thread",
        peers: BARRIERS,
        goals: &[AHEAD],
    },
    Workload {
        group: "barrier/one_thread_32_tasks",
        operation: "one wait of 32 tasks on one thread",
        peers: BARRIERS,
        goals: &[AHEAD],
    },
    Workload {
        group: "barrier/two_threads_32_tasks",
        operation: "one wait of 32 tasks on two threads",
        peers: BARRIERS,
        goals: &[AHEAD],
    },
    Workload {
        group: "condition/turns_one_thread",
        operation: "two tasks take turns, one thread",
        peers: CONDITIONS,
        goals: &[AHEAD],
    },
    Workload {
        group: "condition/turns_two_threads",
        operation: "two tasks take turns, two threads",
        peers: CONDITIONS,
        goals: &[AHEAD],
    },
    Workload {
        group: "condition/notify_all_100_waiters",
        operation: "`notify_all` to 100 waiters, each takes the lock",
        peers: CONDITIONS,
        goals: &[Goal::TimesTheBest(0.5)],
    },
    Workload {
        group: "queue/put_get",
        operation: "put and get in one task, capacity 64",
        peers: QUEUES,
        goals: &[AHEAD],
    },
    Workload {
        group: "queue/one_thread_capacity_1",
        operation: "one producer, one consumer, one thread, capacity 1",
        peers: QUEUES,
        goals: &[Goal::AheadOfAllBut(&["kanal"])],
    },
    Workload {
        group: "queue/one_thread_capacity_64",
        operation: "one producer, one consumer, one thread, capacity 64",
        peers: QUEUES,
        goals: &[AHEAD],
    },
    Workload {
        group: "queue/two_threads_1_to_1",
        operation: "one producer, one consumer, two threads, capacity 64",
        peers: QUEUES,
        goals: &[AHEAD],
    },
    Workload {
        group: "queue/two_threads_8_to_1",
        operation: "8 producers, one consumer, two threads, capacity 64",
        peers: QUEUES,
        goals: &[AHEAD],
    },
    Workload {
        group: "queue/two_threads_4_to_4",
        operation: "4 producers, 4 consumers, two threads, capacity 64",
        peers: SHARED_QUEUES,
        goals: &[AHEAD],
    },
];
