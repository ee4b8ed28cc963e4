//! What people who run other benches complained of, each by the number of its thread.

use super::{body, id};
use crate::dispatcher::run;
use crate::testing::{Body, FakeBench, FakeRun, FakeUnit, Latch, case, plan, task, unit};
use crate::{Cancel, Patience};
use proofhouse_model::event::{CaseEnd, RunEnd};
use proofhouse_model::{Dur, Fact, Observation, Op, TaskId, TroubleKind, UnitName};
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::Duration;

/// Far longer than anything here takes, on any machine.
const LONG: Duration = Duration::from_secs(60);

/// zephyr#41982: one board timed out, and the rest of the night was spent waiting for it.
#[test]
fn zephyr_41982_nobody_waits_for_a_board_that_timed_out() {
    let mut tasks = vec![
        task(0, &["a"]),
        task(1, &["a"]),
        task(2, &["a", "b"]),
        task(3, &["b"]),
    ];
    Arc::make_mut(&mut tasks[0].case).within = Dur::ms(1);
    let door = Arc::new(Latch::default());
    let hangs = Arc::clone(&door);
    let never = body(move || {
        hangs.wait();
        CaseEnd::Complete
    });
    let bench = FakeBench::of(&["a", "b"]);
    let fake = FakeRun::new(plan(tasks), bench, vec![("case-0", never)]);
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let journal = fake.journal();
    let waited = |(task, fact): &(Option<TaskId>, Fact)| match fact {
        Fact::TaskNotRun { why } if why.contains("a is out of service") => *task,
        _ => None,
    };
    let told: Vec<_> = journal.iter().filter_map(waited).collect();
    assert_eq!(told, [id(1), id(2)], "{journal:?}");
    assert!(fake.ends().contains(&(id(3), CaseEnd::Complete)));
    door.open();
}

/// openhtf#667, and #790 where one run in ten never came back: what is torn down hangs after a case that went well.
#[test]
fn openhtf_667_a_teardown_that_never_returns_does_not_hold_up_the_run() {
    let mut tasks = vec![task(0, &["a"]), task(1, &["a"]), task(2, &["b"])];
    Arc::make_mut(&mut tasks[0].case).within = Dur::ms(1);
    let door = Arc::new(Latch::default());
    let mut bench = FakeBench::of(&["b"]);
    let hangs = FakeUnit {
        rest_waits: Some(Arc::clone(&door)),
        ..FakeUnit::default()
    };
    bench.units.insert(unit("a"), Arc::new(hangs));
    let fake = FakeRun::new(plan(tasks), bench, Vec::new());
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let ends = fake.ends();
    let torn = ends.iter().find(|(task, _)| *task == id(0)).unwrap();
    assert!(
        matches!(&torn.1, CaseEnd::Stopped { trouble, .. } if trouble.what.contains("given up")),
        "{torn:?}"
    );
    assert_eq!(fake.started(), [id(0), id(2)], "its unit is out of service");
    let off = fake.bench.switched_off.lock().unwrap();
    assert!(off.contains(&unit("a")), "by another way: {off:?}");
    drop(off);
    door.open();
}

/// openhtf#994: a phase that ran out of time ended the whole test.
#[test]
fn openhtf_994_after_a_case_that_ran_out_of_time_the_next_one_runs_on_its_unit() {
    let mut tasks = vec![task(0, &["a"]), task(1, &["a"])];
    Arc::make_mut(&mut tasks[0].case).within = Dur::ms(50);
    let mut bench = FakeBench::default();
    let slow = FakeUnit::that(|_, budget, _| budget.pause(LONG).map(|()| Observation::Done));
    bench.units.insert(unit("a"), Arc::new(slow));
    let waits = Body(Box::new(|host| {
        let length = Dur::secs(60);
        match host.perform(0, Op::Idle { length }) {
            Ok(_) => CaseEnd::Complete,
            Err(trouble) => CaseEnd::Stopped {
                trouble,
                place: None,
            },
        }
    }));
    let mut fake = FakeRun::new(plan(tasks), bench, vec![("case-0", waits)]);
    // It ends by itself, however busy this computer is.
    fake.job.patience = Patience {
        grace: LONG,
        cancelled: LONG,
    };
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let ends = fake.ends();
    assert!(
        matches!(&ends[0].1, CaseEnd::Stopped { trouble, .. } if trouble.kind == TroubleKind::Deadline),
        "{ends:?}"
    );
    assert_eq!(ends[1], (id(1), CaseEnd::Complete));
}

/// opentap#35: the steps that switch the voltages off stand at the end of the plan, and aborting it skips them.
#[test]
fn opentap_35_a_run_that_is_called_off_switches_every_supply_off() {
    let tasks = vec![task(0, &["a"]), task(1, &["a"]), task(2, &["a", "b"])];
    let cancel = Arc::new(OnceLock::<Cancel>::new());
    let asked = Arc::clone(&cancel);
    let calls_off = body(move || {
        asked.get().unwrap().cancel("interrupted");
        CaseEnd::Complete
    });
    let bench = FakeBench::of(&["a", "b", "idle"]);
    let fake = FakeRun::new(plan(tasks), bench, vec![("case-0", calls_off)]);
    cancel.set(fake.job.cancel.clone()).ok().unwrap();
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Interrupted);
    assert_eq!(fake.started(), [id(0)], "nothing was begun after that");
    let off = fake.bench.switched_off.lock().unwrap();
    for name in ["a", "b", "idle"] {
        assert!(off.contains(&unit(name)), "{name}: {off:?}");
    }
}

/// labgrid#1375: a lab of 33 boards with the same tests for each, and a target that has to be called `main`.
#[test]
fn labgrid_1375_33_boards_are_tried_by_one_case_each_under_its_own_name() {
    const BOARDS: usize = 33;
    let same = Arc::new(case("same"));
    let on_board = |n: usize| {
        let mut task = task(n, &[&format!("board-{n}")]);
        task.case = Arc::clone(&same);
        task
    };
    let tasks: Vec<_> = (0..BOARDS).map(on_board).collect();
    let names: Vec<String> = (0..BOARDS).map(|n| format!("board-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let here = (Mutex::new(0usize), Condvar::new());
    // Each waits for all others: one after the other they would never meet.
    let meets = body(move || {
        let (count, came) = &here;
        let mut count = count.lock().unwrap();
        *count += 1;
        came.notify_all();
        let alone = |count: &mut usize| *count < BOARDS;
        let (count, late) = came.wait_timeout_while(count, LONG, alone).unwrap();
        drop(count);
        match late.timed_out() {
            false => CaseEnd::Complete,
            true => CaseEnd::Skipped {
                why: "the others did not come".to_owned(),
            },
        }
    });
    let mut fake = FakeRun::new(plan(tasks), FakeBench::of(&names), vec![("same", meets)]);
    fake.job.patience.grace = LONG;
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let ends = fake.ends();
    assert_eq!(ends.len(), BOARDS);
    assert!(
        ends.iter().all(|(_, end)| *end == CaseEnd::Complete),
        "{ends:?}"
    );
    let held = fake
        .journal()
        .into_iter()
        .filter_map(|(_, fact)| match fact {
            Fact::TaskStarted { units, .. } => Some(units),
            _ => None,
        });
    let held: BTreeSet<UnitName> = held.flatten().collect();
    let all: BTreeSet<UnitName> = names.iter().map(|name| unit(name)).collect();
    assert_eq!(held, all);
}
