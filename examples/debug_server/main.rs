#![forbid(unsafe_code)]
//! A program that hangs, and a thread that says why.
//!
//! ```text
//! cargo run -p debug_server -- --port 8080
//! curl http://127.0.0.1:8080/debug/aiosync.json
//! kill -USR1 $(pidof debug_server)
//! ```
//!
//! The page `/debug/aiosync` shows what the tasks of this process wait for, and
//! `/debug/aiosync.json` has the same for programs. SIGUSR1 prints it.
//!
//! The debug server has a thread and a runtime of its own, so it works while the tasks and even the
//! threads of the main runtime hang. Bind such a server to the local host only: it shows the names
//! of tasks and the paths of source files.
//!
//! | module | contents |
//! |---|---|
//! | [`server`] | the thread: HTTP requests and the signal |
//! | [`page`] | a report as a page |
//!
//! Exit code: 1 if the server cannot start, 2 if the arguments are invalid. Otherwise a signal ends
//! the process.

mod page;
mod server;

use std::process::ExitCode;
use std::time::Duration;

use aiosync::diagnostics::{self, Level, Watchdog};
use clap::Parser;
use hangs::{cycle, futurelock, leak};

/// Hangs in three ways. Shows why at /debug/aiosync, at /debug/aiosync.json and on SIGUSR1.
#[derive(Debug, Parser)]
#[command(name = "debug_server")]
struct Arguments {
    /// Port on 127.0.0.1; with 0, the system selects a free one
    #[arg(long, value_name = "PORT", default_value = "0")]
    port: u16,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Before the first task, because earlier waits are not recorded.
    diagnostics::enable(Level::Holders);
    if let Err(error) = server::start(arguments.port) {
        eprintln!("error: {error}");
        return ExitCode::FAILURE;
    }
    let (every, older_than) = (Duration::from_millis(100), Duration::from_secs(1));
    let mut last = 0;
    let _watchdog = Watchdog::spawn(every, older_than, move |hang| {
        // Later looks find the same hangs again.
        if hang.id > last {
            last = hang.id;
            println!("{hang}");
        }
    });
    hang();
    ExitCode::SUCCESS
}

#[tokio::main(flavor = "current_thread")]
async fn hang() {
    tokio::join!(futurelock::run(), cycle::run(), leak::run());
}
