#![forbid(unsafe_code)]
//! How a turn and the wait for it grow with the number of tasks that wait.
//!
//! | curve | one turn |
//! |---|---|
//! | lock | lock, yield while it is held, unlock |
//! | semaphore | the same with 4 permits |
//! | queue | put an item into a queue of capacity 1, out of which one task gets them |
//!
//! So many tasks are in line while others have their turn, on one thread and on two.
//! The tail is the wait of 1 000 tasks for 50 permits.
//!
//! A turn is the time of all tasks together by the number of turns, measured without
//! looking at the clock in between. The wait is measured in runs of its own: from the
//! call to its end, save the first of each task, which finds the line half full. Shown
//! is the median of five runs, for each percentile too.
//!
//! `cargo bench --bench growth -- WORD` shows the curves with the word in their name.
//! Without a word it leaves a file for the report.

mod harness;

use std::env;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_lite::future::yield_now;
use hdrhistogram::Histogram;

use harness::race::{Crew, OneThread, TwoThreads, race};
use harness::records::{self, Growth, Point, WAITING, Wait};

/// Turns in a run, and the least of a task.
const TURNS: usize = 200_000;
const LEAST: usize = 20;

/// Runs of each contestant, who take turns.
const ROUNDS: usize = 5;

/// What a task waits for, again and again.
trait Line: Send + Sync + 'static {
    const PRIMITIVE: &'static str;
    const NAME: &'static str;
    /// Tasks that have their turn while others wait.
    fn new(served: usize) -> Self;
    /// Waits for a turn; what it answers is held over a yield.
    fn turn(&self) -> impl Future<Output = impl Send> + Send;
    /// What a further task does, if there is one, while `turns` are taken.
    fn serve(&self, _turns: usize) -> impl Future<Output = ()> + Send {
        async {}
    }
}

impl Line for aiosync::Lock<()> {
    const PRIMITIVE: &'static str = "lock";
    const NAME: &'static str = "aiosync";
    fn new(_: usize) -> Self {
        Self::new(())
    }
    fn turn(&self) -> impl Future<Output = impl Send> + Send {
        self.lock()
    }
}

impl Line for tokio::sync::Mutex<()> {
    const PRIMITIVE: &'static str = "lock";
    const NAME: &'static str = "tokio";
    fn new(_: usize) -> Self {
        Self::new(())
    }
    fn turn(&self) -> impl Future<Output = impl Send> + Send {
        self.lock()
    }
}

impl Line for aiosync::Semaphore {
    const PRIMITIVE: &'static str = "semaphore";
    const NAME: &'static str = "aiosync";
    fn new(served: usize) -> Self {
        Self::new(served)
    }
    fn turn(&self) -> impl Future<Output = impl Send> + Send {
        self.acquire()
    }
}

impl Line for tokio::sync::Semaphore {
    const PRIMITIVE: &'static str = "semaphore";
    const NAME: &'static str = "tokio";
    fn new(served: usize) -> Self {
        Self::new(served)
    }
    fn turn(&self) -> impl Future<Output = impl Send> + Send {
        self.acquire()
    }
}

impl Line for aiosync::Queue<()> {
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
            self.get().await.expect("it is open");
            yield_now().await;
        }
    }
}

/// One end of tokio's channel is asked for by one task only, so that its mutex is free.
struct Channel {
    sender: tokio::sync::mpsc::Sender<()>,
    receiver: Mutex<Option<tokio::sync::mpsc::Receiver<()>>>,
}

impl Line for Channel {
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
        let receiver = self.receiver.lock().expect("nobody panics").take();
        let mut receiver = receiver.expect("it is served once");
        for _ in 0..turns {
            receiver.recv().await.expect("it is open");
            yield_now().await;
        }
    }
}

/// How many tasks, and how many turns for each.
#[derive(Clone, Copy)]
struct Crowd {
    waiting: usize,
    served: usize,
    turns: usize,
}

impl Crowd {
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

    /// Nanoseconds for a turn.
    fn throughput<L: Line, C: Crew>(self) -> f64 {
        let line = Arc::new(L::new(self.served));
        let elapsed = race(|crew: &mut C| {
            self.spawn_server(crew, &line);
            for _ in 0..self.tasks() {
                let line = Arc::clone(&line);
                crew.spawn(async move {
                    for _ in 0..self.turns {
                        let _turn = line.turn().await;
                        yield_now().await;
                    }
                });
            }
        });
        elapsed.as_nanos() as f64 / (self.tasks() * self.turns) as f64
    }

    /// The waits of one run.
    fn waits<L: Line, C: Crew>(self) -> Wait {
        let waits = Histogram::<u64>::new(3).expect("three digits are possible");
        let waits = Arc::new(Mutex::new(waits));
        let line = Arc::new(L::new(self.served));
        race(|crew: &mut C| {
            self.spawn_server(crew, &line);
            for _ in 0..self.tasks() {
                let (line, waits) = (Arc::clone(&line), Arc::clone(&waits));
                let mut own = Vec::with_capacity(self.turns);
                crew.spawn(async move {
                    for _ in 0..self.turns {
                        let called = Instant::now();
                        let turn = line.turn().await;
                        own.push(called.elapsed());
                        yield_now().await;
                        drop(turn);
                    }
                    let mut waits = waits.lock().expect("nobody panics");
                    for wait in &own[1..] {
                        record(&mut waits, *wait);
                    }
                });
            }
        });
        let waits = waits.lock().expect("nobody panics");
        Wait {
            p50: waits.value_at_quantile(0.5),
            p99: waits.value_at_quantile(0.99),
            p999: waits.value_at_quantile(0.999),
        }
    }

    fn spawn_server<L: Line, C: Crew>(&self, crew: &mut C, line: &Arc<L>) {
        let (line, turns) = (Arc::clone(line), self.tasks() * self.turns);
        crew.spawn(async move { line.serve(turns).await });
    }
}

fn record(waits: &mut Histogram<u64>, wait: Duration) {
    let wait = wait.as_nanos().try_into().unwrap_or(u64::MAX);
    waits.record(wait).expect("it grows");
}

/// A contestant at one point, with what it has shown so far.
struct Contestant {
    primitive: &'static str,
    name: &'static str,
    threads: usize,
    throughput: fn(Crowd) -> f64,
    waits: fn(Crowd) -> Wait,
    turns: Vec<f64>,
    waited: Vec<Wait>,
}

impl Contestant {
    fn new<L: Line, C: Crew>(threads: usize) -> Self {
        Self {
            primitive: L::PRIMITIVE,
            name: L::NAME,
            threads,
            throughput: Crowd::throughput::<L, C>,
            waits: Crowd::waits::<L, C>,
            turns: Vec::new(),
            waited: Vec::new(),
        }
    }

    fn run(&mut self, crowd: Crowd) {
        self.turns.push((self.throughput)(crowd));
        self.waited.push((self.waits)(crowd));
    }

    /// The medians of all runs.
    fn point(&self, waiting: usize) -> Point {
        let wait = |figure: fn(&Wait) -> u64| median(self.waited.iter().map(figure));
        Point {
            primitive: self.primitive.to_owned(),
            implementation: self.name.to_owned(),
            threads: self.threads,
            waiting,
            // Whole picoseconds can be sorted.
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

/// Two contestants at one point, on as many threads as the crew has.
fn point<A: Line, B: Line, C: Crew>(crowd: Crowd, threads: usize, rounds: usize) -> [Point; 2] {
    C::warm_up();
    let mut contestants = [
        Contestant::new::<A, C>(threads),
        Contestant::new::<B, C>(threads),
    ];
    for _ in 0..rounds {
        for contestant in &mut contestants {
            contestant.run(crowd);
        }
    }
    contestants.map(|contestant| {
        let point = contestant.point(crowd.waiting);
        let Wait { p50, p99, p999 } = point.wait;
        println!(
            "{:9} {:8} {} threads {:6} waiting {:8.1} ns a turn; wait p50 {p50} p99 {p99} p99.9 {p999} ns",
            point.primitive, point.implementation, point.threads, point.waiting, point.turn,
        );
        point
    })
}

/// What the command line asks for.
struct Request {
    is_test: bool,
    words: Vec<String>,
}

impl Request {
    fn is_asked(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }

    fn rounds(&self) -> usize {
        if self.is_test { 1 } else { ROUNDS }
    }

    fn curve<A: Line, B: Line>(&self, growth: &mut Growth, served: usize) {
        if !self.is_asked(A::PRIMITIVE) {
            return;
        }
        for waiting in WAITING {
            // A run of few is as good a test as one of many.
            if !self.is_test || waiting <= 64 {
                let crowd = Crowd::new(waiting, served, self.is_test);
                let points = &mut growth.points;
                points.extend(point::<A, B, OneThread>(crowd, 1, self.rounds()));
                points.extend(point::<A, B, TwoThreads>(crowd, 2, self.rounds()));
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (options, words): (Vec<_>, Vec<_>) =
        env::args().skip(1).partition(|word| word.starts_with('-'));
    let request = Request {
        is_test: options.iter().any(|option| option == "--test"),
        words,
    };
    let mut growth = Growth::default();
    request.curve::<aiosync::Lock<()>, tokio::sync::Mutex<()>>(&mut growth, 1);
    request.curve::<aiosync::Semaphore, tokio::sync::Semaphore>(&mut growth, 4);
    request.curve::<aiosync::Queue<()>, Channel>(&mut growth, 1);
    if request.is_asked("tail") {
        let crowd = Crowd::new(950, 50, request.is_test);
        let (tails, rounds) = (&mut growth.tails, request.rounds());
        tails.extend(
            point::<aiosync::Semaphore, tokio::sync::Semaphore, OneThread>(crowd, 1, rounds),
        );
        tails.extend(point::<
            aiosync::Semaphore,
            tokio::sync::Semaphore,
            TwoThreads,
        >(crowd, 2, rounds));
    }
    if !request.is_test && request.words.is_empty() {
        records::write(&records::folder().join(records::GROWTH), &growth)?;
    }
    Ok(())
}
