#![forbid(unsafe_code)]
//! Counts the words below a folder, six times: one file after the other, and then
//! in parallel under four executors and on plain threads, all with the same
//! primitives of `aiosync`. The six results must be equal.
//!
//! ```text
//! cargo run --release -p wordcount -- [DIR]
//! ```
//!
//! An `Event` starts everybody. One producer walks the folder and puts paths into a
//! bounded `Queue`. Workers take them, open at most so many at a time (`Semaphore`),
//! and count, each by itself. `join` says when all is counted; then the queue is
//! closed, and the workers meet at a `Barrier`. After that each of them takes its
//! share of the words from everybody, and merges it into the totals behind a `Lock`.
//! They meet once more, and the last to come ends the job. The progress reporter
//! waits for each change with a `Condition`.
//!
//! | module | what |
//! |---|---|
//! | [`arguments`] | the command line, and what is refused |
//! | [`walk`] | which files are counted |
//! | [`read`] | a file, opened and read |
//! | [`count`] | what a word is, and totals of them |
//! | [`plain`] | the count without `aiosync`, which the others must equal |
//! | [`shares`] | what the workers hand to each other between the stages |
//! | [`job`] | what the tasks or threads of one run share |
//! | [`pipeline`] | the tasks, written once for every executor |
//! | [`threads`] | the same on plain threads |
//! | [`runtimes`] | the five ways to run a job |
//! | [`report`] | table and progress bar |
//!
//! Results go to the standard output; the progress bar, files left out and errors
//! to the error output. Exit code: 0 if all agree, 1 if they do not or the report
//! cannot be written, 2 if the arguments are unusable.

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

/// How many differences are printed for a run whose result is wrong.
const SHOWN_DIFFERENCES: usize = 10;

fn main() -> ExitCode {
    end_on_panic();
    let arguments = Arguments::read();
    let places = arguments.places();

    let begin = Instant::now();
    let plain = plain::count(&places, &Bar::of_unknown_length(plain::NAME));
    let expected = plain.totals;
    let mut rows = vec![row(plain::NAME, &expected, plain.most_open, begin)];

    let mut problems = Vec::new();
    for runtime in RUNTIMES {
        let bar = Bar::new(runtime.name, plain.files);
        let begin = Instant::now();
        let job = Arc::new(Job::new(&arguments, places.clone(), bar));
        (runtime.run)(&job);

        let totals = job.take_totals();
        let mut row = row(runtime.name, &totals, job.desk.most_open(), begin);
        let mut wrong = totals.differences(&expected, SHOWN_DIFFERENCES);
        wrong.extend(job.remains());
        row.agrees = wrong.is_empty();
        rows.push(row);
        problems.extend(
            wrong
                .into_iter()
                .map(|text| format!("{}: {text}", runtime.name)),
        );
    }
    if !problems.is_empty() && plain::count(&places, &Bar::hidden()).totals != expected {
        problems.push("the files changed while the program ran; run it again".to_owned());
    }

    match say(&rows, &expected, &problems, arguments.top) {
        Ok(()) if problems.is_empty() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        // `wordcount | head` has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe && problems.is_empty() => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            // If the error output is gone as well, the exit code is all there is.
            let _ = writeln!(io::stderr(), "error: cannot write the report: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A worker that panics never says `task_done` and comes to no meeting, so the others would wait for it.
/// A panic ends the program instead.
fn end_on_panic() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        print(info);
        process::exit(101);
    }));
}

/// The row of a run that has ended just now.
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

fn say(rows: &[Row], expected: &Totals, problems: &[String], top: usize) -> io::Result<()> {
    let mut output = io::stdout().lock();
    report::table(&mut output, rows)?;
    report::most_frequent(&mut output, expected, top)?;
    report::how_many_left_out(&mut output, expected)?;
    output.flush()?;

    let mut errors = io::stderr().lock();
    report::left_out(&mut errors, expected)?;
    report::problems(&mut errors, problems)
}
