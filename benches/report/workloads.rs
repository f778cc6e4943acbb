//! The workloads, and what `aiosync` must reach in each.
#![forbid(unsafe_code)]

/// A group of criterion's, with the rows that must be there.
pub(crate) struct Workload {
    /// criterion's name for it.
    pub(crate) group: &'static str,
    /// One operation, in words.
    pub(crate) what: &'static str,
    /// Who is measured beside `aiosync`.
    pub(crate) peers: &'static [&'static str],
    pub(crate) goals: &'static [Goal],
}

impl Workload {
    /// The primitive: what stands before the slash.
    pub(crate) fn primitive(&self) -> &'static str {
        self.group.split('/').next().unwrap_or(self.group)
    }

    /// The primitive and one operation, in words.
    pub(crate) fn title(&self) -> String {
        format!("{}: {}", self.primitive(), self.what)
    }
}

/// What must hold of `aiosync`'s median.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goal {
    /// Less than that of every peer save these, and save the [`FLOOR`].
    AheadOfAllBut(&'static [&'static str]),
    /// So many times that of this peer, at the most.
    Times(f64, &'static str),
    /// So many times that of the fastest peer, at the most.
    TimesTheBest(f64),
    /// So many nanoseconds, at the most.
    Nanoseconds(f64),
    /// So many times its own in this other workload, at the most.
    TimesItself(f64, &'static str),
}

/// The implementation whose rows these are about.
pub(crate) const OURS: &str = "aiosync";

/// Blocks its thread: what a task could reach at best, and nobody's peer.
pub(crate) const FLOOR: &str = "parking_lot";

/// Each with its package in `Cargo.lock`.
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
    (FLOOR, "parking_lot"),
];

/// Groups that have no target, and are shown if they were measured.
pub(crate) const EXTRAS: [&str; 4] = [
    "executor/two_yields",
    "queue/batches_of_32",
    "broadcast/register_release_complete_1_waiters",
    "broadcast/register_release_complete_100_waiters",
];

const AHEAD: Goal = Goal::AheadOfAllBut(&[]);

/// How much longer a wait may take among thousands that counts as flat.
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
    FLOOR,
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
        what: "lock and unlock, nobody else",
        peers: LOCKS,
        goals: &[Goal::Times(1.15, FLOOR), AHEAD],
    },
    Workload {
        group: "lock/handed_over",
        what: "handed over: 64 tasks, one thread, held over a yield",
        peers: QUEUEING,
        goals: &[Goal::Times(0.68, "tokio"), AHEAD],
    },
    Workload {
        group: "lock/two_threads_2_tasks",
        what: "short section, 2 tasks on two threads",
        peers: LOCKS,
        goals: &[Goal::Times(0.3, "tokio"), Goal::Times(1.0, "saa")],
    },
    Workload {
        group: "lock/two_threads_16_tasks",
        what: "short section, 16 tasks on two threads",
        peers: LOCKS,
        goals: &[Goal::Times(0.3, "tokio"), Goal::Times(1.0, "saa")],
    },
    Workload {
        group: "lock/drop_queued_0",
        what: "queue one future and drop it, nobody else in line",
        peers: QUEUEING,
        goals: &[AHEAD],
    },
    Workload {
        group: "lock/drop_queued_1000",
        what: "queue one future and drop it, 1 000 others in line",
        peers: QUEUEING,
        goals: &[AHEAD, Goal::TimesItself(FLAT, "lock/drop_queued_0")],
    },
    Workload {
        group: "lock/drop_queued_16000",
        what: "queue one future and drop it, 16 000 others in line",
        peers: QUEUEING,
        goals: &[AHEAD, Goal::TimesItself(FLAT, "lock/drop_queued_0")],
    },
    Workload {
        group: "semaphore/uncontended",
        what: "acquire and release, nobody else",
        peers: SPINNING,
        goals: &[Goal::Times(0.45, "tokio"), AHEAD],
    },
    Workload {
        group: "semaphore/handed_over",
        what: "handed over: 64 tasks, 4 permits, one thread",
        peers: QUEUEING,
        goals: &[Goal::Times(0.55, "tokio")],
    },
    Workload {
        group: "semaphore/two_threads_16_tasks",
        what: "16 tasks, 2 permits, two threads",
        peers: SPINNING,
        goals: &[AHEAD],
    },
    Workload {
        group: "event/set",
        what: "wait for an event that is set",
        peers: EVENTS,
        goals: &[Goal::Nanoseconds(1.0)],
    },
    Workload {
        group: "event/released_1",
        what: "register, set, complete: 1 waiter, by hand",
        peers: EVENTS,
        goals: &[AHEAD],
    },
    Workload {
        group: "event/released_1000",
        what: "register, set, complete: 1 000 waiters, by hand",
        peers: EVENTS,
        goals: &[AHEAD],
    },
    Workload {
        group: "barrier/one_thread_2_tasks",
        what: "one wait of 2 tasks on one thread",
        peers: BARRIERS,
        goals: &[AHEAD],
    },
    Workload {
        group: "barrier/one_thread_32_tasks",
        what: "one wait of 32 tasks on one thread",
        peers: BARRIERS,
        goals: &[AHEAD],
    },
    Workload {
        group: "barrier/two_threads_32_tasks",
        what: "one wait of 32 tasks on two threads",
        peers: BARRIERS,
        goals: &[AHEAD],
    },
    Workload {
        group: "condition/turns_one_thread",
        what: "two tasks hand a turn to each other, one thread",
        peers: CONDITIONS,
        goals: &[AHEAD],
    },
    Workload {
        group: "condition/turns_two_threads",
        what: "two tasks hand a turn to each other, two threads",
        peers: CONDITIONS,
        goals: &[AHEAD],
    },
    Workload {
        group: "condition/notify_all_100_waiters",
        what: "`notify_all` to 100 waiters, each takes the lock",
        peers: CONDITIONS,
        goals: &[Goal::TimesTheBest(0.5)],
    },
    Workload {
        group: "queue/put_get",
        what: "put and get in one task, capacity 64",
        peers: QUEUES,
        goals: &[AHEAD],
    },
    Workload {
        group: "queue/one_thread_capacity_1",
        what: "one producer, one consumer, one thread, capacity 1",
        peers: QUEUES,
        goals: &[Goal::AheadOfAllBut(&["kanal"])],
    },
    Workload {
        group: "queue/one_thread_capacity_64",
        what: "one producer, one consumer, one thread, capacity 64",
        peers: QUEUES,
        goals: &[AHEAD],
    },
    Workload {
        group: "queue/two_threads_1_to_1",
        what: "one producer, one consumer, two threads, capacity 64",
        peers: QUEUES,
        goals: &[AHEAD],
    },
    Workload {
        group: "queue/two_threads_8_to_1",
        what: "8 producers, one consumer, two threads, capacity 64",
        peers: QUEUES,
        goals: &[AHEAD],
    },
    Workload {
        group: "queue/two_threads_4_to_4",
        what: "4 producers, 4 consumers, two threads, capacity 64",
        peers: SHARED_QUEUES,
        goals: &[AHEAD],
    },
];
