//! The size of a file, its packages, its unsafe code, its types and its comments.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::tokens::{model_conditions, paths, tokens, type_names, unsafe_keywords};
use super::{Source, assert_rule, sources};

/// The largest number of code lines in a file. Comments and blank lines do not count.
const MOST_LINES: usize = 400;

/// The files with unsafe code, and why. `docs/architecture.md` has the same list.
pub(crate) const UNSAFE: &[(&str, &str)] = &[
    ("src/sync/cell.rs", "a cell that threads share"),
    ("src/sync/loom.rs", "a cell that threads share"),
    (
        "src/sync/critical_section.rs",
        "critical sections that begin and end in different calls",
    ),
    (
        "src/diagnostics/recorded/lazy.rs",
        "a pointer that owns a reference",
    ),
    (
        "src/diagnostics/recorded/slot.rs",
        "a pointer to a static call site",
    ),
    ("src/wait/batch.rs", "an array that is filled in part"),
    ("src/wait/future.rs", "the owner's side of a node"),
    ("src/wait/list.rs", "the nodes of an intrusive list"),
    ("src/lock/guard.rs", "follows the pointer to the data"),
    ("src/lock/mapped.rs", "follows a pointer into the data"),
    ("src/rwlock/guard.rs", "follows the pointer to the data"),
    ("src/rwlock/mapped.rs", "follows a pointer into the data"),
    ("src/condition/wait.rs", "the owner's side of a node"),
    ("src/condition/waiters.rs", "moves nodes between lists"),
    ("src/once_cell/value.rs", "a value that is written once"),
    ("src/queue/ring/cell.rs", "items in cells that are claimed"),
    (
        "src/queue/ring/fetched.rs",
        "an array that is filled in part",
    ),
    ("src/queue/ring/frozen.rs", "items in cells of a frozen end"),
];

/// The packages and parts of the standard library that few files name.
const PACKAGES: [(&str, &[&str]); 11] = [
    ("parking_lot", &["src/sync/std.rs"]),
    ("loom", &["src/sync/loom.rs"]),
    ("shuttle", &["src/sync/shuttle.rs"]),
    ("critical_section", &["src/sync/critical_section.rs"]),
    ("std::sync", &["src/sync/shuttle.rs", "src/sync/std.rs"]),
    (
        "core::sync",
        &[
            "src/sync/std.rs",
            "src/sync/critical_section.rs",
            "src/sync/no_arm.rs",
        ],
    ),
    ("alloc::sync", &["src/sync/mod.rs"]),
    ("event_listener", &["src/wait/completion.rs"]),
    (
        "futures_core",
        &["src/queue/stream.rs", "src/wait/named.rs"],
    ),
    ("futures_sink", &["src/queue/sink.rs"]),
    ("tracing", &["src/diagnostics/recorded/traced.rs"]),
];

/// The arms of the façade, of which one is built. Their types have the same names on purpose.
const ARMS: [&str; 6] = [
    "src/sync/std.rs",
    "src/sync/loom.rs",
    "src/sync/shuttle.rs",
    "src/sync/critical_section.rs",
    "src/sync/no_arm.rs",
    "src/sync/cell.rs",
];

/// The arms of the diagnostics that record or trace nothing. Their types have the names of the
/// other arm's.
const EMPTY_ARMS: [&str; 2] = [
    "src/diagnostics/unrecorded.rs",
    "src/diagnostics/recorded/untraced.rs",
];

/// The file that chooses the arm of the diagnostics.
const CHOOSES_ARM: &str = "src/diagnostics/mod.rs";

#[test]
fn no_file_is_too_long() {
    let mut findings = Vec::new();
    for source in sources(&["src", "tests", "benches", "examples"]) {
        let lines = source.code().count();
        if lines > MOST_LINES {
            findings.push(source.finding(lines, format!("{lines} lines of code")));
        }
    }
    assert_rule("a file has at most 400 lines of code", &findings);
}

#[test]
fn each_package_is_named_only_where_it_belongs() {
    let (mut findings, mut seen) = (Vec::new(), BTreeMap::new());
    for source in sources(&["src"]) {
        for path in paths(tokens(&source.text)) {
            let whole = path.segments.join("::") + "::";
            for (package, allowed) in PACKAGES {
                if !whole.starts_with(&format!("{package}::")) {
                    continue;
                }
                seen.insert((package, source.path.clone()), ());
                if !allowed.contains(&source.path.as_str()) {
                    findings.push(source.finding(path.line, format!("names {package}")));
                }
            }
        }
    }
    assert_rule("each package is named in few files", &findings);
    for (package, allowed) in PACKAGES {
        for file in allowed {
            let is_needed = seen.contains_key(&(package, (*file).to_owned()));
            assert!(is_needed, "the list lets {file} name {package}");
        }
    }
}

#[test]
fn unsafe_code_is_only_in_the_listed_files() {
    let mut findings = Vec::new();
    for source in sources(&["src"]) {
        let is_listed = UNSAFE.iter().any(|(file, _)| *file == source.path);
        let lines = unsafe_keywords(tokens(&source.text));
        match (lines.first(), is_listed) {
            (Some((line, _)), false) => findings.push(source.finding(*line, "is not listed")),
            (None, true) => findings.push(source.finding(1, "is listed, and has none")),
            _ => {}
        }
        // The parent of such a file cannot forbid: it denies, with exceptions by name.
        let folder = source.path.strip_suffix("mod.rs").unwrap_or("-");
        let is_parent = UNSAFE.iter().any(|(file, _)| file.starts_with(folder));
        let attribute = if source.path == "src/lib.rs" || !lines.is_empty() {
            continue;
        } else if is_parent {
            "#![deny(unsafe_code)]"
        } else {
            "#![forbid(unsafe_code)]"
        };
        if !source.text.lines().any(|line| line == attribute) {
            findings.push(source.finding(1, format!("lacks {attribute}")));
        }
    }
    assert_rule(
        "unsafe code is only in the files that UNSAFE lists",
        &findings,
    );
}

/// Returns whether the comment that ends above a line, or above the statement that the line
/// is in, contains `word`.
fn is_explained(source: &Source, line: usize, word: &str) -> bool {
    let lines: Vec<&str> = source.text.lines().collect();
    lines[line.saturating_sub(12)..line]
        .iter()
        .any(|line| line.contains(word))
}

#[test]
fn unsafe_code_says_why_it_is_sound() {
    let mut findings = Vec::new();
    for source in sources(&["src"]) {
        for (line, is_function) in unsafe_keywords(tokens(&source.text)) {
            let word = if is_function { "# Safety" } else { "SAFETY:" };
            if !is_explained(&source, line, word) {
                findings.push(source.finding(line, format!("lacks {word}")));
            }
        }
    }
    assert_rule("unsafe code says why it is sound", &findings);
}

#[test]
fn every_ordering_is_explained() {
    let mut findings = Vec::new();
    for source in sources(&["src"]) {
        // The façade passes on the orderings of its callers.
        if source.part() == "sync" {
            continue;
        }
        for (number, line) in source.code() {
            let orders = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];
            let names = |order: &&str| line.contains(&format!("Ordering::{order}"));
            if orders.iter().any(names) && !is_explained(&source, number, "// ORDERING:") {
                findings.push(source.finding(number, line));
            }
        }
    }
    assert_rule("each atomic operation has an ORDERING comment", &findings);
}

#[test]
fn no_algorithm_asks_whether_it_is_modelled() {
    let mut findings = Vec::new();
    for source in sources(&["src"]) {
        if source.part() != "sync" && source.path != CHOOSES_ARM {
            for line in model_conditions(tokens(&source.text)) {
                findings.push(source.finding(line, "use a constant of crate::sync"));
            }
        }
    }
    assert_rule(
        "only src/sync, and the choice of an arm, have conditions on loom and shuttle",
        &findings,
    );
}

#[test]
fn no_two_types_have_one_name() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources(&["src"]) {
        if EMPTY_ARMS.contains(&source.path.as_str()) {
            continue;
        }
        for (line, name) in type_names(tokens(&source.text)) {
            let place = if ARMS.contains(&source.path.as_str()) {
                "src/sync".to_owned()
            } else {
                format!("{}:{line}", source.path)
            };
            let places = places.entry(name).or_default();
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    assert!(places.len() > 60, "{} types", places.len());
    places.retain(|_, places| places.len() > 1);
    assert!(places.is_empty(), "two types have one name: {places:#?}");
}

#[test]
fn every_example_is_run_by_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let checks = [".ci/run", ".github/workflows/ci.yml"].map(|file| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        fs::read_to_string(file).expect("the checks can be read")
    });
    let mut examples = 0;
    for entry in fs::read_dir(folder).expect("the examples can be listed") {
        let entry = entry.expect("the examples can be listed");
        if entry.path().is_dir() {
            examples += 1;
            let name = entry.file_name().into_string().expect("a name is UTF-8");
            // An example for another target has a script, which the gate or the public workflow runs.
            if entry.path().join("run").exists() {
                let run = format!("examples/{name}/run");
                let runs = checks.iter().any(|check| check.contains(&run));
                assert!(runs, "no check runs {run}");
                continue;
            }
            let tests = sources(&[&format!("examples/{name}/tests")]);
            let binary = format!("CARGO_BIN_EXE_{name}");
            let runs = tests.iter().any(|test| {
                !test.lines_with("#[test]").is_empty() && !test.lines_with(&binary).is_empty()
            });
            assert!(runs, "no test runs the example {name}");
        }
    }
    assert!(examples > 5, "{examples} examples");
}

#[test]
fn nothing_sleeps_and_nothing_is_unfinished() {
    let mut findings = Vec::new();
    // In two parts, so that this file does not find itself.
    let patterns = [
        concat!("thread::", "sleep"),
        concat!("time::", "sleep"),
        concat!("#[", "ignore"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    for source in sources(&["src", "tests", "examples", "benches/tests"]) {
        for pattern in patterns {
            findings.extend(source.lines_with(pattern));
        }
    }
    assert_rule("no sleep, no ignored test, nothing unfinished", &findings);
}
