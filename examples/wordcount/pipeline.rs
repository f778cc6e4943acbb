//! The tasks, written once for every executor. [`threads`](crate::threads) is the
//! same with the `_blocking` twins.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_lite::future;

use crate::count::Count;
use crate::job::Job;

/// A task that any executor can drive.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// All tasks of a job. It is finished when all of them are.
pub(crate) fn tasks(job: &Arc<Job>) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    for _ in 0..job.workers {
        tasks.push(Box::pin(count(Arc::clone(job))));
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

/// Puts all paths into the queue, and ends the job when they are counted. While the
/// queue is full it waits. In between the walk blocks the executor, see [`count`].
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
    job.finished.set();
}

/// Counts files until there will be no more.
///
/// Reading blocks the executor's thread, which a server must not do: it would hand
/// the file to a thread for blocking work. Here that would only hide what is shown.
/// The yield between opening and reading stands for the wait of such a program: the
/// file stays open meanwhile and the other tasks go on, so that on a single thread
/// too several files are open at once.
async fn count(job: Arc<Job>) {
    job.start.wait().await;
    while let Ok(path) = job.paths.get().await {
        let permit = job.open.acquire().await;
        let file = job.desk.open(&path);
        future::yield_now().await;
        let text = file.and_then(|file| file.text());
        drop(permit);

        let outcome = text.map(|text| Count::of(&text));
        job.totals.with(|totals| totals.add(path, outcome)).await;
        job.progress.with(|progress| progress.files += 1).await;
        job.news.set();
        job.paths.task_done().expect("once for each path");
    }
}

/// Shows the progress after each change, until all is counted.
///
/// The wait for whichever event comes first is dropped with the other one still
/// waiting, which takes that one out of its line.
async fn report(job: Arc<Job>) {
    job.start.wait().await;
    while !job.finished.is_set() {
        future::or(job.news.wait(), job.finished.wait()).await;
        // Cleared before the look: news that come after it set the event again.
        job.news.clear();
        job.bar.show(job.progress.lock().await.files);
    }
}
