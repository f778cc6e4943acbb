//! Opening and reading a file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the open files. It does not limit them: it checks the limit of the `Semaphore`.
#[derive(Debug, Default)]
pub(crate) struct OpenFiles {
    open: AtomicUsize,
    most: AtomicUsize,
}

/// An open file, counted by [`OpenFiles`].
#[derive(Debug)]
pub(crate) struct OpenFile<'a> {
    file: File,
    counted_by: &'a OpenFiles,
}

impl OpenFiles {
    pub(crate) fn open(&self, path: &Path) -> Result<OpenFile<'_>, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        // ORDERING: Relaxed is enough: no counter publishes other data, and the final load is
        // after all tasks and threads have ended.
        let open = self.open.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(open, Ordering::Relaxed);
        Ok(OpenFile {
            file,
            counted_by: self,
        })
    }

    /// Returns the maximum number of files that were open at the same time.
    pub(crate) fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }
}

impl OpenFile<'_> {
    /// Reads the text of the file and closes it.
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
        self.counted_by.open.fetch_sub(1, Ordering::Relaxed);
    }
}
