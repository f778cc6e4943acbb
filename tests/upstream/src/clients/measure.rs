//! Compares the speed of the clients with that of the originals.

use std::error::Error;
use std::process::{Command, Stdio};
use std::thread::available_parallelism;

use super::prepare::workspace;
use crate::page;
use crate::prepare::Tree;

/// Builds and runs the package `measure`, and writes its table into the page.
pub(super) fn run(tree: &Tree) -> Result<(), Box<dyn Error>> {
    let table = output(
        Command::new(env!("CARGO"))
            .args(["run", "--release", "--locked", "--package", "measure"])
            .arg("--manifest-path")
            .arg(workspace(tree).join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&tree.build),
    )?;
    let compiler = output(Command::new("rustc").arg("--version"))?;
    let machine = format!(
        "\nMeasured with {} on {} processors.\n",
        compiler.trim(),
        available_parallelism()?,
    );
    print!("{table}{machine}");
    page::write(&tree.root, "client-speed", &format!("\n{table}{machine}\n"))
}

fn output(command: &mut Command) -> Result<String, Box<dyn Error>> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
