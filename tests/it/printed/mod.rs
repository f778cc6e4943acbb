//! What is printed: `Debug` of every public type, and what errors say.
//!
//! | module | what |
//! |---|---|
//! | [`types`] | every type that there is, under its own guards |
//! | [`states`] | states that others must not be taken for |
//! | [`user_code`] | printing from wakers, closures, iterators, items and comparisons |
//! | [`errors`] | a sentence for each error |
//!
//! That no two states of a primitive print the same is in the folder of each of them.
#![forbid(unsafe_code)]

mod errors;
mod states;
mod types;
mod user_code;

use std::fmt::Debug;

/// What is printed: one line with `{:?}`, and the same in many with `{:#?}`.
#[track_caller]
fn printed<T: Debug + ?Sized>(value: &T) -> String {
    let line = format!("{value:?}");
    assert!(!line.is_empty() && !line.contains('\n'), "{line}");
    let words = |text: &str| text.split_whitespace().collect::<String>();
    let long = words(&format!("{value:#?}"));
    let long = long.replace(",}", "}").replace(",)", ")");
    let long = long.replace(",]", "]");
    assert_eq!(long, words(&line), "of {{:#?}} and of {{:?}}");
    line
}
