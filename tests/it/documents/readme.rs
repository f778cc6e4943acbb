//! The README is short.
#![forbid(unsafe_code)]

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::page;

/// The largest number of words in the README, without code blocks.
const MOST_WORDS: usize = 1_100;

#[test]
fn the_readme_has_at_most_1100_words() {
    let page = page("README.md");
    let (mut words, mut is_code) = (0, false);
    for event in Parser::new_ext(&page.text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Text(text) | Event::Code(text) if !is_code => {
                words += text.split_whitespace().count();
            }
            _ => {}
        }
    }
    assert!(words > 500, "{words} words");
    assert!(words <= MOST_WORDS, "{words} words");
}
