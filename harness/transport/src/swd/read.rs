//! Reading memory and the chip's unique id through whichever access port lets one.

use std::time::Duration;

use probe_rs::architecture::arm::{ArmDebugInterface, FullyQualifiedApAddress};
use proofhouse_model::{Channel, Trouble, TroubleKind};

use super::error::Failed;
use super::jtag;
use super::probe::{Told, open_awaited};
use super::reach::{Port, reach};
use super::survey::{PORTS, clear_errors, survey};
use super::target::{DebugTarget, MAX_READ};

/// How long a silent wire is tried.
const PATIENCE: Duration = Duration::from_millis(300);
/// Longest piece of a unique id, bytes.
const UID_MOST: u64 = 16;
/// Bytes per block, so that a refusal can be placed.
const BLOCK: usize = 64 * 1024;

/// Reads `len` bytes at `at`.
///
/// # Errors
/// The device is silent or refuses, or the bench is in trouble; all or nothing.
pub fn read(target: &DebugTarget, at: u64, len: u64, told: &Told) -> Result<Vec<u8>, Trouble> {
    let end = at.checked_add(len).filter(|&end| end <= 1 << 32);
    let (Some(end), true) = (end, len <= MAX_READ) else {
        let what =
            format!("{len} bytes at {at:#x} cannot be read: at most {MAX_READ}, below 4 GiB");
        return Err(Trouble::case(what));
    };
    if len == 0 {
        return Ok(Vec::new());
    }
    let (mut port, dpidr) = wake(target, told)?;
    let start = at & !3;
    let mut words = vec![0; usize::try_from((end.next_multiple_of(4) - start) / 4).unwrap_or(0)];
    let memory = memory_port(&mut *port, dpidr, start)?;
    for (number, block) in words.chunks_mut(BLOCK / 4).enumerate() {
        let block_at = start + (number * BLOCK) as u64;
        read_words(&mut *port, &memory, block_at, block)
            .map_err(|e| sorted(e, &format!("memory at {block_at:#010x} was refused")))?;
    }
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let skip = usize::try_from(at - start).unwrap_or(0);
    Ok(bytes[skip..skip + usize::try_from(len).unwrap_or(0)].to_vec())
}

/// Reads the chip's unique id as hexadecimal, the word at the highest address first, which is how
/// makers print it. To be asked only where it is known where the id lies.
///
/// # Errors
/// As [`read`]; also if what lies there is blank.
pub fn identify(target: &DebugTarget, told: &Told) -> Result<String, Trouble> {
    let places = target.uid_places();
    let mut bytes = Vec::new();
    for (at, len) in &places {
        bytes.extend(read(target, *at, (*len).min(UID_MOST), told)?);
    }
    if bytes.iter().all(|&b| b == 0) || bytes.iter().all(|&b| b == 0xFF) {
        let at = places.first().map_or(0, |(at, _)| *at);
        let what = format!("the unique id at {at:#010x} is blank");
        return Err(Trouble::new(
            TroubleKind::DeviceGarbled,
            Channel::Debug,
            what,
        ));
    }
    Ok(uid_text(&bytes))
}

fn uid_text(bytes: &[u8]) -> String {
    bytes
        .iter()
        .rev()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn wake(target: &DebugTarget, told: &Told) -> Result<(Port, u32), Trouble> {
    let probe = open_awaited(target, told)?;
    let protocol = target.protocol;
    match reach(probe, PATIENCE, protocol) {
        Ok(awake) => Ok((awake.port, awake.dpidr)),
        Err(not) => Err(match not.error {
            Failed::Bench(trouble) => trouble,
            Failed::Device(why) => {
                let what = format!(
                    "no debug port answers over {protocol} ({why}); a cut wire looks the same"
                );
                Trouble::silent(Channel::Debug, what)
            }
        }),
    }
}

/// The first access port for memory that reads a word at `at`.
fn memory_port(
    port: &mut dyn ArmDebugInterface,
    dpidr: u32,
    at: u64,
) -> Result<FullyQualifiedApAddress, Trouble> {
    let (grading, present) = survey(port, dpidr, None, &[])?;
    let mut refused = None;
    for (address, _) in present.iter().zip(&grading.ports).filter(|(_, p)| p.memory) {
        match read_words(port, address, at, &mut [0]) {
            Ok(()) => return Ok(address.clone()),
            Err(Failed::Bench(trouble)) => return Err(trouble),
            Err(Failed::Device(why)) => {
                refused.get_or_insert(why);
            }
        }
    }
    let why = refused.unwrap_or_else(|| format!("none of {PORTS} access ports is for memory"));
    Err(sorted(
        Failed::Device(why),
        &format!("memory at {at:#010x} was refused"),
    ))
}

fn read_words(
    port: &mut dyn ArmDebugInterface,
    address: &FullyQualifiedApAddress,
    at: u64,
    words: &mut [u32],
) -> Result<(), Failed> {
    let done = port
        .memory_interface(address)
        .and_then(|mut memory| memory.read_32(at, words));
    match done {
        Ok(()) => jtag::settled(port),
        Err(e) => {
            clear_errors(port);
            Err(Failed::from_arm(&e))
        }
    }
}

fn sorted(failed: Failed, what: &str) -> Trouble {
    match failed {
        Failed::Bench(trouble) => trouble,
        Failed::Device(why) => Trouble::new(
            TroubleKind::DeviceRefused,
            Channel::Debug,
            format!("{what}: {why}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_id_reads_as_makers_print_it() {
        let deviceid = [0x8877_6655_u32, 0x4433_2211];
        let bytes: Vec<u8> = deviceid.iter().flat_map(|w| w.to_le_bytes()).collect();
        assert_eq!(uid_text(&bytes), "4433221188776655");
    }

    #[test]
    fn too_much_or_too_far_is_refused_before_a_probe_is_touched() {
        let target = DebugTarget::new("not even a selector");
        for (at, len) in [(0, MAX_READ + 1), (u64::MAX, 4), (0xFFFF_FFFF, 2)] {
            let refused = read(&target, at, len, &|_, _| ()).unwrap_err();
            assert_eq!(refused.kind, TroubleKind::Case);
        }
    }
}
