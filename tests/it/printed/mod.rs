//! Printed text: `Debug` of every public type, and the messages of errors.
//!
//! | module | what |
//! |---|---|
//! | [`types`] | every public type, while its guards are held |
//! | [`states`] | states that are easily confused |
//! | [`user_code`] | printing from wakers, closures, iterators, items and comparisons |
//! | [`errors`] | a message for each error |
//!
//! That no two states of a primitive print the same is tested in the folder of each primitive.
#![forbid(unsafe_code)]

mod errors;
mod states;
mod types;
mod user_code;

use std::fmt::Debug;

/// Returns the text of `{:?}`, which is one line, after comparing it with `{:#?}`.
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
