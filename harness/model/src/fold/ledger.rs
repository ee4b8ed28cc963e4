//! What became of every unit of the test specification: a row each, none empty.

use crate::statement::{How, Rule};
use crate::{DeviceState, ProvisionId, Seq, TaskId, UnitNature, UnitRef, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What became of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerState {
    /// Carried out whole, and it holds.
    Holds,
    /// It does not hold.
    Refuted,
    /// Shown for some rows of the statement, or as far as a bench gets.
    InPart,
    /// Nothing could be told, for the reason given.
    Inconclusive,
    /// The bench was in the way.
    BenchError,
    /// A person has to settle it, and has not yet.
    ForPerson,
    /// A person has settled it.
    Answered,
    /// A person had settled it, and what it was about has changed since.
    AnsweredStale,
    /// The claim says that the provision does not apply.
    DoesNotApply,
    /// The claim says that the recommendation is not met.
    NotMet,
    /// Left out by the filter of this run, or carried out by another part of it.
    NotRun,
    /// The edition has no such unit.
    Unknown,
}

impl LedgerState {
    /// Every state, in the order of reports.
    pub const ALL: [Self; 12] = [
        Self::Holds,
        Self::Refuted,
        Self::InPart,
        Self::Inconclusive,
        Self::BenchError,
        Self::ForPerson,
        Self::Answered,
        Self::AnsweredStale,
        Self::DoesNotApply,
        Self::NotMet,
        Self::NotRun,
        Self::Unknown,
    ];

    /// The word for it: in every report, on the command line and in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Refuted => "refuted",
            Self::InPart => "in-part",
            Self::Inconclusive => "inconclusive",
            Self::BenchError => "bench-error",
            Self::ForPerson => "for-person",
            Self::Answered => "answered",
            Self::AnsweredStale => "answered-stale",
            Self::DoesNotApply => "does-not-apply",
            Self::NotMet => "not-met",
            Self::NotRun => "not-run",
            Self::Unknown => "unknown",
        }
    }

    /// Whether nothing more is asked.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Holds | Self::Refuted | Self::Answered | Self::DoesNotApply | Self::NotMet
        )
    }
}

/// A row of the statement under a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubRow {
    /// Id of the IXIT row.
    pub row: String,
    /// What became of the unit for it.
    pub state: LedgerState,
    /// The check that decides, for a reader.
    pub reason: String,
    /// Events of its checks.
    pub evidence: Vec<Seq>,
}

/// One unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerRow {
    /// The unit.
    pub unit: UnitRef,
    /// Its provision.
    pub provision: ProvisionId,
    /// What its test case is about.
    pub about: String,
    /// Papers or device.
    pub nature: UnitNature,
    /// What became of it.
    pub state: LedgerState,
    /// How it came to that.
    pub how: How,
    /// The rule over the statement that spoke, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// Why, for a reader; never empty.
    pub reason: String,
    /// Tasks that carry it out.
    pub by: Vec<TaskId>,
    /// Events of its checks.
    pub evidence: Vec<Seq>,
    /// States of the device in which it was looked at.
    pub states: BTreeSet<DeviceState>,
    /// The rows of the statement that its checks name.
    pub rows: Vec<SubRow>,
}

/// The state of a unit as a verdict.
impl From<LedgerState> for Verdict {
    fn from(state: LedgerState) -> Self {
        use LedgerState as S;
        match state {
            S::Holds | S::Answered | S::DoesNotApply | S::NotMet => Self::Pass,
            S::Refuted => Self::Fail,
            S::BenchError => Self::Error,
            _ => Self::Inconclusive,
        }
    }
}
