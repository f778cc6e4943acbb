//! The sentences of a file: of its comments and messages, or of a page.
#![forbid(unsafe_code)]

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What a text is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A comment that documents nothing, or a paragraph of a page.
    Plain,
    /// The doc comment of anything but a function.
    Doc,
    /// The doc comment of a function.
    FunctionDoc,
    /// A heading, a cell of a table, or a name.
    Cell,
    /// A string literal.
    Message,
}

/// A word, or a mark of punctuation. A code span is one word that is only a backtick.
pub(super) struct Word {
    pub(super) line: usize,
    pub(super) text: String,
    pub(super) lower: String,
}

pub(super) struct Sentence {
    pub(super) kind: Kind,
    /// Whether it is the first of its comment.
    pub(super) is_first: bool,
    /// Whether its comment begins with `SAFETY:`.
    pub(super) is_safety: bool,
    pub(super) words: Vec<Word>,
}

impl Sentence {
    pub(super) fn is_doc(&self) -> bool {
        matches!(self.kind, Kind::Doc | Kind::FunctionDoc)
    }

    /// Returns the sentence as text, without the contents of code spans.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for Word { text: word, .. } in &self.words {
            let is_mark = matches!(&**word, "," | "." | ";" | ":" | "!" | "?" | ")");
            if !is_mark && !text.is_empty() && !text.ends_with('(') {
                text.push(' ');
            }
            text.push_str(if word == "`" { "`…`" } else { word });
        }
        text
    }
}

/// Lines that belong together, without the marks of comments.
struct Block {
    kind: Kind,
    line: usize,
    text: String,
}

/// Returns the sentences of a Rust source: of its comments, of the messages of its panics, and
/// the names of its tests. With `all_strings`, of every string literal.
pub(super) fn of_source(text: &str, all_strings: bool) -> Vec<Sentence> {
    let lines: Vec<&str> = text.lines().collect();
    let mut sentences = Vec::new();
    let mut index = 0;
    while index < lines.len() {
        let Some((mark, mut first)) = comment(lines[index]) else {
            index += 1;
            continue;
        };
        let start = index;
        let mut body = vec![std::mem::take(&mut first)];
        index += 1;
        // A comment behind code is complete.
        if lines[start].trim_start().starts_with("//") {
            while let Some((_, line)) = lines.get(index).and_then(|line| {
                let is_whole = line.trim_start().starts_with("//");
                comment(line).filter(|(other, _)| is_whole && *other == mark)
            }) {
                body.push(line);
                index += 1;
            }
        }
        let mut item = lines[index..].iter().map(|line| line.trim_start());
        let item = item.find(|line| !line.starts_with("#[") && !line.starts_with("//"));
        let is_function = item.is_some_and(|item| {
            item.split("fn ")
                .next()
                .is_some_and(|before| before.len() < item.len())
                && !item.starts_with("let ")
        });
        let kind = match mark {
            "///" if is_function => Kind::FunctionDoc,
            "///" | "//!" => Kind::Doc,
            _ => Kind::Plain,
        };
        add_markdown(&body, start + 1, kind, &mut sentences);
    }
    if let Ok(stream) = text.parse::<TokenStream>() {
        add_messages(stream, all_strings, &mut sentences);
    }
    sentences
}

/// Returns the mark of the comment in a line, and its text.
fn comment(line: &str) -> Option<(&'static str, &str)> {
    let trimmed = line.trim_start();
    for mark in ["///", "//!"] {
        if let Some(text) = trimmed.strip_prefix(mark) {
            return Some((mark, text));
        }
    }
    if let Some(text) = trimmed.strip_prefix("//") {
        return Some(("//", text));
    }
    let (code, text) = line.split_once(" // ")?;
    // Not inside a string.
    (code.matches('"').count() % 2 == 0).then_some(("//", text))
}

/// Returns the name of a file as a sentence.
pub(super) fn of_name(path: &str) -> Vec<Sentence> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.split('.').next().unwrap_or(name);
    of_label(1, &name.replace('_', " "))
}

/// Returns a text that is no sentence: a name, the text in a picture.
pub(super) fn of_label(line: usize, text: &str) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let block = Block {
        kind: Kind::Cell,
        line,
        text: text.to_owned(),
    };
    split(&block, false, &mut sentences);
    sentences
}

/// Returns the sentences of a page.
pub(super) fn of_page(text: &str) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    add_markdown(&lines, 1, Kind::Plain, &mut sentences);
    sentences
}

/// Cuts Markdown into blocks: paragraphs, items of lists, headings, cells. Code is left out.
fn add_markdown(lines: &[&str], first_line: usize, kind: Kind, sentences: &mut Vec<Sentence>) {
    let mut blocks: Vec<Block> = Vec::new();
    let mut in_code = false;
    let mut is_open = false;
    for (index, line) in lines.iter().enumerate() {
        let line_number = first_line + index;
        let text = line.trim();
        if text.starts_with("```") || text.starts_with("~~~") {
            in_code = !in_code;
            is_open = false;
        } else if in_code || text.is_empty() {
            is_open = false;
        } else if text.starts_with('|') || text.starts_with('#') {
            is_open = false;
            let text = text.trim_start_matches('#');
            let cells = text.split('|').filter(|cell| !cell.trim().is_empty());
            blocks.extend(cells.map(|cell| Block {
                kind: Kind::Cell,
                line: line_number,
                text: cell.to_owned(),
            }));
        } else {
            let item = text.trim_start_matches(|c: char| c.is_ascii_digit());
            let is_item = ["- ", "* ", "+ "].iter().any(|mark| text.starts_with(mark))
                || (item.len() < text.len() && item.starts_with(". "));
            let text = if is_item {
                item.get(2..).unwrap_or("")
            } else {
                text
            };
            match blocks.last_mut() {
                Some(block) if is_open && !is_item => {
                    block.text.push('\n');
                    block.text.push_str(text);
                }
                _ => blocks.push(Block {
                    kind,
                    line: line_number,
                    text: text.to_owned(),
                }),
            }
            is_open = true;
        }
    }
    let is_safety = blocks
        .first()
        .is_some_and(|block| block.text.trim_start().starts_with("SAFETY:"));
    let before = sentences.len();
    for block in blocks {
        split(&block, is_safety, sentences);
    }
    if let Some(first) = sentences.get_mut(before) {
        first.is_first = true;
    }
}

/// Adds the messages of panics and the names of tests.
fn add_messages(stream: TokenStream, all_strings: bool, sentences: &mut Vec<Sentence>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut is_test = false;
    for (index, tree) in trees.iter().enumerate() {
        let mut add = |kind, text: String| {
            let line = tree.span().start().line;
            split(&Block { kind, line, text }, false, sentences);
        };
        let behind = &trees[index + 1..];
        match tree {
            TokenTree::Group(group) => {
                // Doc comments were read as comments.
                let first = group
                    .stream()
                    .into_iter()
                    .next()
                    .map(|tree| tree.to_string());
                let is_attribute = group.delimiter() == Delimiter::Bracket;
                let is_doc = is_attribute && first.as_deref() == Some("doc");
                is_test |= is_attribute && first.as_deref() == Some("test");
                let panics = trees[..index].iter().rev().take(2).any(|tree| {
                    let messages = ["panic", "assert", "assert_eq", "expect", "unreachable"];
                    matches!(tree, TokenTree::Ident(name) if messages.iter().any(|m| name == m))
                });
                if !is_doc {
                    add_messages(group.stream(), all_strings || panics, sentences);
                }
            }
            TokenTree::Ident(word) if word == "fn" => {
                if let (true, Some(name)) = (is_test, behind.first()) {
                    add(Kind::Cell, name.to_string().replace('_', " "));
                }
                is_test = false;
            }
            TokenTree::Literal(literal) if all_strings && !is_code(&trees[..index]) => {
                let text = literal.to_string();
                if text.starts_with('"') && text.contains(' ') {
                    let text = text.trim_matches('"').replace("aiosync: ", "");
                    add(Kind::Message, text);
                }
            }
            _ => {}
        }
    }
}

/// Returns whether a literal behind these trees is the source code in a weakening.
fn is_code(before: &[TokenTree]) -> bool {
    let field = before.iter().rev().nth(1).map(ToString::to_string);
    matches!(field.as_deref(), Some("tokens" | "becomes" | "item"))
}

/// Cuts a block into sentences.
fn split(block: &Block, is_safety: bool, sentences: &mut Vec<Sentence>) {
    let mut words = Vec::new();
    let mut finish = |words: &mut Vec<Word>| {
        if !words.is_empty() {
            sentences.push(Sentence {
                kind: block.kind,
                is_first: false,
                is_safety,
                words: std::mem::take(words),
            });
        }
    };
    for word in cut(block) {
        let ended = words
            .last()
            .is_some_and(|last: &Word| matches!(&*last.text, "." | "!" | "?"));
        if ended
            && word
                .text
                .starts_with(|c: char| c.is_uppercase() || c == '`')
        {
            finish(&mut words);
        }
        words.push(word);
    }
    finish(&mut words);
}

/// Cuts a block into words.
fn cut(block: &Block) -> Vec<Word> {
    let text: Vec<char> = block.text.chars().collect();
    let (mut words, mut line, mut at) = (Vec::new(), block.line, 0);
    while at < text.len() {
        let c = text[at];
        let start = at;
        at += 1;
        let position = |wanted: &str, from: usize| {
            let wanted: Vec<char> = wanted.chars().collect();
            let mut windows = text[from..].windows(wanted.len());
            windows
                .position(|window| *window == wanted[..])
                .map(|found| from + found)
        };
        let word = match c {
            '\n' => {
                line += 1;
                continue;
            }
            '`' => {
                let ticks = text[start..].iter().take_while(|c| **c == '`').count();
                let end = position(&"`".repeat(ticks), start + ticks);
                at = end.map_or(text.len(), |end| end + ticks);
                line += text[start..at].iter().filter(|c| **c == '\n').count();
                "`".to_owned()
            }
            // The target of a link.
            ']' if text.get(at) == Some(&'(') => {
                at = position(")", at).map_or(text.len(), |end| end + 1);
                line += text[start..at].iter().filter(|c| **c == '\n').count();
                continue;
            }
            ',' | '.' | ';' | ':' | '!' | '?' | '(' | ')' => c.to_string(),
            _ if c.is_alphanumeric() => {
                let is_inside = |c: &&char| c.is_alphanumeric() || "'’-_".contains(**c);
                at = start + text[start..].iter().take_while(is_inside).count();
                let word: String = text[start..at].iter().collect();
                if matches!(&*word, "http" | "https") {
                    let rest = text[at..].iter().take_while(|c| !c.is_whitespace());
                    at += rest.count();
                    continue;
                }
                word
            }
            _ => continue,
        };
        words.push(Word {
            line,
            lower: word.to_lowercase().replace('’', "'"),
            text: word,
        });
    }
    words
}
