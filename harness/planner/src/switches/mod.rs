//! Models of power switches: a file each. Some are built in; a lab has its own beside its bench file.
//!
//! ```toml
//! maker = "Acme"
//! model = "Strip 8"
//! outlets = 8                                     # counted from 1
//!
//! [http]                                          # or [tcp], [serial], [snmp], [mqtt]
//! port = 80
//! auth = "basic"                                  # or "digest", "none"
//!
//! [on]
//! get = "/outlet/{outlet}/on"
//!
//! [off]
//! get = "/outlet/{outlet}/off"
//!
//! [state]                                         # or `read-back = "none"` above
//! get = "/outlet/{outlet}"
//! json = "/power"
//! on = "on"
//! off = "off"
//! ```

mod built_in;
mod mqtt;
mod read;
mod request;
mod state;
mod told;

pub use built_in::{built_in, switches_text};

use crate::read::{Item, Log, nearest, outcome, parse, shorten};
use built_in::BUILT_IN;
use proofhouse_model::{Diagnostic, Switch};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Models that the wires of one bench file name, each read once.
pub struct Switches<'a> {
    /// The bench file's own: paths are seen from there.
    folder: &'a Path,
    read: RefCell<BTreeMap<String, Option<Switch>>>,
    found: RefCell<Vec<Diagnostic>>,
}

impl<'a> Switches<'a> {
    /// None yet.
    pub fn new(folder: &'a Path) -> Self {
        Self {
            folder,
            read: RefCell::default(),
            found: RefCell::default(),
        }
    }

    /// The model that a wire names. Mistakes in its file are kept, one in its name is noted there.
    pub fn of(&self, item: &Item<'_>) -> Option<Switch> {
        let name = item.text()?;
        if let Some(known) = self.read.borrow().get(&name) {
            return known.clone();
        }
        let read = match own_file(&name, self.folder) {
            Some(path) => self.own(&path),
            None => one_built_in(&name, item),
        };
        self.read.borrow_mut().insert(name, read.clone());
        read
    }

    /// Takes a model that stands in no file for known.
    pub fn know(&self, name: &str, switch: Switch) {
        self.read.borrow_mut().insert(name.to_owned(), Some(switch));
    }

    fn own(&self, path: &Path) -> Option<Switch> {
        let read = crate::read::load(path).and_then(|text| {
            let name = text.file.clone();
            read_text(&text.file, &text.source, &name)
        });
        read.map_err(|found| self.found.borrow_mut().extend(found))
            .ok()
    }

    /// What is wrong in files of models.
    pub fn into_found(self) -> Vec<Diagnostic> {
        self.found.into_inner()
    }
}

/// What holds where the bench file says no port or outlet; for whoever compares two wires before they are read.
pub fn default_of(model: &str, key: &str, folder: &Path) -> Option<String> {
    let switch = match own_file(model, folder) {
        Some(path) => {
            let text = crate::read::load(&path).ok()?;
            read_text(&text.file, &text.source, model).ok()?
        }
        None => built_in().into_iter().find(|s| s.name == model)?,
    };
    match key {
        "port" => switch.way.port().map(|port| port.to_string()),
        "outlet" => (switch.outlets == 1).then(|| "1".to_owned()),
        _ => None,
    }
}

/// The path of a lab's own model; nothing where the name is that of a built-in one.
fn own_file(name: &str, folder: &Path) -> Option<PathBuf> {
    let is_path = name.contains('/') || name.ends_with(".toml");
    is_path.then(|| folder.join(name))
}

fn one_built_in(name: &str, item: &Item<'_>) -> Option<Switch> {
    let Some((_, source)) = BUILT_IN.iter().find(|(own, _)| *own == name) else {
        let near = nearest(name, BUILT_IN.iter().map(|(own, _)| *own));
        let message = format!("no switch `{}` is built in", shorten(name));
        item.log().note(item.span(), message, |d| {
            d.expected(
                "a name that `proofhouse list switches` prints, or the path of a file, such as \
                        \"./my-strip.toml\"",
            )
            .nearest(near)
        });
        return None;
    };
    // A test reads them all.
    read_text(&format!("embedded:{name}"), source, name).ok()
}

/// A model from its text.
pub fn model_of(file: &str, source: &str, name: &str) -> Result<Switch, Vec<Diagnostic>> {
    read_text(file, source, name)
}

fn read_text(file: &str, source: &str, name: &str) -> Result<Switch, Vec<Diagnostic>> {
    let log = Log::new(file, source);
    let switch = parse(&log, |root| read::switch(&root, name));
    outcome(switch, log)
}

#[cfg(test)]
mod tests;
