//! The journal of a merged run: a pure function of its parts.

use super::Parts;
use proofhouse_journal::{ReadError, Reader};
use proofhouse_model::event::RunEnd;
use proofhouse_model::{Event, Fact, Plan, TaskId};
use std::collections::BTreeSet;

/// Gives each event in order. What every part recorded stands one part after the other, its events as much later as
/// those before it took, in number and in time; what began a part becomes the fact that it is one. Then come the tasks
/// of missing parts, and the end.
///
/// # Errors
/// What cannot be read, and whatever `see` objects to.
pub fn each<E: From<ReadError>>(
    parts: &Parts,
    plan_sha256: &str,
    see: &mut dyn FnMut(Event) -> Result<(), E>,
) -> Result<(), E> {
    let began = parts.parts.first().map_or("", |part| part.began.as_str());
    let mut last = Event {
        seq: 0,
        at_us: 0,
        wall: began.to_owned(),
        task: None,
        unit: None,
        fact: Fact::RunStarted {
            plan: plan_sha256.to_owned(),
            tool: parts.whole.tool.clone(),
            seed: parts.whole.seed,
            host: hosts(parts),
        },
    };
    see(last.clone())?;
    for part in &parts.parts {
        let (by, by_us) = (last.seq + 1, last.at_us);
        for event in Reader::open(&part.dir)? {
            let mut event = event?.later(by, by_us);
            if let Fact::RunStarted { .. } = event.fact {
                event.fact = Fact::ShardBegan(part.origin());
            }
            last = blank(&event);
            see(event)?;
        }
    }
    for (task, shard) in missing(parts) {
        let why = format!("{shard} was not there when the run was merged");
        last.seq += 1;
        see(Event {
            task: Some(task),
            fact: Fact::TaskNotRun { why },
            ..last.clone()
        })?;
    }
    last.seq += 1;
    let end = RunEnd::Finished;
    see(Event {
        fact: Fact::RunEnded { end },
        ..last
    })
}

/// Number and time of an event.
fn blank(event: &Event) -> Event {
    Event {
        seq: event.seq,
        at_us: event.at_us,
        wall: event.wall.clone(),
        task: None,
        unit: None,
        fact: Fact::PortBack,
    }
}

/// All hosts, each once.
fn hosts(parts: &Parts) -> String {
    let hosts: BTreeSet<&str> = parts.parts.iter().map(|part| part.host.as_str()).collect();
    let hosts: Vec<&str> = hosts.into_iter().collect();
    hosts.join(", ")
}

/// Tasks that none of the parts carried out, each with the part that has it.
fn missing(parts: &Parts) -> Vec<(TaskId, String)> {
    let Some(first) = parts.parts.first() else {
        return Vec::new();
    };
    let there: BTreeSet<u32> = parts.parts.iter().map(|part| part.shard.part).collect();
    let plan: &Plan = &parts.whole;
    let tasks = plan.tasks.iter().filter_map(|task| {
        let part = first.shard.part_of(task.id)?;
        let told = format!("shard {part}/{}", first.shard.of);
        (!there.contains(&part)).then_some((task.id, told))
    });
    tasks.collect()
}
