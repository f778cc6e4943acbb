//! Table and progress bar.

use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::count::Totals;

/// The result of one way to count.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) runtime: &'static str,
    pub(crate) files: u64,
    pub(crate) words: u64,
    pub(crate) distinct: usize,
    /// How many files were open at the same time, at most.
    pub(crate) open: usize,
    pub(crate) seconds: f64,
    pub(crate) agrees: bool,
}

/// A line for each row. The first is the one with which the others are compared.
pub(crate) fn table(output: &mut impl Write, rows: &[Row]) -> io::Result<()> {
    let head = [
        "runtime", "files", "words", "distinct", "open", "seconds", "same",
    ];
    let mut lines = vec![head.map(str::to_owned)];
    lines.extend(rows.iter().map(|row| {
        [
            row.runtime.to_owned(),
            row.files.to_string(),
            row.words.to_string(),
            row.distinct.to_string(),
            row.open.to_string(),
            format!("{:.3}", row.seconds),
            if row.agrees { "yes" } else { "NO" }.to_owned(),
        ]
    }));
    for line in &lines {
        for (column, cell) in line.iter().enumerate() {
            let width = lines
                .iter()
                .map(|line| line[column].len())
                .max()
                .unwrap_or(0);
            if column == 0 {
                write!(output, "{cell:<width$}")?;
            } else {
                write!(output, "  {cell:>width$}")?;
            }
        }
        writeln!(output)?;
    }
    Ok(())
}

/// Nothing if no words are asked for or there are none.
pub(crate) fn most_frequent(
    output: &mut impl Write,
    totals: &Totals,
    top: usize,
) -> io::Result<()> {
    let words = totals.most_frequent(top);
    let Some((_, times)) = words.first() else {
        return Ok(());
    };
    let width = times.to_string().len();
    writeln!(output, "\nmost frequent:")?;
    for (word, times) in &words {
        writeln!(output, "  {times:>width$}  {word}")?;
    }
    Ok(())
}

pub(crate) fn how_many_left_out(output: &mut impl Write, totals: &Totals) -> io::Result<()> {
    match totals.left_out().len() {
        0 => Ok(()),
        count => writeln!(output, "\nleft out, see the error output: {count}"),
    }
}

/// Names go out in quotes and with escapes: a file's name may hold anything, and
/// could otherwise give orders to the terminal.
pub(crate) fn left_out(output: &mut impl Write, totals: &Totals) -> io::Result<()> {
    for what in totals.left_out() {
        writeln!(output, "left out: {:?}: {}", what.path, what.reason)?;
    }
    Ok(())
}

pub(crate) fn problems(output: &mut impl Write, problems: &[String]) -> io::Result<()> {
    for problem in problems {
        writeln!(output, "error: {problem}")?;
    }
    Ok(())
}

/// A progress bar on the error output. If that is no terminal nothing is shown.
/// When it is dropped its line is cleared.
#[derive(Debug)]
pub(crate) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    pub(crate) fn new(runtime: &'static str, files: u64) -> Self {
        Self::with_style(
            runtime,
            Some(files),
            "{prefix:28} [{wide_bar}] {pos} of {len} files",
        )
    }

    pub(crate) fn of_unknown_length(runtime: &'static str) -> Self {
        Self::with_style(runtime, None, "{prefix:28} {pos} files")
    }

    pub(crate) fn hidden() -> Self {
        Self {
            bar: ProgressBar::hidden(),
        }
    }

    fn with_style(runtime: &'static str, files: Option<u64>, template: &str) -> Self {
        let style = ProgressStyle::with_template(template)
            .expect("the templates above are well formed")
            .progress_chars("#- ");
        // This target is hidden by itself where there is no terminal.
        let bar = ProgressBar::with_draw_target(files, ProgressDrawTarget::stderr());
        bar.set_style(style);
        bar.set_prefix(runtime);
        Self { bar }
    }

    pub(crate) fn show(&self, files: u64) {
        self.bar.set_position(files);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
