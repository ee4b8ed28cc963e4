//! Families of Espressif over JTAG: which port is whose, and what can be told of one that is switched off.
//!
//! Their cores are behind no debug port of Arm, and no memory of theirs is read here. So an ESP32 is never called
//! locked, nor open: what answered is told, and what else looks the same.

use proofhouse_model::observation::DebugTap;

/// A family: its name in probe-rs, the IDCODE of its ports, the eFuses that switch JTAG off for good, and those that do
/// so until its software undoes it. No eFuse is named where the manual was not at hand.
struct Family {
    name: &'static str,
    idcode: u32,
    for_good: &'static [&'static str],
    until_undone: &'static [&'static str],
}

const fn family(
    name: &'static str,
    idcode: u32,
    for_good: &'static [&'static str],
    until_undone: &'static [&'static str],
) -> Family {
    Family {
        name,
        idcode,
        for_good,
        until_undone,
    }
}

/// The port of every Xtensa core of theirs.
const XTENSA: u32 = 0x1200_34E5;
const SOFT: &[&str] = &["SOFT_DIS_JTAG"];
const PAD_AND_USB: &[&str] = &["DIS_PAD_JTAG", "DIS_USB_JTAG"];

/// The first that a name begins with counts.
const FAMILIES: &[Family] = &[
    family("esp32s31", 0x0002_0C25, &[], &[]),
    family("esp32s3", XTENSA, PAD_AND_USB, SOFT),
    family("esp32s2", XTENSA, &["HARD_DIS_JTAG"], SOFT),
    family("esp32c61", 0x0001_4C25, &[], &[]),
    family("esp32c6", 0x0000_DC25, PAD_AND_USB, SOFT),
    family("esp32c5", 0x0001_7C25, &[], &[]),
    family("esp32c3", 0x0000_5C25, PAD_AND_USB, SOFT),
    family("esp32c2", 0x0000_CC25, &["DIS_PAD_JTAG"], &[]),
    family("esp32h2", 0x0001_0C25, PAD_AND_USB, SOFT),
    family("esp32p4", 0x0001_2C25, &[], &[]),
    family("esp32", XTENSA, &["JTAG_DISABLE"], &[]),
];

/// The family of a chip by its name in probe-rs or on its package.
fn of_chip(chip: &str) -> Option<&'static Family> {
    let chip = chip.to_ascii_lowercase().replace('-', "");
    FAMILIES.iter().find(|family| chip.starts_with(family.name))
}

/// What chips have a port with that IDCODE; empty for none of theirs.
pub fn named(tap: DebugTap) -> String {
    let of = FAMILIES
        .iter()
        .filter(|family| Some(family.idcode) == tap.idcode);
    let names: Vec<&str> = of.map(|family| family.name).collect();
    names.join(" or ")
}

/// Why nothing is known of the lock of such a chip, by what answered; nothing for a chip of somebody else.
pub fn doubt(chip: Option<&str>, taps: &[DebugTap]) -> Option<String> {
    let family = of_chip(chip?)?;
    let (name, idcode) = (family.name, family.idcode);
    if taps.is_empty() {
        return Some(format!(
            "no test access port of the {name} answers: JTAG that is switched off looks like this{}, and so do pins \
             that its firmware uses for something else, an adapter on the pins while JTAG is led to its USB port, \
             and a cut wire",
            fuses(family)
        ));
    }
    Some(match taps.iter().any(|tap| tap.idcode == Some(idcode)) {
        true => format!(
            "the {name} answers over JTAG, and whether its memory can be read there was not tried"
        ),
        false => format!(
            "the profile calls the chip {name}, and no port with its IDCODE {idcode:#010x} is on the chain"
        ),
    })
}

fn fuses(family: &Family) -> String {
    let (good, undone) = (family.for_good.join(", "), family.until_undone.join(", "));
    match (good.is_empty(), undone.is_empty()) {
        (true, _) => String::new(),
        (false, true) => format!(" (by eFuse {good}, for good)"),
        (false, false) => {
            format!(" (by eFuse {good}, for good, or {undone}, until its software undoes it)")
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
    fn a_name_is_of_its_own_family_and_of_none_that_it_begins_with() {
        let of = |chip: &str| of_chip(chip).map(|family| family.name);
        for (chip, family) in [
            ("esp32", "esp32"),
            ("esp32-3.3v", "esp32"),
            ("ESP32-C3", "esp32c3"),
            ("esp32c6", "esp32c6"),
            ("esp32c61", "esp32c61"),
            ("esp32s3", "esp32s3"),
            ("esp32s31", "esp32s31"),
        ] {
            assert_eq!(of(chip), Some(family), "{chip}");
        }
        assert_eq!(of("nRF52840_xxAA"), None);
        assert_eq!(of("esp8266"), None);
        // A longer name stands before the one that it begins with, or it would never be found.
        for (n, family) in FAMILIES.iter().enumerate() {
            let before = FAMILIES[..n].iter();
            let hidden = before.filter(|first| family.name.starts_with(first.name));
            assert_eq!(hidden.count(), 0, "{}", family.name);
        }
    }

    #[test]
    fn whatever_answers_or_does_not_is_a_doubt_and_never_a_lock() {
        let c3 = Some("esp32c3");
        let silent = doubt(c3, &[]).unwrap();
        for looks in ["DIS_PAD_JTAG", "SOFT_DIS_JTAG", "cut wire", "firmware"] {
            assert!(silent.contains(looks), "{silent}");
        }
        assert!(
            doubt(c3, &[tap(0x0000_5C25)])
                .unwrap()
                .contains("was not tried")
        );
        let other = doubt(c3, &[tap(XTENSA)]).unwrap();
        assert!(other.contains("0x00005c25"), "{other}");
        // Of a family whose eFuses are not known none is named.
        let p4 = doubt(Some("esp32p4"), &[]).unwrap();
        assert!(!p4.contains("eFuse"), "{p4}");
        assert_eq!(doubt(Some("nRF52840_xxAA"), &[]), None);
        assert_eq!(doubt(None, &[]), None);
    }

    #[test]
    fn ports_are_named_by_all_that_share_their_idcode() {
        assert_eq!(named(tap(0x0000_5C25)), "esp32c3");
        assert_eq!(named(tap(XTENSA)), "esp32s3 or esp32s2 or esp32");
        assert_eq!(named(tap(0x4BA0_0477)), "");
        assert_eq!(named(DebugTap { idcode: None }), "");
        assert!(
            FAMILIES
                .iter()
                .all(|family| !tap(family.idcode).is_arm_port())
        );
    }
}
