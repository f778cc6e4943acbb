#![forbid(unsafe_code)]
//! Runs a program that hangs, and prints why it hangs.
//!
//! ```text
//! cargo run -p hangs -- futurelock
//! cargo run -p hangs -- cycle
//! cargo run -p hangs -- leak
//! ```
//!
//! A watchdog looks for waits that are older than a second. When it finds one, it prints a report
//! and ends the process.
//!
//! Exit code: 0 if the program hangs, as it should; 2 if the arguments are invalid.

use std::io::{self, Write};
use std::process;
use std::time::Duration;

use aiosync::diagnostics::{self, Level, Watchdog};
use clap::{Parser, Subcommand};
use hangs::{cycle, futurelock, leak};

/// Runs a program that hangs. After a second, prints a report that says why, and ends.
#[derive(Debug, Parser)]
#[command(name = "hangs")]
struct Arguments {
    #[command(subcommand)]
    hang: Hang,
}

#[derive(Debug, Subcommand)]
enum Hang {
    /// A `select!` keeps a future that was granted a lock, and does not poll it
    Futurelock,
    /// Two tasks acquire two locks in opposite orders
    Cycle,
    /// A pool has no more connections, because some never come back
    Leak,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments = Arguments::parse();
    diagnostics::enable(Level::Holders);
    let (every, older_than) = (Duration::from_millis(100), Duration::from_secs(1));
    let _watchdog = Watchdog::spawn(every, older_than, |_| {
        // If the output is closed, nobody reads the report.
        let _ = writeln!(io::stdout(), "{}", diagnostics::report());
        process::exit(0);
    });
    match arguments.hang {
        Hang::Futurelock => futurelock::run().await,
        Hang::Cycle => cycle::run().await,
        Hang::Leak => leak::run().await,
    }
}
