//! The report, with made-up figures.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fs;
use std::time::SystemTime;

use super::measured::{Measured, Median, Rows};
use super::records::{self, CURVES, Footprint, Growth};
use super::scene::Scene;
use super::verdict::{Verdict, verdict};
use super::workloads::{BASELINE, EXTRAS, Goal, OURS, WORKLOADS, Workload};
use super::{machine, page};

/// The number of targets: one for each workload, and two for the tail.
const ALL: usize = WORKLOADS.len() + 2;

fn workload(group: &str) -> &'static Workload {
    let mut workloads = WORKLOADS.iter();
    workloads.find(|workload| workload.group == group).unwrap()
}

/// Rows and their medians.
type Changes<'a> = &'a [(&'a str, f64)];

/// Returns the figures of a complete scene, with these rows in this group.
fn measured(group: &str, rows: Changes<'_>) -> Measured {
    let median = |value| Median {
        value,
        low: value,
        high: value,
    };
    let mut groups = BTreeMap::new();
    for workload in &WORKLOADS {
        let mut all = Rows::new();
        all.insert(OURS.to_owned(), median(10.0));
        for peer in workload.peers {
            all.insert((*peer).to_owned(), median(40.0));
        }
        groups.insert(workload.group.to_owned(), all);
    }
    for (name, value) in rows {
        let rows = groups.get_mut(group).unwrap();
        rows.insert((*name).to_owned(), median(*value));
    }
    let now = SystemTime::now();
    Measured {
        groups,
        times: (now, now),
    }
}

#[test]
fn a_complete_run_produces_the_page_and_the_charts() {
    let scene = Scene::complete();
    assert_eq!(scene.report().unwrap(), (ALL, ALL));
    let page = scene.page();
    for word in [
        "an abacus",
        "`c0ffee-dirty`",
        "rustc 1",
        "2000-01-01",
        "tokio 9",
        "cargo bench\n",
    ] {
        assert!(page.contains(word), "{word}");
    }
    assert!(page.contains("25 of 25 targets are met"));
    assert!(!page.contains("lost") && !page.contains("missed") && !page.contains("NaN"));
    for workload in &WORKLOADS {
        let section = page
            .split(&format!("### {}\n", workload.group))
            .nth(1)
            .unwrap();
        let section = section.split("\n#").next().unwrap();
        for peer in workload.peers {
            let row = format!("| {peer} | 40.0 | 36.0 – 44.0 |");
            assert!(section.contains(&row), "{section}");
        }
        assert!(section.contains(": met.\n"), "{section}");
    }
    let charts = scene.path().join("docs/benchmarks");
    let ratios = fs::read_to_string(charts.join("ratios.svg")).unwrap();
    let peers = WORKLOADS.iter().map(|workload| workload.peers.len());
    let dots = ratios.matches("<circle").count();
    assert!(
        dots > peers.sum(),
        "a dot for each row, and those of the legend: {dots}"
    );
    for primitive in CURVES {
        let chart = fs::read_to_string(charts.join(format!("growth-{primitive}.svg"))).unwrap();
        assert!(chart.starts_with("<svg") && chart.trim_end().ends_with("</svg>"));
        assert_eq!(chart.matches("tokio, two threads").count(), 2);
    }
}

#[test]
fn each_link_to_a_chart_has_a_target() {
    let scene = Scene::complete();
    scene.report().unwrap();
    let page = scene.page();
    let links = page.split("](benchmarks/").skip(1);
    let links: Vec<_> = links.map(|rest| rest.split(')').next().unwrap()).collect();
    assert_eq!(links.len(), 1 + CURVES.len());
    for link in links {
        assert!(
            scene.path().join("docs/benchmarks").join(link).exists(),
            "{link}"
        );
    }
}

#[test]
fn a_lost_row_is_marked() {
    let scene = Scene::complete();
    scene.row("queue/put_get", "kanal", 5.0);
    assert_eq!(scene.report().unwrap(), (ALL - 1, ALL));
    let page = scene.page();
    assert!(page.contains("24 of 25 targets are met"));
    assert!(page.contains("| kanal | 5.00 | 4.50 – 5.50 | 0.50 | **faster** |"));
    assert!(
        page.contains("Target: ahead of all: **lost to kanal**.\n\nThe reason is not known yet.")
    );
    assert!(page.contains("| 10.0 | kanal 5.00 | 0.50 | ahead of all | **lost to kanal** |"));
}

#[test]
fn a_remark_follows_its_workload() {
    let scene = Scene::complete();
    scene.row("queue/put_get", "kanal", 5.0);
    let remarks = "\"queue/put_get\" = \"It is magic.\"\ntail = \"So long.\"\n";
    fs::write(scene.path().join("remarks.toml"), remarks).unwrap();
    scene.report().unwrap();
    let page = scene.page();
    assert!(page.contains("**lost to kanal**.\n\nIt is magic."));
    assert!(page.contains("on two.\n\nSo long."));
    assert!(!page.contains("not known yet"));
}

#[test]
fn a_remark_on_an_unknown_workload_is_refused() {
    let scene = Scene::complete();
    fs::write(scene.path().join("remarks.toml"), "\"queue/fast\" = \"?\"").unwrap();
    let refusal = scene.refusal();
    assert!(refusal.contains("no workload \"queue/fast\""), "{refusal}");
}

#[test]
fn goals_are_judged_by_the_medians() {
    let met = |_: &str| Verdict::Met;
    let lost = |peer: &str| Verdict::LostTo(vec![peer.to_owned()]);
    let missed = |by: &str| Verdict::Missed(by.to_owned());
    let cases: [(&str, Changes<'_>, Verdict); 14] = [
        ("lock/uncontended", &[(BASELINE, 9.0)], met("")),
        (
            "lock/uncontended",
            &[(BASELINE, 8.0)],
            missed("1.25 × parking_lot"),
        ),
        ("lock/uncontended", &[("saa", 9.9)], lost("saa")),
        ("lock/handed_off", &[("tokio", 14.8)], met("")),
        (
            "lock/handed_off",
            &[("tokio", 14.0)],
            missed("0.71 × tokio"),
        ),
        ("lock/handed_off", &[("tokio", 9.0)], lost("tokio")),
        ("lock/two_threads_2_tasks", &[("saa", 10.0)], met("")),
        (
            "lock/two_threads_2_tasks",
            &[("saa", 9.0), ("async-lock", 1.0)],
            lost("saa"),
        ),
        ("event/set", &[(OURS, 1.5)], missed("1.50 ns")),
        (
            "condition/notify_all_100_waiters",
            &[("asyncband", 20.0)],
            met(""),
        ),
        (
            "condition/notify_all_100_waiters",
            &[("asyncband", 19.0)],
            missed("0.53 × asyncband"),
        ),
        ("queue/one_thread_capacity_1", &[("kanal", 1.0)], met("")),
        (
            "queue/one_thread_capacity_1",
            &[("flume", 1.0)],
            lost("flume"),
        ),
        (
            "lock/drop_queued_1000",
            &[(OURS, 13.0)],
            missed("1.30 × lock/drop_queued_0"),
        ),
    ];
    for (group, rows, expected) in cases {
        let verdict = verdict(&measured(group, rows), workload(group));
        assert_eq!(verdict, expected, "{group} with {rows:?}");
    }
}

#[test]
fn each_faster_peer_is_named_once() {
    let measured = measured("lock/handed_off", &[("tokio", 9.0), ("asyncband", 9.0)]);
    let verdict = verdict(&measured, workload("lock/handed_off"));
    assert_eq!(verdict.to_string(), "**lost to asyncband, tokio**");
}

#[test]
fn without_results_there_is_no_report() {
    let scene = Scene::complete();
    fs::remove_dir_all(scene.path().join("criterion")).unwrap();
    let refusal = scene.refusal();
    assert!(
        refusal.contains("has no results: run `cargo bench` first"),
        "{refusal}"
    );
}

#[test]
fn missing_rows_are_named() {
    let scene = Scene::complete();
    let criterion = scene.path().join("criterion");
    fs::remove_dir_all(criterion.join("lock_handed_off/tokio")).unwrap();
    fs::remove_dir_all(criterion.join("event_set")).unwrap();
    let refusal = scene.refusal();
    let count = workload("event/set").peers.len() + 2;
    assert!(
        refusal.starts_with(&format!("{count} rows are missing")),
        "{refusal}"
    );
    assert!(refusal.contains("\n  lock/handed_off/tokio"), "{refusal}");
    assert!(refusal.contains("\n  event/set/aiosync"), "{refusal}");
    assert!(!scene.path().join("docs").exists());
}

#[test]
fn missing_points_are_named() {
    let scene = Scene::complete();
    let file = scene.path().join("records").join(records::GROWTH);
    let mut growth: Growth = records::read(&file).unwrap();
    growth.points.remove(0);
    growth.tails.remove(0);
    scene.record(records::GROWTH, &growth);
    let refusal = scene.refusal();
    assert!(
        refusal.contains("lock, aiosync, 1 threads, 1 waiting"),
        "{refusal}"
    );
    assert!(refusal.contains("tail, aiosync, 1 threads"), "{refusal}");
    fs::remove_file(&file).unwrap();
    assert!(scene.refusal().contains("cargo bench --bench growth"));
}

#[test]
fn without_footprints_there_is_no_report() {
    let scene = Scene::complete();
    scene.record(records::MEMORY, &Vec::<Footprint>::new());
    assert!(scene.refusal().contains("cargo bench --bench memory"));
    fs::remove_file(scene.path().join("records").join(records::MEMORY)).unwrap();
    assert!(scene.refusal().contains("cargo bench --bench memory"));
}

#[test]
fn a_longer_tail_is_lost() {
    let scene = Scene::complete();
    let file = scene.path().join("records").join(records::GROWTH);
    let mut growth: Growth = records::read(&file).unwrap();
    for tail in &mut growth.tails {
        if tail.implementation == OURS && tail.threads == 2 {
            tail.wait.p99 *= 2;
        }
    }
    scene.record(records::GROWTH, &growth);
    assert_eq!(scene.report().unwrap(), (ALL - 1, ALL));
    assert!(
        scene
            .page()
            .contains("met on one thread, **lost to tokio** on two.")
    );
}

#[test]
fn results_of_removed_benchmarks_are_not_shown() {
    let scene = Scene::complete();
    scene.row("lock/handed_off", "an old mutex", 1.0);
    scene.row("rwlock/handed_off", "tokio", 1.0);
    scene.row(EXTRAS[0], "in batches", 3.0);
    assert_eq!(scene.report().unwrap(), (ALL, ALL));
    let page = scene.page();
    assert!(!page.contains("an old mutex") && !page.contains("rwlock"));
    assert!(page.contains("| in batches | 3.00 |"));
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

#[test]
fn shorter_times_have_more_decimals() {
    let cases = [
        (0.456, "0.46"),
        (9.0, "9.00"),
        (10.04, "10.0"),
        (99.9, "99.9"),
        (1234.5, "1234"),
    ];
    for (value, shown) in cases {
        assert_eq!(page::nanoseconds(value), shown);
    }
}

#[test]
fn workloads_are_unique_and_their_goals_name_rows_that_they_have() {
    let mut groups = BTreeMap::new();
    for workload in &WORKLOADS {
        assert_eq!(
            groups.insert(workload.group, ()),
            None,
            "{}",
            workload.group
        );
        assert!(!workload.goals.is_empty());
        for goal in workload.goals {
            let named: &[&str] = match goal {
                Goal::AheadOfAllBut(peers) => peers,
                Goal::Times(_, peer) => &[*peer],
                _ => &[],
            };
            for peer in named {
                assert!(workload.peers.contains(peer), "{}: {peer}", workload.group);
            }
        }
    }
}
