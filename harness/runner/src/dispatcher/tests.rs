//! Order, hung cases, units out of service, the end of a run: on a fake bench, in milliseconds.

mod complaints;
mod leaving;

use super::run;
use crate::testing::{Body, FakeBench, FakeRun, FakeUnit, Latch, plan, task, unit};
use proofhouse_model::event::{CaseEnd, RunEnd};
use proofhouse_model::{Channel, Dur, Fact, TaskId, Trouble, TroubleKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn id(n: usize) -> TaskId {
    TaskId::at(n)
}

fn body(f: impl Fn() -> CaseEnd + Send + Sync + 'static) -> Body {
    Body(Box::new(move |_| f()))
}

fn relay_stuck() -> Trouble {
    Trouble::bench(Channel::Power, "the relay does not answer", "look at it")
}

#[test]
fn every_task_runs_and_the_bench_is_off_afterwards() {
    let tasks = vec![task(0, &["a"]), task(1, &["b"]), task(2, &["a", "b"])];
    let fake = FakeRun::new(plan(tasks), FakeBench::of(&["a", "b"]), Vec::new());
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    assert_eq!(fake.ends().len(), 3);
    assert_eq!(fake.started()[2], id(2), "it waits for both");
    let off = fake.bench.switched_off.lock().unwrap();
    assert!(off.contains(&unit("a")) && off.contains(&unit("b")));
}

#[test]
fn a_unit_that_does_not_come_to_rest_is_used_no_more_and_the_other_goes_on() {
    let tasks = vec![
        task(0, &["a"]),
        task(1, &["a"]),
        task(2, &["a", "b"]),
        task(3, &["b"]),
    ];
    let mut bench = FakeBench::of(&["b"]);
    let stuck = FakeUnit {
        rest: Some(relay_stuck()),
        ..FakeUnit::default()
    };
    bench.units.insert(unit("a"), Arc::new(stuck));
    let fake = FakeRun::new(plan(tasks), bench, Vec::new());
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    assert_eq!(fake.started(), [id(0), id(3)]);
    let not_run = fake
        .journal()
        .into_iter()
        .filter_map(|(task, fact)| match fact {
            Fact::TaskNotRun { why } => Some((task.unwrap(), why)),
            _ => None,
        });
    let not_run: Vec<_> = not_run.collect();
    assert_eq!(
        not_run.iter().map(|(t, _)| *t).collect::<Vec<_>>(),
        [id(1), id(2)]
    );
    assert!(
        not_run[0].1.contains("the relay does not answer"),
        "{not_run:?}"
    );
}

/// Nothing else starts on a unit before it is at rest, and nothing waits for the rest of another.
/// The device may have said what the bench did not hear: neither a pass nor a fail may come of it.
#[test]
fn what_was_found_over_a_wire_that_lost_something_is_nobodys() {
    let mut bench = FakeBench::of(&["b"]);
    let lossy = FakeUnit {
        differs: Some(relay_stuck()),
        ..FakeUnit::default()
    };
    bench.units.insert(unit("a"), Arc::new(lossy));
    let tasks = vec![task(0, &["a"]), task(1, &["b"])];
    let fake = FakeRun::new(plan(tasks), bench, Vec::new());
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let ends = fake
        .journal()
        .into_iter()
        .filter_map(|(task, fact)| match fact {
            Fact::TaskEnded { end, .. } => Some((task.unwrap(), end)),
            _ => None,
        });
    let ends: std::collections::BTreeMap<_, _> = ends.collect();
    assert!(
        matches!(&ends[&id(0)], CaseEnd::Stopped { trouble, .. } if trouble.kind == TroubleKind::Bench),
        "{ends:?}"
    );
    assert_eq!(ends[&id(1)], CaseEnd::Complete);
}

#[test]
fn a_slow_relay_holds_up_its_own_unit_only() {
    let tasks = vec![
        task(0, &["a"]),
        task(1, &["b"]),
        task(2, &["a"]),
        task(3, &["b"]),
    ];
    let relay = Arc::new(Latch::default());
    let mut bench = FakeBench::of(&["b"]);
    let slow = FakeUnit {
        rest_waits: Some(Arc::clone(&relay)),
        ..FakeUnit::default()
    };
    bench.units.insert(unit("a"), Arc::new(slow));
    // The last task of b lets the relay of a go: a run that waits for the relay first would never end.
    let opens = body(move || {
        relay.open();
        CaseEnd::Complete
    });
    let fake = FakeRun::new(plan(tasks), bench, vec![("case-3", opens)]);
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    assert_eq!(fake.started().last(), Some(&id(2)));
}

#[test]
fn a_case_that_hangs_in_a_driver_is_given_up_and_its_unit_switched_off() {
    let mut tasks = vec![task(0, &["a"]), task(1, &["a"]), task(2, &["b"])];
    Arc::make_mut(&mut tasks[0].case).within = Dur::ms(1);
    let door = Arc::new(Latch::default());
    let hangs = Arc::clone(&door);
    let bodies = vec![(
        "case-0",
        body(move || {
            hangs.wait();
            CaseEnd::Complete
        }),
    )];
    let fake = FakeRun::new(plan(tasks), FakeBench::of(&["a", "b"]), bodies);
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let ends = fake.ends();
    let hung = ends.iter().find(|(task, _)| *task == id(0)).unwrap();
    assert!(
        matches!(&hung.1, CaseEnd::Stopped { trouble, .. } if trouble.what.contains("given up")),
        "{hung:?}"
    );
    assert_eq!(fake.started(), [id(0), id(2)], "its unit is out of service");
    door.open();
}

#[test]
fn a_cancelled_run_ends_though_a_case_does_not_and_tells_what_was_not_run() {
    let tasks = vec![task(0, &["a"]), task(1, &["a"])];
    let door = Arc::new(Latch::default());
    let hangs = Arc::clone(&door);
    let cancel = Arc::new(std::sync::OnceLock::<crate::Cancel>::new());
    let asked = Arc::clone(&cancel);
    let stubborn = body(move || {
        asked.get().unwrap().cancel("interrupted");
        hangs.wait();
        CaseEnd::Complete
    });
    let fake = FakeRun::new(
        plan(tasks),
        FakeBench::of(&["a"]),
        vec![("case-0", stubborn)],
    );
    cancel.set(fake.job.cancel.clone()).ok().unwrap();
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Interrupted);
    let journal = fake.journal();
    let told = |(task, fact): &(Option<TaskId>, Fact)| {
        *task == Some(id(1)) && matches!(fact, Fact::TaskNotRun { .. })
    };
    assert!(journal.iter().any(told), "{journal:?}");
    assert!(matches!(
        journal.last(),
        Some((None, Fact::RunEnded { .. }))
    ));
    door.open();
}

#[test]
fn a_case_without_a_verdict_is_tried_again_before_the_others_as_often_as_the_plan_allows() {
    let mut plan = plan(vec![task(0, &["a"]), task(1, &["a"])]);
    plan.retries = 2;
    let tries = Arc::new(AtomicUsize::new(0));
    let made = Arc::clone(&tries);
    let broken = body(move || {
        made.fetch_add(1, Ordering::SeqCst);
        super::stopped(Trouble::new(TroubleKind::Bench, Channel::Console, "no tty"))
    });
    let fake = FakeRun::new(plan, FakeBench::of(&["a"]), vec![("case-0", broken)]);
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    assert_eq!(tries.load(Ordering::SeqCst), 3);
    // A case that ends without a check came to no verdict either.
    assert_eq!(fake.started(), [[id(0); 3], [id(1); 3]].concat());
}

#[test]
fn a_case_whose_unit_was_somebody_elses_by_its_end_is_bench_trouble() {
    let tasks = vec![task(0, &["a"]), task(1, &["b"])];
    let mut bench = FakeBench::of(&["a", "b"]);
    bench.lost.push(unit("a"));
    let fake = FakeRun::new(plan(tasks), bench, Vec::new());
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let ends: std::collections::BTreeMap<_, _> = fake.ends().into_iter().collect();
    assert!(
        matches!(&ends[&id(0)], CaseEnd::Stopped { trouble, .. } if trouble.kind == TroubleKind::Bench
            && trouble.what.contains("the place of a")),
        "{ends:?}"
    );
    assert_eq!(ends[&id(1)], CaseEnd::Complete);
}

#[test]
fn a_case_that_the_suite_lost_is_told_and_holds_up_nothing() {
    let tasks = vec![task(0, &["a"]), task(1, &["a"])];
    let mut fake = FakeRun::new(plan(tasks), FakeBench::of(&["a"]), Vec::new());
    fake.job.cases.retain(|id, _| id.as_str() != "case-0");
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let ends = fake.ends();
    assert!(
        matches!(&ends[0].1, CaseEnd::Stopped { trouble, .. } if trouble.kind == TroubleKind::Case)
    );
    assert_eq!(ends[1], (id(1), CaseEnd::Complete));
}

#[test]
fn thousands_of_lost_cases_are_told_one_after_the_other() {
    let tasks = (0..5_000).map(|n| task(n, &["a"])).collect();
    let mut fake = FakeRun::new(plan(tasks), FakeBench::of(&["a"]), Vec::new());
    fake.job.cases.clear();
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    assert_eq!(fake.ends().len(), 5_000);
}
