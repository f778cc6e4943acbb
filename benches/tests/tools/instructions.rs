//! The table of instruction counts, and the comparison with it.
#![forbid(unsafe_code)]

use super::table::{Comparison, Difference, OURS, Table, compare};

fn table(rows: &[(&str, f64)]) -> Table {
    let mut table = Table::new("rustc 1".to_owned());
    for (path, count) in rows {
        table.insert(path, OURS, *count);
        table.insert(path, "a peer", 2.0 * count);
    }
    table
}

fn differences(before: &[(&str, f64)], now: &[(&str, f64)]) -> Comparison {
    compare(&table(before), &table(now), true)
}

#[test]
fn a_path_that_grows_by_more_than_two_percent_fails() {
    let comparison = differences(&[("a", 100.0), ("b", 100.0)], &[("a", 102.0), ("b", 102.1)]);
    let grown = Difference::Grew("b".to_owned(), 100.0, 102.1);
    assert_eq!(comparison.differences, [grown]);
    assert!(comparison.fails());
    let text = comparison.to_string();
    assert!(
        text.contains("GREW  b: 100 to 102.1 instructions (+2.1 %)"),
        "{text}"
    );
    assert!(text.contains("1 of 2 paths"), "{text}");
}

#[test]
fn a_path_that_shrinks_is_reported_and_passes() {
    let comparison = differences(&[("a", 100.0), ("b", 100.0)], &[("a", 99.0), ("b", 90.0)]);
    let fallen = Difference::Fell("b".to_owned(), 100.0, 90.0);
    assert_eq!(comparison.differences, [fallen]);
    assert!(!comparison.fails());
}

#[test]
fn new_and_missing_paths_fail() {
    let comparison = differences(&[("a", 100.0), ("b", 100.0)], &[("a", 100.0), ("c", 7.0)]);
    let new = Difference::New("c".to_owned(), 7.0);
    assert_eq!(
        comparison.differences,
        [new, Difference::Gone("b".to_owned())]
    );
    assert!(comparison.fails());
    assert!(differences(&[], &[("a", 1.0)]).fails());
    assert!(differences(&[("a", 1.0)], &[]).fails());
}

#[test]
fn paths_that_were_not_counted_are_not_missing() {
    let (before, now) = (table(&[("a", 100.0), ("b", 100.0)]), table(&[("a", 100.0)]));
    let comparison = compare(&before, &now, false);
    assert_eq!(comparison.differences, []);
    assert!(!comparison.fails());
}

#[test]
fn peers_may_change() {
    let (before, mut now) = (table(&[("a", 100.0)]), table(&[("a", 100.0)]));
    now.insert("a", "a peer", 1_000.0);
    assert!(!compare(&before, &now, true).fails());
}

#[test]
fn another_compiler_or_architecture_is_named() {
    let (before, mut now) = (table(&[("a", 100.0)]), table(&[("a", 110.0)]));
    assert_eq!(compare(&before, &now, true).cause, None);
    now.rustc = "rustc 2".to_owned();
    let text = compare(&before, &now, true).to_string();
    assert!(
        text.contains("the table is from rustc 1, this is rustc 2"),
        "{text}"
    );
    now.architecture = "pdp11".to_owned();
    let text = compare(&before, &now, true).to_string();
    assert!(
        text.contains("this is pdp11: the counts cannot be compared"),
        "{text}"
    );
}

#[test]
fn a_table_is_the_same_after_it_is_written_and_read() {
    let table = table(&[("a, with a comma", 100.04), ("b", 7.0)]);
    let text = table.to_text().unwrap();
    assert_eq!(Table::from_text(&text).unwrap(), table);
    assert!(text.contains("aiosync = 100.0\n"), "{text}");
}

#[test]
fn the_stored_table_is_valid() {
    let text = include_str!("../../instructions/table.toml");
    let table = Table::from_text(text).unwrap();
    assert!(table.paths.len() >= 12, "{:?}", table.paths.keys());
    for (path, row) in &table.paths {
        assert!(row[OURS] > 0.0, "{path}");
    }
    assert_eq!(table.to_text().unwrap(), text, "it was edited by hand");
}
