//! What one verb costs beside the bench: a case of many ops against a host that does nothing.
//!
//! `cargo run --release -p proofhouse-script --example overhead`

#[path = "../tests/common/mod.rs"]
#[allow(clippy::duplicate_mod)]
mod common;

use proofhouse_model::{
    BlobId, Channel, Check, Dur, Measurement, Observation, Op, Profile, SecretKind, Trouble,
};
use proofhouse_script::{Host, load_suite_cases, run_case};
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

/// Does nothing, at once.
struct Idle(Profile);

impl Host for Idle {
    fn perform(&self, _: usize, _: Op) -> Result<Observation, Trouble> {
        Ok(Observation::Done)
    }
    fn checked(&self, _: Check) -> Result<(), Trouble> {
        Ok(())
    }
    fn measured(&self, _: Measurement) -> Result<(), Trouble> {
        Ok(())
    }
    fn noted(&self, _: &str) -> Result<(), Trouble> {
        Ok(())
    }
    fn name_secret(&self, _: &str, _: &[u8]) -> Result<(), Trouble> {
        Ok(())
    }
    fn fresh_secret(&self, _: &str, kind: SecretKind, length: usize) -> Result<String, Trouble> {
        proofhouse_script::fresh_secret(kind, length)
    }
    fn matched(&self, _: &[u8], _: &str, fits: bool) -> Result<bool, Trouble> {
        Ok(fits)
    }
    fn clock(&self) -> Result<u64, Trouble> {
        Ok(0)
    }
    fn ran_out(&self, _: u64, _: Dur) -> Result<bool, Trouble> {
        Ok(false)
    }
    fn blob(&self, _: &BlobId) -> Option<Vec<u8>> {
        None
    }
    fn file(&self, _: &str) -> Result<Option<Vec<u8>>, Trouble> {
        Ok(Some(vec![0; 1 << 20]))
    }
    fn has(&self, _: usize, _: Channel) -> bool {
        true
    }
    fn profile(&self) -> &Profile {
        &self.0
    }
    fn unit_name(&self, _: usize) -> String {
        "plug".into()
    }
    fn specimens(&self) -> usize {
        1
    }
    fn seed(&self) -> u64 {
        1
    }
    fn now_ms(&self) -> u64 {
        0
    }
    fn pause(&self, _: Dur) -> Result<(), Trouble> {
        Ok(())
    }
    fn stopped(&self) -> Option<Trouble> {
        None
    }
}

fn main() -> std::io::Result<()> {
    const TIMES: u32 = 100_000;
    let mut out = std::io::stdout().lock();
    let script = "def ready(bench: Bench, within):\n    bench.console.skip()\n";
    let device = common::device(script);
    for (what, line) in [
        ("power.on", "bench.power.on()"),
        ("console.line", "bench.console.line(\"version\")"),
        (
            "attempt of power.on",
            "bench.attempt(lambda: bench.power.on())",
        ),
        (
            "device.ready (one op inside)",
            "bench.device.ready(within = \"5s\")",
        ),
        (
            "check.equal",
            "check.equal(1, 1, holds = \"yes\", otherwise = \"no\")",
        ),
        (
            "image.flip of 1 MiB",
            "if i % 100 == 0:\n            image.flip(i)",
        ),
    ] {
        let body = format!("image = bench.file(\"x\")\nfor i in range({TIMES}):\n    {line}")
            .replace("            ", "        ");
        let folder = tempfile::tempdir()?;
        common::write(folder.path(), &[("cases/x.star", &common::case_of(&body))]);
        let (cases, found) = load_suite_cases(folder.path());
        assert!(found.is_empty(), "{}", common::told(folder.path(), &found));
        let host = Arc::new(Idle(common::profile()));
        let start = Instant::now();
        let end = run_case(&cases[0], Some(&device), host);
        let each = start.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES);
        writeln!(out, "{what}: {each:.2} us ({end:?})")?;
    }
    Ok(())
}
