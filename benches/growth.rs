#![forbid(unsafe_code)]
//! The time of a turn, and of the wait for it, over the number of waiting tasks.
//!
//! | curve | one turn |
//! |---|---|
//! | lock | lock, yield while holding it, unlock |
//! | semaphore | the same with 4 permits |
//! | queue | put an item into a queue of capacity 1, from which one task gets the items |
//!
//! At each point, a number of tasks wait while others have their turn, on one thread, and on two
//! threads in both set-ups of [`harness::race`]. The tail is the wait of 1 000 tasks for 50 permits.
//!
//! The time of a turn is the time of all tasks divided by the number of turns. The clock
//! is not read in between. Separate runs measure the wait, from the call to its return.
//! They ignore the first wait of each task, because the wait queue is not full yet. Each
//! figure, including each percentile, is the median of three runs.
//!
//! `cargo bench --bench growth -- WORD` measures the curves with the word in their name.
//! Without a word, it also writes a file for the report. With `--quick`, there is one run.

mod harness;

use std::env;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_lite::future::yield_now;
use hdrhistogram::Histogram;

use harness::race::{Crew, OneThread, Tokio, TwoThreads, race};
use harness::records::{self, Growth, Point, WAITING, Wait};

/// The turns in a run.
const TURNS: usize = 200_000;

/// The minimum number of turns of a task.
const LEAST: usize = 20;

/// The runs of each contestant. The contestants alternate.
const ROUNDS: usize = 3;

/// An implementation of a primitive for which tasks wait repeatedly.
trait Contended: Send + Sync + 'static {
    const PRIMITIVE: &'static str;
    const NAME: &'static str;
    /// Creates a primitive at which `served` tasks have their turn at a time.
    fn new(served: usize) -> Self;
    /// Waits for a turn. The task holds the output over a yield.
    fn turn(&self) -> impl Future<Output = impl Send> + Send;
    /// Runs in an additional task while the others take `turns` turns.
    fn serve(&self, _turns: usize) -> impl Future<Output = ()> + Send {
        async {}
    }
}

impl Contended for aiosync::Lock<()> {
    const PRIMITIVE: &'static str = "lock";
    const NAME: &'static str = "aiosync";
    fn new(_: usize) -> Self {
        Self::new(())
    }
    fn turn(&self) -> impl Future<Output = impl Send> + Send {
        self.lock()
    }
}

impl Contended for tokio::sync::Mutex<()> {
    const PRIMITIVE: &'static str = "lock";
    const NAME: &'static str = "tokio";
    fn new(_: usize) -> Self {
        Self::new(())
    }
    fn turn(&self) -> impl Future<Output = impl Send> + Send {
        self.lock()
    }
}

impl Contended for aiosync::Semaphore {
    const PRIMITIVE: &'static str = "semaphore";
    const NAME: &'static str = "aiosync";
    fn new(served: usize) -> Self {
        Self::new(served)
    }
    fn turn(&self) -> impl Future<Output = impl Send> + Send {
        self.acquire()
    }
}

impl Contended for tokio::sync::Semaphore {
    const PRIMITIVE: &'static str = "semaphore";
    const NAME: &'static str = "tokio";
    fn new(served: usize) -> Self {
        Self::new(served)
    }
    fn turn(&self) -> impl Future<Output = impl Send> + Send {
        self.acquire()
    }
}

impl Contended for aiosync::Queue<()> {
    const PRIMITIVE: &'static str = "queue";
    const NAME: &'static str = "aiosync";
    fn new(served: usize) -> Self {
        Self::bounded(served)
    }
    fn turn(&self) -> impl Future<Output = impl Send> + Send {
        self.put(())
    }
    async fn serve(&self, turns: usize) {
        for _ in 0..turns {
            self.get().await.expect("the queue is open");
            yield_now().await;
        }
    }
}

/// tokio's channel. Only one task takes the receiver, so its mutex is never contended.
struct Channel {
    sender: tokio::sync::mpsc::Sender<()>,
    receiver: Mutex<Option<tokio::sync::mpsc::Receiver<()>>>,
}

impl Contended for Channel {
    const PRIMITIVE: &'static str = "queue";
    const NAME: &'static str = "tokio";
    fn new(served: usize) -> Self {
        let (sender, receiver) = tokio::sync::mpsc::channel(served);
        let receiver = Mutex::new(Some(receiver));
        Self { sender, receiver }
    }
    fn turn(&self) -> impl Future<Output = impl Send> + Send {
        self.sender.send(())
    }
    async fn serve(&self, turns: usize) {
        let receiver = self.receiver.lock().expect("no task panics").take();
        let mut receiver = receiver.expect("only one task serves");
        for _ in 0..turns {
            receiver.recv().await.expect("the channel is open");
            yield_now().await;
        }
    }
}

/// The tasks of a run, and the turns of each.
#[derive(Clone, Copy)]
struct Load {
    waiting: usize,
    served: usize,
    turns: usize,
}

impl Load {
    fn new(waiting: usize, served: usize, is_test: bool) -> Self {
        let turns = if is_test {
            2
        } else {
            (TURNS / (waiting + served)).max(LEAST)
        };
        Self {
            waiting,
            served,
            turns,
        }
    }

    fn tasks(&self) -> usize {
        self.waiting + self.served
    }

    /// Returns the time of a turn, in nanoseconds.
    fn throughput<P: Contended, C: Crew>(self) -> f64 {
        let primitive = Arc::new(P::new(self.served));
        let elapsed = race(|crew: &mut C| {
            self.spawn_server(crew, &primitive);
            for _ in 0..self.tasks() {
                let primitive = Arc::clone(&primitive);
                crew.spawn(async move {
                    for _ in 0..self.turns {
                        let _turn = primitive.turn().await;
                        yield_now().await;
                    }
                });
            }
        });
        elapsed.as_nanos() as f64 / (self.tasks() * self.turns) as f64
    }

    /// Runs the tasks once and returns the percentiles of their waits.
    fn waits<P: Contended, C: Crew>(self) -> Wait {
        let waits = Histogram::<u64>::new(3).expect("three digits are allowed");
        let waits = Arc::new(Mutex::new(waits));
        let primitive = Arc::new(P::new(self.served));
        race(|crew: &mut C| {
            self.spawn_server(crew, &primitive);
            for _ in 0..self.tasks() {
                let (primitive, waits) = (Arc::clone(&primitive), Arc::clone(&waits));
                let mut own = Vec::with_capacity(self.turns);
                crew.spawn(async move {
                    for _ in 0..self.turns {
                        let called = Instant::now();
                        let turn = primitive.turn().await;
                        own.push(called.elapsed());
                        yield_now().await;
                        drop(turn);
                    }
                    let mut waits = waits.lock().expect("no task panics");
                    for wait in &own[1..] {
                        record(&mut waits, *wait);
                    }
                });
            }
        });
        let waits = waits.lock().expect("no task panics");
        Wait {
            p50: waits.value_at_quantile(0.5),
            p99: waits.value_at_quantile(0.99),
            p999: waits.value_at_quantile(0.999),
        }
    }

    fn spawn_server<P: Contended, C: Crew>(&self, crew: &mut C, primitive: &Arc<P>) {
        let (primitive, turns) = (Arc::clone(primitive), self.tasks() * self.turns);
        crew.spawn(async move { primitive.serve(turns).await });
    }
}

fn record(waits: &mut Histogram<u64>, wait: Duration) {
    let wait = wait.as_nanos().try_into().unwrap_or(u64::MAX);
    waits.record(wait).expect("the histogram resizes itself");
}

/// A contestant at one point, with its figures so far.
struct Contestant {
    primitive: &'static str,
    name: &'static str,
    crew: &'static str,
    throughput: fn(Load) -> f64,
    waits: fn(Load) -> Wait,
    turns: Vec<f64>,
    waited: Vec<Wait>,
}

impl Contestant {
    fn new<P: Contended, C: Crew>() -> Self {
        Self {
            primitive: P::PRIMITIVE,
            name: P::NAME,
            crew: C::NAME,
            throughput: Load::throughput::<P, C>,
            waits: Load::waits::<P, C>,
            turns: Vec::new(),
            waited: Vec::new(),
        }
    }

    fn run(&mut self, load: Load) {
        self.turns.push((self.throughput)(load));
        self.waited.push((self.waits)(load));
    }

    /// Returns the medians of all runs.
    fn point(&self, waiting: usize) -> Point {
        let wait = |figure: fn(&Wait) -> u64| median(self.waited.iter().map(figure));
        Point {
            primitive: self.primitive.to_owned(),
            implementation: self.name.to_owned(),
            crew: self.crew.to_owned(),
            waiting,
            // In whole picoseconds, because integers can be sorted.
            turn: median(self.turns.iter().map(|turn| (turn * 1e3) as u64)) as f64 / 1e3,
            wait: Wait {
                p50: wait(|wait| wait.p50),
                p99: wait(|wait| wait.p99),
                p999: wait(|wait| wait.p999),
            },
        }
    }
}

fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    values[values.len() / 2]
}

/// Measures two contestants at one point, and prints the figures.
fn point<A: Contended, B: Contended, C: Crew>(load: Load, rounds: usize) -> [Point; 2] {
    C::warm_up();
    let mut contestants = [Contestant::new::<A, C>(), Contestant::new::<B, C>()];
    for _ in 0..rounds {
        for contestant in &mut contestants {
            contestant.run(load);
        }
    }
    contestants.map(|contestant| {
        let point = contestant.point(load.waiting);
        let Wait { p50, p99, p999 } = point.wait;
        println!(
            "{:9} {:8} {:28} {:6} waiting {:8.1} ns per turn; wait p50 {p50} p99 {p99} p99.9 {p999} ns",
            point.primitive, point.implementation, point.crew, point.waiting, point.turn,
        );
        point
    })
}

/// Measures two contestants at one point, in each crew.
fn points<A: Contended, B: Contended>(load: Load, rounds: usize) -> Vec<Point> {
    let mut points = Vec::from(point::<A, B, OneThread>(load, rounds));
    points.extend(point::<A, B, TwoThreads>(load, rounds));
    points.extend(point::<A, B, Tokio>(load, rounds));
    points
}

/// The command line.
struct Request {
    is_test: bool,
    is_quick: bool,
    words: Vec<String>,
}

impl Request {
    fn includes(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }

    fn rounds(&self) -> usize {
        if self.is_test || self.is_quick {
            1
        } else {
            ROUNDS
        }
    }

    fn curve<A: Contended, B: Contended>(&self, growth: &mut Growth, served: usize) {
        if !self.includes(A::PRIMITIVE) {
            return;
        }
        for waiting in WAITING {
            // A test with few tasks is as good as one with many.
            if !self.is_test || waiting <= 64 {
                let load = Load::new(waiting, served, self.is_test);
                growth.points.extend(points::<A, B>(load, self.rounds()));
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (options, words): (Vec<_>, Vec<_>) =
        env::args().skip(1).partition(|word| word.starts_with('-'));
    let request = Request {
        is_test: options.iter().any(|option| option == "--test"),
        is_quick: options.iter().any(|option| option == "--quick"),
        words,
    };
    let mut growth = Growth::default();
    request.curve::<aiosync::Lock<()>, tokio::sync::Mutex<()>>(&mut growth, 1);
    request.curve::<aiosync::Semaphore, tokio::sync::Semaphore>(&mut growth, 4);
    request.curve::<aiosync::Queue<()>, Channel>(&mut growth, 1);
    if request.includes("tail") {
        let load = Load::new(950, 50, request.is_test);
        let points = points::<aiosync::Semaphore, tokio::sync::Semaphore>;
        growth.tails.extend(points(load, request.rounds()));
    }
    if !request.is_test && request.words.is_empty() {
        records::write(&records::folder().join(records::GROWTH), &growth)?;
    }
    Ok(())
}
