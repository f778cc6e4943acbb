//! The same on plain threads, with the `_blocking` twins. See
//! [`pipeline`](crate::pipeline), function by function.

use std::thread;
use std::time::Duration;

use crate::count::Count;
use crate::job::Job;

/// How long the progress bar stands still at the longest.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Runs a job on a thread for each worker and two more.
pub(crate) fn run(job: &Job) {
    thread::scope(|scope| {
        for _ in 0..job.workers {
            scope.spawn(|| count(job));
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
    job.finished.set();
}

fn count(job: &Job) {
    job.start.wait_blocking();
    while let Ok(path) = job.paths.get_blocking() {
        let permit = job.open.acquire_blocking();
        let text = job.desk.open(&path).and_then(|file| file.text());
        drop(permit);

        let outcome = text.map(|text| Count::of(&text));
        job.totals.lock_blocking().add(path, outcome);
        job.progress.lock_blocking().files += 1;
        job.news.set();
        job.paths.task_done().expect("once for each path");
    }
}

/// A thread cannot wait for two events as a task can, but it has a clock: it waits
/// for the end, and looks at the progress from time to time.
fn report(job: &Job) {
    job.start.wait_blocking();
    while !job.finished.wait_blocking_timeout(LOOK_AGAIN) {
        job.bar.show(job.progress.lock_blocking().files);
    }
}
