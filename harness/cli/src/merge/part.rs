//! One part of a run: read from end to end, and whether it can be one.

use crate::commands::remake;
use proofhouse_journal::{ReadError, Reader, State, is_run, seal_sha256, verify_with};
use proofhouse_model::event::{RunEnd, ShardOrigin};
use proofhouse_model::{Event, Fact, Plan, Shard, UnitName};
use proofhouse_planner::plan_hash;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// What a unit said of itself, by wire and name, and each value that it said.
pub type Said = BTreeMap<UnitName, BTreeMap<String, BTreeSet<String>>>;

/// One part.
pub struct Part {
    pub dir: PathBuf,
    pub plan: Plan,
    pub shard: Shard,
    /// SHA-256 of its plan.json and of its seal.
    plan_sha256: String,
    seal_sha256: String,
    tool: String,
    pub host: String,
    /// Wall time of its first event.
    pub began: String,
    pub said: Said,
}

/// Why there is no part that can be merged, for a reader.
pub enum NoPart {
    /// It is none, or does not fit.
    Unfit(String),
    /// It is not what was written.
    Altered(String),
}

impl fmt::Display for NoPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Unfit(why) | Self::Altered(why)) = self;
        f.write_str(why)
    }
}

impl From<String> for NoPart {
    fn from(why: String) -> Self {
        Self::Unfit(why)
    }
}

impl From<ReadError> for NoPart {
    fn from(why: ReadError) -> Self {
        match why {
            ReadError::Newer { .. } => Self::Unfit(why.to_string()),
            _ => Self::Altered(format!("not what was written: {why}")),
        }
    }
}

impl Part {
    /// Looks at every byte of it.
    ///
    /// # Errors
    /// Why it is no part that can be merged.
    pub fn read(dir: &Path) -> Result<Self, NoPart> {
        if !is_run(dir) {
            return Err(NoPart::Unfit(
                "this is no run folder (such as runs/<id>)".to_owned(),
            ));
        }
        let verified = verify_with(dir, remake)?;
        if let Some(why) = not_sealed(verified.state) {
            return Err(NoPart::Unfit(why));
        }
        let read = |e: ReadError| e.to_string();
        let mut reader = Reader::open(dir).map_err(read)?;
        let shard = shard_of(reader.plan())?;
        let mut seen = Seen::default();
        while let Some(event) = reader.next().transpose().map_err(read)? {
            seen.see(reader.plan(), event)?;
        }
        let seal = seal_sha256(dir).map_err(|e| format!("its seal: {e}"))?;
        let part = Self {
            dir: dir.to_owned(),
            shard,
            plan_sha256: reader.plan_sha256(),
            seal_sha256: seal,
            plan: reader.into_plan(),
            tool: seen.tool,
            host: seen.host,
            began: seen.began,
            said: seen.said,
        };
        part.is_at_its_end(seen.end, &seen.plan)?;
        Ok(part)
    }

    fn is_at_its_end(&self, end: Option<RunEnd>, plan: &str) -> Result<(), String> {
        match end {
            Some(RunEnd::Finished) => {}
            Some(RunEnd::Interrupted) => {
                return Err("it was interrupted; go on with `proofhouse resume`".to_owned());
            }
            Some(RunEnd::BrokenOff) => {
                return Err("it was broken off; go on with `proofhouse resume`".to_owned());
            }
            None => return Err("it did not get to its end".to_owned()),
        }
        if plan != self.plan_sha256 {
            return Err("its journal was begun with another plan".to_owned());
        }
        if plan_hash(&self.plan.whole()) != self.shard.whole {
            return Err(format!(
                "its plan is not the one that it says it is a part of, or was written by a proofhouse that writes \
                 plans otherwise ({})",
                self.plan.tool
            ));
        }
        Ok(())
    }

    /// By hash.
    pub fn origin(&self) -> ShardOrigin {
        ShardOrigin {
            shard: self.shard.part,
            of: self.shard.of,
            plan: self.plan_sha256.clone(),
            seal: self.seal_sha256.clone(),
            tool: self.tool.clone(),
            host: self.host.clone(),
        }
    }
}

/// Why what is in this state cannot be merged.
fn not_sealed(state: State) -> Option<String> {
    match state {
        State::Sealed => None,
        State::SealedOld => {
            Some("sealed by a first version, whose seal does not vouch for all".to_owned())
        }
        State::Writing(pid) => Some(format!("process {pid} is writing it")),
        State::Open => {
            Some("not sealed: it was broken off; go on with `proofhouse resume`".to_owned())
        }
    }
}

/// What a plan says of its part, where it is one and about a product as it is.
fn shard_of(plan: &Plan) -> Result<Shard, String> {
    let mode = &plan.mode;
    let spoilt = [
        (!mode.defects.is_empty(), "defects (--defect)"),
        (!mode.blinds.is_empty(), "blinds (--blind)"),
        (mode.fault.is_some(), "a fault of the bench (--fault)"),
    ];
    if let Some((_, what)) = spoilt.iter().find(|(is, _)| *is) {
        return Err(format!(
            "a run with {what} tries the suite and is about no product: it is not merged"
        ));
    }
    let whole = "a whole run and no part of one (`run --shard`): there is nothing to merge";
    plan.shard.clone().ok_or_else(|| whole.to_owned())
}

/// What is gathered of its events.
#[derive(Default)]
struct Seen {
    plan: String,
    tool: String,
    host: String,
    began: String,
    end: Option<RunEnd>,
    said: Said,
}

impl Seen {
    fn see(&mut self, plan: &Plan, event: Event) -> Result<(), String> {
        if let Some(task) = event
            .task
            .filter(|task| plan.task(*task).is_none() || !plan.is_here(*task))
        {
            return Err(format!(
                "its event {} is of {task}, which is in another part",
                event.seq
            ));
        }
        let first = event.seq == 0;
        if first != matches!(event.fact, Fact::RunStarted { .. }) {
            return Err(format!(
                "its event {} is no event of a run that was carried out",
                event.seq
            ));
        }
        match event.fact {
            Fact::ShardBegan(_) => return Err("it is a merged run already".to_owned()),
            Fact::RunStarted {
                plan, tool, host, ..
            } => {
                (self.plan, self.tool, self.host, self.began) = (plan, tool, host, event.wall);
            }
            Fact::RunEnded { end } => self.end = Some(end),
            Fact::RunResumed { .. } => self.end = None,
            Fact::Identified { found, .. } => {
                if let Some(unit) = event.unit {
                    let of_unit = self.said.entry(unit).or_default();
                    for (name, value) in found {
                        of_unit.entry(name).or_default().insert(value);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}
