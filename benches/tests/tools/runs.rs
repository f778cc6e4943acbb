//! Which runs are stored, and where they say that they come from.
#![forbid(unsafe_code)]

use super::machine::{self, Origin};
use super::scene::{Scene, origin, write_row};
use super::workloads::OURS;
use super::{measured, write};

#[test]
fn an_incomplete_run_is_refused_and_not_stored() {
    let mut scene = Scene::new();
    scene.run.passes[1].times.remove("event/set");
    scene.run.passes[1].growth.tails.remove(0);
    scene.run.passes[1].costs.remove(0);
    scene.run.passes[1].memory.clear();
    let refusal = scene.refusal();
    for part in [
        "pass 2 lacks 10 rows",
        "`cargo benchmarks`",
        "\n  event/set: aiosync",
        "\n  event/set: tokio",
        "\n  tail: aiosync, one thread",
        "\n  polls: aiosync, others: 1",
        "\n  memory: aiosync",
    ] {
        assert!(refusal.contains(part), "{part:?} in {refusal}");
    }
    assert!(!scene.path("run.json").exists() && !scene.has_documents());

    let mut scene = Scene::new();
    scene.run.passes.pop();
    assert_eq!(scene.refusal(), "a run has 3 passes, and this one has 2");
}

#[test]
fn without_a_stored_run_there_is_no_page() {
    let scene = Scene::new();
    let refusal = write::write(&scene.paths()).unwrap_err().to_string();
    assert!(
        refusal.starts_with("no run is stored; `cargo benchmarks` makes one"),
        "{refusal}"
    );
    assert!(!scene.has_documents());
}

#[test]
fn a_run_of_two_commits_or_compilers_is_refused() {
    let before = origin();
    assert_eq!(before.check_unchanged(&before.clone()), Ok(()));
    let next_day = Origin {
        date: "2000-01-02".to_owned(),
        ..origin()
    };
    assert_eq!(before.check_unchanged(&next_day), Ok(()));
    let other = Origin {
        commit: "decaf".to_owned(),
        ..origin()
    };
    let refusal = before.check_unchanged(&other).unwrap_err();
    let expected = "the commit changed during the run, from c0ffee to decaf: ";
    assert!(refusal.starts_with(expected), "{refusal}");
    let other = Origin {
        rustc: "rustc 2".to_owned(),
        ..origin()
    };
    let refusal = before.check_unchanged(&other).unwrap_err();
    assert!(
        refusal.starts_with("the compiler changed during the run"),
        "{refusal}"
    );
}

#[test]
fn a_run_of_code_without_a_commit_is_refused() {
    assert_eq!(origin().check_committed(), Ok(()));
    let changed = Origin {
        commit: "c0ffee-dirty".to_owned(),
        ..origin()
    };
    let refusal = changed.check_committed().unwrap_err();
    assert!(
        refusal.contains("not in a commit (the last one is c0ffee)"),
        "{refusal}"
    );
}

#[test]
fn the_newest_results_of_criterion_are_read() {
    let folder = tempfile::tempdir().unwrap();
    write_row(folder.path(), "lock/uncontended", "tokio", 17.123_456);
    write_row(folder.path(), "lock/uncontended", OURS, 5.0);
    write_row(folder.path(), "event/set", OURS, 0.5);
    let times = measured::read(folder.path()).unwrap();
    assert_eq!(times.len(), 2);
    assert_eq!(times["lock/uncontended"].len(), 2);
    assert_eq!(times["lock/uncontended"]["tokio"], 17.123);
    assert_eq!(times["event/set"][OURS], 0.5);
    assert!(measured::read(&folder.path().join("none")).is_err());
}

#[test]
fn the_machine_is_named_by_its_processors() {
    let one = "processor\t: 0\nmodel name\t: Abacus: the second\n\n";
    let two = format!("{one}{}", one.replace(": 0", ": 1"));
    assert_eq!(machine::machine(one), "Abacus: the second, 1 processor");
    assert_eq!(machine::machine(&two), "Abacus: the second, 2 processors");
    assert_eq!(
        machine::machine("processor : 0"),
        "unknown processor, 1 processor"
    );
}

#[test]
fn the_lock_file_names_every_peer() {
    let peers = machine::versions(include_str!("../../../Cargo.lock")).unwrap();
    for name in [
        "tokio 1.",
        "async-lock 3.",
        "event-listener 5.",
        "parking_lot 0.",
    ] {
        assert_eq!(peers.matches(name).count(), 1, "{peers}");
    }
    let refusal = machine::versions("[[package]]\nname = \"tokio\"\nversion = \"1\"").unwrap_err();
    assert_eq!(refusal.to_string(), "async-lock is missing from Cargo.lock");
}
