//! What the tests of this floor are made of: tasks, and a bench that does as it is told.

use crate::{
    BenchControl, Cancel, CaseBody, Job, Patience, Recorder, RunProduct, SecretBook, UnitControl,
    UnitFacts,
};
use proofhouse_bench::{Budget, Keep};
use proofhouse_journal::Writer;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::profile::Product;
use proofhouse_model::{
    BenchSpec, CaseId, CaseMeta, Catalogue, Channel, Dur, Edition, Event, Fact, Observation, Op,
    Per, Plan, PlannedProduct, ProductId, Profile, RunMode, Sample, Task, TaskId, Trouble,
    UnitName,
};
use proofhouse_script::{DeviceScript, Host};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

pub fn unit(name: &str) -> UnitName {
    UnitName::new(name).unwrap()
}

/// A case of the name, harmless, on one unit.
pub fn case(name: &str) -> CaseMeta {
    CaseMeta {
        id: CaseId::new(name).unwrap(),
        title: name.to_owned(),
        file: format!("cases/{name}.star"),
        sha256: "0".repeat(64),
        provisions: Vec::new(),
        units: Vec::new(),
        guides: Vec::new(),
        needs: vec![Channel::Console],
        wants: Vec::new(),
        device_ops: Vec::new(),
        ixit: Vec::new(),
        effects: Vec::new(),
        sample: Sample::Production,
        specimens: 1,
        per: Per::Product,
        within: Dur::secs(60),
        takes: Dur::ms(1),
        caught_on: Vec::new(),
        undecided_on: Vec::new(),
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
    let product = PlannedProduct {
        profile: profile(),
        units: names.iter().cloned().collect(),
    };
    Plan {
        format: "2.0".to_owned(),
        tool: "test".to_owned(),
        suite: "test".to_owned(),
        suite_source: proofhouse_model::SuiteSource::Folder {
            path: String::new(),
            sha256: String::new(),
        },
        catalogue: Catalogue {
            standard: "EN 303 645".to_owned(),
            edition: Edition::V2_1_1,
            conditions: Vec::new(),
            provisions: Vec::new(),
            guides: Vec::new(),
        },
        products: BTreeMap::from([(profile().id, product)]),
        bench: BenchSpec {
            file: "bench.toml".to_owned(),
            sha256: "0".repeat(64),
            name: "bench".to_owned(),
            units: Vec::new(),
        },
        mode: RunMode::default(),
        tasks,
        left_out: Vec::new(),
        seed: 1,
        complete: false,
        retries: 0,
        proof: None,
    }
}

pub fn profile() -> Profile {
    let text = |t: &str| t.to_owned();
    Profile {
        id: ProductId::new("product").unwrap(),
        name: text("product"),
        folder: text("product"),
        sha256: "0".repeat(64),
        product: Product {
            maker: text("m"),
            model: text("m"),
            hardware: text("1"),
            software: text("1"),
        },
        claims: Vec::new(),
        ixit: BTreeMap::new(),
        console: None,
        debug: None,
        public_labels: Vec::new(),
        files: BTreeMap::new(),
        limits: BTreeMap::new(),
        values: BTreeMap::new(),
    }
}

/// What a fake unit does.
#[derive(Default)]
pub struct FakeUnit {
    /// Its answer to `rest`.
    pub rest: Option<Trouble>,
    /// What comes back from each op; nothing but `Done` unless said.
    pub answer: Option<Observation>,
    /// `rest` waits for this to be let go.
    pub rest_waits: Option<Arc<Latch>>,
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

    fn make_safe(&self) {
        self.units.keys().for_each(|name| self.power_off(name));
    }
}

impl UnitControl for Held {
    fn name(&self) -> &UnitName {
        &self.0
    }

    fn has(&self, _: Channel) -> bool {
        true
    }

    fn perform(&self, _: &Op, _: &Budget, _: &mut Keep<'_>) -> Result<Observation, Trouble> {
        Ok(self.1.answer.clone().unwrap_or(Observation::Done))
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
    folder: tempfile::TempDir,
}

impl FakeRun {
    /// Every case ends well at once; `bodies` say otherwise.
    pub fn new(plan: Plan, bench: FakeBench, bodies: Vec<(&str, Body)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::create(
            &folder.path().join("run"),
            &serde_json::to_vec(&plan).unwrap(),
        );
        let cancel = Cancel::new();
        let book = SecretBook::new([0; 16]);
        let recorder = Recorder::new(writer.unwrap(), book, Vec::new(), cancel.clone());
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
            patience: Patience {
                grace: Duration::from_millis(20),
                cancelled: Duration::from_millis(20),
            },
        };
        Self { job, bench, folder }
    }

    /// What is in the journal: task and fact.
    pub fn journal(&self) -> Vec<(Option<TaskId>, Fact)> {
        let file = self.folder.path().join("run/events.jsonl");
        let text = std::fs::read_to_string(file).unwrap();
        let event = |line: &str| serde_json::from_str::<Event>(line).unwrap();
        text.lines().map(event).map(|e| (e.task, e.fact)).collect()
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
