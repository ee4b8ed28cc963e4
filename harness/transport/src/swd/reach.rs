//! From a selector to a debug port that answers.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use probe_rs::architecture::arm::ArmDebugInterface;
use probe_rs::architecture::arm::dp::DpAddress;
use probe_rs::probe::glasgow::GlasgowFactory;
use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeError, DebugProbeSelector, Probe, ProbeFactory, WireProtocol};
use proofhouse_model::{Channel, Trouble};

use super::error::{Failed, chain};
use super::quick::Quick;

/// How long a probe's server may take to start.
const STARTING: Duration = Duration::from_secs(1);
/// Between two tries.
const RETRY: Duration = Duration::from_millis(20);

/// An open debug port.
pub type Port = Box<dyn ArmDebugInterface>;

/// The port did not come up, but the probe is fine and can be used again.
pub struct NotReached {
    /// The probe.
    pub probe: Probe,
    /// The DPIDR, if at least that answered.
    pub dpidr: Option<u32>,
    /// What happened.
    pub error: Failed,
}

/// Opens the probe a bench file names.
///
/// # Errors
/// Trouble of the bench: no such probe, no permission, busy, a network probe that is not there.
pub fn open_probe(selector: &str) -> Result<Probe, Trouble> {
    let parsed: DebugProbeSelector = selector.parse().map_err(|_| {
        let text = format!("`{selector}` is no probe selector");
        Trouble::bench(
            Channel::Debug,
            text,
            "correct the `probe` of this unit in the bench file",
        )
    })?;
    let opened = match network_address(&parsed) {
        // Other drivers would look through USB first, which costs a race its first milliseconds.
        Some(address) => open_network(address, &parsed),
        None => Lister::new().open(parsed),
    };
    let mut probe = opened.map_err(|e| not_opened(selector, &e))?;
    // Probes that know only SWD refuse the choice; that is fine.
    let _ = probe.select_protocol(WireProtocol::Swd);
    Ok(probe)
}

/// The same for a probe whose server may be starting with its unit: one on the network that refuses is tried again for
/// a second, since a refusal is no word of the unit's.
///
/// # Errors
/// As [`open_probe`].
pub fn open_starting_probe(selector: &str) -> Result<Probe, Trouble> {
    let until = Instant::now() + STARTING;
    let network = selector.contains(":unix:") || selector.contains(":tcp:");
    loop {
        match open_probe(selector) {
            Err(_) if network && Instant::now() < until => std::thread::sleep(RETRY),
            opened => return opened,
        }
    }
}

fn network_address(selector: &DebugProbeSelector) -> Option<&str> {
    let glasgow = selector.vendor_id == 0x20b7 && selector.product_id == 0x9db1;
    let address = selector.serial_number.as_deref().filter(|_| glasgow)?;
    (address.starts_with("unix:") || address.starts_with("tcp:")).then_some(address)
}

fn open_network(address: &str, selector: &DebugProbeSelector) -> Result<Probe, DebugProbeError> {
    if let Some(path) = address.strip_prefix("unix:")
        && !Path::new(path).exists()
    {
        return Err(DebugProbeError::Other(format!("there is no socket {path}")));
    }
    GlasgowFactory
        .open(selector)
        .map(Probe::from_specific_probe)
}

fn not_opened(selector: &str, error: &DebugProbeError) -> Trouble {
    let why = chain(error);
    let lower = why.to_lowercase();
    let next = if lower.contains("permission") || lower.contains("access") {
        "give your user access to the probe (udev rules), then replug it"
    } else if lower.contains("busy") {
        "close the other debugger that holds the probe"
    } else if selector.contains(":unix:") || selector.contains(":tcp:") {
        "see that the unit has power and its probe server runs; check the address in the bench file"
    } else {
        "see that the probe is plugged in and that `probe` in the bench file names it; \
         `lsusb` shows VID:PID"
    };
    let what = format!("debug probe `{selector}` could not be opened: {why}");
    Trouble::bench(Channel::Debug, what, next)
}

/// Wakes the debug port behind an open probe, trying for `patience`.
///
/// # Errors
/// [`NotReached`], with the probe for another try.
pub fn reach(mut probe: Probe, patience: Duration) -> Result<(Port, u32), Box<NotReached>> {
    if let Err(e) = probe.attach_to_unspecified() {
        let error = match e {
            probe_rs::Error::Probe(DebugProbeError::TargetNotFound) => Failed::Device(chain(&e)),
            probe_rs::Error::Arm(arm) => Failed::from_arm(&arm),
            other => Failed::Bench(super::error::probe_trouble(&chain(&other))),
        };
        return Err(Box::new(NotReached {
            probe,
            dpidr: None,
            error,
        }));
    }
    let quick = Arc::new(Quick::new(patience));
    let mut port = match probe.try_into_arm_debug_interface(quick.clone()) {
        Ok(port) => port,
        Err((probe, e)) => {
            let error = Failed::from_arm(&e);
            return Err(Box::new(NotReached {
                probe,
                dpidr: None,
                error,
            }));
        }
    };
    let dpidr = port
        .select_debug_port(DpAddress::Default)
        .and_then(|()| port.read_raw_dp_register(DpAddress::Default, super::quick::DPIDR));
    match dpidr {
        Ok(dpidr) => Ok((port, dpidr)),
        Err(e) => {
            let error = Failed::from_arm(&e);
            Err(Box::new(NotReached {
                probe: port.close(),
                dpidr: quick.dpidr(),
                error,
            }))
        }
    }
}
