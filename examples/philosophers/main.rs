#![forbid(unsafe_code)]
//! The dining philosophers, with a `Lock` and a `Condition`.
//!
//! ```text
//! cargo run -p philosophers
//! ```
//!
//! Five philosophers sit at a round table, with a fork between each two of them. To eat, a
//! philosopher needs both neighbouring forks. Each takes both or none, under the lock of the
//! table, and otherwise waits for a change. So there is no cycle in which each holds one fork
//! and waits for another. Now and then a philosopher gives up the wait and thinks again: a
//! dropped wait has no effect.
//!
//! Exit code: 0 if all philosophers had all meals, no fork was ever in two hands, and all
//! forks end on the table.

#[path = "../usage.rs"]
mod usage;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aiosync::{Condition, Lock};
use futures_lite::future;
use tokio::task::{JoinSet, yield_now};

const NAMES: [&str; 5] = ["Aristotle", "Hypatia", "Kant", "Arendt", "Russell"];

/// The number of meals of each philosopher.
const MEALS: usize = 500;

/// Of this number of meals, one is preceded by a wait that is given up at once.
const GIVES_UP: usize = 7;

#[derive(Debug)]
struct Table {
    /// Whether each fork is on the table. Fork `n` is between philosopher `n` and the next.
    forks: Lock<[bool; 5]>,
    /// Notified when forks have been put down.
    put_down: Condition,
    /// The number of hands at each fork. It checks that the lock works.
    hands: [AtomicUsize; 5],
    eating: AtomicUsize,
    most_eating: AtomicUsize,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let [] = usage::read(
        "Runs the dining philosophers, and checks that all of them have their meals.",
        [],
    );
    let table = Arc::new(Table {
        forks: Lock::new([true; 5]),
        put_down: Condition::new(),
        hands: Default::default(),
        eating: AtomicUsize::new(0),
        most_eating: AtomicUsize::new(0),
    });
    let mut dinner = JoinSet::new();
    for seat in 0..NAMES.len() {
        let table = Arc::clone(&table);
        dinner.spawn(async move { (seat, table.dine(seat).await) });
    }
    let mut right = true;
    while let Some(left) = dinner.join_next().await {
        let (seat, evening) = left.expect("no task panics");
        let name = NAMES[seat];
        println!(
            "{name:10} {:>4} meals, gave up {:>3} times",
            evening.meals, evening.gave_up
        );
        right &= evening.meals == MEALS && evening.quarrels == 0;
    }
    let most = table.most_eating.load(Ordering::Relaxed);
    println!("at most {most} ate at the same time");
    right &= (1..=2).contains(&most);
    right &= *table.forks.lock().await == [true; 5] && table.put_down.waiters() == 0;
    if right {
        ExitCode::SUCCESS
    } else {
        eprintln!("error: a meal or a fork is missing, or a fork was in two hands: {table:?}");
        ExitCode::FAILURE
    }
}

/// The evening of one philosopher.
#[derive(Default)]
struct Evening {
    meals: usize,
    gave_up: usize,
    /// The number of times that a fork was in another hand too.
    quarrels: usize,
}

impl Table {
    async fn dine(&self, seat: usize) -> Evening {
        let mut evening = Evening::default();
        while evening.meals < MEALS {
            yield_now().await; // thinks
            // If the forks are free, a single poll takes them.
            let gives_up = (evening.meals + evening.gave_up + seat) % GIVES_UP == 0;
            if gives_up && future::poll_once(self.take_forks(seat)).await.is_none() {
                evening.gave_up += 1;
                continue;
            }
            if !gives_up {
                self.take_forks(seat).await;
            }
            evening.quarrels += self.eat(seat).await;
            evening.meals += 1;
            self.put_forks_down(seat).await;
        }
        evening
    }

    async fn take_forks(&self, seat: usize) {
        let forks = self.forks.lock().await;
        let missing = |forks: &mut [bool; 5]| sides(seat).iter().any(|&fork| !forks[fork]);
        let mut forks = self.put_down.wait_while(forks, missing).await;
        for fork in sides(seat) {
            forks[fork] = false;
        }
    }

    async fn put_forks_down(&self, seat: usize) {
        let mut forks = self.forks.lock().await;
        for fork in sides(seat) {
            forks[fork] = true;
        }
        drop(forks);
        self.put_down.notify_all();
    }

    /// Eats, and returns how many of the two forks were in another hand too.
    async fn eat(&self, seat: usize) -> usize {
        let eating = self.eating.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_eating.fetch_max(eating, Ordering::Relaxed);
        let taken = sides(seat).map(|fork| self.hands[fork].fetch_add(1, Ordering::Relaxed));
        yield_now().await; // a bite
        yield_now().await; // another bite
        for fork in sides(seat) {
            self.hands[fork].fetch_sub(1, Ordering::Relaxed);
        }
        self.eating.fetch_sub(1, Ordering::Relaxed);
        taken.iter().filter(|&&hands| hands > 0).count()
    }
}

/// Returns the forks to the left and to the right of a seat.
fn sides(seat: usize) -> [usize; 2] {
    [(seat + 4) % 5, seat]
}
