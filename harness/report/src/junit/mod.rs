//! JUnit for CI servers: one suite per provision, then one per guide row served directly.
//!
//! Only what every consumer keeps carries meaning: suite name, class name, case name, status and
//! element text. Names are ids alone, so that the history a server keeps by them goes on when a sentence is reworded.
//!
//! | here | in the file |
//! |---|---|
//! | shown | a plain test case |
//! | refuted | `<failure type="FAIL">`; a wrong claim is `<failure type="CLAIM">` |
//! | not observed, no claim | `<error type="INCONCLUSIVE">`: many tools count skipped as good |
//! | shown in a later attempt only | `<error type="FLAKY">`, with what each attempt came to |
//! | a unit that may still be on | a suite of its own, `<error type="ERROR">` for each |
//! | bench trouble | `<error type="ERROR">` |
//! | pending | `<skipped type="pending">`, with `--complete` `<error type="PENDING">` |
//! | what other parts of the run carry out | `<skipped>`; the property `shard` says which part this is |
//! | not applicable, not met, left out by the user's filter | `<skipped>` with the reason |

mod case;
mod suite;
mod xml;

use crate::view::{Folded, RunView};

/// The JUnit file of a run, written in one pass.
#[must_use]
pub fn render(run: &Folded<'_>) -> Vec<u8> {
    render_view(&run.view())
}

pub(crate) fn render_view(view: &RunView<'_>) -> Vec<u8> {
    let mut report = xml::Report::default();
    for product in &view.products {
        suite::write(product, &mut report);
    }
    suite::of_supplies(view, &mut report);
    report.finish("proofhouse")
}
