//! From an open probe to a debug port that answers.

use std::sync::Arc;
use std::time::Duration;

use probe_rs::architecture::arm::ArmDebugInterface;
use probe_rs::architecture::arm::dp::DpAddress;
use probe_rs::probe::{DebugProbeError, Probe};
use proofhouse_model::observation::{DebugProtocol, DebugTap};

use super::error::{Failed, chain};
use super::jtag;
use super::quick::Quick;

/// An open debug port.
pub type Port = Box<dyn ArmDebugInterface>;

/// A debug port that answers, and how it was come to.
pub struct Awake {
    /// The port.
    pub port: Port,
    /// Its DPIDR; 0 for one of JTAG that is too old to have one.
    pub dpidr: u32,
    /// What is on the chain, over JTAG.
    pub taps: Vec<DebugTap>,
}

/// The port did not come up, but the probe is fine and can be used again.
pub struct NotReached {
    /// The probe.
    pub probe: Probe,
    /// The DPIDR, if at least that answered.
    pub dpidr: Option<u32>,
    /// What is on the chain, over JTAG.
    pub taps: Vec<DebugTap>,
    /// What happened.
    pub error: Failed,
}

/// Wakes the debug port behind an open probe, trying for `patience`.
///
/// # Errors
/// [`NotReached`], with the probe for another try.
pub fn reach(
    mut probe: Probe,
    patience: Duration,
    protocol: DebugProtocol,
) -> Result<Awake, Box<NotReached>> {
    let attached = match protocol {
        DebugProtocol::Swd => attach(&mut probe).map(|()| Vec::new()),
        DebugProtocol::Jtag => jtag::attach(&mut probe),
    };
    let taps = match attached {
        Ok(taps) => taps,
        Err((taps, error)) => {
            return Err(Box::new(NotReached {
                probe,
                dpidr: None,
                taps,
                error,
            }));
        }
    };
    let quick = Arc::new(Quick::new(patience));
    let mut port = match probe.try_into_arm_debug_interface(quick.clone()) {
        Ok(port) => port,
        Err((probe, e)) => {
            let error = Failed::from_arm(&e);
            return Err(Box::new(NotReached {
                probe,
                dpidr: None,
                taps,
                error,
            }));
        }
    };
    let dpidr = port
        .select_debug_port(DpAddress::Default)
        .and_then(|()| port.read_raw_dp_register(DpAddress::Default, super::quick::DPIDR));
    match dpidr {
        Ok(dpidr) => Ok(Awake { port, dpidr, taps }),
        Err(e) => {
            let error = Failed::from_arm(&e);
            Err(Box::new(NotReached {
                probe: port.close(),
                dpidr: quick.dpidr(),
                taps,
                error,
            }))
        }
    }
}

fn attach(probe: &mut Probe) -> Result<(), (Vec<DebugTap>, Failed)> {
    let Err(e) = probe.attach_to_unspecified() else {
        return Ok(());
    };
    let error = match e {
        probe_rs::Error::Probe(DebugProbeError::TargetNotFound) => Failed::Device(chain(&e)),
        probe_rs::Error::Arm(arm) => Failed::from_arm(&arm),
        other => Failed::Bench(super::error::probe_trouble(&chain(&other))),
    };
    Err((Vec::new(), error))
}
