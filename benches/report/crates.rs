//! The section of the page about the crates: in which order they serve their waiters, and what
//! they do not have. `benches/tests/peers` shows it.
#![forbid(unsafe_code)]

use std::fmt::Write;

/// A crate, the order of its waiters, and why it has no row in some workloads.
const CRATES: &[(&str, &str, &str)] = &[
    ("aiosync", "first come, first served", ""),
    (
        "tokio",
        "first come, first served",
        "It has no event and no condition, so `Notify` is measured instead. Its channel has one receiver, so it has no row with several consumers.",
    ),
    (
        "async-lock",
        "a newcomer may be first; at a lock, until a waiter has waited for 500 µs",
        "It has no event, no condition and no queue.",
    ),
    (
        "asyncband",
        "first come, first served; in the queue, a newcomer may take an item before a waiter",
        "It has no calls for batches.",
    ),
    (
        "futures-intrusive",
        "first come, first served, in the fair mode that is measured",
        "Only its lock, semaphore and event are measured.",
    ),
    (
        "saa",
        "spins before it queues",
        "It spins for 100 µs if the holder is a task of the same thread, so it has no row in such workloads. Only its lock and semaphore are measured.",
    ),
    (
        "performables",
        "a newcomer may be first, any number of times; a reader may overtake a waiting writer",
        "It has no semaphore, no event, no downgrade and no calls for batches. The initializer of its `OnceLock` cannot await.",
    ),
    (
        "zruntime",
        "a newcomer may be first; at a lock or a semaphore, until a waiter has waited for 500 µs",
        "It has no condition, no downgrade and no calls for batches. Its event is a list of listeners, so it is measured together with a flag.",
    ),
    (
        "event-listener",
        "",
        "It is a list of listeners. It is measured only as an event, together with a flag.",
    ),
    (
        "async-channel, crossfire",
        "a newcomer may take an item or a place before a waiter",
        "They are channels, without calls for batches.",
    ),
    (
        "kanal",
        "first come, first served; takes items out of waiting puts",
        "It is a channel. It can receive batches, but send only single items.",
    ),
    (
        "flume, loole",
        "a newcomer may take an item before a waiter; they take items out of waiting puts",
        "They are channels. They can receive batches, but send only single items.",
    ),
    (
        "parking_lot",
        "blocks the thread",
        "It is the baseline of locks that are not held over an `await`.",
    ),
];

/// Returns the section.
pub(crate) fn section() -> String {
    let mut text = String::from(
        "\
## The crates

A crate has a row in each workload for which it has an asynchronous type. The last column says where it has none, and why. The
[comparison][comparison] has more about some of the crates.

The crates differ in what a dropped wait does, in two cases. In flume, kanal and loole, the item of a dropped put may arrive anyway.
In tokio, async-lock and asyncband, a dropped wait still counts at a barrier. In aiosync, performables and zruntime, it does not.

| crate | order of waiters | rows |
|---|---|---|
",
    );
    for (name, order, rows) in CRATES {
        let _ = writeln!(text, "| {name} | {order} | {rows} |");
    }
    text
}
