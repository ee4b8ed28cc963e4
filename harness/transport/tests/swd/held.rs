//! A probe that another program holds is waited for, and is never a locked device; of two that fit none is taken.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proofhouse_fixtures::kit::swd::{Options, Server, serve};
use proofhouse_model::observation::DebugLevel;
use proofhouse_model::{Dur, Trouble, TroubleKind};
use proofhouse_transport::Budget;
use proofhouse_transport::swd::{DebugPort, DebugTarget, WORKER_WORD};
use tempfile::TempDir;

use super::bench::{PATIENCE, Test, TestChip, socket};
use super::plugged::file;

pub const TESTS: &[Test] = &[
    (
        "swd_a_probe_that_is_held_is_waited_for_and_the_wait_is_told",
        waited_for,
    ),
    (
        "swd_a_probe_that_stays_held_is_bench_trouble_that_says_so",
        stays_held,
    ),
    (
        "swd_a_network_probe_that_serves_another_is_told_as_held",
        network,
    ),
    ("swd_no_race_begins_with_a_probe_that_is_held", no_race),
    (
        "probe_rs_1835_of_two_probes_that_fit_none_is_taken_and_both_are_named",
        two_fit,
    ),
    (
        "swd_a_probe_that_is_not_there_has_the_others_listed",
        none_fits,
    ),
];

/// What a port tells of its waits.
type Waits = Arc<Mutex<Vec<(Dur, String)>>>;

/// A probe in the folder, with a chip behind it.
fn plug(folder: &Path, probe: &str, protected: bool) -> Server {
    std::fs::write(file(folder, probe, "probe"), "").unwrap();
    let chip = TestChip::new(protected);
    serve(&file(folder, probe, "sock"), chip, Options::default()).unwrap()
}

/// The same in a folder of its own, and the file that holds it: the worker hears this of it.
fn held(how: &str) -> (TempDir, Server, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let server = plug(folder.path(), "a", true);
    let held = file(folder.path(), "a", "held");
    std::fs::write(&held, how).unwrap();
    (folder, server, held)
}

/// The port behind a selector, whose worker knows the probes of the folder.
fn port(folder: &Path, selector: &str, wait: Dur) -> (DebugPort, Waits) {
    let mut target = DebugTarget::new(selector);
    target.wait = wait;
    let program = std::env::current_exe().unwrap();
    let arguments = vec![WORKER_WORD.into(), folder.into()];
    let mut port = DebugPort::new(target).with_worker(program, arguments);
    let waits = Waits::default();
    let told = Arc::clone(&waits);
    port.on_wait(move |waited, by| told.lock().unwrap().push((waited, by.to_owned())));
    (port, waits)
}

fn level(port: &mut DebugPort) -> Result<DebugLevel, Trouble> {
    let grading = port.grade(&Budget::of(PATIENCE))?;
    Ok(grading.grade.level)
}

fn assert_held(trouble: &Trouble) {
    assert_eq!(trouble.kind, TroubleKind::Bench, "{trouble}");
    let says = ["held by another program", "waited for"];
    assert!(says.iter().all(|s| trouble.what.contains(s)), "{trouble}");
    let next = trouble.try_next.as_deref().unwrap();
    assert!(next.contains("`wait`"), "{trouble}");
}

/// Waits until the worker found it held so often.
fn await_tries(folder: &Path, probe: &str, least: u64) {
    let started = Instant::now();
    let tries = || std::fs::metadata(file(folder, probe, "tries")).map_or(0, |m| m.len());
    while tries() < least {
        assert!(started.elapsed() < PATIENCE, "the worker never tried");
        std::thread::yield_now();
    }
}

fn waited_for() {
    for how in ["busy", "not found"] {
        let (folder, _server, held) = held(how);
        let folder = folder.path();
        let (mut port, waits) = port(folder, "f055:0001:a", Dur::secs(40));
        let found = std::thread::scope(|scope| {
            let asked = scope.spawn(|| level(&mut port));
            await_tries(folder, "a", 2);
            std::fs::remove_file(&held).unwrap();
            asked.join().unwrap()
        });
        assert_eq!(found.unwrap(), DebugLevel::ApRefused, "{how}");
        let told = waits.lock().unwrap().clone();
        let [(waited, by)] = &told[..] else {
            panic!("{how}: {told:?}")
        };
        assert!(
            !waited.std().is_zero() && by.contains("another program"),
            "{told:?}"
        );
        assert_eq!(level(&mut port).unwrap(), DebugLevel::ApRefused);
        assert_eq!(
            waits.lock().unwrap().len(),
            1,
            "a free probe is not waited for"
        );
    }
}

fn stays_held() {
    for how in ["busy", "not found"] {
        let (folder, _server, held) = held(how);
        let folder = folder.path();
        let (mut port, _) = port(folder, "f055:0001:a", Dur::ms(300));
        assert_held(&level(&mut port).unwrap_err());
        let read = port.read(0, 4, &Budget::of(PATIENCE)).unwrap_err();
        assert_held(&read);
        std::fs::remove_file(&held).unwrap();
        assert_eq!(level(&mut port).unwrap(), DebugLevel::ApRefused);
    }
}

fn network() {
    let path = socket();
    let _server = serve(&path, TestChip::new(true), Options::default()).unwrap();
    let holder = UnixStream::connect(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let selector = format!("20b7:9db1:unix:{}", path.display());
    let (mut port, _) = port(folder.path(), &selector, Dur::ms(300));
    assert_held(&level(&mut port).unwrap_err());
    drop(holder);
    port.aim("20b7:9db1:unix:/nonexistent/probe");
    let gone = level(&mut port).unwrap_err();
    assert!(!gone.what.contains("held by"), "{gone}");
    let (mut patient, _) = super::held::port(folder.path(), &selector, Dur::secs(40));
    assert_eq!(level(&mut patient).unwrap(), DebugLevel::ApRefused);
}

fn no_race() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let free = |port: &mut DebugPort| port.await_free(&Budget::of(PATIENCE));
    let (mut absent, _) = port(folder, "f055:0001:a", Dur::ms(300));
    free(&mut absent).unwrap();
    let _server = plug(folder, "a", true);
    let (mut port, _) = port(folder, "f055:0001:a", Dur::ms(300));
    free(&mut port).unwrap();
    std::fs::write(file(folder, "a", "held"), "busy").unwrap();
    assert_held(&free(&mut port).unwrap_err());
}

/// probe-rs#1835: of two probes of one kind one alone was listed.
fn two_fit() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let _servers = [plug(folder, "a", true), plug(folder, "b", false)];
    let (mut either, _) = port(folder, "f055:0001", Dur::secs(40));
    let started = Instant::now();
    for trouble in [
        level(&mut either).unwrap_err(),
        either.await_free(&Budget::of(PATIENCE)).unwrap_err(),
    ] {
        assert_eq!(trouble.kind, TroubleKind::Bench);
        let named = "test probe (f055:0001:a), test probe (f055:0001:b)";
        assert!(trouble.what.contains(named), "{trouble}");
    }
    let tried = |probe| file(folder, probe, "tries").exists();
    assert!(!tried("a") && !tried("b"), "one of them was opened");
    assert!(
        started.elapsed() < Duration::from_secs(40),
        "nothing to wait for"
    );
    for (probe, found) in [("a", DebugLevel::ApRefused), ("b", DebugLevel::Open)] {
        let selector = format!("f055:0001:{probe}");
        let (mut one, _) = port(folder, &selector, Dur::secs(40));
        assert_eq!(level(&mut one).unwrap(), found, "{probe}");
    }
}

fn none_fits() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (mut lost, _) = port(folder, "f055:0001:c", Dur::secs(40));
    let nothing = level(&mut lost).unwrap_err();
    assert_eq!(nothing.kind, TroubleKind::Bench, "{nothing}");
    let _servers = [plug(folder, "a", true), plug(folder, "b", true)];
    let others = level(&mut lost).unwrap_err();
    for probe in ["a", "b"] {
        let named = format!("test probe (f055:0001:{probe})");
        assert!(others.what.contains(&named), "{others}");
        assert!(!nothing.what.contains(&named), "{nothing}");
    }
}
