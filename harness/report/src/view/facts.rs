//! What the model's fold leaves out: identity of the run, measured values, blobs, notes.

use proofhouse_model::{BlobId, Event, Fact, Measurement, Seq, TaskId, Trouble, UnitName};
use std::collections::BTreeMap;

/// Facts of a run, gathered in one pass.
#[derive(Debug, Default)]
pub struct RunFacts {
    /// SHA-256 of the plan, from the first event.
    pub plan_sha256: Option<String>,
    /// Version of the harness that ran it.
    pub tool: Option<String>,
    /// Seed.
    pub seed: Option<u64>,
    /// Host name of the bench PC.
    pub host: Option<String>,
    /// Events that took the run up again after its harness had died.
    pub resumed: Vec<Seq>,
    /// Wall time of the first event, RFC 3339.
    pub started: Option<String>,
    /// Wall time of the last event.
    pub ended: Option<String>,
    /// Microseconds from start to last event.
    pub took_us: u64,
    /// Number of events.
    pub events: usize,
    /// Per task.
    pub tasks: BTreeMap<TaskId, TaskFacts>,
    /// Units that went out of service, with the event and the first cause.
    pub broken: Vec<(Seq, UnitName, Trouble)>,
}

/// Facts of one task.
#[derive(Debug, Default)]
pub struct TaskFacts {
    /// Wall time of its start.
    pub started: String,
    /// Ops begun.
    pub ops: usize,
    /// Values measured without a limit.
    pub measured: Vec<(Seq, Measurement)>,
    /// Blobs: event, name, id, bytes.
    pub stored: Vec<(Seq, String, BlobId, u64)>,
    /// Notes to the reader.
    pub notes: Vec<(Seq, String)>,
}

impl RunFacts {
    /// Takes in the next event of the journal.
    pub(super) fn see(&mut self, event: &Event) {
        self.started.get_or_insert_with(|| event.wall.clone());
        self.ended.get_or_insert_default().clone_from(&event.wall);
        self.took_us = event.at_us;
        self.events += 1;
        self.add_run(event);
        if let Some(task) = event.task {
            let of_task = self.tasks.entry(task).or_default();
            if of_task.started.is_empty() {
                of_task.started.clone_from(&event.wall);
            }
            of_task.add(event);
        }
    }

    fn add_run(&mut self, event: &Event) {
        match &event.fact {
            Fact::RunStarted {
                plan,
                tool,
                seed,
                host,
            } => {
                self.plan_sha256 = Some(plan.clone());
                self.tool = Some(tool.clone());
                self.seed = Some(*seed);
                self.host = Some(host.clone());
            }
            Fact::RunResumed { .. } => self.resumed.push(event.seq),
            Fact::UnitBroken { trouble } => {
                if let Some(unit) = &event.unit {
                    self.broken.push((event.seq, unit.clone(), trouble.clone()));
                }
            }
            _ => {}
        }
    }
}

impl TaskFacts {
    fn add(&mut self, event: &Event) {
        match &event.fact {
            Fact::OpStarted { .. } => self.ops += 1,
            Fact::Measured(m) => self.measured.push((event.seq, m.clone())),
            Fact::Stored { name, blob, size } => {
                self.stored
                    .push((event.seq, name.clone(), blob.clone(), *size));
            }
            Fact::Noted { text } => self.notes.push((event.seq, text.clone())),
            _ => {}
        }
    }
}
