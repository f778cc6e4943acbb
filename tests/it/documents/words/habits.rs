//! The habits that the check finds, and how a habit is matched.
#![forbid(unsafe_code)]

use super::text::{Kind, Sentence};

/// Words that make a text hard to read, and what to write instead.
pub(super) struct Habit {
    /// The words, as [`match_parts`] reads them.
    pattern: &'static str,
    /// If not empty, one of these words is in the sentence too.
    beside: &'static [&'static str],
    /// Where the habit counts.
    place: Place,
    /// What to write instead.
    pub(super) instead: &'static str,
}

/// The kinds of text in which a habit counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Anywhere,
    /// Not in a heading or a table, where a clause without a verb is fine.
    Prose,
    /// The first sentence of a doc comment.
    DocStart,
    /// The first sentence of a function's doc comment.
    FunctionDocStart,
    /// A comment that begins with `SAFETY:`.
    Safety,
}

const fn habit(pattern: &'static str, instead: &'static str) -> Habit {
    Habit {
        pattern,
        beside: &[],
        place: Place::Anywhere,
        instead,
    }
}

const fn beside(
    pattern: &'static str,
    beside: &'static [&'static str],
    instead: &'static str,
) -> Habit {
    Habit {
        pattern,
        beside,
        place: Place::Anywhere,
        instead,
    }
}

const fn only(place: Place, pattern: &'static str, instead: &'static str) -> Habit {
    Habit {
        pattern,
        beside: &[],
        place,
        instead,
    }
}

/// Words about waiting. Beside them, `line` means the wait queue.
const WAITING: &[&str] = &[
    "wait",
    "waits",
    "waited",
    "waiting",
    "waiter",
    "waiters",
    "wakes",
    "woken",
    "grant",
    "grants",
    "granted",
    "overtakes",
    "overtake",
    "join",
    "joins",
    "stands",
    "stand",
    "tail",
    "newcomer",
];

const QUEUE: &str = "the wait queue, or the queue";
const LAYER: &str = "layer";
const REQUEUE: &str = "requeue, and name the waiter";
const SUBJECT: &str = "the thing as the subject: the waiter, the releasing task, the caller";
const MOST: &str = "at most, at least, for at most";
const HAND_OFF: &str = "hand off, and the noun: hand-off";
const INVARIANT: &str = "the invariant by its name or number, or: by this function's contract";
const NUMBER: &str = "Returns the number of …, or: The number of …";

/// The habits, by [`match_parts`]. `docs/contributing.md` says what the English of the project is.
#[rustfmt::skip]
pub(super) const HABITS: &[Habit] = &[
    // Words.
    habit("!and|the|these|those|all|their|of|incorrect answers !to|questions", "returns"),
    habit("answers how|whether|which|true|false", "returns"),
    habit("answered whether|how|what|true|false", "returned"),
    habit("for ever", "forever"),
    habit("in vain", "without success, or: fails"),
    habit("of late $", "recently"),
    habit(", save for|under|in|by|that|where|when|if|on|at|inside|with|those", "except"),
    habit("mend|mends|mended|mending", "fix"),
    habit("hand|hands|handed|handing ~ over", HAND_OFF),
    habit("hand-over|hand-overs|handover|handovers", HAND_OFF),
    habit("worth to", "worth, with the -ing form"),
    habit("at the most|longest|least $", MOST),
    habit("!it stands !for|out|in|by|up|to|alone|as|on", "is"),
    // Subjects.
    only(Place::Prose, "^ who !?", SUBJECT),
    habit("whoever", SUBJECT),
    habit("to|by|than|from who !'s", SUBJECT),
    habit("releases|wakes|refuses|admits|serves|grants|overtakes who", SUBJECT),
    habit("overtake|overtakes those|whoever|who", "jump the queue"),
    // Vocabulary.
    habit("in line !with|#|comment|comments", QUEUE),
    habit("line of those|waiters|getters|putters|tasks", QUEUE),
    beside("the|a|its|both|no|that line|lines !of|#|in|for|from|with|long", WAITING, QUEUE),
    beside("in one|a line", &["stand", "stands", "tasks"], QUEUE),
    habit("ticket|tickets !lock|locks|mutex", "grant, or reserved item"),
    habit("conductor|conductors|passenger|passengers", REQUEUE),
    beside("stride|strides", WAITING, REQUEUE),
    beside("the|a|its|this|each train|trains", WAITING, REQUEUE),
    habit("the|its|this|of|more|less|with patience !of", "spin limits, or spinning"),
    habit("twin|twins", "blocking method"),
    habit("shield|shields|shielded", "keep user code out of a mutex, in these words"),
    habit("roof", LAYER),
    habit("lower|upper|other|between floors", LAYER),
    habit("floor #|above|below", LAYER),
    habit("lower|upper|own|same|higher floor", LAYER),
    habit("the house", "the crate, or the layers"),
    // Comments.
    only(Place::Safety, "as above", INVARIANT),
    only(Place::Safety, "^ safety : the caller's contract $", INVARIANT),
    only(Place::DocStart, "^ how many|much|often|long !?", NUMBER),
    only(Place::FunctionDocStart, "^ whether !to|or", "Returns whether …"),
];

impl Habit {
    /// Returns the words of the sentence that show this habit, and the index of the first.
    pub(super) fn find(&self, sentence: &Sentence) -> Option<(usize, String)> {
        let counts = match self.place {
            Place::Anywhere => true,
            Place::Prose => sentence.kind != Kind::Cell,
            Place::DocStart => sentence.is_first && sentence.is_doc(),
            Place::FunctionDocStart => sentence.is_first && sentence.kind == Kind::FunctionDoc,
            Place::Safety => sentence.is_safety,
        };
        let words: Vec<&str> = sentence.words.iter().map(|word| &*word.lower).collect();
        let has_company = || self.beside.iter().any(|word| words.contains(word));
        if !counts || !(self.beside.is_empty() || has_company()) {
            return None;
        }
        let parts: Vec<&str> = self.pattern.split(' ').collect();
        (0..words.len()).find_map(|start| {
            let end = match_parts(&parts, &words, start, true)?;
            Some((start, words[start..end].join(" ")))
        })
    }
}

/// Returns the end of a match that begins at `at`, which is the start of the whole match if
/// `is_start`. The parts of a pattern are separated by spaces:
///
/// | part | matches |
/// |---|---|
/// | `a\|b` | one of these words, or marks of punctuation; `#` stands for a number |
/// | `!a\|b` | nothing, unless the next word is one of these. As the first part: the word before |
/// | `~` | up to two words |
/// | `^` | nothing, at the start of a sentence |
/// | `$` | nothing, in front of punctuation or at the end |
fn match_parts(parts: &[&str], words: &[&str], at: usize, is_start: bool) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else {
        return Some(at);
    };
    let next = words.get(at).copied();
    let is_one_of = |word: &str, list: &str| {
        list.split('|').any(|known| {
            known == word || (known == "#" && word.starts_with(|c: char| c.is_ascii_digit()))
        })
    };
    let go_on = match *part {
        "^" => at == 0,
        "$" => next.is_none_or(|next| !next.starts_with(|c: char| c.is_alphanumeric() || c == '`')),
        "~" => {
            let mut lengths = 0..=2;
            return lengths.find_map(|length| {
                let skipped = words.get(at..at + length)?;
                let are_words = skipped
                    .iter()
                    .all(|word| word.starts_with(char::is_alphanumeric));
                are_words
                    .then(|| match_parts(rest, words, at + length, false))
                    .flatten()
            });
        }
        _ => match part.strip_prefix('!') {
            Some("?") => words.last() != Some(&"?"),
            Some(list) => {
                let other = if is_start {
                    at.checked_sub(1).map(|before| words[before])
                } else {
                    next
                };
                !other.is_some_and(|other| is_one_of(other, list))
            }
            None => {
                return if is_one_of(next?, part) {
                    match_parts(rest, words, at + 1, false)
                } else {
                    None
                };
            }
        },
    };
    go_on.then(|| match_parts(rest, words, at, false)).flatten()
}
