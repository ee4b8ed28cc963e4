//! Parts of one run, put together: a run folder of the whole plan, whose journal is made of the journals of its parts.
//!
//! The parts lie in it as they are, each with its seal, which the journal cites by hash. So whoever verifies it can
//! make the journal again from them, and does.

mod check;
mod events;
mod fit;
mod part;
mod write;

pub use check::{check, is_merged};

use crate::fitness;
use part::{NoPart, Part};
use proofhouse_journal::{ReadError, WriteError};
use proofhouse_model::Plan;
use proofhouse_report::{Folded, ReportError};
use std::path::{Path, PathBuf};

/// Why there is no merged run.
#[derive(Debug)]
pub enum NotMerged {
    /// The parts do not belong together, or one of them is none; a sentence each.
    Refused(Vec<String>),
    /// A part is not what was written; a sentence each.
    Altered(Vec<String>),
    /// The disk refused.
    Broken(String),
}

impl From<ReadError> for NotMerged {
    fn from(why: ReadError) -> Self {
        Self::Broken(why.to_string())
    }
}

impl From<WriteError> for NotMerged {
    fn from(why: WriteError) -> Self {
        Self::Broken(why.to_string())
    }
}

impl From<ReportError> for NotMerged {
    fn from(why: ReportError) -> Self {
        Self::Broken(why.to_string())
    }
}

/// Parts that belong together, in their order.
struct Parts {
    /// The plan that they are parts of.
    whole: Plan,
    parts: Vec<Part>,
}

/// Puts parts together into a folder that is not there yet; with `partial` some may be missing.
///
/// # Errors
/// What does not belong together, and a disk that refuses. Then nothing is left in the folder.
pub fn merge(runs: &[PathBuf], out: &Path, partial: bool) -> Result<Folded<'static>, NotMerged> {
    let (mut wrong, mut altered) = (Vec::new(), Vec::new());
    let mut parts = Vec::new();
    for run in runs {
        match Part::read(run) {
            Ok(part) => parts.push(part),
            Err(NoPart::Altered(why)) => altered.push(format!("{}: {why}", run.display())),
            Err(NoPart::Unfit(why)) => wrong.push(format!("{}: {why}", run.display())),
        }
    }
    if !altered.is_empty() {
        return Err(NotMerged::Altered(altered));
    }
    if wrong.is_empty() {
        wrong = fit::wrong(&parts, partial);
    }
    if !wrong.is_empty() {
        return Err(NotMerged::Refused(wrong));
    }
    write::folder(&Parts::of(parts)?, out)
}

impl Parts {
    fn of(mut parts: Vec<Part>) -> Result<Self, NotMerged> {
        parts.sort_by_key(|part| part.shard.part);
        let first = parts.first();
        let whole = first.map(|part| part.plan.whole());
        let whole = whole.ok_or_else(|| NotMerged::Refused(vec!["there is no part".to_owned()]))?;
        let whole = Plan {
            fitness: fitness::of_parts(parts.iter().map(|part| part.plan.fitness.as_ref())),
            ..whole
        };
        Ok(Self { whole, parts })
    }
}
