//! The command line.

use clap::Parser;

/// Counts the words of texts that clients send over HTTP. SIGTERM or Ctrl-C stops the server
/// after it has finished all accepted texts.
///
/// POST /jobs accepts a text. GET /stats returns the counts.
#[derive(Debug, Parser)]
#[command(name = "axum_shutdown")]
pub(crate) struct Arguments {
    /// Port on 127.0.0.1; with 0, the system selects a free one
    #[arg(long, value_name = "PORT", default_value = "0")]
    pub(crate) port: u16,

    /// Maximum number of texts in the queue, 1 to 65535
    #[arg(long, value_name = "N", default_value = "64")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) capacity: u16,

    /// Time in seconds to finish the accepted texts after the signal, 0 to 3600
    #[arg(long, value_name = "SECONDS", default_value = "10")]
    #[arg(value_parser = clap::value_parser!(u16).range(..=3600))]
    pub(crate) deadline: u16,

    /// Wait for POST /resume before counting the first text
    #[arg(long)]
    pub(crate) paused: bool,
}

impl Arguments {
    /// Reads the arguments of this process. If they are invalid, ends the process with a
    /// message and code 2.
    pub(crate) fn read() -> Self {
        Self::parse()
    }
}
