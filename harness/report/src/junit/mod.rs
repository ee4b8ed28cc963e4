//! JUnit for CI servers: one suite per provision, then one per guide row served directly.
//!
//! Only what every consumer keeps carries meaning: suite name, class name, case name, status and
//! element text.
//!
//! | here | in the file |
//! |---|---|
//! | shown | a plain test case |
//! | refuted | `<failure type="FAIL">`; a wrong claim is `<failure type="CLAIM">` |
//! | not observed, no claim | `<error type="INCONCLUSIVE">`: many tools count skipped as good |
//! | shown in a later attempt only | `<error type="FLAKY">`, with what each attempt came to |
//! | bench trouble | `<error type="ERROR">` |
//! | pending | `<skipped type="pending">`, with `--complete` `<error type="PENDING">` |
//! | not applicable, not met, left out by the user's filter | `<skipped>` with the reason |

mod case;
mod filter;
mod suite;

use crate::view::{Folded, RunView, View};
use junit_report::{OffsetDateTime, Report};
use time::format_description::well_known::Rfc3339;

/// Why the report could not be made. Neither is expected: all text is made fit before.
#[derive(Debug, thiserror::Error)]
pub enum JunitError {
    /// The JUnit writer refused.
    #[error("cannot make the JUnit report: {0}")]
    Write(#[from] junit_report::Error),
    /// Its output could not be completed.
    #[error("cannot complete the JUnit report: {0}")]
    Filter(#[from] quick_xml::Error),
    /// Its output has an attribute that cannot be read.
    #[error("cannot complete the JUnit report: {0}")]
    Attribute(#[from] quick_xml::events::attributes::AttrError),
    /// The end of it could not be written.
    #[error("cannot complete the JUnit report: {0}")]
    Io(#[from] std::io::Error),
}

/// The JUnit file of a run.
///
/// # Errors
/// Only for text that XML cannot hold, which is a mistake here.
pub fn render(run: &Folded<'_>) -> Result<Vec<u8>, JunitError> {
    render_view(&run.view())
}

pub(crate) fn render_view(view: &RunView<'_>) -> Result<Vec<u8>, JunitError> {
    let suites: Vec<_> = view.products.iter().flat_map(suite::suites).collect();
    let mut report = Report::new();
    let mut extras = Vec::with_capacity(suites.len());
    for suite in suites {
        extras.push(filter::Extra {
            skipped: suite.suite.skipped(),
            properties: suite.properties,
        });
        report.add_testsuite(suite.suite);
    }
    let mut bare = Vec::new();
    report.write_xml(&mut bare)?;
    filter::complete(&bare, &extras)
}

/// Start of the run; a journal without events began at no known time.
fn started(view: &View<'_>) -> OffsetDateTime {
    view.facts
        .started
        .as_deref()
        .and_then(|wall| OffsetDateTime::parse(wall, &Rfc3339).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
