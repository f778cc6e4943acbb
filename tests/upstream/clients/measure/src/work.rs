//! The measured work, with the clients that the parent module names. It is compiled twice.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use super::{deadpool, moka, tower};
use crate::{EACH, TASKS};
use deadpool::managed::{Manager, Metrics, Pool, RecycleResult};
use moka::future::Cache;
use tokio::task::JoinSet;
use tower::limit::ConcurrencyLimit;
use tower::{Service, ServiceExt, service_fn};

/// The number of objects, and of calls at a time.
const LIMIT: usize = 8;

struct Units;

impl Manager for Units {
    type Type = ();
    type Error = Infallible;

    async fn create(&self) -> Result<(), Infallible> {
        Ok(())
    }

    async fn recycle(&self, (): &mut (), _: &Metrics) -> RecycleResult<Infallible> {
        Ok(())
    }
}

/// Spawns all tasks, and returns how long they took together.
async fn time<F: Future<Output = ()> + Send + 'static>(mut task: impl FnMut() -> F) -> Duration {
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for _ in 0..TASKS {
        tasks.spawn(task());
    }
    tasks.join_all().await;
    start.elapsed()
}

/// Each task takes an object out of a pool of 8, yields, and returns it.
pub(crate) async fn deadpool() -> Duration {
    let pool: Pool<Units> = Pool::builder(Units).max_size(LIMIT).build().unwrap();
    time(|| {
        let pool = pool.clone();
        async move {
            for _ in 0..EACH {
                let object = pool.get().await.unwrap();
                tokio::task::yield_now().await;
                drop(object);
            }
        }
    })
    .await
}

/// Each task calls a service that yields, with at most 8 calls at a time.
pub(crate) async fn tower() -> Duration {
    let service = service_fn(|()| async {
        tokio::task::yield_now().await;
        Ok::<_, Infallible>(())
    });
    let service = ConcurrencyLimit::new(service, LIMIT);
    time(|| {
        let mut service = service.clone();
        async move {
            for _ in 0..EACH {
                service.ready().await.unwrap().call(()).await.unwrap();
            }
        }
    })
    .await
}

/// All tasks ask a cache for the same keys. The first task computes the value, and yields.
pub(crate) async fn moka() -> Duration {
    let cache = Cache::new(1_000_000);
    time(|| {
        let cache: Cache<usize, usize> = cache.clone();
        async move {
            for key in 0..EACH {
                let value = cache.get_with(key, async {
                    tokio::task::yield_now().await;
                    key
                });
                assert_eq!(value.await, key);
            }
        }
    })
    .await
}
