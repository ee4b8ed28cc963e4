//! A plan shared out among hosts: which part carries out which task. Pure, and the same wherever it is asked.

use super::{Plan, plan_hash};
use proofhouse_model::{Diagnostic, Shard, Task};
use std::cmp::Reverse;
use std::time::Duration;

/// A plan with the one part of it that is to be carried out here.
///
/// # Errors
/// There is no such part, or one of them would have nothing to do: a part without a task would look like a good one.
pub fn part_of(whole: Plan, part: u32, of: u32) -> Result<Plan, Box<Diagnostic>> {
    if part == 0 || part > of {
        let message = format!("there is no shard {part} of {of}");
        let wrong = Diagnostic::whole("--shard", message);
        return Err(Box::new(wrong.expected("1/N to N/N".to_owned())));
    }
    let tasks = whole.tasks.len();
    if usize::try_from(of).is_ok_and(|of| of > tasks) {
        let s = if tasks == 1 { "" } else { "s" };
        let message =
            format!("the plan has {tasks} task{s}, so that some of {of} shards would do nothing");
        let wrong = Diagnostic::whole("--shard", message);
        return Err(Box::new(wrong.help("take fewer shards")));
    }
    let shard = Shard {
        part,
        of,
        whole: plan_hash(&whole.whole()),
        parts: shares(&whole.tasks, of),
    };
    Ok(Plan {
        shard: Some(shard),
        ..whole
    })
}

/// The part of each task: the longest first, each to the part that has the least to do, so that all end at about the
/// same time. It follows from the tasks alone, by what their heads say they take.
#[must_use]
pub fn shares(tasks: &[Task], of: u32) -> Vec<u32> {
    let mut longest: Vec<&Task> = tasks.iter().collect();
    longest.sort_by_key(|task| (Reverse(task.case.takes), task.id));
    let mut load: Vec<(Duration, usize)> = (1..=of).map(|_| (Duration::ZERO, 0)).collect();
    let mut parts = vec![1; tasks.len()];
    for task in longest {
        // Of two that are equally busy the one with fewer tasks, so that none stays empty, then the first.
        let least = (1..=of)
            .zip(&load)
            .min_by_key(|(part, load)| (**load, *part));
        let Some((part, _)) = least else { continue };
        if let Some(place) = parts.get_mut(task.id.index()) {
            *place = part;
        }
        if let Some((takes, count)) = usize::try_from(part).ok().and_then(|p| load.get_mut(p - 1)) {
            *takes += task.case.takes.std();
            *count += 1;
        }
    }
    parts
}
