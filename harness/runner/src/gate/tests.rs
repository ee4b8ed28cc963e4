//! Who is let through: a unit that is the one meant, on a supply that is its own. On a fake bench with a clock that
//! leaps.

mod complaints;

use super::*;
use crate::clock::Clock;
use crate::dispatcher::run;
use crate::job::CaseBody;
use crate::testing::{Body, FakeBench, FakeRun, FakeUnit, a_check, plan, profile, task, unit};
use proofhouse_model::event::{CaseEnd, RunEnd};
use proofhouse_model::fold::fold_tasks;
use proofhouse_model::observation::Matched;
use proofhouse_model::{Effect, Finding, Sample, UnitSpec, Verdict};
use proofhouse_script::load_device_script;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const SCRIPT: &str = r#"
def ready(bench: Bench, within):
    bench.console.expect("ready", within = within)

def identity(bench: Bench):
    said = bench.console.ask("status", "serial=(.*)\r\n")
    return {"console": {"serial": said.groups[0]}}
"#;

/// A device and its wires, right unless said.
struct World {
    on: AtomicBool,
    /// Its relay does nothing.
    stuck: bool,
    /// It never starts.
    dead: bool,
    /// What it says, one answer after the other; the last one again and again.
    serials: &'static [&'static str],
    asked: AtomicUsize,
    /// What its debug port says.
    chip: Result<Observation, TroubleKind>,
    /// Every op, in order.
    ops: Mutex<Vec<String>>,
}

impl World {
    fn right() -> Self {
        Self {
            on: AtomicBool::new(false),
            stuck: false,
            dead: false,
            serials: &["A17"],
            asked: AtomicUsize::new(0),
            chip: Ok(Observation::NoIdentity),
            ops: Mutex::default(),
        }
    }

    fn perform(&self, op: &Op) -> Result<Observation, Trouble> {
        let said = |text: &str| {
            Ok(Observation::Matched(Matched {
                text: "matched".into(),
                groups: vec![text.into()],
                before: "".into(),
                after: Dur::ms(1),
            }))
        };
        let (name, answer) = match op {
            Op::Power(PowerOp::On) => {
                self.on.store(true, Ordering::SeqCst);
                ("on", Ok(Observation::Done))
            }
            Op::Power(PowerOp::Off) => {
                self.on.store(self.stuck, Ordering::SeqCst);
                ("off", Ok(Observation::Done))
            }
            Op::Console(ConsoleOp::Skip) => ("skip", Ok(Observation::Done)),
            Op::Console(_) if self.dead || !self.on.load(Ordering::SeqCst) => (
                "silence",
                Err(Trouble::silent(Channel::Console, "nothing came")),
            ),
            Op::Console(ConsoleOp::Expect { .. }) => ("ready", said("ready")),
            Op::Console(ConsoleOp::Ask { .. }) => {
                let at = self.asked.fetch_add(1, Ordering::SeqCst);
                ("who", said(self.serials[at.min(self.serials.len() - 1)]))
            }
            Op::Debug(DebugOp::Identify) => {
                let trouble = |kind| Trouble::new(kind, Channel::Debug, "the port says no");
                ("chip", self.chip.clone().map_err(trouble))
            }
            other => panic!("the gate does no such thing: {other:?}"),
        };
        self.ops.lock().unwrap().push(name.to_owned());
        answer
    }

    fn ops(&self) -> Vec<String> {
        std::mem::take(&mut *self.ops.lock().unwrap())
    }
}

/// Unit a of a bench whose file says that it is A17, and b that is B18.
struct Desk {
    run: FakeRun,
    world: Arc<World>,
    gate: Gate,
    device: DeviceScript,
}

const BROUGHT_UP: [&str; 3] = ["skip", "on", "ready"];

fn bench_unit(name: &str, serial: &str) -> UnitSpec {
    let identity = [("serial", serial), ("chip-uid", "beef")];
    UnitSpec {
        name: unit(name),
        profile: "product".to_owned(),
        sample: Sample::Production,
        grants: Vec::new(),
        identity: identity.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        label: BTreeMap::new(),
        place: None,
        brought: Default::default(),
        virtual_product: None,
        wires: BTreeMap::new(),
    }
}

fn device() -> DeviceScript {
    device_of(SCRIPT)
}

fn device_of(text: &str) -> DeviceScript {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("device.star"), text).unwrap();
    let (script, found) = load_device_script(folder.path());
    assert!(found.is_empty(), "{found:?}");
    script.unwrap()
}

impl Desk {
    fn of(world: World) -> Self {
        Self::with(world, &[Channel::Console])
    }

    /// A factory reset that needs these channels, and a second one on the same unit.
    fn with(world: World, needs: &[Channel]) -> Self {
        let world = Arc::new(world);
        let acts = Arc::clone(&world);
        let mut bench = FakeBench::default();
        let fake = FakeUnit::that(move |op, _, _| acts.perform(op));
        bench.units.insert(unit("a"), Arc::new(fake));
        let mut tasks = vec![task(0, &["a"]), task(1, &["a"])];
        for task in &mut tasks {
            let case = Arc::make_mut(&mut task.case);
            case.effects = vec![Effect::FactoryReset];
            case.needs = needs.to_vec();
            case.within = Dur::secs(3600);
        }
        let mut plan = plan(tasks);
        plan.bench.units = vec![bench_unit("a", "A17"), bench_unit("b", "B18")];
        let gate = Gate::new(&plan.bench, &[]);
        Self {
            run: FakeRun::new(plan, bench, Vec::new()),
            world,
            gate,
            device: device(),
        }
    }

    fn executor(&self) -> Arc<Executor> {
        let job = &self.run.job;
        let held = job.held(&job.plan.tasks[0]).unwrap();
        let recorder = Arc::clone(&job.recorder);
        let supplies = self.gate.supplies();
        let executor = Executor::new(recorder, job.cancel.clone(), held, supplies);
        Arc::new(executor.with_clock(Clock::leaping()))
    }

    fn pass(&self) -> Result<(), GateRefusal> {
        let case = &self.run.job.plan.tasks[0].case;
        self.gate.pass(&self.executor(), case, Some(&self.device))
    }

    fn refused(&self) -> GateRefusal {
        self.pass().err().unwrap()
    }

    /// What was written of who it says it is.
    fn identified(&self) -> usize {
        let facts = self.run.journal().into_iter();
        facts
            .filter(|(_, f)| matches!(f, Fact::Identified { .. }))
            .count()
    }
}

#[test]
fn the_right_unit_is_let_through_and_its_supply_proved_once() {
    let desk = Desk::of(World::right());
    assert!(desk.pass().is_ok());
    let dark = ["off", "skip", "silence"];
    let proved = [&BROUGHT_UP[..], &dark, &BROUGHT_UP, &["who"]].concat();
    assert_eq!(desk.world.ops(), proved);
    assert!(desk.pass().is_ok());
    assert_eq!(desk.world.ops(), [&BROUGHT_UP[..], &["who"]].concat());
    assert_eq!(desk.identified(), 2);
}

#[test]
fn a_harmless_case_needs_nobody_who_can_be_asked_and_a_destructive_one_does() {
    let desk = Desk::of(World::right());
    let mut case = (*desk.run.job.plan.tasks[0].case).clone();
    let nobody = desk.gate.pass(&desk.executor(), &case, None);
    assert_eq!(nobody.err().unwrap().trouble.kind, TroubleKind::Case);
    case.effects = vec![Effect::WearsFlash];
    assert!(desk.gate.pass(&desk.executor(), &case, None).is_ok());
    assert!(desk.world.ops().is_empty());
    let dead = Desk::of(World {
        dead: true,
        ..World::right()
    });
    let asked = |desk: &Desk| desk.gate.pass(&desk.executor(), &case, Some(&desk.device));
    assert!(asked(&dead).is_ok(), "that is the case's own affair");
    assert!(asked(&desk).is_ok());
    assert_eq!(desk.world.ops(), [&BROUGHT_UP[..], &["who"]].concat());
}

#[test]
fn a_unit_with_other_software_is_refused_but_to_cases_that_install() {
    let script = format!(
        "{}    other = bench.console.ask(\"version\", \"version=(.*)\\r\\n\")\n    \
         return {{\"console\": {{\"serial\": said.groups[0], \"software\": other.groups[0]}}}}\n",
        SCRIPT.split("    return").next().unwrap()
    );
    for (software, installs, passes) in [
        (["A17", "1"], false, true),
        (["A17", "2"], false, false),
        (["A17", "2"], true, true),
    ] {
        for effect in [Effect::WearsFlash, Effect::FactoryReset] {
            let told = [software[0], software[1]].repeat(2);
            let desk = Desk::of(World {
                serials: Vec::leak(told),
                ..World::right()
            });
            let mut case = (*desk.run.job.plan.tasks[0].case).clone();
            case.effects = vec![effect];
            if installs {
                case.device_ops.push("install".to_owned());
            }
            let device = device_of(&script);
            let passed = desk.gate.pass(&desk.executor(), &case, Some(&device));
            let told = format!("{software:?} {installs} {effect:?}");
            let Err(refusal) = passed else {
                assert!(passes, "{told}");
                continue;
            };
            assert!(!passes, "{told}: {}", refusal.trouble);
            assert_eq!(refusal.broken, None, "{told}");
            let what = refusal.trouble.what;
            assert!(what.contains("should be software 1 but says 2"), "{what}");
        }
    }
}

#[test]
fn another_unit_is_refused_by_both_names_and_out_of_service() {
    let desk = Desk::of(World {
        serials: &["B18"],
        ..World::right()
    });
    let refusal = desk.refused();
    assert_eq!(refusal.broken, Some(unit("a")));
    assert_eq!(refusal.trouble.kind, TroubleKind::Bench);
    let what = &refusal.trouble.what;
    assert!(
        what.contains("A17") && what.contains("B18") && what.contains("that is b"),
        "{what}"
    );
    assert_eq!(desk.identified(), 2, "it was asked again first");
    assert!(
        desk.refused().broken.is_some(),
        "its supply does not count as proved"
    );
    assert!(desk.world.ops().contains(&"off".to_owned()));
}

#[test]
fn a_garbled_answer_is_no_other_unit() {
    let desk = Desk::of(World {
        serials: &["A1\u{fffd}", "A17"],
        ..World::right()
    });
    let refusal = desk.refused();
    assert_eq!(refusal.trouble.kind, TroubleKind::Bench);
    assert_eq!(refusal.broken, None);
}

#[test]
fn a_supply_that_does_not_switch_is_found_out_before_anybody_is_asked_who_it_is() {
    let desk = Desk::of(World {
        stuck: true,
        ..World::right()
    });
    let refusal = desk.refused();
    assert_eq!(refusal.trouble.kind, TroubleKind::Bench);
    assert_eq!(refusal.trouble.channel, Some(Channel::Power));
    assert!(refusal.trouble.what.contains("although its supply is off"));
    assert_eq!(desk.identified(), 0);
    let turn = desk.gate.supplies().try_switch();
    assert!(turn.is_some(), "the turn was given back");
}

#[test]
fn a_unit_that_does_not_start_is_silent_not_wrong() {
    let desk = Desk::of(World {
        dead: true,
        ..World::right()
    });
    let refusal = desk.refused();
    assert_eq!(refusal.trouble.kind, TroubleKind::DeviceSilent);
    assert_eq!(refusal.broken, None);
    assert!(
        refusal.trouble.what.contains("does not come up within 30s"),
        "{}",
        refusal.trouble
    );
    assert_eq!(desk.world.ops(), ["skip", "on", "silence"]);
}

#[test]
fn a_unit_that_tells_nothing_the_bench_file_knows_could_be_any() {
    let mut desk = Desk::of(World::right());
    let mut bench = desk.run.job.plan.bench.clone();
    bench.units[0].identity = BTreeMap::from([("mac".to_owned(), "02:00".to_owned())]);
    desk.gate = Gate::new(&bench, &[]);
    let refusal = desk.refused();
    assert_eq!(refusal.trouble.kind, TroubleKind::Bench);
    assert!(refusal.trouble.what.contains("it could be any unit"));
}

/// Where nobody knows where a chip keeps its id, or the port is locked, the other wires say who the unit is.
#[test]
fn a_debug_port_that_tells_no_identity_is_no_trouble_of_the_bench() {
    use TroubleKind as K;
    let needs = [Channel::Console, Channel::Debug];
    let text = |t: &str| Observation::Text { text: t.to_owned() };
    for chip in [
        Ok(Observation::NoIdentity),
        Ok(text("0xBEEF")),
        Err(K::DeviceSilent),
        Err(K::DeviceRefused),
        Err(K::DeviceGarbled),
    ] {
        let told = format!("{chip:?}");
        let desk = Desk::with(
            World {
                chip,
                ..World::right()
            },
            &needs,
        );
        assert!(desk.pass().is_ok(), "{told}");
        assert_eq!(desk.world.ops().last().unwrap(), "chip");
    }
    let desk = Desk::with(
        World {
            chip: Err(K::Bench),
            ..World::right()
        },
        &needs,
    );
    let refusal = desk.refused();
    assert_eq!((refusal.trouble.kind, refusal.broken), (K::Bench, None));
    let chip = Ok(text("cafe"));
    let desk = Desk::with(
        World {
            chip,
            ..World::right()
        },
        &needs,
    );
    assert_eq!(
        desk.refused().broken,
        Some(unit("a")),
        "another unit's port"
    );
}

/// A locked port alone proves nothing.
#[test]
fn a_unit_whose_only_wire_with_an_identity_tells_none_is_not_let_through() {
    let needs = [Channel::Console, Channel::Debug];
    let mut desk = Desk::with(World::right(), &needs);
    let mut bench = desk.run.job.plan.bench.clone();
    bench.units[0].identity.remove("serial");
    desk.gate = Gate::new(&bench, &[]);
    let refusal = desk.refused();
    assert!(
        refusal.trouble.what.contains("it could be any unit"),
        "{}",
        refusal.trouble
    );
}

#[test]
fn a_relay_that_hangs_holds_up_a_proof_for_a_minute() {
    let desk = Desk::of(World::right());
    let turn = desk.gate.supplies().try_switch();
    let refusal = desk.refused();
    assert_eq!(refusal.trouble.kind, TroubleKind::Bench);
    assert!(refusal.trouble.what.contains("still being switched"));
    assert!(desk.world.ops().is_empty());
    drop(turn);
    assert!(desk.pass().is_ok());
}

#[test]
fn what_the_gate_did_is_no_ground_for_a_check() {
    let desk = Desk::of(World::right());
    let executor = desk.executor();
    let case = &desk.run.job.plan.tasks[0].case;
    assert!(desk.gate.pass(&executor, case, Some(&desk.device)).is_ok());
    assert!(executor.cited().is_empty());
}

#[test]
fn a_run_does_nothing_to_a_unit_that_is_another_and_never_begins_its_cases() {
    let ran = Arc::new(AtomicUsize::new(0));
    let mut desk = Desk::of(World {
        serials: &["B18"],
        ..World::right()
    });
    for case in desk.run.job.cases.values_mut() {
        let ran = Arc::clone(&ran);
        *case = Arc::new(Body(Box::new(move |_| {
            ran.fetch_add(1, Ordering::SeqCst);
            CaseEnd::Complete
        })));
    }
    let id = profile().id;
    desk.run.job.products.get_mut(&id).unwrap().device = Some(Arc::new(device()));
    assert_eq!(run(&desk.run.job).unwrap(), RunEnd::Finished);
    assert_eq!(ran.load(Ordering::SeqCst), 0);
    let journal = desk.run.journal();
    let has = |found: fn(&Fact) -> bool| journal.iter().filter(|(_, f)| found(f)).count();
    assert_eq!(has(|f| matches!(f, Fact::ScriptBegan)), 0);
    assert_eq!(has(|f| matches!(f, Fact::UnitBroken { .. })), 1);
    assert_eq!(has(|f| matches!(f, Fact::TaskNotRun { .. })), 1);
}

#[test]
fn what_a_case_found_on_a_unit_that_is_another_by_its_end_does_not_count() {
    for (serials, counts) in [(&["A17"][..], true), (&["A17", "B18"], false)] {
        let mut desk = Desk::of(World {
            serials: Vec::leak(serials.to_vec()),
            ..World::right()
        });
        let id = profile().id;
        desk.run.job.products.get_mut(&id).unwrap().device = Some(Arc::new(device()));
        run(&desk.run.job).unwrap();
        let journal = desk.run.journal();
        let first = journal.iter().find_map(|(_, fact)| match fact {
            Fact::TaskEnded { end } => Some(end.clone()),
            _ => None,
        });
        match first.unwrap() {
            CaseEnd::Complete => assert!(counts),
            CaseEnd::Stopped { trouble, .. } => {
                assert!(!counts);
                let words = "after the case a should be serial A17 but says B18";
                assert!(trouble.what.starts_with(words), "{}", trouble.what);
                assert_eq!(trouble.kind, TroubleKind::Bench);
            }
            CaseEnd::Skipped { why } => panic!("{why}"),
        }
    }
}

/// Nobody knows on whom it was refuted: no fail, however the case came to its end.
#[test]
fn what_a_case_refuted_is_taken_back_where_the_unit_is_another_by_its_end() {
    let silent = || CaseEnd::Stopped {
        trouble: Trouble::silent(Channel::Console, "nothing came"),
        place: None,
    };
    for end in [CaseEnd::Complete, silent()] {
        for (serials, verdict) in [
            (&["A17"][..], Verdict::Fail),
            (&["A17", "B18"], Verdict::Error),
        ] {
            let mut desk = Desk::of(World {
                serials: Vec::leak(serials.to_vec()),
                ..World::right()
            });
            let ends = end.clone();
            let body: Arc<dyn CaseBody> = Arc::new(Body(Box::new(move |host| {
                host.perform(0, Op::Console(ConsoleOp::Skip)).unwrap();
                host.checked(a_check(Finding::Refuted)).unwrap();
                ends.clone()
            })));
            for case in desk.run.job.cases.values_mut() {
                *case = Arc::clone(&body);
            }
            let id = profile().id;
            desk.run.job.products.get_mut(&id).unwrap().device = Some(Arc::new(device()));
            run(&desk.run.job).unwrap();
            let (results, _) = fold_tasks(desk.run.reader().events());
            assert_eq!(results[0].verdict(), verdict, "{end:?}");
        }
    }
}
