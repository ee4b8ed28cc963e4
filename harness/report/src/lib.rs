//! What people and machines get to see of a run.
//!
//! Every report is a pure function of a plan and the events recorded under it: no clock, no
//! settings, no device. So a run reported again years later gives the same bytes, and two reports
//! cannot disagree: all of them read one [`view::View`].
//!
//! | report | for |
//! |---|---|
//! | [`console`] | the technician at the bench |
//! | [`junit`] | CI servers: one suite per provision |
//! | [`json`] | programs; the whole result |
//! | [`ledger`] | assessors: every unit of the test specification and what became of it |
//! | [`matrix`] | whoever writes a suite: what its cases catch |
//!
//! Whatever came from a device or a person passes [`text`] first: no control character gets out
//! raw.

pub mod console;
mod files;
pub mod json;
pub mod junit;
pub mod ledger;
pub mod matrix;
mod outcome;
pub mod text;
pub mod view;

pub use console::{Style, summary, summary_of};
pub use files::{JSON_FILE, JUNIT_FILE, ReportError, Written, render_all, write_all};
pub use outcome::{Outcome, outcome};
pub use view::Folded;
