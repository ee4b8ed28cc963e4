//! Units that leave a run while it goes on, and come back.

use super::{body, id};
use crate::dispatcher::{run, stopped};
use crate::past::Past;
use crate::testing::{Body, FakeBench, FakeRun, FakeUnit, Latch, plan_on, task, unit};
use proofhouse_model::event::{CaseEnd, RunEnd};
use proofhouse_model::fold::{TaskResult, fold_tasks};
use proofhouse_model::op::ConsoleOp;
use proofhouse_model::{
    Channel, Dur, Fact, LeftBecause, Observation, Op, Per, Plan, Task, Trouble, UnitName, Verdict,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn port_is_gone() -> Trouble {
    Trouble::bench(Channel::Console, "the port is gone", "plug it in")
}

/// A unit whose wires do not answer the ops of these numbers, from 1.
fn fails(at: impl Fn(usize) -> bool + Send + Sync + 'static) -> Arc<FakeUnit> {
    let ops = AtomicUsize::new(0);
    Arc::new(FakeUnit::that(move |_, _, _| {
        match at(ops.fetch_add(1, Ordering::SeqCst) + 1) {
            true => Err(port_is_gone()),
            false => Ok(Observation::Done),
        }
    }))
}

/// One op on its unit's console.
fn asks() -> Body {
    Body(Box::new(|host| {
        match host.perform(0, Op::Console(ConsoleOp::Skip)) {
            Ok(_) => CaseEnd::Complete,
            Err(trouble) => stopped(trouble),
        }
    }))
}

/// Every case of the plan asks its unit.
fn all_ask(plan: &Plan) -> Vec<(String, Body)> {
    let names = plan.tasks.iter().map(|t| t.case.id.to_string());
    names.map(|name| (name, asks())).collect()
}

fn faked(plan: Plan, bench: FakeBench, mut bodies: Vec<(String, Body)>) -> FakeRun {
    let mut all = all_ask(&plan);
    all.append(&mut bodies);
    let all = all.iter_mut().map(|(name, body)| {
        let none = Body(Box::new(|_| CaseEnd::Complete));
        (name.as_str(), std::mem::replace(body, none))
    });
    FakeRun::new(plan, bench, all.collect())
}

/// The run goes on for as long as one case is under way, which is until another one is done.
fn one_waits_for(last: usize, waits: usize) -> Vec<(String, Body)> {
    let door = Arc::new(Latch::default());
    let opens = Arc::clone(&door);
    let opener = body(move || {
        opens.open();
        CaseEnd::Complete
    });
    let waiter = body(move || {
        door.wait();
        CaseEnd::Complete
    });
    let name = |n: usize| format!("case-{n}");
    vec![(name(last), opener), (name(waits), waiter)]
}

fn results(fake: &FakeRun) -> Vec<TaskResult> {
    let mut results = fold_tasks(fake.reader().events()).0;
    results.sort_by_key(|result| result.task);
    results
}

/// What left and came back, in the journal's order.
fn moves(fake: &FakeRun) -> Vec<(UnitName, Fact)> {
    let events = fake.reader().events().into_iter();
    let moves = events.filter(|e| {
        matches!(
            e.fact,
            Fact::UnitLeft { .. } | Fact::UnitJoined { .. } | Fact::UnitBroken { .. }
        )
    });
    moves.map(|e| (e.unit.unwrap(), e.fact)).collect()
}

/// Each on one unit, in turn.
fn tasks(units: &[&str]) -> Vec<Task> {
    let all = units.iter().enumerate();
    all.map(|(n, unit)| task(n, &[*unit])).collect()
}

fn per_unit(mut tasks: Vec<Task>) -> Vec<Task> {
    for task in &mut tasks {
        Arc::make_mut(&mut task.case).per = Per::Unit;
    }
    tasks
}

#[test]
fn another_unit_goes_on_with_what_one_leaves_behind_and_what_it_broke_off_is_begun_again() {
    let plan = plan_on(&["a", "b"], tasks(&["a", "b", "a", "a", "b"]));
    let mut bench = FakeBench::of(&["b"]);
    bench.units.insert(unit("a"), fails(|_| true));
    let fake = faked(plan, bench, Vec::new());
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let expected = Fact::UnitLeft {
        why: LeftBecause::Trouble { cases: 2 },
        trouble: port_is_gone(),
        tasks: vec![id(0), id(2)],
    };
    assert_eq!(moves(&fake), [(unit("a"), expected)]);
    for result in results(&fake) {
        let told = (result.units.as_slice(), result.attempts, &result.end);
        let done = (&[unit("b")][..], 1, &Some(CaseEnd::Complete));
        assert_eq!(told, done, "{}", result.task);
    }
    assert_eq!(fake.started().len(), 7);
}

#[test]
fn what_every_unit_is_asked_by_itself_no_other_one_answers() {
    let plan = plan_on(&["a", "b"], per_unit(tasks(&["a", "a", "a", "b"])));
    let mut bench = FakeBench::of(&["b"]);
    bench.units.insert(unit("a"), fails(|_| true));
    let fake = faked(plan, bench, Vec::new());
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let results = results(&fake);
    let why = results[2].not_run.as_deref().unwrap();
    assert!(why.contains("a left the run: 2 cases in a row"), "{why}");
    assert!(why.contains("the port is gone"), "{why}");
    let errors = results.iter().map(|r| r.verdict() == Verdict::Error);
    assert_eq!(errors.collect::<Vec<_>>(), [true, true, true, false]);
}

/// Of its cases some may not use the wire that is the trouble.
#[test]
fn the_last_unit_of_its_product_stays_whatever_its_wires_do() {
    let plan = plan_on(&["a", "b"], tasks(&["a", "b"].repeat(20)));
    let mut bench = FakeBench::default();
    for name in ["a", "b"] {
        bench.units.insert(unit(name), fails(|_| true));
    }
    let fake = faked(
        plan,
        bench,
        vec![("case-39".to_owned(), body(|| CaseEnd::Complete))],
    );
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    assert_eq!(moves(&fake).len(), 1);
    let results = results(&fake);
    assert_eq!(results.len(), 40);
    assert!(results.iter().all(|r| r.not_run.is_none()));
    let ends = results.iter().filter(|r| r.end == Some(CaseEnd::Complete));
    assert_eq!(ends.count(), 1);
}

/// What no unit can do may be the case's fault: of two of them only the first is taken for a wire that is gone.
#[test]
fn a_case_that_one_unit_left_for_is_not_held_against_the_next() {
    let mut plan = plan_on(&["a", "b", "c"], tasks(&["a", "a", "b", "c"]));
    for task in &mut plan.tasks[..2] {
        Arc::make_mut(&mut task.case).needs = vec![Channel::Console];
    }
    // So c stands in for neither.
    plan.bench.units[2].wires.clear();
    let mut bench = FakeBench::of(&["c"]);
    for name in ["a", "b"] {
        bench.units.insert(unit(name), fails(|_| true));
    }
    let others = [2, 3].map(|n| (format!("case-{n}"), body(|| CaseEnd::Complete)));
    let fake = faked(plan, bench, others.into());
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let moves = moves(&fake);
    assert_eq!(moves.len(), 1, "{moves:?}");
    for result in &results(&fake)[..2] {
        assert_eq!(result.units, [unit("b")]);
        assert_eq!(result.verdict(), Verdict::Error);
    }
}

#[test]
fn a_wire_that_answers_in_between_keeps_its_unit_in_the_run() {
    let plan = plan_on(&["a", "b"], tasks(&["a"; 6]));
    let mut bench = FakeBench::of(&["b"]);
    bench.units.insert(unit("a"), fails(|op| op % 2 == 1));
    let fake = faked(plan, bench, Vec::new());
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    assert!(moves(&fake).is_empty());
    assert_eq!(fake.started().len(), 6);
}

/// What is wrong with the bench is what a trial of it is to find.
#[test]
fn no_unit_leaves_a_trial_of_the_bench() {
    let mut plan = plan_on(&["a", "b"], tasks(&["a"; 4]));
    plan.catalogue.by_cases = true;
    let mut bench = FakeBench::of(&["b"]);
    bench.units.insert(unit("a"), fails(|_| true));
    let fake = faked(plan, bench, Vec::new());
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    assert!(moves(&fake).is_empty());
    assert_eq!(fake.started(), [id(0), id(1), id(2), id(3)]);
}

#[test]
fn a_unit_that_is_back_does_what_nobody_else_could() {
    let mut plan = plan_on(&["a", "b"], per_unit(tasks(&["a", "a", "a", "b"])));
    plan.bench.patient.try_again_after = Dur::ms(1);
    let mut bench = FakeBench::of(&["b"]);
    bench.units.insert(unit("a"), fails(|op| op <= 2));
    let fake = faked(plan, bench, one_waits_for(2, 3));
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let moves = moves(&fake);
    assert_eq!(moves.len(), 2, "{moves:?}");
    assert_eq!(moves[1], (unit("a"), Fact::UnitJoined { tries: 1 }));
    let results = results(&fake);
    assert_eq!(results[2].end, Some(CaseEnd::Complete));
    assert_eq!(
        (results[2].not_run.as_ref(), results[2].attempts),
        (None, 1)
    );
    // Its own doing stays what it was.
    assert_eq!(results[0].verdict(), Verdict::Error);
    // The try is no task's, and on record.
    let events = fake.reader().events();
    let tried = events
        .iter()
        .filter(|e| e.task.is_none() && matches!(e.fact, Fact::OpStarted { .. }));
    let units: Vec<_> = tried.map(|e| e.unit.clone()).collect();
    assert_eq!(units, [Some(unit("a"))]);
}

/// It was given to another one, which left as well and is not back.
#[test]
fn a_unit_that_is_back_does_what_was_its_by_the_plan_whoever_had_it_last() {
    let mut plan = plan_on(&["a", "b", "c"], tasks(&["b", "b", "b", "b", "b", "c"]));
    plan.bench.patient.try_again_after = Dur::ms(1);
    for task in &mut plan.tasks[..5] {
        Arc::make_mut(&mut task.case).needs = vec![Channel::Console];
    }
    // So c stands in for none of them.
    plan.bench.units[2].wires.clear();
    let failed = Arc::new(AtomicUsize::new(0));
    let so_far = Arc::clone(&failed);
    let mut bench = FakeBench::of(&["c"]);
    let a = fails(move |op| {
        failed.store(op, Ordering::SeqCst);
        true
    });
    bench.units.insert(unit("a"), a);
    // It is back when a has failed at as many of its own, which are 2 and 3.
    let b = fails(move |op| op <= 2 || so_far.load(Ordering::SeqCst) < 4);
    bench.units.insert(unit("b"), b);
    let fake = faked(plan, bench, one_waits_for(4, 5));
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let results = results(&fake);
    assert_eq!(results[4].end, Some(CaseEnd::Complete));
    assert_eq!(results[4].units, [unit("b")]);
}

/// Nobody's case goes on at a unit that is somebody else's by now.
#[test]
fn a_unit_that_its_farm_takes_back_leaves_at_once_and_its_case_is_begun_on_another() {
    let plan = plan_on(&["a", "b"], tasks(&["a", "a", "b"]));
    let bench = FakeBench::of(&["a", "b"]);
    let taken = Arc::clone(&bench.taken);
    let lost = Body(Box::new(move |host| {
        if host.unit_name(0) == "b" {
            return CaseEnd::Complete;
        }
        taken.lock().unwrap().push((unit("a"), port_is_gone()));
        loop {
            if let Err(trouble) = host.pause(Dur::ms(1)) {
                return stopped(trouble);
            }
        }
    }));
    let fake = faked(plan, bench, vec![("case-0".to_owned(), lost)]);
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let expected = Fact::UnitLeft {
        why: LeftBecause::TakenBack,
        trouble: port_is_gone(),
        tasks: vec![id(0)],
    };
    assert_eq!(moves(&fake), [(unit("a"), expected)]);
    for result in results(&fake) {
        assert_eq!(result.units, [unit("b")], "{}", result.task);
        assert_eq!(result.end, Some(CaseEnd::Complete), "{}", result.task);
    }
}

/// It has the number of the attempt in whose place it is: of two that are allowed none is used up by the farm.
#[test]
fn what_is_begun_on_another_unit_is_no_further_attempt() {
    let mut plan = plan_on(&["a", "b"], tasks(&["a"]));
    plan.retries = 1;
    let mut bench = FakeBench::of(&["a", "b"]);
    bench.lost.push(unit("a"));
    let taken = Arc::clone(&bench.taken);
    let lost = Body(Box::new(move |host| {
        if host.unit_name(0) == "a" {
            taken.lock().unwrap().push((unit("a"), port_is_gone()));
        }
        CaseEnd::Complete
    }));
    let fake = faked(plan, bench, vec![("case-0".to_owned(), lost)]);
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let events = fake.reader().events().into_iter();
    let attempts = events.filter_map(|e| match e.fact {
        Fact::TaskStarted { attempt, units, .. } => Some((attempt, units)),
        _ => None,
    });
    // It checks nothing, so it comes to no verdict, and is tried once more.
    let (on_a, on_b) = (vec![unit("a")], vec![unit("b")]);
    let expected = [(1, on_a), (1, on_b.clone()), (2, on_b)];
    assert_eq!(attempts.collect::<Vec<_>>(), expected);
}

/// The run can be taken up again when the place is to be had.
#[test]
fn a_run_whose_last_unit_is_taken_back_is_ended() {
    let plan = plan_on(&["a"], tasks(&["a", "a"]));
    let bench = FakeBench::of(&["a"]);
    let taken = Arc::clone(&bench.taken);
    let lost = body(move || {
        taken.lock().unwrap().push((unit("a"), port_is_gone()));
        CaseEnd::Complete
    });
    let fake = faked(plan, bench, vec![("case-0".to_owned(), lost)]);
    assert_eq!(run(&fake.job).unwrap(), RunEnd::BrokenOff);
    assert!(moves(&fake).is_empty());
    assert_eq!(fake.started(), [id(0)]);
}

/// Whoever takes it up again may have mended the wires: with one unit the run would end at once otherwise.
#[test]
fn who_had_left_a_run_that_is_taken_up_again_begins_anew() {
    let plan = plan_on(&["a", "b"], tasks(&["a", "b"]));
    let mut fake = faked(plan, FakeBench::of(&["a", "b"]), Vec::new());
    let left = (LeftBecause::Trouble { cases: 2 }, port_is_gone());
    let mut past = Past::default();
    past.left.insert(unit("a"), left);
    fake.job.past = Some(past);
    assert_eq!(run(&fake.job).unwrap(), RunEnd::Finished);
    let joined = Fact::UnitJoined { tries: 0 };
    assert_eq!(moves(&fake), [(unit("a"), joined)]);
    let results = results(&fake);
    let held: Vec<_> = results.iter().map(|r| r.units.as_slice()).collect();
    assert_eq!(held, [[unit("a")], [unit("b")]]);
}
