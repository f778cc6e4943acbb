//! The report, with made-up figures.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::figures::{Figure, nanoseconds};
use super::scene::Scene;
use super::workloads::{BASELINE, EXTRAS, OURS, SINGLE, workloads};
use super::write::{self, Paths};
use super::{charts, rows};

/// Returns the section of a page below a heading.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let below = page.split(&format!("# {heading}\n")).nth(1);
    let below = below.unwrap_or_else(|| panic!("{heading} is a heading"));
    below.split("\n#").next().unwrap()
}

#[test]
fn the_page_has_the_origin_of_the_run_and_all_of_its_rows() {
    let page = Scene::new().page();
    let facts = [
        "an abacus",
        "`c0ffee`",
        "rustc 1",
        "2000-01-01",
        "tokio 9",
        "took 12 minutes",
    ];
    for fact in facts {
        assert!(page.contains(fact), "{fact}");
    }
    for workload in workloads() {
        let section = section(&page, workload.section());
        let row = |name: &str, cells: &str| {
            // A workload on two threads has the same cells for each set-up.
            let count = if workload.set_up.is_some() { 2 } else { 1 };
            let row = format!("| {name} |{} ", cells.repeat(count));
            assert!(section.contains(&row), "{row:?} in {section}");
        };
        row("**aiosync**", " 10.0 |  |  |");
        for peer in workload.peers {
            let mark = if *peer == BASELINE { "baseline" } else { "" };
            row(peer, &format!(" 40.0 | 4.00 | {mark} |"));
        }
    }
    for extra in &EXTRAS {
        for row in extra.rows {
            let section = section(&page, extra.group);
            assert!(section.contains(&format!("| {row} | 7.00 |")), "{section}");
        }
    }
}

#[test]
fn the_page_does_not_tell_the_reader_about_targets() {
    let mut scene = Scene::new();
    scene.row("queue/put_get", "kanal", [5.0; 3]);
    let page = scene.page().to_lowercase();
    for word in ["target", "missed", "goal", " nan "] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn each_label_of_the_page_is_defined_once_and_each_picture_is_written() {
    let scene = Scene::new();
    scene.report().unwrap();
    let page = scene.file("benchmarks.md");
    let labels = page.split("][").skip(1);
    let labels: BTreeSet<&str> = labels.map(|rest| rest.split(']').next().unwrap()).collect();
    let definitions = page.lines().filter(|line| line.starts_with('['));
    let definitions: Vec<_> = definitions
        .filter_map(|line| line.split_once("]: "))
        .collect();
    let defined: Vec<_> = definitions.iter().map(|(label, _)| &label[1..]).collect();
    assert_eq!(defined.len(), labels.len());
    assert_eq!(BTreeSet::from_iter(defined), labels);
    let documents = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let mut pictures = BTreeSet::new();
    for (_, target) in definitions {
        match target.strip_prefix("benchmarks/") {
            Some(picture) => assert!(pictures.insert(picture.to_owned()), "{target}"),
            None => assert!(documents.join(target).exists(), "{target}"),
        }
    }
    let written = fs::read_dir(scene.path("docs/benchmarks")).unwrap();
    let written = written.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(written.collect::<BTreeSet<_>>(), pictures);
    assert!(!page.contains("](benchmarks/"), "a picture has a label");
}

#[test]
fn each_link_inside_the_page_has_a_heading() {
    let page = Scene::new().page();
    let headings: BTreeSet<String> = (page.lines())
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            let kept = heading
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.collect::<String>().replace(' ', "-")
        })
        .collect();
    let links: Vec<_> = page
        .split("](#")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap())
        .collect();
    assert!(links.len() > workloads().count());
    for link in links {
        assert!(headings.contains(link), "{link}");
    }
}

#[test]
fn a_primitive_is_named_in_words() {
    let page = Scene::new().page();
    for (primitive, name) in [("rwlock", "Reader-writer lock"), ("once_cell", "Once cell")] {
        let picture = format!(
            "\n## {name}\n\n![{name}: the time of an operation, for aiosync and other crates][bars-{primitive}]\n"
        );
        assert!(page.contains(&picture), "{picture}");
        let definition = format!("\n[bars-{primitive}]: benchmarks/bars-{primitive}.svg\n");
        assert!(page.contains(&definition), "{definition}");
    }
    assert!(page.contains("[Once cell: read a value that is set](#once_cellget)"));
    let start = page.split("\n##").next().unwrap();
    assert!(start.contains(" reader-writer lock 8 of 8,"), "{start}");
    assert!(start.contains(" once cell 4 of 4,"), "{start}");
}

#[test]
fn a_faster_peer_is_named_in_every_table_and_at_the_start() {
    let mut scene = Scene::new();
    scene.row("queue/put_get", "kanal", [5.0; 3]);
    scene.row("queue/put_get", "flume", [8.0; 3]);
    let printed = scene.report().unwrap();
    assert!(
        printed.contains("fastest in 47 of 48 workloads"),
        "{printed}"
    );
    assert!(
        printed.contains("  queue/put_get: kanal 5.00, aiosync 10.0\n"),
        "{printed}"
    );
    let page = scene.page();
    assert!(page.contains("| 10.0 | 40.0 | kanal 5.00 | 0.50 | faster: kanal, flume |\n"));
    let section = section(&page, "queue/put_get");
    assert!(
        section.contains("| kanal | 5.00 | 0.50 | **faster** |"),
        "{section}"
    );
    let start = page.split("\n##").next().unwrap();
    assert!(
        start.contains("the fastest in 47, equal to the fastest in 0, and slower in 1.** Fastest or equal: lock 9 of 9,"),
        "{start}"
    );
    assert!(start.contains("queue 10 of 11."), "{start}");
    assert!(
        start.contains(
            "The number is its time divided by that of aiosync: kanal in [`queue/put_get`](#queueput_get) (0.50).\n"
        ),
        "{start}"
    );
    assert!(!start.contains("flume in"), "{start}");
}

#[test]
fn both_set_ups_of_a_workload_are_in_one_table() {
    let mut scene = Scene::new();
    scene.row("queue/two_threads_1_to_1", "kanal", [5.0; 3]);
    scene.row("queue/two_threads_1_to_1_tokio", "kanal", [80.0; 3]);
    let page = scene.page();
    let section = section(&page, "queue/two_threads_1_to_1");
    let heads = "| | pinned: ns | ratio | | tokio's runtime: ns | ratio | | what is measured |\n";
    assert!(section.contains(heads), "{section}");
    let row = "| kanal | 5.00 | 0.50 | **faster** | 80.0 | 8.00 |  | `bounded_async` |\n";
    assert!(section.contains(row), "{section}");
    assert!(!page.contains("### queue/two_threads_1_to_1_tokio"));
    let title = "Queue: 1 producer and 1 consumer on two threads; capacity 64";
    for set_up in ["pinned", "tokio's runtime"] {
        let row = format!("| [{title}; {set_up}](#queuetwo_threads_1_to_1) | 10.0 |");
        assert!(page.contains(&row), "{row}");
    }
    assert!(page.contains("| ratio on an abacus, 2 processors |"));
}

#[test]
fn single_calls_are_compared_with_batches_and_are_not_a_peer() {
    let mut scene = Scene::new();
    scene.row("queue/batches_of_16", SINGLE, [5.0; 3]);
    assert!(scene.report().unwrap().contains("48 of 48"));
    let page = scene.page();
    let row = format!("| {SINGLE} | 5.00 | 0.50 |  | `put` and `get` |");
    assert!(section(&page, "queue/batches_of_16").contains(&row));
}

#[test]
fn polls_and_locks_are_shown_by_the_number_of_others() {
    let mut scene = Scene::new();
    for (pass, time) in scene.run.passes.iter_mut().zip([30.0, 20.0, 25.0]) {
        let costs = pass.costs.iter_mut();
        let points = costs.filter(|cost| cost.others == 1_000 && cost.implementation == OURS);
        points.for_each(|cost| cost.time = time);
    }
    let page = scene.page();
    let row = "| 1 000 | 25.0 (20.0–30.0) | 20.0 | 0.80 | 25.0 (20.0–30.0) | 20.0 | 0.80 |\n";
    assert!(page.contains(row), "{page}");
}

#[test]
fn times_that_differ_by_two_percent_are_equal() {
    let mut scene = Scene::new();
    scene.row("event/set", "tokio", [9.9; 3]);
    scene.row("event/set", "asyncband", [10.1; 3]);
    let page = scene.page();
    assert!(page.contains("| tokio 9.90 | 0.99 | equal: tokio, asyncband |\n"));
    assert!(section(&page, "event/set").contains("| tokio | 9.90 | 0.99 | equal |"));
    assert!(page.contains("the fastest in 47, equal to the fastest in 1, and slower in 0.**"));
}

#[test]
fn times_whose_passes_disagree_are_equal() {
    let mut scene = Scene::new();
    scene.row("event/set", "aiosync", [8.0, 10.0, 12.0]);
    scene.row("event/set", "tokio", [9.0, 9.0, 11.0]);
    // It is faster in each pass, although its last pass is slower than our first one.
    scene.row("event/set", "asyncband", [7.0, 8.9, 11.0]);
    let page = scene.page();
    assert!(
        page.contains("faster: asyncband; equal: tokio |\n"),
        "{page}"
    );
}

#[test]
fn the_baseline_is_not_a_peer() {
    let mut scene = Scene::new();
    scene.row("lock/uncontended", BASELINE, [1.0; 3]);
    assert!(scene.report().unwrap().contains("48 of 48"));
    let page = scene.page();
    let row = format!("| {BASELINE} | 1.00 | 0.10 | baseline |");
    assert!(section(&page, "lock/uncontended").contains(&row));
    assert!(page.contains("**No other crate** is the fastest in a workload."));
}

#[test]
fn a_figure_is_the_median_of_the_passes_and_shows_a_spread_of_more_than_20_percent() {
    let cases = [
        ([10.0, 11.0, 12.0], "11.0"),
        ([12.1, 10.0, 11.0], "11.0 (10.0–12.1)"),
        ([3.0, 250.0, 4.0], "4.00 (3.00–250)"),
    ];
    for (times, shown) in cases {
        assert_eq!(Figure::new(times).to_string(), shown);
    }
    let mut scene = Scene::new();
    scene.row("event/set", "tokio", [40.0, 90.0, 60.0]);
    for (pass, turn) in scene.run.passes.iter_mut().zip([100.0, 300.0, 200.0]) {
        pass.growth.points[0].turn = turn;
        pass.growth.points[0].wait.p99 = turn as u64 * 1_000;
    }
    let page = scene.page();
    assert!(page.contains("| tokio | 60.0 (40.0–90.0) | 6.00 |"));
    assert!(
        page.contains("| 1 | 200 (100–300) | 0.10 | 200 | 0.20 | 100 |"),
        "{page}"
    );
}

#[test]
fn a_remark_follows_its_section() {
    let scene = Scene::new();
    let remarks = "[remarks]\n\"queue/put_get\" = \"It is [magic][m].\"\ntail = \"So long.\"\n\
                   [links]\nm = \"magic.md\"\n";
    scene.remark(remarks);
    let page = scene.page();
    assert!(section(&page, "queue/put_get").ends_with("|\n\nIt is [magic][m].\n"));
    assert!(section(&page, "The tail of the wait").ends_with("|\n\nSo long.\n"));
    assert!(page.ends_with("\n[m]: magic.md\n"));
}

#[test]
fn a_remark_that_leads_nowhere_is_refused() {
    let cases = [
        (
            "[remarks]\n\"queue/fast\" = \"?\"\n[links]\n",
            "no workload \"queue/fast\"",
        ),
        (
            "[remarks]\ntail = \"[a][b]\"\n[links]\n",
            "the link [b] has no target",
        ),
        (
            "[remarks]\n[links]\nb = \"b.md\"\n",
            "no remark uses the link [b]",
        ),
        ("[comments]\n", "unknown field `comments`"),
    ];
    for (remarks, reason) in cases {
        let scene = Scene::new();
        scene.remark(remarks);
        let refusal = scene.refusal();
        assert!(refusal.contains("remarks.toml: "), "{refusal}");
        assert!(refusal.contains(reason), "{refusal}");
    }
}

/// Remarks can be changed without a new run, and the page cannot be changed by hand.
#[test]
fn the_documents_are_those_of_the_stored_run() {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths {
        run: benches.join("report/run.json"),
        remarks: benches.join("report/remarks.toml"),
        documents: folder.path().to_owned(),
    };
    write::write(&paths).unwrap();
    let docs = benches.join("../docs");
    let files = |folder: &Path| {
        let entries = fs::read_dir(folder.join("benchmarks")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files: Vec<_> = names.map(|name| format!("benchmarks/{name}")).collect();
        files.push("benchmarks.md".to_owned());
        files.sort();
        files
    };
    assert_eq!(
        files(&docs),
        files(folder.path()),
        "`cargo benchmarks --page` writes them"
    );
    for file in files(&docs) {
        let [stored, written] =
            [&docs, folder.path()].map(|folder| fs::read_to_string(folder.join(&file)).unwrap());
        assert!(stored == written, "`cargo benchmarks --page` writes {file}");
    }
}

#[test]
fn shorter_times_have_more_decimals() {
    let cases = [
        (0.456, "0.46"),
        (9.0, "9.00"),
        (9.996, "10.0"),
        (10.04, "10.0"),
        (99.9, "99.9"),
        (99.96, "100"),
        (1234.5, "1234"),
    ];
    for (value, shown) in cases {
        assert_eq!(nanoseconds(value), shown);
    }
    assert_eq!(charts::grouped(999), "999");
    assert_eq!(charts::grouped(10_000), "10 000");
}

#[test]
fn workloads_are_unique_and_each_row_says_what_it_measures() {
    let groups = workloads().map(|workload| workload.group);
    let groups = groups.chain(EXTRAS.iter().map(|extra| extra.group));
    assert_eq!(
        groups.collect::<BTreeSet<_>>().len(),
        workloads().count() + EXTRAS.len()
    );
    let rows = workloads().flat_map(|workload| {
        let names = [OURS].into_iter().chain(workload.peers.iter().copied());
        names.map(|name| (workload.group, name))
    });
    let extras = EXTRAS
        .iter()
        .flat_map(|extra| extra.rows.iter().map(|row| (extra.group, *row)));
    for (group, row) in rows.chain(extras) {
        assert!(rows::measured(group, row).is_some(), "{group}: {row}");
    }
}
