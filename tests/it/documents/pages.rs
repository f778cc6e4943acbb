//! Lists in the documents are complete.
//!
//! `docs/architecture.md` has three tables that are compared with the source. The first cell of
//! a row is a list of names in backticks:
//!
//! | heading | first cell | other cells |
//! |---|---|---|
//! | `## Imports` | a part: `` `wait/` `` | the parts that it imports, as `IMPORTS` in `tests/it/tidy` lists them |
//! | `## Files` | files: `` **`wait/`** `mod.rs` ``. A folder holds for the rows that follow | what the file is for |
//! | `## Unsafe code` | files: `` `wait/list.rs` `` | why, for the files in `UNSAFE` in `tests/it/tidy` |
#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use roxmltree::Document;
use walkdir::WalkDir;

use super::{code_spans, page, pages, pictures, root};
use crate::tidy::{Finding, IMPORTS, UNSAFE, assert_rule, sources};

/// Returns the paths of the files below `src`.
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
        if path
            .extension()
            .is_some_and(|extension| extension == "svg" || extension == "png")
        {
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
fn the_evidence_of_each_promise_is_there() {
    let testing = page("docs/testing.md");
    let scenes = sources(&["tests/loom", "tests/shuttle"]);
    let (mut findings, mut count) = (Vec::new(), 0);
    for row in testing.rows("## What shows each promise") {
        for name in row.iter().skip(1).flat_map(|cell| code_spans(cell)) {
            count += 1;
            let is_scene = |name: &str| {
                let declaration = format!("fn {name}()");
                scenes
                    .iter()
                    .any(|source| source.text.contains(&declaration))
            };
            // A path of Rust is an item of the crate.
            let is_there = name.contains("::") || root().join("tests").join(name).exists();
            if !is_there && !is_scene(name) {
                findings.push(testing.finding(format!("{name} is not there")));
            }
        }
    }
    assert_rule("the evidence of each promise is there", &findings);
    assert!(count > 60, "the table names {count} files and scenes");
}

/// Compares what a table of the page lists with what it must list.
fn compare(
    findings: &mut Vec<Finding>,
    heading: &str,
    listed: &BTreeSet<String>,
    expected: &BTreeSet<String>,
) {
    let page = page("docs/architecture.md");
    let missing = expected.difference(listed);
    findings.extend(missing.map(|row| page.finding(format!("{heading} lacks {row}"))));
    let wrong = listed.difference(expected);
    findings.extend(wrong.map(|row| page.finding(format!("{heading} has {row}"))));
}

#[test]
fn the_architecture_page_lists_files_imports_and_unsafe_code() {
    let architecture = page("docs/architecture.md");
    let mut findings = Vec::new();

    let (mut folder, mut listed) = (String::new(), BTreeSet::new());
    for row in architecture.rows("## Files") {
        for name in code_spans(row[0]) {
            if name.ends_with('/') {
                folder = name.to_owned();
            } else if !listed.insert(format!("{folder}{name}")) {
                findings.push(architecture.finding(format!("## Files has {name} twice")));
            }
        }
        if row.get(1).is_none_or(|what| what.is_empty()) {
            findings.push(architecture.finding(format!("## Files: {} is for what?", row[0])));
        }
    }
    compare(&mut findings, "## Files", &listed, &source_files());

    let known = UNSAFE.iter();
    let expected = known.filter_map(|(file, _)| file.strip_prefix("src/").map(str::to_owned));
    let mut listed = BTreeSet::new();
    for row in architecture.rows("## Unsafe code") {
        listed.extend(code_spans(row[0]).map(str::to_owned));
        if row.get(1).is_none_or(|why| why.is_empty()) {
            findings.push(architecture.finding(format!("## Unsafe code: {} why?", row[0])));
        }
    }
    compare(
        &mut findings,
        "## Unsafe code",
        &listed,
        &expected.collect(),
    );

    let import = |part: &str, imported: &str| format!("{part}: {imported}");
    let (mut listed, mut expected) = (BTreeSet::new(), BTreeSet::new());
    for row in architecture.rows("## Imports") {
        for part in code_spans(row[0]) {
            let names = row.get(1).into_iter().flat_map(|cell| code_spans(cell));
            listed.insert(import(part, ""));
            listed.extend(names.map(|imported| import(part, imported)));
        }
    }
    for (part, imports) in IMPORTS {
        let name = |part: &str| match part {
            "lib" => "lib.rs".to_owned(),
            part => format!("{part}/"),
        };
        expected.insert(import(&name(part), ""));
        expected.extend(
            imports
                .iter()
                .map(|other| import(&name(part), &name(other))),
        );
    }
    compare(&mut findings, "## Imports", &listed, &expected);

    assert_rule("docs/architecture.md follows the source", &findings);
}

/// A picture that was drawn by hand follows nothing by itself. So what it names must be in the
/// source. It also needs a background of its own, because a page may be dark.
#[test]
fn the_pictures_name_what_the_source_has() {
    let sources = sources(&["src"]);
    let source: String = sources.iter().map(|source| &*source.text).collect();
    let is_separator = |c: char| !c.is_alphanumeric() && c != '_';
    let words: BTreeSet<&str> = source.split(is_separator).collect();
    let mut findings = Vec::new();
    for (path, text) in pictures() {
        let picture = Document::parse(&text).expect("a picture is well-formed");
        let first = picture.root_element().first_element_child();
        let title = first.and_then(|title| title.text());
        assert!(
            title.is_some_and(|title| title.len() > 20),
            "{path} has a title"
        );
        let ground = picture.descendants().find(|node| node.has_tag_name("rect"));
        let ground = ground.expect("a picture has a background");
        assert_eq!(ground.attribute("class"), Some("ground"), "{path}");

        let is_code = |class: &str| class.contains("code");
        let code = picture
            .descendants()
            .filter(|node| node.is_element() && node.attribute("class").is_some_and(is_code));
        let mut named = 0;
        for text in code.filter_map(|node| node.text()) {
            for word in text.split(is_separator).filter(|word| !word.is_empty()) {
                named += 1;
                if !words.contains(word) {
                    findings.push(Finding {
                        path: path.clone(),
                        line: 1,
                        what: format!("{word} of {text:?} is not in the source"),
                    });
                }
            }
        }
        assert!(named > 10, "{path} names {named} things");
    }
    assert_rule("the pictures name what the source has", &findings);
}
