//! What the journal holds: facts, in order, without settings, totals or display.

use crate::{
    BlobId, Bytes, CaseId, Check, CutKind, Dur, FaultKind, InClear, LeftBecause, Measurement,
    Observation, Op, SecretFacts, Seq, TaskId, Trouble, UnitName,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Place in the journal, from 0.
    pub seq: Seq,
    /// Microseconds since the run started, by a monotonic clock. A resumed run goes on where its journal stopped: the
    /// time between is nobody's, and `wall` tells it.
    pub at_us: u64,
    /// Wall time, RFC 3339 with milliseconds, UTC.
    pub wall: String,
    /// Task it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub task: Option<TaskId>,
    /// Unit it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<UnitName>,
    /// What happened.
    pub fact: Fact,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Fact {
    /// First event of every journal.
    RunStarted {
        /// SHA-256 of plan.json.
        plan: String,
        /// Version of the harness.
        tool: String,
        /// Seed of the run.
        seed: u64,
        /// Host name of the bench PC.
        host: String,
    },
    /// A run that was broken off goes on. What was under way then is named: it may have happened or not.
    RunResumed {
        /// Version of the harness.
        tool: String,
        /// Host name of the bench PC.
        host: String,
        /// Tasks that were under way; each is tried again from its start.
        tasks: Vec<TaskId>,
        /// Ops that were started and have no end, by the number of their `OpStarted`.
        open: Vec<Seq>,
    },
    /// In a merged run: what follows, up to the next of these, was recorded in a part of it.
    ShardBegan(ShardOrigin),
    /// A unit told who it is and which item, before a case or after it.
    Identified {
        /// What the bench file and the statement say, name to value.
        wanted: BTreeMap<String, String>,
        /// What the unit said.
        found: BTreeMap<String, String>,
    },
    /// A unit's data as found: label fields that are no secrets, addresses.
    UnitFacts {
        /// Name to value.
        facts: BTreeMap<String, String>,
    },
    /// A task begins, holding the units named.
    TaskStarted {
        /// Its case, for a reader of the journal.
        case: CaseId,
        /// Attempt from 1. What is started in place of an attempt that the death of the harness broke off has its
        /// number: that one had no result.
        attempt: u32,
        /// Units held, the first is `bench`, the others `bench.unit(2)` on.
        units: Vec<UnitName>,
    },
    /// An op begins. Written before it is carried out.
    OpStarted {
        /// The op; secrets in it are masked.
        op: Op,
    },
    /// An op ended with an observation.
    OpEnded {
        /// Its `OpStarted`.
        of: Seq,
        /// What came back; secrets masked.
        saw: Observation,
        /// How long it took.
        took: Dur,
    },
    /// An op ended with trouble.
    OpFailed {
        /// Its `OpStarted`.
        of: Seq,
        /// What happened.
        trouble: Trouble,
        /// How long it took.
        took: Dur,
    },
    /// The console said something.
    Heard {
        /// The bytes, at most 4 KiB an event; secrets masked.
        bytes: Bytes,
        /// Bytes left out because the device flooded, before these.
        #[serde(skip_serializing_if = "is_zero", default)]
        lost: u64,
    },
    /// The port of the console was opened, and what it had received before was thrown away.
    PortFlushed {
        /// At least so many bytes: what was still on its way inside the system is not counted.
        bytes: u64,
    },
    /// The port of the console vanished, as with the supply of its adapter. What the unit says from here on is heard by
    /// nobody.
    PortGone {
        /// What the system said.
        why: String,
    },
    /// The port of the console is open again.
    PortBack,
    /// An op waited for a debug probe that another program held.
    ProbeAwaited {
        /// How long.
        waited: Dur,
        /// Who held it, as far as that could be seen.
        by: String,
    },
    /// A relay pressed the unit's reset button, and holds it from here on.
    ButtonPressed {
        /// Its switch was asked and said so.
        read_back: bool,
    },
    /// The relay at the unit's reset button was seen to let go of it.
    ButtonReleased {
        /// How long it was held.
        held: Dur,
        /// Its switch was asked and said so.
        read_back: bool,
    },
    /// A supply that measures was switched, and this current is why that is believed.
    SupplyMeasured(SupplyMeasured),
    /// The unit is cut off the network from here on.
    UplinkCut {
        /// What of it.
        what: CutKind,
        /// Whoever cut it was asked afterwards and said so.
        read_back: bool,
    },
    /// The unit's way to the network was restored.
    UplinkRestored {
        /// How long it was cut.
        lasted: Dur,
        /// Whoever restored it was asked afterwards and said so.
        read_back: bool,
    },
    /// After a case: what came over the unit's console is what its second recorder has.
    ConsoleAgreed(Agreed),
    /// The case's own script begins: what its task did before was the harness's doing.
    ScriptBegan,
    /// The case's own script came to its end: what its task does from here on is the harness's doing.
    ScriptEnded,
    /// A secret is known from here on: it was made for the case, or stands on a label.
    SecretKnown(SecretFacts),
    /// A secret stands in the record as it is.
    SecretInClear(InClear),
    /// A script looked at the clock.
    ClockRead {
        /// What it was told, in milliseconds since the run started.
        ms: u64,
    },
    /// A wait of a script was over before what it waited for came.
    WaitRanOut {
        /// How long it was to last.
        limit: Dur,
    },
    /// A script held a text with a secret against a pattern; which text is not told.
    SecretMatched {
        /// The pattern, as the script wrote it.
        pattern: String,
        /// Whether it fits.
        fits: bool,
    },
    /// A script said that a word is a guess at a password. Judged again it is given this one: one that is a secret is
    /// its stand-in then, and one that was made of a text with a secret in it is what it was.
    Guessed {
        /// The word; a secret in it is masked.
        word: String,
    },
    /// A check was made.
    Checked(Check),
    /// A value was measured without a limit.
    Measured(Measurement),
    /// The case says something to its reader.
    Noted {
        /// For a reader.
        text: String,
    },
    /// What the case, on this bench, cannot rule out: told with its verdict.
    Limited {
        /// A clause, for a reader.
        text: String,
    },
    /// A fault of the bench, injected on purpose, was felt for the first time. Until then the run is like any other.
    FaultSetIn {
        /// What broke.
        kind: FaultKind,
        /// What it did first, for a reader.
        what: String,
    },
    /// Evidence too large for an event.
    Stored {
        /// What it is.
        name: String,
        /// Content.
        blob: BlobId,
        /// Bytes.
        size: u64,
    },
    /// What the attempt at hand found, shown and refuted alike, is taken back: nobody knows which unit it speaks of, or
    /// something of it was lost on its way.
    FindingsVoid {
        /// Why, a clause.
        why: String,
    },
    /// A task is over.
    TaskEnded {
        /// How.
        end: CaseEnd,
    },
    /// A unit is out of service for the rest of the run.
    UnitBroken {
        /// First cause.
        trouble: Trouble,
    },
    /// A unit is taken out of the run. It is off, and other units of its product do what they can of its tasks.
    UnitLeft {
        /// Why.
        why: LeftBecause,
        /// What happened last.
        trouble: Trouble,
        /// Tasks that it broke off by that; each is begun again on another unit. What they had shown does not count.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        tasks: Vec<TaskId>,
    },
    /// A unit that had left is back, and takes tasks from here on. As far as it could be asked it came up and is who it
    /// was; wires that nothing asks may still be as they were.
    UnitJoined {
        /// How often it was tried; 0 where the run was taken up again, and the next case asks it.
        tries: u32,
    },
    /// A planned task was not started.
    TaskNotRun {
        /// Why.
        why: String,
    },
    /// The run ends, and a unit is not known to be off, its button to be released, or its network to
    /// be restored: the trouble's channel tells.
    MayBeOn {
        /// What its relay did instead.
        trouble: Trouble,
    },
    /// The guard switched supplies off by itself, because its harness was gone or stopped.
    GuardActed(GuardActed),
    /// Last event of a run that ended by itself or was ended in order.
    RunEnded {
        /// How.
        end: RunEnd,
    },
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// The current by which a supply was read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplyMeasured {
    /// What it was switched to.
    pub on: bool,
    /// The average since then, in nanoamperes.
    pub current_na: i64,
    /// Samples that it is the average of.
    pub samples: u64,
    /// Samples that were missing between them, at least.
    pub lost: u64,
}

/// Two records of one console that are the same; what stands in them is not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// File of the second recorder.
    pub with: String,
    /// Bytes that are the same since they were compared last.
    pub bytes: u64,
}

/// A part of a merged run, by hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardOrigin {
    /// Its number, from 1.
    pub shard: u32,
    /// How many there are, with those that are missing.
    pub of: u32,
    /// SHA-256 of its plan.json.
    pub plan: String,
    /// SHA-256 of its seal, which lists every file of it.
    pub seal: String,
    /// Version of the harness that began it.
    pub tool: String,
    /// Host name of its bench PC.
    pub host: String,
}

/// What a guard did by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardActed {
    /// Why, a lower-case clause.
    pub why: String,
    /// Units whose supplies it switched off.
    pub units: Vec<UnitName>,
    /// Units whose reset buttons it released.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub released: Vec<UnitName>,
    /// Units whose way to the network it restored.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub restored: Vec<UnitName>,
    /// Those of them that may still be on, and what their relays did instead.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub may_be_on: BTreeMap<UnitName, String>,
    /// Those of them whose reset buttons may still be pressed, likewise.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub may_be_pressed: BTreeMap<UnitName, String>,
    /// Those of them that may still be cut off the network, likewise.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub may_be_cut: BTreeMap<UnitName, String>,
}

impl std::fmt::Display for GuardActed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_off = |unit: &&UnitName| !self.may_be_on.contains_key(*unit);
        let off = names(self.units.iter().filter(is_off));
        let off = if off.is_empty() { "nothing" } else { &off };
        write!(f, "{}: its guard switched off {off}", self.why)?;
        let is_free = |unit: &&UnitName| !self.may_be_pressed.contains_key(*unit);
        let released = names(self.released.iter().filter(is_free));
        if !released.is_empty() {
            write!(f, "; it released the reset button of {released}")?;
        }
        let is_whole = |unit: &&UnitName| !self.may_be_cut.contains_key(*unit);
        let restored = names(self.restored.iter().filter(is_whole));
        if !restored.is_empty() {
            write!(f, "; it restored the uplink of {restored}")?;
        }
        for (unit, why) in &self.may_be_on {
            write!(f, "; {unit} may still be on: {why}")?;
        }
        for (unit, why) in &self.may_be_pressed {
            write!(
                f,
                "; the reset button of {unit} may still be pressed: {why}"
            )?;
        }
        for (unit, why) in &self.may_be_cut {
            write!(f, "; the uplink of {unit} may still be cut: {why}")?;
        }
        Ok(())
    }
}

fn names<'a>(units: impl Iterator<Item = &'a UnitName>) -> String {
    let all: Vec<_> = units.map(UnitName::as_str).collect();
    all.join(", ")
}

/// How a case ended. Verdicts are folds, not facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum CaseEnd {
    /// Its last line was reached.
    Complete,
    /// It gave up because something was not there to be tested, with the reason.
    Skipped {
        /// Why.
        why: String,
    },
    /// Trouble it did not catch.
    Stopped {
        /// The trouble.
        trouble: Trouble,
        /// Line in the case or device script, such as `cases/x.star:12`.
        place: Option<String>,
    },
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnd {
    /// Every planned case was tried.
    Finished,
    /// Ended on purpose before that.
    Interrupted,
    /// Ended before that because its bench, its guard or a place of a farm was lost.
    BrokenOff,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_tells_of_buttons_beside_supplies() {
        let unit = |name: &str| UnitName::new(name).unwrap();
        let mut acted = GuardActed {
            why: "it died".to_owned(),
            units: vec![unit("a")],
            released: Vec::new(),
            restored: Vec::new(),
            may_be_on: BTreeMap::new(),
            may_be_pressed: BTreeMap::new(),
            may_be_cut: BTreeMap::new(),
        };
        assert_eq!(acted.to_string(), "it died: its guard switched off a");
        // As a run that has no button has written it.
        let json = serde_json::to_string(&acted).unwrap();
        assert!(!json.contains("released"), "{json}");
        assert_eq!(serde_json::from_str::<GuardActed>(&json).unwrap(), acted);
        acted.released = vec![unit("a"), unit("b")];
        acted.may_be_pressed = BTreeMap::from([(unit("a"), "stuck".to_owned())]);
        // Its supply went off all the same.
        assert_eq!(
            acted.to_string(),
            "it died: its guard switched off a; it released the reset button of b; the reset button of a may still be \
             pressed: stuck"
        );
        acted.may_be_on = BTreeMap::from([(unit("a"), "welded".to_owned())]);
        assert_eq!(
            acted.to_string(),
            "it died: its guard switched off nothing; it released the reset button of b; a may still be on: welded; \
             the reset button of a may still be pressed: stuck"
        );
        (acted.restored, acted.may_be_cut) = (vec![unit("a"), unit("c")], acted.may_be_on.clone());
        let said = acted.to_string();
        assert!(said.contains("; it restored the uplink of c;"), "{said}");
        assert!(
            said.ends_with("; the uplink of a may still be cut: welded"),
            "{said}"
        );
    }
}
