//! Which files are counted.
//!
//! The walk takes regular files. It passes over hidden files and folders (`.git`
//! is one), what `.gitignore` files exclude, Cargo's `target` folders, symbolic
//! links, devices and pipes. Only `.gitignore` files matter, not the user's own git
//! settings, so the same folder gives the same count everywhere.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, Error, Walk, WalkBuilder};

/// Where to count: at least one folder or file.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    first: PathBuf,
    others: Vec<PathBuf>,
}

/// Something that the run goes on without.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeftOut {
    pub(crate) path: PathBuf,
    pub(crate) reason: String,
}

impl Places {
    pub(crate) fn one(place: PathBuf) -> Self {
        Self {
            first: place,
            others: Vec::new(),
        }
    }

    /// `None` if there are none.
    pub(crate) fn some(places: impl IntoIterator<Item = PathBuf>) -> Option<Self> {
        let mut places = places.into_iter();
        Some(Self {
            first: places.next()?,
            others: places.collect(),
        })
    }

    /// All files to count, in the order of their names.
    pub(crate) fn files(&self) -> impl Iterator<Item = Result<PathBuf, LeftOut>> + Send + 'static {
        let mut walk = WalkBuilder::new(plain_name(&self.first));
        for place in &self.others {
            walk.add(plain_name(place));
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
            place: self.first.clone(),
        }
    }
}

/// To `ignore`, the path `-` is the standard input. Here it is a file's name.
fn plain_name(place: &Path) -> PathBuf {
    if place == Path::new("-") {
        PathBuf::from("./-")
    } else {
        place.to_owned()
    }
}

/// Cargo marks its folder, so a source folder of that name is not mistaken for one.
fn is_target_of_cargo(entry: &DirEntry) -> bool {
    entry.file_name() == "target" && entry.path().join("CACHEDIR.TAG").exists()
}

struct Files {
    walk: Walk,
    /// Named in an error that names no path of its own.
    place: PathBuf,
}

impl Iterator for Files {
    type Item = Result<PathBuf, LeftOut>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.walk.next()? {
                Ok(entry) if is_file(&entry) => return Some(Ok(entry.into_path())),
                Ok(_) => {}
                Err(error) => {
                    return Some(Err(LeftOut {
                        path: path_in(&error).unwrap_or(&self.place).to_owned(),
                        reason: reason_of(&error),
                    }));
                }
            }
        }
    }
}

/// A symbolic link counts where it was given as DIR, and nowhere else.
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
