//! Nothing done, nothing seen or nothing claimed is never a pass and never exit code 0.

use crate::tool::{Ran, RunDir, proofhouse, root};
use libtest_mimic::{Failed, Trial};
use std::fs;
use std::path::Path;

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test(
            "vacuous::a_case_that_shows_nothing_is_no_pass",
            cases_that_show_nothing,
        ),
        Trial::test(
            "vacuous::a_filter_that_selects_nothing_is_wrong_input",
            empty_filters,
        ),
        Trial::test("vacuous::an_empty_ics_is_undecided", empty_ics),
        Trial::test("vacuous::wrong_claims_are_warned_of_and_fail", wrong_claims),
        Trial::test("vacuous::a_missing_ixit_table_is_told", missing_ixit),
        Trial::test("vacuous::an_address_with_nobody_is_undecided", || {
            nobody("127.99.7.1")
        }),
        Trial::test("vacuous::an_address_without_route_is_undecided", || {
            // Link-local without an interface: the system refuses to send, whatever routes it has.
            nobody("fe80::1%lo")
        }),
        Trial::test("vacuous::a_suite_without_cases_is_wrong_input", no_cases),
        Trial::test(
            "vacuous::a_lock_seen_over_swd_shows_nothing_of_jtag",
            jtag_beside_swd,
        ),
    ]
}

/// Each case of `fixtures/vacuous`: its provision, the verdict, and what the reason must say.
const SHOWS_NOTHING: &[(&str, &str, &str)] = &[
    ("no_check", "inconclusive", "nothing was shown"),
    ("only_measured", "inconclusive", "nothing was shown"),
    (
        "before_the_first_op",
        "inconclusive",
        "rests on nothing that was done",
    ),
    (
        "from_papers",
        "inconclusive",
        "rests on nothing that was done",
    ),
    (
        "of_nothing",
        "inconclusive",
        "there was no value to look at",
    ),
    ("silence", "inconclusive", "rests on nothing that was done"),
    (
        "one_password",
        "inconclusive",
        "there was no value to look at",
    ),
    (
        "blank_flash",
        "inconclusive",
        "there was no value to look at",
    ),
    ("no_flash", "inconclusive", "there was no value to look at"),
    ("no_handshake", "inconclusive", "refused"),
    ("no_input_sent", "error", "a fuzz batch of no inputs"),
    ("no_input_answered", "inconclusive", "refused"),
    ("gives_up", "inconclusive", "there is no second user"),
];

type Json = serde_json::Value;

fn wrong(what: &str, ran: &Ran) -> Failed {
    format!("{what}\nexit {}\n{}\n{}", ran.code, ran.out, ran.err).into()
}

/// The suite's data with other cases.
pub fn suite_of(cases: &Path) -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    copy(
        &root().join("test-suites/en303645"),
        folder.path(),
        &["cases", "lib", "tests", "src"],
    )
    .and_then(|()| copy(cases, &folder.path().join("cases"), &[]))
    .map_err(|e| e.to_string())?;
    Ok(folder)
}

/// A folder without some of its entries.
pub fn copy(from: &Path, to: &Path, but: &[&str]) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let target = to.join(&name);
        match entry.file_type()?.is_dir() {
            _ if but.iter().any(|b| name == *b) => {}
            true => copy(&entry.path(), &target, &[])?,
            false => drop(fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}

fn report(run: &RunDir) -> Result<Json, String> {
    serde_json::from_str(&run.text("report.json")?).map_err(|e| e.to_string())
}

fn row<'a>(report: &'a Json, kind: &str, id: &str) -> Result<&'a Json, String> {
    let rows = report["products"][0][kind].as_array().ok_or("no rows")?;
    let key = if kind == "tasks" { "case" } else { "id" };
    let found = rows.iter().find(|r| r[key] == id);
    found.ok_or_else(|| format!("no {id} among {kind}"))
}

fn cases_that_show_nothing() -> Result<(), Failed> {
    let suite = suite_of(&root().join("fixtures/vacuous/cases"))?;
    let suite = suite.path().display().to_string();
    let control = RunDir::run(&["--suite", &suite, "--case", "good"])?;
    if control.ran.code != 0 {
        return Err(wrong("the control does not pass", &control.ran));
    }
    let run = RunDir::run(&["--suite", &suite])?;
    if run.ran.code != 3 {
        return Err(wrong("the exit code is not 3", &run.ran));
    }
    let report = report(&run)?;
    for (case, verdict, why) in SHOWS_NOTHING {
        let found = row(&report, "tasks", case)?;
        let said = found["why"].as_str().unwrap_or_default();
        if found["verdict"] != *verdict || !said.contains(why) {
            return Err(format!(
                "{case}: {} `{said}`, not {verdict} `{why}`",
                found["verdict"]
            )
            .into());
        }
        if found["rests_on"].as_array().is_none_or(Vec::is_empty) {
            return Err(format!("{case}: its verdict cites no event").into());
        }
    }
    for (provision, functional) in [
        ("5.9-1", Json::from("pass")),
        ("5.3-2", Json::from("pass")),
        // Claimed by the same case, and no check spoke for it.
        ("5.3-7", Json::from("inconclusive")),
        // Its only case was left out.
        ("5.13-1", Json::Null),
    ] {
        let found = row(&report, "provisions", provision)?;
        if found["functional"] != functional {
            return Err(format!("{provision}: {}", found["functional"]).into());
        }
    }
    let left_out = row(&report, "provisions", "5.13-1")?;
    if left_out["standing"] != "inconclusive" || !left_out.to_string().contains("smoke-signals") {
        return Err(format!("5.13-1: {left_out}").into());
    }
    cited(&run, &report)
}

/// Every number cited is an event of the case, and every pass cites an op that came to its end.
fn cited(run: &RunDir, report: &Json) -> Result<(), Failed> {
    let text = run.text("events.jsonl")?;
    let events: Vec<Json> = text
        .lines()
        .filter_map(|l| serde_json::from_str(l).ok())
        .collect();
    let event = |seq: &Json| {
        let has = |e: &&Json| e["seq"] == *seq || e["event"]["seq"] == *seq;
        events.iter().find(has).map(|e| {
            if e["event"].is_object() {
                &e["event"]
            } else {
                e
            }
        })
    };
    for case in report["products"][0]["tasks"]
        .as_array()
        .ok_or("no tasks")?
    {
        let mut done = false;
        for seq in case["rests_on"].as_array().ok_or("no rests_on")? {
            let event = event(seq)
                .ok_or_else(|| format!("{}: event {seq} is not in the journal", case["id"]))?;
            if event["task"] != case["id"] {
                return Err(
                    format!("{}: event {seq} is of {}", case["case"], event["task"]).into(),
                );
            }
            done |= event["fact"]["is"] == "op-ended";
        }
        if case["verdict"] == "pass" && !done {
            return Err(format!("{} passes and cites no op", case["id"]).into());
        }
    }
    Ok(())
}

fn refused(args: &[&str], says: &str) -> Result<(), Failed> {
    let ran = proofhouse(args)?;
    match ran.code == 2 && ran.err.contains(says) {
        true => Ok(()),
        false => Err(wrong(
            &format!("{args:?} must be refused with `{says}`"),
            &ran,
        )),
    }
}

fn empty_filters() -> Result<(), Failed> {
    refused(
        &["run", "--case", "brute_force", "--provision", "5.3-2"],
        "brute_force",
    )?;
    refused(&["run", "--provision", "5.2-1"], "nothing is left of")?;
    refused(
        &["run", "--case", "secrets_in_flash", "--unit", "plug-a"],
        "secrets_in_flash cannot run",
    )?;
    refused(
        &[
            "run",
            "--provision",
            "5.4-1",
            "--unit",
            "plug-b",
            "--case",
            "secrets_in_flash",
        ],
        "cannot run",
    )?;
    refused(
        &["run", "--provision", "5.2-1", "--unit", "plug-b"],
        "nothing is left of",
    )
}

/// A virtual unit is made with it.
const IDENTITY: &str = "identity = { serial = \"PLUG-000041\", mac = \"02:50:48:00:00:41\", \
                        chip-uid = \"5048c0de00000041\" }";

/// A bench of virtual units with a changed copy of their profile.
fn bench_with(change: impl Fn(&str) -> String, unit: &str) -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let profile = folder.path().join("profile");
    copy(
        &root().join("device-profiles/proofhouse-plug"),
        &profile,
        &[],
    )
    .map_err(|e| e.to_string())?;
    let file = profile.join("profile.toml");
    let text = fs::read_to_string(&file).map_err(|e| e.to_string())?;
    let changed = change(&text);
    fs::write(&file, changed).map_err(|e| e.to_string())?;
    let bench = format!(
        "name = \"b\"\nprofile = \"profile\"\n\n[unit.a]\nvirtual = \"plug\"\n{IDENTITY}\n{unit}\n"
    );
    fs::write(folder.path().join("bench.toml"), bench).map_err(|e| e.to_string())?;
    Ok(folder)
}

fn bench_file(folder: &tempfile::TempDir) -> String {
    folder.path().join("bench.toml").display().to_string()
}

/// Lines of one table gone, its header kept or not.
fn without(text: &str, header: &str) -> String {
    let mut inside = false;
    let kept = text.lines().filter(|line| {
        if line.starts_with('[') {
            inside = line.starts_with(header);
        }
        !inside
    });
    kept.collect::<Vec<_>>().join("\n") + "\n"
}

/// An interface beside that of the plug, which no probe of its bench speaks.
const JTAG: &str = r#"[[ixit.15-Intf]]
id = "Intf-JTAG"
description = "JTAG on test pads inside the casing"
type = "physical"
status = "disabled"
debug-interface = "yes, not reachable from outside"
protection = "readback protection of the chip, closed casing"

[ixit.15-Intf.bench]
debug = true
speaks = "jtag"
reachable = false
needed = false
radio = false
covered-by = "casing"
needed-now-and-then = false
disable = "hardware"
default = "permanent"

"#;

fn jtag_beside_swd() -> Result<(), Failed> {
    const SWD: &str = "[[ixit.15-Intf]]\nid = \"Intf-SWD\"";
    for (added, code, verdict) in [("", 0, "pass"), (JTAG, 3, "inconclusive")] {
        let bench = bench_with(
            |text| {
                assert!(text.contains(SWD), "the plug has no such row any more");
                text.replacen(SWD, &format!("{added}{SWD}"), 1)
            },
            "",
        )?;
        let run = RunDir::run(&["--bench", &bench_file(&bench), "--case", "debug_port_lock"])?;
        if run.ran.code != code {
            return Err(wrong(&format!("the exit code is not {code}"), &run.ran));
        }
        let report = report(&run)?;
        let found = row(&report, "tasks", "debug_port_lock")?;
        let told = found["cannot_rule_out"].to_string().contains("over JTAG");
        // In a check of the journal: the plan has the statement with every row.
        let named = run.text("events.jsonl")?.contains("Intf-JTAG");
        if found["verdict"] != verdict || !told || named == added.is_empty() {
            return Err(format!("{verdict}: {found}").into());
        }
    }
    Ok(())
}

fn empty_ics() -> Result<(), Failed> {
    let bench = bench_with(|text| without(text, "[ics]"), "")?;
    let file = bench_file(&bench);
    let checked = proofhouse(&["check", "--bench", &file])?;
    if checked.code != 0
        || !checked
            .out
            .contains("warning: no claim in [ics] for 4-1, 5.1-1")
    {
        return Err(wrong("check does not warn of missing claims", &checked));
    }
    let run = RunDir::run(&["--bench", &file, "--case", "tls_https"])?;
    if run.ran.code != 3 {
        return Err(wrong("an empty ICS is not exit 3", &run.ran));
    }
    let report = report(&run)?;
    let served = row(&report, "provisions", "5.5-1")?;
    match (&served["standing"], &served["verdict"]) {
        (s, v) if s == "no-claim" && v == "inconclusive" => Ok(()),
        _ => Err(format!("5.5-1: {served}").into()),
    }
}

fn wrong_claims() -> Result<(), Failed> {
    let from = "\"5.1-3\" = { support = \"Y\", \
                detail = \"passwords travel in TLS 1.2 or 1.3 only and are kept as PBKDF2-HMAC-SHA-256\" }";
    let bench = |to: &str| {
        let changed = bench_with(|text| text.replacen(from, to, 1), "")?;
        let ran = proofhouse(&["check", "--bench", &bench_file(&changed)])?;
        Ok::<_, String>((changed, ran))
    };
    for (to, code, says) in [
        (
            "\"5.1-3\" = { support = \"N\", detail = \"not yet\" }",
            1,
            "5.1-3: claimed N, but 5.1-3 is mandatory",
        ),
        (
            "\"5.1-3\" = { support = \"N/A\", detail = \"no need\" }",
            1,
            "5.1-3: claimed N/A, but 5.1-3 has no condition",
        ),
        ("", 0, "no claim in [ics] for 5.1-3"),
    ] {
        let (_, ran) = bench(to)?;
        if ran.code != code || !ran.out.contains("warning: ") || !ran.out.contains(says) {
            return Err(wrong(&format!("check does not warn: {says}"), &ran));
        }
    }
    let (changed, _) = bench("\"5.1-3\" = { support = \"N\", detail = \"not yet\" }")?;
    let run = RunDir::run(&["--bench", &bench_file(&changed), "--case", "tls_https"])?;
    match run.ran.code {
        1 => Ok(()),
        _ => Err(wrong("a wrong claim is not exit 1", &run.ran)),
    }
}

fn missing_ixit() -> Result<(), Failed> {
    let bench = bench_with(|text| without(text, "[[ixit.13-SoftServ]]"), "")?;
    let file = bench_file(&bench);
    let says = "without IXIT 13-SoftServ nothing can be concluded";
    refused(&["run", "--bench", &file, "--case", "open_ports"], says)?;
    // All that is left of the suite is left out.
    refused(&["run", "--bench", &file, "--provision", "5.6-1"], says)
}

/// The unit's address leads to nobody: no scan, no assessment and no campaign may come out clean.
fn nobody(address: &str) -> Result<(), Failed> {
    let lan = format!(
        "power = {{ driver = \"virtual\" }}\nconsole = {{ driver = \"virtual\" }}\n\
         lan = {{ driver = \"ip\", address = \"{address}\" }}\ngrants = [\"may-brick\"]"
    );
    let bench = bench_with(|text| text.replace("boot = \"8s\"", "boot = \"2s\""), &lan)?;
    let file = bench_file(&bench);
    let cases = ["open_ports", "tls_https", "fuzz_https", "fuzz_coap"];
    let mut args = vec!["--bench", file.as_str()];
    cases.iter().for_each(|case| args.extend(["--case", case]));
    let run = RunDir::run(&args)?;
    if run.ran.code != 3 {
        return Err(wrong("an address with nobody is not exit 3", &run.ran));
    }
    let report = report(&run)?;
    for case in cases {
        let found = row(&report, "tasks", case)?;
        let open = found["verdict"] == "inconclusive" || found["verdict"] == "error";
        if !open || found["why"].as_str().unwrap_or_default().is_empty() {
            return Err(format!("{case}: {}: {}", found["verdict"], found["why"]).into());
        }
    }
    Ok(())
}

fn no_cases() -> Result<(), Failed> {
    let nothing = tempfile::tempdir().map_err(|e| e.to_string())?;
    let suite = suite_of(nothing.path())?;
    let suite = suite.path().display().to_string();
    refused(&["run", "--suite", &suite], "case")
}
