//! One part of a run: it claims nothing of tasks that it does not have.

use super::*;
use crate::event::ShardOrigin;
use crate::fold::{GuideState, LedgerState, Pending, fold_run};
use crate::{Finding as F, Shard, Verdict as V};

const FINDINGS: [F; 3] = [F::Shown, F::NotObserved, F::Refuted];

/// Three tasks: `c` and `d` carry out a unit of 5.12-2 each, `e` serves 5.12-3 alone.
fn three() -> Plan {
    let provisions = vec![
        provision("5.12-2", &[], &["5.12-2-1.a", "5.12-2-1.b"]),
        provision("5.12-3", &[], &["5.12-3-1.a"]),
    ];
    let cases = vec![
        meta("c", &["5.12-2"], &["5.12-2-1.a"]),
        meta("d", &["5.12-2"], &["5.12-2-1.b"]),
        meta("e", &["5.12-3"], &["5.12-3-1.a"]),
    ];
    let mut plan = plan(provisions, cases);
    claim(&mut plan, "5.12-2", Support::Yes);
    claim(&mut plan, "5.12-3", Support::Yes);
    plan
}

/// The first part, which has these tasks; the second has the others.
fn first_part(plan: &Plan, here: [bool; 3]) -> Plan {
    let shard = Shard {
        part: 1,
        of: 2,
        whole: "w".to_owned(),
        parts: here.iter().map(|here| if *here { 1 } else { 2 }).collect(),
    };
    Plan {
        shard: Some(shard),
        ..plan.clone()
    }
}

/// What these tasks found; `e` also against 5.12-2, where it refutes.
fn journal(found: [F; 3], here: [bool; 3]) -> Journal {
    let tasks = [
        ("c", "5.12-2-1.a"),
        ("d", "5.12-2-1.b"),
        ("e", "5.12-3-1.a"),
    ];
    let ran = tasks.into_iter().zip(found).zip(here);
    let ran = ran.filter(|(_, here)| *here);
    ran.fold(Journal::default(), |journal, ((of, finding), _)| {
        let against = match of.0 {
            "e" => vec![pid("5.12-2")],
            _ => Vec::new(),
        };
        let check = Check {
            units: vec![unit(of.1)],
            against,
            ..check(finding)
        };
        journal.case(of.0, vec![check], complete())
    })
}

/// Every combination of findings and shares: a part passes nothing that another part could still fail, and what it
/// fails the whole run fails.
#[test]
fn a_part_never_says_more_than_the_whole_run() {
    let whole = three();
    let (mut passed, mut failed) = (0, 0);
    for at in 0..27 {
        let found = [at % 3, at / 3 % 3, at / 9].map(|n: usize| FINDINGS[n]);
        let all = verdicts_of(&fold_run(&whole, &journal(found, [true; 3]).0));
        for share in 0..8 {
            let here = [0, 1, 2].map(|bit| share >> bit & 1 == 1);
            let part = first_part(&whole, here);
            let run = fold_run(&part, &journal(found, here).0);
            let holds = run.products[0]
                .ledger()
                .any(|u| u.state == LedgerState::Holds);
            assert!(!holds || here == [true; 3], "{found:?} {here:?}");
            let told = verdicts_of(&run);
            for (of_part, of_all) in told.iter().zip(&all) {
                let what = format!("{found:?} {here:?}: {of_part:?}, the whole {of_all:?}");
                match of_part {
                    Some(V::Pass) => assert_eq!(here, [true; 3], "{what}"),
                    Some(V::Fail) => assert_eq!(*of_all, Some(V::Fail), "{what}"),
                    _ => {}
                }
                passed += usize::from(*of_part == Some(V::Pass));
                failed += usize::from(*of_part == Some(V::Fail));
            }
            if here == [true; 3] {
                assert_eq!(told, all, "{found:?}");
            }
        }
    }
    assert!(
        passed > 0 && failed > 20,
        "{passed} passed, {failed} failed"
    );
}

#[test]
fn units_of_other_parts_are_told_as_theirs() {
    let here = [true, false, false];
    let part = first_part(&three(), here);
    let run = fold_run(&part, &journal([F::Shown; 3], here).0);
    let first = &run.products[0].provisions[0];
    let states: Vec<_> = first.units.iter().map(|u| u.state).collect();
    assert_eq!(states, [LedgerState::InPart, LedgerState::NotRun]);
    let why = "1 check shown; other parts of the run may have found something against it";
    assert_eq!(first.units[0].reason, why);
    assert_eq!(first.units[1].reason, "shard 2/2 carries out d");
    assert_eq!(first.functional, Some(V::Pass));
    let theirs = Pending::OtherParts(vec![tid("d")]);
    assert!(first.pending.contains(&theirs), "{:?}", first.pending);
    let second = &run.products[0].provisions[1];
    assert_eq!(second.functional, None);
    let theirs = Pending::OtherParts(vec![tid("e")]);
    assert_eq!(second.pending, [theirs]);
    let why = run.task(tid("d")).unwrap().not_run.clone().unwrap();
    assert!(why.starts_with("shard 2/2 carries it out"), "{why}");
}

/// Two cases of one unit: the one that is here does not do it whole.
#[test]
fn a_unit_that_another_part_also_carries_out_is_done_in_part() {
    let mut plan = three();
    Arc::make_mut(&mut plan.tasks[1].case).units = vec![unit("5.12-2-1.a")];
    let here = [true, false, true];
    let part = first_part(&plan, here);
    let run = fold_run(&part, &journal([F::Shown; 3], here).0);
    let unit = &run.products[0].provisions[0].units[0];
    assert_eq!(unit.state, LedgerState::InPart, "{}", unit.reason);
    assert!(
        unit.reason.contains("shard 2/2 carries out d"),
        "{}",
        unit.reason
    );
}

#[test]
fn what_holds_as_declared_is_left_open_in_a_part() {
    let mut plan = plan(
        vec![provision("5.3-9", &["5.3-9-1.c"], &["5.3-9-2.a"])],
        vec![
            meta("c", &["5.3-9"], &["5.3-9-2.a"]),
            meta("d", &["5.3-9"], &["5.3-9-2.a"]),
            meta("e", &["5.3-9"], &["5.3-9-2.a"]),
        ],
    );
    claim(&mut plan, "5.3-9", Support::Yes);
    let row = serde_json::json!({"id": "UpdMech-1", "cryptographic-details": "Ed25519",
        "bench": {"verified-by": "device", "verified-before": "install"}});
    let rows = vec![serde_json::from_value(row).unwrap()];
    let profile = &mut plan.products.get_mut(&product()).unwrap().profile;
    profile.ixit.insert("7-UpdMech".to_owned(), rows);
    let state = |plan: &Plan| {
        fold_run(plan, &journal([F::Shown; 3], [true; 3]).0).products[0].provisions[0].units[0]
            .state
    };
    assert_eq!(state(&plan), LedgerState::Holds);
    assert_eq!(
        state(&first_part(&plan, [true, true, false])),
        LedgerState::NotRun
    );
}

#[test]
fn a_row_of_a_guide_is_not_held_while_another_part_serves_it() {
    let mut plan = three();
    guide(&mut plan, &["acsc-6-g4"]);
    for task in &mut plan.tasks[..2] {
        Arc::make_mut(&mut task.case).guides = vec![gid("acsc-6-g4")];
    }
    let shown = || vec![check_for_guides(F::Shown, &["acsc-6-g4"])];
    let both = Journal::default().case("c", shown(), complete());
    let both = both.case("d", shown(), complete());
    assert_eq!(
        fold_run(&plan, &both.0).products[0].guides[0].state,
        GuideState::Held
    );
    let part = first_part(&plan, [true, false, true]);
    let one = Journal::default().case("c", shown(), complete());
    let row = fold_run(&part, &one.0).products[0].guides[0].clone();
    assert_eq!(row.state, GuideState::Partly);
    assert_eq!(row.missing, ["shard 2/2 carries out d"]);
}

/// In a merged run, what broke off the second part says nothing of the tasks of the first.
#[test]
fn a_part_that_was_broken_off_leaves_the_tasks_of_others_alone() {
    let began = |shard| {
        Fact::ShardBegan(ShardOrigin {
            shard,
            of: 2,
            plan: String::new(),
            seal: String::new(),
            tool: String::new(),
            host: String::new(),
        })
    };
    let resumed = Fact::RunResumed {
        tool: String::new(),
        host: String::new(),
        tasks: Vec::new(),
        open: Vec::new(),
    };
    let why = "a is out of service".to_owned();
    let journal = Journal::default()
        .run_started()
        .fact(None, began(1))
        .fact(Some("c"), Fact::TaskNotRun { why })
        .case("d", vec![part(F::Shown)], stopped(TroubleKind::Cancelled))
        .ended(RunEnd::Finished)
        .fact(None, began(2))
        .ended(RunEnd::Interrupted)
        .fact(None, resumed)
        .case("e", vec![part(F::Shown)], complete())
        .ended(RunEnd::Finished);
    let run = fold_run(&three(), &journal.0);
    assert_eq!(run.end, Some(RunEnd::Finished));
    assert!(run.task(tid("c")).unwrap().not_run.is_some());
    let second = run.task(tid("d")).unwrap();
    assert!(second.is_cut_short() && second.broken_off.is_empty());
}

#[test]
fn a_plan_says_of_each_task_in_which_part_it_is() {
    let part = first_part(&three(), [true, false, true]);
    let json = serde_json::to_value(&part).unwrap();
    assert_eq!(serde_json::from_value::<Plan>(json.clone()).unwrap(), part);
    assert_eq!(
        part.here().map(|t| t.id).collect::<Vec<_>>(),
        [tid("c"), tid("e")]
    );
    assert_eq!(part.lies_in(tid("d")).as_deref(), Some("shard 2/2"));
    assert_eq!(part.lies_in(tid("c")), None);
    for (key, value) in [
        ("part", serde_json::json!(3)),
        ("part", serde_json::json!(0)),
        ("parts", serde_json::json!([1, 2])),
        ("parts", serde_json::json!([1, 2, 3])),
        ("of", serde_json::json!(1)),
    ] {
        let mut wrong = json.clone();
        wrong["shard"][key] = value;
        assert!(serde_json::from_value::<Plan>(wrong).is_err(), "{key}");
    }
    assert!(
        serde_json::to_value(three())
            .unwrap()
            .get("shard")
            .is_none()
    );
}
