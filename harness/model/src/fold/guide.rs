//! Rows of other guides: what the evidence of a run comes to for the row as a whole. No row ends in a pass.

use super::of::Of;
use super::provision::{Applicability, ProvisionResult, Served};
use crate::catalogue::{Guide, GuideRow, RowReach};
use crate::{ProvisionId, Verdict};
use serde::Serialize;

/// Where a row of a guide stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuideState {
    /// Something that was seen speaks against it.
    Contradicted,
    /// The bench was in the way.
    BenchError,
    /// What was looked for could not be told.
    NotObserved,
    /// What was looked at holds, and the row asks for more than that.
    Partly,
    /// All that the row asks for was looked at, and it holds. Evidence, not a legal finding.
    Held,
    /// Every provision that the row leans on is claimed not to apply, and nothing was seen against it.
    DoesNotApply,
}

impl GuideState {
    /// As reports print it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Contradicted => "contradicted",
            Self::BenchError => "bench error",
            Self::NotObserved => "not observed",
            Self::Partly => "partly evidenced",
            Self::Held => "evidence held",
            Self::DoesNotApply => "does not apply",
        }
    }
}

/// A verdict only as far as the run as a whole is concerned.
impl From<GuideState> for Verdict {
    fn from(state: GuideState) -> Self {
        match state {
            GuideState::Contradicted => Self::Fail,
            GuideState::BenchError => Self::Error,
            GuideState::NotObserved => Self::Inconclusive,
            GuideState::Partly | GuideState::Held | GuideState::DoesNotApply => Self::Pass,
        }
    }
}

/// Result of a guide's row that a case serves directly.
#[derive(Debug, Clone, PartialEq)]
pub struct GuideResult {
    /// Name of the guide.
    pub guide: String,
    /// The row.
    pub row: GuideRow,
    /// Each task that serves it.
    pub served: Vec<Served>,
    /// Where it stands as a whole.
    pub state: GuideState,
    /// What it still needs, or why it does not apply; empty where all is held.
    pub missing: Vec<String>,
}

/// The rows of a guide that some task serves.
pub(super) fn fold_guide(
    of: &Of<'_>,
    guide: &Guide,
    provisions: &[ProvisionResult],
) -> Vec<GuideResult> {
    let row = |row: &GuideRow| {
        let places = of.by_guide.get(&row.id);
        let served = of.served(places, |check| check.speaks_for_guide(&row.id));
        let found = served.iter().map(|s| s.verdict).reduce(Verdict::and)?;
        let missing = missing(of, row);
        let (state, missing) = match (found, not_applicable(row, provisions)) {
            (Verdict::Fail, _) => (GuideState::Contradicted, missing),
            (_, Some(why)) => (GuideState::DoesNotApply, vec![why]),
            (Verdict::Error, _) => (GuideState::BenchError, missing),
            (Verdict::Inconclusive, _) => (GuideState::NotObserved, missing),
            (Verdict::Pass, _) if missing.is_empty() => (GuideState::Held, missing),
            (Verdict::Pass, _) => (GuideState::Partly, missing),
        };
        Some(GuideResult {
            guide: guide.name.clone(),
            row: row.clone(),
            served,
            state,
            missing,
        })
    };
    guide.rows.iter().filter_map(row).collect()
}

/// The ground, where the claims say of all its provisions that they do not apply.
fn not_applicable(row: &GuideRow, provisions: &[ProvisionResult]) -> Option<String> {
    let claimed = |id: &ProvisionId| {
        let mut all = provisions.iter();
        match &all.find(|p| &p.provision.id == id)?.applicability {
            Applicability::NotApplicable(why) => Some(format!("{id}: {why}")),
            _ => None,
        }
    };
    let grounds: Option<Vec<_>> = row.provisions.iter().map(claimed).collect();
    grounds.filter(|g| !g.is_empty()).map(|g| g.join("; "))
}

/// What the row asks for and nobody looked at in this run.
fn missing(of: &Of<'_>, row: &GuideRow) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(missing) = &row.missing {
        out.push(missing.clone());
    } else if row.bench != RowReach::Yes {
        out.push("a bench sees a part of it, the rest is a person's".to_owned());
    }
    let left_out = of.left_out.iter().map(|(_, left)| left);
    let left_out = left_out.filter(|l| l.case.guides.contains(&row.id) && of.would_look(l));
    out.extend(left_out.map(|left| format!("{} was left out: {}", left.case.id, left.why)));
    let of_row = of
        .elsewhere
        .iter()
        .filter(|task| task.case.guides.contains(&row.id));
    out.extend(of_row.filter_map(|task| {
        let shard = of.plan.lies_in(task.id)?;
        Some(format!("{shard} carries out {}", task.case.id))
    }));
    out
}
