//! Rust source as tokens: paths, type names, conditions and keywords, with their lines.
#![forbid(unsafe_code)]

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// Keywords that a path may follow.
const KEYWORDS: [&str; 9] = [
    "use", "in", "as", "for", "dyn", "mut", "return", "match", "if",
];

/// A path with at least two segments, as written: `super::word::LockWord`.
pub(super) struct NamedPath {
    pub(super) line: usize,
    pub(super) segments: Vec<String>,
}

/// Returns the tokens of a source, comments left out.
pub(super) fn tokens(text: &str) -> TokenStream {
    text.parse().expect("a source has balanced brackets")
}

/// Returns every path, with the groups of `use a::{b, c}` written out.
pub(super) fn paths(stream: TokenStream) -> Vec<NamedPath> {
    let mut found = Vec::new();
    collect_paths(stream, &[], &mut found);
    found.retain(|path| path.segments.len() > 1);
    found
}

fn collect_paths(stream: TokenStream, prefix: &[String], found: &mut Vec<NamedPath>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut index = 0;
    while let Some(tree) = trees.get(index) {
        index += 1;
        match tree {
            TokenTree::Group(group) => collect_paths(group.stream(), &[], found),
            // `use ::std::…`: a keyword in front of a path is no part of it.
            TokenTree::Ident(ident) if KEYWORDS.contains(&&*ident.to_string()) => {}
            TokenTree::Ident(ident) => {
                let mut segments = prefix.to_vec();
                segments.push(ident.to_string());
                let line = ident.span().start().line;
                while let Some(next) = behind_colons(&trees[index..]) {
                    match next {
                        TokenTree::Ident(ident) => segments.push(ident.to_string()),
                        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                            collect_paths(group.stream(), &segments, found);
                        }
                        _ => break,
                    }
                    index += 3;
                }
                found.push(NamedPath { line, segments });
            }
            _ => {}
        }
    }
}

/// Returns the tree behind `::`, if the trees begin with that.
fn behind_colons(trees: &[TokenTree]) -> Option<&TokenTree> {
    match trees {
        [TokenTree::Punct(first), TokenTree::Punct(second), next, ..]
            if first.as_char() == ':'
                && first.spacing() == Spacing::Joint
                && second.as_char() == ':' =>
        {
            Some(next)
        }
        _ => None,
    }
}

/// Calls `visit` with the trees from each identifier on, to the end of its group.
fn each_identifier(stream: TokenStream, visit: &mut impl FnMut(&str, usize, &[TokenTree])) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    for (index, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Group(group) => each_identifier(group.stream(), visit),
            TokenTree::Ident(ident) => {
                let line = ident.span().start().line;
                visit(&ident.to_string(), line, &trees[index + 1..]);
            }
            _ => {}
        }
    }
}

/// Returns the names of the structs, enums, unions and traits that a source defines, with
/// their lines.
pub(super) fn type_names(stream: TokenStream) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    each_identifier(stream, &mut |word, line, behind| {
        if let ("struct" | "enum" | "union" | "trait", [TokenTree::Ident(name), ..]) =
            (word, behind)
        {
            found.push((line, name.to_string()));
        }
    });
    found
}

/// Returns the lines that ask whether this is a model: `cfg(…)`, `cfg!(…)` and `cfg_attr(…)`
/// with `loom` or `shuttle` inside.
pub(super) fn model_conditions(stream: TokenStream) -> Vec<usize> {
    let mut found = Vec::new();
    each_identifier(stream, &mut |word, line, behind| {
        let condition = match (word, behind) {
            ("cfg" | "cfg_attr", [TokenTree::Group(condition), ..])
            | ("cfg", [_, TokenTree::Group(condition), ..]) => condition.stream(),
            _ => return,
        };
        each_identifier(condition, &mut |word, _, _| {
            if matches!(word, "loom" | "shuttle") {
                found.push(line);
            }
        });
    });
    found.dedup();
    found
}

/// Returns the lines with the keyword `unsafe`, and whether it begins a function. Types of
/// function pointers are left out.
pub(super) fn unsafe_keywords(stream: TokenStream) -> Vec<(usize, bool)> {
    let mut found = Vec::new();
    each_identifier(stream, &mut |word, line, behind| {
        if word == "unsafe" {
            match behind {
                [TokenTree::Ident(next), TokenTree::Ident(_), ..] if next == "fn" => {
                    found.push((line, true));
                }
                [TokenTree::Ident(next), ..] if next == "fn" => {}
                _ => found.push((line, false)),
            }
        }
    });
    found
}
