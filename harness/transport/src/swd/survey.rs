//! What an awake debug port shows: its access ports, what each lets one read, and the level.

use probe_rs::architecture::arm::dp::DpAddress;
use probe_rs::architecture::arm::{ArmDebugInterface, ArmError, FullyQualifiedApAddress};
use proofhouse_model::Trouble;
use proofhouse_model::observation::{DebugGrade, DebugLevel, DebugProtocol, DebugTap};
use serde::{Deserialize, Serialize};

use super::error::Failed;
use super::jtag;
use super::places::proves_reading;
use super::quick::{CLEAR_ERRORS, DPIDR};

/// Access ports looked at.
pub const PORTS: u8 = 8;
const CSW: u64 = 0x00;
const IDR: u64 = 0xFC;
const DEVICE_EN: u32 = 1 << 6;
/// Nordic control ports: nRF52, and nRF53 with nRF91.
const NORDIC_CTRL: [u32; 2] = [0x0288_0000, 0x1288_0000];
const APPROTECTSTATUS: u64 = 0x0C;

/// One access port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortFacts {
    /// Its number.
    pub ap: u8,
    /// Its identification, never zero.
    pub idr: u32,
    /// Whether it is for memory, by its class.
    pub memory: bool,
    /// CSW.DeviceEn, of a port for memory: whether it says that transfers are possible.
    pub device_enabled: Option<bool>,
    /// APPROTECTSTATUS of a Nordic control port: 0 while protected.
    pub approtect_status: Option<u32>,
    /// Words that came without an error: address and value. Not yet a proof of anything.
    pub words: Vec<(u64, u32)>,
    /// The first refusal met.
    pub error: Option<String>,
}

/// A grade with the facts it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grading {
    /// Level and main facts. `read` holds only words of a port that was proven to read.
    pub grade: DebugGrade,
    /// Every access port that answered.
    pub ports: Vec<PortFacts>,
    /// The first refusal met, in probe-rs's words.
    pub first_error: Option<String>,
    /// Why the level might be wrong, each a sentence for the technician. A level with doubts is
    /// no proof of a lock; [`DebugLevel::Open`] never has any.
    pub doubts: Vec<String>,
}

impl Grading {
    /// Nothing answered, or only the DPIDR did.
    pub fn closed(dpidr: Option<u32>, error: String) -> Self {
        let (level, doubt) = match dpidr {
            Some(_) => (
                DebugLevel::DpOnly,
                "the debug port answered but did not come up; weak wiring looks the same",
            ),
            None => (
                DebugLevel::NoDp,
                "no debug port answered; a cut wire, swapped pins or a unit without power look \
                 the same, so proof is needed that the unit is alive and the wiring whole",
            ),
        };
        Self {
            grade: empty_grade(level, dpidr),
            ports: Vec::new(),
            first_error: Some(error),
            doubts: vec![doubt.to_owned()],
        }
    }

    /// Grades what a survey found.
    pub fn from_ports(dpidr: u32, ports: Vec<PortFacts>, lost: Option<String>) -> Self {
        let mut grade = empty_grade(level(&ports), Some(dpidr).filter(|dpidr| *dpidr != 0));
        grade.aps = ports.iter().map(|p| (p.ap, p.idr)).collect();
        for port in ports.iter().filter(|p| proves_reading(&p.words)) {
            grade.read.extend(&port.words);
        }
        let mut doubts = Vec::new();
        if grade.level != DebugLevel::Open {
            if ports.iter().any(|p| !p.words.is_empty()) {
                doubts.push(
                    "memory answered without an error but only with blank or stale words, \
                             which proves neither a lock nor an open port"
                        .to_owned(),
                );
            }
            if let Some(why) = &lost {
                doubts.push(format!("the debug port stopped answering halfway: {why}"));
            }
        }
        let first_error = ports.iter().find_map(|p| p.error.clone()).or(lost);
        Self {
            grade,
            ports,
            first_error,
            doubts,
        }
    }

    /// The same, with what was spoken to come to it and what answered on the way.
    #[must_use]
    pub fn over(mut self, protocol: DebugProtocol, taps: Vec<DebugTap>) -> Self {
        self.grade.protocol = protocol;
        self.grade.taps = taps;
        self
    }
}

fn empty_grade(level: DebugLevel, dpidr: Option<u32>) -> DebugGrade {
    DebugGrade {
        level,
        protocol: DebugProtocol::default(),
        taps: Vec::new(),
        dpidr,
        aps: vec![],
        read: vec![],
        tries: 1,
        after: None,
        port_after: None,
        attach: None,
        doubts: Vec::new(),
    }
}

fn level(ports: &[PortFacts]) -> DebugLevel {
    let memory = || ports.iter().filter(|p| p.memory);
    if ports.is_empty() {
        DebugLevel::DpOnly
    } else if ports.iter().any(|p| proves_reading(&p.words)) {
        DebugLevel::Open
    } else if memory().all(|p| p.device_enabled == Some(false) && p.words.is_empty()) {
        DebugLevel::ApRefused
    } else {
        DebugLevel::MemoryRefused
    }
}

/// Looks at every access port, or only at `known` ones, and tries to read `places` through each
/// that is for memory. Reads only.
///
/// # Errors
/// Trouble of the bench: the probe broke, so nothing can be said of the device.
pub fn survey(
    port: &mut dyn ArmDebugInterface,
    dpidr: u32,
    known: Option<&[FullyQualifiedApAddress]>,
    places: &[(u64, usize)],
) -> Result<(Grading, Vec<FullyQualifiedApAddress>), Trouble> {
    let addresses = match known {
        Some(known) => known.to_vec(),
        None => candidates(port, dpidr)?,
    };
    let (mut ports, mut present, mut lost) = (Vec::new(), Vec::new(), None);
    for (number, address) in (0..PORTS).zip(&addresses) {
        let number = address.ap_v1().unwrap_or(number);
        match idr(port, address) {
            Ok(0) => {}
            Ok(idr) => {
                present.push(address.clone());
                ports.push(look(port, address, number, idr, places)?);
            }
            Err(Failed::Bench(trouble)) => return Err(trouble),
            Err(Failed::Device(why)) => {
                clear_errors(port);
                lost.get_or_insert(why);
            }
        }
    }
    Ok((Grading::from_ports(dpidr, ports, lost), present))
}

/// The first ports by number; those of a version 3 debug port are found through its own table.
fn candidates(
    port: &mut dyn ArmDebugInterface,
    dpidr: u32,
) -> Result<Vec<FullyQualifiedApAddress>, Trouble> {
    if dpidr >> 12 & 0xF < 3 {
        return Ok((0..PORTS)
            .map(FullyQualifiedApAddress::v1_with_default_dp)
            .collect());
    }
    match port
        .access_ports(DpAddress::Default)
        .map_err(|e| Failed::from_arm(&e))
    {
        Ok(found) => Ok(found.into_iter().collect()),
        Err(Failed::Device(_)) => Ok(Vec::new()),
        Err(Failed::Bench(trouble)) => Err(trouble),
    }
}

fn idr(port: &mut dyn ArmDebugInterface, address: &FullyQualifiedApAddress) -> Result<u32, Failed> {
    let idr = port
        .read_raw_ap_register(address, IDR)
        .map_err(|e| Failed::from_arm(&e))?;
    jtag::settled(port).map(|()| idr)
}

fn look(
    port: &mut dyn ArmDebugInterface,
    address: &FullyQualifiedApAddress,
    number: u8,
    idr: u32,
    places: &[(u64, usize)],
) -> Result<PortFacts, Trouble> {
    // Class 8 of IDR bits 16 to 13 is a memory access port.
    let memory = idr >> 13 & 0xF == 8;
    let mut facts = PortFacts {
        ap: number,
        idr,
        memory,
        device_enabled: None,
        approtect_status: None,
        words: Vec::new(),
        error: None,
    };
    if memory {
        let csw = port.read_raw_ap_register(address, CSW);
        facts.device_enabled = note(port, &mut facts.error, csw)?.map(|csw| csw & DEVICE_EN != 0);
        for &(at, count) in places {
            let mut words = vec![0; count];
            let done = port
                .memory_interface(address)
                .and_then(|mut m| m.read_32(at, &mut words));
            if note(port, &mut facts.error, done)?.is_some() {
                facts.words.extend((at..).step_by(4).zip(words));
            }
        }
    } else if NORDIC_CTRL.contains(&idr) {
        let status = port.read_raw_ap_register(address, APPROTECTSTATUS);
        facts.approtect_status = note(port, &mut facts.error, status)?;
    }
    Ok(facts)
}

/// Keeps the first refusal and clears the sticky error behind it; a broken probe ends the survey.
fn note<T>(
    port: &mut dyn ArmDebugInterface,
    first: &mut Option<String>,
    result: Result<T, ArmError>,
) -> Result<Option<T>, Trouble> {
    let result = result.map_err(|e| Failed::from_arm(&e));
    match result.and_then(|value| jtag::settled(port).map(|()| value)) {
        Ok(value) => Ok(Some(value)),
        Err(Failed::Bench(trouble)) => Err(trouble),
        Err(Failed::Device(why)) => {
            first.get_or_insert(why);
            clear_errors(port);
            Ok(None)
        }
    }
}

/// ABORT: forget sticky errors. If even that fails, the next access tells. Over JTAG that would give up the access
/// port's transfer as well, and CTRL/STAT clears them.
pub fn clear_errors(port: &mut dyn ArmDebugInterface) {
    if jtag::is_spoken(port) {
        return jtag::clear(port);
    }
    let _ = port.write_raw_dp_register(DpAddress::Default, DPIDR, CLEAR_ERRORS);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(enabled: bool, words: &[(u64, u32)]) -> PortFacts {
        PortFacts {
            ap: 0,
            idr: 0x2477_0011,
            memory: true,
            device_enabled: Some(enabled),
            approtect_status: None,
            words: words.to_vec(),
            error: None,
        }
    }

    fn control() -> PortFacts {
        PortFacts {
            ap: 1,
            idr: 0x0288_0000,
            memory: false,
            device_enabled: None,
            ..port(false, &[])
        }
    }

    #[test]
    fn levels_follow_what_was_read_not_what_the_port_says() {
        let core = [(super::super::places::CPUID, 0x410F_C241)];
        assert_eq!(level(&[]), DebugLevel::DpOnly);
        assert_eq!(level(&[control()]), DebugLevel::ApRefused);
        assert_eq!(level(&[port(false, &[]), control()]), DebugLevel::ApRefused);
        assert_eq!(
            level(&[port(true, &[]), control()]),
            DebugLevel::MemoryRefused
        );
        assert_eq!(level(&[port(false, &[(0, 0)])]), DebugLevel::MemoryRefused);
        assert_eq!(level(&[port(false, &core)]), DebugLevel::Open);
        assert_eq!(
            level(&[port(false, &[]), control(), port(true, &core)]),
            DebugLevel::Open
        );
    }

    #[test]
    fn zeros_are_doubtful_and_silence_is_too() {
        let zeros = Grading::from_ports(1, vec![port(true, &[(0, 0), (4, 0)])], None);
        assert_eq!(zeros.grade.level, DebugLevel::MemoryRefused);
        assert_eq!(zeros.doubts.len(), 1);
        assert!(zeros.grade.read.is_empty(), "blank words are no evidence");
        assert_eq!(Grading::closed(None, String::new()).doubts.len(), 1);
        assert!(
            Grading::from_ports(1, vec![port(false, &[])], None)
                .doubts
                .is_empty()
        );
        let lost = Grading::from_ports(1, vec![port(false, &[])], Some("no answer".into()));
        assert_eq!(lost.doubts.len(), 1);
    }

    #[test]
    fn a_grade_says_what_was_spoken_and_a_port_without_a_dpidr_has_none() {
        let old = Grading::from_ports(0, vec![port(false, &[])], None);
        assert_eq!(old.grade.dpidr, None);
        assert_eq!(old.grade.protocol, DebugProtocol::Swd);
        let idcode = Some(0x3BA0_0477);
        let over = old.over(DebugProtocol::Jtag, vec![DebugTap { idcode }]);
        assert_eq!(over.grade.protocol, DebugProtocol::Jtag);
        assert_eq!(over.grade.taps[0].idcode, idcode);
    }
}
