//! What `proofhouse doctor` last found of each unit's bench, looked up before a run begins.
//!
//! The newest trial of a unit counts, whatever it came to: an older one that went well says nothing of a bench that has
//! failed since. A trial of a bench that was wired otherwise, or made faulty on purpose, is none of this one.

mod trial;

use crate::{commands, session, sources};
use proofhouse_assets as assets;
use proofhouse_journal::is_run;
use proofhouse_model::{Diagnostic, Dur, Fitness, Plan, RunMode, Trial, UnitName, UnitSpec};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use trial::Tried;

/// Folder of trials among the runs.
pub const FOLDER: &str = "doctor";
/// Name of the suite that tries benches.
const SUITE: &str = "bench";
/// Most trials that are looked through, the newest first.
const MOST: usize = 200;
/// What may be dated later than now: the clock that is told now has no fractions.
const LEEWAY: time::Duration = time::Duration::SECOND;

/// The last trial of every unit of a plan, by the folder of runs.
pub fn find(plan: &Plan, runs: &Path) -> Fitness {
    let mut out = Fitness::default();
    let now = session::wall_clock();
    let doctors = doctors();
    if is_trial(plan, &doctors) {
        return out;
    }
    let units = plan.bench.units.iter();
    let wanted: Vec<&UnitSpec> = units.filter(|u| plan.may_use(&u.name)).collect();
    for folder in newest_first(&runs.join(FOLDER)) {
        if wanted.iter().all(|unit| out.units.contains_key(&unit.name)) {
            break;
        }
        let tried = match Tried::read(&folder) {
            Ok(tried) => tried,
            // Whichever units it tried, it may have found them unfit.
            Err(why) => {
                for unit in &wanted {
                    let trial = trial::unreadable(&folder, &why);
                    out.units.entry(unit.name.clone()).or_insert(trial);
                }
                break;
            }
        };
        if !is_trial(tried.plan(), &doctors) || tried.plan().mode != RunMode::default() {
            continue;
        }
        for unit in &wanted {
            if !out.units.contains_key(&unit.name)
                && let Some(trial) = tried.of(plan, unit)
            {
                out.units.insert(unit.name.clone(), as_of(trial, &now));
            }
        }
    }
    out
}

/// Hashes of the suites that `proofhouse doctor` takes: the built-in one, and that of a checkout.
fn doctors() -> Vec<String> {
    let folder = sources::bench_check(&commands::here());
    let own = assets::suite_folder_sha256(&folder).ok();
    own.into_iter()
        .chain([assets::bench_check_sha256()])
        .collect()
}

/// Whether a run is a trial by one of these suites: the name of a suite is whatever its maker wrote.
fn is_trial(plan: &Plan, doctors: &[String]) -> bool {
    let sha256 = plan.suite_source.sha256();
    plan.suite == SUITE && sha256.is_some_and(|sha| doctors.iter().any(|d| d == sha))
}

/// What is known of the bench of a run in parts: of each unit the worst that one of them knew, and then the oldest. A
/// unit that was not tried before one part is not tried.
pub fn of_parts<'a>(parts: impl Iterator<Item = Option<&'a Fitness>>) -> Option<Fitness> {
    let both = |a: Fitness, b: Fitness| {
        let units = a.units.into_iter().filter_map(|(unit, one)| {
            let other = b.units.get(&unit)?.clone();
            let first = (one.unfit.is_none(), &one.at) <= (other.unfit.is_none(), &other.at);
            Some((unit, if first { one } else { other }))
        });
        Fitness {
            units: units.collect(),
        }
    };
    let all: Option<Vec<Fitness>> = parts.map(Option::<&Fitness>::cloned).collect();
    all?.into_iter().reduce(both)
}

/// Folders of trials, by the time in their names; one that nobody lets us look into may be a trial as well.
fn newest_first(trials: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(trials).into_iter().flatten().flatten();
    let may_be = |p: &PathBuf| is_run(p) || (p.is_dir() && std::fs::read_dir(p).is_err());
    let mut all: Vec<_> = found.map(|e| e.path()).filter(may_be).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.truncate(MOST);
    all
}

/// Why a run on this bench may not begin: its file asks for a trial that is not there, too old, or went badly. It was
/// looked for in the folder of runs.
pub fn refused(plan: &Plan, runs: &Path) -> Option<Diagnostic> {
    let valid = plan.bench.fitness.filter(|_| !is_trial(plan, &doctors()))?;
    let fitness = plan.fitness.as_ref()?;
    let now = session::wall_clock();
    let message = if let Some(unit) = fitness.untried(plan).next() {
        let why = why_untried(plan, unit, &runs.join(FOLDER));
        format!("{unit} {why}, and the bench file asks for a trial")
    } else if let Some((unit, trial, why)) = fitness.unfit().next() {
        format!("the bench of {unit} is not fit: {why}, in {}", trial.run)
    } else {
        let old = fitness
            .units
            .iter()
            .find(|(_, trial)| !is_fresh(&trial.at, valid, &now))?;
        format!(
            "the last trial of {} began at {}, which is not within the last {valid}",
            old.0, old.1.at
        )
    };
    let file = &plan.bench.file;
    let whole = Diagnostic::whole(file, message);
    let out = runs.join(FOLDER);
    let mut trials = fitness.units.values();
    let first = match trials.find(|trial| is_to_come(&trial.at, &now)) {
        // By its name it would stay the newest, whatever the next one comes to.
        Some(trial) => format!(
            "set the clock of this computer right or, where it is, move {} away; then try the bench",
            out.join(&trial.run).display()
        ),
        None => "try the bench first".to_owned(),
    };
    Some(whole.help(format!(
        "nothing was touched; {first}: proofhouse doctor --bench {file} --out {}",
        out.display()
    )))
}

/// What keeps a run into this folder from beginning now, for whoever only plans one. What a farm's place will bring is
/// not known before it is taken, so of a bench with places nothing is said.
pub fn warning(plan: &Plan, runs: &Path) -> Option<String> {
    let on_a_place = plan.bench.units.iter().any(|unit| unit.place.is_some());
    if on_a_place || plan.bench.fitness.is_none() {
        return None;
    }
    let mut plan = plan.clone();
    plan.fitness = Some(find(&plan, runs));
    let why = refused(&plan, runs)?;
    let next = why.help.unwrap_or_default();
    Some(format!(
        "a run into {} would not begin: {}; {next}",
        runs.display(),
        why.message
    ))
}

/// Why no trial of a unit counts: what became of the newest one that had it on its bench.
fn why_untried(plan: &Plan, unit: &UnitName, trials: &Path) -> String {
    let none = || format!("was not tried: no trial of it is in {}", trials.display());
    let Some(unit) = plan.bench.units.iter().find(|u| &u.name == unit) else {
        return none();
    };
    for folder in newest_first(trials) {
        let Ok(run) = Tried::read(&folder) else {
            continue;
        };
        let of = run.plan();
        let Some(its) = of.bench.units.iter().find(|u| u.name == unit.name) else {
            continue;
        };
        if of.suite != SUITE {
            continue;
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let other = plan.mode.as_used(its).wired_otherwise(unit);
        return if of.mode != RunMode::default() {
            format!("was last tried in {name}, on a bench that was made faulty on purpose")
        } else if let Some(what) = run.of_another(plan, unit) {
            format!("was not tried as it is now: {name} was a trial of another {what}")
        } else if !other.is_empty() {
            let keys = other.join(", ");
            format!("was not tried as it is wired now: since {name} its entry has other {keys}")
        } else {
            format!("was left out of {name}, or tried in part (`--unit`, `--case`)")
        };
    }
    none()
}

/// A trial as it counts at a moment: how old one is that is still to come, nobody knows.
fn as_of(mut trial: Trial, now: &str) -> Trial {
    if trial.unfit.is_none() && is_to_come(&trial.at, now) {
        trial.unfit = Some(format!(
            "its trial is dated {}, and the clock of this computer says {now}: it was set back, or was ahead then",
            trial.at
        ));
    }
    trial
}

/// Whether it lies in the future.
fn is_to_come(at: &str, now: &str) -> bool {
    let read = |text| OffsetDateTime::parse(text, &Rfc3339);
    matches!((read(at), read(now)), (Ok(at), Ok(now)) if at > now + LEEWAY)
}

/// Whether it ended in the past, not longer ago than that.
fn is_fresh(at: &str, valid: Dur, now: &str) -> bool {
    let read = |text| OffsetDateTime::parse(text, &Rfc3339);
    match (read(at), read(now)) {
        (Ok(at), Ok(now)) => at <= now + LEEWAY && now - at <= valid.std(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
