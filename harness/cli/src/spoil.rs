//! `--defect` and `--blind`: virtual products made wrong, or spoken of wrongly, on purpose.

use proofhouse_fixtures::{BlindInfo, ProductInfo, products};
use proofhouse_model::{BenchSpec, Diagnostic, nearest};
use std::path::{Path, PathBuf};

/// Virtual products of a bench.
fn products_of(bench: &BenchSpec) -> Vec<&'static ProductInfo> {
    let made = |p: &&ProductInfo| {
        let is = |u: &proofhouse_model::UnitSpec| u.virtual_product.as_deref() == Some(p.name);
        bench.units.iter().any(is)
    };
    products().iter().filter(made).collect()
}

/// Defects are given on the command line only, and only to virtual units that have them.
///
/// # Errors
/// The first name that no virtual unit of the bench has.
pub fn check_defects(given: &[String], bench: &BenchSpec) -> Result<(), Box<Diagnostic>> {
    let known = products_of(bench)
        .into_iter()
        .flat_map(|p| p.defects.iter().map(|d| d.name));
    check("defect", given, &known.collect::<Vec<_>>(), bench)
}

/// The blinds asked for.
///
/// # Errors
/// The first name that no virtual unit of the bench has.
pub fn find_blinds(
    given: &[String],
    bench: &BenchSpec,
) -> Result<Vec<&'static BlindInfo>, Box<Diagnostic>> {
    let all: Vec<&BlindInfo> = products_of(bench)
        .into_iter()
        .flat_map(|p| p.blinds)
        .collect();
    check(
        "blind",
        given,
        &all.iter().map(|b| b.name).collect::<Vec<_>>(),
        bench,
    )?;
    Ok(all
        .into_iter()
        .filter(|b| given.iter().any(|g| g == b.name))
        .collect())
}

fn check(
    kind: &str,
    given: &[String],
    known: &[&str],
    bench: &BenchSpec,
) -> Result<(), Box<Diagnostic>> {
    let Some(bad) = given.iter().find(|g| !known.contains(&g.as_str())) else {
        return Ok(());
    };
    if bench.units.iter().all(|u| u.virtual_product.is_none()) {
        let message = format!("--{kind} {bad} was given, but no unit of this bench is virtual");
        return Err(Box::new(Diagnostic::whole(&bench.file, message)));
    }
    let message = format!("no virtual unit of this bench has a {kind} `{bad}`");
    Err(Box::new(
        Diagnostic::whole(&format!("--{kind}"), message)
            .nearest(nearest(bad, known.iter().copied()))
            .help(format!("`proofhouse list {kind}s` shows them all")),
    ))
}

/// A copy of a profile's folder with blinds applied; removed when dropped.
pub struct BlindProfile {
    /// Holds the copy, and nothing else.
    outer: PathBuf,
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
        blinds: &[&BlindInfo],
        outer: PathBuf,
    ) -> Result<Self, Box<Diagnostic>> {
        let folder = outer.join(profile.file_name().unwrap_or("profile".as_ref()));
        let made = Self { outer, folder };
        copy_folder(profile, &made.folder).map_err(|e| {
            let message = format!("cannot copy the profile to {}: {e}", made.folder.display());
            Box::new(Diagnostic::whole(&profile.display().to_string(), message))
        })?;
        for blind in blinds {
            for edit in blind.edits {
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
        &self.outer
    }

    fn apply(
        &self,
        blind: &BlindInfo,
        edit: &proofhouse_fixtures::Edit,
    ) -> Result<(), Box<Diagnostic>> {
        let path = self.folder.join(edit.file);
        let wrong = |why: String| {
            let message = format!("blind {} cannot be applied: {why}", blind.name);
            Box::new(Diagnostic::whole(edit.file, message))
        };
        let text = std::fs::read_to_string(&path).map_err(|e| wrong(e.to_string()))?;
        let there = text.matches(edit.from).count();
        if there != 1 {
            return Err(wrong(format!(
                "`{}` is there {there} times, not once",
                edit.from
            )));
        }
        std::fs::write(&path, text.replacen(edit.from, edit.to, 1))
            .map_err(|e| wrong(e.to_string()))
    }
}

impl Drop for BlindProfile {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.outer);
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
