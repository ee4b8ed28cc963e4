//! Grades and races: what counts as open, and that nothing is harmed by asking.

use std::sync::atomic::Ordering;
use std::time::Duration;

use proofhouse_fixtures::kit::swd::{Options, Wire, serve};
use proofhouse_model::TroubleKind;
use proofhouse_model::observation::DebugLevel;
use proofhouse_transport::Budget;
use proofhouse_transport::swd::{DebugPort, DebugTarget};

use super::bench::{FLASH, PATIENCE, Test, TestChip, bench, port, socket};

pub const TESTS: &[Test] = &[
    ("swd_an_open_port_is_graded_open_with_words_as_proof", open),
    (
        "probe_rs_2287_a_locked_port_is_refused_and_stays_unharmed",
        locked,
    ),
    (
        "probe_rs_3458_a_port_that_locks_itself_again_is_not_erased",
        locks_itself,
    ),
    (
        "probe_rs_634_flash_that_alone_is_refused_is_told_by_its_address",
        flash_shut,
    ),
    ("swd_a_leak_through_a_second_port_is_open", leak),
    ("swd_a_dead_wire_is_no_dp_with_a_doubt", dead),
    (
        "swd_an_unknown_chip_name_is_said_and_the_grade_stands",
        unknown_chip,
    ),
    (
        "swd_a_race_from_before_power_up_sees_the_open_window",
        race_window,
    ),
    (
        "swd_a_race_against_an_honest_lock_stays_refused",
        race_locked,
    ),
    (
        "swd_a_race_whose_probe_never_comes_is_bench_trouble",
        race_nothing,
    ),
    (
        "swd_a_race_that_hangs_after_reading_memory_keeps_the_fact",
        race_hangs,
    ),
];

fn open() {
    let (chip, server, mut port) = bench(false, Options::default());
    let grading = port.grade(&Budget::of(PATIENCE)).unwrap();
    let grade = &grading.grade;
    assert_eq!(grade.level, DebugLevel::Open);
    assert_eq!(grade.dpidr, Some(0x2BA0_1477));
    assert_eq!(grade.aps, [(0, 0x2477_0011), (1, 0x0288_0000)]);
    assert!(
        grade.read.contains(&(0xE000_ED00, 0x410F_C241)),
        "{:x?}",
        grade.read
    );
    assert!(
        grade.read.contains(&(4, chip.flash[1])),
        "{:x?}",
        grade.read
    );
    assert_eq!(grade.attach.as_deref(), Some("attached"));
    assert_eq!(grading.doubts, [""; 0]);
    assert_eq!(grading.ports[1].approtect_status, Some(1));
    chip.assert_untouched(&server);
}

/// probe-rs#2287: a debugger that found the core locked began to erase the chip. Without its permission it says so.
fn locked() {
    let (chip, server, mut port) = bench(true, Options::default());
    for _ in 0..3 {
        let grading = port.grade(&Budget::of(PATIENCE)).unwrap();
        assert_eq!(grading.grade.level, DebugLevel::ApRefused);
        assert_eq!(grading.grade.read, []);
        let attach = grading.grade.attach.unwrap();
        assert!(
            attach.starts_with("refused: ") && attach.contains("erase_all"),
            "{attach}"
        );
        assert_eq!(grading.ports[0].device_enabled, Some(false));
        assert_eq!(grading.ports[1].approtect_status, Some(0));
        assert!(grading.first_error.unwrap().contains("FAULT"));
        assert_eq!(grading.doubts, [""; 0]);
    }
    chip.assert_untouched(&server);
}

/// probe-rs#3458: a chip locks itself whenever it has slept, so that each session began with erasing it.
fn locks_itself() {
    let (chip, server, mut port) = bench(false, Options::default());
    let mut level = || port.grade(&Budget::of(PATIENCE)).unwrap().grade.level;
    for _ in 0..3 {
        assert_eq!(level(), DebugLevel::Open);
        chip.protected.store(true, Ordering::SeqCst);
        assert_eq!(level(), DebugLevel::ApRefused);
        chip.protected.store(false, Ordering::SeqCst);
    }
    chip.protected.store(true, Ordering::SeqCst);
    let refused = port.read(0, 4, &Budget::of(PATIENCE)).unwrap_err();
    assert_eq!(refused.kind, TroubleKind::DeviceRefused, "{refused}");
    chip.assert_untouched(&server);
}

/// probe-rs#634: a read-out protection that leaves the core open looked like any failure with the flash.
fn flash_shut() {
    let (chip, server, mut port) = bench(false, Options::default());
    chip.flash_shut.store(true, Ordering::SeqCst);
    let grading = port.grade(&Budget::of(PATIENCE)).unwrap();
    let read = &grading.grade.read;
    assert_eq!(grading.grade.level, DebugLevel::Open, "{grading:?}");
    assert!(read.contains(&(0xE000_ED00, 0x410F_C241)), "{read:x?}");
    assert!(read.iter().all(|(at, _)| *at >= FLASH as u64), "{read:x?}");
    assert!(grading.first_error.is_some(), "{grading:?}");
    let refused = port.read(0, 64, &Budget::of(PATIENCE)).unwrap_err();
    assert_eq!(refused.kind, TroubleKind::DeviceRefused, "{refused}");
    let says = "memory at 0x00000000 was refused";
    assert!(refused.what.contains(says), "{refused}");
    // What is not protected is read as ever, over the same port.
    let uid = port.identify(&Budget::of(PATIENCE)).unwrap();
    assert_eq!(uid.as_deref(), Some("4433221188776655"));
    chip.assert_untouched(&server);
}

fn leak() {
    let options = Options {
        leaking_ap: true,
        ..Options::default()
    };
    let (chip, server, mut port) = bench(true, options);
    let grading = port.grade(&Budget::of(PATIENCE)).unwrap();
    assert_eq!(grading.grade.level, DebugLevel::Open);
    assert!(grading.ports[0].words.is_empty());
    assert_eq!(grading.ports[2].ap, 2);
    assert!(grading.grade.read.contains(&(0, chip.flash[0])));
    let bytes = port.read(0x100, 64, &Budget::of(PATIENCE)).unwrap();
    assert_eq!(
        bytes,
        chip.bytes(0x100, 64),
        "reads go through the leak too"
    );
    chip.assert_untouched(&server);
}

fn dead() {
    let (_chip, _server, mut port) = bench(
        false,
        Options {
            wire: Wire::Dead,
            ..Options::default()
        },
    );
    let grading = port.grade(&Budget::of(PATIENCE)).unwrap();
    assert_eq!(grading.grade.level, DebugLevel::NoDp);
    assert_eq!(grading.grade.dpidr, None);
    assert!(
        grading.doubts[0].contains("cut wire"),
        "{:?}",
        grading.doubts
    );
    assert_eq!(grading.grade.attach, None);
}

fn unknown_chip() {
    let chip = TestChip::new(false);
    let path = socket();
    let _server = serve(&path, chip, Options::default()).unwrap();
    let mut target = DebugTarget::new(format!("20b7:9db1:unix:{}", path.display()));
    target.chip = Some("nRF99999".into());
    let grading = DebugPort::new(target).grade(&Budget::of(PATIENCE)).unwrap();
    assert_eq!(grading.grade.level, DebugLevel::Open);
    assert!(grading.grade.attach.unwrap().starts_with("not tried: "));
}

/// The device gets power only after the race has begun, and locks itself late.
fn race_window() {
    let (chip, path) = (TestChip::new(true), socket());
    let mut port = port(&path);
    let mut race = port
        .start_race(Duration::from_millis(2500), &Budget::of(PATIENCE))
        .unwrap();
    let window = Some(Duration::from_millis(1000));
    let options = Options {
        open_after_power_up: window,
        ..Options::default()
    };
    let server = serve(&path, chip.clone(), options).unwrap();
    race.powered();
    let race = race.join(PATIENCE, &Budget::of(PATIENCE)).unwrap();
    let grade = &race.best.grade;
    assert_eq!(grade.level, DebugLevel::Open, "{race:?}");
    assert!(grade.read.contains(&(0, chip.flash[0])));
    assert!(
        grade.after.unwrap().std() < Duration::from_millis(1000),
        "{race:?}"
    );
    assert!(race.open_until.unwrap() >= grade.after.unwrap());
    assert!(race.probe_after.is_some() && race.port_after.is_some());
    assert_eq!(race.last, DebugLevel::ApRefused, "closed at the end");
    assert!(grade.tries > 1);
    chip.assert_untouched(&server);
    // The same worker serves on.
    assert_eq!(
        port.grade(&Budget::of(PATIENCE)).unwrap().grade.level,
        DebugLevel::ApRefused
    );
    chip.assert_untouched(&server);
}

fn race_locked() {
    let (chip, server, mut port) = bench(true, Options::default());
    let race = port
        .start_race(Duration::from_millis(300), &Budget::of(PATIENCE))
        .unwrap()
        .join(PATIENCE, &Budget::of(PATIENCE))
        .unwrap();
    assert_eq!(race.best.grade.level, DebugLevel::ApRefused);
    assert_eq!(race.open_until, None);
    assert!(race.best.grade.tries > 1, "{race:?}");
    chip.assert_untouched(&server);
}

fn race_nothing() {
    let mut port = port(&socket());
    let race = port
        .start_race(Duration::from_millis(50), &Budget::of(PATIENCE))
        .unwrap();
    let trouble = race.join(PATIENCE, &Budget::of(PATIENCE)).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert!(trouble.what.contains("no socket"), "{trouble}");
    assert!(trouble.try_next.is_some());
}

fn race_hangs() {
    let wire = Wire::StallsAfter(600);
    let (chip, server, mut port) = bench(
        false,
        Options {
            wire,
            ..Options::default()
        },
    );
    let race = port
        .start_race(Duration::from_millis(1500), &Budget::of(PATIENCE))
        .unwrap();
    let race = race
        .join(Duration::from_millis(500), &Budget::of(PATIENCE))
        .unwrap();
    assert_eq!(race.best.grade.level, DebugLevel::Open);
    assert!(
        race.best.doubts[0].contains("broke off"),
        "{:?}",
        race.best.doubts
    );
    chip.assert_untouched(&server);
}
