#![forbid(unsafe_code)]
//! How many instructions the paths take that matter most: `cargo instructions`.
//!
//! Times drift, counts do not. This program runs itself under Callgrind, which must be
//! installed with valgrind, twice for each path: with few rounds and with many. The
//! difference is what the further rounds took, without the beginning and the end.
//!
//! The counts of `aiosync` are compared with those in `table.toml`. One that is more than
//! 2 % above fails, until the table is changed on purpose:
//!
//! | command | what |
//! |---|---|
//! | `cargo instructions` | compares |
//! | `cargo instructions lock` | compares the paths with this word in their name |
//! | `cargo instructions --rewrite` | counts the peers' as well, and writes the table |

#[path = "../harness/by_hand.rs"]
#[allow(dead_code, reason = "the benchmarks use the rest")]
mod by_hand;
mod count;
mod paths;
mod table;

use std::process::ExitCode;
use std::{env, error::Error, fs};

use paths::{PATHS, Path};
use table::{OURS, Table};

/// The table, from the root of the repository.
const FILE: &str = "benches/instructions/table.toml";

fn main() -> ExitCode {
    // Cargo adds this one.
    let arguments: Vec<_> = env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    if let [mode, name, implementation, rounds] = &arguments[..] {
        if mode == count::RUN {
            let path = PATHS.iter().find(|path| path.is(name, implementation));
            let rounds = rounds.parse().expect("a number of rounds");
            (path.expect("there is such a path").run)(rounds);
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
        return Err("unoptimized code tells nothing: use `cargo instructions`".into());
    }
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(FILE);
    let counter = count::Counter::new()?;
    match arguments {
        [word] if word == "--rewrite" => {
            let table = counted(&counter, PATHS.iter())?;
            fs::write(&file, table.to_text()?)?;
            println!("{FILE} is written");
            Ok(())
        }
        words if words.iter().all(|word| !word.starts_with('-')) => {
            let asked = |path: &&Path| {
                words.is_empty() || words.iter().any(|word| path.name.contains(word.as_str()))
            };
            let ours = || PATHS.iter().filter(|path| path.implementation == OURS);
            let now = counted(&counter, ours().filter(asked))?;
            if now.paths.is_empty() {
                return Err(format!("no path has one of {words:?} in its name").into());
            }
            let text = fs::read_to_string(&file).map_err(|error| format!("{FILE}: {error}"))?;
            let before = Table::from_text(&text)?;
            let comparison = table::compare(&before, &now, words.is_empty());
            println!("\n{comparison}");
            if comparison.fails() {
                Err(
                    format!("{FILE} says otherwise; `cargo instructions --rewrite` changes it")
                        .into(),
                )
            } else {
                Ok(())
            }
        }
        _ => Err("usage: cargo instructions [--rewrite | WORD...]".into()),
    }
}

/// Counts these paths.
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
