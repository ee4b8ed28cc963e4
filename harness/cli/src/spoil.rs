//! `--defect` and `--blind`: virtual products made wrong, or spoken of wrongly, on purpose.

use crate::scratch::Scratch;
use crate::virtuals::Virtual;
use proofhouse_model::{BenchSpec, Channel, Diagnostic, ProductId, UnitSpec, nearest};
use proofhouse_planner::VirtualBlind;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Names given on the command line, by the product that has them.
type Chosen = BTreeMap<ProductId, Vec<String>>;

/// The defects asked for, `NAME` or `PRODUCT:NAME`. They are given on the command line only, and only to virtual units
/// that have them.
///
/// # Errors
/// The first name that no virtual unit of the bench has, or that several products have.
pub fn defects(
    given: &[String],
    virtuals: &[Virtual],
    bench: &BenchSpec,
) -> Result<Chosen, Box<Diagnostic>> {
    let names = |v: &Virtual| v.defects.iter().map(|d| d.name.clone()).collect();
    choose("defect", given, &known(virtuals, names), bench)
}

/// The blinds asked for, `NAME` or `PRODUCT:NAME`.
///
/// # Errors
/// As [`defects`].
pub fn blinds(
    given: &[String],
    virtuals: &[Virtual],
    bench: &BenchSpec,
) -> Result<Chosen, Box<Diagnostic>> {
    let names = |v: &Virtual| v.blinds.iter().map(|b| b.name.clone()).collect();
    choose("blind", given, &known(virtuals, names), bench)
}

/// Products and the names they have.
fn known(virtuals: &[Virtual], names: fn(&Virtual) -> Vec<String>) -> Vec<(&str, String)> {
    let of = |v| names(v).into_iter().map(|n| (v.name.as_str(), n));
    virtuals.iter().flat_map(of).collect()
}

fn choose(
    kind: &str,
    given: &[String],
    known: &[(&str, String)],
    bench: &BenchSpec,
) -> Result<Chosen, Box<Diagnostic>> {
    let mut out = Chosen::new();
    for text in given {
        let (product, name) = match text.split_once(':') {
            Some((product, name)) => (Some(product), name),
            None => (None, text.as_str()),
        };
        let hit =
            |(p, n): &&(&str, String)| *n == name && product.is_none_or(|wanted| wanted == *p);
        let hits: Vec<_> = known.iter().filter(hit).collect();
        match hits.as_slice() {
            [] => return Err(unknown(kind, text, known, bench)),
            [(product, name)] => {
                if let Ok(product) = ProductId::new(*product) {
                    out.entry(product).or_default().push(name.clone());
                }
            }
            several => {
                let names: Vec<_> = several.iter().map(|(p, n)| format!("{p}:{n}")).collect();
                let message = format!("several products of this bench have a {kind} `{name}`");
                let whole = Diagnostic::whole(&format!("--{kind}"), message);
                return Err(Box::new(
                    whole.expected(format!("one of {}", names.join(", "))),
                ));
            }
        }
    }
    Ok(out)
}

fn unknown(
    kind: &str,
    given: &str,
    known: &[(&str, String)],
    bench: &BenchSpec,
) -> Box<Diagnostic> {
    if bench.units.iter().all(|u| u.virtual_product.is_none()) {
        let message = format!("--{kind} {given} was given, but no unit of this bench is virtual");
        return Box::new(Diagnostic::whole(&bench.file, message));
    }
    let full: Vec<String> = known.iter().map(|(p, n)| format!("{p}:{n}")).collect();
    let names: Vec<&str> = match given.contains(':') {
        true => full.iter().map(String::as_str).collect(),
        false => known.iter().map(|(_, n)| n.as_str()).collect(),
    };
    let message = format!("no virtual unit of this bench has a {kind} `{given}`");
    Box::new(
        Diagnostic::whole(&format!("--{kind}"), message)
            .nearest(nearest(given, names))
            .help(format!("`proofhouse list {kind}s` shows them all")),
    )
}

/// Gives the virtual units of a product a copy of their profile with blinds applied, and takes away the wires that
/// these are without.
///
/// # Errors
/// As [`BlindProfile::make`].
pub fn spoil_profile(
    product: &ProductId,
    blinds: &[&VirtualBlind],
    bench: &mut BenchSpec,
) -> Result<Vec<BlindProfile>, Box<Diagnostic>> {
    let is_its = |u: &UnitSpec| u.virtual_product.as_deref() == Some(product.as_str());
    let profiles: BTreeSet<String> = bench
        .units
        .iter()
        .filter(|u| is_its(u))
        .map(|u| u.profile.clone())
        .collect();
    let mut out = Vec::new();
    for profile in profiles {
        let outer = Scratch::new("profile").map_err(|e| {
            let message = format!("cannot make a folder for a copy: {e}");
            Box::new(Diagnostic::whole(&profile, message))
        })?;
        let made = BlindProfile::make(Path::new(&profile), blinds, outer)?;
        let copy = made.folder().display().to_string();
        for unit in bench.units.iter_mut().filter(|u| u.profile == profile) {
            unit.profile.clone_from(&copy);
            let kept = |channel: &Channel| blinds.iter().all(|b| !b.without.contains(channel));
            unit.wires.retain(|channel, _| kept(channel));
        }
        out.push(made);
    }
    Ok(out)
}

/// A copy of a profile's folder with blinds applied; removed when dropped.
pub struct BlindProfile {
    /// Holds the copy, and nothing else.
    outer: Scratch,
    /// The copy, under the profile's own name.
    folder: PathBuf,
}

impl BlindProfile {
    /// Copies `profile` into the new folder `outer` and changes what the blinds change.
    ///
    /// # Errors
    /// The folder cannot be copied, or a text that a blind changes is not there exactly once.
    pub fn make(
        profile: &Path,
        blinds: &[&VirtualBlind],
        outer: Scratch,
    ) -> Result<Self, Box<Diagnostic>> {
        let folder = outer
            .path()
            .join(profile.file_name().unwrap_or("profile".as_ref()));
        let made = Self { outer, folder };
        copy_folder(profile, &made.folder).map_err(|e| {
            let message = format!("cannot copy the profile to {}: {e}", made.folder.display());
            Box::new(Diagnostic::whole(&profile.display().to_string(), message))
        })?;
        for blind in blinds {
            for edit in &blind.edits {
                made.apply(blind, edit)?;
            }
        }
        Ok(made)
    }

    /// The copy.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Holds the copy, and nothing else.
    #[must_use]
    pub fn outer(&self) -> &Path {
        self.outer.path()
    }

    fn apply(
        &self,
        blind: &VirtualBlind,
        (file, from, to): &(String, String, String),
    ) -> Result<(), Box<Diagnostic>> {
        let path = self.folder.join(file);
        let wrong = |why: String| {
            let message = format!("blind {} cannot be applied: {why}", blind.name);
            Box::new(Diagnostic::whole(file, message))
        };
        let text = std::fs::read_to_string(&path).map_err(|e| wrong(e.to_string()))?;
        let there = text.matches(from.as_str()).count();
        if there != 1 {
            return Err(wrong(format!(
                "`{}` is there {there} times, not once",
                from
            )));
        }
        std::fs::write(&path, text.replacen(from, to, 1)).map_err(|e| wrong(e.to_string()))
    }
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
