//! Imports point down: from the layers that users see to the layers that everything uses.
#![forbid(unsafe_code)]

use super::tokens::{NamedPath, paths, tokens};
use super::{Source, assert_rule, sources};

/// The parts of the crate, from the lowest layer up, and the parts that each imports.
/// `docs/architecture.md` has the same table.
pub(crate) const IMPORTS: [(&str, &[&str]); 12] = [
    ("sync", &[]),
    ("diagnostics", &["sync"]),
    ("wait", &["sync", "diagnostics"]),
    ("lock", &["sync", "diagnostics", "wait"]),
    ("rwlock", &["sync", "diagnostics", "wait"]),
    ("semaphore", &["sync", "diagnostics", "wait"]),
    ("event", &["sync", "diagnostics", "wait"]),
    ("barrier", &["sync", "diagnostics", "wait"]),
    ("condition", &["sync", "diagnostics", "wait", "lock"]),
    ("queue", &["sync", "diagnostics", "wait"]),
    ("once_cell", &["sync", "diagnostics", "wait"]),
    (
        "lib",
        &[
            "barrier",
            "condition",
            "diagnostics",
            "event",
            "lock",
            "once_cell",
            "queue",
            "rwlock",
            "semaphore",
        ],
    ),
];

/// Files that know nothing else in their folder: a word, a count.
const LEAVES: [&str; 2] = ["word", "done_count"];

/// Of a file, the modules that it is in: `["lock", "word"]` for `src/lock/word.rs`.
fn modules(source: &Source) -> Vec<String> {
    let below = source.path.strip_prefix("src/").unwrap_or(&source.path);
    let below = below.strip_suffix(".rs").unwrap_or(below);
    let mut modules: Vec<_> = below.split('/').map(str::to_owned).collect();
    if matches!(modules.last().map(String::as_str), Some("mod" | "lib")) {
        modules.pop();
    }
    modules
}

/// Returns what a path names, from the root of the crate. `None` if it starts elsewhere.
fn from_root(path: &NamedPath, modules: &[String]) -> Option<Vec<String>> {
    let segments = &path.segments;
    let supers = segments.iter().take_while(|word| *word == "super").count();
    let (base, rest) = match &*segments[0] {
        "crate" => (0, &segments[1..]),
        "self" => (modules.len(), &segments[1..]),
        "super" => (modules.len().checked_sub(supers)?, &segments[supers..]),
        _ => return None,
    };
    let whole = modules[..base].iter().chain(rest);
    Some(whole.cloned().collect())
}

/// Calls `check` with each path inside the crate, written from its root.
fn each_import(mut check: impl FnMut(&Source, &[String], usize, &[String])) {
    let mut count = 0;
    for source in sources(&["src"]) {
        let modules = modules(&source);
        for path in paths(tokens(&source.text)) {
            if let Some(named) = from_root(&path, &modules) {
                count += 1;
                check(&source, &modules, path.line, &named);
            }
        }
    }
    assert!(count > 200, "{count} paths inside the crate");
}

#[test]
fn each_part_imports_only_what_the_table_allows() {
    for (index, (part, allowed)) in IMPORTS.iter().enumerate() {
        let lower = &IMPORTS[..index];
        for imported in *allowed {
            let points_down = lower.iter().any(|(below, _)| below == imported);
            assert!(points_down, "the table lets {part} import {imported}");
        }
    }
    let mut findings = Vec::new();
    each_import(|source, _, line, named| {
        let part = source.part();
        let row = IMPORTS.iter().find(|(known, _)| *known == part);
        let (_, allowed) = row.unwrap_or_else(|| panic!("the table of imports has {part}"));
        let imported = named.first().map_or("", |imported| imported);
        if imported != part && !allowed.contains(&imported) {
            findings.push(source.finding(line, format!("names crate::{}", named.join("::"))));
        }
    });
    assert_rule("a part imports only what the table allows", &findings);
}

#[test]
fn inside_a_primitive_imports_point_down_too() {
    let mut findings = Vec::new();
    each_import(|source, modules, line, named| {
        let [part, own @ ..] = modules else { return };
        let [imported, name, ..] = named else { return };
        if part != imported {
            return;
        }
        let own = own.first().map_or("mod", |own| own);
        let is_module = name.starts_with(|c: char| c.is_lowercase());
        let is_folder = own == "ring";
        let breaks_a_rule = name != own
            // A leaf and a folder of its own name nothing else in the primitive.
            && (LEAVES.contains(&own) || is_folder
                // The protocol names its word, and of what is above the public type only.
                || (own == "raw" && is_module && !LEAVES.contains(&name.as_str())));
        if breaks_a_rule {
            findings.push(source.finding(line, format!("names {}", named.join("::"))));
        }
    });
    assert_rule(
        "word.rs names nothing in its folder, raw.rs only word.rs and the public type",
        &findings,
    );
}

#[test]
fn lib_has_no_code() {
    let sources = sources(&["src"]);
    let lib = sources.iter().find(|source| source.path == "src/lib.rs");
    let lib = lib.expect("src/lib.rs exists");
    let kinds = ["fn ", "impl ", "struct ", "enum ", "trait ", "macro_rules!"];
    let findings: Vec<_> = kinds.iter().flat_map(|kind| lib.lines_with(kind)).collect();
    assert_rule("src/lib.rs has docs and re-exports only", &findings);
}
