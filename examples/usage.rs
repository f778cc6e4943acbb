//! The command line of an example that has no arguments except flags.
#![forbid(unsafe_code)]

use std::env;
use std::io::{self, Write};
use std::process;

const NAME: &str = env!("CARGO_PKG_NAME");

const HELP: &str = "-h, --help";

/// A flag: its name, and what it does.
pub(crate) type Flag = (&'static str, &'static str);

/// Returns whether each of the flags was given.
///
/// If `--help` was given, prints the help and ends the process. If there is any other
/// argument, prints a message and ends the process with code 2.
pub(crate) fn read<const N: usize>(about: &str, flags: [Flag; N]) -> [bool; N] {
    let mut given = [false; N];
    for argument in env::args_os().skip(1) {
        if HELP.split(", ").any(|help| argument == help) {
            // If the output is closed, nobody reads the help.
            let _ = io::stdout().write_all(help(about, &flags).as_bytes());
            process::exit(0);
        }
        let known = flags.iter().position(|(name, _)| argument == *name);
        let Some(known) = known else {
            eprintln!("error: unexpected argument {argument:?}");
            eprintln!("{}", usage(&flags));
            process::exit(2);
        };
        given[known] = true;
    }
    given
}

fn usage(flags: &[Flag]) -> String {
    let flags = flags.iter().map(|(name, _)| format!(" [{name}]"));
    format!("Usage: {NAME}{}", flags.collect::<String>())
}

fn help(about: &str, flags: &[Flag]) -> String {
    let mut help = format!("{about}\n\n{}\n\nOptions:\n", usage(flags));
    for (name, text) in flags.iter().chain([&(HELP, "Prints this help")]) {
        help += &format!("  {name:<10}  {text}\n");
    }
    help
}
