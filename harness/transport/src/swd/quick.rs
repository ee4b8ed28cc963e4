//! Waking a debug port without the long retries of the stock sequence (five seconds for a silent
//! wire), and without any step that a chip's vendor adds.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use probe_rs::architecture::arm::dp::{DpAddress, DpRegisterAddress};
use probe_rs::architecture::arm::sequences::ArmDebugSequence;
use probe_rs::architecture::arm::{ArmError, DapAccess, DapProbe, RegisterAddress};
use probe_rs::probe::WireProtocol;

/// DPIDR when read, ABORT when written.
pub const DPIDR: DpRegisterAddress = DpRegisterAddress {
    address: 0x0,
    bank: None,
};
/// CTRL/STAT.
pub const CTRL_STAT: DpRegisterAddress = DpRegisterAddress {
    address: 0x4,
    bank: Some(0),
};
const SELECT: DpRegisterAddress = DpRegisterAddress {
    address: 0x8,
    bank: None,
};
/// Both power-up requests, all byte lanes.
pub const POWER_UP: u32 = 0x5000_0F00;
/// Both acknowledgements.
const POWERED: u32 = 0xA000_0000;
/// Written to ABORT: clears all sticky errors.
pub const CLEAR_ERRORS: u32 = 0x1E;

/// A debug sequence that tries for a given time and does nothing but wake and power the port.
#[derive(Debug)]
pub struct Quick {
    patience: Duration,
    dpidr: AtomicU32,
}

impl Quick {
    /// Tries for `patience`, at least twice: once the plain way, once out of the dormant state.
    pub fn new(patience: Duration) -> Self {
        Self {
            patience,
            dpidr: AtomicU32::new(0),
        }
    }

    /// The DPIDR that answered, even if what came after it failed.
    pub fn dpidr(&self) -> Option<u32> {
        Some(self.dpidr.load(Ordering::SeqCst)).filter(|&v| v != 0 && v != u32::MAX)
    }

    fn line_reset_and_read(&self, wire: &mut dyn DapProbe) -> Result<(), ArmError> {
        wire.swj_sequence(54, 0x0007_FFFF_FFFF_FFFF)?;
        let dpidr = wire.raw_read_register(RegisterAddress::DpRegister(DPIDR))?;
        self.dpidr.store(dpidr, Ordering::SeqCst);
        wire.raw_write_register(RegisterAddress::DpRegister(DPIDR), CLEAR_ERRORS)?;
        wire.raw_flush()
    }
}

impl ArmDebugSequence for Quick {
    fn debug_port_setup(&self, wire: &mut dyn DapProbe, _: DpAddress) -> Result<(), ArmError> {
        if wire.active_protocol() == Some(WireProtocol::Jtag) {
            return to_jtag(wire);
        }
        let started = Instant::now();
        let mut dormant = false;
        loop {
            wire.swj_sequence(51, 0x0007_FFFF_FFFF_FFFF)?;
            if dormant {
                wake_from_dormant(wire)?;
            } else {
                wire.swj_sequence(16, 0xE79E)?;
            }
            match self.line_reset_and_read(wire) {
                Err(e) if dormant && started.elapsed() >= self.patience => return Err(e),
                Err(ArmError::Probe(e)) => return Err(ArmError::Probe(e)),
                Err(_) => dormant = !dormant,
                Ok(()) => return Ok(()),
            }
        }
    }

    fn debug_port_connect(&self, wire: &mut dyn DapProbe, _: DpAddress) -> Result<(), ArmError> {
        if wire.active_protocol() == Some(WireProtocol::Jtag) {
            return Ok(());
        }
        self.line_reset_and_read(wire)
    }

    fn debug_port_start(&self, wire: &mut dyn DapAccess, dp: DpAddress) -> Result<(), ArmError> {
        wire.write_raw_dp_register(dp, SELECT, 0)?;
        wire.write_raw_dp_register(dp, CTRL_STAT, POWER_UP)?;
        wire.flush()?;
        let started = Instant::now();
        loop {
            let status = wire.read_raw_dp_register(dp, CTRL_STAT)?;
            if status & POWERED == POWERED {
                return Ok(());
            }
            if started.elapsed() >= self.patience {
                return Err(ArmError::Other(format!(
                    "the debug port does not acknowledge power-up (CTRL/STAT {status:#010x})"
                )));
            }
        }
    }

    fn debug_port_stop(&self, wire: &mut dyn DapProbe, _: DpAddress) -> Result<(), ArmError> {
        wire.raw_write_register(RegisterAddress::DpRegister(SELECT), 0)?;
        wire.raw_write_register(RegisterAddress::DpRegister(CTRL_STAT), 0)?;
        wire.raw_flush()
    }
}

/// SWD to JTAG, then the reset of the chain; the probe learns the lengths of its instructions. Nothing is asked of the
/// debug port: over JTAG it has no answer of its own to being selected.
fn to_jtag(wire: &mut dyn DapProbe) -> Result<(), ArmError> {
    wire.swj_sequence(51, 0x0007_FFFF_FFFF_FFFF)?;
    wire.swj_sequence(16, 0xE73C)?;
    wire.swj_sequence(6, 0x3F)?;
    wire.jtag_sequence(1, false, 1)?;
    wire.configure_jtag(false)?;
    Ok(())
}

/// JTAG to dormant, the selection alert of ADIv5.2 (B5.3.4), then the SWD activation code.
fn wake_from_dormant(wire: &mut dyn DapProbe) -> Result<(), ArmError> {
    wire.swj_sequence(31, 0x33BB_BBBA)?;
    wire.swj_sequence(8, 0xFF)?;
    wire.swj_sequence(64, 0x8685_2D95_6209_F392)?;
    wire.swj_sequence(64, 0x19BC_0EA2_E3DD_AFE9)?;
    wire.swj_sequence(12, 0x1A0)?;
    Ok(())
}
