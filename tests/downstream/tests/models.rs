//! Models of the project's own code. `SEEDED_BUG` makes one of them fail.
#![cfg(loom)]
#![forbid(unsafe_code)]

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use downstream::{Pool, Service, Settings};
use loom::future::block_on;
use loom::thread;

/// Three tasks want the only thing: each gets it, and none keeps waiting.
#[test]
fn each_permit_finds_its_thing() {
    loom::model(|| {
        let pool = Arc::new(Pool::new(vec![0]));
        let users = [(); 2].map(|()| {
            let pool = Arc::clone(&pool);
            thread::spawn(move || block_on(async { *pool.take().await += 1 }))
        });
        for user in users {
            user.join().unwrap();
        }
        assert_eq!(*block_on(pool.take()), 2);
    });
}

/// Accepted jobs are done before the shutdown completes, and rejected ones are not done.
#[test]
fn a_shutdown_ends_when_the_work_is_done() {
    loom::model(|| {
        let service = Arc::new(Service::new(2, 1));
        assert!(block_on(service.submit(1)));
        let other = Arc::clone(&service);
        let worker = thread::spawn(move || block_on(other.work()));
        let other = Arc::clone(&service);
        let watcher = thread::spawn(move || block_on(other.stopped()));
        let more = block_on(service.submit(2));
        block_on(service.shut_down());
        assert!(more && !block_on(service.submit(4)));
        assert_eq!(watcher.join().unwrap(), 3);
        worker.join().unwrap();
    });
}

/// A job arrives during the shutdown: it is done or rejected.
#[test]
fn a_late_job_is_done_or_refused() {
    loom::model(|| {
        let service = Arc::new(Service::new(1, 1));
        let other = Arc::clone(&service);
        let worker = thread::spawn(move || block_on(other.work()));
        let other = Arc::clone(&service);
        let late = thread::spawn(move || block_on(other.submit(1)));
        block_on(service.shut_down());
        worker.join().unwrap();
        let taken_on = late.join().unwrap();
        assert_eq!(block_on(service.stopped()), u32::from(taken_on));
    });
}

/// The settings are loaded once, and nobody sees a half-made change.
#[test]
fn settings_are_loaded_once_and_change_in_one_step() {
    loom::model(|| {
        let settings = Arc::new(Settings::new());
        let loads = Arc::new(AtomicU32::new(0));
        let load = |loads: &Arc<AtomicU32>| {
            let loads = Arc::clone(loads);
            async move || loads.fetch_add(1, Ordering::Relaxed) + 1
        };
        let (other, of_other) = (Arc::clone(&settings), load(&loads));
        let changer = thread::spawn(move || block_on(other.change(of_other, 2)));
        let (one, two) = block_on(settings.get(load(&loads)));
        assert!(
            one == two && (1..=2).contains(&one),
            "half-made: {one} {two}"
        );
        changer.join().unwrap();
        assert_eq!(block_on(settings.get(load(&loads))), (2, 2));
        assert_eq!(loads.load(Ordering::Relaxed), 1, "the loads");
    });
}

/// Runs a model in a process of its own, because a deadlock aborts the process.
#[track_caller]
fn assert_found(bug: &str, model: &str, says: &str) {
    let outcome = Command::new(std::env::current_exe().unwrap())
        .args([model, "--exact", "--nocapture"])
        .env("SEEDED_BUG", bug)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let output = [outcome.stdout, outcome.stderr].concat();
    let output = String::from_utf8_lossy(&output);
    assert!(output.contains("running 1 test"), "{output}");
    assert!(!outcome.status.success(), "{bug:?} was not found");
    assert!(
        output.contains(says),
        "{bug:?}, but not for {says:?}:\n{output}"
    );
}

#[test]
fn a_permit_that_is_given_back_too_early_is_found() {
    assert_found(
        "permit before thing",
        "each_permit_finds_its_thing",
        "a permit stands for an idle thing",
    );
}

#[test]
fn an_end_that_is_told_too_early_is_found() {
    assert_found(
        "stopped before done",
        "a_shutdown_ends_when_the_work_is_done",
        "assertion `left == right` failed",
    );
}

#[test]
fn work_that_is_left_behind_is_found() {
    assert_found(
        "leaves work behind",
        "a_shutdown_ends_when_the_work_is_done",
        "deadlock",
    );
}

#[test]
fn a_change_in_two_steps_is_found() {
    assert_found(
        "changed in two steps",
        "settings_are_loaded_once_and_change_in_one_step",
        "half-made: 2 1",
    );
}
