//! Every weakening matches the source, and how one finds its place.
#![forbid(unsafe_code)]

#[path = "../weakenings/entries/mod.rs"]
mod entries;

use std::path::Path;

use entries::place::find;

use crate::tidy::assert_none;

#[test]
fn every_weakening_matches_the_source() {
    let problems = entries::mismatches(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert_none(&problems, "tests/weakenings/entries must follow the source");
}

const SOURCE: &str = "
struct Few<const N: usize> {}
const MOST: u32 = 8;

impl<T: Fn() -> u32> Few<T> {
    const_unless_loom! {
        /// Creates one, with add(1, 2).
        pub(crate) const fn new() -> Self {
            Self
        }
    }

    fn add(&self) {
        self.word.fetch_add(1, Ordering::Release);
    }
}

impl fmt::Debug for &super::Few<u8> {
    fn add(&self) {
        once();
        twice();
        twice();
    }
}

macro_rules! many {
    ($name:ident) => {
        fn hidden() -> $name {
            1 + 1
        }
    };
}

fn last(call: impl Fn() -> u32) {
    call(a, b);
}
";

/// Returns the text that an entry replaces.
fn found(source: &str, item: &str, tokens: &str) -> Result<String, String> {
    find(source, item, tokens).map(|bytes| source[bytes].to_owned())
}

#[test]
fn an_item_is_found_by_its_path_wherever_it_is() {
    for (item, tokens) in [
        ("MOST", "8"),
        ("Few::new", "Self { Self }"),
        ("<Few as Debug>::add", "once()"),
        ("hidden", "1 + 1"),
        ("last", "call(a, b)"),
    ] {
        assert_eq!(
            found(SOURCE, item, tokens).as_deref().map(squeezed),
            Ok(squeezed(tokens))
        );
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn line_breaks_comments_and_trailing_commas_do_not_move_a_place() {
    let written = "fn f() { a.swap(word, Ordering::Release); }";
    let reformatted = "fn f() {
        a.swap(
            word, // The new word.
            /* Release. */ Ordering::Release,
        );
    }";
    for source in [written, reformatted] {
        let place = found(source, "f", "a.swap(word,Ordering::Release)").expect("it is found");
        assert!(
            place.starts_with("a.swap(") && place.ends_with(')'),
            "{place}"
        );
    }
}

#[test]
fn a_missing_or_ambiguous_place_is_an_error_that_says_so() {
    let error = |item, tokens| found(SOURCE, item, tokens).expect_err("it is ambiguous");
    assert_eq!(error("Few::missing", "x"), "there is no such item");
    assert_eq!(
        error("Few::add", "once()"),
        "there are 2 such items: write <Type as Trait>::name"
    );
    assert_eq!(
        error("<Few as Debug>::add", "twice()"),
        "the item has the tokens `twice()` 2 times, not once"
    );
    assert_eq!(
        error("last", "call(a)"),
        "the item has the tokens `call(a)` 0 times, not once"
    );
    assert!(error("last", "call(").starts_with("these are no Rust tokens"));
    assert_eq!(error("last", ""), "the entry has no tokens");
}

/// A reference to a type that an `impl` names with its path is an owner like another.
#[test]
fn an_inherent_function_and_one_of_a_trait_are_told_apart() {
    let inherent = "impl A { fn f() { one() } } impl B for &x::A { fn f() { two() } }";
    assert_eq!(
        found(inherent, "<A as B>::f", "two()").as_deref(),
        Ok("two()")
    );
    assert!(found(inherent, "A::f", "two()").is_err());
}
