//! Where families of chips keep their unique id, by their reference manuals.
//!
//! Only what the manuals say of a whole family: a place that is wrong would call the right unit a stranger. Whatever is
//! missing here has its place said in the profile (`[debug] uid`). None for the RP2040, whose id is its flash chip's.

/// What the names of a family begin with, in lower case; what begins like it and is none of it; the pieces of the id in
/// the order of their addresses' significance, the last printed first.
type Family = (
    &'static [&'static str],
    &'static [&'static str],
    &'static [(u64, u64)],
);

/// The first that fits counts.
const FAMILIES: &[Family] = &[
    // Nordic: DEVICEID of the FICR.
    (&["nrf51", "nrf52"], &[], &[(0x1000_0060, 8)]),
    (&["nrf53", "nrf91"], &[], &[(0x00FF_0204, 8)]),
    // ST: "unique device ID register". The manual of the F0x0 value line names none.
    (
        &["stm32f0", "stm32f3"],
        &["stm32f030", "stm32f070"],
        &[(0x1FFF_F7AC, 12)],
    ),
    (&["stm32f1"], &[], &[(0x1FFF_F7E8, 12)]),
    (&["stm32f2", "stm32f4"], &[], &[(0x1FFF_7A10, 12)]),
    (&["stm32f72", "stm32f73"], &[], &[(0x1FF0_7A10, 12)]),
    (&["stm32f7"], &[], &[(0x1FF0_F420, 12)]),
    (&["stm32h7a", "stm32h7b"], &[], &[(0x08FF_F800, 12)]),
    (
        &["stm32h7"],
        &["stm32h7r", "stm32h7s"],
        &[(0x1FF1_E800, 12)],
    ),
    (&["stm32h5"], &[], &[(0x08FF_F800, 12)]),
    (
        &[
            "stm32l4", "stm32g0", "stm32g4", "stm32wb1", "stm32wb3", "stm32wb5", "stm32wl5",
            "stm32wle",
        ],
        &[],
        &[(0x1FFF_7590, 12)],
    ),
    (&["stm32l5"], &[], &[(0x0BFA_0590, 12)]),
    (&["stm32u5"], &[], &[(0x0BFA_0700, 12)]),
    (&["stm32l0"], &[], &[(0x1FF8_0050, 8), (0x1FF8_0064, 4)]),
    // Microchip: four words of the serial number, which it prints from the first on.
    (
        &["atsamd5", "atsame5"],
        &[],
        &[
            (0x0080_6018, 4),
            (0x0080_6014, 4),
            (0x0080_6010, 4),
            (0x0080_61FC, 4),
        ],
    ),
    (
        &[
            "atsamd09", "atsamd1", "atsamd2", "atsamda1", "atsamr21", "atsaml2", "atsamc2",
        ],
        &[],
        &[
            (0x0080_A048, 4),
            (0x0080_A044, 4),
            (0x0080_A040, 4),
            (0x0080_A00C, 4),
        ],
    ),
];

/// The pieces of the unique id of a chip, by its name in probe-rs; empty for a family that is not known.
pub fn places_of(chip: &str) -> Vec<(u64, u64)> {
    let chip = chip.to_ascii_lowercase();
    let begins = |all: &[&str]| all.iter().any(|start| chip.starts_with(start));
    if chip.starts_with("stm32l1") {
        return stm32l1(&chip);
    }
    let mut families = FAMILIES.iter();
    let found = families.find(|(names, not, _)| begins(names) && !begins(not));
    found.map_or(Vec::new(), |(_, _, pieces)| pieces.to_vec())
}

/// Categories 1 and 2, up to 128 KiB of flash (a 6, 8 or B in the name), have it elsewhere than the larger ones.
fn stm32l1(chip: &str) -> Vec<(u64, u64)> {
    let base = match chip.as_bytes().get("stm32l151c".len()) {
        Some(b'6' | b'8' | b'b') => 0x1FF8_0050,
        Some(b'c' | b'd' | b'e') => 0x1FF8_00D0,
        _ => return Vec::new(),
    };
    vec![(base, 8), (base + 0x14, 4)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(chip: &str) -> u64 {
        places_of(chip).first().map_or(0, |(at, _)| *at)
    }

    #[test]
    fn each_family_has_its_place() {
        for (chip, at) in [
            ("nRF51822_xxAA", 0x1000_0060),
            ("nRF5340_xxAA", 0x00FF_0204),
            ("nRF9160_xxAA", 0x00FF_0204),
            ("STM32F042K6Tx", 0x1FFF_F7AC),
            ("STM32F103C8", 0x1FFF_F7E8),
            ("STM32F303RE", 0x1FFF_F7AC),
            ("STM32F405RG", 0x1FFF_7A10),
            ("STM32F722ZE", 0x1FF0_7A10),
            ("STM32F767ZI", 0x1FF0_F420),
            ("STM32H743ZITx", 0x1FF1_E800),
            ("STM32H7B0VB", 0x08FF_F800),
            ("STM32L476RG", 0x1FFF_7590),
            ("STM32WB55RGVx", 0x1FFF_7590),
            ("STM32U585AI", 0x0BFA_0700),
            ("STM32L151CB", 0x1FF8_0050),
            ("STM32L152RE", 0x1FF8_00D0),
        ] {
            assert_eq!(first(chip), at, "{chip}");
        }
    }

    /// A name that begins like another family's must not get its place.
    #[test]
    fn neighbours_in_the_alphabet_are_told_apart_and_nothing_is_guessed() {
        for chip in [
            "STM32F030C8",
            "STM32H7S3L8Hx",
            "STM32WBA52CG",
            "STM32WB05KZ",
            "STM32MP157CAC",
            "STM32L1",
            "RP2040",
            "RP235x",
            "nRF54L15_xxAA",
            "GD32F103C8",
            "",
        ] {
            assert_eq!(places_of(chip), [], "{chip}");
        }
    }

    #[test]
    fn every_id_has_eight_to_sixteen_bytes_in_whole_words_and_every_family_is_reached() {
        for (names, _, pieces) in FAMILIES {
            let bytes: u64 = pieces.iter().map(|(_, len)| len).sum();
            assert!((8..=16).contains(&bytes), "{names:?}");
            assert!(pieces.iter().all(|(at, len)| at % 4 == 0 && len % 4 == 0));
            for name in *names {
                assert_eq!(
                    places_of(name),
                    *pieces,
                    "{name} is hidden by a row before it"
                );
            }
        }
    }

    #[test]
    fn scattered_words_come_in_the_order_of_print() {
        let addresses: Vec<u64> = places_of("ATSAMD21G18A").iter().map(|p| p.0).collect();
        assert_eq!(
            addresses,
            [0x0080_A048, 0x0080_A044, 0x0080_A040, 0x0080_A00C]
        );
        assert_eq!(first("ATSAME54P20A"), 0x0080_6018);
    }
}
