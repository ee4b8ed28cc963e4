//! One trial: a run like any other in a process of its own, judged from its journal.

use super::draw::Trial;
use crate::child_run;
use proofhouse_journal::Recorded;
use proofhouse_model::fold::fold_run;
use proofhouse_model::{Fact, Verdict};
use proofhouse_runner::Cancel;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longer than the longest case: a run that hangs is a finding, and must not hang the others.
const PATIENCE: Duration = Duration::from_secs(900);

/// A finding is tried so many times more at once, by the very command that is printed.
const REPEATS: u32 = 2;

/// What a case came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Pass.
    Pass,
    /// Fail.
    Fail,
    /// The bench broke.
    Error,
    /// Nothing could be told.
    Inconclusive,
    /// It took more than one attempt.
    Flaky,
    /// The run left no verdict.
    NoResult,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Pass,
        Self::Fail,
        Self::Error,
        Self::Inconclusive,
        Self::Flaky,
        Self::NoResult,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Inconclusive => "inconclusive",
            Self::Flaky => "flaky",
            Self::NoResult => "no result",
        }
    }
}

/// What must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wrong {
    /// The case passed on a device with a defect it must catch.
    FalsePass,
    /// The case, or a provision or guide row, failed on the honest device.
    FalseFail,
    /// The harness brought no result at all.
    NoResult,
}

impl Wrong {
    /// The words for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FalsePass => "false pass",
            Self::FalseFail => "false fail",
            Self::NoResult => "no result",
        }
    }
}

/// What became of a trial.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What the case came to.
    pub outcome: Outcome,
    /// Why, in one sentence.
    pub why: String,
    /// What the fault did first; `None` when it was never felt, which is no trial.
    pub felt: Option<String>,
    /// What is wrong with it, if anything.
    pub wrong: Option<Wrong>,
    /// Where the journal of a finding is kept.
    pub journal: Option<PathBuf>,
    /// How often a finding came again, of how many repeats. A fault is placed by the ops of its wire, and a wait may
    /// take one op more or less.
    pub again: Option<(u32, u32)>,
    /// How long the run took, seconds.
    pub seconds: f64,
}

/// How the children are called.
#[derive(Debug, Clone)]
pub struct Order {
    /// The program: this one.
    pub program: PathBuf,
    /// Suite and bench, as given to the parent.
    pub common: Vec<String>,
    /// Folder for the folders of the runs.
    pub scratch: PathBuf,
    /// Folder for the journals of findings.
    pub keep: PathBuf,
}

impl Order {
    /// The command that makes the run of a trial again.
    #[must_use]
    pub fn command(&self, trial: &Trial) -> String {
        let words = trial.arguments().into_iter().chain(self.common.clone());
        format!("proofhouse {}", words.collect::<Vec<_>>().join(" "))
    }

    /// Makes the run and judges it; `None` when it was called off.
    #[must_use]
    pub fn carry_out(&self, trial: &Trial, cancel: &Cancel) -> Option<Seen> {
        let folder = self.scratch.join(trial.seed.to_string());
        let mut seen = self.once(trial, &folder, cancel)?;
        if seen.wrong.is_some() {
            seen.journal = Some(self.keep(trial, &folder));
            let mut again = 0;
            for _ in 0..REPEATS {
                let _ = std::fs::remove_dir_all(&folder);
                again += u32::from(self.once(trial, &folder, cancel)?.wrong == seen.wrong);
            }
            seen.again = Some((again, REPEATS));
        }
        // Nothing is lost with it: only findings are kept.
        let _ = std::fs::remove_dir_all(&folder);
        Some(seen)
    }

    fn once(&self, trial: &Trial, folder: &Path, cancel: &Cancel) -> Option<Seen> {
        let start = Instant::now();
        let ran = self.run(trial, folder, cancel);
        if cancel.reason().is_some() {
            return None;
        }
        let mut seen = match ran.and_then(|()| read(folder)) {
            Ok(recorded) => judge(trial, &recorded),
            Err(why) => no_result(why),
        };
        seen.seconds = start.elapsed().as_secs_f64();
        Some(seen)
    }

    fn run(&self, trial: &Trial, folder: &Path, cancel: &Cancel) -> Result<(), String> {
        let args: Vec<String> = trial
            .arguments()
            .into_iter()
            .chain(self.common.clone())
            .collect();
        child_run::carry_out(&self.program, &args, folder, PATIENCE, cancel).map(drop)
    }

    /// Moves what a finding rests on to where it stays, and says where.
    fn keep(&self, trial: &Trial, folder: &Path) -> PathBuf {
        let to = self.keep.join(format!("seed-{}", trial.seed));
        let _ = std::fs::remove_dir_all(&to);
        let from = child_run::run_in(folder).unwrap_or_else(|| folder.to_owned());
        match copy(&from, &to) {
            Ok(()) => to,
            Err(_) => from,
        }
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type()? {
            t if t.is_dir() => copy(&path, &to)?,
            t if t.is_file() => drop(std::fs::copy(&path, &to)?),
            _ => {}
        }
    }
    Ok(())
}

fn read(folder: &Path) -> Result<Recorded, String> {
    match child_run::run_in(folder) {
        Some(dir) => Recorded::read(&dir).map_err(|e| e.to_string()),
        None => Err(format!(
            "no run was made: {}",
            child_run::first_words(folder)
        )),
    }
}

fn no_result(why: String) -> Seen {
    Seen {
        outcome: Outcome::NoResult,
        why,
        felt: None,
        wrong: Some(Wrong::NoResult),
        journal: None,
        again: None,
        seconds: 0.0,
    }
}

fn judge(trial: &Trial, recorded: &Recorded) -> Seen {
    let result = fold_run(&recorded.plan, &recorded.events);
    let felt = recorded.events.iter().find_map(|e| match &e.fact {
        Fact::FaultSetIn { what, .. } => Some(what.clone()),
        _ => None,
    });
    let mut tasks = recorded.plan.tasks.iter();
    let task = tasks.find(|t| t.case.id.as_str() == trial.case);
    let Some(case) = task.and_then(|t| result.task(t.id)) else {
        return no_result(format!("the run has no case {}", trial.case));
    };
    let (verdict, why) = case.verdict_over(|_| true);
    let outcome = match verdict {
        Verdict::Fail => Outcome::Fail,
        _ if case.attempts > 1 => Outcome::Flaky,
        Verdict::Pass => Outcome::Pass,
        Verdict::Error => Outcome::Error,
        Verdict::Inconclusive => Outcome::Inconclusive,
    };
    let rows = result.products.iter().flat_map(|p| &p.provisions);
    let provision = rows
        .into_iter()
        .any(|p| p.functional == Some(Verdict::Fail));
    let guides = result.products.iter().flat_map(|p| &p.guides);
    let mut guided = guides.flat_map(|g| &g.served);
    let guided = guided.any(|s| s.verdict == Verdict::Fail);
    let failed = outcome == Outcome::Fail || provision || guided;
    let wrong = match &trial.defect {
        Some(_) => (outcome == Outcome::Pass).then_some(Wrong::FalsePass),
        None => failed.then_some(Wrong::FalseFail),
    };
    Seen {
        outcome,
        why,
        felt,
        wrong,
        journal: None,
        again: None,
        seconds: 0.0,
    }
}
