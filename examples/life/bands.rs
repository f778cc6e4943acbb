//! The field, computed in parallel bands.

use std::sync::Mutex;
use std::{iter, thread};

use aiosync::{Barrier, BrokenBarrier};
use futures_lite::future;

use crate::field::{Field, Row, next};

/// The rows that a band shows its neighbours.
#[derive(Clone, Default)]
struct Edges {
    first: Row,
    last: Row,
}

/// The state that the bands share.
struct Bands {
    /// Mutexes of std, because they are never contended: the barrier separates writers from
    /// readers.
    edges: Vec<Mutex<Edges>>,
    meeting: Barrier,
    generations: usize,
}

/// Computes the generations of a field. Every second band is a thread. The others are futures,
/// which take turns on the calling thread.
pub(crate) fn run(field: Field, number: usize, generations: usize) -> Field {
    let height = field.rows.len().div_ceil(number);
    let parts: Vec<Vec<Row>> = field.rows.chunks(height).map(<[Row]>::to_vec).collect();
    let bands = Bands {
        edges: parts.iter().map(|_| Mutex::default()).collect(),
        meeting: Barrier::new(parts.len()),
        generations,
    };
    let rows = thread::scope(|scope| {
        let mut threads = Vec::new();
        let mut tasks = Vec::new();
        for (band, rows) in parts.into_iter().enumerate() {
            let bands = &bands;
            if band % 2 == 0 {
                threads.push(scope.spawn(move || future::block_on(bands.live(band, rows))));
            } else {
                tasks.push(bands.live(band, rows));
            }
        }
        let tasks = future::block_on(futures::future::join_all(tasks));
        let threads = threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"));
        // Alternately, as they were assigned.
        let mut tasks = tasks.into_iter();
        let both = threads.flat_map(|rows| iter::once(rows).chain(tasks.next()));
        let rows: Result<Vec<Vec<Row>>, BrokenBarrier> = both.collect();
        rows.expect("the barrier is not broken").concat()
    });
    Field { rows }
}

impl Bands {
    /// Computes one band, from the first generation to the last.
    async fn live(&self, band: usize, mut rows: Vec<Row>) -> Result<Vec<Row>, BrokenBarrier> {
        let _unwinding = BreaksWhenUnwinding(&self.meeting);
        let dead = vec![0; rows[0].len()];
        for _ in 0..self.generations {
            *self.edges[band].lock().unwrap() = Edges {
                first: rows[0].clone(),
                last: rows[rows.len() - 1].clone(),
            };
            self.meeting.wait().await?;

            let above = band.checked_sub(1).map(|above| self.shown(above).last);
            let below = (band + 1 < self.edges.len()).then(|| self.shown(band + 1).first);
            self.meeting.wait().await?;

            let above = above.as_ref().unwrap_or(&dead);
            let below = below.as_ref().unwrap_or(&dead);
            let near = |row: usize| {
                let above = if row == 0 { above } else { &rows[row - 1] };
                let below = rows.get(row + 1).unwrap_or(below);
                next(above, &rows[row], below)
            };
            rows = (0..rows.len()).map(near).collect();
        }
        Ok(rows)
    }

    fn shown(&self, band: usize) -> Edges {
        self.edges[band].lock().unwrap().clone()
    }
}

/// Breaks the barrier if its band panics. Otherwise, the other bands would wait for it forever.
struct BreaksWhenUnwinding<'a>(&'a Barrier);

impl Drop for BreaksWhenUnwinding<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.abort();
        }
    }
}
