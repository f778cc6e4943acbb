//! The tasks, written once for every executor. [`threads`](crate::threads) is the same with
//! the `_blocking` methods.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_lite::future;

use crate::count::{Count, Totals};
use crate::job::{Job, Progress};

/// A task for any executor.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Returns all tasks of a job. The job ends when all of them have ended.
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

/// Starts the others. This task is created last, so the others exist.
async fn start(job: Arc<Job>) {
    job.start.set();
}

/// Puts all paths into the queue, and waits while it is full. Closes the queue when all are
/// counted, which ends the first stage. The walk itself blocks the executor: see [`count`].
async fn produce(job: Arc<Job>) {
    job.start.wait().await;
    for found in job.roots.files() {
        match found {
            Ok(path) => job
                .paths
                .put(path)
                .await
                .expect("only the end of this function closes it"),
            Err(skipped) => job.totals.with(|totals| totals.skip(skipped)).await,
        }
    }
    job.paths.join().await;
    job.paths.close();
}

/// Runs one worker through both stages.
async fn work(job: Arc<Job>) {
    job.start.wait().await;
    let counted = count(&job).await;
    merge(&job, counted).await;
}

/// Runs the first stage: counts files until the queue is closed.
///
/// Reading blocks the executor's thread. A server must not do that: it would use a thread
/// pool for blocking work. This example does not, to keep the use of the primitives visible.
/// The yield between opening and reading replaces the wait of such a server. During the
/// yield, the file stays open and other tasks run. So several files are open at once, even
/// on a single thread.
async fn count(job: &Job) -> Totals {
    let mut counted = Totals::default();
    while let Ok(path) = job.paths.get().await {
        let permit = job.open.acquire().await;
        let file = job.open_files.open(&path);
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

/// Runs the second stage: merges one share of the words, from all workers.
///
/// A share is complete when all workers have put their part, so a worker takes one only
/// after the first meeting. Its index at the meeting selects its share. At the second meeting
/// all shares are in the totals, and the leader announces that.
async fn merge(job: &Job, counted: Totals) {
    let parts = counted.split(job.workers);
    job.shares.with(|shares| shares.put(parts)).await;
    let arrival = job.meeting.wait().await.expect("the barrier is not broken");

    let parts = job.shares.with(|shares| shares.take(arrival.index())).await;
    let mut share = Totals::default();
    for part in parts {
        share.merge(part);
    }
    job.totals.with(|totals| totals.merge(share)).await;

    let arrival = job.meeting.wait().await.expect("the barrier is not broken");
    if arrival.is_leader() {
        job.progress.with(|progress| progress.finished = true).await;
        job.news.notify_all();
    }
}

/// Shows the progress after each change, until the job is finished.
///
/// It checks the progress and begins to wait under the lock, so it misses no change.
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
