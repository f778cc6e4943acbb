//! The start of the page, with made-up figures.
#![forbid(unsafe_code)]

use super::scene::Scene;
use super::workloads::OURS;

/// Returns the lines for readers who choose a crate.
fn lines(page: &str) -> Vec<&str> {
    let start = page.split("\n![").next().unwrap();
    start
        .lines()
        .filter(|line| line.starts_with("- "))
        .collect()
}

#[test]
fn the_page_starts_with_ten_lines_whose_figures_are_from_the_run() {
    let mut scene = Scene::new();
    scene.row("semaphore/handed_off", "async-lock", [6.0; 3]);
    scene.row("semaphore/handed_off", "asyncband", [11.0; 3]);
    scene.row("condition/notify_all_100_waiters", "tokio", [8.0; 3]);
    scene.row("lock/two_threads_16_tasks", OURS, [8.0, 8.0, 60.0]);
    scene.row("queue/one_thread_capacity_1", "kanal", [3.0; 3]);
    scene.row("queue/two_threads_1_to_1_tokio", "flume", [9.0; 3]);
    let page = scene.page();
    let lines = lines(&page);
    assert_eq!(lines.len(), 10, "{lines:#?}");
    for (line, part) in [
        (
            1,
            "is the fastest or equal in 10 of 10 workloads on pinned threads, and in 9 of 10 on tokio's runtime.",
        ),
        (
            3,
            "flume in [`queue/two_threads_1_to_1_tokio`](#queuetwo_threads_1_to_1) (0.90)",
        ),
        (4, "async-lock takes 0.60 times as long as aiosync."),
        (
            4,
            "asyncband is the fastest there: it takes 1.10 times as long as aiosync.",
        ),
        (5, "tokio takes 0.80 times as long as aiosync."),
        (
            6,
            "the slowest pass of aiosync took 7.5 times as long as its fastest one,",
        ),
        (6, "parking_lot took 5.00 times as long as aiosync."),
        (8, "they take 0.30, 4.00 and 4.00 times as long as aiosync."),
    ] {
        assert!(lines[line].contains(part), "{part} in {}", lines[line]);
    }
}

#[test]
fn tokio_is_named_at_the_start_if_it_is_faster() {
    let mut scene = Scene::new();
    let start = |scene: &Scene| {
        scene.report().unwrap();
        let page = scene.file("benchmarks.md");
        page.split("\n##").next().unwrap().to_owned()
    };
    assert!(start(&scene).contains("4.00 to 4.0 times as long as aiosync in 45 workloads"));
    scene.row("event/set", "tokio", [5.0; 3]);
    let start = start(&scene);
    let faster = "tokio is faster in [`event/set`](#eventset). ";
    assert!(start.contains(faster), "{start}");
    assert!(
        start.contains("**tokio** takes 0.50 to 4.0 times"),
        "{start}"
    );
}

#[test]
fn the_page_of_a_trial_says_so() {
    let mut scene = Scene::new();
    let notice = "\n**These figures are from a trial";
    scene.report().unwrap();
    assert!(!scene.file("benchmarks.md").contains(notice));
    scene.run.is_trial = true;
    scene.report().unwrap();
    let page = scene.file("benchmarks.md");
    assert!(page.split("\n- ").next().unwrap().contains(notice));
    let chart = scene.file("benchmarks/chart.svg");
    assert!(chart.contains(">Only a trial. an abacus"), "{chart}");
}
