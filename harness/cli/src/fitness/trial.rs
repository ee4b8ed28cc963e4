//! One trial by `proofhouse doctor`, read from its folder.

use crate::session;
use proofhouse_journal::{State, seal_sha256, verify};
use proofhouse_model::{Plan, Task, TaskId, Trial, UnitName, UnitSpec, Verdict};
use proofhouse_report::Folded;
use proofhouse_report::view::{RunView, figures};
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How far the time in a folder's name and that of its first event may lie apart.
const NAMED_WITHIN: time::Duration = time::Duration::minutes(5);

/// A trial.
pub struct Tried {
    folder: PathBuf,
    run: Folded<'static>,
    sealed: Result<String, String>,
}

impl Tried {
    /// Reads a trial.
    ///
    /// # Errors
    /// It cannot be read, or lies in a folder that bears another time than its own: the newest one counts, and folders
    /// are told apart by their names.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let run = Folded::read(folder).map_err(|why| why.to_string())?;
        let (name, began) = (name_of(folder), run.view().facts.started.clone());
        if !is_named_for(&name, began.as_deref()) {
            return Err(format!(
                "the trial in it began at {}, and the name of its folder says otherwise",
                began.unwrap_or_default()
            ));
        }
        Ok(Self {
            folder: folder.to_owned(),
            run,
            sealed: sealed(folder),
        })
    }

    /// What was planned.
    pub fn plan(&self) -> &Plan {
        self.run.plan()
    }

    /// What it was a trial of that is not a unit's now, in a word: its computer, its bench, its product or what the
    /// profile says.
    pub fn of_another(&self, now: &Plan, unit: &UnitSpec) -> Option<&'static str> {
        let then = self.plan();
        let product = |plan: &Plan| {
            let (id, planned) = plan.product_of(&unit.name)?;
            Some((id.clone(), planned.profile.sha256.clone()))
        };
        let (was, is) = (product(then), product(now));
        if self.run.view().facts.host.as_deref() != Some(session::host_name().as_str()) {
            Some("computer")
        } else if then.bench.name != now.bench.name {
            Some("bench")
        } else if was.as_ref().map(|p| &p.0) != is.as_ref().map(|p| &p.0) {
            Some("product")
        } else if was != is {
            Some("profile")
        } else {
            None
        }
    }

    /// What it says of a unit as it is now; nothing where it tried another, or well and not all of it.
    pub fn of(&self, now: &Plan, unit: &UnitSpec) -> Option<Trial> {
        let plan = self.plan();
        let its = plan.bench.units.iter().find(|u| u.name == unit.name)?;
        let (product, _) = plan.product_of(&unit.name)?;
        // Every trial of the suite that could be made of it was left out by `--unit`.
        let has_it = |task: &Task| task.units.contains(&unit.name);
        let has_some = plan.may_use(&unit.name) && plan.tasks.iter().any(has_it);
        if !has_some
            || !now.mode.as_used(its).is_wired_as(unit)
            || self.of_another(now, unit).is_some()
        {
            return None;
        }
        let view = self.run.view();
        let unfit = match &self.sealed {
            Ok(_) => unfit(&view, &unit.name),
            Err(why) => Some(why.clone()),
        };
        let mut left = plan.left_out.iter();
        let in_part = left.any(|l| l.by_filter && &l.product == product);
        // A part that went well leaves the rest open; one that did not is word enough.
        if in_part && unfit.is_none() {
            return None;
        }
        Some(Trial {
            run: name_of(&self.folder),
            seal: self.sealed.clone().unwrap_or_default(),
            // Taken up again it is as old as its first part.
            at: view.facts.started.clone().unwrap_or_default(),
            unfit,
            figures: figures_of(&view, &unit.name),
        })
    }
}

/// One of which nothing is known but that it is there.
pub fn unreadable(folder: &Path, why: &str) -> Trial {
    Trial {
        run: name_of(folder),
        seal: String::new(),
        at: String::new(),
        unfit: Some(why.to_owned()),
        figures: Vec::new(),
    }
}

fn name_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Whether a folder's name, such as `20261122-150405-1a2b`, bears about this time.
fn is_named_for(name: &str, began: Option<&str>) -> bool {
    let digits = |from: usize, to: usize| name.get(from..to).unwrap_or_default();
    let named = format!(
        "{}-{}-{}T{}:{}:{}Z",
        digits(0, 4),
        digits(4, 6),
        digits(6, 8),
        digits(9, 11),
        digits(11, 13),
        digits(13, 15)
    );
    let read = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    match (read(&named), began.and_then(read)) {
        (Some(named), Some(began)) => (began - named).abs() <= NAMED_WITHIN,
        _ => false,
    }
}

/// The hash of its seal; else why nothing rests on it.
fn sealed(folder: &Path) -> Result<String, String> {
    match verify(folder) {
        Ok(found) if found.state == State::Sealed => {}
        Ok(_) => return Err("the trial was broken off".to_owned()),
        Err(why) => return Err(why.to_string()),
    }
    seal_sha256(folder).map_err(|e| e.to_string())
}

/// What went wrong on the unit at last, or the first trial of it that did not pass.
fn unfit(view: &RunView<'_>, unit: &UnitName) -> Option<String> {
    let facts = view.facts;
    if let Some((_, _, trouble)) = facts.may_be_on.iter().find(|(_, name, _)| name == unit) {
        return Some(format!("it may still have been on: {}", trouble.what));
    }
    if let Some((_, _, trouble)) = facts.broken.iter().find(|(_, name, _)| name == unit) {
        return Some(format!("it went out of service: {}", trouble.what));
    }
    let tasks = view.plan.tasks.iter();
    let mut tasks = tasks.filter(|task| task.units.contains(unit));
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

#[cfg(test)]
mod tests {
    use super::is_named_for;

    #[test]
    fn a_folder_bears_the_time_at_which_its_trial_began() {
        let began = Some("2026-11-30T07:24:33.250Z");
        assert!(is_named_for("20261130-072432-c5e0", began));
        for name in [
            "20261130-082432-c5e0",
            "2026zzzz",
            "99-merged",
            "",
            "20261130-0724é2-c5e0",
        ] {
            assert!(!is_named_for(name, began), "{name}");
        }
        assert!(!is_named_for("20261130-072432-c5e0", None));
    }
}
