//! Clients: published crates that use tokio or async-lock, built on the types of this crate.
//!
//! Each client is copied from the package that Cargo has downloaded. In its manifest, a few
//! dependencies become the adapters of this folder; its source and its tests do not change.
//!
//! | module | what |
//! |---|---|
//! | [`list`] | the clients |
//! | [`prepare`] | copies them |
//! | [`execute`] | builds them, and runs their tests |
//! | [`mutants`] | runs the tests on a copy of the source that has a defect |
//! | [`measure`] | compares their speed with that of the originals |

mod execute;
mod list;
mod measure;
mod mutants;
mod prepare;

use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::time::Instant;

use crate::misuse;
use crate::page;
use crate::prepare::{Metadata, Tree, write_if_changed};
use list::{CLIENTS, Client, LeftOut};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Command {
    Run,
    Page,
    Measure,
    Mutants,
    Lock,
}

/// Runs `cargo upstream --clients`, with the arguments behind that option.
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    let mut command = Command::Run;
    let mut names = Vec::new();
    for argument in arguments {
        let chosen = match &**argument {
            "--page" => Command::Page,
            "--measure" => Command::Measure,
            "--mutants" => Command::Mutants,
            "--lock" => Command::Lock,
            option if option.starts_with('-') => {
                return misuse(&format!("--clients has no option {option}"));
            }
            name => {
                names.push(name);
                continue;
            }
        };
        if command != Command::Run {
            return misuse("--clients takes only one option");
        }
        command = chosen;
    }
    if command == Command::Run {
        let is_known = |name: &&&str| CLIENTS.iter().any(|client| client.name == **name);
        if let Some(name) = names.iter().find(|name| !is_known(name)) {
            return misuse(&format!("no client has the name {name:?}"));
        }
    } else if command == Command::Mutants {
        if let Some(word) = names.iter().find(|word| !mutants::is_known(word)) {
            return misuse(&format!("no defect has {word:?} in its text"));
        }
    } else if !names.is_empty() {
        return misuse("this option of --clients is for all clients, and takes no names");
    }
    match run(command, &names) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, names: &[&str]) -> Result<(), Box<dyn Error>> {
    let tree = crate::tree()?;
    let metadata = Metadata::read(&tree)?;
    let changed_lines = prepare::prepare(&CLIENTS, &metadata, &tree)?;
    match command {
        Command::Measure => return measure::run(&tree),
        Command::Mutants => return mutants::run(&metadata, &tree, names),
        Command::Lock => return lock(&tree),
        Command::Run | Command::Page => {}
    }
    let mut problems = Vec::new();
    for client in &CLIENTS {
        if names.is_empty() || names.contains(&client.name) {
            problems.extend(run_client(client, &tree)?);
        }
    }
    let table = table(&changed_lines);
    if command == Command::Page && problems.is_empty() {
        page::write(&tree.root, "clients", &table)?;
    } else if !page::has(&tree.root, "clients", &table)? {
        problems.push("docs/upstream.md is out of date: cargo upstream --clients --page".into());
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n").into())
    }
}

/// Runs the tests of a client, and prints a line for it. Returns the differences from the list.
fn run_client(client: &Client, tree: &Tree) -> Result<Vec<String>, Box<dyn Error>> {
    let started = Instant::now();
    let programs = execute::build(client, tree)??;
    let built = started.elapsed();
    let outcome = execute::run(client, &programs)?;
    println!(
        "{:27} {:3} of {:3}  {:4.1} s, built in {:.1} s",
        client.name,
        outcome.passed,
        client.tests(),
        (started.elapsed() - built).as_secs_f64(),
        built.as_secs_f64(),
    );
    Ok(outcome.problems)
}

/// Lets Cargo update the lock file of the clients, and stores it.
fn lock(tree: &Tree) -> Result<(), Box<dyn Error>> {
    let workspace = prepare::workspace(tree);
    let mut command = std::process::Command::new(env!("CARGO"));
    command.args(["update", "--workspace", "--manifest-path"]);
    if !command
        .arg(workspace.join("Cargo.toml"))
        .status()?
        .success()
    {
        return Err("Cargo cannot update the lock file".into());
    }
    let stored = tree.root.join("tests/upstream/clients/Cargo.lock");
    write_if_changed(&stored, &fs::read(workspace.join("Cargo.lock"))?)
}

/// Returns the table of the page.
fn table(changed_lines: &[usize]) -> String {
    let mut table = "\n| client | what it uses of this crate | changed lines of its manifest | \
                     of its source and tests | its tests |\n|---|---|--:|--:|--:|\n"
        .to_owned();
    for (client, lines) in CLIENTS.iter().zip(changed_lines) {
        table += &format!(
            "| {} {} | {} | {lines} | 0 | {} of {} |\n",
            client.name,
            client.version,
            client.uses,
            client.run_tests(),
            client.tests(),
        );
    }
    table += "\nLeft out:\n\n";
    for client in &CLIENTS {
        for LeftOut { suite, test, rule } in client.left_out {
            table += &format!("- {} `{suite}`: `{test}`. {rule}\n", client.name);
        }
    }
    table + "\n"
}
