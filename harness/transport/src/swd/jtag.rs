//! JTAG: who answers on the chain, before an instruction goes to any of them.
//!
//! An instruction means something else to each kind of test access port: what reads a debug port of Arm may begin to
//! erase a part of another maker. So the chain is read as it is after a reset, which takes no instruction, and
//! instructions go to a port whose IDCODE is that of a debug port of Arm. All others are told and left alone.

use probe_rs::Error;
use probe_rs::architecture::arm::ArmDebugInterface;
use probe_rs::architecture::arm::dp::DpAddress;
use probe_rs::probe::{DebugProbeError, JtagAccess, JtagSequence, Probe, WireProtocol};
use proofhouse_model::observation::{DebugLevel, DebugProtocol, DebugTap};

use super::error::{Failed, chain as words, probe_trouble};
use super::esp;
use super::quick::{CTRL_STAT, POWER_UP};
use super::survey::Grading;
use super::target::DebugTarget;

/// Most ports of a chain that are told apart.
const PORTS: usize = 8;
/// An IDCODE for each of them, and what comes behind the last one.
const BYTES: usize = 4 * (PORTS + 1);
/// Levels of TMS that bring a port which may speak SWD to JTAG and into its reset: 51 times high, the switching code
/// 0xE73C, six times high.
const TO_JTAG: [(bool, usize); 7] = [
    (true, 51),
    (false, 2),
    (true, 4),
    (false, 2),
    (true, 3),
    (false, 2),
    (true, 9),
];
/// What says in CTRL/STAT that an access failed, and clears it when written: overrun, compare, error.
const STICKY: u32 = 1 << 1 | 1 << 4 | 1 << 5;
const STICKY_ERROR: u32 = 1 << 5;

/// Attaches the probe to the chain, and selects the debug port of Arm on it: what is on the chain.
///
/// # Errors
/// What answered, and why no debug port can be used.
pub fn attach(probe: &mut Probe) -> Result<Vec<DebugTap>, (Vec<DebugTap>, Failed)> {
    let none = |failed| (Vec::new(), failed);
    let first = probe.attach_to_unspecified();
    let chain = match probe.try_as_jtag_probe() {
        Some(jtag) => read(jtag).map_err(|e| none(broken(&e)))?,
        // Such a probe speaks JTAG by itself and tells of nothing but a debug port of Arm.
        None => {
            return match first {
                Ok(()) => Ok(Vec::new()),
                Err(e) => Err(none(sorted(&e))),
            };
        }
    };
    let taps = chain.map_err(|nonsense| none(Failed::Device(nonsense)))?;
    let Some(at) = taps.iter().position(|tap| tap.is_arm_port()) else {
        let why = match taps.is_empty() {
            true => "no test access port answers",
            false => "no debug port of Arm is on the chain",
        };
        return Err((taps, Failed::Device(why.to_owned())));
    };
    // The first try of one that spoke SWD until now found nobody.
    if first.is_err()
        && let Err(e) = probe.attach_to_unspecified()
    {
        return Err((taps, sorted(&e)));
    }
    let selected = probe.try_as_jtag_probe().map(|jtag| jtag.select_target(at));
    match selected {
        Some(Err(e)) => Err((taps, sorted(&Error::Probe(e)))),
        _ => Ok(taps),
    }
}

/// The chain after a reset, or what is odd in what came.
fn read(jtag: &mut dyn JtagAccess) -> Result<Result<Vec<DebugTap>, String>, DebugProbeError> {
    for (tms, count) in TO_JTAG {
        let mut sequence = JtagSequence {
            tdo_capture: false,
            tms,
            data: Default::default(),
        };
        for _ in 0..count {
            sequence.data.push(false);
        }
        jtag.shift_raw_sequence(sequence)?;
    }
    jtag.tap_reset()?;
    let ones = [0xFF; BYTES];
    let len = u32::try_from(BYTES * 8).unwrap_or(u32::MAX);
    let captured = jtag.write_dr(&ones, len)?;
    jtag.tap_reset()?;
    let bits: Vec<bool> = captured.iter().map(|bit| *bit).collect();
    Ok(taps(&bits))
}

/// What a chain is, by the bits that came out of it while ones were sent in. A port without an IDCODE gives one low
/// bit, one with an IDCODE 32 of which the first is high; behind the last one the ones come back.
fn taps(mut bits: &[bool]) -> Result<Vec<DebugTap>, String> {
    let mut found = Vec::new();
    while let Some(&first) = bits.first() {
        if !first {
            found.push(DebugTap { idcode: None });
            bits = &bits[1..];
        } else if let Some((word, rest)) = bits.split_at_checked(32) {
            let idcode = word
                .iter()
                .rev()
                .fold(0, |all, &bit| all << 1 | u32::from(bit));
            let maker = idcode >> 1 & 0x7FF;
            if idcode == u32::MAX {
                return Ok(found);
            }
            if maker == 0 || maker == 0x7F {
                return Err(format!(
                    "the chain answers {idcode:#010x}, which is no IDCODE"
                ));
            }
            let idcode = Some(idcode);
            found.push(DebugTap { idcode });
            bits = rest;
        } else {
            break;
        }
        if found.len() > PORTS && found.iter().any(|tap| tap.idcode.is_some()) {
            return Err(format!("more than {PORTS} test access ports answer"));
        }
    }
    // Low all the time: nobody drives the line, or somebody holds it.
    match found.iter().any(|tap| tap.idcode.is_some()) {
        true => Err("the chain of test access ports has no end".to_owned()),
        false => Ok(Vec::new()),
    }
}

/// What comes of a debug port that did not come up.
pub fn closed(
    target: &DebugTarget,
    dpidr: Option<u32>,
    taps: Vec<DebugTap>,
    why: String,
) -> Grading {
    let mut grading = Grading::closed(dpidr, why);
    if target.protocol == DebugProtocol::Jtag {
        let doubt = esp::doubt(target.chip.as_deref(), &taps);
        if !taps.is_empty() {
            let told: Vec<String> = taps.iter().map(|tap| in_words(*tap)).collect();
            grading.grade.level = DebugLevel::DpOnly;
            grading.doubts = vec![format!(
                "on the JTAG chain there is {}, and no debug port of Arm came up there: nothing was read, and nothing \
                 is known of a lock",
                told.join(", ")
            )];
        }
        grading.doubts.extend(doubt);
    }
    grading.over(target.protocol, taps)
}

fn in_words(tap: DebugTap) -> String {
    let of = esp::named(tap);
    match of.is_empty() {
        true => tap.to_string(),
        false => format!("{tap} ({of})"),
    }
}

/// Whether the port speaks JTAG through a probe that leaves it to us to find out how an access went.
pub fn is_spoken(port: &dyn ArmDebugInterface) -> bool {
    let probe = port.try_dap_probe();
    probe.and_then(|probe| probe.active_protocol()) == Some(WireProtocol::Jtag)
}

/// An access is through when the debug port says no error. JTAG has no answer that refuses, and a probe that does not
/// look into CTRL/STAT hands out whatever was in the register.
///
/// # Errors
/// The access failed, or the debug port does not say.
pub fn settled(port: &mut dyn ArmDebugInterface) -> Result<(), Failed> {
    if !is_spoken(port) {
        return Ok(());
    }
    let status = port
        .read_raw_dp_register(DpAddress::Default, CTRL_STAT)
        .map_err(|e| Failed::from_arm(&e))?;
    if status & STICKY_ERROR == 0 {
        return Ok(());
    }
    clear(port);
    Err(Failed::Device(format!(
        "the debug port says that the access failed (CTRL/STAT {status:#010x})"
    )))
}

/// Clears what failed accesses left. If even that fails, the next one tells.
pub fn clear(port: &mut dyn ArmDebugInterface) {
    let _ = port.write_raw_dp_register(DpAddress::Default, CTRL_STAT, POWER_UP | STICKY);
}

/// The probe itself broke.
fn broken(error: &DebugProbeError) -> Failed {
    Failed::Bench(probe_trouble(&words(error)))
}

fn sorted(error: &Error) -> Failed {
    use DebugProbeError::{JtagScanChain, TargetNotFound};
    match error {
        // `Other` is a probe's own: fewer transfers than were asked for, more data than there is.
        Error::Probe(JtagScanChain(_) | TargetNotFound) => Failed::Device(words(error)),
        Error::Arm(arm) => Failed::from_arm(arm),
        other => Failed::Bench(probe_trouble(&words(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of a chain: each port's bits, then ones.
    fn bits(ports: &[Option<u32>]) -> Vec<bool> {
        let mut bits = Vec::new();
        for port in ports {
            match port {
                Some(idcode) => bits.extend((0..32).map(|n| idcode >> n & 1 == 1)),
                None => bits.push(false),
            }
        }
        bits.resize(BYTES * 8, true);
        bits
    }

    fn chain(ports: &[Option<u32>]) -> Vec<DebugTap> {
        ports.iter().map(|&idcode| DebugTap { idcode }).collect()
    }

    #[test]
    fn a_chain_is_read_port_by_port() {
        for ports in [
            &[][..],
            &[Some(0x4BA0_0477)],
            &[Some(0x4BA0_0477), Some(0x0643_3041)],
            &[None, Some(0x4BA0_0477), None],
            &[Some(0x0000_5C25); PORTS],
        ] {
            assert_eq!(taps(&bits(ports)).unwrap(), chain(ports), "{ports:x?}");
        }
    }

    #[test]
    fn what_is_no_chain_is_no_silence_either() {
        assert_eq!(taps(&[false; BYTES * 8]).unwrap(), [], "the line is low");
        let odd = taps(&bits(&[Some(0x4BA0_0001)])).unwrap_err();
        assert!(odd.contains("0x4ba00001"), "{odd}");
        let long = taps(&bits(&[Some(0x4BA0_0477); PORTS + 1])).unwrap_err();
        assert!(long.contains("more than 8"), "{long}");
        let mut low = bits(&[Some(0x4BA0_0477)]);
        low[32..].fill(false);
        assert!(taps(&low).is_err(), "it never ends");
    }

    #[test]
    fn ports_that_are_nobodys_debug_port_show_no_lock() {
        let mut target = DebugTarget::new("1:2");
        target.protocol = DebugProtocol::Jtag;
        let silent = closed(&target, None, Vec::new(), "nobody".to_owned());
        assert_eq!(silent.grade.level, DebugLevel::NoDp);
        assert_eq!(silent.doubts.len(), 1);
        let others = chain(&[Some(0x0000_5C25)]);
        let foreign = closed(&target, None, others.clone(), "foreign".to_owned());
        assert_eq!(foreign.grade.level, DebugLevel::DpOnly);
        assert_eq!(foreign.grade.taps, others);
        assert_eq!(foreign.grade.protocol, DebugProtocol::Jtag);
        let said = "0x00005c25 (esp32c3)";
        assert!(foreign.doubts[0].contains(said), "{:?}", foreign.doubts);
        target.chip = Some("esp32c3".to_owned());
        let known = closed(&target, None, others, "foreign".to_owned());
        assert_eq!(known.doubts.len(), 2, "{:?}", known.doubts);
    }
}
