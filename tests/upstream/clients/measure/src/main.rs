//! Measures each client on the types of this crate, and the original beside it, in turns.
//! Prints a table for docs/upstream.md.

#[path = "."]
mod original {
    use {deadpool_original as deadpool, moka_original as moka, tower_original as tower};

    #[path = "work.rs"]
    pub(crate) mod work;
}

#[path = "."]
mod adapted {
    use {deadpool, moka, tower};

    #[path = "work.rs"]
    pub(crate) mod work;
}

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

const TASKS: usize = 64;
/// The number of operations of each task.
const EACH: usize = 2_000;
/// The number of times that each side does the work.
const ROUNDS: usize = 31;

fn main() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("the runtime starts");
    println!("| client | work of 64 tasks | original | on aiosync | ratio |");
    println!("|---|---|--:|--:|--:|");
    macro_rules! compare {
        ($client:ident, $work:literal) => {
            let sides: [fn(&Runtime) -> Duration; 2] = [
                |runtime| runtime.block_on(original::work::$client()),
                |runtime| runtime.block_on(adapted::work::$client()),
            ];
            let [original, adapted] = in_turns(&runtime, sides);
            println!(
                "| {} | {} | {original} | {adapted} | {:.2} |",
                stringify!($client),
                $work,
                adapted.median / original.median,
            );
        };
    }
    compare!(
        deadpool,
        "each takes one of 8 objects, yields, and returns it"
    );
    compare!(tower, "each calls a service that yields, 8 calls at a time");
    compare!(
        moka,
        "all ask for the same new keys; one computes the value, and yields"
    );
}

/// Operations in a second, in millions.
struct Rate {
    lowest: f64,
    median: f64,
    highest: f64,
}

impl std::fmt::Display for Rate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            lowest,
            median,
            highest,
        } = self;
        write!(formatter, "{median:.2} ({lowest:.2}–{highest:.2})")
    }
}

/// Runs both sides in turns. Each begins every second round. The first round does not count.
fn in_turns(runtime: &Runtime, sides: [fn(&Runtime) -> Duration; 2]) -> [Rate; 2] {
    let mut rates = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for turn in 0..2 {
            let side = (round + turn) % 2;
            let time = sides[side](runtime);
            if round > 0 {
                rates[side].push((TASKS * EACH) as f64 / time.as_secs_f64() / 1e6);
            }
        }
    }
    rates.map(|mut rates| {
        rates.sort_by(f64::total_cmp);
        Rate {
            lowest: rates[0],
            median: rates[ROUNDS / 2],
            highest: rates[ROUNDS - 1],
        }
    })
}
