//! From a selection to a plan, and from a plan to a finished run. Shared by the binary and by the suites' test targets.

mod carry_out;
mod proof;

pub(crate) use carry_out::host_name;
pub use carry_out::{Broken, GoOn, Order, Ran, Start, carry_out, execute};
pub use proof::{MATRIX_FILE, PROOF_DIR, PROOF_FILE, read_proof};

use crate::args::Selection;
use crate::operator;
use crate::places::{self, HeldPlaces};
use crate::scratch;
use crate::scripts::Scripts;
use crate::sources::Sources;
use crate::spoil::{self, BlindProfile};
use crate::virtuals::{self, Virtual};
use proof::proof;
use proofhouse_lease::NotLeased;
use proofhouse_model::{
    BenchSpec, CaseId, Diagnostic, Fitness, Plan, ProductId, Profile, RunMode, SuiteSource,
};
use proofhouse_planner as planner;
use proofhouse_runner::{Cancel, CaseBody, RunProduct};
use proofhouse_script as script;
use proofhouse_transport::console::usb::Places;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

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

    /// The cases of the whole suite.
    pub(crate) fn cases(&self) -> &BTreeMap<CaseId, Arc<dyn CaseBody>> {
        &self.cases
    }

    /// The products of the bench, with their scripts.
    pub(crate) fn products(&self) -> &BTreeMap<ProductId, RunProduct> {
        &self.products
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

/// The same for a run: places of a farm are taken, once the files are without a mistake and whoever may be asked is
/// there.
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
        let plan = plan_of(selection, shard, root, &read, assumed);
        attended(&plan.map_err(NotPrepared::Wrong)?)?;
    }
    let places = places::take(&mut read.bench, cancel).map_err(NotPrepared::NoPlace)?;
    let mut session = planned(selection, shard, root, read).map_err(NotPrepared::Wrong)?;
    session.places = places;
    attended(&session.plan)?;
    Ok(session)
}

/// Whether somebody can be asked, where a case may.
fn attended(plan: &Plan) -> Result<(), NotPrepared> {
    let refused = operator::refused(plan, operator::has_terminal());
    refused.map_or(Ok(()), |why| Err(NotPrepared::Wrong(vec![why])))
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
        without_operator: match selection.no_operator {
            true => operator::of_bench(bench),
            false => Vec::new(),
        },
    };
    let used = bench.units.iter().map(|unit| mode.as_used(unit));
    bench.units = used.collect();
    let mut made = Vec::new();
    for (product, names) in &mode.blinds {
        let its = virtuals.iter().filter(|v| v.name == product.as_str());
        let all = its.flat_map(|v| &v.blinds);
        let blinds: Vec<_> = all.filter(|b| names.contains(&b.name)).collect();
        made.extend(spoil::spoil_profile(product, &blinds, bench)?);
    }
    Ok((mode, made))
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

/// Version and, as its build number, the sources: what was proved or run with other sources was another program's.
pub(crate) fn tool() -> String {
    let sources: String = env!("PROOFHOUSE_SOURCES").chars().take(8).collect();
    format!("{}+{sources}", env!("CARGO_PKG_VERSION"))
}
