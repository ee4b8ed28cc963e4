//! The virtual products of a bench: ours, and programs of their own that a profile's `virtual.toml` tells of.

use crate::args::Selection;
use crate::sources::Sources;
use proofhouse_fixtures::ProductInfo;
use proofhouse_model::{BenchSpec, Diagnostic, nearest};
use proofhouse_planner::{VIRTUAL_FILE, VirtualBlind, VirtualDefect, VirtualProgram, read_virtual};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A virtual product, whoever made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Virtual {
    /// The word of the bench file, and the product's id in results.
    pub name: String,
    /// Ways to make it wrong.
    pub defects: Vec<VirtualDefect>,
    /// Ways to make an honest one impossible to judge.
    pub blinds: Vec<VirtualBlind>,
    /// What the program is made from: the same text, the same program.
    pub sources: String,
    /// Program and first arguments, where it is a program of its own.
    pub command: Option<Vec<String>>,
    /// Other programs that must be there.
    pub needs: Vec<String>,
}

impl Virtual {
    fn ours(info: &ProductInfo) -> Self {
        let defect = |d: &proofhouse_fixtures::DefectInfo| VirtualDefect {
            name: d.name.to_owned(),
            summary: d.summary.to_owned(),
            provisions: d.provisions.iter().map(|p| (*p).to_owned()).collect(),
            unseen: d
                .unseen
                .iter()
                .map(|(p, why)| ((*p).to_owned(), (*why).to_owned()))
                .collect(),
        };
        let blind = |b: &proofhouse_fixtures::BlindInfo| VirtualBlind {
            name: b.name.to_owned(),
            summary: b.summary.to_owned(),
            edits: b
                .edits
                .iter()
                .map(|e| (e.file.to_owned(), e.from.to_owned(), e.to.to_owned()))
                .collect(),
            without: Vec::new(),
        };
        Self {
            name: info.name.to_owned(),
            defects: info.defects.iter().map(defect).collect(),
            blinds: info.blinds.iter().map(blind).collect(),
            sources: proofhouse_fixtures::sources_of(info.name),
            command: None,
            needs: Vec::new(),
        }
    }

    fn stranger(name: &str, program: VirtualProgram) -> Self {
        Self {
            name: name.to_owned(),
            defects: program.defects,
            blinds: program.blinds,
            sources: program.sha256,
            command: Some(program.command),
            needs: program.needs,
        }
    }

    /// Programs it needs that this computer does not have.
    #[must_use]
    pub fn missing(&self) -> Vec<&str> {
        let program = self.command.iter().filter_map(|words| words.first());
        let needs = program.chain(&self.needs).map(String::as_str);
        needs.filter(|name| !is_program(name)).collect()
    }
}

/// What is built into this binary.
#[must_use]
pub fn ours() -> Vec<Virtual> {
    let all = proofhouse_fixtures::products().iter();
    all.map(Virtual::ours).collect()
}

/// The virtual products of a bench, by name.
///
/// # Errors
/// What is wrong in a `virtual.toml`; a virtual product that nobody knows how to make.
pub fn of_bench(bench: &BenchSpec) -> Result<Vec<Virtual>, Vec<Diagnostic>> {
    let mut found: BTreeMap<&str, (&str, Virtual)> = BTreeMap::new();
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for unit in &bench.units {
        let Some(name) = unit.virtual_product.as_deref() else {
            continue;
        };
        // Once is enough for all its units.
        if !seen.insert((name, &unit.profile)) {
            continue;
        }
        if let Some((profile, known)) = found.get(name) {
            if known.command.is_some() {
                let message = format!("virtual {name} has two profiles, the other is {profile}");
                let whole = Diagnostic::whole(&unit.profile, message);
                wrong.push(whole.expected("one profile for all units of a virtual product"));
            }
            continue;
        }
        match made(name, &unit.profile) {
            Ok(product) => {
                found.insert(name, (&unit.profile, product));
            }
            Err(faults) => wrong.extend(faults),
        }
    }
    match wrong.is_empty() {
        true => Ok(found.into_values().map(|(_, product)| product).collect()),
        false => Err(wrong),
    }
}

/// The virtual products of a bench file, which may be a built-in one.
///
/// # Errors
/// As [`of_bench`]; what is wrong in the bench file.
pub fn of_bench_file(bench: &Path, root: &Path) -> Result<Vec<Virtual>, Vec<Diagnostic>> {
    let selection = Selection {
        bench: Some(bench.to_owned()),
        ..Selection::default()
    };
    let sources = Sources::find(&selection, root)?;
    let read = proofhouse_planner::read_bench(&sources.bench).and_then(|bench| of_bench(&bench));
    read.map_err(|mistakes| sources.told(mistakes))
}

/// A profile that says how its product is run is believed before a name is.
fn made(name: &str, profile: &str) -> Result<Virtual, Vec<Diagnostic>> {
    if let Some(program) = read_virtual(Path::new(profile))? {
        return Ok(Virtual::stranger(name, program));
    }
    let known = ours();
    if let Some(product) = known.iter().find(|p| p.name == name) {
        return Ok(product.clone());
    }
    let near = nearest(name, known.iter().map(|p| p.name.as_str()));
    let message =
        format!("no virtual product `{name}` is built in, and its profile has no {VIRTUAL_FILE}");
    let whole = Diagnostic::whole(profile, message).nearest(near);
    Err(vec![whole.help(
        "fixtures/README.md says how a simulator in another language is brought in",
    )])
}

/// Whether a program can be started by this name.
fn is_program(name: &str) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let runs = |path: &Path| {
        let meta = std::fs::metadata(path);
        meta.is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        return runs(Path::new(name));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| runs(&folder.join(name)))
}

#[cfg(test)]
mod tests;
