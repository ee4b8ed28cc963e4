//! What a case does, against a recording host.

#[path = "../common/mod.rs"]
mod common;

mod checks;
mod confirmed;
mod mistakes;
mod network;
mod steps;
mod tap;
mod values;
mod web;

use common::*;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::observation::HostClock;
use proofhouse_model::op::{ConsoleOp, PowerOp};
use proofhouse_model::{Channel, Finding, Observation, Op, Trouble, TroubleKind};
use std::sync::atomic::Ordering;

fn stopped(end: &CaseEnd) -> (&Trouble, &str) {
    match end {
        CaseEnd::Stopped { trouble, place } => (trouble, place.as_deref().unwrap_or("nowhere")),
        other => panic!("not stopped: {other:?}"),
    }
}

fn finding(body: &str) -> (Finding, String) {
    let (end, host) = run(Fake::new(), None, body);
    assert_eq!(end, CaseEnd::Complete);
    let check = host.checks().pop().expect("a check");
    (check.finding, check.detail)
}
