//! The same on plain threads, with the `_blocking` methods. Each function corresponds to the
//! one of that name in [`pipeline`](crate::pipeline).

use std::thread;

use crate::count::{Count, Totals};
use crate::job::{Job, Progress};

/// Runs a job on one thread for each worker, and two more.
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
    for found in job.roots.files() {
        match found {
            Ok(path) => job
                .paths
                .put_blocking(path)
                .expect("only the end of this function closes it"),
            Err(skipped) => job.totals.lock_blocking().skip(skipped),
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
        let text = job.open_files.open(&path).and_then(|file| file.text());
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
    let arrival = job
        .meeting
        .wait_blocking()
        .expect("the barrier is not broken");

    let parts = job.shares.lock_blocking().take(arrival.index());
    let mut share = Totals::default();
    for part in parts {
        share.merge(part);
    }
    job.totals.lock_blocking().merge(share);

    let arrival = job
        .meeting
        .wait_blocking()
        .expect("the barrier is not broken");
    if arrival.is_leader() {
        job.progress.lock_blocking().finished = true;
        job.news.notify_all();
    }
}

/// Shows the progress. `wait_while` has no `_blocking` method, so `block` drives its future.
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
