//! Dumps and the chip's unique id.

use proofhouse_fixtures::kit::swd::{Options, Wire, serve};
use proofhouse_model::TroubleKind;
use proofhouse_model::profile::DebugFacts;
use proofhouse_transport::swd::{DebugPort, DebugTarget, MAX_READ};

use proofhouse_transport::Budget;

use super::bench::{FLASH, PATIENCE, Test, TestChip, bench, socket};

pub const TESTS: &[Test] = &[
    ("swd_memory_reads_back_exactly_at_any_place", exact),
    (
        "swd_reads_past_the_end_of_memory_are_refused_with_the_place",
        past_end,
    ),
    ("swd_a_locked_chip_is_not_read_and_not_identified", locked),
    ("swd_too_long_reads_are_the_cases_mistake", too_long),
    (
        "swd_the_unique_id_is_read_and_a_blank_one_is_not_believed",
        unique_id,
    ),
    (
        "swd_the_place_of_the_unique_id_is_the_profiles",
        place_of_the_id,
    ),
];

fn exact() {
    let (chip, server, mut port) = bench(false, Options::default());
    for (at, len) in [
        (0, 256 * 1024),
        (0x3FD, 9),
        (0x1000, 1),
        (FLASH - 6, 6),
        (0, 0),
    ] {
        let bytes = port
            .read(at as u64, len as u64, &Budget::of(PATIENCE))
            .unwrap();
        assert!(bytes == chip.bytes(at, len), "{len} bytes at {at:#x}");
    }
    chip.assert_untouched(&server);
}

fn past_end() {
    let (_chip, _server, mut port) = bench(false, Options::default());
    let trouble = port
        .read(FLASH as u64 - 8, 16, &Budget::of(PATIENCE))
        .unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::DeviceRefused);
    assert!(trouble.what.contains("0x000ffff8"), "{trouble}");
    assert_eq!(
        port.read(0, 4, &Budget::of(PATIENCE)).unwrap().len(),
        4,
        "the port is usable afterwards"
    );
}

fn locked() {
    let (chip, server, mut port) = bench(true, Options::default());
    let trouble = port.read(0, 4, &Budget::of(PATIENCE)).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::DeviceRefused, "{trouble}");
    assert_eq!(
        port.identify(&Budget::of(PATIENCE)).unwrap_err().kind,
        TroubleKind::DeviceRefused
    );
    chip.assert_untouched(&server);

    let (_chip, _server, mut port) = bench(
        true,
        Options {
            wire: Wire::Dead,
            ..Options::default()
        },
    );
    let trouble = port.read(0, 4, &Budget::of(PATIENCE)).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::DeviceSilent, "{trouble}");
}

fn too_long() {
    let (_chip, _server, mut port) = bench(false, Options::default());
    let trouble = port
        .read(0, MAX_READ + 1, &Budget::of(PATIENCE))
        .unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Case, "{trouble}");
}

/// Its place is the profile's, also where that has no whole words; nobody's guess where the profile says nothing.
fn place_of_the_id() {
    let (chip, path) = (TestChip::new(false), socket());
    let server = serve(&path, chip.clone(), Options::default()).unwrap();
    let probe = format!("20b7:9db1:unix:{}", path.display());
    let of = |chip: &str, uid| {
        let facts = DebugFacts {
            chip: Some(chip.into()),
            uid,
            ..DebugFacts::default()
        };
        let mut port = DebugPort::new(DebugTarget::with_facts(&probe, &facts));
        port.identify(&Budget::of(PATIENCE))
    };
    let mut backwards = chip.bytes(0x102, 6);
    backwards.reverse();
    let hex: String = backwards.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(of("STM32MP157CAC", Some((0x102, 6))), Ok(Some(hex)));
    chip.assert_untouched(&server);
    drop(server);
    assert_eq!(of("STM32MP157CAC", None), Ok(None), "and no probe is asked");
}

fn unique_id() {
    let (chip, _server, mut port) = bench(false, Options::default());
    assert_eq!(
        port.identify(&Budget::of(PATIENCE)).unwrap().as_deref(),
        Some("4433221188776655")
    );
    *chip.uid.lock().unwrap() = [u32::MAX; 2];
    assert_eq!(
        port.identify(&Budget::of(PATIENCE)).unwrap_err().kind,
        TroubleKind::DeviceGarbled
    );
}
