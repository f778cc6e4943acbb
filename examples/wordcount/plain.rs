//! The count without `aiosync`, one file at a time. The other results must equal it.

use crate::count::{Count, Totals};
use crate::read::OpenFiles;
use crate::report::Bar;
use crate::walk::Roots;

pub(crate) const NAME: &str = "sequential";

pub(crate) struct Plain {
    pub(crate) totals: Totals,
    /// The number of files counted or skipped, as in [`Progress`](crate::job::Progress).
    pub(crate) files: u64,
    pub(crate) most_open: usize,
}

pub(crate) fn count(roots: &Roots, bar: &Bar) -> Plain {
    let open_files = OpenFiles::default();
    let mut totals = Totals::default();
    let mut files = 0;
    for found in roots.files() {
        match found {
            Ok(path) => {
                let text = open_files.open(&path).and_then(|file| file.text());
                totals.add(path, text.map(|text| Count::of(&text)));
                files += 1;
                bar.show(files);
            }
            Err(skipped) => totals.skip(skipped),
        }
    }
    Plain {
        totals,
        files,
        most_open: open_files.most(),
    }
}
