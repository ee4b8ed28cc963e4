//! What a run of many tasks costs to fold and to report:
//! `cargo run --release -p proofhouse-report --example many_tasks -- RECORDED TASKS`.
//!
//! `RECORDED` is any run folder, such as `fixtures/journals/honest`: its first task is repeated under other case names,
//! each with one op and one check.

use proofhouse_journal::Recorded;
use proofhouse_model::event::{CaseEnd, RunEnd};
use proofhouse_model::{CaseId, Event, Fact, Plan, Task, TaskId};
use proofhouse_report::{Folded, Style, json, junit, outcome, summary};
use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [from, tasks] = &args[..] else {
        return Err("name a run folder and how many tasks".into());
    };
    let recorded = Recorded::read(from.as_ref())?;
    let plan = many(recorded.plan, tasks.parse()?)?;
    let events = events(&plan, &recorded.events)?;
    let mut out = std::io::stdout().lock();
    let start = Instant::now();
    let run = Folded::new(&plan, &events);
    writeln!(
        out,
        "fold of {} events: {:?}",
        events.len(),
        start.elapsed()
    )?;
    let start = Instant::now();
    let came_to = outcome(&run);
    writeln!(out, "outcome, {}: {:?}", came_to.word(), start.elapsed())?;
    let start = Instant::now();
    let bytes = junit::render(&run).len();
    writeln!(out, "junit, {bytes} bytes: {:?}", start.elapsed())?;
    let start = Instant::now();
    let bytes = json::render(&run)?.len();
    writeln!(out, "json, {bytes} bytes: {:?}", start.elapsed())?;
    let start = Instant::now();
    let lines = summary(&run, &Style::default()).lines().count();
    writeln!(out, "console, {lines} lines: {:?}", start.elapsed())?;
    Ok(())
}

fn many(mut plan: Plan, tasks: usize) -> Result<Plan, Box<dyn Error>> {
    let first = plan.tasks.first().ok_or("the plan is empty")?.clone();
    plan.tasks.clear();
    for at in 0..tasks {
        let mut case = (*first.case).clone();
        case.id = CaseId::new(format!("case-{at}"))?;
        plan.tasks.push(Task {
            id: TaskId::at(at),
            case: Arc::new(case),
            ..first.clone()
        });
    }
    Ok(plan)
}

/// For each task a start, an op, a check that rests on it, and an end.
fn events(plan: &Plan, recorded: &[Event]) -> Result<Vec<Event>, Box<dyn Error>> {
    let find = |wanted: fn(&Fact) -> bool| {
        let found = recorded
            .iter()
            .find(|e| e.task.is_some() && wanted(&e.fact));
        found.cloned().ok_or("the run lacks an event")
    };
    let op = find(|f| matches!(f, Fact::OpStarted { .. }))?;
    let ended = find(|f| matches!(f, Fact::OpEnded { .. }))?;
    let checked = find(|f| matches!(f, Fact::Checked(_)))?;
    let mut out = vec![recorded.first().ok_or("the run is empty")?.clone()];
    for task in &plan.tasks {
        let seq = out.len() as u64;
        let mut saw = ended.fact.clone();
        if let Fact::OpEnded { of, .. } = &mut saw {
            *of = seq + 1;
        }
        let mut check = checked.fact.clone();
        if let Fact::Checked(check) = &mut check {
            check.rests_on = vec![seq + 2];
        }
        let started = Fact::TaskStarted {
            case: task.case.id.clone(),
            attempt: 1,
            units: task.units.clone(),
        };
        let end = CaseEnd::Complete;
        let facts = [
            started,
            op.fact.clone(),
            saw,
            check,
            Fact::TaskEnded { end },
        ];
        out.extend(facts.into_iter().map(|fact| Event {
            task: Some(task.id),
            fact,
            ..op.clone()
        }));
    }
    let end = RunEnd::Finished;
    out.push(Event {
        task: None,
        fact: Fact::RunEnded { end },
        ..op
    });
    for (seq, event) in out.iter_mut().enumerate() {
        event.seq = seq as u64;
    }
    Ok(out)
}
