//! The count without `aiosync`: one file after the other. The others must equal it.

use crate::count::{Count, Totals};
use crate::read::Desk;
use crate::report::Bar;
use crate::walk::Places;

pub(crate) const NAME: &str = "one after the other";

pub(crate) struct Plain {
    pub(crate) totals: Totals,
    /// Files counted or left out, as in [`Progress`](crate::job::Progress).
    pub(crate) files: u64,
    pub(crate) most_open: usize,
}

pub(crate) fn count(places: &Places, bar: &Bar) -> Plain {
    let desk = Desk::default();
    let mut totals = Totals::default();
    let mut files = 0;
    for found in places.files() {
        match found {
            Ok(path) => {
                let text = desk.open(&path).and_then(|file| file.text());
                totals.add(path, text.map(|text| Count::of(&text)));
                files += 1;
                bar.show(files);
            }
            Err(what) => totals.leave_out(what),
        }
    }
    Plain {
        totals,
        files,
        most_open: desk.most_open(),
    }
}
