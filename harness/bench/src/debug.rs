//! Debug-port ops. None of them writes to the chip.

use crate::wired::{Keep, wired};
use proofhouse_instruments as instruments;
use proofhouse_model::observation::DebugGrade;
use proofhouse_model::op::{DebugOp, InstrumentOp};
use proofhouse_model::{Bytes, Channel, Dur, Observation, Op, Trouble, UnitName};
use proofhouse_transport::Budget;
use proofhouse_transport::power::PowerControl;
use proofhouse_transport::swd::{DebugPort, Grading};
use std::time::Duration;

/// How long one answer of the debug worker may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How much longer than asked for a race may take to come to its end.
const GRACE: Duration = Duration::from_secs(10);

/// What is read at once while searching flash.
const CHUNK: u64 = 256 * 1024;

/// The debug port of a unit, and the supply that a race switches.
pub struct DebugWire<'a> {
    /// The unit, for messages.
    pub unit: &'a UnitName,
    /// Its debug port.
    pub port: &'a mut DebugPort,
    /// Its supply, when it is wired.
    pub power: Option<&'a PowerControl>,
}

/// Whether an op may change what lies in a unit's flash.
pub fn uses_unit(op: &Op) -> bool {
    match op {
        Op::Debug(_)
        | Op::Label { .. }
        | Op::Address
        | Op::Answers
        | Op::HostClock
        | Op::Uplink(_)
        | Op::Dns(_)
        | Op::Dhcp(_)
        | Op::Tap(_)
        | Op::Idle { .. } => false,
        Op::Instrument(op) => !matches!(
            op,
            InstrumentOp::SearchFlash { .. } | InstrumentOp::AssessPasswords { .. }
        ),
        Op::Reset
        | Op::Power(_)
        | Op::Console(_)
        | Op::Http(_)
        | Op::Coap(_)
        | Op::Observe(_)
        | Op::Stream(_)
        | Op::Datagram(_)
        | Op::Mqtt(_) => true,
    }
}

/// Carries out a debug op.
pub fn perform(
    wire: &mut DebugWire<'_>,
    op: &DebugOp,
    budget: &Budget,
    keep: &mut Keep<'_>,
) -> Result<Observation, Trouble> {
    let answer = budget.at_most(PATIENCE + wire.port.wait());
    match op {
        DebugOp::Grade => wire
            .port
            .grade(&answer)
            .map(doubted)
            .map(Observation::Grade),
        DebugOp::Race { length, off } => race(wire, *length, *off, budget),
        DebugOp::Read { at, len } => {
            let bytes = wire.port.read(*at, *len, &answer)?;
            let blob = keep(&bytes)?;
            Ok(Observation::Memory {
                at: *at,
                len: *len,
                blob,
            })
        }
        DebugOp::Identify => wire
            .port
            .identify(&answer)
            .map(|uid| uid.map_or(Observation::NoIdentity, |text| Observation::Text { text })),
    }
}

/// Tries from before power-up on. The supply is on afterwards, also when the race broke.
fn race(
    wire: &mut DebugWire<'_>,
    length: Dur,
    off: Dur,
    budget: &Budget,
) -> Result<Observation, Trouble> {
    let power = wired(wire.power, wire.unit, Channel::Power)?;
    // A probe that is busy must not cost a power cut, and not the race from power-up on.
    wire.port
        .await_free(&budget.at_most(PATIENCE + wire.port.wait()))?;
    power.off()?;
    budget.pause(off.std())?;
    let length = budget.at_most(length.std()).left();
    let raced = wire.port.start_race(length, budget).and_then(|mut race| {
        power.on()?;
        race.powered();
        race.join(GRACE, budget)
    });
    power.on()?;
    let mut race = raced?;
    race.best.grade.after = race.open_until.or(race.port_after);
    race.best.grade.port_after = race.port_after;
    Ok(Observation::Grade(doubted(race.best)))
}

/// The grade with its doubts: a level below open that is doubted is no proof of a lock.
fn doubted(grading: Grading) -> DebugGrade {
    let mut grade = grading.grade;
    grade.doubts = grading.doubts;
    grade
}

/// Reads the regions and searches them.
pub fn search_flash(
    wire: &mut DebugWire<'_>,
    regions: &[(u64, u64)],
    needles: &[(String, Bytes)],
    budget: &Budget,
) -> Result<Observation, Trouble> {
    let mut read: Vec<(u64, Vec<u8>)> = Vec::new();
    for (at, len) in regions {
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < *len {
            budget.check(Channel::Debug, || "reading the flash".to_owned())?;
            let done = bytes.len() as u64;
            let next = CHUNK.min(len - done);
            let answer = budget.at_most(PATIENCE + wire.port.wait());
            bytes.extend(wire.port.read(at + done, next, &answer)?);
        }
        read.push((*at, bytes));
    }
    let views: Vec<(u64, &[u8])> = read.iter().map(|(at, b)| (*at, b.as_slice())).collect();
    instruments::search_flash(&views, needles).map(Observation::from)
}
