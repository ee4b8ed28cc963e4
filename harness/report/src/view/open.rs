//! What a provision still waits for.

use proofhouse_model::fold::{Pending, ProvisionResult};
use proofhouse_model::plan::LeftOut;
use proofhouse_model::{Plan, ProductId, UnitRef};

/// One thing a provision still waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Open<'a> {
    /// Units a person settles by reading papers.
    Papers(Vec<&'a UnitRef>),
    /// A case that would serve it was left out.
    LeftOut(&'a LeftOut),
    /// Units on the device that no case carries out.
    Untested(Vec<&'a UnitRef>),
    /// The units that test it in this edition are not known to the suite.
    UnitsUnknown,
}

impl Open<'_> {
    /// Whether the user's own filter is the reason.
    #[must_use]
    pub fn by_filter(&self) -> bool {
        matches!(self, Self::LeftOut(l) if l.by_filter)
    }

    /// Name of it among the test cases of a provision.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Papers(_) => "pending-papers".to_owned(),
            Self::LeftOut(l) => l.case.id.to_string(),
            Self::Untested(_) => "pending-units".to_owned(),
            Self::UnitsUnknown => "pending-unknown-units".to_owned(),
        }
    }

    /// Why it is open, for a reader.
    #[must_use]
    pub fn why(&self) -> String {
        match self {
            Self::Papers(units) => format!("a person has to read papers for {}", list(units)),
            Self::LeftOut(l) if l.by_filter => format!("not run: {}", l.why),
            Self::LeftOut(l) => format!("left out: {}", l.why),
            Self::Untested(units) => format!("no case carries out {} yet", list(units)),
            Self::UnitsUnknown => {
                "this suite does not know the units that test it in this edition".to_owned()
            }
        }
    }
}

fn list(units: &[&UnitRef]) -> String {
    let names: Vec<_> = units.iter().map(|u| u.as_str()).collect();
    names.join(", ")
}

/// Everything a provision waits for. A left-out case stands for its units.
pub(crate) fn open_of<'a>(
    plan: &'a Plan,
    product: &ProductId,
    result: &'a ProvisionResult,
) -> Vec<Open<'a>> {
    let left_out: Vec<&LeftOut> = plan
        .left_out
        .iter()
        .filter(|l| &l.product == product && l.case.answers_for(&result.provision.id))
        .collect();
    let named = |unit: &&UnitRef| left_out.iter().any(|l| l.case.units.contains(unit));
    let mut out = Vec::new();
    for pending in &result.pending {
        match pending {
            Pending::Papers(units) => out.push(Open::Papers(units.iter().collect())),
            Pending::NotTested(units, _) => {
                let rest: Vec<_> = units.iter().filter(|u| !named(u)).collect();
                if !rest.is_empty() {
                    out.push(Open::Untested(rest));
                }
            }
        }
    }
    if result.provision.units.is_empty() {
        out.push(Open::UnitsUnknown);
    }
    out.extend(left_out.iter().map(|l| Open::LeftOut(l)));
    out
}
