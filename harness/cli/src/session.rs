//! From a selection to a plan, and from a plan to a finished run. Shared by the binary and by the suites' test targets.

use crate::args::Selection;
use crate::children::VIRTUAL;
use crate::die::{self, DieAfter};
use crate::leftovers;
use crate::spoil::{self, BlindProfile};
use proofhouse_bench::faulty::Faulty;
use proofhouse_bench::{Bench, Listener, Surroundings};
use proofhouse_journal::{Reader, Recorded, Writer};
use proofhouse_model::{
    BenchSpec, CaseId, Diagnostic, Edition, Event, Fact, FaultKind, Plan, Profile, Proof, UnitName,
};
use proofhouse_planner as planner;
use proofhouse_runner::{Cancel, Job, Past, Recorder, SecretBook, Watcher};
use proofhouse_script as script;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Bench of the checkout, used when there is no `bench.toml`.
const CHECKOUT_BENCH: &str = "fixtures/benches/plug.toml";
/// Suite of the checkout.
pub const CHECKOUT_SUITE: &str = "test-suites/en303645";

/// Name of the file in which `prove` keeps its result for later runs.
pub const PROOF_FILE: &str = "proof.json";

/// A plan and the scripts it was made from. Nothing has been touched yet.
pub struct Session {
    /// What would run.
    pub plan: Arc<Plan>,
    plan_json: Vec<u8>,
    cases: BTreeMap<CaseId, Arc<script::Case>>,
    device: Option<Arc<script::DeviceScript>>,
    /// Lives as long as the run: files are read from it.
    blind_profile: Option<BlindProfile>,
}

/// The three files and the scripts, read and checked.
pub(crate) struct Read {
    pub(crate) suite: planner::Suite,
    pub(crate) bench: BenchSpec,
    pub(crate) profile: Profile,
    pub(crate) cases: Vec<script::Case>,
    device: Option<script::DeviceScript>,
    blind_profile: Option<BlindProfile>,
}

impl Session {
    /// A plan with the scripts it was made from.
    pub(crate) fn of(plan: Arc<Plan>, plan_json: Vec<u8>, read: Read) -> Self {
        Self {
            plan,
            plan_json,
            cases: read
                .cases
                .into_iter()
                .map(|c| (c.meta.id.clone(), Arc::new(c)))
                .collect(),
            device: read.device.map(Arc::new),
            blind_profile: read.blind_profile,
        }
    }
}

/// Reads and checks everything that is named or that defaults name, seen from `root`.
///
/// # Errors
/// Every mistake found, each at its place.
pub(crate) fn read(selection: &Selection, root: &Path) -> Result<Read, Vec<Diagnostic>> {
    let suite_dir = selection
        .suite
        .clone()
        .unwrap_or_else(|| root.join(CHECKOUT_SUITE));
    let bench_file = bench_file(selection, root);
    let mut wrong = Vec::new();
    let suite = keep(
        planner::read_suite(&suite_dir, Edition::default()),
        &mut wrong,
    );
    let mut bench = keep(planner::read_bench(&bench_file), &mut wrong);
    let (cases, faults) = script::load_suite_cases(&suite_dir);
    wrong.extend(faults);
    let mut profile = None;
    let mut device = None;
    let mut blind_profile = None;
    if let Some(bench) = &mut bench {
        match spoilt(selection, bench) {
            Ok(made) => blind_profile = made,
            Err(fault) => wrong.push(*fault),
        }
        let folder = Path::new(&bench.profile);
        if let Some(suite) = &suite {
            profile = keep(planner::read_profile(folder, suite), &mut wrong);
        }
        let (found, faults) = script::load_device_script(folder);
        device = found;
        wrong.extend(faults);
    }
    let (Some(suite), Some(bench), Some(profile)) = (suite, bench, profile) else {
        return Err(wrong);
    };
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(Read {
        suite,
        bench,
        profile,
        cases,
        device,
        blind_profile,
    })
}

/// Reads and checks everything and plans; `root` is where relative defaults are looked for.
///
/// # Errors
/// Every mistake found, each at its place.
pub fn prepare(selection: &Selection, root: &Path) -> Result<Session, Vec<Diagnostic>> {
    let read = read(selection, root)?;
    let proof = proof(selection, root)?;
    let plan = planner::plan(planner::PlanInputs {
        suite: read.suite.clone(),
        cases: read.cases.iter().map(|c| c.meta.clone()).collect(),
        device_ops: read
            .device
            .as_ref()
            .map(|d| d.ops().into_iter().map(str::to_owned).collect())
            .unwrap_or_default(),
        profile: read.profile.clone(),
        bench: read.bench.clone(),
        filter: planner::Filter {
            units: selection.unit.clone(),
            cases: selection.case.clone(),
            provisions: selection.provision.clone(),
        },
        seed: selection.seed.unwrap_or_else(draw),
        complete: selection.complete,
        retries: selection.retries,
        proof,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
    })?;
    let plan_json = planner::plan_json(&plan);
    Ok(Session::of(Arc::new(plan), plan_json, read))
}

/// Defects and blinds of the command line, put into the bench; a spoilt profile stands in a folder of its own.
fn spoilt(
    selection: &Selection,
    bench: &mut BenchSpec,
) -> Result<Option<BlindProfile>, Box<Diagnostic>> {
    spoil::check_defects(&selection.defect, bench)?;
    bench.defects.clone_from(&selection.defect);
    bench.renew = selection.renew;
    if let Some(given) = &selection.fault {
        bench.fault = Some(crate::fault::read(given, bench)?);
    }
    let blinds = spoil::find_blinds(&selection.blind, bench)?;
    if blinds.is_empty() {
        return Ok(None);
    }
    bench.blinds.clone_from(&selection.blind);
    let to = scratch_path("profile");
    let made = BlindProfile::make(Path::new(&bench.profile), &blinds, to)?;
    bench.profile = made.folder().display().to_string();
    Ok(Some(made))
}

/// The last proof of the suite. A file that was named must be there.
fn proof(selection: &Selection, root: &Path) -> Result<Option<Proof>, Vec<Diagnostic>> {
    let path = match &selection.proof {
        Some(given) => given.clone(),
        None => root.join("runs").join(PROOF_FILE),
    };
    let wrong = |why: String| {
        let message = format!("the proof of the suite cannot be read: {why}");
        let help = "make it again with `proofhouse prove`, or remove the file";
        vec![Diagnostic::whole(&path.display().to_string(), message).help(help)]
    };
    match std::fs::read(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && selection.proof.is_none() => Ok(None),
        Err(e) => Err(wrong(e.to_string())),
        Ok(json) => serde_json::from_slice(&json)
            .map(Some)
            .map_err(|e| wrong(e.to_string())),
    }
}

/// The clock of the bench PC, RFC 3339 without fractions, UTC.
#[must_use]
pub fn wall_clock() -> String {
    let now = time::OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(0).unwrap_or(now);
    now.format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}

/// A path for a folder of this process alone, in the system's temporary folder.
fn scratch_path(word: &str) -> PathBuf {
    let (pid, salt) = (std::process::id(), draw());
    std::env::temp_dir().join(format!("{}{word}-{pid}-{salt:08x}", leftovers::PREFIX))
}

fn keep<T>(result: Result<T, Vec<Diagnostic>>, wrong: &mut Vec<Diagnostic>) -> Option<T> {
    result.map_err(|faults| wrong.extend(faults)).ok()
}

fn bench_file(selection: &Selection, root: &Path) -> PathBuf {
    if let Some(given) = &selection.bench {
        return given.clone();
    }
    let own = root.join("bench.toml");
    if own.exists() {
        own
    } else {
        root.join(CHECKOUT_BENCH)
    }
}

/// Four bytes of the system's randomness; the seed is printed and kept in the plan.
fn draw() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
        >> 32
}

/// Where what consoles say goes, once the journal is open.
#[derive(Default)]
struct Ears(OnceLock<Arc<Recorder>>);

impl Listener for Ears {
    fn console_output(&self, unit: &UnitName, bytes: &[u8], lost: u64) {
        if let Some(recorder) = self.0.get() {
            let bytes = proofhouse_model::Bytes(bytes.to_vec());
            // A journal that cannot be written cancels the run by itself.
            let _ = recorder.record(None, Some(unit), Fact::Heard { bytes, lost });
        }
    }

    fn fault_set_in(&self, unit: &UnitName, kind: FaultKind, what: &str) {
        if let Some(recorder) = self.0.get() {
            let what = what.to_owned();
            let _ = recorder.record(None, Some(unit), Fact::FaultSetIn { kind, what });
        }
    }
}

/// Why a run could not be done.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Where a run goes and how it begins.
pub struct Task<'a> {
    /// Folder of the run.
    pub run_dir: &'a Path,
    /// From nothing, or behind what a dead harness left.
    pub start: Start,
    /// Where this harness is to be killed; virtual benches only.
    pub die_after: Option<DieAfter>,
}

/// How a run begins.
pub enum Start {
    /// In a folder of its own, which is made.
    Fresh,
    /// Behind what a dead harness left.
    GoOn(Box<GoOn>),
}

/// A run that is open again.
pub struct GoOn {
    /// Appends behind what is there.
    pub writer: Writer,
    /// What the journal says.
    pub past: Past,
    /// The journal.
    pub events: Vec<Event>,
}

/// Runs a plan into a fresh folder and reads back what was journaled.
///
/// # Errors
/// As [`carry_out`].
pub fn execute(
    session: &Session,
    run_dir: &Path,
    watchers: Vec<Watcher>,
    cancel: &Cancel,
) -> Result<Recorded, Broken> {
    let task = Task {
        run_dir,
        start: Start::Fresh,
        die_after: None,
    };
    carry_out(session, task, watchers, cancel)
}

/// Runs what is left of a plan, writes the reports, seals the folder, and gives what was journaled.
///
/// # Errors
/// The run's folder cannot be made or read, the bench cannot be opened, journal or reports cannot be written. The run
/// is not sealed then, and can be resumed.
pub fn carry_out(
    session: &Session,
    task: Task<'_>,
    mut watchers: Vec<Watcher>,
    cancel: &Cancel,
) -> Result<Recorded, Broken> {
    let run_dir = task.run_dir;
    let (mut writer, past) = match task.start {
        Start::Fresh => (Writer::create(run_dir, &session.plan_json)?, None),
        Start::GoOn(on) => (on.writer, Some(on.past)),
    };
    die::at(task.die_after, DieAfter::Plan);
    watchers.extend(die::watcher(task.die_after));
    let ended = past.as_ref().is_some_and(|p| p.ended);
    let scratch = Scratch::new("run")?;
    let mut leftovers = vec![scratch.path().to_owned()];
    leftovers.extend(session.blind_profile.as_ref().map(|b| b.outer().to_owned()));
    writer.note_leftovers(leftovers)?;
    let at_us = past.as_ref().map_or(0, |p| p.at_us);
    let plan_hash = writer.plan_sha256();
    let recorder = Recorder::new(writer, SecretBook::new(salt()), watchers, cancel.clone());
    let ears = Arc::new(Ears::default());
    let fault = session.plan.bench.fault.clone();
    let fault = fault.map(|f| Faulty::new(f, Arc::clone(&ears) as Arc<dyn Listener>));
    let recorder = recorder.with_brake(fault.as_ref().and_then(Faulty::brake));
    let recorder = Arc::new(recorder.going_on_at(at_us));
    let _ = ears.0.set(Arc::clone(&recorder));
    let around = Surroundings {
        scratch: scratch.path().to_owned(),
        logs: run_dir.join("logs"),
        program: std::env::current_exe()?,
        virtual_word: VIRTUAL.to_owned(),
        listener: ears,
        fault,
    };
    if !ended {
        run_cases(session, &around, &recorder, |bench| Job {
            plan: Arc::clone(&session.plan),
            plan_hash,
            cases: session.cases.clone(),
            device: session.device.clone(),
            bench,
            recorder: Arc::clone(&recorder),
            cancel: cancel.clone(),
            host: host_name(),
            past,
        })?;
    }
    drop(scratch);
    let mut recorded = Reader::open(run_dir)?;
    proofhouse_report::write_all(run_dir, &recorded)?;
    die::at(task.die_after, DieAfter::Reports);
    recorder.seal()?;
    recorded.sealed = true;
    Ok(recorded)
}

fn run_cases(
    session: &Session,
    around: &Surroundings,
    recorder: &Recorder,
    job: impl FnOnce(Arc<Bench>) -> Job,
) -> Result<(), Broken> {
    let bench = Bench::open(&session.plan.bench, &session.plan.profile, around)?;
    for (name, value) in bench.secrets() {
        recorder.learn_secret(&name, &value);
    }
    let bench = Arc::new(bench);
    let ran = proofhouse_runner::run(&job(Arc::clone(&bench)));
    bench.make_safe();
    ran?;
    Ok(())
}

/// A folder of this process, removed afterwards: the flash of virtual devices holds secrets in clear.
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes it in the system's temporary folder; `word` tells what for.
    ///
    /// # Errors
    /// No space, no permission.
    pub fn new(word: &str) -> std::io::Result<Self> {
        let path = scratch_path(word);
        let mut maker = std::fs::DirBuilder::new();
        // Nobody else is to read it.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
        maker.recursive(true).create(&path)?;
        Ok(Self(path))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn salt() -> [u8; 16] {
    let mut salt = [0; 16];
    for half in salt.chunks_exact_mut(4) {
        half.copy_from_slice(&u32::try_from(draw()).unwrap_or_default().to_le_bytes());
    }
    salt
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|t| t.trim().to_owned())
        .unwrap_or_else(|_| "unknown".to_owned())
}
