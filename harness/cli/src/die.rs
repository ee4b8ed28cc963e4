//! `--die-after`: the harness killed at an exact place of its run, to see that nothing is lost. Virtual benches only.

use proofhouse_fixtures::kill_self;
use proofhouse_model::{Event, Fact, Finding, Plan};
use proofhouse_runner::Watcher;
use std::str::FromStr;

/// A place to die at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DieAfter {
    /// plan.json is written, no event is.
    Plan,
    /// This event is written.
    Event(u64),
    /// The first check that refutes something is written.
    Refuted,
    /// The reports are written, the seal is not.
    Reports,
}

impl FromStr for DieAfter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "plan" => Ok(Self::Plan),
            "refuted" => Ok(Self::Refuted),
            "reports" => Ok(Self::Reports),
            number => number
                .parse()
                .map(Self::Event)
                .map_err(|_| "an event's number, `plan`, `refuted` or `reports`".to_owned()),
        }
    }
}

/// Whether this harness may be killed: a real unit would be left as it is.
pub fn is_allowed(plan: &Plan) -> bool {
    plan.bench.units.iter().all(|u| u.virtual_product.is_some())
}

/// Dies here, when this is the place.
pub fn at(wanted: Option<DieAfter>, here: DieAfter) {
    if wanted == Some(here) {
        kill_self();
    }
}

/// Watches for the event after which to die: told when it is written and no later one is.
pub fn tripwire(wanted: Option<DieAfter>) -> Option<Watcher> {
    let place = wanted?;
    let is_here = move |event: &Event| match (place, &event.fact) {
        (DieAfter::Event(last), _) => event.seq == last,
        (DieAfter::Refuted, Fact::Checked(check)) => check.finding == Finding::Refuted,
        _ => false,
    };
    Some(Box::new(move |event: &Event| {
        if is_here(event) {
            kill_self();
        }
    }))
}
