#![forbid(unsafe_code)]
//! `aiosync::Queue`, next to the bounded channels of other crates.
//!
//! | workload | one operation |
//! |---|---|
//! | `queue/put_get` | one task puts an item and gets it; capacity 64 |
//! | `queue/one_thread_capacity_…` | one item from a producer to a consumer, two tasks on one thread |
//! | `queue/one_thread_4_to_4` | one item from 4 producers to 4 consumers, on one thread; capacity 64 |
//! | `queue/two_threads_…_to_…`, `…_tokio` | one item from producers to consumers, in these numbers, on two threads; capacity 64 |
//!
//! `harness/mod.rs` says how the time per operation is measured. The workloads on two threads
//! run in both set-ups of [`harness::race`]. Items are numbers. All producers put equally many. Each consumer gets items until the last
//! producer has closed the queue. The sums at both ends must be equal.
//!
//! The consumers' shares are not fixed, because flume 0.12 would hang. It can leave one of
//! several consumers asleep while there are items, until the senders are dropped.
//!
//! All channels take many producers and many consumers, except tokio's. It takes one
//! consumer, so the workloads with several consumers omit it.

mod harness;

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use criterion::Criterion;

use harness::race::{Crew, OneThread, Tokio, TwoThreads, race};
use harness::sample::Sample;
use harness::{Group, rows};

/// An implementation. To add one, write an adapter and add it to `shared_rows`, or to
/// `main` if it takes only one consumer.
trait Queue {
    const NAME: &'static str;
    /// One end of the queue. Dropping its last clone closes the queue.
    type Putter: Clone + Send + 'static;
    type Getter: Send + 'static;
    fn bounded(capacity: usize) -> (Self::Putter, Self::Getter);
    fn put(putter: &Self::Putter, item: u64) -> impl Future<Output = impl Outcome<()>> + Send;
    fn get(getter: &mut Self::Getter) -> impl Future<Output = impl Outcome<u64>> + Send;
}

/// The output of a put or a get.
trait Outcome<T> {
    /// Returns `None` if the queue is closed.
    fn ok(self) -> Option<T>;
}

impl<T, E> Outcome<T> for Result<T, E> {
    fn ok(self) -> Option<T> {
        self.ok()
    }
}

impl<T> Outcome<T> for Option<T> {
    fn ok(self) -> Option<T> {
        self
    }
}

macro_rules! shared_rows {
    ($($workload:tt)+) => {
        rows!(
            [
                Aiosync, AsyncChannel, Asyncband, Crossfire, Flume, Kanal, Loole,
                Performables, Zruntime,
            ] => $($workload)+
        );
    };
}

struct Aiosync;

/// One end of a queue. aiosync's queue is closed by a call, so the last putter calls it
/// when it is dropped. In the other crates, dropping the senders closes the channel.
#[derive(Clone)]
struct AiosyncPutter {
    queue: Arc<aiosync::Queue<u64>>,
    _closer: Arc<AiosyncCloser>,
}

struct AiosyncCloser(Arc<aiosync::Queue<u64>>);

impl Drop for AiosyncCloser {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Queue for Aiosync {
    const NAME: &'static str = "aiosync";
    type Putter = AiosyncPutter;
    type Getter = Arc<aiosync::Queue<u64>>;
    fn bounded(capacity: usize) -> (Self::Putter, Self::Getter) {
        let queue = Arc::new(aiosync::Queue::bounded(capacity));
        let putter = AiosyncPutter {
            queue: Arc::clone(&queue),
            _closer: Arc::new(AiosyncCloser(Arc::clone(&queue))),
        };
        (putter, queue)
    }
    fn put(putter: &Self::Putter, item: u64) -> impl Future<Output = impl Outcome<()>> + Send {
        putter.queue.put(item)
    }
    fn get(getter: &mut Self::Getter) -> impl Future<Output = impl Outcome<u64>> + Send {
        getter.get()
    }
}

struct OnTokio;

impl Queue for OnTokio {
    const NAME: &'static str = "tokio";
    type Putter = tokio::sync::mpsc::Sender<u64>;
    type Getter = tokio::sync::mpsc::Receiver<u64>;
    fn bounded(capacity: usize) -> (Self::Putter, Self::Getter) {
        tokio::sync::mpsc::channel(capacity)
    }
    fn put(putter: &Self::Putter, item: u64) -> impl Future<Output = impl Outcome<()>> + Send {
        putter.send(item)
    }
    fn get(getter: &mut Self::Getter) -> impl Future<Output = impl Outcome<u64>> + Send {
        getter.recv()
    }
}

struct AsyncChannel;

impl Queue for AsyncChannel {
    const NAME: &'static str = "async-channel";
    type Putter = async_channel::Sender<u64>;
    type Getter = async_channel::Receiver<u64>;
    fn bounded(capacity: usize) -> (Self::Putter, Self::Getter) {
        async_channel::bounded(capacity)
    }
    fn put(putter: &Self::Putter, item: u64) -> impl Future<Output = impl Outcome<()>> + Send {
        putter.send(item)
    }
    fn get(getter: &mut Self::Getter) -> impl Future<Output = impl Outcome<u64>> + Send {
        getter.recv()
    }
}

struct Asyncband;

impl Queue for Asyncband {
    const NAME: &'static str = "asyncband";
    type Putter = asyncband::mpmc::BoundedSender<u64>;
    type Getter = asyncband::mpmc::BoundedReceiver<u64>;
    fn bounded(capacity: usize) -> (Self::Putter, Self::Getter) {
        asyncband::mpmc::bounded(capacity)
    }
    fn put(putter: &Self::Putter, item: u64) -> impl Future<Output = impl Outcome<()>> + Send {
        putter.send(item)
    }
    fn get(getter: &mut Self::Getter) -> impl Future<Output = impl Outcome<u64>> + Send {
        getter.recv()
    }
}

struct Crossfire;

impl Queue for Crossfire {
    const NAME: &'static str = "crossfire";
    type Putter = crossfire::MAsyncTx<crossfire::mpmc::Array<u64>>;
    type Getter = crossfire::MAsyncRx<crossfire::mpmc::Array<u64>>;
    fn bounded(capacity: usize) -> (Self::Putter, Self::Getter) {
        // crossfire's manual asks for this call at the start of a program.
        crossfire::detect_backoff_cfg();
        crossfire::mpmc::bounded_async(capacity)
    }
    fn put(putter: &Self::Putter, item: u64) -> impl Future<Output = impl Outcome<()>> + Send {
        putter.send(item)
    }
    fn get(getter: &mut Self::Getter) -> impl Future<Output = impl Outcome<u64>> + Send {
        getter.recv()
    }
}

struct Flume;

impl Queue for Flume {
    const NAME: &'static str = "flume";
    type Putter = flume::Sender<u64>;
    type Getter = flume::Receiver<u64>;
    fn bounded(capacity: usize) -> (Self::Putter, Self::Getter) {
        flume::bounded(capacity)
    }
    fn put(putter: &Self::Putter, item: u64) -> impl Future<Output = impl Outcome<()>> + Send {
        putter.send_async(item)
    }
    fn get(getter: &mut Self::Getter) -> impl Future<Output = impl Outcome<u64>> + Send {
        getter.recv_async()
    }
}

struct Kanal;

impl Queue for Kanal {
    const NAME: &'static str = "kanal";
    type Putter = kanal::AsyncSender<u64>;
    type Getter = kanal::AsyncReceiver<u64>;
    fn bounded(capacity: usize) -> (Self::Putter, Self::Getter) {
        kanal::bounded_async(capacity)
    }
    fn put(putter: &Self::Putter, item: u64) -> impl Future<Output = impl Outcome<()>> + Send {
        putter.send(item)
    }
    fn get(getter: &mut Self::Getter) -> impl Future<Output = impl Outcome<u64>> + Send {
        getter.recv()
    }
}

struct Loole;

impl Queue for Loole {
    const NAME: &'static str = "loole";
    type Putter = loole::Sender<u64>;
    type Getter = loole::Receiver<u64>;
    fn bounded(capacity: usize) -> (Self::Putter, Self::Getter) {
        loole::bounded(capacity)
    }
    fn put(putter: &Self::Putter, item: u64) -> impl Future<Output = impl Outcome<()>> + Send {
        putter.send_async(item)
    }
    fn get(getter: &mut Self::Getter) -> impl Future<Output = impl Outcome<u64>> + Send {
        getter.recv_async()
    }
}

struct Performables;

impl Queue for Performables {
    const NAME: &'static str = "performables";
    type Putter = performables::sync::channel::Sender<u64>;
    type Getter = performables::sync::channel::Receiver<u64>;
    fn bounded(capacity: usize) -> (Self::Putter, Self::Getter) {
        performables::sync::channel::bounded(capacity)
    }
    fn put(putter: &Self::Putter, item: u64) -> impl Future<Output = impl Outcome<()>> + Send {
        putter.send_async(item)
    }
    fn get(getter: &mut Self::Getter) -> impl Future<Output = impl Outcome<u64>> + Send {
        getter.recv_async()
    }
}

struct Zruntime;

impl Queue for Zruntime {
    const NAME: &'static str = "zruntime";
    type Putter = zruntime::mpmc::Sender<u64>;
    type Getter = zruntime::mpmc::Receiver<u64>;
    fn bounded(capacity: usize) -> (Self::Putter, Self::Getter) {
        zruntime::mpmc::bounded(capacity.try_into().expect("no capacity is zero"))
    }
    fn put(putter: &Self::Putter, item: u64) -> impl Future<Output = impl Outcome<()>> + Send {
        putter.send(item)
    }
    fn get(getter: &mut Self::Getter) -> impl Future<Output = impl Outcome<u64>> + Send {
        getter.recv()
    }
}

/// Measures one task that puts and gets, and never waits.
fn put_get<Q: Queue>(group: &mut Group<'_>, capacity: usize) {
    group.bench_function(Q::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, 1);
            let (putter, mut getter) = Q::bounded(capacity);
            let elapsed = race(|crew: &mut OneThread| {
                crew.spawn(async move {
                    for item in 0..sample.operations() {
                        assert!(Q::put(&putter, black_box(item)).await.ok().is_some());
                        assert_eq!(Q::get(&mut getter).await.ok(), Some(item));
                    }
                });
            });
            sample.scale(elapsed)
        });
    });
}

/// Measures several producers and one consumer.
fn to_one<Q: Queue, C: Crew>(group: &mut Group<'_>, capacity: usize, producers: usize) {
    transfer::<Q, C>(group, capacity, producers, |getter| vec![getter]);
}

/// Measures several producers and several consumers.
fn to_many<Q, C>(group: &mut Group<'_>, capacity: usize, producers: usize, consumers: usize)
where
    Q: Queue<Getter: Clone>,
    C: Crew,
{
    transfer::<Q, C>(group, capacity, producers, |getter| vec![getter; consumers]);
}

/// Measures a crew of producers and of the consumers that `share` returns.
fn transfer<Q: Queue, C: Crew>(
    group: &mut Group<'_>,
    capacity: usize,
    producers: usize,
    share: impl Fn(Q::Getter) -> Vec<Q::Getter>,
) {
    C::warm_up();
    group.bench_function(Q::NAME, |bencher| {
        bencher.iter_custom(|iters| {
            let sample = Sample::new(iters, producers);
            let puts = sample.share(producers);
            let (putter, getter) = Q::bounded(capacity);
            let sum = Arc::new(AtomicU64::new(0));
            let elapsed = race(|crew: &mut C| {
                for putter in vec![putter; producers] {
                    crew.spawn(async move {
                        for item in 0..puts {
                            assert!(Q::put(&putter, item).await.ok().is_some());
                        }
                    });
                }
                for mut getter in share(getter) {
                    let sum = Arc::clone(&sum);
                    crew.spawn(async move {
                        let mut own = 0;
                        while let Some(item) = Q::get(&mut getter).await.ok() {
                            own += item;
                        }
                        sum.fetch_add(own, Ordering::Relaxed);
                    });
                }
            });
            let expected = producers as u64 * (puts * (puts - 1) / 2);
            assert_eq!(sum.load(Ordering::Relaxed), expected);
            sample.scale(elapsed)
        });
    });
}

/// Adds the workloads on two threads that run in a crew.
fn two_threads<C: Crew>(criterion: &mut Criterion) {
    for producers in [1, 8] {
        let workload = format!("queue/two_threads_{producers}_to_1");
        let mut group = harness::crew_group::<C>(criterion, &workload);
        shared_rows!(to_one on C (&mut group, 64, producers));
        rows!([OnTokio] => to_one on C (&mut group, 64, producers));
        group.finish();
    }
    let mut group = harness::crew_group::<C>(criterion, "queue/two_threads_4_to_4");
    shared_rows!(to_many on C (&mut group, 64, 4, 4));
    group.finish();
}

fn main() {
    let mut criterion = harness::criterion();

    let mut group = harness::group(&mut criterion, "queue/put_get");
    shared_rows!(put_get(&mut group, 64));
    rows!([OnTokio] => put_get(&mut group, 64));
    group.finish();

    for capacity in [1, 64] {
        let workload = format!("queue/one_thread_capacity_{capacity}");
        let mut group = harness::group(&mut criterion, &workload);
        shared_rows!(to_one on OneThread (&mut group, capacity, 1));
        rows!([OnTokio] => to_one on OneThread (&mut group, capacity, 1));
        group.finish();
    }

    let mut group = harness::group(&mut criterion, "queue/one_thread_4_to_4");
    shared_rows!(to_many on OneThread (&mut group, 64, 4, 4));
    group.finish();

    two_threads::<TwoThreads>(&mut criterion);
    two_threads::<Tokio>(&mut criterion);

    criterion.final_summary();
}
