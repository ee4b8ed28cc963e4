//! The order in which tasks start.

use super::Queue;
use crate::testing::{task, unit};
use proofhouse_model::{Task, TaskId};
use std::num::NonZeroUsize;

fn all(tasks: &[Task]) -> Vec<TaskId> {
    tasks.iter().map(|t| t.id).collect()
}

fn ids(numbers: &[usize]) -> Vec<TaskId> {
    numbers.iter().map(|n| TaskId::at(*n)).collect()
}

/// openhtf#1068: one thing waits for another that has nothing to do with it. What is on units of its own waits for
/// nobody; on one unit everything goes one after the other.
#[test]
fn openhtf_1068_units_work_side_by_side_each_in_plan_order() {
    let tasks = [task(0, &["a"]), task(1, &["b"]), task(2, &["a"])];
    let mut queue = Queue::new(&tasks, &all(&tasks));
    assert_eq!(queue.take_ready(), ids(&[0, 1]));
    assert!(queue.take_ready().is_empty(), "both are busy");
    queue.free(TaskId::at(0));
    assert_eq!(queue.take_ready(), ids(&[2]));
    assert!(queue.is_empty());
}

#[test]
fn a_task_that_waits_for_two_units_is_not_overtaken_on_either() {
    let tasks = [
        task(0, &["a"]),
        task(1, &["a", "b"]),
        task(2, &["b"]),
        task(3, &["c"]),
    ];
    let mut queue = Queue::new(&tasks, &all(&tasks));
    assert_eq!(queue.take_ready(), ids(&[0, 3]), "b is kept for task 1");
    queue.free(TaskId::at(3));
    assert!(queue.take_ready().is_empty());
    queue.free(TaskId::at(0));
    assert_eq!(queue.take_ready(), ids(&[1]));
    queue.free(TaskId::at(1));
    assert_eq!(queue.take_ready(), ids(&[2]));
}

#[test]
fn what_is_tried_again_comes_first() {
    let tasks = [task(0, &["a"]), task(1, &["a"])];
    let mut queue = Queue::new(&tasks, &all(&tasks));
    assert_eq!(queue.take_ready(), ids(&[0]));
    queue.free(TaskId::at(0));
    queue.again(TaskId::at(0));
    assert_eq!(queue.take_ready(), ids(&[0]));
    assert_eq!(queue.waiting(), ids(&[1]));
}

#[test]
fn a_unit_out_of_service_takes_its_tasks_along_and_holds_up_no_other() {
    let tasks = [task(0, &["a"]), task(1, &["a", "b"]), task(2, &["b"])];
    let mut queue = Queue::new(&tasks, &all(&tasks));
    assert_eq!(queue.take_ready(), ids(&[0]));
    assert_eq!(queue.drop_unit(&unit("a")), ids(&[1]));
    let free = queue.free(TaskId::at(0));
    assert!(queue.take_ready_of(&free).is_empty());
    assert_eq!(queue.take_ready(), ids(&[2]));
    assert!(queue.is_empty());
}

#[test]
fn only_what_is_left_of_a_plan_is_run() {
    let tasks = [task(0, &["a"]), task(1, &["a"]), task(2, &["a"])];
    let mut queue = Queue::new(&tasks, &ids(&[2]));
    assert_eq!(queue.take_ready(), ids(&[2]));
    assert!(queue.is_empty());
}

#[test]
fn ten_thousand_tasks_on_many_units_are_handed_out_once_each() {
    let names: Vec<String> = (0..64).map(|n| format!("u{n}")).collect();
    let tasks: Vec<Task> = (0..10_000)
        .map(|n| task(n, &[names[n % 64].as_str()]))
        .collect();
    let mut queue = Queue::new(&tasks, &all(&tasks));
    let mut running = queue.take_ready();
    let mut done = Vec::new();
    while let Some(id) = running.pop() {
        let units = queue.free(id);
        done.push(id);
        running.extend(queue.take_ready_of(&units));
    }
    done.sort_unstable();
    assert_eq!(done, all(&tasks));
}

#[test]
fn no_more_tasks_run_at_a_time_than_there_are_workers() {
    let names: Vec<String> = (0..9).map(|n| format!("u{n}")).collect();
    let tasks: Vec<Task> = (0..200)
        .map(|n| match n % 7 {
            0 => task(n, &[names[n % 9].as_str(), names[(n + 1) % 9].as_str()]),
            _ => task(n, &[names[n % 9].as_str()]),
        })
        .collect();
    for most in [1, 2, 5, 100] {
        let mut queue = Queue::new(&tasks, &all(&tasks)).with_workers(NonZeroUsize::new(most));
        let mut running = queue.take_ready();
        let (mut done, mut widest) = (Vec::new(), 0);
        while !running.is_empty() {
            widest = widest.max(running.len());
            let id = running.remove(0);
            let units = queue.free(id);
            done.push(id);
            running.extend(queue.take_ready_of(&units));
        }
        assert!(queue.is_empty() && done.len() == tasks.len(), "{most}");
        // Without the bound nine units would be busy.
        assert!(
            widest == most || most > 5 && widest > 5,
            "{widest} of {most}"
        );
    }
}

#[test]
fn one_worker_takes_tasks_in_plan_order() {
    let tasks = [task(0, &["a"]), task(1, &["b"]), task(2, &["a", "b"])];
    let mut queue = Queue::new(&tasks, &all(&tasks)).with_workers(NonZeroUsize::new(1));
    for n in 0..3 {
        assert_eq!(queue.take_ready(), ids(&[n]));
        assert!(queue.take_ready().is_empty());
        queue.free(TaskId::at(n));
    }
    assert!(queue.is_empty());
}

#[test]
fn what_a_unit_leaves_behind_is_started_on_another_in_plan_order() {
    let tasks = [
        task(0, &["a"]),
        task(1, &["a"]),
        task(2, &["b"]),
        task(3, &["b"]),
        task(4, &["a", "c"]),
    ];
    let (b, c) = (unit("b"), unit("c"));
    let mut queue = Queue::new(&tasks, &all(&tasks));
    assert_eq!(queue.take_ready(), ids(&[0, 2]));
    let left = queue.drop_unit(&unit("a"));
    assert_eq!(left, ids(&[1, 4]));
    queue.free(TaskId::at(0));
    queue.give(TaskId::at(4), vec![&b, &c]);
    queue.give(TaskId::at(1), vec![&b]);
    assert!(queue.is_busy(&b) && !queue.is_busy(&unit("a")));
    queue.free(TaskId::at(2));
    for n in [1, 3, 4] {
        assert_eq!(queue.take_ready(), ids(&[n]));
        assert!(queue.take_ready().is_empty(), "b is busy");
        let expected = if n == 4 { vec![&b, &c] } else { vec![&b] };
        assert_eq!(queue.free(TaskId::at(n)), expected);
    }
    assert!(queue.is_empty());
}

/// Whichever came first, on all of their units it is the same one that goes first.
#[test]
fn tasks_of_two_units_do_not_wait_for_each_other_after_a_move() {
    let tasks = [
        task(0, &["b", "c"]),
        task(1, &["a", "c"]),
        task(2, &["b", "c"]),
    ];
    let (b, c) = (unit("b"), unit("c"));
    let mut queue = Queue::new(&tasks, &ids(&[1, 2]));
    queue.drop_unit(&unit("a"));
    queue.again(TaskId::at(2));
    queue.give(TaskId::at(1), vec![&b, &c]);
    assert_eq!(queue.take_ready(), ids(&[1]));
    queue.free(TaskId::at(1));
    assert_eq!(queue.take_ready(), ids(&[2]));
}
