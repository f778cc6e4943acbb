#![forbid(unsafe_code)]
//! Counts the words below a folder six times: sequentially, in parallel under four
//! executors, and on plain threads. The parallel runs use the same primitives of `aiosync`.
//! The six results must be equal.
//!
//! ```text
//! cargo run --release -p wordcount -- [DIR]
//! ```
//!
//! An `Event` starts all tasks. One producer walks the folder and puts paths into a
//! bounded `Queue`. Each worker gets paths, opens the files and counts their words. A
//! `Semaphore` limits the number of open files. `join` returns when all files are
//! counted. Then the producer closes the queue, and the workers meet at a `Barrier`.
//! Each worker takes one share of the words from all workers, and merges it into the
//! totals behind a `Lock`. The workers meet again, and the leader ends the job. The
//! progress reporter waits for each change with a `Condition`.
//!
//! | module | contents |
//! |---|---|
//! | [`arguments`] | the command line |
//! | [`walk`] | the selection of the files to count |
//! | [`read`] | opening and reading a file |
//! | [`count`] | the definition of a word, and totals of words |
//! | [`plain`] | the count without `aiosync`, which the other results must equal |
//! | [`shares`] | the shares that the workers exchange between the stages |
//! | [`job`] | the state that the tasks or threads of one run share |
//! | [`pipeline`] | the tasks, written once for every executor |
//! | [`threads`] | the same on plain threads |
//! | [`runtimes`] | the five ways to run a job |
//! | [`report`] | table and progress bar |
//!
//! Results go to the standard output; the progress bar, skipped files and errors go to
//! the error output. Exit code: 0 if all results agree, 1 if they do not or the report
//! cannot be written, 2 if the arguments are invalid.

mod arguments;
mod count;
mod job;
mod pipeline;
mod plain;
mod read;
mod report;
mod runtimes;
mod shares;
mod threads;
mod walk;

use std::io::{self, Write};
use std::panic;
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::time::Instant;

use crate::arguments::Arguments;
use crate::count::Totals;
use crate::job::Job;
use crate::report::{Bar, Row};
use crate::runtimes::RUNTIMES;

/// The maximum number of printed differences of a wrong result.
const SHOWN_DIFFERENCES: usize = 10;

fn main() -> ExitCode {
    end_on_panic();
    let arguments = Arguments::read();
    let roots = arguments.roots();

    let begin = Instant::now();
    let plain = plain::count(&roots, &Bar::of_unknown_length(plain::NAME));
    let expected = plain.totals;
    let mut rows = vec![row(plain::NAME, &expected, plain.most_open, begin)];

    let mut problems = Vec::new();
    for runtime in RUNTIMES {
        let bar = Bar::new(runtime.name, plain.files);
        let begin = Instant::now();
        let job = Arc::new(Job::new(&arguments, roots.clone(), bar));
        (runtime.run)(&job);

        let totals = job.take_totals();
        let mut row = row(runtime.name, &totals, job.open_files.most(), begin);
        let mut wrong = totals.differences(&expected, SHOWN_DIFFERENCES);
        wrong.extend(job.faults());
        row.agrees = wrong.is_empty();
        rows.push(row);
        problems.extend(
            wrong
                .into_iter()
                .map(|text| format!("{}: {text}", runtime.name)),
        );
    }
    if !problems.is_empty() && plain::count(&roots, &Bar::hidden()).totals != expected {
        problems.push("a file changed while the program was running; run it again".to_owned());
    }

    match print(&rows, &expected, &problems, arguments.top) {
        Ok(()) if problems.is_empty() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        // In `wordcount | head`, the reader ends early.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe && problems.is_empty() => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            // If this fails too, only the exit code reports the error.
            let _ = writeln!(io::stderr(), "error: cannot write the report: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Makes a panic end the program. Otherwise, the others would wait forever for a worker that
/// has panicked: it never calls `task_done` and never arrives at the barrier.
fn end_on_panic() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        print(info);
        process::exit(101);
    }));
}

/// Returns the row of a run that has just ended.
fn row(runtime: &'static str, totals: &Totals, open: usize, begin: Instant) -> Row {
    Row {
        runtime,
        files: totals.files,
        words: totals.words,
        distinct: totals.distinct(),
        open,
        seconds: begin.elapsed().as_secs_f64(),
        agrees: true,
    }
}

/// Prints the report.
fn print(rows: &[Row], expected: &Totals, problems: &[String], top: usize) -> io::Result<()> {
    let mut output = io::stdout().lock();
    report::table(&mut output, rows)?;
    report::most_frequent(&mut output, expected, top)?;
    report::number_of_skipped(&mut output, expected)?;
    output.flush()?;

    let mut errors = io::stderr().lock();
    report::skipped(&mut errors, expected)?;
    report::problems(&mut errors, problems)
}
