//! What it costs to give up a wait, by how many others wait: `cargo cancels [WORD...]`.
//!
//! For each kind of wait, and for each order of giving up, this program runs itself under
//! valgrind with 1 000 and with 16 000 waiters. Callgrind counts the instructions between
//! the first drop and the last, without the beginning of the waits. It fails if one of
//! 16 000 costs more than one of 1 000. Counts are the same in every run, times are not.
#![forbid(unsafe_code)]

mod crowds;
#[path = "../common/random.rs"]
mod random;

use std::path::Path;
use std::pin::Pin;
use std::process::{self, Command, ExitCode};
use std::{env, fs};

use crate::crowds::{CROWDS, Cancel};
use crate::random::Random;

const FEW: usize = 1_000;
const MANY: usize = 16_000;

/// How much more one of many may cost than one of few.
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

/// What is counted.
#[inline(never)]
fn cancel_all(waiters: &mut [Pin<Box<dyn Cancel>>], places: &[usize]) {
    for &place in places {
        waiters[place].as_mut().cancel();
    }
}

/// In a process of its own, under valgrind.
fn run(name: &str, order: &str, count: usize) {
    let crowd = CROWDS.iter().find(|crowd| crowd.name == name);
    let mut waiters = (crowd.expect("there is such a crowd").gather)(count);
    assert_eq!(waiters.len(), count);
    cancel_all(&mut waiters, &places(order, count));
}

/// The instructions of [`cancel_all`] in such a process.
fn instructions(name: &str, order: &str, count: usize) -> u64 {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cancels.{}", process::id()));
    let valgrind = Command::new("valgrind")
        .args([
            "--quiet",
            "--tool=callgrind",
            "--toggle-collect=*cancel_all*",
        ])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(env::current_exe().expect("the path of this program"))
        .args(["--run", name, order, &count.to_string()])
        .status();
    let status = valgrind.expect("valgrind is installed");
    assert!(status.success(), "{name}, {order}, {count}: {status}");
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
    if let [mode, name, order, count] = &words[..] {
        if mode == "--run" {
            run(name, order, count.parse().expect("a number of waiters"));
            return ExitCode::SUCCESS;
        }
    }
    let (mut compared, mut is_flat) = (0, true);
    println!("instructions for each wait that is given up, of {FEW} and of {MANY} waiters");
    for crowd in CROWDS {
        if !words.is_empty() && !words.iter().any(|word| crowd.name.contains(word)) {
            continue;
        }
        for order in ORDERS {
            let [few, many] = [FEW, MANY].map(|count| {
                let instructions = instructions(crowd.name, order, count);
                instructions as f64 / count as f64
            });
            let verdict = if few < 1.0 {
                "NOTHING"
            } else if many > few * TOLERANCE {
                "GROWS"
            } else {
                "flat"
            };
            println!("{verdict:7} {few:8.1} {many:8.1}  {}, {order}", crowd.name);
            compared += 1;
            is_flat &= verdict == "flat";
        }
    }
    assert_ne!(compared, 0, "no crowd has one of {words:?} in its name");
    if is_flat {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
