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
    /// The maximum number of files that were open at the same time.
    pub(crate) open: usize,
    pub(crate) seconds: f64,
    pub(crate) agrees: bool,
}

/// Writes the table of the rows. The first row is the one that the others must equal.
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

/// Writes the `top` most frequent words. Writes nothing if there are none.
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

/// Writes the number of skipped files, if there are any.
pub(crate) fn number_of_skipped(output: &mut impl Write, totals: &Totals) -> io::Result<()> {
    match totals.skipped().len() {
        0 => Ok(()),
        count => writeln!(output, "\nskipped files: {count} (see the error output)"),
    }
}

/// Writes the skipped files and the reasons. Names are quoted and escaped, because the name of
/// a file may hold control sequences of the terminal.
pub(crate) fn skipped(output: &mut impl Write, totals: &Totals) -> io::Result<()> {
    for file in totals.skipped() {
        writeln!(output, "skipped: {:?}: {}", file.path, file.reason)?;
    }
    Ok(())
}

/// Writes a line for each problem.
pub(crate) fn problems(output: &mut impl Write, problems: &[String]) -> io::Result<()> {
    for problem in problems {
        writeln!(output, "error: {problem}")?;
    }
    Ok(())
}

/// A progress bar on the error output, shown only if that is a terminal. Dropping it clears
/// its line.
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
            .expect("the templates above are valid")
            .progress_chars("#- ");
        // This target is hidden automatically if there is no terminal.
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
