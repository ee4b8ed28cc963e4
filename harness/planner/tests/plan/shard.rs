//! A plan shared out: the same parts wherever it is asked, each task in one of them.

use super::{case, inputs};
use proofhouse_model::{Plan, TaskId};
use proofhouse_planner::{part_of, plan, plan_hash, plan_json, shares};

fn whole(takes: &[u64]) -> Plan {
    let cases = takes.iter().enumerate();
    let cases = cases.map(|(at, takes)| case(&format!("case_{at}"), *takes));
    plan(inputs(cases.collect())).unwrap()
}

/// Seconds of each part.
fn loads(plan: &Plan, of: u32) -> Vec<u64> {
    let parts = shares(&plan.tasks, of);
    let of_part = |part| {
        let tasks = plan.tasks.iter().zip(&parts).filter(|(_, p)| **p == part);
        tasks.map(|(task, _)| task.case.takes.std().as_secs()).sum()
    };
    (1..=of).map(of_part).collect()
}

#[test]
fn parts_take_about_as_long() {
    let plan = whole(&[
        50, 60, 16, 15, 14, 14, 10, 10, 7, 5, 5, 4, 4, 3, 3, 3, 2, 1, 1, 1,
    ]);
    let loads = loads(&plan, 3);
    assert_eq!(loads.iter().sum::<u64>(), 228);
    let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
    assert!(most - least <= 1, "{loads:?}");
}

#[test]
fn each_task_is_in_one_part_and_no_part_is_empty() {
    for (takes, of) in [
        (vec![9, 1, 1, 1], 4),
        (vec![0, 0, 0], 3),
        (vec![5], 1),
        (vec![1; 17], 5),
    ] {
        let whole = whole(&takes);
        let mut seen: Vec<TaskId> = Vec::new();
        for part in 1..=of {
            let part = part_of(whole.clone(), part, of).unwrap();
            let here: Vec<TaskId> = part.here().map(|t| t.id).collect();
            assert!(!here.is_empty(), "{takes:?}");
            seen.extend(here);
        }
        seen.sort();
        assert_eq!(seen, whole.tasks.iter().map(|t| t.id).collect::<Vec<_>>());
    }
}

/// What all parts have in common is the hash of the plan without a part, also when it is read from its file.
#[test]
fn the_whole_plan_is_found_again_in_each_part() {
    let whole = whole(&[3, 2, 1]);
    let hash = plan_hash(&whole);
    for part in 1..=2 {
        let part = part_of(whole.clone(), part, 2).unwrap();
        let read: Plan = serde_json::from_slice(&plan_json(&part)).unwrap();
        assert_eq!(read.shard.as_ref().unwrap().whole, hash);
        assert_eq!(plan_hash(&read.whole()), hash);
        assert_ne!(plan_hash(&read), hash);
        assert_eq!(read.tasks, whole.tasks);
    }
}

#[test]
fn a_part_that_would_do_nothing_is_refused() {
    for (part, of, words) in [
        (1, 4, "the plan has 3 tasks"),
        (0, 2, "there is no shard 0 of 2"),
        (3, 2, "there is no shard 3 of 2"),
    ] {
        let refused = part_of(whole(&[3, 2, 1]), part, of).unwrap_err();
        assert!(refused.message.contains(words), "{}", refused.message);
        assert_eq!(refused.file, "--shard");
    }
}
