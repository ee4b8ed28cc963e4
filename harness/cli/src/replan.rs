//! From a frozen plan back to what it takes to run it. The plan decides: what was changed since is not run.

use crate::args::Selection;
use crate::places;
use crate::session::{self, Read, Session};
use crate::sources::is_built_in;
use proofhouse_assets as assets;
use proofhouse_model::{BenchSpec, Diagnostic, Plan, ProductId, SuiteSource};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

const HELP: &str = "put the old text back, or start a new run";
const BUILT_IN_HELP: &str = "resume with the proofhouse that began the run, or start a new run";

/// Reads bench file, profile and cases of a plan again; `planned` is when the plan was made.
///
/// # Errors
/// What cannot be read, and what is not what it was when the plan was made.
pub fn prepare(
    plan: &Plan,
    planned: Option<SystemTime>,
    root: &Path,
) -> Result<Session, Vec<Diagnostic>> {
    let suite = suite_of_run(plan)?;
    let selection = Selection {
        bench: Some(plan.bench.file.clone().into()),
        suite,
        edition: Some(plan.catalogue.edition),
        defect: full_names(&plan.mode.defects),
        blind: full_names(&plan.mode.blinds),
        no_operator: !plan.mode.without_operator.is_empty(),
        ..Selection::default()
    };
    if !is_built_in(&plan.bench.file) && !Path::new(&plan.bench.file).exists() {
        let message = "the bench file of the run is not there".to_owned();
        let help = "resume from the folder in which the run was started";
        return Err(vec![
            Diagnostic::whole(&plan.bench.file, message).help(help),
        ]);
    }
    let mut read = session::read(&selection, root)?;
    // They are taken anew when the run goes on.
    places::as_planned(&mut read.bench, &plan.bench);
    let changed = changed(plan, &read, planned);
    if !changed.is_empty() {
        return Err(changed);
    }
    // A profile with blinds is a copy, which is made anew; all else is the plan's.
    let mut plan = plan.clone();
    plan.bench.units.clone_from(&read.bench.units);
    for product in &read.products {
        if let Some(planned) = plan.products.get_mut(&product.profile.id) {
            planned.profile.folder.clone_from(&product.profile.folder);
            planned.profile.with_values_of(&product.profile);
        }
    }
    Ok(Session::of(Arc::new(plan), Vec::new(), read))
}

/// The suite of a run, as on the command line.
///
/// # Errors
/// It was built into another proofhouse.
pub(crate) fn suite_of_run(plan: &Plan) -> Result<Option<PathBuf>, Vec<Diagnostic>> {
    suite_of(&plan.suite_source, &assets::suite_sha256()).map_err(|d| vec![*d])
}

/// The suite of a run, as on the command line; `ours` is the hash of the built-in one.
fn suite_of(source: &SuiteSource, ours: &str) -> Result<Option<PathBuf>, Box<Diagnostic>> {
    match source {
        SuiteSource::Folder { path, .. } if path.is_empty() => Ok(None),
        SuiteSource::Folder { path, .. } => Ok(Some(path.into())),
        SuiteSource::Embedded { sha256 } if sha256 == ours => Ok(Some(assets::PREFIX.into())),
        SuiteSource::Embedded { sha256 } if *sha256 == assets::bench_check_sha256() => {
            let name = format!("{}{}", assets::PREFIX, assets::BENCH_CHECK);
            Ok(Some(name.into()))
        }
        SuiteSource::Embedded { .. } => {
            let message = format!(
                "the run was planned with the suite built into another proofhouse: {source}; here it is {ours}"
            );
            let whole = Diagnostic::whole(assets::PREFIX, message);
            Err(Box::new(whole.help(BUILT_IN_HELP)))
        }
    }
}

/// As on the command line, `PRODUCT:NAME`.
fn full_names(chosen: &BTreeMap<ProductId, Vec<String>>) -> Vec<String> {
    let of = |(product, names): (&ProductId, &Vec<String>)| -> Vec<String> {
        names.iter().map(|n| format!("{product}:{n}")).collect()
    };
    chosen.iter().flat_map(of).collect()
}

fn changed(plan: &Plan, read: &Read, at: Option<SystemTime>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut add = |file: &str, what: &str| {
        let message = format!("{what} since the run was planned");
        let help = match is_built_in(file) {
            true => BUILT_IN_HELP,
            false => HELP,
        };
        found.push(Diagnostic::whole(file, message).help(help));
    };
    if read.bench.sha256 != plan.bench.sha256 {
        add(&plan.bench.file, "the bench file was changed");
    }
    let switches = |bench: &BenchSpec| {
        // Of supplies and of buttons.
        let wires = bench.units.iter().flat_map(|unit| unit.wires.values());
        let switches = wires.filter_map(|wire| wire.switch.clone());
        switches.collect::<Vec<_>>()
    };
    if switches(&read.bench) != switches(&plan.bench) {
        add(&plan.bench.file, "the model of a power switch was changed");
    }
    for (id, planned) in &plan.products {
        let now = read.products.iter().find(|p| &p.profile.id == id);
        match now.map(|p| &p.profile) {
            None => add(
                &plan.bench.file,
                &format!("the product {id} was taken away"),
            ),
            Some(now) if now.sha256 == planned.profile.sha256 => {}
            Some(now) => {
                let suspects = newer_files(Path::new(&now.folder), at);
                for file in &suspects {
                    add(file, "the profile was changed, probably in this file,");
                }
                if suspects.is_empty() {
                    let what = "profile.toml, device.star or a file the profile names was changed";
                    add(&now.folder, what);
                }
            }
        }
    }
    for (id, case) in plan.cases() {
        match read.cases.iter().find(|c| &c.meta.id == id) {
            Some(now) if now.meta.sha256 == case.sha256 => {}
            Some(_) => add(&case.file, "the case or something it loads was changed"),
            None => add(&case.file, "the case was taken away"),
        }
    }
    found
}

/// Files of a folder that were written after the plan.
fn newer_files(folder: &Path, planned: Option<SystemTime>) -> Vec<String> {
    let Some(planned) = planned else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() {
            found.extend(newer_files(&entry.path(), Some(planned)));
        } else if meta.modified().is_ok_and(|at| at > planned) {
            found.push(entry.path().display().to_string());
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_with_a_built_in_suite_goes_on_with_that_very_suite_only() {
        let sha256 = "ab".repeat(32);
        let built_in = SuiteSource::Embedded {
            sha256: sha256.clone(),
        };
        assert_eq!(
            suite_of(&built_in, &sha256).unwrap(),
            Some("embedded:".into())
        );
        let refused = suite_of(&built_in, &"cd".repeat(32)).unwrap_err();
        assert!(
            refused.message.contains("another proofhouse"),
            "{refused:?}"
        );
        assert!(refused.message.contains("abababababab"), "{refused:?}");
        let folder = SuiteSource::Folder {
            path: "mine".to_owned(),
            sha256,
        };
        assert_eq!(suite_of(&folder, "ours").unwrap(), Some("mine".into()));
    }
}
