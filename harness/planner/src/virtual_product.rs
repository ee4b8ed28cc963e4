//! A virtual product that is a program of its own, in whatever language: `virtual.toml` in its profile's folder.
//!
//! ```toml
//! summary = "street lamp; Go"
//! command = ["./lamp-simulator", "--quiet"]    # words that begin with ./ or ../ are seen from this folder
//! needs = ["openssl"]                          # other programs that must be there
//! sources = ["../simulator"]                   # files and folders that the program is made from
//!
//! [defect.stays-open]
//! summary = "nobody needs to log in"
//! provisions = ["5.1-1"]
//!
//! [blind.port-unsaid]
//! summary = "the IXIT does not say where TLS is"
//! edits = [{ file = "profile.toml", from = "port = 443", to = "" }]
//!
//! [blind.not-switched]
//! summary = "the bench cannot switch it off"
//! without = ["power"]
//! ```

use crate::read::{Item, Log, Table, digest, load, outcome, parse, shorten};
use proofhouse_model::{Channel, Diagnostic, ProvisionId};
use sha2::{Digest, Sha256};
use std::path::{Component, Path, PathBuf};

/// Name of the file in a profile's folder.
pub const VIRTUAL_FILE: &str = "virtual.toml";

/// Most source files that are hashed: a folder with more is not the program's own.
const MOST_SOURCES: usize = 10_000;

/// A virtual product that is a program of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualProgram {
    /// One line for a person.
    pub summary: String,
    /// Program and first arguments; paths among them are absolute, so that they hold wherever it is started.
    pub command: Vec<String>,
    /// Other programs that must be there.
    pub needs: Vec<String>,
    /// Ways to make it wrong, in the file's order.
    pub defects: Vec<VirtualDefect>,
    /// Ways to make an honest one impossible to judge, in the file's order.
    pub blinds: Vec<VirtualBlind>,
    /// SHA-256 over this file and everything the program is made from.
    pub sha256: String,
}

/// One way to make it wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualDefect {
    /// Its name, as the program is told.
    pub name: String,
    /// What it does wrong, in one line.
    pub summary: String,
    /// Provisions it breaks.
    pub provisions: Vec<String>,
    /// Those of them that no case can see fail, each with the reason.
    pub unseen: Vec<(String, String)>,
}

/// One way to spoil what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualBlind {
    /// Its name.
    pub name: String,
    /// What is missing or untrue, in one line.
    pub summary: String,
    /// Changes to files of the profile's folder: file, text that is there once, what takes its place.
    pub edits: Vec<(String, String, String)>,
    /// Wires that the bench is without.
    pub without: Vec<Channel>,
}

/// Reads `virtual.toml` in a profile's folder; `None` when there is none.
///
/// # Errors
/// Every mistake in it, in the file's order; a source that is not there.
pub fn read_virtual(folder: &Path) -> Result<Option<VirtualProgram>, Vec<Diagnostic>> {
    let path = folder.join(VIRTUAL_FILE);
    if !path.exists() {
        return Ok(None);
    }
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let text = load(&path)?;
    let log = Log::new(&text.file, &text.source);
    let read = parse(&log, |root| program(&root, &folder));
    let (mut program, sources) = outcome(read, log)?;
    let mut sum = Sha256::new();
    sum.update(text.sha256.as_bytes());
    for source in sources {
        for file in files(&source)? {
            // Where the checkout lies is no part of the program.
            let name = file.strip_prefix(&source).unwrap_or(&file);
            sum.update(name.as_os_str().as_encoded_bytes());
            digest(&file, &mut sum)?;
        }
    }
    program.sha256 = proofhouse_model::bytes::to_hex(&sum.finalize());
    Ok(Some(program))
}

type Read = (VirtualProgram, Vec<PathBuf>);

fn program(root: &Table<'_>, folder: &Path) -> Option<Read> {
    root.only(&["summary", "command", "needs", "sources", "defect", "blind"]);
    let summary = root.need("summary").and_then(|i| i.text());
    let command = root.need("command").and_then(|i| command(&i, folder));
    let needs = root.get("needs").map_or(Some(Vec::new()), |i| i.texts());
    let sources = root.need("sources").and_then(|i| i.texts());
    let defects = named(root, "defect", defect);
    let blinds = named(root, "blind", blind);
    let program = VirtualProgram {
        summary: summary?,
        command: command?,
        needs: needs?,
        defects: defects?,
        blinds: blinds?,
        sha256: String::new(),
    };
    let sources = sources?.into_iter().map(|s| seen_from(folder, &s));
    Some((program, sources.collect()))
}

fn command(item: &Item<'_>, folder: &Path) -> Option<Vec<String>> {
    const WANT: &str =
        "a program and its first arguments, such as [\"python3\", \"../device/lamp.py\"]";
    let words = item.texts()?;
    if words.is_empty() {
        return item.bad("`command` names no program", WANT);
    }
    let here = |word: &String| match word.starts_with("./") || word.starts_with("../") {
        true => seen_from(folder, word).display().to_string(),
        false => word.clone(),
    };
    Some(words.iter().map(here).collect())
}

/// A path seen from a folder, without the `x/..` in it when that leads to the same place.
fn seen_from(folder: &Path, path: &str) -> PathBuf {
    let whole = folder.join(path);
    let mut short = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => {
                short.pop();
            }
            part => short.push(part),
        }
    }
    match (short.canonicalize(), whole.canonicalize()) {
        (Ok(a), Ok(b)) if a == b => short,
        _ => whole,
    }
}

/// `[key.<name>]` tables, in the file's order.
fn named<T>(
    root: &Table<'_>,
    key: &str,
    read: impl Fn(String, &Table<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let Some(item) = root.get(key) else {
        return Some(Vec::new());
    };
    let all = item.table(&format!("a table for each, such as [{key}.stays-open]"))?;
    let one = |(name, span, item): (&str, std::ops::Range<usize>, Item<'_>)| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if name.is_empty() || name.starts_with('-') || !name.bytes().all(plain) {
            let message = format!("`{}` is no name of a {key}", shorten(name));
            let want = "small letters, digits and hyphens, such as stays-open";
            item.log().note(span, message, |d| d.expected(want));
            return None;
        }
        read(name.to_owned(), &item.table("a table")?)
    };
    let read: Vec<_> = all.in_order().into_iter().map(one).collect();
    read.into_iter().collect()
}

fn defect(name: String, table: &Table<'_>) -> Option<VirtualDefect> {
    table.only(&["summary", "provisions", "unseen"]);
    let summary = table.need("summary").and_then(|i| i.text());
    let provisions = table.need("provisions");
    let provisions = provisions.and_then(|i| i.list_of("a list of provisions", provision));
    let unseen = table.get("unseen").map_or(Some(Vec::new()), |item| {
        item.list_of("a list of tables", unseen)
    });
    Some(VirtualDefect {
        name,
        summary: summary?,
        provisions: provisions?,
        unseen: unseen?,
    })
}

fn provision(item: &Item<'_>) -> Option<String> {
    let text = item.text()?;
    match ProvisionId::new(&text) {
        Ok(_) => Some(text),
        Err(e) => item.bad(format!("`{}` is no provision", shorten(&text)), e.expected),
    }
}

/// A provision that is broken where no case can see it, and why.
fn unseen(item: &Item<'_>) -> Option<(String, String)> {
    let table = item.table("a table such as { provision = \"5.4-3\", why = \"...\" }")?;
    table.only(&["provision", "why"]);
    let id = table.need("provision").and_then(|i| provision(&i));
    let why = table.need("why").and_then(|i| i.text());
    Some((id?, why?))
}

fn blind(name: String, table: &Table<'_>) -> Option<VirtualBlind> {
    table.only(&["summary", "edits", "without"]);
    let summary = table.need("summary").and_then(|i| i.text());
    let without = table.get("without").map_or(Some(Vec::new()), |i| {
        i.list_of("a list of wires, such as [\"power\"]", wire)
    });
    // One that takes away wires need not change the profile.
    let takes_wires = without.as_ref().is_some_and(|w| !w.is_empty());
    let edits = match takes_wires && table.get("edits").is_none() {
        true => Some(Vec::new()),
        false => table
            .need("edits")
            .and_then(|i| i.list_of("a list of edits", edit)),
    };
    Some(VirtualBlind {
        name,
        summary: summary?,
        edits: edits?,
        without: without?,
    })
}

/// A wire of the unit. Its label is none: whoever makes a virtual unit knows it.
fn wire(item: &Item<'_>) -> Option<Channel> {
    let text = item.text()?;
    let channel = Channel::from_name(&text).filter(|c| *c != Channel::Label);
    channel.or_else(|| {
        let wires = Channel::ALL.into_iter().filter(|c| *c != Channel::Label);
        let names: Vec<&str> = wires.map(Channel::name).collect();
        item.bad(
            format!("`{}` is no wire", shorten(&text)),
            &names.join(", "),
        )
    })
}

fn edit(item: &Item<'_>) -> Option<(String, String, String)> {
    let table =
        item.table("a table such as { file = \"profile.toml\", from = \"a\", to = \"b\" }")?;
    table.only(&["file", "from", "to"]);
    let file = table.need("file").and_then(|item| {
        let file = item.text()?;
        let inside = |c: Component<'_>| matches!(c, Component::Normal(_));
        match Path::new(&file).components().all(inside) {
            true => Some(file),
            false => item.bad(
                "the file is not in the profile's folder",
                "its path seen from there",
            ),
        }
    });
    let from = table.need("from").and_then(|i| i.text());
    // What is taken away leaves nothing, which is a text here.
    let to = table.need("to").and_then(|i| match i.raw() {
        toml::de::DeValue::String(text) => Some(text.to_string()),
        _ => i.wrong("text, which may be empty"),
    });
    Some((file?, from?, to?))
}

/// The files of a source, in their order; what an interpreter leaves beside them is none of them.
fn files(source: &Path) -> Result<Vec<PathBuf>, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let told = |why: String| vec![Diagnostic::whole(&source.display().to_string(), why)];
    collect(source, &mut found).map_err(|e| told(format!("this source cannot be read: {e}")))?;
    match found.len() {
        0 => Err(told("this source has no file".to_owned())),
        n if n > MOST_SOURCES => Err(told(format!("more than {MOST_SOURCES} files"))),
        _ => {
            found.sort();
            Ok(found)
        }
    }
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    // A source that is named may be a link; what a folder links to is not followed.
    let meta = std::fs::metadata(path)?;
    if meta.is_file() {
        found.push(path.to_owned());
    } else if meta.is_dir() && path.file_name().is_none_or(|n| n != "__pycache__") {
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            if found.len() > MOST_SOURCES {
                break;
            }
            if !entry.file_type()?.is_symlink() {
                collect(&entry.path(), found)?;
            }
        }
    }
    Ok(())
}
