//! Events as short calls, and the recorded runs.

use super::plans::{self, provision};
use proofhouse_journal::{Recorded, Writer, sha256_hex};
use proofhouse_model::event::{CaseEnd, RunEnd};
use proofhouse_model::op::ConsoleOp;
use proofhouse_model::{
    BlobId, Bytes, CaseId, Channel, Check, Dur, Event, Fact, Finding, Limit, Measurement,
    Observation, Op, Plan, Support, TaskId, Trouble, TroubleKind, UnitName,
};
use std::collections::BTreeMap;

/// Events being made, 250 ms apart.
pub struct Run {
    pub plan: Plan,
    pub events: Vec<Event>,
    task: Option<TaskId>,
    unit: Option<UnitName>,
}

impl Run {
    pub fn of(plan: Plan) -> Self {
        let sha = sha256_hex(&plan_json(&plan));
        let mut run = Self {
            plan,
            events: Vec::new(),
            task: None,
            unit: None,
        };
        run.add(Fact::RunStarted {
            plan: sha,
            tool: "0.1.0".to_owned(),
            seed: 42,
            host: "bench-pc".to_owned(),
        });
        run
    }

    pub fn add(&mut self, fact: Fact) -> u64 {
        let seq = self.events.len() as u64;
        let ms = seq * 250;
        self.events.push(Event {
            seq,
            at_us: ms * 1000 + 7,
            wall: format!(
                "2026-11-20T15:{:02}:{:02}.{:03}Z",
                ms / 60_000,
                ms / 1000 % 60,
                ms % 1000
            ),
            task: self.task,
            unit: self.unit.clone(),
            fact,
        });
        seq
    }

    /// The task that runs a case.
    fn task_of(&self, id: &str) -> TaskId {
        let mut tasks = self.plan.tasks.iter();
        tasks.find(|t| t.case.id.as_str() == id).unwrap().id
    }

    /// Starts a case; ends are told by [`Run::end`].
    pub fn case(&mut self, id: &str, unit: &str) -> &mut Self {
        self.task = Some(self.task_of(id));
        self.unit = Some(UnitName::new(unit).unwrap());
        let units = vec![UnitName::new(unit).unwrap()];
        self.add(Fact::TaskStarted {
            case: CaseId::new(id).unwrap(),
            attempt: 1,
            units,
        });
        self
    }

    pub fn not_run(&mut self, id: &str, why: &str) {
        self.task = Some(self.task_of(id));
        self.unit = None;
        self.add(Fact::TaskNotRun {
            why: why.to_owned(),
        });
        self.task = None;
    }

    pub fn ask(&mut self, line: &str, answer: &[u8]) -> u64 {
        let of = self.add(Fact::OpStarted {
            op: Op::Console(ConsoleOp::Send {
                bytes: Bytes::from(line),
            }),
        });
        self.add(Fact::Heard {
            bytes: Bytes::from(answer.to_vec()),
            lost: 0,
        });
        self.add(Fact::OpEnded {
            of,
            saw: Observation::Done,
            took: Dur::ms(12),
        })
    }

    pub fn check(&mut self, finding: Finding, sentences: (&str, &str), detail: &str) -> &mut Self {
        self.checks(finding, sentences, detail, |_| {})
    }

    pub fn checks(
        &mut self,
        finding: Finding,
        (holds, otherwise): (&str, &str),
        detail: &str,
        change: impl FnOnce(&mut Check),
    ) -> &mut Self {
        let of_case = |e: &&Event| e.task == self.task && matches!(e.fact, Fact::OpEnded { .. });
        let last = self.events.iter().rev().find(of_case).map(|e| e.seq);
        let mut check = Check {
            finding,
            holds: holds.to_owned(),
            otherwise: otherwise.to_owned(),
            detail: detail.to_owned(),
            serves: Vec::new(),
            guides: Vec::new(),
            units: Vec::new(),
            rows: Vec::new(),
            state: None,
            against: Vec::new(),
            measurement: None,
            rests_on: last.into_iter().collect(),
            line: Some(17),
        };
        change(&mut check);
        self.name_its_units(&mut check);
        self.add(Fact::Checked(check));
        self
    }

    /// A check that names nobody speaks for all of its case, and one that names provisions for the units of these.
    fn name_its_units(&self, check: &mut Check) {
        let Some(case) = self.task.and_then(|id| self.plan.task(id)).map(|t| &t.case) else {
            return;
        };
        if check.serves.is_empty() && check.guides.is_empty() {
            check.serves.clone_from(&case.provisions);
            check.guides.clone_from(&case.guides);
        }
        let units = case.units.iter();
        let its = units.filter(|unit| check.serves.contains(&unit.provision()));
        check.units = its.cloned().collect();
    }

    pub fn end(&mut self, end: CaseEnd) {
        self.add(Fact::TaskEnded { end });
        (self.task, self.unit) = (None, None);
    }

    pub fn complete(&mut self) {
        self.end(CaseEnd::Complete);
    }

    pub fn finish(mut self) -> (Plan, Vec<Event>) {
        self.add(Fact::RunEnded {
            end: RunEnd::Finished,
        });
        (self.plan, self.events)
    }
}

pub fn plan_json(plan: &Plan) -> Vec<u8> {
    serde_json::to_vec_pretty(plan).unwrap()
}

/// Starts a case, shows one thing, ends it.
pub fn shown(run: &mut Run, case: &str) {
    run.case(case, "plug-a").ask("status", b"ok\r\nplug> ");
    run.check(
        Finding::Shown,
        ("the device holds out", "the device gives way"),
        "it did",
    );
    run.complete();
}

/// All cases come out well.
pub fn honest() -> (Plan, Vec<Event>) {
    let mut plan = plans::plan();
    plan.proof = Some(plans::proof(&[]));
    let mut run = Run::of(plan);
    for case in [
        "default-passwords",
        "brute-force",
        "update-tamper",
        "debug-lock",
    ] {
        shown(&mut run, case);
    }
    run.case("factory-reset", "plug-b")
        .ask("reset", b"erasing\r\n");
    run.add(Fact::Measured(measured("reset time", 1.25, "s", None)));
    run.check(Finding::Shown, OLD_LOGIN, "401");
    run.checks(
        Finding::Shown,
        ("the reset is quick", "the reset takes too long"),
        "",
        |c| {
            c.measurement = Some(measured("reset time", 1.25, "s", Some(Limit::AtMost(30.0))));
        },
    );
    run.complete();
    run.finish()
}

pub fn measured(name: &str, value: f64, unit: &str, limit: Option<Limit>) -> Measurement {
    Measurement {
        name: name.to_owned(),
        value,
        unit: unit.to_owned(),
        limit,
    }
}

/// One of everything that goes wrong, with a device that says nasty things.
pub fn leaky() -> (Plan, Vec<Event>) {
    let mut plan = plans::plan();
    plan.proof = Some(plans::proof(&["brute-force"]));
    plan.mode.defects = BTreeMap::from([(plans::acme(), vec!["reset-keeps-wifi-key".to_owned()])]);
    plan.left_out.push(plans::left_out(
        plans::case("telemetry", "Telemetry is examined", "6-2", "6-2-2.a", ""),
        "not asked for by --case",
        true,
    ));
    plans::profile_of(&mut plan)
        .claims
        .retain(|c| c.provision != provision("5.8-3"));
    for claim in &mut plans::profile_of(&mut plan).claims {
        if claim.provision == provision("4-1") {
            claim.support = Support::NotApplicable;
        }
    }
    let mut run = Run::of(plan);
    shown(&mut run, "default-passwords");
    brute_force(&mut run);
    tampered(&mut run);
    debug_lock(&mut run);
    reset(&mut run);
    run.finish()
}

fn brute_force(run: &mut Run) {
    run.case("brute-force", "plug-a").ask("login", b"");
    run.check(
        Finding::NotObserved,
        (
            "the device stops guessing",
            "the device lets one try for ever",
        ),
        "no answer in 5 s",
    );
    run.complete();
}

/// A provision fails, the other that the case serves does not.
fn tampered(run: &mut Run) {
    run.case("update-tamper", "plug-a")
        .ask("update", b"\x1b[31mok\x1b[0m\r\n");
    run.checks(
        Finding::Shown,
        ("a stolen image is refused", "a stolen image is taken"),
        "refused",
        |c| {
            c.serves = vec![provision("5.3-2")];
        },
    );
    let nasty = "it said \u{1b}[2J\0 ]]> <b>&amp; \u{1f50c} \u{ffff}\u{202e}\r\nand more";
    run.checks(
        Finding::Refuted,
        ("a flipped bit is noticed", "a flipped bit goes unnoticed"),
        nasty,
        |c| {
            c.serves = vec![provision("5.3-9")];
            c.measurement = Some(measured(
                "flipped images taken",
                3.0,
                "images",
                Some(Limit::AtMost(0.0)),
            ));
        },
    );
    run.complete();
}

fn debug_lock(run: &mut Run) {
    run.case("debug-lock", "plug-b");
    run.end(CaseEnd::Stopped {
        trouble: Trouble::bench(
            Channel::Debug,
            "the probe does not answer",
            "unplug the probe and plug it in again",
        ),
        place: Some("cases/debug-lock.star:9".to_owned()),
    });
    run.unit_broken("plug-b");
}

impl Run {
    fn unit_broken(&mut self, unit: &str) {
        self.unit = Some(UnitName::new(unit).unwrap());
        self.add(Fact::UnitBroken {
            trouble: Trouble::new(
                TroubleKind::Bench,
                Channel::Debug,
                "the probe does not answer",
            ),
        });
        self.unit = None;
    }
}

fn reset(run: &mut Run) {
    run.case("factory-reset", "plug-open")
        .ask("reset", b"erasing\r\n\xff\xfe");
    run.add(Fact::Noted {
        text: "canary planted".to_owned(),
    });
    let blob = BlobId::new(sha256_hex(FLASH)).unwrap();
    run.add(Fact::Stored {
        name: "flash".to_owned(),
        blob,
        size: FLASH.len() as u64,
    });
    run.check(Finding::Shown, OLD_LOGIN, "401");
    let detail = "wifi-key found as base64 at 0x3f000, as utf16 at 0x3f200";
    run.check(
        Finding::Refuted,
        (
            "the old Wi-Fi key is gone from flash",
            "the old Wi-Fi key is still in flash",
        ),
        detail,
    );
    run.checks(
        Finding::NotObserved,
        ("the cloud forgets its data", "the cloud keeps its data"),
        "no cloud here",
        |c| {
            c.rests_on.clear();
            c.line = None;
        },
    );
    run.complete();
}

pub const OLD_LOGIN: (&str, &str) = (
    "the old login is refused",
    "the old login still opens the device",
);

/// Content of the one blob.
pub const FLASH: &[u8] = b"flash of plug-open, wifi-key=hunter2 masked";

/// The bench PC lost power in the second case.
pub fn cut_off() -> (Plan, Vec<Event>) {
    let mut plan = plans::plan();
    plans::profile_of(&mut plan)
        .claims
        .retain(|c| c.provision != provision("5.8-3"));
    let mut run = Run::of(plan);
    shown(&mut run, "default-passwords");
    run.case("brute-force", "plug-a").ask("login", b"login: ");
    (run.plan, run.events)
}

/// Records a run as the harness would.
pub fn record(dir: &std::path::Path, plan: &Plan, events: &[Event]) -> Recorded {
    let mut writer = Writer::create(dir, &plan_json(plan)).unwrap();
    for event in events {
        if matches!(event.fact, Fact::Stored { .. }) {
            writer.blob(FLASH).unwrap();
        }
        writer.append(event).unwrap();
    }
    match events.last().map(|e| &e.fact) {
        Some(Fact::RunEnded { .. }) => writer.seal().unwrap(),
        _ => drop(writer),
    }
    Recorded::read(dir).unwrap()
}
