//! A false pass must be impossible: every way not to pass, one test each.

mod agree;
mod flaky;
mod guide;
mod ledger;
mod left;
mod products;
mod provision;
mod rests;
mod resumed;
mod shard;
mod task;
mod void;

use crate::bench_spec::BenchSpec;
use crate::catalogue::{
    Catalogue, Confidence, Guide, GuideRow, Level, Provision, RowReach, TestUnit, UnitNature,
};
use crate::event::{CaseEnd, RunEnd};
use crate::fold::{ProvisionResult, RunResult};
use crate::op::ConsoleOp;
use crate::plan::{LeftOut, Plan, PlannedProduct, RunMode};
use crate::profile::{Claim, Product, Profile, Support};
use crate::{
    CaseId, CaseMeta, Channel, Check, Dur, Edition, Event, Fact, Finding, GuideId, Observation, Op,
    Per, ProductId, ProvisionId, Reach, Samples, Task, TaskId, Trouble, TroubleKind, UnitName,
    UnitRef, Verdict,
};
use std::collections::BTreeMap;
use std::sync::Arc;

pub fn pid(text: &str) -> ProvisionId {
    ProvisionId::new(text).unwrap()
}

pub fn cid(text: &str) -> CaseId {
    CaseId::new(text).unwrap()
}

/// The task that runs a case: `c` is the first of a plan, `d` the second.
pub fn tid(case: &str) -> TaskId {
    let known = ["c", "d", "e", "good", "bad", "stranger", "other"];
    TaskId::at(known.iter().position(|k| *k == case).unwrap())
}

/// The one product of the plans here.
pub fn product() -> ProductId {
    ProductId::new("p").unwrap()
}

pub fn gid(text: &str) -> GuideId {
    GuideId::new(text).unwrap()
}

pub fn unit(text: &str) -> UnitRef {
    UnitRef::new(text).unwrap()
}

/// A case file's head that serves provisions and carries out units.
pub fn meta(id: &str, provisions: &[&str], units: &[&str]) -> CaseMeta {
    CaseMeta {
        id: cid(id),
        title: id.to_owned(),
        file: format!("cases/{id}.star"),
        sha256: "0".repeat(64),
        provisions: provisions.iter().map(|p| pid(p)).collect(),
        units: units.iter().map(|u| unit(u)).collect(),
        guides: Vec::new(),
        needs: vec![Channel::Console],
        wants: Vec::new(),
        cuts: Vec::new(),
        device_ops: Vec::new(),
        device_wants: Vec::new(),
        ixit: Vec::new(),
        effects: Vec::new(),
        sample: Samples::Production,
        specimens: 1,
        per: Per::Product,
        within: Dur::secs(60),
        takes: Dur::secs(1),
        caught_on: Vec::new(),
        undecided_on: Vec::new(),
    }
}

/// A mandatory, unconditional provision with its units.
pub fn provision(id: &str, papers: &[&str], device: &[&str]) -> Provision {
    let of = |ids: &[&str], nature| -> Vec<TestUnit> {
        let make = |u: &&str| TestUnit {
            id: unit(u),
            nature,
            reach: (nature == UnitNature::Functional).then_some(Reach::Full),
            about: String::new(),
        };
        ids.iter().map(make).collect()
    };
    let mut units = of(papers, UnitNature::Conceptual);
    units.extend(of(device, UnitNature::Functional));
    Provision {
        id: pid(id),
        title: id.to_owned(),
        level: Level::M,
        conditions: Vec::new(),
        feature: false,
        units,
        without_units: None,
    }
}

/// A plan with nothing claimed and nothing left out.
pub fn plan(provisions: Vec<Provision>, cases: Vec<CaseMeta>) -> Plan {
    let units = vec![UnitName::new("unit-a").unwrap()];
    let task = |(at, case)| Task {
        id: TaskId::at(at),
        case: Arc::new(case),
        product: product(),
        units: units.clone(),
    };
    let planned = PlannedProduct {
        profile: profile(),
        units: units.clone(),
    };
    Plan {
        format: "1.0".to_owned(),
        tool: "test".to_owned(),
        suite: "test".to_owned(),
        suite_source: crate::SuiteSource::Folder {
            path: "suite".to_owned(),
            sha256: String::new(),
        },
        catalogue: Catalogue {
            standard: "EN 303 645".to_owned(),
            edition: Edition::new("V2.1.1").unwrap(),
            by_cases: false,
            allows: Vec::new(),
            conditions: Vec::new(),
            provisions,
            guides: Vec::new(),
            figures: Default::default(),
        },
        products: BTreeMap::from([(product(), planned)]),
        bench: BenchSpec {
            farm: None,
            file: "bench.toml".to_owned(),
            sha256: "0".repeat(64),
            name: "bench".to_owned(),
            fitness: None,
            patient: Default::default(),
            units: Vec::new(),
        },
        mode: RunMode::default(),
        tasks: cases.into_iter().enumerate().map(task).collect(),
        left_out: Vec::new(),
        seed: 1,
        complete: false,
        only_units: Vec::new(),
        retries: 0,
        proof: None,
        fitness: None,
        shard: None,
    }
}

fn profile() -> Profile {
    let text = |t: &str| t.to_owned();
    Profile {
        id: product(),
        name: text("p"),
        folder: text("p"),
        sha256: "0".repeat(64),
        product: Product {
            maker: text("m"),
            model: text("m"),
            hardware: text("1"),
            software: text("1"),
            constrained: None,
        },
        claims: Vec::new(),
        ixit: BTreeMap::new(),
        console: None,
        debug: None,
        pace: Default::default(),
        without_rows: Default::default(),
        public_labels: Vec::new(),
        files: BTreeMap::new(),
        limits: BTreeMap::new(),
        values: BTreeMap::new(),
    }
}

/// The claims of the one product.
pub fn claims(plan: &mut Plan) -> &mut Vec<Claim> {
    &mut plan.products.get_mut(&product()).unwrap().profile.claims
}

/// Adds a task of the one product that runs a case.
pub fn also_run(plan: &mut Plan, case: CaseMeta) {
    let mut task = plan.tasks[0].clone();
    task.id = TaskId::at(plan.tasks.len());
    task.case = Arc::new(case);
    plan.tasks.push(task);
}

/// Adds a claim to a plan.
pub fn claim(plan: &mut Plan, provision: &str, support: Support) {
    claims(plan).push(Claim {
        provision: pid(provision),
        support,
        detail: "because".to_owned(),
    });
}

/// Adds a case that was left out.
pub fn leave_out(plan: &mut Plan, case: CaseMeta) {
    plan.left_out.push(LeftOut {
        case: Arc::new(case),
        product: product(),
        why: "debug is not wired".to_owned(),
        by_filter: false,
    });
}

/// Adds a guide of rows.
pub fn guide(plan: &mut Plan, rows: &[&str]) {
    let row = |id: &&str| GuideRow {
        id: gid(id),
        title: (*id).to_owned(),
        bad_example: false,
        provisions: Vec::new(),
        from_text: false,
        confidence: Confidence::High,
        bench: RowReach::Yes,
        missing: None,
    };
    plan.catalogue.guides.push(Guide {
        name: "G".to_owned(),
        title: "guide".to_owned(),
        rows: rows.iter().map(row).collect(),
    });
}

/// Stands for the last op of the journal that a check is put into.
pub const LAST_OP: u64 = u64::MAX;

/// A check that came out so, for all of its case.
pub fn check(finding: Finding) -> Check {
    Check {
        finding,
        holds: "the old login is refused".to_owned(),
        otherwise: "the old login still opens the device".to_owned(),
        detail: "wanted refused".to_owned(),
        serves: Vec::new(),
        guides: Vec::new(),
        units: Vec::new(),
        rows: Vec::new(),
        state: None,
        against: Vec::new(),
        measurement: None,
        rests_on: vec![LAST_OP],
        line: Some(7),
    }
}

/// A check narrowed to some provisions.
pub fn check_for(finding: Finding, provisions: &[&str]) -> Check {
    Check {
        serves: provisions.iter().map(|p| pid(p)).collect(),
        ..check(finding)
    }
}

/// A check that is a part of the unit of every provision that the plans here test on the device.
pub fn part(finding: Finding) -> Check {
    part_for(finding, &["5.12-2", "5.12-3"])
}

/// A check that is a part of the unit of these provisions.
pub fn part_for(finding: Finding, provisions: &[&str]) -> Check {
    let of = |p: &&str| unit(&format!("{p}-1.a"));
    Check {
        units: provisions.iter().map(of).collect(),
        ..check(finding)
    }
}

/// A check narrowed to some guide rows.
pub fn check_for_guides(finding: Finding, guides: &[&str]) -> Check {
    Check {
        guides: guides.iter().map(|g| gid(g)).collect(),
        units: Vec::new(),
        rows: Vec::new(),
        state: None,
        against: Vec::new(),
        ..check(finding)
    }
}

pub fn trouble(kind: TroubleKind) -> Trouble {
    Trouble::new(kind, Channel::Console, "nothing came")
}

pub fn stopped(kind: TroubleKind) -> Fact {
    Fact::TaskEnded {
        end: CaseEnd::Stopped {
            trouble: trouble(kind),
            place: None,
        },
    }
}

pub fn complete() -> Fact {
    Fact::TaskEnded {
        end: CaseEnd::Complete,
    }
}

pub fn skipped() -> Fact {
    Fact::TaskEnded {
        end: CaseEnd::Skipped {
            why: "no such service".to_owned(),
        },
    }
}

pub fn start(attempt: u32) -> Fact {
    Fact::TaskStarted {
        case: cid("c"),
        attempt,
        units: vec![UnitName::new("unit-a").unwrap()],
    }
}

/// A journal being written.
#[derive(Default)]
pub struct Journal(pub Vec<Event>);

impl Journal {
    /// Adds a fact, of a case or of the run.
    pub fn fact(mut self, case: Option<&str>, fact: Fact) -> Self {
        let fact = self.grounded(case, fact);
        let seq = self.0.len() as u64;
        self.0.push(Event {
            seq,
            at_us: seq * 1000,
            wall: "2026-01-01T00:00:00.000Z".to_owned(),
            task: case.map(tid),
            unit: None,
            fact,
        });
        self
    }

    /// A case that starts, makes checks and ends.
    pub fn case(self, id: &str, checks: Vec<Check>, end: Fact) -> Self {
        let mut journal = self.fact(Some(id), start(1)).op(id);
        for check in checks {
            journal = journal.fact(Some(id), Fact::Checked(check));
        }
        journal.fact(Some(id), end)
    }

    /// An op of a case that comes to an observation.
    pub fn op(self, id: &str) -> Self {
        let of = self.0.len() as u64;
        let op = Op::Console(ConsoleOp::Send {
            bytes: b"hello".to_vec().into(),
        });
        let ended = Fact::OpEnded {
            of,
            saw: Observation::Done,
            took: Dur::ms(1),
        };
        let journal = self.fact(Some(id), Fact::OpStarted { op });
        journal.fact(Some(id), ended)
    }

    /// What a test says of the ground stays; the usual check rests on what was done last.
    fn grounded(&self, case: Option<&str>, fact: Fact) -> Fact {
        let task = case.map(tid);
        let ended = |e: &&Event| e.task == task && matches!(e.fact, Fact::OpEnded { .. });
        match fact {
            Fact::Checked(mut check) if check.rests_on == [LAST_OP] => {
                check.rests_on = self
                    .0
                    .iter()
                    .rev()
                    .find(ended)
                    .map(|e| e.seq)
                    .into_iter()
                    .collect();
                Fact::Checked(check)
            }
            fact => fact,
        }
    }

    pub fn run_started(self) -> Self {
        let fact = Fact::RunStarted {
            plan: "0".repeat(64),
            tool: "test".to_owned(),
            seed: 1,
            host: "lab".to_owned(),
        };
        self.fact(None, fact)
    }

    pub fn ended(self, end: RunEnd) -> Self {
        self.fact(None, Fact::RunEnded { end })
    }
}

/// Verdicts of the provisions of the first product, in their order.
fn verdicts_of(run: &RunResult) -> Vec<Option<Verdict>> {
    let provisions = run.products[0].provisions.iter();
    provisions.map(ProvisionResult::verdict).collect()
}
