//! The selection of the files to count.
//!
//! The walk selects regular files. It ignores hidden files and folders such as `.git`,
//! files that `.gitignore` files exclude, Cargo's `target` folders, symbolic links, devices
//! and pipes. It reads no git settings of the user, so the same folder gives the same count
//! on every machine.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, Error, Walk, WalkBuilder};

/// The folders and files to count: at least one.
#[derive(Clone, Debug)]
pub(crate) struct Roots {
    first: PathBuf,
    others: Vec<PathBuf>,
}

/// A file or a folder that could not be counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Skipped {
    pub(crate) path: PathBuf,
    pub(crate) reason: String,
}

impl Roots {
    pub(crate) fn one(root: PathBuf) -> Self {
        Self {
            first: root,
            others: Vec::new(),
        }
    }

    /// Returns `None` if there are no paths.
    pub(crate) fn some(paths: impl IntoIterator<Item = PathBuf>) -> Option<Self> {
        let mut paths = paths.into_iter();
        Some(Self {
            first: paths.next()?,
            others: paths.collect(),
        })
    }

    /// Returns all files to count, in the order of their names.
    pub(crate) fn files(&self) -> impl Iterator<Item = Result<PathBuf, Skipped>> + Send + 'static {
        let mut walk = WalkBuilder::new(plain_name(&self.first));
        for root in &self.others {
            walk.add(plain_name(root));
        }
        walk.git_global(false)
            .git_exclude(false)
            .ignore(false)
            .require_git(false)
            .follow_links(false)
            .sort_by_file_name(|one, other| one.cmp(other))
            .filter_entry(|entry| entry.depth() == 0 || !is_target_of_cargo(entry));
        Files {
            walk: walk.build(),
            root: self.first.clone(),
        }
    }
}

/// Returns a path that `ignore` takes as the name of a file. It would read `-` as the standard
/// input.
fn plain_name(path: &Path) -> PathBuf {
    if path == Path::new("-") {
        PathBuf::from("./-")
    } else {
        path.to_owned()
    }
}

/// Returns whether an entry is a target folder of Cargo. Cargo marks its folders, so a source
/// folder of that name does not count as one.
fn is_target_of_cargo(entry: &DirEntry) -> bool {
    entry.file_name() == "target" && entry.path().join("CACHEDIR.TAG").exists()
}

struct Files {
    walk: Walk,
    /// The path for errors that have none.
    root: PathBuf,
}

impl Iterator for Files {
    type Item = Result<PathBuf, Skipped>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.walk.next()? {
                Ok(entry) if is_file(&entry) => return Some(Ok(entry.into_path())),
                Ok(_) => {}
                Err(error) => {
                    return Some(Err(Skipped {
                        path: path_in(&error).unwrap_or(&self.root).to_owned(),
                        reason: reason_of(&error),
                    }));
                }
            }
        }
    }
}

/// Returns whether an entry is a regular file. Follows a symbolic link only if it was given as
/// DIR.
fn is_file(entry: &DirEntry) -> bool {
    if entry.depth() == 0 {
        fs::metadata(entry.path()).is_ok_and(|found| found.is_file())
    } else {
        entry.file_type().is_some_and(|kind| kind.is_file())
    }
}

fn path_in(error: &Error) -> Option<&Path> {
    match error {
        Error::WithPath { path, .. } => Some(path),
        Error::WithDepth { err, .. } | Error::WithLineNumber { err, .. } => path_in(err),
        _ => None,
    }
}

fn reason_of(error: &Error) -> String {
    match error.io_error() {
        Some(cause) => cause.to_string(),
        None => error.to_string(),
    }
}
