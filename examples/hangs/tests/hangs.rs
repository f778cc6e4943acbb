//! The example `hangs`: its reports, which `docs/diagnostics.md` shows.
//!
//! `UPDATE_SNAPSHOTS=yes cargo test -p hangs` writes the reports to that page.
#![forbid(unsafe_code)]

#[path = "../../run.rs"]
mod run;

use std::path::Path;
use std::{env, fs};

use run::{assert_refuses_arguments, assert_says, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hangs");

const PAGE: &str = "../../docs/diagnostics.md";

/// Replaces each duration in a report, because two runs differ in them.
fn without_durations(report: &str) -> String {
    let units = ["ns", "µs", "ms", "s", "min"];
    let is_unit = |word: &str| {
        let word = word.split('\n').next().unwrap_or(word);
        units.contains(&word.trim_end_matches([')', ',', ';', ':', ' ']))
    };
    let words: Vec<&str> = report.split_inclusive(' ').collect();
    let next = words.iter().skip(1).map(Some).chain([None]);
    let words = words.iter().zip(next).map(|(word, next)| {
        let number = word.trim().trim_start_matches('(');
        match number.parse::<f64>() {
            Ok(_) if next.is_some_and(|next| is_unit(next)) => word.replace(number, "N"),
            _ => (*word).to_owned(),
        }
    });
    let text: String = words.collect();
    units
        .iter()
        .fold(text, |text, unit| text.replace(&format!("N {unit}"), "N s"))
}

/// Returns the report of a hang that the page shows: the first block below its command.
fn shown(page: &str, hang: &str) -> String {
    let command = format!("cargo run -p hangs -- {hang}\n");
    let (_, below) = page.split_once(&command).expect("the page has the command");
    let (_, block) = below.split_once("```text\n").expect("a block follows");
    let (report, _) = block.split_once("```").expect("the block ends");
    report.to_owned()
}

/// Runs the program, and compares its report with the page.
#[track_caller]
fn report(hang: &str) -> String {
    let report = run(PROGRAM, &[hang]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = fs::read_to_string(&path).expect("the page can be read");
    let shown = shown(&page, hang);
    if without_durations(&shown) != without_durations(&report)
        && env::var("UPDATE_SNAPSHOTS").is_ok_and(|value| value == "yes")
    {
        fs::write(path, page.replace(&shown, &report)).expect("the page can be written");
    } else {
        assert_eq!(without_durations(&shown), without_durations(&report));
    }
    report
}

/// Returns `file:line` of the line of a hang that contains a text.
#[track_caller]
fn site(hang: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{hang}.rs"));
    let source = fs::read_to_string(path).expect("a source can be read");
    let line = source.lines().position(|line| line.contains(text));
    let line = line.expect("the line is there") + 1;
    format!("examples/hangs/{hang}.rs:{line}")
}

#[test]
fn the_report_on_a_futurelock_names_the_future_and_what_its_task_waits_for() {
    let report = report("futurelock");
    let granted = site("futurelock", ".push(\"from the syncer\")");
    let polled = site("futurelock", "entries so far");
    for line in [
        format!("=> FUTURELOCK (certain): poll or drop the future created at {granted}\n"),
        format!(
            "its task \"syncer\" was polled after the grant and now waits at {polled} for this same lock\n"
        ),
    ] {
        assert_says(&report, &line);
    }
}

#[test]
fn the_report_on_a_cycle_names_both_tasks_and_their_locks() {
    let report = report("cycle");
    let (held, waits) = (site("cycle", "from.lock()"), site("cycle", "to.lock()"));
    let cycle = report.lines().last().expect("there is a cycle");
    assert!(cycle.starts_with("CYCLE (suspected"), "{cycle}");
    for (task, other) in [("Ann to Bob", "Ann"), ("Bob to Ann", "Bob")] {
        assert_says(cycle, &format!("{task:?} holds #"));
        assert_says(cycle, &format!("\"account of {other}\" ({held}, "));
        assert_says(cycle, &format!("\"account of {other}\" ({waits})"));
    }
}

#[test]
fn the_report_on_a_leak_names_the_call_that_has_all_connections() {
    let report = report("leak");
    let leaks = site("leak", "let connection = ");
    let waits = site("leak", "let _connection = ");
    assert_says(
        &report,
        &format!("0 of 4 free; held by {leaks} ×4 (longest "),
    );
    assert_says(&report, &format!("waiting: \"request 13\" {waits} for "));
    assert!(!report.contains("=>"), "{report}");
}

#[test]
fn durations_do_not_count() {
    let one = "held by a.rs:1 for 1.0 s, b.rs:2 ×4 (longest 12 ms)\n  for 3 min\n13 polls";
    let other = "held by a.rs:1 for 45 ns, b.rs:2 ×4 (longest 7.9 s)\n  for 17 µs\n13 polls";
    assert_eq!(without_durations(one), without_durations(other));
    assert_ne!(
        without_durations(one),
        without_durations(&one.replace("13 polls", "14 polls"))
    );
}

#[test]
fn unknown_arguments_are_refused() {
    assert_refuses_arguments(PROGRAM);
}

#[test]
fn the_page_shows_the_mistakes_of_the_programs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join(PAGE)).expect("the page can be read");
    for (hang, function) in [
        ("futurelock", "sync"),
        ("cycle", "transfer"),
        ("leak", "export"),
    ] {
        let source = fs::read_to_string(root.join(format!("{hang}.rs"))).expect("a source");
        let start = source
            .find(&format!("async fn {function}("))
            .expect("the function");
        let (body, _) = source[start..].split_once("\n}\n").expect("it ends");
        assert!(page.contains(body), "{PAGE} shows {function}:\n{body}");
    }
}
