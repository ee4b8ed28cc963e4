//! Dumps and the chip's unique id.

use proofhouse_fixtures::kit::swd::{Options, Wire};
use proofhouse_model::TroubleKind;
use proofhouse_transport::swd::MAX_READ;

use proofhouse_transport::Budget;

use super::bench::{FLASH, PATIENCE, Test, bench};

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

fn unique_id() {
    let (chip, _server, mut port) = bench(false, Options::default());
    assert_eq!(
        port.identify(&Budget::of(PATIENCE)).unwrap(),
        "4433221188776655"
    );
    *chip.uid.lock().unwrap() = [u32::MAX; 2];
    assert_eq!(
        port.identify(&Budget::of(PATIENCE)).unwrap_err().kind,
        TroubleKind::DeviceGarbled
    );
}
