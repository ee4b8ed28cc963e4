//! What the model's fold leaves out: identity of the run, measured values, blobs, notes.

use super::AwaitedRead;
use super::relays::Relays;
use proofhouse_model::event::{GuardActed, ShardOrigin};
use proofhouse_model::{BlobId, Event, Fact, InClear, Measurement, Seq, TaskId, Trouble, UnitName};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

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
    /// Events that took the run up again after it had been broken off.
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
    /// Units that left the run, in its order.
    pub left: Vec<LeftRead>,
    /// Units that may still be on although the run is over.
    pub may_be_on: Vec<(Seq, UnitName, Trouble)>,
    /// Which of them were told before the run, or the part of a merged one, was last taken up again.
    on_before: Range<usize>,
    /// What is not known to be at rest, should the run have been broken off here.
    pub(super) relays: Relays,
    /// Secrets that stand in the record as they are: event, unit, and which one.
    pub in_clear: Vec<(Seq, Option<UnitName>, InClear)>,
    /// The parts that a merged run was put together of.
    pub shards: Vec<ShardRead>,
    /// What guards did by themselves.
    pub guards: Vec<(Seq, GuardActed)>,
    /// Consoles that were held against a second recorder and agreed with it, by unit.
    pub recorders: BTreeMap<UnitName, RecorderRead>,
    /// Waits for the debug probes of units.
    pub awaited: BTreeMap<UnitName, AwaitedRead>,
    /// What each unit said of itself before its cases; each answer once, with the events that have it.
    pub read: BTreeMap<UnitName, Vec<ItemRead>>,
}

/// A unit that left the run.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct LeftRead {
    /// The event that says so.
    pub event: Seq,
    /// When, RFC 3339.
    pub at: String,
    /// Which one.
    pub unit: UnitName,
    /// One sentence.
    pub told: String,
    /// What to try.
    pub try_next: Option<String>,
    /// The event by which it was back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back: Option<Seq>,
}

/// A console that agreed with its second recorder; where the two differed, the case says so.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecorderRead {
    /// The recorder's file.
    pub with: String,
    /// Bytes that were the same.
    pub bytes: u64,
    /// Events that say so, one after each case.
    pub events: Vec<Seq>,
}

/// One answer of a unit to who and what it is.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ItemRead {
    /// By wire and name, such as `console.software`.
    pub found: BTreeMap<String, String>,
    /// Events in which it said so.
    pub events: Vec<Seq>,
    /// The tasks before which it did.
    pub tasks: Vec<TaskId>,
}

impl ItemRead {
    /// What it said under a name, on whatever wire.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let of_name = |key: &&String| key.rsplit('.').next() == Some(name);
        let key = self.found.keys().find(of_name)?;
        self.found.get(key).map(String::as_str)
    }
}

/// A part of a merged run, with the event that names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShardRead {
    /// Its events follow this one.
    pub event: Seq,
    /// The part.
    #[serde(flatten)]
    pub shard: ShardOrigin,
}

/// The parts of a merged run in words.
#[must_use]
pub fn merged(shards: &[ShardRead]) -> String {
    let told = shards.iter().map(|read| {
        let ShardOrigin {
            shard, of, host, ..
        } = &read.shard;
        let seal: String = read.shard.seal.chars().take(12).collect();
        format!("{shard}/{of} of {host} (seal {seal})")
    });
    told.collect::<Vec<_>>().join(", ")
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
    /// What the case cannot rule out on this bench.
    pub limits: Vec<(Seq, String)>,
    /// Where the last owner was made, for whom a unit is set up.
    pub owner: Option<Seq>,
}

impl RunFacts {
    /// Takes in the next event of the journal.
    pub(super) fn see(&mut self, event: &Event) {
        self.started.get_or_insert_with(|| event.wall.clone());
        self.ended.get_or_insert_default().clone_from(&event.wall);
        self.took_us = event.at_us;
        self.events += 1;
        self.relays.see(event);
        self.add_run(event);
        if let Some(task) = event.task {
            let of_task = self.tasks.entry(task).or_default();
            if of_task.started.is_empty() {
                of_task.started.clone_from(&event.wall);
            }
            of_task.add(event);
        }
    }

    fn add_left(&mut self, event: &Event) {
        let Some(unit) = &event.unit else {
            return;
        };
        match &event.fact {
            Fact::UnitLeft { why, trouble, .. } => self.left.push(LeftRead {
                event: event.seq,
                at: event.wall.clone(),
                unit: unit.clone(),
                told: why.told(unit, trouble),
                try_next: trouble.try_next.clone(),
                back: None,
            }),
            _ => {
                let mut of_it = self.left.iter_mut().filter(|left| &left.unit == unit);
                if let Some(left) = of_it.next_back() {
                    left.back = Some(event.seq);
                }
            }
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
            Fact::RunResumed { .. } => {
                self.resumed.push(event.seq);
                self.on_before.end = self.may_be_on.len();
            }
            // What was on when the run was broken off was switched off again since, and told again where that failed.
            Fact::RunEnded { .. } => {
                drop(self.may_be_on.drain(self.on_before.clone()));
                self.on_before.end = self.on_before.start;
            }
            Fact::ShardBegan(shard) => {
                // What another part left on, no end of this one takes back.
                self.on_before = self.may_be_on.len()..self.may_be_on.len();
                let event = event.seq;
                let shard = shard.clone();
                self.shards.push(ShardRead { event, shard });
            }
            Fact::UnitBroken { trouble } => {
                if let Some(unit) = &event.unit {
                    self.broken.push((event.seq, unit.clone(), trouble.clone()));
                }
            }
            Fact::UnitLeft { .. } | Fact::UnitJoined { .. } => self.add_left(event),
            Fact::MayBeOn { trouble } => {
                if let Some(unit) = &event.unit {
                    self.may_be_on
                        .push((event.seq, unit.clone(), trouble.clone()));
                }
            }
            Fact::SecretInClear(which) => {
                let told = |(_, unit, known): &(Seq, Option<UnitName>, InClear)| {
                    unit == &event.unit && known.name == which.name
                };
                if !self.in_clear.iter().any(told) {
                    let unit = event.unit.clone();
                    self.in_clear.push((event.seq, unit, which.clone()));
                }
            }
            Fact::Identified { found, .. } => {
                if let Some(unit) = &event.unit {
                    self.add_read(unit, found, event);
                }
            }
            Fact::ConsoleAgreed(agreed) => {
                if let Some(unit) = &event.unit {
                    let read = self.recorders.entry(unit.clone()).or_default();
                    read.with.clone_from(&agreed.with);
                    read.bytes += agreed.bytes;
                    read.events.push(event.seq);
                }
            }
            Fact::ProbeAwaited { waited, by } => {
                if let Some(unit) = &event.unit {
                    let read = self.awaited.entry(unit.clone()).or_default();
                    read.add(event.seq, *waited, by);
                }
            }
            Fact::GuardActed(acted) => self.guards.push((event.seq, acted.clone())),
            _ => {}
        }
    }
}

impl RunFacts {
    fn add_read(&mut self, unit: &UnitName, found: &BTreeMap<String, String>, event: &Event) {
        let all = self.read.entry(unit.clone()).or_default();
        let known = all.iter().position(|read| read.found == *found);
        let at = known.unwrap_or_else(|| {
            all.push(ItemRead {
                found: found.clone(),
                events: Vec::new(),
                tasks: Vec::new(),
            });
            all.len() - 1
        });
        all[at].events.push(event.seq);
        all[at].tasks.extend(event.task);
    }

    /// Numbers of the parts that a merged run lacks.
    #[must_use]
    pub fn missing_shards(&self) -> Vec<u32> {
        let there: BTreeSet<u32> = self.shards.iter().map(|s| s.shard.shard).collect();
        let of = self.shards.iter().map(|s| s.shard.of).max().unwrap_or(0);
        (1..=of).filter(|part| !there.contains(part)).collect()
    }

    /// Versions of software that units told before some tasks, and how often; a unit that told none says so.
    #[must_use]
    pub fn software<'a>(
        &self,
        units: impl IntoIterator<Item = &'a UnitName>,
        before: impl Fn(TaskId) -> bool,
    ) -> Vec<String> {
        let told = units.into_iter().map(|unit| {
            let reads = self.read.get(unit).map(Vec::as_slice).unwrap_or_default();
            let reads = reads.iter().filter_map(|read| {
                let times = read.tasks.iter().filter(|task| before(**task)).count();
                Some((read.value("software")?, times)).filter(|(_, times)| *times > 0)
            });
            let mut by_version: BTreeMap<&str, usize> = BTreeMap::new();
            for (version, times) in reads {
                *by_version.entry(version).or_default() += times;
            }
            let versions: Vec<_> = by_version
                .iter()
                .map(|(version, n)| format!("{version} read {n}x"))
                .collect();
            match versions.is_empty() {
                true => format!("{unit}: not read"),
                false => format!("{unit}: {}", versions.join(", ")),
            }
        });
        told.collect()
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
            Fact::Limited { text } => self.limits.push((event.seq, text.clone())),
            Fact::SecretKnown(known) if known.name.starts_with("owner.password") => {
                self.owner = Some(event.seq);
            }
            _ => {}
        }
    }
}
