//! What the tests of this floor are made of: tasks, and a bench that does as it is told.

use crate::{
    BenchControl, Cancel, CaseBody, Job, Patience, Recorder, RunProduct, SecretBook, UnitControl,
    UnitFacts,
};
use proofhouse_bench::faulty::DiskWork;
use proofhouse_bench::{Budget, Keep, MayBeOn};
use proofhouse_journal::Writer;
use proofhouse_model::event::{Agreed, CaseEnd, GuardActed};
use proofhouse_model::{
    BlobId, CaseId, CaseMeta, Channel, Check, Dur, Event, Fact, Finding, Observation, Op, Plan,
    ProductId, Profile, Task, TaskId, Trouble, TroubleKind, UnitName,
};
use proofhouse_script::{DeviceScript, Host};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

#[path = "../../model/src/smallest.rs"]
#[allow(dead_code)] // Each test takes its part.
mod smallest;

pub fn unit(name: &str) -> UnitName {
    UnitName::new(name).unwrap()
}

/// A case of the name, harmless, on one unit.
pub fn case(name: &str) -> CaseMeta {
    CaseMeta {
        takes: Dur::ms(1),
        ..smallest::case(name)
    }
}

/// The task at a place of its plan, on these units.
pub fn task(at: usize, units: &[&str]) -> Task {
    Task {
        id: TaskId::at(at),
        case: Arc::new(case(&format!("case-{at}"))),
        product: ProductId::new("product").unwrap(),
        units: units.iter().map(|u| unit(u)).collect(),
    }
}

/// A plan of tasks on a bench without wires; each unit is of the one product.
pub fn plan(tasks: Vec<Task>) -> Plan {
    let names: BTreeSet<UnitName> = tasks.iter().flat_map(|t| t.units.clone()).collect();
    Plan {
        tasks,
        ..smallest::plan(profile(), names.into_iter().collect())
    }
}

/// The same on a bench of these units, with a console each: all are of the product, whether a task names them or not.
pub fn plan_on(names: &[&str], tasks: Vec<Task>) -> Plan {
    let console = || [(Channel::Console, smallest::wire("serial", []))];
    let units = names.iter().map(|name| unit(name)).collect();
    let mut plan = Plan {
        tasks,
        ..smallest::plan(profile(), units)
    };
    let wired = names.iter().map(|name| smallest::unit(name, console()));
    plan.bench.units = wired.collect();
    plan
}

pub fn profile() -> Profile {
    smallest::profile("product")
}

/// What a fake unit does.
#[derive(Default)]
pub struct FakeUnit {
    /// Its answer to `rest`.
    pub rest: Option<Trouble>,
    /// Its answer to `agrees`.
    pub differs: Option<Trouble>,
    /// What comes back from each op; nothing but `Done` unless said.
    pub answer: Option<Observation>,
    /// `rest` waits for this to be let go.
    pub rest_waits: Option<Arc<Latch>>,
    /// Carries out ops in place of `answer`.
    pub does: Option<Box<Does>>,
    /// Channels that are not wired.
    pub without: Vec<Channel>,
    /// How long the person may take whom `Op::Reset` asks.
    pub asks: Option<Duration>,
    /// Whether nobody answers them.
    pub unanswered: bool,
}

/// An op as a driver gets it.
pub type Does = dyn Fn(&Op, &Budget, &mut Keep<'_>) -> Result<Observation, Trouble> + Send + Sync;

impl FakeUnit {
    /// A unit that does as a function says.
    pub fn that(
        does: impl Fn(&Op, &Budget, &mut Keep<'_>) -> Result<Observation, Trouble>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            does: Some(Box::new(does)),
            ..Self::default()
        }
    }
}

/// A door that opens once.
#[derive(Default)]
pub struct Latch(Mutex<bool>, Condvar);

impl Latch {
    pub fn open(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }

    pub fn wait(&self) {
        let shut = self.0.lock().unwrap();
        drop(self.1.wait_while(shut, |open| !*open).unwrap());
    }
}

/// A bench of fake units; counts what is switched off.
#[derive(Default)]
pub struct FakeBench {
    pub units: BTreeMap<UnitName, Arc<FakeUnit>>,
    pub switched_off: Mutex<Vec<UnitName>>,
    /// Units that are somebody else's by the end of a case.
    pub lost: Vec<UnitName>,
    /// Units that their farm took back.
    pub taken: Arc<Mutex<Vec<(UnitName, Trouble)>>>,
}

impl FakeBench {
    /// Honest units of these names.
    pub fn of(names: &[&str]) -> Self {
        let units = names.iter().map(|n| (unit(n), Arc::default()));
        Self {
            units: units.collect(),
            ..Self::default()
        }
    }
}

struct Held(UnitName, Arc<FakeUnit>);

impl BenchControl for FakeBench {
    fn unit(&self, name: &UnitName) -> Option<Arc<dyn UnitControl>> {
        let fake = self.units.get(name)?;
        Some(Arc::new(Held(name.clone(), Arc::clone(fake))))
    }

    fn facts(&self) -> Vec<UnitFacts> {
        Vec::new()
    }

    fn power_off(&self, name: &UnitName) {
        self.switched_off.lock().unwrap().push(name.clone());
    }

    fn make_safe(&self) -> Vec<MayBeOn> {
        self.units.keys().for_each(|name| self.power_off(name));
        Vec::new()
    }

    fn guard_acted(&self) -> Option<GuardActed> {
        None
    }

    fn taken_back(&self) -> Vec<(UnitName, Trouble)> {
        self.taken.lock().unwrap().clone()
    }

    fn still_ours(&self, units: &[UnitName]) -> Result<(), Trouble> {
        match units.iter().find(|unit| self.lost.contains(unit)) {
            None => Ok(()),
            Some(unit) => Err(Trouble {
                kind: TroubleKind::Bench,
                channel: None,
                what: format!("the place of {unit} is somebody else's"),
                try_next: None,
            }),
        }
    }
}

impl UnitControl for Held {
    fn name(&self) -> &UnitName {
        &self.0
    }

    fn has(&self, channel: Channel) -> bool {
        !self.1.without.contains(&channel)
    }

    fn perform(
        &self,
        op: &Op,
        budget: &Budget,
        keep: &mut Keep<'_>,
    ) -> Result<Observation, Trouble> {
        if let Some(does) = &self.1.does {
            return does(op, budget, keep);
        }
        Ok(self.1.answer.clone().unwrap_or(Observation::Done))
    }

    fn person_within(&self, op: &Op) -> Option<Duration> {
        self.1.asks.filter(|_| matches!(op, Op::Reset))
    }

    fn nobody_answered(&self) -> bool {
        self.1.unanswered
    }

    fn agrees(&self, _budget: &Budget) -> Result<Option<Agreed>, Trouble> {
        self.1.differs.clone().map_or(Ok(None), Err)
    }

    fn rest(&self) -> Result<(), Trouble> {
        if let Some(latch) = &self.1.rest_waits {
            latch.wait();
        }
        self.1.rest.clone().map_or(Ok(()), Err)
    }
}

/// A case as a function of its host.
pub struct Body(pub Box<dyn Fn(Arc<dyn Host>) -> CaseEnd + Send + Sync>);

impl CaseBody for Body {
    fn run(&self, _: Option<&DeviceScript>, host: Arc<dyn Host>) -> CaseEnd {
        (self.0)(host)
    }
}

/// A run of a plan on a fake bench, with its journal in a folder that lasts as long.
pub struct FakeRun {
    pub job: Job,
    pub bench: Arc<FakeBench>,
    /// How often the journal was brought to the disk itself.
    pub syncs: Arc<AtomicUsize>,
    folder: Arc<tempfile::TempDir>,
}

/// Reads the journal of a run while it is written.
#[derive(Clone)]
pub struct Journal(Arc<tempfile::TempDir>);

impl Journal {
    /// What is with the operating system: task and fact.
    pub fn facts(&self) -> Vec<(Option<TaskId>, Fact)> {
        let events = self.events().into_iter();
        events.map(|e| (e.task, e.fact)).collect()
    }

    /// The same as it is written.
    pub fn events(&self) -> Vec<Event> {
        let file = self.0.path().join("run/events.jsonl");
        let text = std::fs::read_to_string(file).unwrap();
        let event = |line: &str| serde_json::from_str::<Event>(line).unwrap();
        text.lines().map(event).collect()
    }

    /// A file of evidence, as it lies on the disk.
    pub fn blob(&self, id: &BlobId) -> Vec<u8> {
        let folders = std::fs::read_dir(self.0.path().join("run/blobs")).unwrap();
        let mut files = folders.flat_map(|f| std::fs::read_dir(f.unwrap().path()).unwrap());
        let named =
            |f: &std::fs::DirEntry| id.as_str().ends_with(&*f.file_name().to_string_lossy());
        let file = files.find_map(|f| f.ok().filter(named)).unwrap();
        std::fs::read(file.path()).unwrap()
    }
}

impl FakeRun {
    /// Every case ends well at once; `bodies` say otherwise.
    pub fn new(plan: Plan, bench: FakeBench, bodies: Vec<(&str, Body)>) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let writer = Writer::create(
            &folder.path().join("run"),
            &serde_json::to_vec(&plan).unwrap(),
        );
        let cancel = Cancel::new();
        let book = SecretBook::new([0; 16]);
        let syncs = Arc::new(AtomicUsize::new(0));
        let synced = Arc::clone(&syncs);
        let recorder = Recorder::new(writer.unwrap(), book, Vec::new(), cancel.clone());
        let recorder = recorder.with_brake(Some(Box::new(move |work| {
            if matches!(work, DiskWork::Sync) {
                synced.fetch_add(1, Ordering::SeqCst);
            }
        })));
        let well = || -> Arc<dyn CaseBody> { Arc::new(Body(Box::new(|_| CaseEnd::Complete))) };
        let ids = plan.tasks.iter().map(|t| t.case.id.clone());
        let mut cases: BTreeMap<CaseId, Arc<dyn CaseBody>> = ids.map(|id| (id, well())).collect();
        for (name, body) in bodies {
            cases.insert(CaseId::new(name).unwrap(), Arc::new(body));
        }
        let product = RunProduct {
            profile: Arc::new(profile()),
            device: None,
        };
        let bench = Arc::new(bench);
        let job = Job {
            plan: Arc::new(plan),
            plan_hash: "0".repeat(64),
            cases,
            products: BTreeMap::from([(profile().id, product)]),
            bench: Arc::<FakeBench>::clone(&bench),
            recorder: Arc::new(recorder),
            cancel,
            host: "test".to_owned(),
            past: None,
            workers: None,
            patience: Patience {
                grace: Duration::from_millis(20),
                cancelled: Duration::from_millis(20),
            },
        };
        Self {
            job,
            bench,
            syncs,
            folder,
        }
    }

    /// What is in the journal: task and fact.
    pub fn journal(&self) -> Vec<(Option<TaskId>, Fact)> {
        self.reader().facts()
    }

    /// For whoever reads the journal from within an op.
    pub fn reader(&self) -> Journal {
        Journal(Arc::clone(&self.folder))
    }

    /// The order in which tasks started.
    pub fn started(&self) -> Vec<TaskId> {
        let all = self.journal().into_iter();
        all.filter(|(_, f)| matches!(f, Fact::TaskStarted { .. }))
            .filter_map(|(task, _)| task)
            .collect()
    }

    /// How each task ended, in the journal's order.
    pub fn ends(&self) -> Vec<(TaskId, CaseEnd)> {
        let all = self.journal().into_iter();
        all.filter_map(|(task, fact)| match fact {
            Fact::TaskEnded { end } => Some((task?, end)),
            _ => None,
        })
        .collect()
    }
}

/// A check of all its case, with no more to say.
pub fn a_check(finding: Finding) -> Check {
    Check {
        finding,
        holds: "it holds".to_owned(),
        otherwise: "it does not".to_owned(),
        detail: String::new(),
        serves: Vec::new(),
        guides: Vec::new(),
        units: Vec::new(),
        rows: Vec::new(),
        state: None,
        against: Vec::new(),
        measurement: None,
        rests_on: Vec::new(),
        line: None,
    }
}
