//! Debug-port ops. None of them writes to the chip.

use crate::unit::{Keep, Time, Unit, unwired};
use proofhouse_instruments as instruments;
use proofhouse_model::observation::DebugGrade;
use proofhouse_model::op::DebugOp;
use proofhouse_model::{Bytes, Channel, Dur, Observation, Trouble};
use proofhouse_transport::swd::Grading;
use std::time::Duration;

/// How long one answer of the debug worker may take.
const PATIENCE: Dur = Dur::secs(20);

/// What is read at once while searching flash.
const CHUNK: u64 = 256 * 1024;

/// Carries out a debug op.
pub fn perform(
    unit: &mut Unit,
    op: &DebugOp,
    time: Time,
    keep: &mut Keep<'_>,
) -> Result<Observation, Trouble> {
    let patience = time.clip(PATIENCE).std();
    match op {
        DebugOp::Grade => port(unit)?
            .grade(patience)
            .map(doubted)
            .map(Observation::Grade),
        DebugOp::Race { length, off } => race(unit, *length, *off, time),
        DebugOp::Read { at, len } => {
            let bytes = port(unit)?.read(*at, *len, patience)?;
            let blob = keep(&bytes)?;
            Ok(Observation::Memory {
                at: *at,
                len: *len,
                blob,
            })
        }
        DebugOp::Identify => port(unit)?
            .identify(patience)
            .map(|text| Observation::Text { text }),
    }
}

fn port(unit: &mut Unit) -> Result<&mut proofhouse_transport::swd::DebugPort, Trouble> {
    let name = &unit.name;
    unit.debug
        .as_mut()
        .ok_or_else(|| unwired(name, Channel::Debug))
}

/// Tries from before power-up on. The supply is on afterwards, also when the race broke.
fn race(unit: &mut Unit, length: Dur, off: Dur, time: Time) -> Result<Observation, Trouble> {
    let power = unit
        .power
        .clone()
        .ok_or_else(|| unwired(&unit.name, Channel::Power))?;
    let halt = unit.halt.clone();
    let port = port(unit)?;
    port.warm()?;
    power.off()?;
    halt.pause(time.clip(off).std())?;
    let raced = port
        .start_race(time.clip(length).std())
        .and_then(|mut race| {
            power.on()?;
            race.powered();
            race.join(Duration::from_secs(10))
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
    unit: &mut Unit,
    regions: &[(u64, u64)],
    needles: &[(String, Bytes)],
    time: Time,
) -> Result<Observation, Trouble> {
    let mut read: Vec<(u64, Vec<u8>)> = Vec::new();
    for (at, len) in regions {
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < *len {
            let done = bytes.len() as u64;
            let next = CHUNK.min(len - done);
            bytes.extend(port(unit)?.read(at + done, next, time.clip(PATIENCE).std())?);
        }
        read.push((*at, bytes));
    }
    let views: Vec<(u64, &[u8])> = read.iter().map(|(at, b)| (*at, b.as_slice())).collect();
    instruments::search_flash(&views, needles).map(Observation::from)
}
