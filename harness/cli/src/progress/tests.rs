//! What a display counts.

use super::*;
use crate::smallest;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{ProductId, Task};
use smallest::{case, plan, profile};
use std::sync::Arc;

fn event(task: TaskId, fact: Fact) -> Event {
    Event {
        seq: 0,
        at_us: 0,
        wall: String::new(),
        task: Some(task),
        unit: None,
        fact,
    }
}

#[test]
fn a_run_that_goes_on_counts_what_it_still_has_to_do() {
    let unit = UnitName::new("a").unwrap();
    let mut plan = plan(profile("p"), vec![unit.clone()]);
    let ids = [0, 1, 2].map(TaskId::at);
    for (id, name) in ids.into_iter().zip(["one", "two", "three"]) {
        plan.tasks.push(Task {
            id,
            case: Arc::new(case(name)),
            product: ProductId::new("p").unwrap(),
            units: vec![unit.clone()],
        });
    }
    let mut progress = Progress::new(&plan, false);
    let not_run = || Fact::TaskNotRun {
        why: "interrupted".to_owned(),
    };
    // The first came to its end; the others were left out when somebody ended the run.
    let end = CaseEnd::Complete;
    progress.catch_up(&event(ids[0], Fact::TaskEnded { end }));
    progress.catch_up(&event(ids[1], not_run()));
    progress.catch_up(&event(ids[2], not_run()));
    progress.goes_on_with(&ids[1..]);
    assert_eq!(progress.counted(), "[ 0/2]");
    progress.see(&event(ids[1], not_run()));
    assert_eq!(progress.counted(), "[ 1/2]");
}
