//! Some pages are part of the rustdoc: the README and the modules of `aiosync::guide`. Their
//! links lead to files of the repository, which are not beside the rustdoc. So each link to
//! another file is a label, and `src/guide/links.md` gives each label its address there. That
//! file is generated: `UPDATE_SNAPSHOTS=yes cargo test --all-features documents` writes it.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::{env, fs};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};

use super::{Page, page, root};
use crate::tidy::assert_none;

/// The pages, and their paths in the rustdoc.
const PAGES: [(&str, &str); 13] = [
    ("README.md", "crate"),
    ("docs/guide.md", "crate::guide"),
    ("docs/from-asyncio.md", "crate::guide::from_asyncio"),
    ("docs/from-tokio.md", "crate::guide::from_tokio"),
    ("docs/loom.md", "crate::guide::loom"),
    ("docs/diagnostics.md", "crate::guide::diagnostics"),
    ("docs/comparison.md", "crate::guide::comparison"),
    ("docs/portability.md", "crate::guide::portability"),
    ("docs/benchmarks.md", "crate::guide::benchmarks"),
    ("docs/testing.md", "crate::guide::testing"),
    ("docs/upstream.md", "crate::guide::upstream"),
    ("docs/memory-ordering.md", "crate::guide::memory_ordering"),
    ("docs/architecture.md", "crate::guide::architecture"),
];

const LINKS: &str = "src/guide/links.md";

/// The address of the crate's own rustdoc.
const ITEMS: &str = "https://docs.rs/aiosync/latest/aiosync/";

/// Returns the definitions of links in a page: labels and targets.
fn definitions(page: &Page) -> impl Iterator<Item = (&str, &str)> {
    page.text.lines().filter_map(|line| {
        let (label, target) = line.strip_prefix('[')?.split_once("]: ")?;
        Some((label, target))
    })
}

/// Returns the path of a link's target from the root of the repository, with the anchor.
fn from_root(page: &Page, target: &str) -> String {
    if target.starts_with("https://") {
        return target.to_owned();
    }
    let (file, anchor) = match target.split_once('#') {
        Some((file, anchor)) => (file, format!("#{anchor}")),
        None => (target, String::new()),
    };
    let folder = Path::new(&page.path).parent().unwrap_or(Path::new(""));
    let mut path = PathBuf::new();
    for component in folder.join(file).components() {
        match component {
            Component::ParentDir => drop(path.pop()),
            component => path.push(component),
        }
    }
    format!("{}{anchor}", path.to_string_lossy().replace('\\', "/"))
}

/// Returns the path by which rustdoc finds the item that a label names.
fn item(label: &str) -> String {
    let name = label.trim_matches('`');
    let name = name.trim_end_matches("()").trim_start_matches("aiosync::");
    match name.strip_prefix("Queue::") {
        // rustdoc finds no method through an alias.
        Some(method) => format!("crate::OrderedQueue::{method}"),
        None => format!("crate::{name}"),
    }
}

/// Returns the address in the rustdoc of a label and its target. `None` if the target serves
/// there too.
fn address(label: &str, target: &str) -> Option<String> {
    if target.starts_with(ITEMS) {
        return Some(item(label));
    }
    if target.starts_with("https://") {
        return None;
    }
    let (file, anchor) = match target.split_once('#') {
        Some((file, anchor)) => (file, format!("#{anchor}")),
        None => (target, String::new()),
    };
    if let Some((_, module)) = PAGES.iter().find(|(page, _)| *page == file) {
        return Some(format!("{module}{anchor}"));
    }
    if file.ends_with(".svg") {
        let picture = fs::read_to_string(root().join(file)).expect("a picture can be read");
        let picture = utf8_percent_encode(&picture, NON_ALPHANUMERIC);
        return Some(format!("data:image/svg+xml,{picture}"));
    }
    if file.ends_with(".png") {
        let picture = fs::read(root().join(file)).expect("a picture can be read");
        let picture = percent_encode(&picture, NON_ALPHANUMERIC);
        return Some(format!("data:image/png,{picture}"));
    }
    Some(format!(
        "https://docs.rs/crate/aiosync/latest/source/{target}"
    ))
}

#[test]
fn the_pages_of_the_rustdoc_link_to_other_files_by_label() {
    let mut findings = Vec::new();
    for (path, _) in PAGES {
        for link in page(path).text.split("](").skip(1) {
            let is_local = link.starts_with('#') || link.starts_with("https://");
            let target = link.split(')').next().unwrap_or(link);
            // Code such as `v[i](x)` has no dot.
            if !is_local && target.contains('.') {
                findings.push(format!("{path}: {target}"));
            }
        }
    }
    assert_none(&findings, "links to other files are labels");
}

#[test]
fn each_label_has_one_meaning_and_an_address_in_the_rustdoc() {
    let (mut targets, mut findings) = (BTreeMap::new(), Vec::new());
    for (path, _) in PAGES {
        let page = page(path);
        for (label, target) in definitions(&page) {
            let target = from_root(&page, target);
            let first = targets.entry(label.to_owned()).or_insert(target.clone());
            if *first != target {
                findings.push(format!("{path}: [{label}] is {target} here, else {first}"));
            }
        }
    }
    assert_none(&findings, "a label has one meaning in all pages");
    assert!(targets.len() > 20, "there are labels");

    let addresses = targets.iter();
    let expected: String = addresses
        .filter_map(|(label, target)| Some(format!("[{label}]: {}\n", address(label, target)?)))
        .collect();
    if env::var("UPDATE_SNAPSHOTS").is_ok_and(|value| value == "yes") {
        fs::write(root().join(LINKS), &expected).expect("a file can be written");
    }
    let actual = fs::read_to_string(root().join(LINKS)).unwrap_or_default();
    assert!(
        actual == expected,
        "{LINKS} is not up to date: UPDATE_SNAPSHOTS=yes cargo test --all-features documents"
    );
}
