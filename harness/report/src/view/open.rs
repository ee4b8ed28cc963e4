//! What a provision still waits for.

use proofhouse_model::fold::{Pending, ProvisionResult};
use proofhouse_model::plan::LeftOut;
use proofhouse_model::{Plan, Task, UnitName, UnitRef};

/// One thing a provision still waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Open<'a> {
    /// A claim that can stand.
    Claim,
    /// Units a person settles by reading papers.
    Papers(&'a [UnitRef]),
    /// A case that would serve it was left out.
    LeftOut(&'a LeftOut),
    /// Units on the device that no case carries out.
    Untested(&'a [UnitRef]),
    /// Units of which a bench reaches a part.
    InPart(&'a [UnitRef]),
    /// Units that what was shown does not settle, with the reason.
    NotSettled(&'a [UnitRef], &'a str),
    /// The units that test it in this edition are not known to the suite.
    UnitsUnknown,
    /// Other parts of the run may speak of it; those of their tasks that serve it.
    OtherParts(Vec<(&'a Task, String)>),
}

impl Open<'_> {
    /// Whether the user's own filter is the reason.
    #[must_use]
    pub fn by_filter(&self) -> bool {
        match self {
            Self::LeftOut(l) => l.by_filter,
            Self::OtherParts(tasks) => !tasks.is_empty(),
            _ => false,
        }
    }

    /// Name of it among the test cases of a provision.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Claim => "claim".to_owned(),
            Self::Papers(_) => "pending-papers".to_owned(),
            Self::LeftOut(l) => l.case.id.to_string(),
            Self::Untested(_) => "pending-units".to_owned(),
            Self::InPart(_) => "pending-in-part".to_owned(),
            Self::NotSettled(..) => "pending-not-settled".to_owned(),
            Self::UnitsUnknown => "pending-unknown-units".to_owned(),
            Self::OtherParts(_) => "pending-other-parts".to_owned(),
        }
    }

    /// Why it is open, for a reader.
    #[must_use]
    pub fn why(&self) -> String {
        match self {
            Self::Claim => "a claim that can stand is missing".to_owned(),
            Self::Papers(units) => format!("a person has to read papers for {}", list(units)),
            Self::LeftOut(l) if l.by_filter => format!("not run: {}", l.why),
            Self::LeftOut(l) => format!("left out: {}", l.why),
            Self::Untested(units) => format!("no case carries out {} yet", list(units)),
            Self::InPart(units) => format!(
                "a bench reaches a part of {}, the rest is a person's",
                list(units)
            ),
            Self::NotSettled(_, why) => (*why).to_owned(),
            Self::UnitsUnknown => {
                "this suite does not know the units that test it in this edition".to_owned()
            }
            Self::OtherParts(tasks) if tasks.is_empty() => {
                "other parts of the run may have found something against it".to_owned()
            }
            Self::OtherParts(tasks) => format!("not in this part of the run: {}", told(tasks)),
        }
    }
}

fn list(units: &[UnitRef]) -> String {
    let names: Vec<_> = units.iter().map(|u| u.as_str()).collect();
    names.join(", ")
}

/// Tasks of other parts, each with its part.
pub(crate) fn told(tasks: &[(&Task, String)]) -> String {
    let told = tasks.iter().map(|(task, part)| {
        let units: Vec<_> = task.units.iter().map(UnitName::as_str).collect();
        format!("{} on {} ({part})", task.case.id, units.join(" and "))
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Everything a provision waits for.
pub(crate) fn open_of<'a>(plan: &'a Plan, result: &'a ProvisionResult) -> Vec<Open<'a>> {
    let pending = result.pending.iter();
    let open = pending.filter_map(|pending| {
        Some(match pending {
            Pending::Claim => Open::Claim,
            Pending::Papers(units) => Open::Papers(units),
            Pending::LeftOut(at) => Open::LeftOut(plan.left_out.get(*at)?),
            Pending::NotTested(units) => Open::Untested(units),
            Pending::InPart(units) => Open::InPart(units),
            Pending::NotSettled(units, why) => Open::NotSettled(units, why),
            Pending::UnitsUnknown(_) => Open::UnitsUnknown,
            Pending::OtherParts(tasks) => {
                let tasks = tasks
                    .iter()
                    .filter_map(|id| Some((plan.task(*id)?, plan.lies_in(*id)?)));
                Open::OtherParts(tasks.collect())
            }
        })
    });
    open.collect()
}
