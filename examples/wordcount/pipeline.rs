//! The tasks, written once for every executor. [`threads`](crate::threads) is the
//! same with the `_blocking` twins.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_lite::future;

use crate::count::{Count, Totals};
use crate::job::{Job, Progress};

/// A task that any executor can drive.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// All tasks of a job. It is finished when all of them are.
pub(crate) fn tasks(job: &Arc<Job>) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    for _ in 0..job.workers {
        tasks.push(Box::pin(work(Arc::clone(job))));
    }
    tasks.push(Box::pin(report(Arc::clone(job))));
    tasks.push(Box::pin(produce(Arc::clone(job))));
    tasks.push(Box::pin(start(Arc::clone(job))));
    tasks
}

/// The last task that is made, so the others are there.
async fn start(job: Arc<Job>) {
    job.start.set();
}

/// Puts all paths into the queue, and closes it when they are counted, which ends the
/// first stage. While the queue is full it waits. In between the walk blocks the
/// executor, see [`count`].
async fn produce(job: Arc<Job>) {
    job.start.wait().await;
    for found in job.places.files() {
        match found {
            Ok(path) => job.paths.put(path).await.expect("closed below only"),
            Err(what) => job.totals.with(|totals| totals.leave_out(what)).await,
        }
    }
    job.paths.join().await;
    job.paths.close();
}

/// One worker, in both stages.
async fn work(job: Arc<Job>) {
    job.start.wait().await;
    let counted = count(&job).await;
    merge(&job, counted).await;
}

/// The first stage: counts files, by itself, until there will be no more.
///
/// Reading blocks the executor's thread, which a server must not do: it would hand
/// the file to a thread for blocking work. Here that would only hide what is shown.
/// The yield between opening and reading stands for the wait of such a program: the
/// file stays open meanwhile and the other tasks go on, so that on a single thread
/// too several files are open at once.
async fn count(job: &Job) -> Totals {
    let mut counted = Totals::default();
    while let Ok(path) = job.paths.get().await {
        let permit = job.open.acquire().await;
        let file = job.desk.open(&path);
        future::yield_now().await;
        let text = file.and_then(|file| file.text());
        drop(permit);

        counted.add(path, text.map(|text| Count::of(&text)));
        job.progress.with(|progress| progress.files += 1).await;
        job.news.notify_one();
        job.paths.task_done().expect("once for each path");
    }
    counted
}

/// The second stage: merges one share of the words, from everybody.
///
/// A share is complete when all have put their part, so nobody takes one before all
/// have met. The place at that meeting says which share is whose: each has another.
/// When they meet again all shares are in the totals, and one of them says so.
async fn merge(job: &Job, counted: Totals) {
    let parts = counted.split(job.workers);
    job.shares.with(|shares| shares.put(parts)).await;
    let place = job.meeting.wait().await.expect("nobody breaks it");

    let parts = job.shares.with(|shares| shares.take(place.index())).await;
    let mut share = Totals::default();
    for part in parts {
        share.merge(part);
    }
    job.totals.with(|totals| totals.merge(share)).await;

    let place = job.meeting.wait().await.expect("nobody breaks it");
    if place.is_leader() {
        job.progress.with(|progress| progress.finished = true).await;
        job.news.notify_all();
    }
}

/// Shows the progress after each change, until all is finished.
///
/// It looks and begins to wait with the lock held, so no change falls in between.
async fn report(job: Arc<Job>) {
    job.start.wait().await;
    let mut seen = Progress::default();
    while !seen.finished {
        let progress = job.progress.lock().await;
        let progress = job.news.wait_while(progress, |now| *now == seen).await;
        seen = *progress;
        drop(progress);
        job.bar.show(seen.files);
    }
}
