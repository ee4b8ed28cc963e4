//! Relays that the journal does not show to be at rest: what a harness that died may have left on.

use proofhouse_model::event::{CaseEnd, GuardActed};
use proofhouse_model::op::{DebugOp, PowerOp, UplinkOp};
use proofhouse_model::{Channel, Event, Fact, Op, Seq, TaskId, Trouble, TroubleKind, UnitName};
use std::collections::BTreeMap;

/// A relay, by its unit and the channel that it is of.
pub(super) type Relay = (UnitName, Channel);

/// What was switched on, pressed or cut, and not seen to be undone.
#[derive(Debug, Default)]
pub(super) struct Relays {
    /// Each with the event that began it.
    not_at_rest: BTreeMap<Relay, Seq>,
    /// Ops that undo it and have no end yet.
    ending: BTreeMap<Seq, Relay>,
    /// Units that tasks hold: they are brought to rest before the end of a task is written.
    held: BTreeMap<TaskId, Vec<UnitName>>,
    /// The event that took the run up again: before the first task after it, every unit is brought to rest.
    resumed: Option<Seq>,
}

impl Relays {
    /// Takes in the next event of the journal.
    pub(super) fn see(&mut self, event: &Event) {
        let of = |channel: Channel| event.unit.clone().map(|unit| (unit, channel));
        match &event.fact {
            Fact::OpStarted { op } => match op {
                Op::Power(PowerOp::Off) => {
                    self.ending
                        .extend(of(Channel::Power).map(|r| (event.seq, r)));
                }
                // A race ends with the supply on.
                Op::Power(_) | Op::Debug(DebugOp::Race { .. }) => {
                    self.begun(of(Channel::Power), event.seq);
                }
                Op::Uplink(UplinkOp::Cut { .. }) => self.begun(of(Channel::Uplink), event.seq),
                _ => {}
            },
            Fact::OpEnded { of, .. } => {
                if let Some(relay) = self.ending.remove(of) {
                    self.not_at_rest.remove(&relay);
                }
            }
            Fact::ButtonPressed { .. } => self.begun(of(Channel::Reset), event.seq),
            Fact::UplinkCut { .. } => self.begun(of(Channel::Uplink), event.seq),
            Fact::ButtonReleased { .. } => self.over(of(Channel::Reset)),
            Fact::UplinkRestored { .. } => self.over(of(Channel::Uplink)),
            Fact::UnitBroken { trouble } => {
                // What is of no channel is a case that hangs, whose unit is switched off by another way, or a unit that
                // is another one than was meant, of which the journal does not tell it apart.
                let channel = trouble.channel.unwrap_or(Channel::Power);
                if let Channel::Power | Channel::Reset | Channel::Uplink = channel {
                    self.begun(of(channel), event.seq);
                }
            }
            Fact::GuardActed(acted) => self.guarded(acted),
            // It is off, as that fact says: its task may have been called off, which alone says nothing of it.
            Fact::UnitLeft { .. } => {
                self.not_at_rest
                    .retain(|(unit, _), _| Some(unit) != event.unit.as_ref());
            }
            Fact::RunResumed { .. } => self.resumed = Some(event.seq),
            // From here on what is not at rest is told.
            Fact::RunEnded { .. } | Fact::ShardBegan(_) => *self = Self::default(),
            _ => self.see_task(event),
        }
    }

    fn see_task(&mut self, event: &Event) {
        let Some(task) = event.task else { return };
        match &event.fact {
            Fact::TaskStarted { units, .. } => {
                if let Some(resumed) = self.resumed.take() {
                    self.not_at_rest.retain(|_, since| *since > resumed);
                }
                self.held.insert(task, units.clone());
            }
            // One that was called off may be written down before its units are off.
            Fact::TaskEnded {
                end: CaseEnd::Stopped { trouble, .. },
            } if trouble.kind == TroubleKind::Cancelled => {}
            Fact::TaskEnded { .. } => {
                let units = self.held.remove(&task).unwrap_or_default();
                self.not_at_rest
                    .retain(|(unit, _), _| !units.contains(unit));
            }
            _ => {}
        }
    }

    fn begun(&mut self, relay: Option<Relay>, seq: Seq) {
        self.not_at_rest.extend(relay.map(|relay| (relay, seq)));
    }

    fn over(&mut self, relay: Option<Relay>) {
        if let Some(relay) = relay {
            self.not_at_rest.remove(&relay);
        }
    }

    fn guarded(&mut self, acted: &GuardActed) {
        let left = left_by(acted);
        for relay in seen_to(acted).filter(|relay| !left.contains_key(relay)) {
            self.not_at_rest.remove(&relay);
        }
    }

    /// All of them, each with the event that began it.
    pub(super) fn not_at_rest(&self) -> impl Iterator<Item = (&Relay, Seq)> {
        self.not_at_rest.iter().map(|(relay, seq)| (relay, *seq))
    }
}

/// Relays that a guard was at.
pub(super) fn seen_to(acted: &GuardActed) -> impl Iterator<Item = Relay> {
    let all = [
        (&acted.units, Channel::Power),
        (&acted.released, Channel::Reset),
        (&acted.restored, Channel::Uplink),
    ];
    all.into_iter()
        .flat_map(|(units, channel)| units.iter().map(move |unit| (unit.clone(), channel)))
}

/// Those that it did not bring to rest, and why.
pub(super) fn left_by(acted: &GuardActed) -> BTreeMap<Relay, Trouble> {
    let all = [
        (&acted.may_be_on, Channel::Power),
        (&acted.may_be_pressed, Channel::Reset),
        (&acted.may_be_cut, Channel::Uplink),
    ];
    let all = all.into_iter();
    let told = all.flat_map(|(units, channel)| {
        units.iter().map(move |(unit, why)| {
            let what = format!("its guard could not bring it to rest: {why}");
            let trouble = Trouble::bench(channel, what, BY_HAND);
            ((unit.clone(), channel), trouble)
        })
    });
    told.collect()
}

/// What is to be done where nobody is left who could.
const BY_HAND: &str = "see to it by hand, then to its relay";

/// The trouble of a relay whose harness died, where no guard left a word.
pub(super) fn abandoned(channel: Channel) -> Trouble {
    let what = "the harness died before it undid this, and no guard noted that it did: it is still at it, or was \
                killed as well";
    Trouble::bench(channel, what, BY_HAND)
}
