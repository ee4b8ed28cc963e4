//! `proofhouse check`: every mistake in all three files, nothing touched.

use super::{here, say, wrong_input};
use crate::args::Selection;
use crate::exit::Exit;
use crate::session;

/// Reads, checks and plans; says what was found.
pub fn check(selection: &Selection) -> Exit {
    let session = match session::prepare(selection, &here()) {
        Ok(session) => session,
        Err(list) => return wrong_input(&list),
    };
    let plan = &session.plan;
    say(&format!(
        "ok: {} on {}: {} cases planned on {} units\n",
        plan.profile.name,
        plan.bench.name,
        plan.cases.len(),
        plan.bench.units.len()
    ));
    for left in &plan.left_out {
        say(&format!("left out: {}: {}\n", left.case.id, left.why));
    }
    Exit::Passed
}
