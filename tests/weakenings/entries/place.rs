//! Finds the place of a weakening in the source, by tokens.
//!
//! Comments, whitespace and trailing commas do not count, so no formatter moves a place. The
//! item is found without a parser of Rust: inside a macro's braces an item looks like one
//! outside, and `const_unless_loom! { … }` hides nothing.

use std::ops::Range;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

/// A token, and the bytes of the file that it occupies.
struct Token {
    text: String,
    bytes: Range<usize>,
}

impl Token {
    fn new(text: &str, span: Span) -> Self {
        Self {
            text: text.to_owned(),
            bytes: span.byte_range(),
        }
    }
}

/// A function, a constant or a static of a file.
struct Item {
    name: String,
    /// The type of the surrounding `impl`, or the surrounding trait.
    owner: Option<String>,
    /// The trait that the surrounding `impl` implements.
    implements: Option<String>,
    tokens: Vec<Token>,
}

impl Item {
    /// Returns whether an entry may call this item `path`.
    fn is_called(&self, path: &str) -> bool {
        let Some((owner, name)) = path.rsplit_once("::") else {
            return self.owner.is_none() && self.name == path;
        };
        let (owner, implements) = match owner.strip_prefix('<').and_then(|o| o.strip_suffix('>')) {
            None => (owner, None),
            Some(both) => match both.split_once(" as ") {
                None => return false,
                Some((owner, implements)) => (owner, Some(implements)),
            },
        };
        self.name == name
            && self.owner.as_deref() == Some(owner)
            && (implements.is_none() || self.implements.as_deref() == implements)
    }
}

/// Returns the bytes of `source` that the token sequence `tokens` occupies in `item`.
///
/// # Errors
///
/// A sentence that says what does not exist, or exists several times.
pub(crate) fn find(source: &str, item: &str, tokens: &str) -> Result<Range<usize>, String> {
    let mut items = Vec::new();
    collect_items(lex(source)?, None, None, &mut items);
    items.retain(|found| found.is_called(item));
    let [found] = &items[..] else {
        return Err(match items.len() {
            0 => "there is no such item".to_owned(),
            count => format!("there are {count} such items: write <Type as Trait>::name"),
        });
    };
    let wanted = flatten(lex(tokens)?);
    if wanted.is_empty() {
        return Err("the entry has no tokens".to_owned());
    }
    let matches = |window: &&[Token]| {
        let mut pairs = window.iter().zip(&wanted);
        pairs.all(|(one, other)| one.text == other.text)
    };
    let places: Vec<_> = found.tokens.windows(wanted.len()).filter(matches).collect();
    match places[..] {
        [[first, .., last]] => Ok(first.bytes.start..last.bytes.end),
        [[only]] => Ok(only.bytes.clone()),
        _ => Err(format!(
            "the item has the tokens `{tokens}` {} times, not once",
            places.len()
        )),
    }
}

/// Splits Rust source into tokens. Fails if it has an unbalanced bracket.
///
/// # Errors
///
/// What the lexer says.
pub(crate) fn lex(source: &str) -> Result<TokenStream, String> {
    source
        .parse()
        .map_err(|error| format!("these are no Rust tokens: {error}"))
}

/// Adds all items of `stream`, which is the inside of an `impl` or trait if there is an
/// `owner`.
fn collect_items(
    stream: TokenStream,
    owner: Option<&str>,
    implements: Option<&str>,
    items: &mut Vec<Item>,
) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut rest = &trees[..];
    while let [first, behind @ ..] = rest {
        rest = behind;
        let keyword = match first {
            TokenTree::Group(group) => {
                // A module, or a macro's call or body.
                collect_items(group.stream(), owner, implements, items);
                continue;
            }
            TokenTree::Ident(keyword) => keyword.to_string(),
            _ => continue,
        };
        match (&*keyword, behind) {
            ("impl", _) => {
                if let Some((header, body, after)) = split_at_body(behind) {
                    let (owner, implements) = owner_of_impl(header);
                    let (owner, implements) = (owner.as_deref(), implements.as_deref());
                    collect_items(body.stream(), owner, implements, items);
                    rest = after;
                }
            }
            ("trait", [TokenTree::Ident(name), ..]) => {
                if let Some((_, body, after)) = split_at_body(behind) {
                    collect_items(body.stream(), Some(&name.to_string()), None, items);
                    rest = after;
                }
            }
            ("fn", [TokenTree::Ident(name), ..]) => {
                if let Some((_, _, after)) = split_at_body(behind) {
                    let whole = &behind[..behind.len() - after.len()];
                    items.push(item(name, owner, implements, whole));
                    rest = after;
                }
            }
            ("const" | "static", [TokenTree::Ident(name), TokenTree::Punct(colon), ..])
                if colon.as_char() == ':' =>
            {
                if let Some(length) = length_of_constant(behind) {
                    items.push(item(name, owner, implements, &behind[..length]));
                    rest = &behind[length..];
                }
            }
            _ => {}
        }
    }
}

fn item(name: &Ident, owner: Option<&str>, implements: Option<&str>, trees: &[TokenTree]) -> Item {
    Item {
        name: name.to_string(),
        owner: owner.map(str::to_owned),
        implements: implements.map(str::to_owned),
        tokens: flatten(trees.iter().cloned().collect()),
    }
}

/// Splits the trees behind a keyword at the first group in braces. `None` if a `;` comes
/// first.
fn split_at_body(trees: &[TokenTree]) -> Option<(&[TokenTree], &Group, &[TokenTree])> {
    for (index, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
                return Some((&trees[..index], body, &trees[index + 1..]));
            }
            _ if is_punct(tree, ';') => return None,
            _ => {}
        }
    }
    None
}

/// Returns the number of trees up to the `;` of a constant. `None` for a parameter of a
/// generic item (`const N: usize`).
fn length_of_constant(trees: &[TokenTree]) -> Option<usize> {
    let end = trees.iter().position(|tree| is_punct(tree, ';'))?;
    let value = trees[..end].iter().position(|tree| is_punct(tree, '='))?;
    let mut depth = 0;
    for tree in &trees[..value] {
        if is_punct(tree, '<') {
            depth += 1;
        } else if is_punct(tree, '>') {
            depth -= 1;
        }
        if depth < 0 || (depth == 0 && is_punct(tree, ',')) {
            return None;
        }
    }
    Some(end)
}

/// Returns the names of the type and of the trait, without their paths and parameters, from
/// what is between `impl` and its body.
fn owner_of_impl(header: &[TokenTree]) -> (Option<String>, Option<String>) {
    let (mut owner, mut implements, mut depth) = (None, None, 0);
    for (index, tree) in header.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &header[before]);
        match tree {
            _ if is_punct(tree, '<') => depth += 1,
            // Not the end of an arrow.
            _ if is_punct(tree, '>') && !before.is_some_and(|tree| is_punct(tree, '-')) => {
                depth -= 1;
            }
            TokenTree::Ident(word) if depth == 0 => match &*word.to_string() {
                "where" => break,
                "for" => implements = owner.take(),
                "dyn" | "mut" | "const" => {}
                // Of a path, the last segment; a lifetime is no name.
                _ if before.is_some_and(|tree| is_punct(tree, '\'')) => {}
                word => owner = Some(word.to_owned()),
            },
            _ => {}
        }
    }
    (owner, implements)
}

fn is_punct(tree: &TokenTree, wanted: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// Returns the tokens in a row, without doc comments and trailing commas.
fn flatten(stream: TokenStream) -> Vec<Token> {
    let mut tokens = Vec::new();
    flatten_into(stream, &mut tokens);
    tokens
}

fn flatten_into(stream: TokenStream, tokens: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        let (text, span) = match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(Token::new(open, group.span_open()));
                flatten_into(group.stream(), tokens);
                if tokens.last().is_some_and(|last| last.text == ",") {
                    tokens.pop();
                }
                (close.to_owned(), group.span_close())
            }
            TokenTree::Punct(punct) => {
                if punct.as_char() == '#' && trees.peek().is_some_and(is_doc) {
                    trees.next();
                    continue;
                }
                (punct.as_char().to_string(), punct.span())
            }
            TokenTree::Ident(ident) => (ident.to_string(), ident.span()),
            TokenTree::Literal(literal) => (literal.to_string(), literal.span()),
        };
        tokens.push(Token::new(&text, span));
    }
}

/// Returns whether an attribute is a doc comment, from what is behind its `#`.
fn is_doc(tree: &TokenTree) -> bool {
    let TokenTree::Group(attribute) = tree else {
        return false;
    };
    let first = attribute.stream().into_iter().next();
    matches!(first, Some(TokenTree::Ident(name)) if name == "doc")
}
