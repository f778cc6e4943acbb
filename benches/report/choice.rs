//! The start of the page: ten lines for readers who choose a crate. All figures in them come from
//! the run. The judgement in them is about designs, and does not depend on the run.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Write;

use super::figures::{Figures, Rows, TIE};
use super::page::anchor;
use super::records::Footprint;
use super::workloads::{BASELINE, OURS, SetUp, Workload, in_words, workloads};

/// The labels in the lines, and their targets from `docs/`.
pub(crate) const LINKS: [(&str, &str); 2] = [
    ("comparison", "comparison.md"),
    ("decision-11", "decisions/0011-where-the-time-goes.md"),
];

/// The peers that serve waiters first come, first served.
const IN_ORDER: [&str; 3] = ["tokio", "asyncband", "futures-intrusive"];

/// Returns the lines, as a list.
pub(crate) fn lines(figures: &Figures) -> String {
    let lines = [
        fastest(figures),
        threads(figures),
        tokio(figures),
        losses(figures),
        order(figures),
        notified(figures),
        blocking(figures),
        without_order(figures),
        sent_anyway(figures),
        memory(&figures.memory),
    ];
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "- {line}");
    }
    text
}

/// Returns the percentage by which medians may differ and count as equal.
pub(crate) fn tie() -> String {
    format!("{:.0} %", (TIE - 1.0) * 100.0)
}

/// Returns a link to the section of a workload, with its name as the text.
fn link(workload: &Workload) -> String {
    format!("[`{}`](#{})", workload.group, anchor(workload.section()))
}

/// Returns the time of a row as a multiple of that of `aiosync`.
fn times(rows: &Rows, name: &str) -> String {
    let ratio = rows.0.get(name).and_then(|row| rows.ratio(*row));
    format!(
        "{:.2}",
        ratio.expect("the row is in the table of workloads")
    )
}

/// Says in how many workloads `aiosync` is the fastest, in all and for each primitive.
fn fastest(figures: &Figures) -> String {
    let (mut first, mut equal, mut slower) = (0, 0, 0);
    let mut by_primitive = Vec::<(&str, usize, usize)>::new();
    for (workload, rows) in figures.workloads() {
        let is_slower = !rows.faster().is_empty();
        *match (is_slower, rows.equal().is_empty()) {
            (true, _) => &mut slower,
            (false, true) => &mut first,
            (false, false) => &mut equal,
        } += 1;
        let counts = usize::from(!is_slower);
        match by_primitive.last_mut() {
            Some((name, not_slower, all)) if *name == workload.primitive() => {
                *not_slower += counts;
                *all += 1;
            }
            _ => by_primitive.push((workload.primitive(), counts, 1)),
        }
    }
    let by_primitive = by_primitive.iter();
    let by_primitive =
        by_primitive.map(|(name, count, all)| format!("{} {count} of {all}", in_words(name)));
    let by_primitive = by_primitive.collect::<Vec<_>>().join(", ");
    let all = workloads().count();
    format!(
        "**Of {all} workloads, aiosync is the fastest in {first}, equal to the fastest in {equal}, and slower in {slower}.** Fastest or equal: {by_primitive}."
    )
}

/// Compares the two set-ups of the workloads on two threads.
fn threads(figures: &Figures) -> String {
    let counts = [SetUp::Pinned, SetUp::Tokio].map(|set_up| {
        let workloads = figures.workloads();
        let rows = workloads.filter(|(workload, _)| workload.set_up == Some(set_up));
        let rows: Vec<_> = rows.map(|(_, rows)| rows.faster().is_empty()).collect();
        let first = rows.iter().filter(|is_first| **is_first).count();
        format!("{first} of {}", rows.len())
    });
    let [pinned, tokio] = counts;
    format!(
        "**On two threads,** aiosync is the fastest or equal in {pinned} workloads on pinned threads, and in {tokio} on tokio's runtime. These figures vary with the executor and the operating system; the brackets show how much."
    )
}

/// Compares with tokio.
fn tokio(figures: &Figures) -> String {
    let mut ratios = Vec::new();
    let mut faster = Vec::new();
    for (workload, rows) in figures.workloads() {
        if let Some(row) = rows.0.get("tokio") {
            ratios.extend(rows.ratio(*row));
        }
        if rows.faster().contains(&"tokio") {
            faster.push(link(workload));
        }
    }
    ratios.sort_by(f64::total_cmp);
    let (count, median) = (ratios.len(), ratios[ratios.len() / 2]);
    let faster = if faster.is_empty() {
        "tokio is faster in none of them.".to_owned()
    } else {
        format!("tokio is faster in {}.", faster.join(", "))
    };
    format!(
        "**tokio** takes {:.2} to {:.1} times as long as aiosync in {count} workloads, with a median of {median:.1}. {faster} Use tokio's types if you need `oneshot`, `watch` or `broadcast`, or a semaphore that can be closed: see the [comparison][comparison].",
        ratios[0],
        ratios[count - 1],
    )
}

/// Names each other peer that is the fastest in a workload.
fn losses(figures: &Figures) -> String {
    let mut losses: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (workload, rows) in figures.workloads() {
        // The line about tokio has its workloads already.
        if let Some(&name) = rows.faster().first().filter(|name| **name != "tokio") {
            let loss = format!("{} ({})", link(workload), times(rows, name));
            losses.entry(name).or_default().push(loss);
        }
    }
    if losses.is_empty() {
        return "**No other crate** is the fastest in a workload.".to_owned();
    }
    let losses = losses.into_iter();
    let losses = losses.map(|(name, workloads)| format!("{name} in {}", workloads.join(", ")));
    let losses = losses.collect::<Vec<_>>().join("; ");
    format!(
        "**Another crate is the fastest** in these workloads. The number is its time divided by that of aiosync: {losses}."
    )
}

/// Says what the order of the waiters costs.
fn order(figures: &Figures) -> String {
    let group = "semaphore/handed_off";
    let rows = figures.rows(group);
    let peers = rows.peers();
    let in_order = peers.iter().find(|(name, _)| IN_ORDER.contains(name));
    let (in_order, _) = in_order.expect("a peer with an order has a row");
    format!(
        "**First come, first served costs a poll.** A release gives the lock or the permit to the first waiter, and no other task can use it until that waiter runs. In a crate without this order, the releasing task can take the lock or the permit again without a poll in between. With [permits held over a yield](#{}), async-lock takes {} times as long as aiosync. Of the other crates that serve in order, {in_order} is the fastest there: it takes {} times as long as aiosync.",
        anchor(group),
        times(rows, "async-lock"),
        times(rows, in_order),
    )
}

/// Says what the order costs notified waiters.
fn notified(figures: &Figures) -> String {
    let groups = [
        "condition/notify_all_100_waiters",
        "condition/notify_all_100_waiters_again",
    ];
    let [released, again] = groups.map(|group| {
        let rows = figures.rows(group);
        let (name, _) = rows.peers()[0];
        (anchor(group), name.to_owned(), times(rows, name))
    });
    format!(
        "**Waiters that `notify_all` has notified are also served in order.** A notified waiter owns the lock when it is woken. If it [locks again](#{}), it waits behind the waiters that were notified with it: {} takes {} times as long as aiosync. If it [waits again with its guard](#{}), one poll is enough: {} takes {} times as long.",
        released.0, released.1, released.2, again.0, again.1, again.2,
    )
}

/// Says when a mutex that blocks the thread is the better choice.
fn blocking(figures: &Figures) -> String {
    let group = "lock/two_threads_16_tasks";
    let rows = figures.rows(group);
    let ours = rows.ours().expect("each workload has a row of aiosync");
    format!(
        "**A mutex of the standard library or of parking_lot is the better choice if nothing is awaited under the lock.** It is simpler, and a waiter blocks its thread for only a moment. With a wait queue, [many tasks with short sections](#{}) can form a convoy, in which all tasks queue. In this run, the slowest pass of aiosync took {:.1} times as long as its fastest one, and parking_lot took {} times as long as aiosync. In a run with a convoy, aiosync is several times slower.",
        anchor(group),
        ours.most / ours.least,
        times(rows, BASELINE),
    )
}

/// Says when a crate without an order is the better choice.
fn without_order(figures: &Figures) -> String {
    let groups = [
        "semaphore/handed_off",
        "rwlock/handed_off_8_readers_1_writer",
    ];
    let peers = ["async-lock", "zruntime"].map(|name| {
        let [permits, lock] = groups.map(|group| times(figures.rows(group), name));
        format!("{name} takes {permits} and {lock} times as long as aiosync")
    });
    let [async_lock, zruntime] = peers;
    format!(
        "**async-lock or zruntime may be the better choice if a waiter may be overtaken.** With [permits](#{}) and with a [reader-writer lock](#{}) that tasks of one thread hold over a yield, {async_lock}, and {zruntime}.",
        anchor(groups[0]),
        anchor(groups[1]),
    )
}

/// Says when a queue that takes items out of waiting puts is the better choice.
fn sent_anyway(figures: &Figures) -> String {
    let group = "queue/one_thread_capacity_1";
    let rows = figures.rows(group);
    let [kanal, flume, loole] = ["kanal", "flume", "loole"].map(|name| times(rows, name));
    format!(
        "**kanal, flume or loole may be the better choice if a cancelled put may still send its item.** They take items out of waiting puts. With [capacity 1](#{}), they take {kanal}, {flume} and {loole} times as long as aiosync.",
        anchor(group),
    )
}

/// Compares the memory of waiting futures.
fn memory(memory: &[Footprint]) -> String {
    let (mut on_heap, mut smaller, mut all) = (Vec::new(), Vec::new(), 0);
    for ours in memory.iter().filter(|row| row.implementation == OURS) {
        all += 1;
        if ours.heap > 0.0 {
            on_heap.push(&*ours.primitive);
        }
        let mut peers = memory.iter().filter(|row| row.primitive == ours.primitive);
        if peers.any(|peer| peer.bytes() < ours.bytes()) {
            smaller.push(&*ours.primitive);
        }
    }
    let heap = if on_heap.is_empty() {
        "The measured waits of aiosync do not allocate.".to_owned()
    } else {
        format!("These waits of aiosync allocate: {}.", on_heap.join(", "))
    };
    let smaller = if smaller.is_empty() {
        "No peer needs fewer bytes for a wait.".to_owned()
    } else {
        let (count, smaller) = (smaller.len(), smaller.join("; "));
        format!("In {count} of {all} waits, a peer needs fewer bytes: {smaller}.")
    };
    format!("**Memory.** {heap} {smaller} The [table](#memory-of-a-wait) has the figures.")
}
