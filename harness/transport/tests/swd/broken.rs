//! Probes that hang, workers that lie or die: always bench trouble, never a verdict on the device.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use proofhouse_fixtures::kit::swd::{Options, Server, Wire, serve};
use proofhouse_model::observation::DebugLevel;
use proofhouse_model::{Trouble, TroubleKind};
use proofhouse_transport::swd::{DebugPort, DebugTarget, WORKER_WORD};
use proofhouse_transport::{Budget, Cancel};

use super::bench::{PATIENCE, Test, TestChip, port, socket};

pub const TESTS: &[Test] = &[
    (
        "swd_a_probe_that_hangs_costs_its_worker_and_the_next_request_works",
        hang,
    ),
    ("swd_power_cut_while_attached_is_given_up", power_cut),
    ("swd_a_busy_probe_is_bench_trouble", busy),
    ("swd_missing_and_misspelt_probes_say_what_to_try", missing),
    ("swd_a_cancel_ends_a_request_under_way", give_up),
    (
        "swd_workers_that_lie_flood_or_die_are_bench_trouble",
        bad_workers,
    ),
    (
        "swd_a_worker_ends_with_its_parent_even_while_hanging",
        orphan,
    ),
];

/// Deadline for what is meant to overrun.
const SHORT: Duration = Duration::from_secs(2);

pub fn assert_bench(trouble: &Trouble, says: &str) {
    assert_eq!(trouble.kind, TroubleKind::Bench, "{trouble}");
    assert!(trouble.what.contains(says), "{trouble}");
    assert!(
        trouble.channel.is_some() && trouble.try_next.is_some(),
        "{trouble}"
    );
}

pub fn stalling() -> Options {
    Options {
        wire: Wire::StallsAfter(20),
        ..Options::default()
    }
}

/// Waits until the probe has swallowed the transfer it does not answer.
pub fn await_stall(server: &Server) {
    let started = Instant::now();
    while server.counts().transfers <= 20 {
        assert!(started.elapsed() < PATIENCE, "the worker never came");
        std::thread::yield_now();
    }
}

fn hang() {
    let path = socket();
    let server = serve(&path, TestChip::new(true), stalling()).unwrap();
    let mut port = port(&path);
    let trouble = port.grade(&Budget::of(SHORT)).unwrap_err();
    assert_bench(&trouble, "no answer from the debug probe within 2s");
    drop(server);
    let _server = serve(&path, TestChip::new(true), Options::default()).unwrap();
    assert_eq!(
        port.grade(&Budget::of(PATIENCE)).unwrap().grade.level,
        DebugLevel::ApRefused
    );
}

/// The socket closes under probe-rs, which then spins for ever.
fn power_cut() {
    let path = socket();
    let server = serve(&path, TestChip::new(true), stalling()).unwrap();
    let mut port = port(&path);
    let trouble = std::thread::scope(|scope| {
        let asked = scope.spawn(|| port.grade(&Budget::of(SHORT)).unwrap_err());
        await_stall(&server);
        drop(server);
        asked.join().unwrap()
    });
    assert_eq!(trouble.kind, TroubleKind::Bench, "{trouble}");
}

fn busy() {
    let path = socket();
    let _server = serve(&path, TestChip::new(true), Options::default()).unwrap();
    let holder = UnixStream::connect(&path).unwrap();
    let mut port = port(&path);
    assert_bench(&port.grade(&Budget::of(SHORT)).unwrap_err(), "no answer");
    drop(holder);
    assert!(port.grade(&Budget::of(PATIENCE)).is_ok());
}

fn missing() {
    let grade = |probe: &str| DebugPort::new(DebugTarget::new(probe)).grade(&Budget::of(PATIENCE));
    let gone = format!("20b7:9db1:unix:{}", socket().display());
    assert_bench(&grade(&gone).unwrap_err(), "no socket");
    assert_bench(
        &grade("20b7:9db1:tcp:127.0.0.1:1").unwrap_err(),
        "could not be opened",
    );
    assert_bench(
        &grade("1366:1015:000000000001").unwrap_err(),
        "could not be opened",
    );
    assert_bench(&grade("jlink").unwrap_err(), "no probe selector");
}

fn give_up() {
    let (path, cancel) = (socket(), Cancel::new());
    let server = serve(&path, TestChip::new(true), stalling()).unwrap();
    let mut port = port(&path);
    let budget = Budget::new(PATIENCE, &cancel);
    let trouble = std::thread::scope(|scope| {
        let asked = scope.spawn(|| port.grade(&budget).unwrap_err());
        await_stall(&server);
        cancel.cancel("ended by the technician");
        asked.join().unwrap()
    });
    assert_eq!(trouble.kind, TroubleKind::Cancelled, "{trouble}");
    assert!(trouble.what.contains("technician"), "{trouble}");
    assert_eq!(
        port.grade(&budget).unwrap_err().kind,
        TroubleKind::Cancelled
    );
    drop(server);
    let _server = serve(&path, TestChip::new(true), Options::default()).unwrap();
    assert!(port.grade(&Budget::of(PATIENCE)).is_ok());
}

fn bad_workers() {
    let within = |script: &str, patience| {
        let mut port = port(&socket());
        port = port.with_worker("/bin/sh".into(), vec!["-c".into(), script.into()]);
        port.grade(&Budget::of(patience)).unwrap_err()
    };
    let with = |script: &str| within(script, PATIENCE);
    assert_bench(&with("echo hello; exec cat"), "nonsense");
    assert_bench(&with("exec cat /dev/zero"), "nonsense");
    assert_bench(&with("exec yes '\"racing\"'"), "another question");
    assert_bench(
        &with("echo '{\"memory\":{\"len\":99999999}}'; exec cat"),
        "nonsense",
    );
    assert_bench(&within("exec tail -f /dev/null", SHORT), "within 2s");
    let last = with("read line; printf 'dying \\033[31mnow' >&2");
    assert_bench(&last, "its last words: dying [31mnow");
    let panic = with("echo '{\"panicked\":{\"message\":\"\\u001b[1mboom\"}}'; exec cat");
    assert_bench(&panic, "panicked: [1mboom");
    assert!(!panic.to_string().contains('\u{1b}'));
    let mut port = port(&socket()).with_worker("/does/not/exist".into(), vec![]);
    assert_bench(
        &port.await_free(&Budget::of(PATIENCE)).unwrap_err(),
        "does not run",
    );
}

fn orphan() {
    let path = socket();
    let server = serve(&path, TestChip::new(true), stalling()).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg(WORKER_WORD)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let probe = format!("20b7:9db1:unix:{}", path.display());
    let ask = format!(
        "{{\"grade\":{{\"probe\":\"{probe}\",\"chip\":null,\"flash\":[],\"uid\":null}}}}\n"
    );
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(ask.as_bytes()).unwrap();
    await_stall(&server);
    drop(stdin);
    let started = Instant::now();
    let ended = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status.success(),
            None if started.elapsed() > PATIENCE => break false,
            None => std::thread::yield_now(),
        }
    };
    let _ = child.kill();
    assert!(ended, "the worker outlived its parent");
}
