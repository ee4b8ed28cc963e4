//! The graded look at a port that a debug-lock case asks for.

use std::time::Duration;

use probe_rs::config::Registry;
use probe_rs::probe::Probe;
use probe_rs::{Error, Permissions};
use proofhouse_model::Trouble;
use proofhouse_model::observation::{DebugLevel, DebugTap};

use super::error::{Failed, chain};
use super::jtag;
use super::places::places;
use super::probe::{Told, open_awaited};
use super::reach::{Awake, NotReached, reach};
use super::survey::{Grading, survey};
use super::target::DebugTarget;

/// How long a silent wire is tried.
const PATIENCE: Duration = Duration::from_millis(300);
/// Nordic's control port of the nRF52 series.
const NRF52_CTRL: (u8, u32) = (1, 0x0288_0000);

/// Grades the port, then lets probe-rs attach on its own, without any permission.
///
/// # Errors
/// Trouble of the bench. Everything the device does is part of the grade.
pub fn grade(target: &DebugTarget, registry: &Registry, told: &Told) -> Result<Grading, Trouble> {
    let probe = open_awaited(target, told)?;
    let Awake {
        mut port,
        dpidr,
        taps,
    } = match reach(probe, PATIENCE, target.protocol) {
        Ok(reached) => reached,
        Err(not) => {
            let NotReached {
                dpidr, taps, error, ..
            } = *not;
            return match error {
                Failed::Device(why) => Ok(jtag::closed(target, dpidr, taps, why)),
                Failed::Bench(trouble) => Err(trouble),
            };
        }
    };
    let (grading, _) = survey(&mut *port, dpidr, None, &places(target))?;
    let probe = port.close();
    let mut grading = grading.over(target.protocol, taps);
    if let Some(chip) = &target.chip {
        let attached = match others_first(&grading.grade.taps) {
            false => attach(probe, chip, registry)?,
            true => "not tried: the debug port is not the first on the JTAG chain".to_owned(),
        };
        grading.grade.attach = Some(attached);
        grading.doubts.extend(wrong_chip(chip, &grading));
    }
    Ok(grading)
}

/// probe-rs takes the first port of a chain for the debug port, whatever it is.
fn others_first(taps: &[DebugTap]) -> bool {
    taps.first().is_some_and(|tap| !tap.is_arm_port())
}

/// What probe-rs says to an ordinary attach. `Permissions::new()` grants nothing: this is the one
/// place where permissions are made, and it must stay so.
fn attach(probe: Probe, chip: &str, registry: &Registry) -> Result<String, Trouble> {
    match probe.attach_with_registry(chip, Permissions::new(), registry) {
        Ok(_session) => Ok("attached".to_owned()),
        Err(Error::Arm(e)) => match Failed::from_arm(&e) {
            Failed::Device(why) => Ok(format!("refused: {why}")),
            Failed::Bench(trouble) => Err(trouble),
        },
        Err(Error::Probe(e)) => Err(super::error::probe_trouble(&chain(&e))),
        Err(Error::ChipNotFound(e)) => Ok(format!("not tried: {}", chain(&e))),
        Err(e) => Ok(format!("refused: {}", chain(&e))),
    }
}

/// probe-rs takes a missing Nordic control port for a locked one, so a wrong chip name in the
/// profile looks like a lock.
fn wrong_chip(chip: &str, grading: &Grading) -> Option<String> {
    let nordic = chip.to_ascii_lowercase().starts_with("nrf52");
    let odd = nordic
        && grading.grade.level != DebugLevel::Open
        && !grading.grade.aps.contains(&NRF52_CTRL);
    odd.then(|| {
        format!("the profile calls the chip {chip}, but no Nordic control port answers on AP 1")
    })
}
