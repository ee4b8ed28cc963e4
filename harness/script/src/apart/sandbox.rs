//! Loads scripts through workers, and keeps workers at rest for the next one.

use super::DeviceCall;
use super::Limits;
use super::message::{Ask, Came, Done, Folder, Script, Texts, Told};
use super::serve::{serve, world};
use super::worker::{Death, Worker};
use crate::contract::DEVICE_OPS;
use crate::host::Host;
use crate::identity::Said;
use crate::load::{Case, DeviceScript, case_files};
use crate::load::{DEVICE_FILE, Root};
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{Diagnostic, Trouble};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Most workers kept at rest.
const MOST_AT_REST: usize = 16;

/// Most workers that load a suite side by side, and how many files are worth one.
const MOST_HANDS: usize = 8;
const WORTH_A_HAND: usize = 16;

/// Longest time one file may take to load, of the clock: its limit of processor time is far below, and this is for a
/// machine on which a worker does not get any.
const LONGEST_LOAD: Duration = Duration::from_secs(60);

/// Where scripts are loaded and carried out.
pub struct Sandbox {
    program: PathBuf,
    limits: Limits,
    at_rest: Mutex<Vec<Worker>>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("program", &self.program)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A suite that is being loaded.
struct Suite {
    root: Root,
    folder: Folder,
    files: Vec<String>,
    /// Number of the next file that nobody has taken yet.
    next: AtomicUsize,
    /// Files that ended a worker, and how.
    spoilt: Mutex<BTreeMap<String, String>>,
}

impl Suite {
    /// How many load it side by side. Each has a worker, which is worth starting for some files only.
    fn hands(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        cores
            .min(MOST_HANDS)
            .min(self.files.len() / WORTH_A_HAND)
            .max(1)
    }
}

/// A script that stands elsewhere: what a worker needs to carry it out.
#[derive(Clone)]
pub(crate) struct Apart {
    sandbox: Arc<Sandbox>,
    folder: Folder,
    file: String,
    sha256: String,
    texts: Arc<Texts>,
}

impl Sandbox {
    /// Workers are processes of `program` with [`WORKER_WORD`](super::WORKER_WORD).
    #[must_use]
    pub fn new(program: PathBuf, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            program,
            limits,
            at_rest: Mutex::default(),
        })
    }

    /// As [`load_suite_cases_called`](crate::load_suite_cases_called), in a process of its own. A file that ends that
    /// is one more mistake.
    #[must_use]
    pub fn load_suite_cases(
        self: &Arc<Self>,
        suite_dir: &Path,
        before: Option<&str>,
    ) -> (Vec<Case>, Vec<Diagnostic>) {
        let root = Root::called(suite_dir, before);
        let mut found = Vec::new();
        let files = case_files(&root, &mut found);
        let files: Vec<String> = files.iter().map(|name| format!("cases/{name}")).collect();
        let suite = Suite {
            root,
            folder: folder(suite_dir, before),
            files,
            next: AtomicUsize::new(0),
            spoilt: Mutex::default(),
        };
        let mut read = std::thread::scope(|scope| {
            let thread = || std::thread::Builder::new().name("script-load".to_owned());
            let others: Vec<_> = (1..suite.hands())
                .filter_map(|_| {
                    thread()
                        .spawn_scoped(scope, || self.load_files(&suite))
                        .ok()
                })
                .collect();
            let mut read = self.load_files(&suite);
            read.extend(others.into_iter().filter_map(|t| t.join().ok()).flatten());
            read
        });
        // Told in the order of the files, whoever was quicker.
        read.sort_by_key(|(number, ..)| *number);
        let mut cases = Vec::new();
        for (_, case, more) in read {
            cases.extend(case);
            tell(&mut found, more);
        }
        (cases, found)
    }

    /// Loads files of a suite until there is none left, through a worker of its own.
    fn load_files(self: &Arc<Self>, suite: &Suite) -> Vec<(usize, Option<Case>, Vec<Diagnostic>)> {
        let mut worker = None;
        let mut read = Vec::new();
        loop {
            let number = suite.next.fetch_add(1, Ordering::SeqCst);
            let Some(file) = suite.files.get(number) else {
                break;
            };
            let (case, found) = self.load_case(suite, file, &mut worker);
            read.push((number, case, found));
        }
        self.put_back(worker);
        read
    }

    fn load_case(
        self: &Arc<Self>,
        suite: &Suite,
        file: &str,
        worker: &mut Option<Worker>,
    ) -> (Option<Case>, Vec<Diagnostic>) {
        let spoilt = || suite.spoilt.lock().unwrap_or_else(PoisonError::into_inner);
        let ask = Ask::LoadCase {
            folder: suite.folder.clone(),
            file: file.to_owned(),
            spoilt: spoilt().clone(),
        };
        match self.load(worker, ask, file) {
            Ok(Came::Case { loaded, found }) => {
                let case = loaded.map(|loaded| {
                    let (meta, texts) = *loaded;
                    let sha256 = meta.sha256.clone();
                    Case::apart(meta, self.script(suite.folder.clone(), file, sha256, texts))
                });
                (case, found)
            }
            Ok(_) => (
                None,
                vec![suite.root.ended(file, "it answers something else")],
            ),
            Err((under, how)) => {
                let found = vec![suite.root.ended(&under, &how)];
                spoilt().insert(under, how);
                (None, found)
            }
        }
    }

    /// As [`load_device_script_called`](crate::load_device_script_called), in a process of its own.
    #[must_use]
    pub fn load_device_script(
        self: &Arc<Self>,
        profile_dir: &Path,
        before: Option<&str>,
    ) -> (Option<DeviceScript>, Vec<Diagnostic>) {
        let root = Root::called(profile_dir, before);
        if !profile_dir.join(DEVICE_FILE).exists() {
            return (None, Vec::new());
        }
        let mut worker = self.resting();
        let ask = Ask::LoadDevice {
            folder: folder(profile_dir, before),
        };
        let came = self.load(&mut worker, ask, DEVICE_FILE);
        self.put_back(worker);
        match came {
            Ok(Came::Device { loaded, found }) => {
                let script = loaded.map(|loaded| {
                    let known = DEVICE_OPS.iter().map(|op| op.name);
                    let ops = known.filter(|op| loaded.ops.iter().any(|has| has == op));
                    let folder = folder(profile_dir, before);
                    let (sha256, texts) = (loaded.sha256, loaded.texts);
                    DeviceScript::apart(
                        ops.collect(),
                        self.script(folder, DEVICE_FILE, sha256, texts),
                    )
                });
                (script, found)
            }
            Ok(_) => (
                None,
                vec![root.ended(DEVICE_FILE, "it answers something else")],
            ),
            Err((under, how)) => (None, vec![root.ended(&under, &how)]),
        }
    }

    fn script(self: &Arc<Self>, folder: Folder, file: &str, sha256: String, texts: Texts) -> Apart {
        Apart {
            sandbox: Arc::clone(self),
            folder,
            file: file.to_owned(),
            sha256,
            texts: Arc::new(texts),
        }
    }

    /// Has a worker load something. `Err` with the file it looked at last and how it ended.
    fn load(
        &self,
        worker: &mut Option<Worker>,
        ask: Ask,
        file: &str,
    ) -> Result<Came, (String, String)> {
        let mut under = file.to_owned();
        let done = self.loads(worker, ask, &mut under);
        match done {
            Ok(Done { came, spent }) => {
                if spent {
                    *worker = None;
                }
                Ok(came)
            }
            Err(how) => {
                *worker = None;
                Err((under, how))
            }
        }
    }

    fn loads(
        &self,
        worker: &mut Option<Worker>,
        ask: Ask,
        under: &mut String,
    ) -> Result<Done, String> {
        let worker = match worker {
            Some(worker) => worker,
            None => worker.insert(self.started()?),
        };
        let until = Instant::now() + LONGEST_LOAD;
        let words = |death| match death {
            Death::ByScript(how) => how,
            Death::GivenUp => format!("it is not loaded after {} s", LONGEST_LOAD.as_secs()),
        };
        worker.ask(ask).map_err(words)?;
        loop {
            match worker
                .next(&mut || Instant::now() >= until)
                .map_err(words)?
            {
                Told::Under(file) => *under = file,
                Told::Done(done) => return Ok(done),
                Told::Ready | Told::Call(_) => return Err("it acts while it is loaded".to_owned()),
            }
        }
    }

    fn started(&self) -> Result<Worker, String> {
        Worker::start(&self.program, self.limits)
            .map_err(|why| format!("the process for scripts cannot be started: {why}"))
    }

    fn resting(&self) -> Option<Worker> {
        let mut at_rest = self.at_rest.lock().unwrap_or_else(PoisonError::into_inner);
        at_rest.pop()
    }

    fn put_back(&self, worker: Option<Worker>) {
        let mut at_rest = self.at_rest.lock().unwrap_or_else(PoisonError::into_inner);
        if at_rest.len() < MOST_AT_REST {
            at_rest.extend(worker);
        }
    }

    /// Has a worker carry something out. `Err` with how it ended.
    fn act(&self, mut ask: Ask, host: &dyn Host) -> Result<Came, Death> {
        let mut worker = match self.resting() {
            Some(worker) => worker,
            None => self.started().map_err(Death::ByScript)?,
        };
        for script in ask.scripts() {
            if !worker.knows.insert(script.sha256.clone()) {
                script.texts = None;
            }
        }
        let Done { came, spent } = serve(&mut worker, ask, host)?;
        if !spent {
            self.put_back(Some(worker));
        }
        Ok(came)
    }
}

impl Ask {
    fn scripts(&mut self) -> Vec<&mut Script> {
        match self {
            Self::LoadCase { .. } | Self::LoadDevice { .. } => Vec::new(),
            Self::Run { case, device, .. } => [case].into_iter().chain(device).collect(),
            Self::Device { device, .. } => vec![device],
        }
    }
}

impl Apart {
    fn script(&self) -> Script {
        Script {
            folder: self.folder.clone(),
            file: self.file.clone(),
            sha256: self.sha256.clone(),
            texts: Some(Texts::clone(&self.texts)),
        }
    }
}

/// Carries out a case.
pub(crate) fn run_apart(case: &Apart, device: Option<&Apart>, host: &dyn Host) -> CaseEnd {
    let ask = Ask::Run {
        case: case.script(),
        device: device.map(Apart::script),
        world: world(host),
    };
    let stopped = |trouble| CaseEnd::Stopped {
        trouble,
        place: Some(case.file.clone()),
    };
    match case.sandbox.act(ask, host) {
        Ok(Came::Ran(end)) => end,
        Ok(_) => stopped(Trouble::case("its process answers something else")),
        Err(death) => stopped(trouble(death, host, "the script")),
    }
}

/// Calls an operation of a device script.
pub(crate) fn said_apart(
    device: &Apart,
    call: DeviceCall,
    host: &dyn Host,
) -> Result<Said, Trouble> {
    let ask = Ask::Device {
        device: device.script(),
        call,
        world: world(host),
    };
    match device.sandbox.act(ask, host) {
        Ok(Came::Said(said)) => said,
        Ok(_) => Err(Trouble::case("its process answers something else")),
        Err(death) => Err(trouble(death, host, "device.star")),
    }
}

/// A script that is given up because its time is over or the run is being ended did not die of itself.
fn trouble(death: Death, host: &dyn Host, what: &str) -> Trouble {
    match (death, host.stopped()) {
        (Death::ByScript(how), _) => Trouble::case(format!("{what} was ended: {how}")),
        (Death::GivenUp, Some(stop)) => stop,
        (Death::GivenUp, None) => {
            Trouble::case(format!("{what} was ended: its process answers no longer"))
        }
    }
}

fn folder(path: &Path, called: Option<&str>) -> Folder {
    Folder {
        path: path.to_owned(),
        called: called.map(str::to_owned),
    }
}

/// A library that several cases load is told once.
fn tell(found: &mut Vec<Diagnostic>, more: Vec<Diagnostic>) {
    for diagnostic in more {
        if !found.contains(&diagnostic) {
            found.push(diagnostic);
        }
    }
}
