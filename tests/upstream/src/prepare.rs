//! Takes the suites from the packages that Cargo has downloaded, and copies them.
//!
//! A copy is byte for byte the peer's file, without the items that the list of suites cuts by
//! name.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use syn::spanned::Spanned;

use crate::suites::{Chosen, How, PEERS, Peer};

/// Where a tree of this repository is, and where Cargo builds it.
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    pub(crate) build: PathBuf,
}

impl Tree {
    pub(crate) fn manifest(&self) -> PathBuf {
        self.root.join("tests/upstream/Cargo.toml")
    }

    /// Returns where the manifests of the adapters look for the suites of a peer.
    fn suites(&self, peer: &Peer) -> PathBuf {
        self.root.join("target/upstream/suites").join(peer.name)
    }
}

/// The packages that Cargo has downloaded.
pub(crate) struct Metadata(Vec<Value>);

impl Metadata {
    /// Downloads the packages that `Cargo.toml` pins, if they are not there.
    pub(crate) fn read(tree: &Tree) -> Result<Self, Box<dyn Error>> {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--locked", "--format-version", "1"])
            .arg("--manifest-path")
            .arg(tree.manifest())
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let packages = metadata["packages"].as_array().ok_or("no packages")?;
        Ok(Self(packages.clone()))
    }

    /// Returns the folder of a published package.
    pub(crate) fn folder(&self, name: &str, version: &str) -> Result<PathBuf, Box<dyn Error>> {
        let is_wanted = |package: &&Value| {
            package["name"] == name
                && package["version"] == version
                && package["source"].is_string()
        };
        let package =
            self.0.iter().find(is_wanted).ok_or_else(|| {
                format!("tests/upstream/Cargo.toml does not pin {name} {version}")
            })?;
        let manifest = package["manifest_path"].as_str().ok_or("no manifest")?;
        let folder = Path::new(manifest).parent().ok_or("no folder")?;
        Ok(folder.to_path_buf())
    }
}

/// The folders of the peers' packages, by the names of the peers.
pub(crate) struct Packages(BTreeMap<&'static str, PathBuf>);

impl Packages {
    /// Downloads the packages, if they are not there, and finds them.
    pub(crate) fn find(tree: &Tree) -> Result<Self, Box<dyn Error>> {
        let metadata = Metadata::read(tree)?;
        let mut found = BTreeMap::new();
        for peer in &PEERS {
            let folder = metadata.folder(peer.name, peer.version)?;
            found.insert(peer.name, folder.join("tests"));
        }
        Ok(Self(found))
    }

    fn tests(&self, peer: &Peer) -> &Path {
        &self.0[peer.name]
    }

    /// Returns a sentence for each suite that is missing in the list of a complete peer.
    pub(crate) fn missing_suites(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let mut problems = Vec::new();
        for peer in PEERS.iter().filter(|peer| peer.is_complete) {
            for entry in fs::read_dir(self.tests(peer))? {
                let path = entry?.path();
                let name = path.file_stem().and_then(|name| name.to_str());
                let name = name.ok_or("a file has no name")?;
                if path.is_file() && peer.suites.iter().all(|suite| suite.name != name) {
                    problems.push(format!("{}/{name} is in no list", peer.name));
                }
            }
        }
        Ok(problems)
    }
}

/// A suite whose file has been copied.
pub(crate) struct Prepared {
    pub(crate) chosen: Chosen,
    /// The names of all its tests, also of those that are left out.
    pub(crate) tests: Vec<String>,
}

/// Copies a suite into a tree, without the items that are cut.
pub(crate) fn prepare(
    chosen: Chosen,
    packages: &Packages,
    tree: &Tree,
) -> Result<Prepared, Box<dyn Error>> {
    let (from, to) = (packages.tests(chosen.peer), tree.suites(chosen.peer));
    for module in chosen.peer.modules {
        write_if_changed(&to.join(module), &fs::read(from.join(module))?)?;
    }
    let file = format!("{}.rs", chosen.suite.name);
    let text = fs::read_to_string(from.join(&file))?;
    let items = items(&text).map_err(|error| format!("{}: {error}", chosen.name()))?;
    let copy = without(text, &items, chosen.suite.left_out(&[How::Cut]))
        .map_err(|missing| format!("{} has no {missing:?}", chosen.name()))?;
    write_if_changed(&to.join(&file), copy.as_bytes())?;
    let tests = items.into_iter().filter(|item| item.is_test);
    Ok(Prepared {
        chosen,
        tests: tests.map(|item| item.name).collect(),
    })
}

/// Removes items from the text of a file. Returns the names of those that the file does not
/// have.
fn without<'n>(
    mut text: String,
    items: &[Item],
    mut names: Vec<&'n str>,
) -> Result<String, Vec<&'n str>> {
    // From the end, so that the ranges of the items before stay right.
    for item in items.iter().rev() {
        if let Some(index) = names.iter().position(|name| *name == item.name) {
            names.remove(index);
            text.replace_range(item.bytes.clone(), "");
        }
    }
    if names.is_empty() {
        Ok(text)
    } else {
        Err(names)
    }
}

/// An item of a file that the list of suites can name.
struct Item {
    name: String,
    is_test: bool,
    bytes: std::ops::Range<usize>,
}

/// Returns the functions and the implementations of a file, in order.
fn items(text: &str) -> Result<Vec<Item>, syn::Error> {
    let file = syn::parse_file(text)?;
    let mut found = Vec::new();
    for item in &file.items {
        let (name, is_test) = match item {
            syn::Item::Fn(function) => {
                let is_test = function.attrs.iter().any(marks_a_test);
                (function.sig.ident.to_string(), is_test)
            }
            syn::Item::Impl(block) => match name_of_impl(block) {
                Some(name) => (name, false),
                None => continue,
            },
            _ => continue,
        };
        found.push(Item {
            name,
            is_test,
            bytes: item.span().byte_range(),
        });
    }
    Ok(found)
}

/// Returns whether an attribute is `#[test]`, `#[tokio::test]`, or another name of them.
fn marks_a_test(attribute: &syn::Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| last.ident == "test" || last.ident == "maybe_tokio_test")
}

/// Returns `impl Trait for Type`, with the last names of their paths.
fn name_of_impl(block: &syn::ItemImpl) -> Option<String> {
    let last = |path: &syn::Path| path.segments.last().map(|last| last.ident.to_string());
    let syn::Type::Path(of) = &*block.self_ty else {
        return None;
    };
    let (implements, _) = block.trait_.as_ref()?;
    Some(format!(
        "impl {} for {}",
        last(implements)?,
        last(&of.path)?
    ))
}

/// Writes a file, unless it has these contents: an unchanged file keeps its time, and Cargo
/// does not build it again.
pub(crate) fn write_if_changed(path: &Path, contents: &[u8]) -> Result<(), Box<dyn Error>> {
    if fs::read(path).ok().as_deref() != Some(contents) {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, contents)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{items, without};

    const FILE: &str = "#![cfg(all())]
use a::{b,  c};

// A comment.
/// The docs of a test.
#[tokio::test(flavor = \"multi_thread\")]
#[cfg(all())]
async fn first() {
    \"}\";
}

fn helper() {}

impl<'a, T> Trait for b::Type<'a, T> {}
impl<T> Trait for b::Other<T> {}

#[test] fn second() {}
";

    #[test]
    fn the_tests_of_a_file_are_found() {
        let items = items(FILE).unwrap();
        let found: Vec<_> = items.iter().map(|i| (&*i.name, i.is_test)).collect();
        let expected = [
            ("first", true),
            ("helper", false),
            ("impl Trait for Type", false),
            ("impl Trait for Other", false),
            ("second", true),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_copy_differs_in_the_removed_items_only() {
        let names = vec!["impl Trait for Type", "first"];
        let copy = without(FILE.to_owned(), &items(FILE).unwrap(), names).unwrap();
        let expected = "#![cfg(all())]
use a::{b,  c};

// A comment.


fn helper() {}


impl<T> Trait for b::Other<T> {}

#[test] fn second() {}
";
        assert_eq!(copy, expected);
    }

    #[test]
    fn an_item_that_the_file_does_not_have_is_an_error() {
        let result = without(FILE.to_owned(), &items(FILE).unwrap(), vec!["third"]);
        assert_eq!(result, Err(vec!["third"]));
    }
}
