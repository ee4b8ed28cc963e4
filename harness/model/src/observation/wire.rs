//! What was spoken to a debug port, and what answered to JTAG on the way to it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a debug probe speaks to a unit. A lock that was seen over one says nothing of the other.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum DebugProtocol {
    /// Serial wire debug, two wires.
    #[default]
    Swd,
    /// IEEE 1149.1, four wires and a chain of test access ports.
    Jtag,
}

impl DebugProtocol {
    /// As a bench file and a row of the statement name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Swd => "swd",
            Self::Jtag => "jtag",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Swd, Self::Jtag]
            .into_iter()
            .find(|protocol| protocol.name() == name)
    }

    /// SWD, which records of before there was a choice do not name.
    #[must_use]
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    pub fn is_swd(&self) -> bool {
        *self == Self::Swd
    }
}

impl fmt::Display for DebugProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Swd => "SWD",
            Self::Jtag => "JTAG",
        })
    }
}

/// A test access port that answered on a JTAG chain, the one nearest to TDO first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DebugTap {
    /// Its IDCODE; none where it has only a bypass register.
    pub idcode: Option<u32>,
}

impl DebugTap {
    /// Arm's own debug ports: designer Arm, a part of the BA0x range, whatever the version.
    const ARM_MASK: u32 = 0x0FFF_0FFF;
    const ARM: u32 = 0x0BA0_0477;

    /// Whether it is a debug port of Arm, by its IDCODE.
    #[must_use]
    pub fn is_arm_port(self) -> bool {
        self.idcode
            .is_some_and(|idcode| idcode & Self::ARM_MASK == Self::ARM)
    }
}

impl fmt::Display for DebugTap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.idcode {
            Some(idcode) => write!(f, "{idcode:#010x}"),
            None => f.write_str("one without an IDCODE"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tap(idcode: u32) -> DebugTap {
        let idcode = Some(idcode);
        DebugTap { idcode }
    }

    #[test]
    fn ports_of_arm_are_told_from_what_else_is_on_a_chain() {
        for arm in [
            0x4BA0_0477,
            0x3BA0_0477,
            0x0BA0_1477,
            0x6BA0_2477,
            0x5BA0_0477,
        ] {
            assert!(tap(arm).is_arm_port(), "{arm:#x}");
        }
        // Boundary scan of an STM32, an ESP32-C3, an FPGA; one bit beside Arm's own.
        for other in [
            0x0643_3041,
            0x0000_5C25,
            0x0362_D093,
            0x4BB0_0477,
            0x4BA7_0477,
            0x4BA0_0475,
        ] {
            assert!(!tap(other).is_arm_port(), "{other:#x}");
        }
        assert!(!DebugTap { idcode: None }.is_arm_port());
    }

    #[test]
    fn a_protocol_is_found_by_the_word_that_it_is_written_as() {
        for protocol in [DebugProtocol::Swd, DebugProtocol::Jtag] {
            assert_eq!(DebugProtocol::from_name(protocol.name()), Some(protocol));
            let written = serde_json::to_value(protocol).unwrap();
            assert_eq!(written, protocol.name());
        }
        assert_eq!(DebugProtocol::from_name("uart"), None);
    }
}
