//! Links, anchors and pictures of the rustdoc pages lead somewhere.
//!
//! The test builds the pages with all features and reads the HTML that a reader gets. Links to
//! other sites are not followed.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use html5gum::{DefaultEmitter, Token, Tokenizer};
use percent_encoding::percent_decode_str;
use walkdir::WalkDir;

/// What a page of HTML links to, and what it can be linked by.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    pictures: Vec<String>,
    anchors: BTreeSet<String>,
}

impl Page {
    fn read(path: &Path) -> Self {
        let html = fs::read_to_string(path).expect("a page can be read");
        let mut page = Self::default();
        let mut emitter = DefaultEmitter::default();
        // What is inside a `<script>` is text.
        emitter.naively_switch_states(true);
        for Ok(token) in Tokenizer::new_with_emitter(&html, emitter) {
            let Token::StartTag(tag) = token else {
                continue;
            };
            let attribute = |name: &[u8]| {
                let value = tag.attributes.get(name)?;
                Some(String::from_utf8_lossy(value).into_owned())
            };
            page.anchors.extend(attribute(b"id"));
            match &**tag.name {
                b"a" => page.links.extend(attribute(b"href")),
                b"img" => page.pictures.extend(attribute(b"src")),
                _ => {}
            }
        }
        page
    }
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("the repository is two folders up")
        .to_owned()
}

/// Builds the documentation of the crate and returns its folder.
fn build() -> PathBuf {
    let target = root().join("target/rendered");
    let status = Command::new(env!("CARGO"))
        .args(["doc", "--locked", "--quiet", "--no-deps", "--all-features"])
        .args(["--package", "aiosync", "--target-dir"])
        .arg(&target)
        .current_dir(root())
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTDOCFLAGS", "-D warnings")
        .status()
        .expect("cargo can be started");
    assert!(status.success(), "cargo doc: {status}");
    target.join("doc")
}

/// Returns the file that `link` names in the page at `from`. `None` if it is above the folder of
/// all pages.
fn resolve(from: &Path, link: &str) -> Option<PathBuf> {
    if link.is_empty() {
        return Some(from.to_owned());
    }
    let mut path = from.parent()?.to_owned();
    for component in Path::new(link).components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

/// The last chunk of every PNG file: its type and its checksum.
const PNG_END: &[u8] = b"IEND\xae\x42\x60\x82";

#[test]
fn links_anchors_and_pictures_of_the_rustdoc_pages_lead_somewhere() {
    let folder = build();
    let mut pages = BTreeMap::new();
    for entry in WalkDir::new(folder.join("aiosync")) {
        let path = entry.expect("the folder can be walked").into_path();
        if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            let page = Page::read(&path);
            let path = path.strip_prefix(&folder).expect("it is below the folder");
            pages.insert(path.to_owned(), page);
        }
    }
    let (mut findings, mut followed, mut pictures) = (Vec::new(), 0, 0);
    for (path, page) in &pages {
        for link in &page.links {
            if link.starts_with("https://") || link.starts_with("javascript:") {
                continue;
            }
            followed += 1;
            let mut finding =
                |what: &str| findings.push(format!("{}: {link}: {what}", path.display()));
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let Some(file) = resolve(path, file) else {
                finding("is above the pages");
                continue;
            };
            match pages.get(&file) {
                // A browser looks for the anchor as it is written, then for its decoded form.
                Some(target) => {
                    let decoded = percent_decode_str(anchor).decode_utf8_lossy();
                    let anchors = [anchor, &*decoded];
                    let is_there = |anchor| target.anchors.contains(anchor);
                    if !anchor.is_empty() && !anchors.into_iter().any(is_there) {
                        finding("has no such anchor");
                    }
                }
                // Pages about the source, and files that are no pages of the crate.
                None if folder.join(&file).exists() => {}
                None => finding("is not there"),
            }
        }
        for picture in &page.pictures {
            let problem = if let Some(data) = picture.strip_prefix("data:image/svg+xml,") {
                let data = percent_decode_str(data).decode_utf8();
                let parsed = data.map(|data| roxmltree::Document::parse(&data).map(|_| ()));
                match parsed.expect("a drawing is text") {
                    Ok(()) => None,
                    Err(error) => Some(error.to_string()),
                }
            } else if let Some(data) = picture.strip_prefix("data:image/png,") {
                let data: Vec<u8> = percent_decode_str(data).collect();
                let is_whole = data.starts_with(b"\x89PNG\r\n\x1a\n") && data.ends_with(PNG_END);
                (!is_whole).then(|| "the picture is not whole".to_owned())
            } else {
                Some("not part of the page".to_owned())
            };
            pictures += 1;
            if let Some(problem) = problem {
                let name: String = picture.chars().take(60).collect();
                findings.push(format!("{}: {name}: {problem}", path.display()));
            }
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    assert!(
        followed > 1_000 && pictures >= 4,
        "{followed} links, {pictures} pictures"
    );
}
