//! From a selection to a plan, and from a plan to a finished run. Shared by the binary and by the suites' test targets.

use crate::args::Selection;
use crate::children::VIRTUAL;
use crate::die::{self, DieAfter};
use crate::going_off;
use crate::not_opened::{self, NotOpened};
use crate::places::{self, HeldPlaces};
use crate::scratch::{self, Scratch};
use crate::scripts::Scripts;
use crate::sources::Sources;
use crate::spoil::{self, BlindProfile};
use crate::virtuals::{self, Virtual};
use proofhouse_bench::faulty::Faulty;
use proofhouse_bench::{Bench, Guard, Holder, Listener, Surroundings};
use proofhouse_journal::Writer;
use proofhouse_lease::NotLeased;
use proofhouse_model::{
    BenchSpec, CaseId, Diagnostic, Fact, FaultKind, Fitness, Plan, ProductId, Profile, Proof,
    RunMode, SuiteSource, UnitName,
};
use proofhouse_planner as planner;
use proofhouse_report::{Folded, matrix};
use proofhouse_runner::{
    Cancel, CaseBody, Job, Past, Patience, Recorder, RunProduct, SecretBook, Watcher,
};
use proofhouse_script as script;
use proofhouse_transport::console::PortChange;
use proofhouse_transport::console::usb::Places;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Name of the file in which `prove` keeps its result for later runs.
pub const PROOF_FILE: &str = "proof.json";
/// The matrix that it was made from, beside it.
pub const MATRIX_FILE: &str = "matrix.json";
/// Folder of both among the runs, sealed as they are.
pub const PROOF_DIR: &str = "proof";

/// A plan and the scripts it was made from. Nothing has been touched yet.
pub struct Session {
    /// What would run.
    pub plan: Arc<Plan>,
    plan_json: Vec<u8>,
    cases: BTreeMap<CaseId, Arc<dyn CaseBody>>,
    /// SHA-256 of each case with its libraries, of the whole suite.
    texts: BTreeMap<CaseId, String>,
    products: BTreeMap<ProductId, RunProduct>,
    /// Live as long as the run: files are read from them.
    blind_profiles: Vec<BlindProfile>,
    /// Virtual products of the bench, planned or not.
    pub(crate) virtuals: Vec<Virtual>,
    /// Live as long as the run, likewise.
    pub(crate) sources: Sources,
    /// The bench as its file has it, without what places of a farm bring.
    as_written: BenchSpec,
    /// Places of a farm on which its units stand.
    places: HeldPlaces,
}

/// The three kinds of files and the scripts, read and checked.
pub(crate) struct Read {
    pub(crate) suite: planner::Suite,
    pub(crate) bench: BenchSpec,
    pub(crate) mode: RunMode,
    pub(crate) products: Vec<ReadProduct>,
    pub(crate) cases: Vec<script::Case>,
    pub(crate) suite_source: SuiteSource,
    virtuals: Vec<Virtual>,
    blind_profiles: Vec<BlindProfile>,
    sources: Sources,
    as_written: BenchSpec,
}

/// A profile's folder, read and checked.
pub(crate) struct ReadProduct {
    /// As planned: the folder of a built-in one is told by its name.
    pub(crate) profile: Profile,
    /// Where its files are.
    folder: String,
    device: Option<script::DeviceScript>,
}

impl Session {
    /// A plan with the scripts it was made from.
    pub(crate) fn of(plan: Arc<Plan>, plan_json: Vec<u8>, read: Read) -> Self {
        let body = |case: script::Case| -> (CaseId, Arc<dyn CaseBody>) {
            (case.meta.id.clone(), Arc::new(case))
        };
        let product = |product: ReadProduct| {
            let id = product.profile.id.clone();
            let profile = Profile {
                folder: product.folder,
                ..product.profile
            };
            let run = RunProduct {
                profile: Arc::new(profile),
                device: product.device.map(Arc::new),
            };
            (id, run)
        };
        let texts = read.cases.iter();
        let texts = texts.map(|c| (c.meta.id.clone(), c.meta.sha256.clone()));
        Self {
            plan,
            plan_json,
            texts: texts.collect(),
            cases: read.cases.into_iter().map(body).collect(),
            products: read.products.into_iter().map(product).collect(),
            blind_profiles: read.blind_profiles,
            virtuals: read.virtuals,
            sources: read.sources,
            as_written: read.as_written,
            places: HeldPlaces::default(),
        }
    }

    /// The same with what is known of its bench.
    pub(crate) fn with_fitness(mut self, fitness: Fitness) -> Self {
        let mut plan = Plan::clone(&self.plan);
        plan.fitness = Some(fitness);
        self.plan_json = planner::plan_json(&plan);
        self.plan = Arc::new(plan);
        self
    }

    /// Takes the places on which units stand, for a plan that is made already.
    ///
    /// # Errors
    /// One cannot be had, or brings something else than it did when the plan was made.
    pub(crate) fn take_places(&mut self, cancel: &Cancel) -> Result<(), NotLeased> {
        let mut bench = self.as_written.clone();
        places::same_again(&mut bench, &self.plan.bench);
        let held = places::take(&mut bench, cancel)?;
        places::are_as_planned(&self.plan.bench, &bench)?;
        if bench.farm.is_some() {
            let mut plan = Plan::clone(&self.plan);
            plan.bench.units = bench.units;
            self.plan = Arc::new(plan);
        }
        self.places = held;
        Ok(())
    }

    /// SHA-256 of each case with its libraries, of the whole suite.
    pub(crate) fn case_texts(&self) -> &BTreeMap<CaseId, String> {
        &self.texts
    }
}

/// Reads and checks everything that is named or that defaults name, seen from `root`.
///
/// # Errors
/// Every mistake found, each at its place.
pub(crate) fn read(selection: &Selection, root: &Path) -> Result<Read, Vec<Diagnostic>> {
    let sources = Sources::find(selection, root)?;
    let mut wrong = Vec::new();
    let suite = keep(
        planner::read_suite(&sources.suite, selection.edition),
        &mut wrong,
    );
    let mut bench = keep(planner::read_bench(&sources.bench), &mut wrong);
    let called = sources.called(&sources.suite);
    let scripts = Scripts::new()?;
    let (cases, faults) = scripts.suite_cases(&sources.suite, called.as_deref());
    wrong.extend(faults);
    let (mut mode, mut blind_profiles, mut products) = Default::default();
    // Before blinds give units a copy of their profile: the paths of a program are seen from where it is.
    let virtuals = bench.as_ref().map(virtuals::of_bench);
    let virtuals = virtuals.and_then(|read| keep(read, &mut wrong));
    let virtuals = virtuals.unwrap_or_default();
    if let Some(bench) = &mut bench {
        match sabotage(selection, &virtuals, bench) {
            Ok(made) => (mode, blind_profiles) = made,
            Err(fault) => wrong.push(*fault),
        }
        products = read_products(bench, suite.as_ref(), &sources, &scripts, &mut wrong);
        wrong.extend(misnamed(bench, &virtuals, &products));
        wrong.extend(on_one_port(bench));
    }
    let (Some(mut suite), Some(bench), true) = (suite, bench, wrong.is_empty()) else {
        return Err(sources.told(wrong));
    };
    suite.folder = sources.shown(&suite.folder);
    let bench = sources.planned(bench);
    Ok(Read {
        suite,
        as_written: bench.clone(),
        bench,
        mode,
        products,
        cases,
        suite_source: sources.suite_source()?,
        virtuals,
        blind_profiles,
        sources,
    })
}

/// The profiles that the units of a bench name, each once.
fn read_products(
    bench: &BenchSpec,
    suite: Option<&planner::Suite>,
    sources: &Sources,
    scripts: &Scripts,
    wrong: &mut Vec<Diagnostic>,
) -> Vec<ReadProduct> {
    let folders: BTreeSet<&str> = bench.units.iter().map(|u| u.profile.as_str()).collect();
    let mut out = Vec::new();
    for folder in folders {
        let path = Path::new(folder);
        let called = sources.called(path);
        let (device, faults) = scripts.device_script(path, called.as_deref());
        let profile = suite.and_then(|suite| keep(planner::read_profile(path, suite), wrong));
        wrong.extend(faults);
        out.extend(profile.map(|mut profile| {
            profile.folder = sources.shown(folder);
            ReadProduct {
                profile,
                folder: folder.to_owned(),
                device,
            }
        }));
    }
    out
}

/// Two consoles that are one port, by a number and by what its adapter is.
fn on_one_port(bench: &BenchSpec) -> Option<Diagnostic> {
    let folder = Path::new(&bench.file).parent().unwrap_or(Path::new(""));
    let message = proofhouse_bench::on_one_port(&bench.units, folder, &Places::default())?;
    Some(Diagnostic::whole(&bench.file, message))
}

/// Promises and defects go by the product's id, so a virtual product's name has to be it.
fn misnamed(
    bench: &BenchSpec,
    virtuals: &[Virtual],
    products: &[ReadProduct],
) -> Option<Diagnostic> {
    let program = |name: &str| {
        virtuals
            .iter()
            .any(|v| v.name == name && v.command.is_some())
    };
    bench.units.iter().find_map(|unit| {
        let name = unit.virtual_product.as_deref().filter(|n| program(n))?;
        let its = products.iter().find(|p| p.folder == unit.profile)?;
        let id = its.profile.id.as_str();
        let message = format!(
            "unit {} is virtual {name}, its profile's product is {id}",
            unit.name
        );
        let whole = Diagnostic::whole(&bench.file, message);
        (id != name).then(|| whole.expected(format!("`virtual = \"{id}\"`")))
    })
}

/// Reads and checks everything and plans; `root` is where relative defaults are looked for. Nothing is touched: of a
/// place of a farm it is assumed what it may bring.
///
/// # Errors
/// Every mistake found, each at its place.
pub fn prepare(selection: &Selection, root: &Path) -> Result<Session, Vec<Diagnostic>> {
    prepare_part(selection, None, root)
}

/// The same for one part of so many.
///
/// # Errors
/// The same; and there is no such part of this plan.
pub fn prepare_part(
    selection: &Selection,
    shard: Option<(u32, u32)>,
    root: &Path,
) -> Result<Session, Vec<Diagnostic>> {
    scratch::sweep();
    let mut read = read(selection, root)?;
    places::assume(&mut read.bench);
    planned(selection, shard, root, read)
}

/// Why there is nothing to run.
pub enum NotPrepared {
    /// Mistakes in the files, each at its place.
    Wrong(Vec<Diagnostic>),
    /// A place of the farm is not had.
    NoPlace(NotLeased),
}

/// The same for a run: places of a farm are taken, once the files are without a mistake.
///
/// # Errors
/// Every mistake found, or the place that is not had.
pub fn prepare_to_run(
    selection: &Selection,
    shard: Option<(u32, u32)>,
    root: &Path,
    cancel: &Cancel,
) -> Result<Session, NotPrepared> {
    scratch::sweep();
    let mut read = read(selection, root).map_err(NotPrepared::Wrong)?;
    if read.bench.farm.is_some() {
        // A mistake on the command line, too, is found before anything is taken.
        let mut assumed = read.bench.clone();
        places::assume(&mut assumed);
        plan_of(selection, shard, root, &read, assumed).map_err(NotPrepared::Wrong)?;
    }
    let places = places::take(&mut read.bench, cancel).map_err(NotPrepared::NoPlace)?;
    let mut session = planned(selection, shard, root, read).map_err(NotPrepared::Wrong)?;
    session.places = places;
    Ok(session)
}

fn planned(
    selection: &Selection,
    shard: Option<(u32, u32)>,
    root: &Path,
    read: Read,
) -> Result<Session, Vec<Diagnostic>> {
    let plan = plan_of(selection, shard, root, &read, read.bench.clone())?;
    let plan_json = planner::plan_json(&plan);
    Ok(Session::of(Arc::new(plan), plan_json, read))
}

fn plan_of(
    selection: &Selection,
    shard: Option<(u32, u32)>,
    root: &Path,
    read: &Read,
    bench: BenchSpec,
) -> Result<Plan, Vec<Diagnostic>> {
    let proof = proof(selection, root)?;
    let products = read.products.iter().map(|p| planner::ProductInputs {
        profile: p.profile.clone(),
        device_ops: p.device.as_ref().map(ops_of).unwrap_or_default(),
    });
    let plan = planner::plan(planner::PlanInputs {
        suite: read.suite.clone(),
        suite_source: read.suite_source.clone(),
        cases: read.cases.iter().map(|c| c.meta.clone()).collect(),
        products: products.collect(),
        bench,
        mode: read.mode.clone(),
        filter: planner::Filter {
            units: selection.unit.clone(),
            products: selection.product.clone(),
            cases: selection.case.clone(),
            provisions: selection.provision.clone(),
        },
        seed: selection.seed.unwrap_or_else(draw),
        complete: selection.complete,
        retries: selection.retries,
        proof,
        tool: tool(),
    })?;
    match shard {
        Some((part, of)) => planner::part_of(plan, part, of).map_err(|wrong| vec![*wrong]),
        None => Ok(plan),
    }
}

fn ops_of(device: &script::DeviceScript) -> BTreeSet<String> {
    device.ops().into_iter().map(str::to_owned).collect()
}

/// What the command line adds to the bench; a spoilt profile stands in a folder of its own, which its units then name.
fn sabotage(
    selection: &Selection,
    virtuals: &[Virtual],
    bench: &mut BenchSpec,
) -> Result<(RunMode, Vec<BlindProfile>), Box<Diagnostic>> {
    let fault = selection.fault.as_deref();
    let mode = RunMode {
        defects: spoil::defects(&selection.defect, virtuals, bench)?,
        blinds: spoil::blinds(&selection.blind, virtuals, bench)?,
        fault: fault.map(|f| crate::fault::read(f, bench)).transpose()?,
        renew: selection.renew,
    };
    let mut made = Vec::new();
    for (product, names) in &mode.blinds {
        let its = virtuals.iter().filter(|v| v.name == product.as_str());
        let all = its.flat_map(|v| &v.blinds);
        let blinds: Vec<_> = all.filter(|b| names.contains(&b.name)).collect();
        made.extend(spoil::spoil_profile(product, &blinds, bench)?);
    }
    Ok((mode, made))
}

/// How virtual products are run that are programs of their own.
fn commands(virtuals: &[Virtual]) -> BTreeMap<String, Vec<String>> {
    let command = |v: &Virtual| Some((v.name.clone(), v.command.clone()?));
    virtuals.iter().filter_map(command).collect()
}

/// Longest proof read, in bytes.
const LONGEST_PROOF: u64 = 16 << 20;

/// The last proof of the suite. A folder that was named must be there.
fn proof(selection: &Selection, root: &Path) -> Result<Option<Proof>, Vec<Diagnostic>> {
    let path = match &selection.proof {
        Some(given) => given.clone(),
        None => root.join("runs").join(PROOF_DIR),
    };
    if selection.proof.is_none() && std::fs::symlink_metadata(&path).is_err() {
        return Ok(None);
    }
    read_proof(&path).map(Some).map_err(|why| {
        let message = format!("this proof of the suite does not count: {why}");
        let help = "make it again with `proofhouse prove`, or remove the folder";
        vec![Diagnostic::whole(&path.display().to_string(), message).help(help)]
    })
}

/// A proof counts only from a folder of which every byte is as `prove` sealed it, with the matrix that shows it.
///
/// # Errors
/// Why it does not.
pub(crate) fn read_proof(folder: &Path) -> Result<Proof, String> {
    if !folder.is_dir() {
        let what =
            "a proof is the folder that `prove` seals (such as runs/proof), and this is no folder";
        return Err(what.to_owned());
    }
    let files =
        proofhouse_journal::read_sealed(folder, LONGEST_PROOF).map_err(|e| e.to_string())?;
    let file = |name: &str| {
        files
            .get(name)
            .ok_or_else(|| format!("there is no {name} in it"))
    };
    let proof =
        serde_json::from_slice(file(PROOF_FILE)?).map_err(|e| format!("{PROOF_FILE}: {e}"))?;
    matrix::vouches(file(MATRIX_FILE)?, &proof)?;
    Ok(proof)
}

/// The clock of the bench PC, RFC 3339 without fractions, UTC.
#[must_use]
pub fn wall_clock() -> String {
    let now = time::OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(0).unwrap_or(now);
    now.format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default()
}

fn keep<T>(result: Result<T, Vec<Diagnostic>>, wrong: &mut Vec<Diagnostic>) -> Option<T> {
    result.map_err(|faults| wrong.extend(faults)).ok()
}

/// Four bytes of the system's randomness: as a seed they are printed and kept in the plan.
pub(crate) fn draw() -> u64 {
    // A system without any is told when the salt is drawn; here the clock will do, since nothing secret rests on it.
    let clock = || time::OffsetDateTime::now_utc().nanosecond();
    u64::from(getrandom::u32().unwrap_or_else(|_| clock()))
}

/// Where what consoles say goes, once the journal is open.
#[derive(Default)]
struct Ears(OnceLock<Arc<Recorder>>);

impl Listener for Ears {
    fn console_output(&self, unit: &UnitName, bytes: &[u8], lost: u64) {
        if let Some(recorder) = self.0.get() {
            // A journal that cannot be written cancels the run by itself.
            let _ = recorder.heard(unit, bytes, lost);
        }
    }

    fn port_changed(&self, unit: &UnitName, change: PortChange) {
        let fact = match change {
            PortChange::Flushed(bytes) => Fact::PortFlushed { bytes },
            PortChange::Gone(why) => Fact::PortGone { why },
            PortChange::Back => Fact::PortBack,
        };
        if let Some(recorder) = self.0.get() {
            let _ = recorder.record(None, Some(unit), fact);
        }
    }

    fn secret(&self, unit: &UnitName, name: &str, value: &str) {
        if let Some(recorder) = self.0.get() {
            recorder.learn_given(unit, name, value);
        }
    }

    fn masked(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.get().map_or_else(Vec::new, |r| r.masked(bytes))
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
pub struct Order<'a> {
    /// Folder of the run.
    pub run_dir: &'a Path,
    /// From nothing, or behind what a dead harness left.
    pub start: Start,
    /// Most tasks at a time; `None` for as many as there are units.
    pub workers: Option<NonZeroUsize>,
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
}

/// A run that came to its end and is sealed.
pub struct Ran {
    /// What came of it, as read back from its folder.
    pub folded: Folded<'static>,
    /// Events that were journaled and not shown: the display did not keep up.
    pub missed: u64,
}

/// How long the display may take, after the end of a run, to show what it has not shown yet.
const WATCHERS_PATIENCE: Duration = Duration::from_secs(2);

/// Runs a plan into a fresh folder and reads back what was journaled.
///
/// # Errors
/// As [`carry_out`].
pub fn execute(
    session: &Session,
    run_dir: &Path,
    watchers: Vec<Watcher>,
    cancel: &Cancel,
) -> Result<Ran, Broken> {
    let order = Order {
        run_dir,
        start: Start::Fresh,
        workers: None,
        die_after: None,
    };
    carry_out(session, order, watchers, cancel)
}

/// Runs what is left of a plan, writes the reports, seals the folder, and gives what was journaled.
///
/// # Errors
/// The run's folder cannot be made or read, the bench cannot be opened, journal or reports cannot be written. The run
/// is not sealed then, and can be resumed; a new run whose bench cannot be opened leaves no folder.
pub fn carry_out(
    session: &Session,
    order: Order<'_>,
    watchers: Vec<Watcher>,
    cancel: &Cancel,
) -> Result<Ran, Broken> {
    let (run_dir, workers) = (order.run_dir, order.workers);
    let (mut writer, past) = match order.start {
        Start::Fresh => (Writer::create(run_dir, &session.plan_json)?, None),
        Start::GoOn(on) => (on.writer, Some(on.past)),
    };
    die::at(order.die_after, DieAfter::Plan);
    let ended = past.as_ref().is_some_and(|p| p.ended);
    let scratch = Scratch::new("run")?;
    let mut leftovers = vec![scratch.path().to_owned()];
    let copies = session.blind_profiles.iter();
    leftovers.extend(copies.map(|b| b.outer().to_owned()));
    leftovers.extend(session.sources.unpacked().map(Path::to_owned));
    writer.note_leftovers(leftovers)?;
    let at_us = past.as_ref().map_or(0, |p| p.at_us);
    let plan_hash = writer.plan_sha256();
    let recorder = Recorder::new(writer, SecretBook::new(salt()?), watchers, cancel.clone());
    let ears = Arc::new(Ears::default());
    let fault = session.plan.mode.fault.clone();
    let fault = fault.map(|f| Faulty::new(f, Arc::clone(&ears) as Arc<dyn Listener>));
    let recorder = recorder
        .with_brake(fault.as_ref().and_then(Faulty::brake))
        .with_tripwire(die::tripwire(order.die_after));
    let recorder = Arc::new(recorder.going_on_at(at_us));
    let _ = ears.0.set(Arc::clone(&recorder));
    let around = Surroundings {
        scratch: scratch.path().to_owned(),
        logs: run_dir.join(proofhouse_journal::LOGS_DIR),
        program: std::env::current_exe()?,
        virtual_word: VIRTUAL.to_owned(),
        commands: commands(&session.virtuals),
        listener: ears,
        fault,
        guard: None,
    };
    if !ended {
        let fresh = past.is_none();
        let holder = holder(run_dir);
        let ran = run_cases(session, around, (holder, cancel), |bench| Job {
            plan: Arc::clone(&session.plan),
            plan_hash,
            cases: session.cases.clone(),
            products: session.products.clone(),
            bench,
            recorder: Arc::clone(&recorder),
            cancel: cancel.clone(),
            host: host_name(),
            past,
            workers,
            patience: Patience::default(),
        });
        // Every supply is off by now, and the guard gone.
        session.places.give_back();
        if let Err(why) = ran {
            if fresh && why.is::<NotOpened>() {
                not_opened::forget(run_dir);
            }
            return Err(why);
        }
    }
    drop(scratch);
    let missed = recorder.dismiss_watchers(WATCHERS_PATIENCE);
    let folded = Folded::read(run_dir)?;
    proofhouse_report::write_all(run_dir, &folded)?;
    die::at(order.die_after, DieAfter::Reports);
    recorder.seal()?;
    Ok(Ran { folded, missed })
}

fn run_cases(
    session: &Session,
    mut around: Surroundings,
    (holder, cancel): (Holder, &Cancel),
    job: impl FnOnce(Arc<Bench>) -> Job,
) -> Result<(), Broken> {
    session.places.watch(cancel)?;
    let notes = session.places.notes();
    let guard = Guard::start(&around.program, &session.plan, (holder, notes), cancel);
    around.guard = guard.map_err(NotOpened)?;
    let bench = Bench::open(&session.plan, &around).map_err(NotOpened)?;
    let bench = Arc::new(bench);
    going_off::bench_is_open(&bench);
    let ran = proofhouse_runner::run(&job(Arc::clone(&bench)));
    // Kept beside the record: whatever breaks from here on, it is told.
    going_off::remember(bench.make_safe());
    ran?;
    Ok(())
}

/// For the hashes by which secrets go in the journal: one that could be guessed would let them be guessed.
fn salt() -> Result<[u8; 16], Broken> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|e| format!("the system gives no random numbers: {e}"))?;
    Ok(salt)
}

/// This process, as others on its host are told of it.
fn holder(run_dir: &Path) -> Holder {
    let user = ["LOGNAME", "USER"]
        .iter()
        .find_map(|k| std::env::var(k).ok());
    let run = std::path::absolute(run_dir).unwrap_or_else(|_| run_dir.to_owned());
    Holder {
        pid: std::process::id(),
        user: user.unwrap_or_else(|| "an unnamed user".to_owned()),
        since: wall_clock(),
        run: run.display().to_string(),
    }
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|t| t.trim().to_owned())
        .unwrap_or_else(|_| "unknown".to_owned())
}

/// Version and, as its build number, the sources: what was proved or run with other sources was another program's.
fn tool() -> String {
    let sources: String = env!("PROOFHOUSE_SOURCES").chars().take(8).collect();
    format!("{}+{sources}", env!("CARGO_PKG_VERSION"))
}
