//! A JTAG probe of the tests: a chain of test access ports bit by bit, with a chip behind the debug port of Arm on it.
//!
//! `NAME.jtag` says what is on the chain of the probe NAME: `open` or `locked` of the chip, then the ports by their
//! IDCODEs in hex, the one nearest to TDO first, or `bypass` for one that has none. What is written to the chip leaves
//! a byte in `NAME.written`, and an instruction that goes to another port than that of Arm one in `NAME.foreign`.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bitvec::vec::BitVec;
use probe_rs::architecture::arm::sequences::ArmDebugSequence;
use probe_rs::architecture::arm::{
    ArmCommunicationInterface, ArmDebugInterface, ArmError, DapProbe,
};
use probe_rs::probe::{
    AutoImplementJtagAccess, DebugProbe, DebugProbeError, IoSequenceItem, JtagAccess,
    JtagDriverState, RawJtagIo, RawSwdIo, SwdSettings, WireProtocol,
};
use proofhouse_fixtures::kit::swd::{Chip, Fault, Options, Pins, Reply};

use super::bench::TestChip;
use super::plugged::file;

const ARM: u32 = 0x4BA0_0477;
const ABORT: u32 = 0x8;
const DPACC: u32 = 0xA;
const APACC: u32 = 0xB;
const STICKY_ERROR: u32 = 1 << 5;

/// A chip that leaves a byte in a file for each write.
struct Noted(Arc<TestChip>, PathBuf);

impl Chip for Noted {
    fn read_word(&self, addr: u32) -> Result<u32, Fault> {
        self.0.read_word(addr)
    }
    fn write_word(&self, addr: u32, value: u32) -> Result<(), Fault> {
        leave(&self.1);
        self.0.write_word(addr, value)
    }
    fn protected(&self) -> bool {
        self.0.protected()
    }
    fn erase_all(&self) {
        leave(&self.1);
    }
}

fn leave(file: &Path) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .unwrap();
    file.write_all(b".").unwrap();
}

/// States of a test access port.
#[derive(Clone, Copy, PartialEq)]
enum At {
    Reset,
    Idle,
    /// Of data or of an instruction.
    Select(bool),
    Capture(bool),
    Shift(bool),
    Exit1(bool),
    Pause(bool),
    Exit2(bool),
    Update(bool),
}

impl At {
    fn next(self, tms: bool) -> Self {
        match (self, tms) {
            (Self::Reset, true) | (Self::Select(true), true) => Self::Reset,
            (Self::Reset | Self::Idle | Self::Update(_), false) => Self::Idle,
            (Self::Idle | Self::Update(_), true) => Self::Select(false),
            (Self::Select(false), true) => Self::Select(true),
            (Self::Select(ir), false) => Self::Capture(ir),
            (Self::Capture(ir) | Self::Shift(ir), true) => Self::Exit1(ir),
            (Self::Capture(ir) | Self::Shift(ir) | Self::Exit2(ir), false) => Self::Shift(ir),
            (Self::Exit1(ir) | Self::Pause(ir), false) => Self::Pause(ir),
            (Self::Exit1(ir) | Self::Exit2(ir), true) => Self::Update(ir),
            (Self::Pause(ir), true) => Self::Exit2(ir),
        }
    }
}

/// One port of the chain.
struct Port {
    idcode: Option<u32>,
    /// The instruction; none since the reset, which selects IDCODE or, without one, BYPASS.
    instruction: Option<u32>,
    register: u64,
    bits: u32,
}

impl Port {
    fn is_arm(&self) -> bool {
        self.idcode == Some(ARM)
    }

    fn width(&self) -> u32 {
        if self.is_arm() { 4 } else { 5 }
    }

    fn shift(&mut self, bit: bool) -> bool {
        let out = self.register & 1 == 1;
        self.register = self.register >> 1 | u64::from(bit) << (self.bits - 1);
        out
    }
}

/// The probe, its chain and the chip.
pub struct Chain {
    driver: JtagDriverState,
    settings: SwdSettings,
    captured: BitVec,
    at: At,
    ports: Vec<Port>,
    pins: Pins,
    /// What the next scan of the debug port brings.
    result: u32,
    foreign: PathBuf,
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a chain of the tests")
    }
}

impl Chain {
    /// The chain of a probe; nothing for a probe that has none.
    pub fn of(folder: &Path, probe: &str) -> Option<Self> {
        let said = std::fs::read_to_string(file(folder, probe, "jtag")).ok()?;
        let mut words = said.split_whitespace();
        let chip = TestChip::new(words.next() == Some("locked"));
        let noted = Arc::new(Noted(chip, file(folder, probe, "written")));
        let mut pins = Pins::new(noted, Options::default());
        // What a line reset and the first read are to SWD, the reset of the chain is to JTAG.
        pins.sequence(32, u32::MAX);
        pins.sequence(32, u32::MAX);
        pins.sequence(8, 0);
        assert!(matches!(pins.transfer(false, true, 0, 0), Reply::Ok(_)));
        let ports = words.map(|word| Port {
            idcode: (word != "bypass").then(|| u32::from_str_radix(word, 16).unwrap()),
            instruction: None,
            register: 0,
            bits: 1,
        });
        Some(Self {
            driver: JtagDriverState::default(),
            settings: SwdSettings::default(),
            captured: BitVec::new(),
            at: At::Reset,
            ports: ports.collect(),
            pins,
            result: 0,
            foreign: file(folder, probe, "foreign"),
        })
    }

    /// One clock: what TDO was.
    fn clock(&mut self, tms: bool, tdi: bool) -> bool {
        let mut tdo = true;
        match self.at {
            At::Capture(ir) => self.capture(ir),
            At::Shift(_) => {
                tdo = tdi;
                for port in self.ports.iter_mut().rev() {
                    tdo = port.shift(tdo);
                }
            }
            _ => {}
        }
        self.at = self.at.next(tms);
        match self.at {
            At::Reset => self.ports.iter_mut().for_each(|p| p.instruction = None),
            At::Update(ir) => self.update(ir),
            _ => {}
        }
        tdo
    }

    fn capture(&mut self, ir: bool) {
        let result = u64::from(self.result) << 3 | 0b010;
        for port in &mut self.ports {
            (port.register, port.bits) = match (ir, port.instruction, port.idcode) {
                (true, _, _) => (1, port.width()),
                (false, None, Some(idcode)) => (idcode.into(), 32),
                (false, Some(DPACC | APACC | ABORT), _) if port.is_arm() => (result, 35),
                _ => (0, 1),
            };
        }
    }

    fn update(&mut self, ir: bool) {
        let mut access = None;
        for port in &mut self.ports {
            if ir {
                let code = u32::try_from(port.register).unwrap();
                port.instruction = Some(code);
                let bypass = (1 << port.width()) - 1;
                if !port.is_arm() && code != bypass {
                    leave(&self.foreign);
                }
            } else if port.is_arm() && port.bits == 35 {
                access = port.instruction.map(|code| (code, port.register));
            }
        }
        match access {
            Some((DPACC, sent)) => self.access(false, sent),
            Some((APACC, sent)) => self.access(true, sent),
            _ => {}
        }
    }

    /// What the debug port does with 35 bits. It never refuses: what failed is a bit of CTRL/STAT.
    fn access(&mut self, ap: bool, sent: u64) {
        let (read, a) = (sent & 1 == 1, (sent >> 1 & 3) as u8 * 4);
        let data = (sent >> 3) as u32;
        let pins = &mut self.pins;
        let value = |reply| match reply {
            Reply::Ok(value) => value,
            _ => 0,
        };
        self.result = match (ap, read, a) {
            // Read back at once what SWD would hand out with the next access.
            (true, true, _) => match pins.transfer(true, true, a, 0) {
                Reply::Ok(_) => value(pins.transfer(false, true, 0xC, 0)),
                _ => 0,
            },
            (true, false, _) => {
                pins.transfer(true, false, a, data);
                0
            }
            (false, true, 0xC) => 0,
            (false, true, _) => value(pins.transfer(false, true, a, 0)),
            (false, false, 0) => 0,
            (false, false, _) => {
                if a == 4 && data & STICKY_ERROR != 0 {
                    pins.clear_sticky();
                }
                pins.transfer(false, false, a, data);
                0
            }
        };
    }
}

impl RawJtagIo for Chain {
    fn state_mut(&mut self) -> &mut JtagDriverState {
        &mut self.driver
    }

    fn state(&self) -> &JtagDriverState {
        &self.driver
    }

    fn shift_bit(&mut self, tms: bool, tdi: bool, capture: bool) -> Result<(), DebugProbeError> {
        self.driver.state.update(tms);
        let tdo = self.clock(tms, tdi);
        if capture {
            self.captured.push(tdo);
        }
        Ok(())
    }

    fn read_captured_bits(&mut self) -> Result<BitVec, DebugProbeError> {
        Ok(std::mem::take(&mut self.captured))
    }
}

impl RawSwdIo for Chain {
    fn swd_io<S>(&mut self, _: S) -> Result<Vec<bool>, DebugProbeError>
    where
        S: IntoIterator<Item = IoSequenceItem>,
    {
        Err(DebugProbeError::UnsupportedProtocol(WireProtocol::Swd))
    }

    fn swj_pins(&mut self, _: u32, _: u32, _: u32) -> Result<u32, DebugProbeError> {
        Ok(u32::MAX)
    }

    fn swd_settings(&self) -> &SwdSettings {
        &self.settings
    }
}

impl AutoImplementJtagAccess for Chain {}
impl DapProbe for Chain {}

impl DebugProbe for Chain {
    fn get_name(&self) -> &str {
        "JTAG probe of the tests"
    }

    fn speed_khz(&self) -> u32 {
        1000
    }

    fn set_speed(&mut self, khz: u32) -> Result<u32, DebugProbeError> {
        Ok(khz)
    }

    /// As most drivers do: the chain is measured at once.
    fn attach(&mut self) -> Result<(), DebugProbeError> {
        self.select_target(0)
    }

    fn detach(&mut self) -> Result<(), probe_rs::Error> {
        Ok(())
    }

    fn target_reset(&mut self) -> Result<(), DebugProbeError> {
        Ok(())
    }

    fn target_reset_assert(&mut self) -> Result<(), DebugProbeError> {
        Ok(())
    }

    fn target_reset_deassert(&mut self) -> Result<(), DebugProbeError> {
        Ok(())
    }

    fn select_protocol(&mut self, protocol: WireProtocol) -> Result<(), DebugProbeError> {
        match protocol {
            WireProtocol::Jtag => Ok(()),
            WireProtocol::Swd => Err(DebugProbeError::UnsupportedProtocol(protocol)),
        }
    }

    fn active_protocol(&self) -> Option<WireProtocol> {
        Some(WireProtocol::Jtag)
    }

    fn has_arm_interface(&self) -> bool {
        true
    }

    fn try_as_jtag_probe(&mut self) -> Option<&mut dyn JtagAccess> {
        Some(self)
    }

    fn try_as_dap_probe(&mut self) -> Option<&mut dyn DapProbe> {
        Some(self)
    }

    fn try_get_arm_debug_interface<'probe>(
        self: Box<Self>,
        sequence: Arc<dyn ArmDebugSequence>,
    ) -> Result<Box<dyn ArmDebugInterface + 'probe>, (Box<dyn DebugProbe>, ArmError)> {
        Ok(ArmCommunicationInterface::create(self, sequence, true))
    }

    fn into_probe(self: Box<Self>) -> Box<dyn DebugProbe> {
        self
    }
}
