//! What a plug says in clear is found by its tap, what it says in TLS is not, and a tap that heard nothing shows
//! nothing.

use crate::tool::{RunDir, proofhouse};
use crate::vacuous::suite_of;
use libtest_mimic::{Failed, Trial};
use std::path::Path;

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "tap::what_a_plug_says_in_clear_is_found",
        planted,
    )]
}

const CASE: &str = r#""""Plants a value in what a plug is asked in clear, and in what it is asked in TLS."""

case(
    provisions = ["5.9-1"],
    needs = ["power", "lan", "tap"],
    device = ["ready"],
    within = "2m",
)

CANARY = "canary-of-the-tap-4711"

def run(bench: Bench):
    bench.power.on()
    bench.device.ready(within = "30s")
    bench.tap.start()
    deaf = bench.tap.stop()
    nothing = deaf.search({"canary": CANARY})
    check.true(deaf.silent, holds = "a tap that heard nothing says so", otherwise = "it heard somebody")
    check.true(nothing.finds == None, holds = "nothing searched shows nothing", otherwise = "it looks clean")

    bench.tap.start()
    bench.lan.http("GET", "/api/" + CANARY, 8443)
    sealed = bench.tap.stop()
    found = sealed.search({"canary": CANARY})
    check.equal(found.gaps, [], holds = "nothing was lost", otherwise = "something was lost")
    check.empty(found.finds, holds = "TLS hides it", otherwise = "TLS shows it")
    tls = sealed.flows[0].tls
    check.true(
        tls != None and tls.chosen in ["TLSv1.2", "TLSv1.3"],
        holds = "the hello was heard",
        otherwise = "no hello was heard",
    )

    bench.tap.start()
    bench.lan.coap("GET", "/" + CANARY)
    bench.lan.coap("GET", "/status")
    clear = bench.tap.stop()
    found = clear.search({"canary": CANARY, "status": "uptime_ms"})
    said = ["%s by %s" % (find.needle, find.by) for find in found.finds or []]
    check.true("canary by peer" in said, holds = "what it was asked is found", otherwise = "it is not found")
    check.true("status by unit" in said, holds = "what it answered is found", otherwise = "it is not found")
    flow = clear.flows[0]
    check.equal(
        (flow.protocol, flow.own_port, flow.begun_by),
        ("udp", 5683, "peer"),
        holds = "the flow is told",
        otherwise = "another flow is told",
    )
"#;

fn planted() -> Result<(), Failed> {
    let cases = tempfile::tempdir()?;
    std::fs::write(cases.path().join("tap.star"), CASE)?;
    let suite = suite_of(cases.path())?;
    let suite = suite.path().display().to_string();
    let run = RunDir::run(&["--suite", &suite, "--case", "tap", "--unit", "plug-a"])?;
    if run.ran.code != 0 {
        return Err(format!("exit {}\n{}\n{}", run.ran.code, run.ran.out, run.ran.err).into());
    }
    let path = run.path()?;
    let files = captures(&path.join("blobs"))?;
    if files != 3 {
        return Err(format!("{files} captures were kept, not 3").into());
    }
    let path = path.display().to_string();
    for again in [
        &["verify", &path][..],
        &["rejudge", &path, "--suite", &suite],
    ] {
        let ran = proofhouse(again)?;
        if ran.code != 0 {
            return Err(format!("{again:?}: exit {}\n{}\n{}", ran.code, ran.out, ran.err).into());
        }
    }
    Ok(())
}

/// How many files of a folder, and of those in it, begin as every pcapng file does.
fn captures(folder: &Path) -> std::io::Result<usize> {
    let mut found = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        found += match path.is_dir() {
            true => captures(&path)?,
            false => usize::from(std::fs::read(&path)?.starts_with(b"\x0a\x0d\x0d\x0a")),
        };
    }
    Ok(found)
}
