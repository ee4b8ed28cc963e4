//! One run of a proof in a process of its own, and what its journal says.

use crate::prove::Job;
use proofhouse_model::{CaseId, Verdict};
use proofhouse_report::Folded;
use proofhouse_report::matrix::{Run, Seen, Subject};
use proofhouse_runner::Cancel;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longer than any run of virtual devices: a child that hangs must not hang the proof.
const PATIENCE: Duration = Duration::from_secs(1800);

/// How often a child is looked at.
const LOOK: Duration = Duration::from_millis(20);

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

    /// Makes the run of a job and reads its journal back.
    #[must_use]
    pub fn carry_out(&self, job: &Job, number: usize, cancel: &Cancel) -> Run {
        let folder = self.folder.join(format!("{number:03}"));
        let start = Instant::now();
        let mut run = match self.run(job, &folder, cancel) {
            Ok(run) => run,
            Err(why) => Run {
                subject: job.subject.clone(),
                cases: Vec::new(),
                provisions: Vec::new(),
                exit: None,
                trouble: Some(why),
                seconds: 0.0,
            },
        };
        run.seconds = start.elapsed().as_secs_f64();
        run
    }

    fn run(&self, job: &Job, folder: &Path, cancel: &Cancel) -> Result<Run, String> {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let said = folder.join("said.txt");
        let log = File::create(&said).map_err(|e| format!("{}: {e}", said.display()))?;
        let both = log.try_clone().map_err(|e| e.to_string())?;
        let child = Command::new(&self.program)
            .arg(crate::children::BINARY)
            .args(self.arguments(job))
            .arg("--out")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(both)
            .spawn()
            .map_err(|e| format!("cannot start {}: {e}", self.program.display()))?;
        let status = wait(child, cancel)?;
        let Some(dir) = the_run_in(folder) else {
            let text = std::fs::read_to_string(&said).unwrap_or_default();
            let first: Vec<&str> = text.lines().filter(|l| !l.is_empty()).take(3).collect();
            let why = format!("{status}, no run: {}", first.join(" / "));
            // What a blind takes away may be missed before anything starts.
            let refused = matches!(job.subject, Subject::Blind(_)) && status.code() == Some(2);
            return if refused {
                Ok(not_started(job, &why))
            } else {
                Err(why)
            };
        };
        read(job, &dir, status)
    }
}

/// The planner refused: no case of it came to a verdict.
fn not_started(job: &Job, why: &str) -> Run {
    let seen = |case: &CaseId| Seen {
        case: case.clone(),
        verdict: None,
        why: why.to_owned(),
    };
    Run {
        subject: job.subject.clone(),
        cases: job.cases.iter().map(seen).collect(),
        provisions: Vec::new(),
        exit: Some(2),
        trouble: None,
        seconds: 0.0,
    }
}

fn wait(mut child: Child, cancel: &Cancel) -> Result<ExitStatus, String> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return Ok(status);
        }
        let late = Instant::now() >= until;
        if late || cancel.pause(LOOK) {
            let _ = child.kill();
            let _ = child.wait();
            let why = if late {
                "it did not end"
            } else {
                "the proof was ended before it"
            };
            return Err(why.to_owned());
        }
    }
}

/// The folder of the one run in a folder.
fn the_run_in(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    let mut dirs = entries.flatten().map(|e| e.path()).filter(|p| p.is_dir());
    dirs.next()
}

fn read(job: &Job, dir: &Path, status: ExitStatus) -> Result<Run, String> {
    let run = Folded::read(dir).map_err(|e| e.to_string())?;
    let (plan, result) = (run.plan(), run.result());
    // A case that ran on several units came out as the gravest of them.
    let mut by_case: BTreeMap<&CaseId, (Verdict, String)> = BTreeMap::new();
    for (task, result) in plan.tasks.iter().zip(&result.tasks) {
        let (verdict, why) = result.verdict_over(|_| true);
        let seen = by_case
            .entry(&task.case.id)
            .or_insert((verdict, why.clone()));
        if verdict > seen.0 {
            *seen = (verdict, why);
        }
    }
    let seen = |(case, (verdict, why)): (&CaseId, (Verdict, String))| Seen {
        case: case.clone(),
        verdict: Some(verdict),
        why,
    };
    let mut cases: Vec<Seen> = by_case.into_iter().map(seen).collect();
    for left in &plan.left_out {
        if !left.by_filter {
            let (case, why) = (left.case.id.clone(), left.why.clone());
            cases.push(Seen {
                case,
                verdict: None,
                why,
            });
        }
    }
    let judged = result.products.iter().flat_map(|p| &p.provisions);
    let judged = judged.filter_map(|p| p.functional.map(|v| (p.provision.id.clone(), v)));
    Ok(Run {
        subject: job.subject.clone(),
        cases,
        provisions: judged.collect(),
        exit: status.code(),
        trouble: None,
        seconds: 0.0,
    })
}
