//! The documents keep up with the source.
//!
//! | module | what |
//! |---|---|
//! | [`links`] | links, pictures and anchors lead somewhere |
//! | [`pages`] | what a document lists is all that there is |
//! | [`sections`] | each method that waits says what the house asks of it |
#![forbid(unsafe_code)]

mod links;
mod pages;
mod sections;

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use walkdir::WalkDir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A page of the documents, as far as it is looked at.
struct Page {
    /// From the root of the repository, with `/`.
    path: String,
    text: String,
    /// What it links to, as it stands there.
    links: Vec<String>,
    /// The pictures it shows.
    pictures: Vec<String>,
    /// What a link may name behind a `#`.
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

    /// The rows of the tables below a heading, as their cells.
    fn rows(&self, heading: &str) -> Vec<Vec<&str>> {
        let mut lines = self.text.lines().skip_while(|line| *line != heading);
        assert!(lines.next().is_some(), "{} has {heading:?}", self.path);
        let below = lines.take_while(|line| !line.starts_with("## "));
        let rows = below.filter_map(|line| line.strip_prefix('|'));
        let rows = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
        // Behind the line of names and the line of dashes.
        let rows: Vec<_> = rows.skip(2).collect();
        assert!(
            !rows.is_empty(),
            "{} has a table below {heading:?}",
            self.path
        );
        rows
    }
}

/// As the usual hosts make it of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        _ => c.is_alphanumeric().then(|| c.to_ascii_lowercase()),
    });
    kept.collect()
}

/// What stands in `` ` ``.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// All pages: those at the root, and those below `docs`.
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

/// A page by its path.
fn page(path: &str) -> Page {
    Page::read(root().join(path))
}
