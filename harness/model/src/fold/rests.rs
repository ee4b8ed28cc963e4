//! Which events a verdict rests on, and that an empty statement is none.

use super::task::TaskResult;
use crate::event::CaseEnd;
use crate::op::{DhcpOp, DnsOp, MqttOp, PowerOp, TapOp};
use crate::{Check, Event, Fact, Finding, Op, Seq, Verdict};
use std::collections::BTreeSet;

/// Why a check that looked at nothing shows nothing.
pub const EMPTY_STATEMENT: &str = "rests on nothing that was done to the device";

/// What the journal of a case says, beside its checks, about what they rest on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ground {
    /// Numbers of all ops that came to an observation of the device: of their start and of their end.
    done: BTreeSet<Seq>,
    /// Ops under way that bring nothing from the device.
    mute: BTreeSet<Seq>,
    /// The last op that failed.
    failed: Option<Seq>,
    /// The event that says how the case ended or that it was not run.
    ended: Option<Seq>,
    /// Its last event.
    last: Option<Seq>,
}

impl Ground {
    /// Nothing yet.
    pub(super) const NONE: Self = Self {
        done: BTreeSet::new(),
        mute: BTreeSet::new(),
        failed: None,
        ended: None,
        last: None,
    };

    /// Takes in an event of the case.
    pub(super) fn see(&mut self, event: &Event) {
        self.last = Some(event.seq);
        match &event.fact {
            // A new attempt starts on new ground; checks made before were weighed then.
            Fact::TaskStarted { .. } => {
                *self = Self {
                    last: self.last,
                    ..Self::default()
                }
            }
            Fact::OpStarted { op } if brings_nothing(op) => drop(self.mute.insert(event.seq)),
            Fact::OpEnded { of, .. } if self.mute.remove(of) => {}
            Fact::OpEnded { saw, .. } if saw.is_of_nobody() => {}
            Fact::OpEnded { of, .. } => self.done.extend([*of, event.seq]),
            Fact::OpFailed { .. } => self.failed = Some(event.seq),
            Fact::TaskEnded { .. } | Fact::TaskNotRun { .. } => {
                self.ended = Some(event.seq);
                // Nothing is weighed any more; the ops of many tasks would add up.
                self.done = BTreeSet::new();
            }
            _ => {}
        }
    }

    /// A check as it counts: shown only where something came back from the bench for it. What was computed from
    /// papers alone is not functional evidence, and silence alone shows nothing.
    pub(super) fn weigh(&self, check: &Check) -> Check {
        let mut check = check.clone();
        let empty = !check.rests_on.iter().any(|seq| self.done.contains(seq));
        if check.finding == Finding::Shown && empty {
            check.finding = Finding::NotObserved;
            check.detail = match check.detail.as_str() {
                "" => EMPTY_STATEMENT.to_owned(),
                detail => format!("{EMPTY_STATEMENT} ({detail})"),
            };
        }
        check
    }
}

/// Waiting, switching the supply, pressing a button, cutting the network, telling a peer what to answer, starting
/// and stopping a tap, reading what the bench file says, looking at the clock of the bench PC: after it nobody has
/// heard the device.
fn brings_nothing(op: &Op) -> bool {
    match op {
        Op::Idle { .. }
        | Op::Label { .. }
        | Op::Reset
        | Op::Answers
        | Op::HostClock
        | Op::Uplink(_) => true,
        Op::Mqtt(op) => !matches!(op, MqttOp::AwaitDial { .. } | MqttOp::AwaitMessage { .. }),
        Op::Dhcp(op) => !matches!(op, DhcpOp::AwaitLease { .. }),
        Op::Dns(op) => !matches!(op, DnsOp::AwaitQuestion { .. }),
        Op::Tap(op) => matches!(op, TapOp::Start | TapOp::Stop),
        Op::Power(op) => !matches!(op, PowerOp::AwaitCut),
        _ => false,
    }
}

impl TaskResult {
    /// Numbers of the events that [`Self::verdict_over`] rests on, sorted: the checks that decide it with the ops they
    /// cite, or where the case ended badly its end and the op that failed. Empty only when the journal has no
    /// event of the case.
    #[must_use]
    pub fn rests_on(&self, picks: impl Fn(&Check) -> bool) -> Vec<Seq> {
        let picked: Vec<_> = self.checks.iter().filter(|(_, c)| picks(c)).collect();
        let has = |finding| picked.iter().any(|(_, c)| c.finding == finding);
        let deciding = match self.verdict_over(&picks).0 {
            Verdict::Fail => Some(Finding::Refuted),
            Verdict::Pass => Some(Finding::Shown),
            _ if self.ended_badly().is_some() => None,
            _ => has(Finding::NotObserved).then_some(Finding::NotObserved),
        };
        let mut out = BTreeSet::new();
        match deciding {
            None => out.extend(self.end_event()),
            Some(finding) => {
                for (seq, check) in picked.iter().filter(|(_, c)| c.finding == finding) {
                    out.insert(*seq);
                    out.extend(&check.rests_on);
                }
            }
        }
        out.into_iter().collect()
    }

    /// The event of the end, and of the op whose trouble it was.
    fn end_event(&self) -> impl Iterator<Item = Seq> {
        let ground = &self.ground;
        let stopped = matches!(self.end, Some(CaseEnd::Stopped { .. }));
        let failed = ground.failed.filter(|_| stopped);
        failed.into_iter().chain(ground.ended.or(ground.last))
    }
}
