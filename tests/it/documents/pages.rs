//! What a document lists is all that there is.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::fs;

use roxmltree::Document;
use walkdir::WalkDir;

use super::{code_spans, page, pages, root};
use crate::tidy::{UNSAFE, sources};

/// The files below `src`, without that folder.
fn source_files() -> BTreeSet<String> {
    let sources = sources(&["src"]);
    let paths = sources
        .iter()
        .filter_map(|source| source.path.strip_prefix("src/"));
    paths.map(str::to_owned).collect()
}

#[test]
fn the_index_names_every_document() {
    let index = page("docs/README.md");
    for page in pages() {
        let Some(below) = page.path.strip_prefix("docs/") else {
            continue;
        };
        let named = index.links.iter().any(|link| link == below);
        assert!(
            named || below == "README.md",
            "docs/README.md links to {below}"
        );
    }
}

#[test]
fn every_picture_is_shown_by_a_document() {
    let pages = pages();
    for entry in WalkDir::new(root().join("docs")) {
        let path = entry.expect("the tree can be walked").into_path();
        if path.extension().is_some_and(|extension| extension == "svg") {
            let name = path
                .file_name()
                .expect("a file has a name")
                .to_string_lossy();
            let shown = (pages.iter()).any(|page| {
                let mut pictures = page.pictures.iter();
                pictures.any(|picture| picture.ends_with(&*name))
            });
            assert!(shown, "{name} is shown somewhere");
        }
    }
}

#[test]
fn the_architecture_has_a_line_for_every_file() {
    let architecture = page("docs/architecture.md");
    let (mut folder, mut listed) = (String::new(), BTreeSet::new());
    for row in architecture.rows("## Each file in a line") {
        for name in code_spans(row[0]) {
            if name.ends_with('/') {
                folder = name.to_owned();
            } else {
                assert!(
                    listed.insert(format!("{folder}{name}")),
                    "{name} is listed twice"
                );
            }
        }
    }
    assert_eq!(listed, source_files());
}

#[test]
fn the_architecture_names_what_stands_on_the_lower_floors() {
    let architecture = page("docs/architecture.md");
    for folder in ["wait/", "raw/"] {
        let line = architecture
            .text
            .lines()
            .find(|line| line.starts_with(' ') && line.contains(&format!(" {folder} ")));
        let line = line.expect("the house has a floor for each of them");
        let words: BTreeSet<_> = line.split_whitespace().collect();
        for file in source_files() {
            let name = file
                .strip_prefix(folder)
                .and_then(|name| name.strip_suffix(".rs"));
            // Of a folder, its own name.
            let name = name.and_then(|name| name.split('/').next());
            if let Some(name) = name.filter(|name| *name != "mod") {
                assert!(words.contains(name), "{name} in the house: {line}");
            }
        }
    }
}

#[test]
fn the_architecture_names_the_files_with_unsafe_code() {
    let architecture = page("docs/architecture.md");
    let rows = architecture.rows("## Where unsafe lives");
    let listed: BTreeSet<_> = rows.iter().flat_map(|row| code_spans(row[0])).collect();
    let known = UNSAFE
        .iter()
        .filter_map(|(file, _)| file.strip_prefix("src/"));
    assert_eq!(listed, known.collect());
}

/// A picture that was drawn by hand follows nothing by itself. So what it names must be
/// in the source, and it must bring its own ground, whatever it is shown on.
#[test]
fn the_pictures_name_what_the_source_has() {
    let source: String = sources(&["src"])
        .iter()
        .map(|source| &*source.text)
        .collect();
    let identifier = |c: char| !c.is_alphanumeric() && c != '_';
    let words: BTreeSet<&str> = source.split(identifier).collect();
    for name in ["wait", "hand-over"] {
        let path = root().join(format!("docs/pictures/{name}.svg"));
        let text = fs::read_to_string(path).expect("a picture can be read");
        let picture = Document::parse(&text).expect("a picture is well-formed");
        let first = picture.root_element().first_element_child();
        let title = first.and_then(|title| title.text());
        assert!(
            title.is_some_and(|title| title.len() > 20),
            "{name} has a title"
        );
        let ground = picture.descendants().find(|node| node.has_tag_name("rect"));
        let ground = ground.expect("a picture has a ground");
        assert_eq!(ground.attribute("class"), Some("ground"), "{name}");

        let code = picture.descendants().filter(|node| {
            node.is_element()
                && node
                    .attribute("class")
                    .is_some_and(|class| class.contains("code"))
        });
        let mut named = 0;
        for text in code.filter_map(|node| node.text()) {
            for word in text.split(identifier).filter(|word| !word.is_empty()) {
                named += 1;
                assert!(
                    words.contains(word),
                    "{name}: {word} of {text:?} is in the source"
                );
            }
        }
        assert!(named > 10, "{name} names {named} things");
    }
}
