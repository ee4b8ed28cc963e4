//! A probe on another host: the worker runs behind a stand-in for `ssh`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use proofhouse_fixtures::kit::swd::{Options, serve};
use proofhouse_model::Trouble;
use proofhouse_model::observation::DebugLevel;
use proofhouse_transport::Budget;
use proofhouse_transport::swd::{DebugPort, WORKER_WORD};

use super::bench::{PATIENCE, Test, TestChip, socket};
use super::broken::{assert_bench, await_stall, stalling};

pub const TESTS: &[Test] = &[
    (
        "swd_a_worker_on_another_host_serves_as_one_here_does",
        serves,
    ),
    (
        "swd_another_build_on_the_other_host_is_told_before_any_request",
        another_build,
    ),
    (
        "swd_a_host_that_is_not_reached_says_so_in_the_words_of_ssh",
        not_reached,
    ),
    (
        "swd_a_link_that_drops_is_bench_trouble_and_is_made_again",
        drops,
    ),
];

const LOGIN: &str = "user@bench-2";

/// The port behind a socket, by a script in the place of `ssh`.
fn remote(folder: &Path, socket: &Path, script: &str) -> DebugPort {
    let ssh = folder.join("ssh");
    std::fs::write(&ssh, script).unwrap();
    super::bench::port(socket).on_host(LOGIN, vec!["/bin/sh".into(), ssh.into()])
}

/// A stand-in that runs the worker here, and leaves its process id and what it was called with.
fn honest(folder: &Path) -> String {
    let (program, folder) = (std::env::current_exe().unwrap(), folder.display());
    format!(
        "echo $$ > '{folder}/pid'\necho \"$*\" > '{folder}/words'\nexec '{}' {WORKER_WORD}\n",
        program.display()
    )
}

fn serves() {
    let (folder, path) = (tempfile::tempdir().unwrap(), socket());
    let chip = TestChip::new(false);
    let server = serve(&path, chip.clone(), Options::default()).unwrap();
    let mut port = remote(folder.path(), &path, &honest(folder.path()));
    let grading = port.grade(&Budget::of(PATIENCE)).unwrap();
    assert_eq!(grading.grade.level, DebugLevel::Open);
    let bytes = port.read(0x100, 64, &Budget::of(PATIENCE)).unwrap();
    assert_eq!(bytes, chip.bytes(0x100, 64));
    let words = std::fs::read_to_string(folder.path().join("words")).unwrap();
    assert!(words.contains("-o BatchMode=yes"), "{words}");
    let command = format!("-- {LOGIN} proofhouse {WORKER_WORD}\n");
    assert!(words.ends_with(&command), "{words}");
    chip.assert_untouched(&server);
    drop(server);
    let gone = port.grade(&Budget::of(PATIENCE)).unwrap_err();
    assert_bench(&gone, "(on user@bench-2)");
}

/// What comes of a grade behind a stand-in that is no honest one.
fn refused(script: &str, within: Duration) -> Trouble {
    let folder = tempfile::tempdir().unwrap();
    let mut port = remote(folder.path(), &socket(), script);
    port.grade(&Budget::of(within)).unwrap_err()
}

fn another_build() {
    let hello = r#"read hello; echo '{"hello":{"build":"0.0.1+beef"}}'; exec cat"#;
    let trouble = refused(hello, PATIENCE);
    assert_bench(&trouble, "Proofhouse on user@bench-2 is 0.0.1+beef");
    let next = trouble.try_next.unwrap();
    assert!(next.contains("the same Proofhouse"), "{next}");
}

fn not_reached() {
    let denied = "echo 'user@bench-2: Permission denied (publickey).' >&2; exit 255";
    let trouble = refused(denied, PATIENCE);
    assert_bench(&trouble, "Permission denied (publickey)");
    assert!(trouble.what.contains("no worker"), "{trouble}");
    let next = trouble.try_next.as_deref().unwrap();
    assert!(next.contains("ssh -o BatchMode=yes user@bench-2"), "{next}");

    let absent = refused("echo 'sh: proofhouse: not found' >&2; exit 127", PATIENCE);
    assert_bench(&absent, "proofhouse: not found");
    let banner = refused("echo 'Welcome to bench-2'; exec cat", PATIENCE);
    assert_bench(&banner, "nonsense");
    let silent = refused("exec tail -f /dev/null", Duration::from_secs(2));
    assert_bench(&silent, "no answer");
}

fn drops() {
    let (folder, path) = (tempfile::tempdir().unwrap(), socket());
    let server = serve(&path, TestChip::new(true), stalling()).unwrap();
    let mut port = remote(folder.path(), &path, &honest(folder.path()));
    let trouble = std::thread::scope(|scope| {
        let asked = scope.spawn(|| port.grade(&Budget::of(PATIENCE)).unwrap_err());
        await_stall(&server);
        let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
        let killed = Command::new("kill").args(["-9", pid.trim()]).status();
        assert!(killed.unwrap().success());
        asked.join().unwrap()
    });
    assert_bench(&trouble, "ended by itself");
    assert!(trouble.what.contains("(on user@bench-2)"), "{trouble}");
    drop(server);
    let _server = serve(&path, TestChip::new(true), Options::default()).unwrap();
    let grading = port.grade(&Budget::of(PATIENCE)).unwrap();
    assert_eq!(grading.grade.level, DebugLevel::ApRefused);
}
