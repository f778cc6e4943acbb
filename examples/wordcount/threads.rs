//! The same on plain threads, with the `_blocking` twins. See
//! [`pipeline`](crate::pipeline), function by function.

use std::thread;

use crate::count::{Count, Totals};
use crate::job::{Job, Progress};

/// Runs a job on a thread for each worker and two more.
pub(crate) fn run(job: &Job) {
    thread::scope(|scope| {
        for _ in 0..job.workers {
            scope.spawn(|| work(job));
        }
        scope.spawn(|| report(job));
        scope.spawn(|| produce(job));
        job.start.set();
    });
}

fn produce(job: &Job) {
    job.start.wait_blocking();
    for found in job.places.files() {
        match found {
            Ok(path) => job.paths.put_blocking(path).expect("closed below only"),
            Err(what) => job.totals.lock_blocking().leave_out(what),
        }
    }
    job.paths.join_blocking();
    job.paths.close();
}

fn work(job: &Job) {
    job.start.wait_blocking();
    let counted = count(job);
    merge(job, counted);
}

fn count(job: &Job) -> Totals {
    let mut counted = Totals::default();
    while let Ok(path) = job.paths.get_blocking() {
        let permit = job.open.acquire_blocking();
        let text = job.desk.open(&path).and_then(|file| file.text());
        drop(permit);

        counted.add(path, text.map(|text| Count::of(&text)));
        job.progress.lock_blocking().files += 1;
        job.news.notify_one();
        job.paths.task_done().expect("once for each path");
    }
    counted
}

fn merge(job: &Job, counted: Totals) {
    let parts = counted.split(job.workers);
    job.shares.lock_blocking().put(parts);
    let place = job.meeting.wait_blocking().expect("nobody breaks it");

    let parts = job.shares.lock_blocking().take(place.index());
    let mut share = Totals::default();
    for part in parts {
        share.merge(part);
    }
    job.totals.lock_blocking().merge(share);

    let place = job.meeting.wait_blocking().expect("nobody breaks it");
    if place.is_leader() {
        job.progress.lock_blocking().finished = true;
        job.news.notify_all();
    }
}

/// `wait_while` has no twin of its own; a future is driven by `block`.
fn report(job: &Job) {
    job.start.wait_blocking();
    let mut seen = Progress::default();
    while !seen.finished {
        let progress = job.progress.lock_blocking();
        let progress = job.news.wait_while(progress, |now| *now == seen).block();
        seen = *progress;
        drop(progress);
        job.bar.show(seen.files);
    }
}
