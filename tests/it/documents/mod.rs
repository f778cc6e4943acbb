//! The documents follow the source.
//!
//! | module | what |
//! |---|---|
//! | [`links`] | links, pictures and anchors lead somewhere |
//! | [`pages`] | lists in the documents are complete |
//! | [`readme`] | the README is short |
//! | [`rustdoc`] | the links of the pages that are part of the rustdoc have an address there |
//! | [`sections`] | the docs of an item have all their sections, in one order |
//! | [`words`] | the text is in plain English |
#![forbid(unsafe_code)]

mod links;
mod pages;
mod readme;
mod rustdoc;
mod sections;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use walkdir::WalkDir;

use crate::tidy::Finding;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A page of the documents, and the parts of it that the tests check.
struct Page {
    /// Its path from the root of the repository, with `/`.
    path: String,
    text: String,
    /// The targets of its links, as written.
    links: Vec<String>,
    /// The targets of its pictures, as written.
    pictures: Vec<String>,
    /// The anchors of its headings: what a link may have behind a `#`.
    anchors: Vec<String>,
}

impl Page {
    fn read(path: PathBuf) -> Self {
        let below = path.strip_prefix(root()).expect("it is below the root");
        let mut page = Self {
            path: below.to_string_lossy().replace('\\', "/"),
            text: fs::read_to_string(&path).expect("a page can be read"),
            links: Vec::new(),
            pictures: Vec::new(),
            anchors: Vec::new(),
        };
        let text = page.text.clone();
        let mut heading: Option<String> = None;
        for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => page.links.push(dest_url.into_string()),
                Event::Start(Tag::Image { dest_url, .. }) => {
                    page.pictures.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let anchor = anchor(&heading.take().expect("a heading has begun"));
                    page.anchors.push(anchor);
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        page
    }

    /// Returns the rows of the tables below a heading, as their cells. No heading, no rows.
    fn rows(&self, heading: &str) -> Vec<Vec<&str>> {
        let below = self.text.lines().skip_while(|line| *line != heading);
        let below = below.skip(1).take_while(|line| !line.starts_with("## "));
        let rows = below.filter_map(|line| line.strip_prefix('|'));
        let rows = rows.map(|row| row.split('|').map(str::trim).collect());
        // The first two are the names of the columns and the dashes.
        rows.skip(2).collect()
    }

    /// Creates a finding about this page.
    fn finding(&self, what: impl Into<String>) -> Finding {
        Finding {
            path: self.path.clone(),
            line: 1,
            what: what.into(),
        }
    }
}

/// Returns the anchor of a heading, as the usual hosts create it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        _ => c.is_alphanumeric().then(|| c.to_ascii_lowercase()),
    });
    kept.collect()
}

/// Returns the parts of a text between backticks.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Returns all pages: those at the root, and those below `docs`.
fn pages() -> Vec<Page> {
    let at_root = WalkDir::new(root()).max_depth(1);
    let below_docs = WalkDir::new(root().join("docs")).min_depth(1);
    let mut pages = Vec::new();
    for entry in at_root.into_iter().chain(below_docs) {
        let path = entry.expect("the tree can be walked").into_path();
        if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(Page::read(path));
        }
    }
    assert!(pages.len() > 20, "there are pages");
    pages.sort_by(|one, other| one.path.cmp(&other.path));
    pages
}

/// Returns the pictures that are drawn by hand: their paths and their texts.
fn pictures() -> Vec<(String, String)> {
    let folder = fs::read_dir(root().join("docs/pictures")).expect("there is a folder of pictures");
    let mut pictures = Vec::new();
    for entry in folder {
        let name = entry.expect("the folder can be read").file_name();
        let path = format!("docs/pictures/{}", name.to_string_lossy());
        if !path.ends_with(".svg") {
            continue; // the picture of a screen has no text
        }
        let text = fs::read_to_string(root().join(&path)).expect("a picture can be read");
        pictures.push((path, text));
    }
    assert!(pictures.len() > 1, "there are pictures");
    pictures
}

/// Returns the page with this path.
fn page(path: &str) -> Page {
    Page::read(root().join(path))
}
