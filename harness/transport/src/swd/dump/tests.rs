//! A file in the place of a debug port.

use super::*;
use crate::Budget;
use crate::swd::DebugPort;
use proofhouse_model::TroubleKind;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

struct Flash(PathBuf);

impl Flash {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let name = format!("proofhouse-dump-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn port(&self, at: Option<u64>) -> DebugPort {
        let facts = DebugFacts {
            flash: vec![(0x0800_0000, 12)],
            ..DebugFacts::default()
        };
        DebugPort::of_dump(Dump::open(&self.0, at, &facts).unwrap())
    }
}

impl Drop for Flash {
    fn drop(&mut self) {
        // A file left behind in the system's folder harms nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn refused<T: fmt::Debug>(result: Result<T, Trouble>, words: &str) {
    let trouble = result.unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert!(trouble.what.contains(words), "{trouble}");
}

#[test]
fn bytes_lie_where_the_profile_or_the_bench_file_says() {
    let flash = Flash::new("at", b"secret bytes");
    let budget = Budget::of(LONG);
    let mut port = flash.port(None);
    assert_eq!(port.read(0x0800_0007, 5, &budget).unwrap(), b"bytes");
    assert_eq!(flash.port(Some(0)).read(0, 6, &budget).unwrap(), b"secret");
    for (at, len) in [(0x0800_0007, 6), (0x07ff_ffff, 1), (0, 1), (u64::MAX, 2)] {
        refused(port.read(at, len, &budget), "not in it");
    }
}

#[test]
fn it_says_that_it_is_a_dump_of_which_date_and_hash() {
    let flash = Flash::new("facts", b"abc");
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let file = File::options().write(true).open(&flash.0).unwrap();
    file.set_modified(then).unwrap();
    let said = flash.port(None).dump().unwrap().to_string();
    assert!(
        said.contains("3 bytes from 0x8000000 on, of 2023-11-14 22:13:20 UTC"),
        "{said}"
    );
    assert!(said.ends_with("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

#[test]
fn nothing_of_the_port_is_observed() {
    let flash = Flash::new("port", b"secret bytes");
    let (mut port, budget) = (flash.port(None), Budget::of(LONG));
    refused(port.grade(&budget), "nothing of the port");
    refused(port.await_free(&budget), "nothing of the port");
    refused(
        port.start_race(LONG, &budget).map(drop),
        "nothing of the port",
    );
    assert_eq!(port.identify(&budget).unwrap(), None);
}

#[test]
fn what_a_unit_wrote_since_is_not_looked_for_in_it() {
    let flash = Flash::new("stale", b"secret bytes");
    let (mut port, budget) = (flash.port(None), Budget::of(LONG));
    port.unit_was_used();
    refused(
        port.read(0x0800_0000, 1, &budget),
        "before the unit was used",
    );
}

#[test]
fn a_dump_that_changes_during_the_run_is_not_the_one_on_record() {
    let flash = Flash::new("changed", b"secret bytes");
    let (mut port, budget) = (flash.port(None), Budget::of(LONG));
    let file = File::options().write(true).open(&flash.0).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    refused(
        port.read(0x0800_0000, 1, &budget),
        "was changed during the run",
    );
}

#[test]
fn what_is_no_file_is_refused_and_nobody_waits_for_it() {
    for path in ["/nonexistent/flash.bin", "/dev/zero", "/tmp"] {
        let opened = Dump::open(Path::new(path), None, &DebugFacts::default());
        refused(opened, "cannot be read");
    }
}
