//! Files a profile names: inside its folder, there, and part of its hash.

use super::free;
use crate::read::{Item, Table, digest, hex, nearest};
use proofhouse_model::Diagnostic;
use proofhouse_model::profile::LARGEST_FILE;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use toml::de::DeValue;

/// Entries of a profile's folder looked at for scripts, and folders below it.
const ENTRIES: usize = 10_000;
const DEPTH: usize = 8;
/// Directory entries looked at for a nearest name.
const SIBLINGS: usize = 1000;

/// Reads `[files]`. `update.newer = "..."` and `"update.newer" = "..."` are the same name.
pub fn read(root: &Table<'_>, folder: &Path) -> Option<BTreeMap<String, String>> {
    let Some(item) = root.get("files") else {
        return Some(BTreeMap::new());
    };
    let mut flat = Vec::new();
    flatten(&item.table("a table of paths")?, "", &mut flat);
    let names: Vec<_> = flat.iter().map(|(n, i)| (n.clone(), i.span())).collect();
    free::note_slips(root.log(), &names, free::FILES);
    let read: Vec<_> = flat
        .into_iter()
        .map(|(name, item)| file(&item, folder).map(|path| (name, path)))
        .collect();
    read.into_iter().collect()
}

fn flatten<'a>(table: &Table<'a>, before: &str, out: &mut Vec<(String, Item<'a>)>) {
    for (key, _, item) in table.in_order() {
        let name = format!("{before}{key}");
        if let DeValue::Table(inner) = item.raw() {
            let inner = Table::new(table.log(), item.span(), inner);
            flatten(&inner, &format!("{name}."), out);
        } else {
            out.push((name, item));
        }
    }
}

fn file(item: &Item<'_>, folder: &Path) -> Option<String> {
    let text = item.text()?;
    let inside = |c: Component<'_>| matches!(c, Component::Normal(_) | Component::CurDir);
    const WANT: &str = "a path inside the profile's folder";
    if !Path::new(&text).components().all(inside) {
        return item.bad("this path leaves the profile's folder", WANT);
    }
    let path = folder.join(&text);
    let Ok(meta) = std::fs::metadata(&path) else {
        item.log().note(item.span(), "there is no such file", |d| {
            d.expected(WANT).nearest(near(&text, &path))
        });
        return None;
    };
    if meta.is_dir() {
        return item.bad("this is a folder", "a file");
    }
    if !meta.is_file() {
        return item.bad("this is no ordinary file", "a file");
    }
    if meta.len() > LARGEST_FILE {
        return item.bad(
            "this file is larger than 256 MiB",
            "an image as a unit takes it",
        );
    }
    let real = (path.canonicalize(), folder.canonicalize());
    match real {
        (Ok(file), Ok(folder)) if file.starts_with(&folder) => Some(text),
        _ => item.bad("this path leaves the profile's folder by a link", WANT),
    }
}

/// The file beside the missing one whose name comes nearest, as it would be written.
fn near(given: &str, path: &Path) -> Option<String> {
    let entries = std::fs::read_dir(path.parent()?).ok()?.take(SIBLINGS);
    let mut names: Vec<_> = entries
        .flatten()
        .filter_map(|e| e.file_name().into_string().ok())
        .collect();
    names.sort();
    let name = path.file_name()?.to_str()?;
    let found = nearest(name, names.iter().map(String::as_str))?;
    Some(match given.rsplit_once('/') {
        Some((before, _)) => format!("{before}/{found}"),
        None => found,
    })
}

/// SHA-256 over `profile.toml`, the device script and every file named, in the order of names.
pub fn hash(
    folder: &Path,
    profile: &str,
    files: &BTreeMap<String, String>,
) -> Result<String, Vec<Diagnostic>> {
    let mut hash = Sha256::new();
    hash.update(profile.as_bytes());
    for script in scripts(folder) {
        let name = script.strip_prefix(folder).unwrap_or(&script);
        hash.update(name.to_string_lossy().as_bytes());
        hash.update([0]);
        digest(&script, &mut hash)?;
    }
    for (name, path) in files {
        hash.update(name.as_bytes());
        hash.update([0]);
        digest(&folder.join(path), &mut hash)?;
    }
    Ok(hex(&hash.finalize()))
}

/// Every script of the folder, in the order of their paths: the device script may load any of them.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut todo, mut seen) = (Vec::new(), vec![(folder.to_owned(), 0)], 0);
    while let Some((at, depth)) = todo.pop() {
        let entries = std::fs::read_dir(&at).into_iter().flatten().flatten();
        for entry in entries {
            seen += 1;
            if seen > ENTRIES {
                return found;
            }
            let path = entry.path();
            let is_script = path.extension().is_some_and(|e| e == "star");
            match path.metadata() {
                Ok(meta) if meta.is_dir() && depth < DEPTH => todo.push((path, depth + 1)),
                Ok(meta) if meta.is_file() && is_script => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}
