#![forbid(unsafe_code)]
//! The number of instructions of the most important paths: `cargo instructions`.
//!
//! Times vary between runs; counts do not. For each path, this program runs itself twice
//! under Callgrind, with few rounds and with many. Callgrind comes with valgrind, which must
//! be installed. The difference is the cost of the additional rounds, without start and end.
//!
//! The counts of `aiosync` are compared with those in `table.toml`. If one is more than 2 %
//! above the table, the command fails. To accept it, rewrite the table:
//!
//! | command | effect |
//! |---|---|
//! | `cargo instructions` | compares |
//! | `cargo instructions lock` | compares the paths with this word in their names |
//! | `cargo instructions --rewrite` | counts the peers too, and writes the table |
//! | `cargo bench --bench instructions --features aiosync/diagnostics` | compares with `diagnostics.toml` |
//!
//! With the feature `diagnostics`, the counts are those of a program that has not enabled it. They
//! have a table of their own, without peers.

mod batches;
#[path = "../harness/by_hand.rs"]
#[allow(dead_code, reason = "the benchmarks use the rest")]
mod by_hand;
mod count;
mod once_cells;
mod paths;
mod rounds;
mod table;
mod tasks;

use std::process::ExitCode;
use std::{env, error::Error, fs};

use aiosync::diagnostics::{self, Recording};
use paths::{PATHS, Path};
use table::{OURS, Table};

/// Returns the path of the table from the root of the repository.
fn table_file() -> &'static str {
    if has_diagnostics() {
        "benches/instructions/diagnostics.toml"
    } else {
        "benches/instructions/table.toml"
    }
}

/// Returns whether the feature `diagnostics` is compiled in.
fn has_diagnostics() -> bool {
    diagnostics::report().recording != Recording::NotCompiled
}

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let arguments: Vec<_> = env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    if let [mode, name, implementation, rounds] = &arguments[..] {
        if mode == count::RUN {
            let path = PATHS.iter().find(|path| path.is(name, implementation));
            let rounds = rounds.parse().expect("a number of rounds");
            (path.expect("a known path").run)(rounds);
            return ExitCode::SUCCESS;
        }
    }
    match instructions(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn instructions(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    if cfg!(debug_assertions) {
        return Err("the code is not optimized: use `cargo instructions`".into());
    }
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(table_file());
    let name = table_file();
    let ours = || PATHS.iter().filter(|path| path.implementation == OURS);
    let counter = count::Counter::new()?;
    match arguments {
        [word] if word == "--rewrite" => {
            let table = if has_diagnostics() {
                counted(&counter, ours())?
            } else {
                counted(&counter, PATHS.iter())?
            };
            fs::write(&file, table.to_text()?)?;
            println!("{name} is written");
            Ok(())
        }
        words if words.iter().all(|word| !word.starts_with('-')) => {
            let is_included = |path: &&Path| {
                words.is_empty() || words.iter().any(|word| path.name.contains(word.as_str()))
            };
            let now = counted(&counter, ours().filter(is_included))?;
            if now.paths.is_empty() {
                return Err(format!("no path has one of the words {words:?} in its name").into());
            }
            let text = fs::read_to_string(&file).map_err(|error| format!("{name}: {error}"))?;
            let before = Table::from_text(&text)?;
            let comparison = table::compare(&before, &now, words.is_empty());
            println!("\n{comparison}");
            if comparison.fails() {
                Err(format!(
                    "the counts differ from {name}; `cargo instructions --rewrite` updates it"
                )
                .into())
            } else {
                Ok(())
            }
        }
        _ => Err("usage: cargo instructions [--rewrite | WORD...]".into()),
    }
}

/// Counts the instructions of these paths.
fn counted<'a>(
    counter: &count::Counter,
    paths: impl Iterator<Item = &'a Path>,
) -> Result<Table, Box<dyn Error>> {
    let mut table = Table::new(counter.rustc.clone());
    for path in paths {
        let count = counter.count(path)?;
        println!("{count:9.1}  {}, {}", path.name, path.implementation);
        table.insert(path.name, path.implementation, count);
    }
    Ok(table)
}
