//! What `proofhouse doctor` last found of each unit's bench, looked up before a run begins.
//!
//! The newest trial of a unit counts, whatever it came to: an older one that went well says nothing of a bench that has
//! failed since. A trial of a bench that was wired otherwise, or made faulty on purpose, is none of this one.

use crate::session;
use proofhouse_journal::{SEAL_FILE, State, is_run, read_file, sha256_hex, verify};
use proofhouse_model::{
    Diagnostic, Dur, Fitness, Plan, RunMode, Task, TaskId, Trial, UnitName, UnitSpec, Verdict,
};
use proofhouse_report::Folded;
use proofhouse_report::view::{RunView, figures};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Folder of trials among the runs.
pub const FOLDER: &str = "doctor";
/// Name of the suite that tries benches.
const SUITE: &str = "bench";
/// Most trials that are looked through, the newest first.
const MOST: usize = 200;
/// Longest seal read, in bytes.
const LONGEST_SEAL: u64 = 1 << 20;

/// The last trial of every unit of a plan, by the folder of runs.
pub fn find(plan: &Plan, runs: &Path) -> Fitness {
    let mut out = Fitness::default();
    let wanted: Vec<&UnitSpec> = plan
        .bench
        .units
        .iter()
        .filter(|u| plan.product_of(&u.name).is_some())
        .collect();
    for folder in newest_first(&runs.join(FOLDER)) {
        if wanted.iter().all(|unit| out.units.contains_key(&unit.name)) {
            break;
        }
        let run = match Folded::read(&folder) {
            Ok(run) => run,
            // Whichever units it tried, it may have found them unfit.
            Err(why) => {
                for unit in &wanted {
                    let trial = unreadable(&folder, &why.to_string());
                    out.units.entry(unit.name.clone()).or_insert(trial);
                }
                break;
            }
        };
        let of_bench = run.plan().suite == SUITE && run.plan().mode == RunMode::default();
        if !of_bench || plan.suite == SUITE {
            continue;
        }
        let sealed = sealed(&folder);
        for unit in &wanted {
            if !out.units.contains_key(&unit.name)
                && let Some(trial) = trial(&folder, &sealed, &run, unit)
            {
                out.units.insert(unit.name.clone(), trial);
            }
        }
    }
    out
}

fn unreadable(folder: &Path, why: &str) -> Trial {
    let run = folder.file_name().unwrap_or_default();
    Trial {
        run: run.to_string_lossy().into_owned(),
        seal: String::new(),
        at: String::new(),
        unfit: Some(why.to_owned()),
        figures: Vec::new(),
    }
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

/// Folders of trials, by the time in their names.
fn newest_first(trials: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(trials).into_iter().flatten().flatten();
    let mut all: Vec<_> = found.map(|e| e.path()).filter(|p| is_run(p)).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.truncate(MOST);
    all
}

/// The hash of its seal; else why nothing rests on it.
fn sealed(folder: &Path) -> Result<String, String> {
    match verify(folder) {
        Ok(found) if found.state == State::Sealed => {}
        Ok(_) => return Err("the trial was broken off".to_owned()),
        Err(why) => return Err(why.to_string()),
    }
    let seal = read_file(&folder.join(SEAL_FILE), LONGEST_SEAL);
    seal.map(|bytes| sha256_hex(&bytes))
        .map_err(|e| e.to_string())
}

/// What a trial says of a unit; nothing where it tried another, or not all of it.
fn trial(
    folder: &Path,
    sealed: &Result<String, String>,
    run: &Folded<'_>,
    unit: &UnitSpec,
) -> Option<Trial> {
    let plan = run.plan();
    let its = plan.bench.units.iter().find(|u| u.name == unit.name)?;
    let (product, _) = plan.product_of(&unit.name)?;
    let in_part = plan
        .left_out
        .iter()
        .any(|l| l.by_filter && &l.product == product);
    if in_part || !its.is_wired_as(unit) {
        return None;
    }
    let view = run.view();
    let unfit = match sealed {
        Ok(_) => unfit(&view, &unit.name),
        Err(why) => Some(why.clone()),
    };
    Some(Trial {
        run: folder.file_name()?.to_string_lossy().into_owned(),
        seal: sealed.clone().unwrap_or_default(),
        at: view.facts.ended.clone().unwrap_or_default(),
        unfit,
        figures: figures_of(&view, &unit.name),
    })
}

/// The first trial of the unit that did not pass.
fn unfit(view: &RunView<'_>, unit: &UnitName) -> Option<String> {
    let mut tasks = view
        .plan
        .tasks
        .iter()
        .filter(|task| task.units.contains(unit));
    if tasks.clone().next().is_none() {
        return Some("no trial of the unit was planned".to_owned());
    }
    let verdict = |task: &Task| verdict(view, task.id);
    let bad = tasks.find(|task| verdict(task) != Some(Verdict::Pass))?;
    let word = verdict(bad).map_or("not carried out".to_owned(), |v| v.to_string());
    Some(format!("{} came out as {word}", view.plan.task_name(bad)))
}

fn verdict(view: &RunView<'_>, task: TaskId) -> Option<Verdict> {
    let task = view.products.iter().find_map(|product| product.task(task));
    task.map(|task| task.result.verdict())
}

/// What was measured on a unit, by the trial that did it.
fn figures_of(view: &RunView<'_>, unit: &UnitName) -> Vec<String> {
    let tasks = view.products.iter().flat_map(|product| &product.tasks);
    let of_unit = tasks.filter(|task| task.planned.units.contains(unit));
    let lines = of_unit.flat_map(|task| {
        let measured = task
            .facts
            .map(|facts| facts.measured.iter().map(|(_, m)| m).collect::<Vec<_>>());
        let case = &task.planned.case.id;
        let lines = figures(&measured.unwrap_or_default()).into_iter();
        lines.map(move |line| format!("{case}: {line}"))
    });
    lines.collect()
}

/// Why a run on this bench may not begin: its file asks for a trial that is not there, too old, or went badly.
pub fn refused(plan: &Plan) -> Option<Diagnostic> {
    let valid = plan.bench.fitness.filter(|_| plan.suite != SUITE)?;
    let fitness = plan.fitness.as_ref()?;
    let message = if let Some(unit) = fitness.untried(plan).next() {
        format!("{unit} was not tried as it is wired now, and the bench file asks for a trial")
    } else if let Some((unit, trial, why)) = fitness.unfit().next() {
        format!("the bench of {unit} is not fit: {why}, in {}", trial.run)
    } else {
        let now = session::wall_clock();
        let old = fitness
            .units
            .iter()
            .find(|(_, trial)| !is_fresh(&trial.at, valid, &now))?;
        format!(
            "the last trial of {} ended at {}, more than {valid} ago",
            old.0, old.1.at
        )
    };
    let file = &plan.bench.file;
    let whole = Diagnostic::whole(file, message);
    Some(whole.help(format!(
        "run `proofhouse doctor --bench {file}` into the folder {FOLDER} of its `--out`; nothing was touched"
    )))
}

/// Whether it ended in the past, not longer ago than that.
fn is_fresh(at: &str, valid: Dur, now: &str) -> bool {
    let read = |text| OffsetDateTime::parse(text, &Rfc3339);
    match (read(at), read(now)) {
        // The clock that is told now has no fractions.
        (Ok(at), Ok(now)) => at <= now + time::Duration::SECOND && now - at <= valid.std(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_parts_the_worst_and_oldest_counts() {
        let known = |units: &[(&str, &str, Option<&str>)]| Fitness {
            units: units
                .iter()
                .map(|(unit, at, unfit)| {
                    let trial = Trial {
                        run: "r".to_owned(),
                        seal: String::new(),
                        at: (*at).to_owned(),
                        unfit: unfit.map(str::to_owned),
                        figures: Vec::new(),
                    };
                    (UnitName::new(*unit).unwrap(), trial)
                })
                .collect(),
        };
        let one = known(&[("a", "2", None), ("b", "1", Some("why")), ("c", "1", None)]);
        let other = known(&[("a", "1", None), ("b", "2", None)]);
        let both = known(&[("a", "1", None), ("b", "1", Some("why"))]);
        let of = |parts: &[Option<&Fitness>]| of_parts(parts.iter().copied());
        assert_eq!(of(&[Some(&one), Some(&other)]), Some(both.clone()));
        assert_eq!(of(&[Some(&other), Some(&one)]), Some(both));
        assert_eq!(of(&[Some(&one), None]), None);
    }

    #[test]
    fn a_trial_is_good_for_its_time_and_not_before_it() {
        let fresh = |at, now| is_fresh(at, Dur::secs(3600), now);
        assert!(fresh("2026-05-01T10:00:00.250Z", "2026-05-01T11:00:00Z"));
        assert!(fresh("2026-05-01T10:00:00.250Z", "2026-05-01T10:00:00Z"));
        assert!(!fresh("2026-05-01T10:00:00.250Z", "2026-05-01T11:00:01Z"));
        // A clock that was set back, a time that is not recorded.
        assert!(!fresh("2026-05-01T10:00:00.250Z", "2026-04-30T10:00:00Z"));
        assert!(!fresh("", "2026-05-01T10:00:00Z"));
    }
}
