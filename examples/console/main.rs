#![forbid(unsafe_code)]
//! Three hangs, for tokio-console.
//!
//! ```text
//! RUSTFLAGS='--cfg tokio_unstable' cargo run -p console --target-dir target/console
//! tokio-console http://127.0.0.1:6669
//! ```
//!
//! The view of the resources has the locks and the semaphore, with the calls that created them. The
//! detail of a resource has its waits. tokio-console shows that a task waits, but not what has the
//! lock: for that, print a report of `aiosync::diagnostics`.
//!
//! Exit code: 1 if the program was built without `--cfg tokio_unstable`, which console-subscriber
//! needs; 2 if the arguments are invalid. Otherwise a signal ends the process.

use std::net::Ipv4Addr;
use std::process::ExitCode;

use aiosync::diagnostics::{self, Level};
use clap::Parser;
use console_subscriber::ConsoleLayer;
use hangs::{cycle, futurelock, leak};

/// Hangs in three ways, and shows its tasks and their waits to tokio-console.
#[derive(Debug, Parser)]
#[command(name = "console")]
struct Arguments {
    /// Port on 127.0.0.1 for tokio-console
    #[arg(long, value_name = "PORT", default_value = "6669")]
    port: u16,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if !cfg!(tokio_unstable) {
        eprintln!("error: console-subscriber needs RUSTFLAGS='--cfg tokio_unstable'");
        return ExitCode::FAILURE;
    }
    let address = (Ipv4Addr::LOCALHOST, arguments.port);
    ConsoleLayer::builder().server_addr(address).init();
    // Waits are traced from here on.
    diagnostics::enable(Level::Waits);
    println!("tokio-console http://127.0.0.1:{}", arguments.port);
    hang();
    ExitCode::SUCCESS
}

#[tokio::main(flavor = "current_thread")]
async fn hang() {
    let tasks = [
        tokio::spawn(futurelock::run()),
        tokio::spawn(cycle::run()),
        tokio::spawn(leak::run()),
    ];
    for task in tasks {
        task.await.expect("the task does not panic");
    }
}
