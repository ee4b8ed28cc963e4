//! An event in the place that it has in a merged run.

use crate::secret::Because;
use crate::{Event, Fact, InClear, Seq};

impl Event {
    /// The event so many places and microseconds later; events that it names are as much later.
    #[must_use]
    pub fn later(mut self, by: Seq, by_us: u64) -> Self {
        self.seq += by;
        self.at_us = self.at_us.saturating_add(by_us);
        match &mut self.fact {
            Fact::OpEnded { of, .. } | Fact::OpFailed { of, .. } => *of += by,
            Fact::RunResumed { open, .. } => open.iter_mut().for_each(|seq| *seq += by),
            Fact::Checked(check) => check.rests_on.iter_mut().for_each(|seq| *seq += by),
            Fact::SecretInClear(InClear {
                because: Because::Unknown { event },
                ..
            }) => *event += by,
            Fact::ShardBegan(_)
            | Fact::SecretInClear(_)
            | Fact::RunStarted { .. }
            | Fact::Identified { .. }
            | Fact::UnitFacts { .. }
            | Fact::TaskStarted { .. }
            | Fact::OpStarted { .. }
            | Fact::Heard { .. }
            | Fact::PortFlushed { .. }
            | Fact::PortGone { .. }
            | Fact::PortBack
            | Fact::ProbeAwaited { .. }
            | Fact::ButtonPressed { .. }
            | Fact::ButtonReleased { .. }
            | Fact::SupplyMeasured(_)
            | Fact::UplinkCut { .. }
            | Fact::UplinkRestored { .. }
            | Fact::ConsoleAgreed(_)
            | Fact::ScriptBegan
            | Fact::ScriptEnded
            | Fact::SecretKnown(_)
            | Fact::ClockRead { .. }
            | Fact::WaitRanOut { .. }
            | Fact::SecretMatched { .. }
            | Fact::Guessed { .. }
            | Fact::Measured(_)
            | Fact::Noted { .. }
            | Fact::Limited { .. }
            | Fact::FaultSetIn { .. }
            | Fact::Stored { .. }
            | Fact::FindingsVoid { .. }
            | Fact::TaskEnded { .. }
            | Fact::UnitBroken { .. }
            | Fact::UnitLeft { .. }
            | Fact::UnitJoined { .. }
            | Fact::TaskNotRun { .. }
            | Fact::MayBeOn { .. }
            | Fact::GuardActed(_)
            | Fact::RunEnded { .. } => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Check, Dur, Finding, Observation, Trouble};

    fn moved(fact: Fact) -> Fact {
        let event = Event {
            seq: 7,
            at_us: 30,
            wall: String::new(),
            task: None,
            unit: None,
            fact,
        };
        let event = event.later(100, 1_000);
        assert_eq!((event.seq, event.at_us), (107, 1_030));
        event.fact
    }

    /// Each fact that names an event names the same one in its new place.
    #[test]
    fn what_an_event_names_moves_with_it() {
        let took = Dur::ms(1);
        let (saw, trouble) = (Observation::Done, Trouble::case("no"));
        let ended = moved(Fact::OpEnded { of: 5, saw, took });
        assert!(matches!(ended, Fact::OpEnded { of: 105, .. }));
        let of = 6;
        let failed = moved(Fact::OpFailed { of, trouble, took });
        assert!(matches!(failed, Fact::OpFailed { of: 106, .. }));
        let (tasks, open) = (Vec::new(), vec![1, 2]);
        let (tool, host) = (String::new(), String::new());
        let resumed = Fact::RunResumed {
            tool,
            host,
            tasks,
            open,
        };
        assert!(matches!(moved(resumed), Fact::RunResumed { open, .. } if open == [101, 102]));
        let check = Check {
            finding: Finding::Shown,
            holds: String::new(),
            otherwise: String::new(),
            detail: String::new(),
            serves: Vec::new(),
            guides: Vec::new(),
            units: Vec::new(),
            rows: Vec::new(),
            state: None,
            against: Vec::new(),
            measurement: None,
            rests_on: vec![3, 4],
            line: None,
        };
        let moved_check = moved(Fact::Checked(check));
        assert!(matches!(moved_check, Fact::Checked(c) if c.rests_on == [103, 104]));
        let in_clear = InClear {
            name: "pin".to_owned(),
            because: Because::Unknown { event: 2 },
        };
        let Fact::SecretInClear(in_clear) = moved(Fact::SecretInClear(in_clear)) else {
            panic!("another fact");
        };
        assert_eq!(in_clear.because, Because::Unknown { event: 102 });
    }
}
