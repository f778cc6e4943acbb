//! What the row of an implementation measures. Not every peer has every primitive, so some rows
//! are two of its primitives together.
#![forbid(unsafe_code)]

/// Returns what a row of a group measures. `None` if this is not written down.
pub(crate) fn measured(group: &str, row: &str) -> Option<&'static str> {
    let primitive = group.split('/').next().unwrap_or(group);
    let find = |place: &str| {
        let mut known = MEASURED.iter();
        let found = known.find(|(known, name, _)| (*known, *name) == (place, row));
        found.map(|(_, _, what)| *what)
    };
    // A row of a group may differ from the rows of its primitive.
    find(group).or_else(|| find(primitive))
}

/// Primitive or group, row, and what the row measures.
const MEASURED: &[(&str, &str, &str)] = &[
    ("lock", "aiosync", "`Lock`"),
    ("lock", "tokio", "`sync::Mutex`"),
    (
        "lock",
        "async-lock",
        "`Mutex`; a newcomer may lock before a waiter does",
    ),
    ("lock", "asyncband", "`mutex::Mutex`"),
    (
        "lock",
        "futures-intrusive",
        "`sync::Mutex` in its fair mode",
    ),
    ("lock", "saa", "`Lock`, with the data beside it"),
    (
        "lock",
        "performables",
        "`Mutex<_, Async>`; a newcomer may lock before a waiter does",
    ),
    (
        "lock",
        "zruntime",
        "`lock::Mutex`; a newcomer may lock before a waiter does",
    ),
    (
        "lock",
        "parking_lot",
        "`Mutex`, which blocks the thread: the baseline",
    ),
    ("rwlock", "aiosync", "`RwLock`"),
    ("rwlock", "tokio", "`sync::RwLock`"),
    (
        "rwlock",
        "async-lock",
        "`RwLock`; a newcomer may lock before a waiter does",
    ),
    ("rwlock", "asyncband", "`rwlock::RwLock`"),
    (
        "rwlock",
        "performables",
        "`RwLock<_, Async>`; a newcomer may lock before a waiter does",
    ),
    (
        "rwlock",
        "zruntime",
        "`lock::RwLock`; a newcomer may lock before a waiter does",
    ),
    ("semaphore", "aiosync", "`Semaphore`"),
    ("semaphore", "tokio", "`sync::Semaphore`"),
    (
        "semaphore",
        "async-lock",
        "`Semaphore`; a newcomer may take a permit before a waiter does",
    ),
    ("semaphore", "asyncband", "`semaphore::Semaphore`"),
    (
        "semaphore",
        "futures-intrusive",
        "`sync::Semaphore` in its fair mode",
    ),
    ("semaphore", "saa", "`Semaphore`"),
    (
        "semaphore",
        "zruntime",
        "`lock::Semaphore`; a newcomer may take a permit before a waiter does",
    ),
    ("event", "aiosync", "`Event`"),
    (
        "event",
        "tokio",
        "an `AtomicBool` and a `sync::Notify`: tokio has no event",
    ),
    ("event", "asyncband", "`event::ManualResetEvent`"),
    ("event", "futures-intrusive", "`sync::ManualResetEvent`"),
    (
        "event",
        "event-listener (boxed)",
        "an `AtomicBool` and an `Event`, with listeners on the heap",
    ),
    (
        "event",
        "event-listener (stack)",
        "an `AtomicBool` and an `Event`, with listeners inside the waiting tasks",
    ),
    (
        "event",
        "zruntime",
        "an `AtomicBool` and an `Event`, with listeners on the heap",
    ),
    ("barrier", "aiosync", "`Barrier`"),
    ("barrier", "tokio", "`sync::Barrier`"),
    ("barrier", "async-lock", "`Barrier`"),
    ("barrier", "asyncband", "`barrier::Barrier`"),
    ("barrier", "performables", "`Barrier<Async>`"),
    ("barrier", "zruntime", "`lock::Barrier`"),
    ("condition", "aiosync", "`Condition` and `Lock`"),
    (
        "condition",
        "tokio",
        "a `sync::Mutex` and a `sync::Notify`: tokio has no condition",
    ),
    (
        "condition",
        "asyncband",
        "`condvar::Condvar` and `mutex::Mutex`",
    ),
    (
        "condition",
        "performables",
        "`Condvar<Async>` and `Mutex<_, Async>`",
    ),
    ("once_cell", "aiosync", "`OnceCell`"),
    ("once_cell", "tokio", "`sync::OnceCell`"),
    ("once_cell", "async-lock", "`OnceCell`"),
    ("once_cell", "asyncband", "`once::OnceCell`"),
    ("once_cell", "zruntime", "`lock::OnceCell`"),
    ("queue", "aiosync", "`Queue`"),
    (
        "queue",
        "tokio",
        "`sync::mpsc::channel`, which has one receiver",
    ),
    ("queue", "async-channel", "`bounded`"),
    ("queue", "asyncband", "`mpmc::bounded`"),
    ("queue", "crossfire", "`mpmc::bounded_async`"),
    ("queue", "flume", "`bounded`"),
    ("queue", "kanal", "`bounded_async`"),
    ("queue", "loole", "`bounded`"),
    ("queue", "performables", "`channel::bounded`"),
    ("queue", "zruntime", "`mpmc::bounded`"),
    (
        "queue/batches_of_16",
        "aiosync",
        "`put_many` of 16 and `get_many` of up to 16",
    ),
    (
        "queue/batches_of_16",
        "aiosync (single calls)",
        "`put` and `get`",
    ),
    (
        "queue/batches_of_16",
        "tokio",
        "`reserve_many` of 16 and `recv_many` of up to 16",
    ),
    (
        "queue/batches_of_16",
        "flume",
        "single sends; `recv_async` and `drain`",
    ),
    (
        "queue/batches_of_16",
        "kanal",
        "single sends; `recv` and `drain_into`",
    ),
    (
        "queue/batches_of_16",
        "loole",
        "single sends; `recv_async` and `drain`",
    ),
    (
        "executor",
        "async-executor",
        "a `LocalExecutor` and `yield_now`",
    ),
    (
        "completion",
        "completion (event-listener)",
        "`Queue::join`, which waits through event-listener",
    ),
    (
        "completion",
        "wait queue",
        "`Event::wait`, which waits in a wait queue of this crate",
    ),
];
