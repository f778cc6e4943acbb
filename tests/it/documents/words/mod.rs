//! No text has the habits that made the crate hard to read.
//!
//! The test reads every comment, the messages of panics, the names of tests and files, all
//! strings of `src`, all pages, and the pictures that are drawn by hand. It does not read code
//! spans.
#![forbid(unsafe_code)]

mod habits;
mod text;

use habits::HABITS;
use text::{Sentence, of_label, of_name, of_page, of_source};

use roxmltree::Document;

use super::{pages, pictures};
use crate::tidy::{Finding, assert_rule, sources};

/// Returns a finding for each habit in the sentences of a file.
fn check(path: &str, sentences: &[Sentence]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for sentence in sentences {
        for habit in HABITS {
            if let Some((start, words)) = habit.find(sentence) {
                findings.push(Finding {
                    path: path.to_owned(),
                    line: sentence.words[start].line,
                    what: format!(
                        "{}\n    not {words:?}, but: {}",
                        sentence.text(),
                        habit.instead
                    ),
                });
            }
        }
    }
    findings
}

#[test]
fn the_text_has_no_bad_habits() {
    let (mut findings, mut count) = (Vec::new(), 0);
    for source in sources(&["src", "tests", "benches", "examples"]) {
        let folders = ["src/", "tests/weakenings/entries/"];
        let all_strings = folders.iter().any(|folder| source.path.starts_with(folder));
        let sentences = of_source(&source.text, all_strings);
        count += sentences.len();
        findings.extend(check(&source.path, &sentences));
        findings.extend(check(&source.path, &of_name(&source.path)));
    }
    for page in pages() {
        let sentences = of_page(&page.text);
        count += sentences.len();
        findings.extend(check(&page.path, &sentences));
        findings.extend(check(&page.path, &of_name(&page.path)));
    }
    for (path, text) in pictures() {
        let picture = Document::parse(&text).expect("a picture is well-formed");
        findings.extend(check(&path, &of_name(&path)));
        for node in picture.descendants().filter(roxmltree::Node::is_text) {
            let line = picture.text_pos_at(node.range().start).row as usize;
            let label = of_label(line, node.text().unwrap_or_default());
            findings.extend(check(&path, &label));
        }
    }
    assert!(count > 5_000, "{count} sentences");
    assert_rule("the text is in plain English", &findings);
}

/// Sentences with a habit, and the words that show it. As they would be in a page.
const BAD: [(&str, &str); 25] = [
    ("Answers the number of waiters.", "answers"),
    (
        "Takes a permit, and answers whether it did.",
        "answers whether",
    ),
    ("The task sleeps for ever.", "for ever"),
    ("Spins for less if that was in vain.", "in vain"),
    ("It spins less where that has failed of late.", "of late"),
    (
        "The constructors are const, save under loom.",
        ", save under",
    ),
    ("The next settle mends the count.", "mends"),
    ("The lock is handed over to the next waiter.", "handed over"),
    ("An unlock hands the lock over.", "hands the lock over"),
    ("A hand-over wakes one task.", "hand-over"),
    ("It is rarely worth to look again.", "worth to"),
    ("It takes two rounds at the most.", "at the most"),
    ("Who waits is granted a permit.", "who"),
    ("Nobody overtakes whoever waits.", "whoever"),
    ("The data is visible to who sees the flag.", "to who"),
    ("A pulse releases who was registered.", "releases who"),
    ("The waiter keeps its place in line.", "in line"),
    ("A newcomer joins the tail of the line.", "the line"),
    ("The getter gives its ticket back.", "ticket"),
    ("The first of each run is a conductor.", "conductor"),
    ("Each train carries 32 waiters.", "each train"),
    ("The blocking twin parks the thread.", "twin"),
    ("A shield keeps the waker out.", "shield"),
    ("The words are on floor 3.", "floor 3"),
    ("Two layers of the house meet here.", "the house"),
];

/// Good sentences with the same words, from other crates or like theirs.
const GOOD: [&str; 20] = [
    "The questions and answers below are about cancellation.",
    "The server answers to the address that the client used.",
    "A mutual exclusion primitive useful for protecting shared data.",
    "Returns whether the lock is poisoned. It does not matter who holds it.",
    "Who owns the data?",
    "The thread that holds the lock is the one who may unlock it.",
    "Those who need a fair lock should look at the next section.",
    "Load the file, save it, and close it.",
    "This is in line with what the standard library does.",
    "The waiter is on a cache line of its own.",
    "Blocks until a line of input is available; the lines of the file are counted.",
    "The FIFO stands for first in, first out.",
    "A ticket lock is fair as well.",
    "The floor of the budget is zero.",
    "The product has two floors and a house number; the floors of the models do not apply.",
    "Training a model takes patience.",
    "The stride of the iterator is four bytes.",
    "At the most recent wake, the task was ready.",
    "It is worth noting that `for ever` is in a code span.",
    "By whom the guard is dropped is not recorded.",
];

#[test]
fn each_bad_sentence_is_found_and_no_good_one() {
    for (sentence, expected) in BAD {
        let sentences = of_page(sentence);
        let [sentence] = &sentences[..] else {
            panic!("{sentence:?} is one sentence");
        };
        let found: Vec<_> = HABITS
            .iter()
            .filter_map(|habit| habit.find(sentence))
            .collect();
        let found = found.iter().any(|(_, words)| words == expected);
        assert!(found, "{expected:?} is found in {:?}", sentence.text());
    }
    let findings = check("good", &of_page(&GOOD.join("\n\n")));
    let good = findings.iter().map(|finding| &finding.what);
    assert_eq!(good.collect::<Vec<_>>(), [] as [&str; 0]);
}

/// A source with every kind of text in it. `/~/` is the mark of a comment, so that
/// this file has none of them.
const SOURCE: &str = r#"
/~/! A table:
/~/!
/~/! | bit | who changes it |
/~/! |---|---|
/~/! | `SET` | the house |

/~// Whether it is set.
#[inline]
fn is_set() {
    /~/ SAFETY: as above.
    unsafe { f() } /~/ It fails in vain.
}

struct Fields {
    /~// Whether it is set.
    set: bool,
    /~// How many there are.
    count: usize,
}

/~// ```
/~// /~/ Nobody waits in vain in code.
/~// ```
#[test]
fn a_waiter_sleeps_for_ever() {
    panic!("aiosync: a waiter was mended");
    let text = "mended";
}
"#;

#[test]
fn comments_messages_and_names_of_tests_are_read() {
    let source = SOURCE.replace("/~/", "//");
    let findings = check("source", &of_source(&source, false));
    let found = findings.iter().map(|finding| {
        let words = finding.what.split('"').nth(1);
        (finding.line, words.unwrap_or_default())
    });
    let expected = [
        (6, "the house"),
        (8, "whether"),
        (11, "as above"),
        (12, "in vain"),
        (18, "how many"),
        (26, "for ever"),
        (27, "mended"),
    ];
    assert_eq!(found.collect::<Vec<_>>(), expected);
}
