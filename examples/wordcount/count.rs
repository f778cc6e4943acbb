//! What a word is, and totals of them.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::mem;
use std::path::PathBuf;

use crate::walk::LeftOut;

/// How often each word occurs.
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
    /// How many files were counted, without those left out.
    pub(crate) files: u64,
    pub(crate) words: u64,
    occurrences: Occurrences,
    left_out: BTreeSet<LeftOut>,
}

/// The one place that says what a word is: a run of alphanumeric characters, as
/// long as possible, in lower case. It is not normalised: a letter with a separate
/// accent is two characters, and the accent is not alphanumeric.
fn for_each_word(text: &str, mut f: impl FnMut(&str)) {
    // One buffer for all words. Most are seen again, and need no string of their own.
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

/// The hash has fixed keys, so that a word has the same part for everybody.
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
    /// Takes in one file: what was counted, or why it was not.
    pub(crate) fn add(&mut self, path: PathBuf, outcome: Result<Count, String>) {
        match outcome {
            Ok(count) => {
                self.files += 1;
                self.words += count.words;
                self.add_occurrences(count.occurrences);
            }
            Err(reason) => self.leave_out(LeftOut { path, reason }),
        }
    }

    /// Takes in what another one counted.
    pub(crate) fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.words += other.words;
        self.add_occurrences(other.occurrences);
        self.left_out.extend(other.left_out);
    }

    fn add_occurrences(&mut self, occurrences: Occurrences) {
        for (word, times) in occurrences {
            *self.occurrences.entry(word).or_default() += times;
        }
    }

    /// The same in `parts` parts, which together [merge](Self::merge) to it. In which
    /// one a word stands depends on nothing but the word and `parts`. What is not
    /// about single words is in the first.
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

    pub(crate) fn leave_out(&mut self, what: LeftOut) {
        self.left_out.insert(what);
    }

    pub(crate) fn left_out(&self) -> &BTreeSet<LeftOut> {
        &self.left_out
    }

    /// How many different words there are.
    pub(crate) fn distinct(&self) -> usize {
        self.occurrences.len()
    }

    /// The `top` words that occur most often, in alphabetical order where they occur
    /// equally often.
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

    /// In what these totals differ from the `expected` ones, up to `most` lines.
    /// None if they are equal.
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
            .filter(|(_, here, there)| here != there)
            .map(|(what, here, there)| format!("{here} {what} instead of {there}"));

        let mut words: Vec<&String> = self
            .occurrences
            .keys()
            .chain(expected.occurrences.keys())
            .filter(|word| self.times(word) != expected.times(word))
            .collect();
        words.sort_unstable();
        words.dedup();
        let words = words.into_iter().map(|word| {
            let (here, there) = (self.times(word), expected.times(word));
            format!("the word {word:?} {here} times instead of {there}")
        });

        let left_out = self
            .left_out
            .symmetric_difference(&expected.left_out)
            .map(|what| {
                let who = if self.left_out.contains(what) {
                    "only here"
                } else {
                    "everywhere but here"
                };
                format!("left out {who}: {:?}: {}", what.path, what.reason)
            });
        numbers.chain(words).chain(left_out).take(most).collect()
    }

    fn times(&self, word: &str) -> u64 {
        self.occurrences.get(word).copied().unwrap_or(0)
    }
}
