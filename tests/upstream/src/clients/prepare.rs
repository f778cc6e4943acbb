//! Copies the clients from the packages that Cargo has downloaded, and changes their manifests.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use super::list::Client;
use crate::prepare::{Metadata, Tree, write_if_changed};

/// Returns the folder of the clients' workspace.
pub(super) fn workspace(tree: &Tree) -> PathBuf {
    tree.root.join("target/upstream/clients")
}

/// Copies all clients into a tree, with the workspace that builds them. Returns the number of
/// changed lines of each.
///
/// All of them, because a workspace is complete or useless.
pub(super) fn prepare(
    clients: &'static [Client],
    metadata: &Metadata,
    tree: &Tree,
) -> Result<Vec<usize>, Box<dyn Error>> {
    let to = workspace(tree);
    copy(&tree.root.join("tests/upstream/clients"), &to)?;
    let mut changed = Vec::new();
    for client in clients {
        let from = metadata.folder(client.name, client.version)?;
        let to = to.join(client.name);
        copy(&from, &to)?;
        let manifest = fs::read_to_string(from.join("Cargo.toml"))?;
        let (manifest, lines) = adapted(client, &manifest)?;
        write_if_changed(&to.join("Cargo.toml"), manifest.as_bytes())?;
        changed.push(lines);
    }
    Ok(changed)
}

/// Copies a folder. The manifest and the lock file of a package stay behind.
fn copy(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    let is_package = from.join("Cargo.toml.orig").exists();
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let stays = is_package && (name == "Cargo.toml" || name == "Cargo.lock");
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else if !stays {
            write_if_changed(&to.join(name), &fs::read(path)?)?;
        }
    }
    Ok(())
}

/// Returns a client's manifest with other dependencies, and the number of changed lines.
///
/// Cargo has normalized the manifest: each dependency is a section of its own.
fn adapted(client: &Client, manifest: &str) -> Result<(String, usize), Box<dyn Error>> {
    let mut text = String::new();
    let mut dependency = None;
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            dependency = ["[dependencies.", "[dev-dependencies."]
                .iter()
                .find_map(|section| line.strip_prefix(section)?.strip_suffix(']'));
        }
        let is_current = |name: &str| dependency == Some(name);
        let mut replaced = client.replaced.iter();
        if let Some(name) = client.removed.iter().find(|name| is_current(name)) {
            found.push(*name);
            continue;
        }
        match replaced.find(|replaced| is_current(replaced.dependency)) {
            Some(with) if line.starts_with("version = ") => {
                found.push(with.dependency);
                text += &format!("package = {:?}\npath = {:?}\n", with.package, with.path);
            }
            _ => text += &format!("{line}\n"),
        }
    }
    let replaced = client.replaced.iter().map(|replaced| replaced.dependency);
    for name in replaced.clone().chain(client.removed.iter().copied()) {
        if !found.contains(&name) {
            return Err(format!("{} does not depend on {name}", client.name).into());
        }
    }
    let replaced: Vec<_> = replaced.collect();
    let lines = found.iter().filter(|name| replaced.contains(name)).count();
    Ok((text, lines))
}
