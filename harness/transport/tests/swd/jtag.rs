//! JTAG beside SWD: the chain is told, nothing is said of what was not spoken, and no other port gets an instruction.

use std::path::Path;
use std::time::Duration;

use proofhouse_fixtures::kit::swd::{Options, serve};
use proofhouse_model::observation::{DebugLevel, DebugProtocol};
use proofhouse_model::{Trouble, TroubleKind};
use proofhouse_transport::Budget;
use proofhouse_transport::swd::{DebugPort, DebugTarget, Grading, WORKER_WORD};
use tempfile::TempDir;

use super::bench::{PATIENCE, Test, TestChip};
use super::plugged::file;

pub const TESTS: &[Test] = &[
    (
        "jtag_an_open_port_is_graded_open_and_its_chain_is_told",
        open,
    ),
    (
        "jtag_a_locked_port_is_refused_although_no_answer_refuses",
        locked,
    ),
    (
        "jtag_a_port_of_somebody_else_gets_no_instruction_and_shows_no_lock",
        foreign,
    ),
    ("jtag_a_silent_chain_is_no_dp_with_a_doubt", silent),
    ("jtag_a_race_sees_an_open_port", race),
    (
        "jtag_a_probe_that_speaks_something_else_is_bench_trouble",
        spoken,
    ),
];

/// A probe with that chain, in a folder of its own, and its port.
fn chain(says: &str) -> (TempDir, DebugPort) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(file(folder.path(), "a", "probe"), "").unwrap();
    std::fs::write(file(folder.path(), "a", "jtag"), says).unwrap();
    let port = port(folder.path(), DebugProtocol::Jtag);
    (folder, port)
}

fn port(folder: &Path, protocol: DebugProtocol) -> DebugPort {
    let mut target = DebugTarget::new("f055:0001:a");
    target.protocol = protocol;
    let program = std::env::current_exe().unwrap();
    let arguments = vec![WORKER_WORD.into(), folder.into()];
    DebugPort::new(target).with_worker(program, arguments)
}

fn grade(port: &mut DebugPort) -> Grading {
    port.grade(&Budget::of(PATIENCE)).unwrap()
}

fn idcodes(grading: &Grading) -> Vec<Option<u32>> {
    let taps = grading.grade.taps.iter();
    taps.map(|tap| tap.idcode).collect()
}

/// Nothing was written to the chip, and no port but Arm's was told anything.
fn assert_untouched(folder: &TempDir) {
    for what in ["written", "foreign"] {
        assert!(!file(folder.path(), "a", what).exists(), "{what}");
    }
}

fn open() {
    let chip = TestChip::new(false);
    // The debug port first, and behind a port that is another maker's or has no IDCODE.
    for (says, on_chain) in [
        ("open 4ba00477", vec![Some(0x4BA0_0477)]),
        (
            "open 4ba00477 06433041",
            vec![Some(0x4BA0_0477), Some(0x0643_3041)],
        ),
        (
            "open 06433041 4ba00477",
            vec![Some(0x0643_3041), Some(0x4BA0_0477)],
        ),
        (
            "open 4ba00477 bypass 06433041",
            vec![Some(0x4BA0_0477), None, Some(0x0643_3041)],
        ),
    ] {
        let (folder, mut port) = chain(says);
        let grading = grade(&mut port);
        let found = &grading.grade;
        assert_eq!(found.level, DebugLevel::Open, "{says}: {grading:?}");
        assert_eq!(found.protocol, DebugProtocol::Jtag, "{says}");
        assert_eq!(idcodes(&grading), on_chain, "{says}");
        assert!(found.read.contains(&(0xE000_ED00, 0x410F_C241)), "{says}");
        assert_eq!(grading.doubts, [""; 0], "{says}");
        let bytes = port.read(0x100, 64, &Budget::of(PATIENCE)).unwrap();
        assert_eq!(bytes, chip.bytes(0x100, 64), "{says}");
        // Where there is nothing the port says so in CTRL/STAT alone.
        let nowhere = port.read(0x0900_0000, 4, &Budget::of(PATIENCE));
        let refused = nowhere.unwrap_err();
        assert_eq!(
            refused.kind,
            TroubleKind::DeviceRefused,
            "{says}: {refused}"
        );
        assert_untouched(&folder);
    }
}

fn locked() {
    let (folder, mut port) = chain("locked 4ba00477");
    for _ in 0..2 {
        let grading = grade(&mut port);
        assert_eq!(grading.grade.level, DebugLevel::ApRefused, "{grading:?}");
        assert_eq!(grading.grade.read, []);
        assert_eq!(grading.ports[0].device_enabled, Some(false));
        assert_eq!(grading.ports[0].words, [], "what is no answer is no word");
        assert_eq!(grading.ports[1].approtect_status, Some(0));
        assert_eq!(grading.doubts, [""; 0]);
    }
    let refused = port.read(0, 4, &Budget::of(PATIENCE)).unwrap_err();
    assert_eq!(refused.kind, TroubleKind::DeviceRefused, "{refused}");
    assert_untouched(&folder);
}

fn foreign() {
    let (folder, mut port) = chain("open 00005c25 06433041");
    let grading = grade(&mut port);
    assert_eq!(grading.grade.level, DebugLevel::DpOnly);
    assert_eq!(idcodes(&grading), [Some(0x0000_5C25), Some(0x0643_3041)]);
    assert!(
        grading.doubts[0].contains("0x00005c25 (esp32c3)"),
        "{:?}",
        grading.doubts
    );
    let silent = port.read(0, 4, &Budget::of(PATIENCE)).unwrap_err();
    assert_eq!(silent.kind, TroubleKind::DeviceSilent, "{silent}");
    assert!(silent.what.contains("JTAG"), "{silent}");
    assert_untouched(&folder);
}

fn silent() {
    let (_folder, mut port) = chain("open");
    let grading = grade(&mut port);
    assert_eq!(grading.grade.level, DebugLevel::NoDp);
    assert_eq!(grading.grade.protocol, DebugProtocol::Jtag);
    assert_eq!(idcodes(&grading), []);
    assert_eq!(grading.doubts.len(), 1, "{:?}", grading.doubts);
    assert!(grading.doubts[0].contains("cut wire"));
}

fn race() {
    let (folder, mut port) = chain("open 4ba00477");
    let race = port
        .start_race(Duration::from_millis(300), &Budget::of(PATIENCE))
        .unwrap()
        .join(PATIENCE, &Budget::of(PATIENCE))
        .unwrap();
    assert_eq!(race.best.grade.level, DebugLevel::Open, "{race:?}");
    assert_eq!(race.best.grade.protocol, DebugProtocol::Jtag);
    assert_eq!(idcodes(&race.best), [Some(0x4BA0_0477)]);
    assert!(race.port_after.is_some());
    assert_untouched(&folder);
}

fn spoken() {
    let assert_other = |trouble: &Trouble, protocol: &str, write: &str| {
        assert_eq!(trouble.kind, TroubleKind::Bench, "{trouble}");
        let says = format!("does not speak {protocol}");
        assert!(trouble.what.contains(&says), "{trouble}");
        let next = trouble.try_next.as_deref().unwrap();
        assert!(next.contains(write), "{trouble}");
    };
    let refused = |folder: &Path, protocol| {
        let mut port = port(folder, protocol);
        port.grade(&Budget::of(PATIENCE)).unwrap_err()
    };
    let (folder, _) = chain("locked 4ba00477");
    let swd = refused(folder.path(), DebugProtocol::Swd);
    assert_other(&swd, "SWD", "protocol = \"jtag\"");

    // The probe of the virtual devices knows SWD alone.
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(file(folder.path(), "a", "probe"), "").unwrap();
    let (socket, chip) = (file(folder.path(), "a", "sock"), TestChip::new(true));
    let _server = serve(&socket, chip, Options::default()).unwrap();
    let jtag = refused(folder.path(), DebugProtocol::Jtag);
    assert_other(&jtag, "JTAG", "protocol = \"swd\"");
}
