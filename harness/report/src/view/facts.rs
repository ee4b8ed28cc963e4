//! What the model's fold leaves out: identity of the run, measured values, blobs, notes.

use proofhouse_model::{BlobId, Event, Fact, Measurement, Seq, TaskId, Trouble, UnitName};
use std::collections::BTreeMap;

/// Facts of a run, gathered in one pass.
#[derive(Debug, Default)]
pub struct RunFacts<'a> {
    /// SHA-256 of the plan, from the first event.
    pub plan_sha256: Option<&'a str>,
    /// Version of the harness that ran it.
    pub tool: Option<&'a str>,
    /// Seed.
    pub seed: Option<u64>,
    /// Host name of the bench PC.
    pub host: Option<&'a str>,
    /// Events that took the run up again after its harness had died.
    pub resumed: Vec<Seq>,
    /// Wall time of the first event, RFC 3339.
    pub started: Option<&'a str>,
    /// Wall time of the last event.
    pub ended: Option<&'a str>,
    /// Microseconds from start to last event.
    pub took_us: u64,
    /// Number of events.
    pub events: usize,
    /// Per task.
    pub tasks: BTreeMap<TaskId, TaskFacts<'a>>,
    /// Units that went out of service, with the event and the first cause.
    pub broken: Vec<(Seq, &'a UnitName, &'a Trouble)>,
}

/// Facts of one task.
#[derive(Debug, Default)]
pub struct TaskFacts<'a> {
    /// Wall time of its start.
    pub started: &'a str,
    /// Ops begun.
    pub ops: usize,
    /// Values measured without a limit.
    pub measured: Vec<(Seq, &'a Measurement)>,
    /// Blobs: event, name, id, bytes.
    pub stored: Vec<(Seq, &'a str, &'a BlobId, u64)>,
    /// Notes to the reader.
    pub notes: Vec<(Seq, &'a str)>,
}

impl<'a> RunFacts<'a> {
    /// Gathers them.
    #[must_use]
    pub fn of(events: &'a [Event]) -> Self {
        let mut facts = Self {
            started: events.first().map(|e| e.wall.as_str()),
            ended: events.last().map(|e| e.wall.as_str()),
            took_us: events.last().map_or(0, |e| e.at_us),
            events: events.len(),
            ..Self::default()
        };
        for event in events {
            facts.add_run(event);
            if let Some(task) = event.task {
                let of_task = facts.tasks.entry(task).or_default();
                if of_task.started.is_empty() {
                    of_task.started = &event.wall;
                }
                of_task.add(event);
            }
        }
        facts
    }

    fn add_run(&mut self, event: &'a Event) {
        match &event.fact {
            Fact::RunStarted {
                plan,
                tool,
                seed,
                host,
            } => {
                self.plan_sha256 = Some(plan);
                self.tool = Some(tool);
                self.seed = Some(*seed);
                self.host = Some(host);
            }
            Fact::RunResumed { .. } => self.resumed.push(event.seq),
            Fact::UnitBroken { trouble } => {
                if let Some(unit) = &event.unit {
                    self.broken.push((event.seq, unit, trouble));
                }
            }
            _ => {}
        }
    }
}

impl<'a> TaskFacts<'a> {
    fn add(&mut self, event: &'a Event) {
        match &event.fact {
            Fact::OpStarted { .. } => self.ops += 1,
            Fact::Measured(m) => self.measured.push((event.seq, m)),
            Fact::Stored { name, blob, size } => {
                self.stored.push((event.seq, name, blob, *size));
            }
            Fact::Noted { text } => self.notes.push((event.seq, text)),
            _ => {}
        }
    }
}
