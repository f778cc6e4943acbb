//! A file, opened and read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where files lie open. It limits nothing, it only looks how many there are: the
/// limit is the `Semaphore`'s work, and this shows that it does it.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    open: AtomicUsize,
    most: AtomicUsize,
}

/// A file that lies open on a [`Desk`].
#[derive(Debug)]
pub(crate) struct OpenFile<'a> {
    file: File,
    desk: &'a Desk,
}

impl Desk {
    pub(crate) fn open(&self, path: &Path) -> Result<OpenFile<'_>, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        // Relaxed is enough: each counter is looked at alone, and the last look
        // comes after all tasks and threads have ended.
        let open = self.open.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(open, Ordering::Relaxed);
        Ok(OpenFile { file, desk: self })
    }

    /// How many were open at the same time, at most.
    pub(crate) fn most_open(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }
}

impl OpenFile<'_> {
    /// All text of the file, which is closed then.
    pub(crate) fn text(mut self) -> Result<String, String> {
        let mut text = String::new();
        match self.file.read_to_string(&mut text) {
            Ok(_) => Ok(text),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err("not UTF-8".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for OpenFile<'_> {
    fn drop(&mut self) {
        self.desk.open.fetch_sub(1, Ordering::Relaxed);
    }
}
