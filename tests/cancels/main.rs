//! The cost of a drop and of a poll, by the number of other waiters: `cargo cancels
//! [WORD...]`.
//!
//! For each kind of wait, for drops and for polls, and in each order, this program runs
//! itself under valgrind with 1 000 and with 16 000 waiters. Callgrind counts the
//! instructions between the first drop or poll and the last. The program fails if one of
//! 16 000 costs more than one of 1 000. A poll that requeues the waiters of a condition costs
//! as much as their number, but only once. Counts are the same in every run; times are not.
#![forbid(unsafe_code)]

mod crowds;
#[path = "../common/random.rs"]
mod random;

use std::path::Path;
use std::pin::Pin;
use std::process::{self, Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use std::{env, fs, thread};

use crate::crowds::{CROWDS, Waiter};
use crate::random::Random;

const FEW: usize = 1_000;
const MANY: usize = 16_000;

/// The largest cost of one of many, by that of one of few.
const TOLERANCE: f64 = 1.02;

const ORDERS: [&str; 3] = ["first to last", "last to first", "in no order"];

fn places(order: &str, count: usize) -> Vec<usize> {
    let mut places: Vec<_> = (0..count).collect();
    match order {
        "first to last" => {}
        "last to first" => places.reverse(),
        "in no order" => {
            let mut random = Random::new(0);
            for end in (1..count).rev() {
                places.swap(end, random.below(end + 1));
            }
        }
        _ => panic!("no such order: {order}"),
    }
    places
}

/// A waker that is not the one of the first poll.
struct Another;

impl Wake for Another {
    fn wake(self: Arc<Self>) {}
}

const ACTS: [&str; 2] = ["drop", "poll"];

/// The counted part.
#[inline(never)]
fn act_on_all(act: &str, waiters: &mut [Pin<Box<dyn Waiter>>], places: &[usize], waker: &Waker) {
    for &place in places {
        let waiter = waiters[place].as_mut();
        match act {
            "drop" => waiter.cancel(),
            "poll" => waiter.poll(waker),
            _ => panic!("no such act: {act}"),
        }
    }
}

/// Runs in a process of its own, under valgrind.
fn run(name: &str, act: &str, order: &str, count: usize) {
    let crowd = CROWDS.iter().find(|crowd| crowd.name == name);
    let mut waiters = (crowd.expect("there is such a crowd").gather)(count);
    assert_eq!(waiters.len(), count);
    let waker = Waker::from(Arc::new(Another));
    act_on_all(act, &mut waiters, &places(order, count), &waker);
    // Without their drops, which nobody asked for.
    std::mem::forget(waiters);
}

/// Returns the instructions of [`act_on_all`] in such a process.
fn instructions(name: &str, act: &str, order: &str, count: usize) -> u64 {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let file = format!("cancels.{}.{number}", process::id());
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    let valgrind = Command::new("valgrind")
        .args([
            "--quiet",
            "--tool=callgrind",
            "--toggle-collect=*act_on_all*",
        ])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(env::current_exe().expect("the path of this program"))
        .args(["--run", name, act, order, &count.to_string()])
        .status();
    let status = valgrind.expect("valgrind is installed");
    assert!(
        status.success(),
        "{name}, {act}, {order}, {count}: {status}"
    );
    let counts = fs::read_to_string(&file).expect("the counts");
    fs::remove_file(file).expect("the file of the counts is removed");
    let totals = counts
        .lines()
        .find_map(|line| line.strip_prefix("totals: "));
    totals
        .and_then(|totals| totals.trim().parse().ok())
        .expect("callgrind writes the totals")
}

fn main() -> ExitCode {
    let words: Vec<_> = env::args().skip(1).collect();
    if let [mode, name, act, order, count] = &words[..] {
        if mode == "--run" {
            let count = count.parse().expect("a number of waiters");
            run(name, act, order, count);
            return ExitCode::SUCCESS;
        }
    }
    println!("instructions for each drop and each poll, of {FEW} and of {MANY} waiters");
    let asked = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word));
    let mut comparisons = Vec::new();
    for crowd in CROWDS.iter().filter(|crowd| asked(crowd.name)) {
        for act in ACTS {
            comparisons.extend(ORDERS.map(|order| (crowd.name, act, order)));
        }
    }
    assert!(
        !comparisons.is_empty(),
        "no crowd has one of {words:?} in its name"
    );
    if compare_all(comparisons) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Prints each comparison, and returns whether all are flat. Each processor counts one at a time.
fn compare_all(comparisons: Vec<(&str, &str, &str)>) -> bool {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let (left, is_flat) = (Mutex::new(comparisons.into_iter()), Mutex::new(true));
    thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                loop {
                    let next = left.lock().expect("no comparison panics").next();
                    let Some((name, act, order)) = next else {
                        return;
                    };
                    let verdict = compare(name, act, order);
                    *is_flat.lock().expect("no comparison panics") &= verdict == "flat";
                }
            });
        }
    });
    is_flat.into_inner().expect("no comparison panics")
}

fn compare(name: &str, act: &str, order: &str) -> &'static str {
    let [few, many] = [FEW, MANY].map(|count| {
        let instructions = instructions(name, act, order, count);
        instructions as f64 / count as f64
    });
    let verdict = if few < 1.0 {
        "NOTHING"
    } else if many > few * TOLERANCE {
        "GROWS"
    } else {
        "flat"
    };
    println!("{verdict:7} {few:8.1} {many:8.1}  {name}, {act}, {order}");
    verdict
}
