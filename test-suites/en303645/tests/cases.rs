//! The suite on the default bench as a test target: list, filter and run cases with cargo test or nextest.
//!
//! libtest-mimic is the front only. The order, the units and the deadlines are the runner's: each
//! test waits for the verdict
//! of its case in one common run.

use libtest_mimic::{Arguments, Failed, Trial};
use proofhouse::args::Selection;
use proofhouse::session::{self, Session};
use proofhouse_model::fold::fold_tasks;
use proofhouse_model::{CaseId, Event, Fact, TaskId, Verdict};
use proofhouse_runner::Cancel;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// Longer than any plan: a run that never ends must not hang the tests.
const PATIENCE: Duration = Duration::from_secs(3600);

fn main() -> ExitCode {
    if let Some(child) = proofhouse::children::dispatch() {
        return child;
    }
    let mut args = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let all = match session::prepare(&Selection::default(), &root) {
        Ok(session) => session,
        Err(mistakes) => return complain(&format!("{mistakes:#?}")),
    };
    let names: Vec<CaseId> = all.plan.cases().into_keys().cloned().collect();
    let wanted: Vec<String> = names
        .iter()
        .filter(|n| !args.is_filtered_out(&Trial::test(n.as_str(), || Ok(()))))
        .map(ToString::to_string)
        .collect();
    let run = Arc::new(CommonRun::new(root, wanted));
    let trials: Vec<Trial> = names
        .into_iter()
        .map(|name| {
            let run = Arc::clone(&run);
            Trial::test(name.to_string(), move || run.verdict_of(&name))
        })
        .collect();
    // The tests only wait; with fewer threads than tests some would wait for a turn to wait.
    args.test_threads = Some(trials.len().clamp(1, 512));
    let conclusion = libtest_mimic::run(&args, trials);
    if conclusion.has_failed() {
        ExitCode::from(101)
    } else {
        ExitCode::SUCCESS
    }
}

fn complain(text: &str) -> ExitCode {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::from(101)
}

type Said = (Verdict, String);

/// One run of all wanted cases, started by the first test that asks for a verdict.
struct CommonRun {
    root: PathBuf,
    wanted: Vec<String>,
    started: OnceLock<()>,
    doors: BTreeMap<String, (Sender<Said>, Mutex<Receiver<Said>>)>,
}

impl CommonRun {
    fn new(root: PathBuf, wanted: Vec<String>) -> Self {
        let doors = wanted
            .iter()
            .map(|name| {
                let (tx, rx) = channel();
                (name.clone(), (tx, Mutex::new(rx)))
            })
            .collect();
        Self {
            root,
            wanted,
            started: OnceLock::new(),
            doors,
        }
    }

    fn verdict_of(&self, case: &CaseId) -> Result<(), Failed> {
        self.started.get_or_init(|| self.start());
        let Some((_, door)) = self.doors.get(case.as_str()) else {
            return Err("the case is not part of this run".into());
        };
        let door = door
            .lock()
            .map_err(|_| "another test panicked while it waited")?;
        match door.recv_timeout(PATIENCE) {
            Ok((Verdict::Pass, _)) => Ok(()),
            Ok((verdict, why)) => {
                Err(format!("{}: {why}", verdict.to_string().to_uppercase()).into())
            }
            Err(RecvTimeoutError::Timeout) => Err("no verdict came".into()),
            Err(RecvTimeoutError::Disconnected) => Err("the run ended without a verdict".into()),
        }
    }

    fn start(&self) {
        let selection = Selection {
            case: self.wanted.clone(),
            ..Selection::default()
        };
        let doors: BTreeMap<String, Sender<Said>> = self
            .doors
            .iter()
            .map(|(name, (tx, _))| (name.clone(), tx.clone()))
            .collect();
        let root = self.root.clone();
        std::thread::spawn(move || {
            let said = session::prepare(&selection, &root)
                .map_err(|mistakes| format!("{mistakes:?}"))
                .and_then(|session| run(&session, &doors).map_err(|e| e.to_string()));
            if let Err(why) = said {
                for door in doors.values() {
                    let _ = door.send((Verdict::Error, why.clone()));
                }
            }
        });
    }
}

fn run(session: &Session, doors: &BTreeMap<String, Sender<Said>>) -> Result<(), session::Broken> {
    let folder = tempfile::tempdir()?;
    let doors = doors.clone();
    let plan = Arc::clone(&session.plan);
    let mut open: BTreeMap<TaskId, Vec<Event>> = BTreeMap::new();
    let watcher = Box::new(move |event: &Event| {
        let Some(task) = event.task else { return };
        let telling = matches!(
            event.fact,
            Fact::TaskStarted { .. }
                | Fact::OpEnded { .. }
                | Fact::Checked(_)
                | Fact::TaskEnded { .. }
                | Fact::TaskNotRun { .. }
        );
        if !telling {
            return;
        }
        open.entry(task).or_default().push(event.clone());
        if matches!(event.fact, Fact::TaskEnded { .. } | Fact::TaskNotRun { .. }) {
            let events = open.remove(&task).unwrap_or_default();
            let said = fold_tasks(&events)
                .0
                .pop()
                .map(|r| r.verdict_over(|_| true));
            let door = plan.task(task).and_then(|t| doors.get(t.case.id.as_str()));
            if let (Some(said), Some(door)) = (said, door) {
                let _ = door.send(said);
            }
        }
    });
    session::execute(
        session,
        &folder.path().join("run"),
        vec![watcher],
        &Cancel::new(),
    )?;
    Ok(())
}
