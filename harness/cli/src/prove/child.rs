//! One run of a proof in a process of its own, and what its journal says.

use crate::child_run;
use crate::prove::Job;
use crate::prove::judges::Judges;
use proofhouse_model::fold::{RunResult, Served};
use proofhouse_model::{CaseId, ProvisionId, TaskId, Verdict};
use proofhouse_report::Folded;
use proofhouse_report::matrix::{Run, Seen, Subject};
use proofhouse_runner::Cancel;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

/// Longer than any run of virtual devices: a child that hangs must not hang the proof.
const PATIENCE: Duration = Duration::from_secs(1800);

/// What a child says last that found mistakes in what it was given; one without room or a thread says other words.
const NOTHING_STARTED: &str = "found; nothing was started";

/// How the children are called.
#[derive(Debug, Clone)]
pub struct Order {
    /// The program: this one.
    pub program: PathBuf,
    /// Suite and bench, as given to the parent.
    pub common: Vec<String>,
    /// Seed of every run.
    pub seed: u64,
    /// Folder for the folders of the runs.
    pub folder: PathBuf,
}

impl Order {
    /// Arguments that make the run of a job again, for a reader and for the child.
    #[must_use]
    pub fn arguments(&self, job: &Job) -> Vec<String> {
        let mut args = vec!["run".to_owned()];
        args.extend(self.common.iter().cloned());
        args.extend(["--seed".to_owned(), self.seed.to_string()]);
        args.extend(["--product".to_owned(), job.subject.product().to_owned()]);
        // Each cell of the matrix by itself: what one case finds out about a bad device, or does to it, must not decide
        // what the next one sees. Honest devices are used as on any bench.
        if !matches!(job.subject, Subject::Honest { .. }) {
            args.push("--renew".to_owned());
        }
        match &job.subject {
            Subject::Honest { .. } => {}
            Subject::Defect(full) => args.extend(["--defect".to_owned(), full.clone()]),
            Subject::Blind(full) => args.extend(["--blind".to_owned(), full.clone()]),
        }
        for case in &job.cases {
            args.extend(["--case".to_owned(), case.to_string()]);
        }
        args
    }

    /// Makes the run of a job, reads its journal back and has it judged again.
    #[must_use]
    pub fn carry_out(&self, job: &Job, number: usize, judges: &Judges, cancel: &Cancel) -> Run {
        let folder = self.folder.join(format!("{number:03}"));
        let start = Instant::now();
        let mut run = match self.run(job, &folder, judges, cancel) {
            Ok(run) => run,
            Err(why) => Run {
                subject: job.subject.clone(),
                cases: Vec::new(),
                exit: None,
                trouble: Some(why),
                otherwise: Vec::new(),
                seconds: 0.0,
            },
        };
        run.seconds = start.elapsed().as_secs_f64();
        add_kept(&mut run, job.kept.clone());
        run
    }

    fn run(
        &self,
        job: &Job,
        folder: &Path,
        judges: &Judges,
        cancel: &Cancel,
    ) -> Result<Run, String> {
        let args = self.arguments(job);
        let status = child_run::carry_out(&self.program, &args, folder, PATIENCE, cancel)?;
        if let Some(dir) = child_run::run_in(folder) {
            let mut run = read(job, &dir, status)?;
            // One that was killed is told by that, and what was called off by itself.
            if status.code().is_some() && cancel.reason().is_none() {
                run.otherwise = judges.look(&dir);
            }
            return Ok(run);
        }
        let why = format!("{status}, no run: {}", child_run::first_words(folder));
        // What a blind takes away may be missed before anything starts.
        let refused = status.code() == Some(2) && child_run::said(folder).contains(NOTHING_STARTED);
        match matches!(job.subject, Subject::Blind(_)) && refused {
            true => Ok(not_started(job, &why)),
            false => Err(why),
        }
    }
}

/// The planner refused: no case of it came to a verdict.
fn not_started(job: &Job, why: &str) -> Run {
    let seen = |case: &CaseId| Seen {
        case: case.clone(),
        verdict: None,
        why: why.to_owned(),
        failed: Vec::new(),
        kept: false,
    };
    Run {
        subject: job.subject.clone(),
        cases: job.cases.iter().map(seen).collect(),
        exit: Some(2),
        trouble: None,
        otherwise: Vec::new(),
        seconds: 0.0,
    }
}

fn read(job: &Job, dir: &Path, status: ExitStatus) -> Result<Run, String> {
    let run = Folded::read(dir).map_err(|e| e.to_string())?;
    let (plan, result) = (run.plan(), run.result());
    let mut cases: Vec<Seen> = Vec::new();
    for (task, result) in plan.tasks.iter().zip(&result.tasks) {
        let (verdict, why) = result.verdict_over(|_| true);
        let seen = Seen {
            case: task.case.id.clone(),
            verdict: Some(verdict),
            why,
            failed: failed_by(run.result(), task.id),
            kept: false,
        };
        match cases.iter_mut().find(|s| s.case == seen.case) {
            // A case that ran on several units came out as the gravest of them; where none can know, one that knew all
            // the same is what counts.
            Some(known) => match &job.subject {
                Subject::Blind(_) => keener(known, seen),
                _ => graver(known, seen),
            },
            None => cases.push(seen),
        }
    }
    for left in plan.left_out.iter().filter(|l| !l.by_filter) {
        cases.push(Seen {
            case: left.case.id.clone(),
            verdict: None,
            why: left.why.clone(),
            failed: Vec::new(),
            kept: false,
        });
    }
    Ok(Run {
        subject: job.subject.clone(),
        cases,
        exit: status.code(),
        trouble: None,
        otherwise: Vec::new(),
        seconds: 0.0,
    })
}

/// Provisions that a task made fail.
fn failed_by(result: &RunResult, task: TaskId) -> Vec<ProvisionId> {
    let rows = result.products.iter().flat_map(|p| &p.provisions);
    let fails = |s: &&Served| s.task == task && s.verdict == Verdict::Fail;
    let failed = rows.filter(|row| row.served.iter().any(|s| fails(&s)));
    failed.map(|row| row.provision.id.clone()).collect()
}

fn graver(known: &mut Seen, other: Seen) {
    known.failed.extend(other.failed);
    if other.verdict > known.verdict {
        (known.verdict, known.why) = (other.verdict, other.why);
    }
}

fn keener(known: &mut Seen, other: Seen) {
    known.failed.extend(other.failed);
    let knew = |verdict| matches!(verdict, Some(Verdict::Pass | Verdict::Fail));
    if knew(other.verdict) && !knew(known.verdict) {
        (known.verdict, known.why) = (other.verdict, other.why);
    }
}

/// Adds cells of earlier proofs to a run: its exit code is what one run of them all would have had at least.
pub fn add_kept(run: &mut Run, kept: Vec<(Seen, i32)>) {
    for (seen, exit) in kept {
        run.cases.push(seen);
        run.exit = run.exit.map(|code| if code == 0 { exit } else { code });
    }
}
