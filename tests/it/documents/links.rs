//! Links, pictures and anchors lead somewhere.
#![forbid(unsafe_code)]

use std::path::{Component, Path, PathBuf};

use super::{Page, pages, root};
use crate::tidy::assert_none;

/// Returns the path of a link in `page`. `None` if it leaves the repository.
fn target(page: &Page, link: &str) -> Option<PathBuf> {
    let folder = Path::new(&page.path).parent()?;
    let mut path = PathBuf::new();
    for component in folder.join(link).components() {
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

/// Returns whether the package contains this file, by `include` in `Cargo.toml`.
fn is_packed(path: &Path) -> bool {
    let path = path.to_string_lossy().replace('\\', "/");
    let at_root = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];
    at_root.contains(&&*path) || path.starts_with("docs/") || path == "tests/compile_fail.md"
}

#[test]
fn every_link_and_picture_leads_somewhere_inside_the_package() {
    let pages = pages();
    let (mut findings, mut links, mut pictures) = (Vec::new(), 0, 0);
    for page in &pages {
        pictures += page.pictures.len();
        for link in page.links.iter().chain(&page.pictures) {
            if link.starts_with("https://") {
                continue;
            }
            links += 1;
            let mut finding = |what: &str| findings.push(format!("{}: {link}: {what}", page.path));
            let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
            let path = match path {
                "" => Some(PathBuf::from(&page.path)),
                path => target(page, path),
            };
            let Some(path) = path else {
                finding("leaves the repository");
                continue;
            };
            if !root().join(&path).exists() {
                finding("is not there");
            } else if !is_packed(&path) {
                finding("is not in the package");
            } else if !fragment.is_empty() {
                let leads_to = pages.iter().find(|page| Path::new(&page.path) == path);
                let anchors = leads_to.map_or(&[][..], |page| &page.anchors);
                if !anchors.iter().any(|anchor| anchor == fragment) {
                    finding("has no such heading");
                }
            }
        }
    }
    assert_none(&findings, "links lead somewhere");
    assert!(
        links > 100 && pictures > 6,
        "{links} links, {pictures} pictures"
    );
}

#[test]
fn links_to_the_rustdoc_name_public_items() {
    let surface = std::fs::read_to_string(root().join("tests/public-api/surface.txt"));
    let surface = surface.expect("the surface is written down");
    let (mut findings, mut count) = (Vec::new(), 0);
    for page in pages() {
        for link in &page.links {
            let Some(item) = link.strip_prefix("https://docs.rs/aiosync/latest/aiosync/") else {
                continue;
            };
            count += 1;
            let item = item.split('#').next().unwrap_or(item);
            let declared = match item.strip_suffix(".html").and_then(|i| i.split_once('.')) {
                Some((kind, name)) => match kind.rsplit_once('/') {
                    Some((module, kind)) => format!("pub {kind} aiosync::{module}::{name}"),
                    None => format!("pub {kind} aiosync::{name}"),
                },
                None => format!("pub mod aiosync::{}", item.trim_end_matches("/index.html")),
            };
            let is_declared = surface.lines().any(|line| {
                let line = line.trim_start_matches("#[non_exhaustive] ");
                let rest = line.strip_prefix(&declared);
                rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
            });
            if !is_declared {
                findings.push(format!("{}: {link}: no {declared}", page.path));
            }
        }
    }
    assert_none(&findings, "links to the rustdoc name public items");
    assert!(count > 5, "{count} links to the rustdoc");
}
