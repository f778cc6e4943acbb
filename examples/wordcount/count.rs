//! The definition of a word, and totals of words.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::mem;
use std::path::PathBuf;

use crate::walk::Skipped;

/// The number of times that each word occurs.
type Occurrences = HashMap<String, u64>;

/// The words of one text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    words: u64,
    occurrences: Occurrences,
}

/// The words of many texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// The number of counted files, without skipped ones.
    pub(crate) files: u64,
    pub(crate) words: u64,
    occurrences: Occurrences,
    skipped: BTreeSet<Skipped>,
}

/// Calls `f` for each word of a text. A word is a maximal run of alphanumeric characters, in
/// lower case. It is not normalised: a letter with a separate accent is two characters, and
/// the accent is not alphanumeric.
fn for_each_word(text: &str, mut f: impl FnMut(&str)) {
    // One buffer for all words, because most of them are repeated and need no new string.
    let mut lower_case = String::new();
    for word in text.split(|character: char| !character.is_alphanumeric()) {
        if word.is_empty() {
            continue;
        }
        if word.is_ascii() {
            lower_case.clear();
            lower_case.push_str(word);
            lower_case.make_ascii_lowercase();
        } else {
            lower_case = word.to_lowercase();
        }
        f(&lower_case);
    }
}

/// Returns the index of the part that a word belongs to. The hash has fixed keys, so the index
/// is the same for all workers.
fn part_of(word: &str, parts: usize) -> usize {
    let hash = BuildHasherDefault::<DefaultHasher>::new().hash_one(word);
    (hash % parts as u64) as usize
}

impl Count {
    pub(crate) fn of(text: &str) -> Self {
        let mut count = Self::default();
        for_each_word(text, |word| {
            count.words += 1;
            match count.occurrences.get_mut(word) {
                Some(times) => *times += 1,
                None => {
                    count.occurrences.insert(word.to_owned(), 1);
                }
            }
        });
        count
    }
}

impl Totals {
    /// Adds a file: its count, or the reason why it was skipped.
    pub(crate) fn add(&mut self, path: PathBuf, outcome: Result<Count, String>) {
        match outcome {
            Ok(count) => {
                self.files += 1;
                self.words += count.words;
                self.add_occurrences(count.occurrences);
            }
            Err(reason) => self.skip(Skipped { path, reason }),
        }
    }

    /// Adds other totals.
    pub(crate) fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.words += other.words;
        self.add_occurrences(other.occurrences);
        self.skipped.extend(other.skipped);
    }

    fn add_occurrences(&mut self, occurrences: Occurrences) {
        for (word, times) in occurrences {
            *self.occurrences.entry(word).or_default() += times;
        }
    }

    /// Splits the totals into `parts` parts, which [merge](Self::merge) into the same totals.
    /// The part of a word depends only on the word and on `parts`. The first part also has
    /// everything that is not about a single word.
    pub(crate) fn split(mut self, parts: usize) -> Vec<Self> {
        let occurrences = mem::take(&mut self.occurrences);
        let mut split = vec![self];
        split.resize_with(parts, Self::default);
        for (word, times) in occurrences {
            let part = part_of(&word, parts);
            split[part].occurrences.insert(word, times);
        }
        split
    }

    pub(crate) fn skip(&mut self, skipped: Skipped) {
        self.skipped.insert(skipped);
    }

    pub(crate) fn skipped(&self) -> &BTreeSet<Skipped> {
        &self.skipped
    }

    /// Returns the number of different words.
    pub(crate) fn distinct(&self) -> usize {
        self.occurrences.len()
    }

    /// Returns the `top` most frequent words. Words of equal frequency are in alphabetical
    /// order.
    pub(crate) fn most_frequent(&self, top: usize) -> Vec<(&str, u64)> {
        let mut words: Vec<_> = self
            .occurrences
            .iter()
            .map(|(word, times)| (word.as_str(), *times))
            .collect();
        words.sort_unstable_by_key(|&(word, times)| (Reverse(times), word));
        words.truncate(top);
        words
    }

    /// Returns the differences from the `expected` totals, at most `most` lines. The list is
    /// empty if the totals are equal.
    pub(crate) fn differences(&self, expected: &Self, most: usize) -> Vec<String> {
        if self == expected {
            return Vec::new();
        }
        let numbers = [
            ("files", self.files, expected.files),
            ("words", self.words, expected.words),
        ];
        let numbers = numbers
            .into_iter()
            .filter(|(_, actual, expected)| actual != expected)
            .map(|(what, actual, expected)| format!("{actual} {what} instead of {expected}"));

        let mut words: Vec<&String> = self
            .occurrences
            .keys()
            .chain(expected.occurrences.keys())
            .filter(|word| self.times(word) != expected.times(word))
            .collect();
        words.sort_unstable();
        words.dedup();
        let words = words.into_iter().map(|word| {
            let (actual, expected) = (self.times(word), expected.times(word));
            format!("the word {word:?} {actual} times instead of {expected}")
        });

        let skipped = self
            .skipped
            .symmetric_difference(&expected.skipped)
            .map(|file| {
                let verb = if self.skipped.contains(file) {
                    "skipped"
                } else {
                    "did not skip"
                };
                format!("{verb} {:?}: {}", file.path, file.reason)
            });
        numbers.chain(words).chain(skipped).take(most).collect()
    }

    fn times(&self, word: &str) -> u64 {
        self.occurrences.get(word).copied().unwrap_or(0)
    }
}
