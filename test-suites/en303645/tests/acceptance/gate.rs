//! Before anything destructive a unit proves who it is; what may happen to it is told beforehand; a retry is no pass.

use crate::tool::{RunDir, proofhouse, root};
use libtest_mimic::{Failed, Trial};
use std::path::PathBuf;

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("gate::another_serial_stops_the_case", another_serial),
        Trial::test("gate::another_chip_stops_the_case", another_chip),
        Trial::test("gate::swapped_networks_are_found", swapped_networks),
        Trial::test(
            "gate::what_cannot_be_compared_is_no_proof",
            nothing_to_compare,
        ),
        Trial::test("gate::without_identity_nothing_destructive", no_identity),
        Trial::test(
            "gate::a_missing_grant_is_told_with_its_place",
            missing_grant,
        ),
        Trial::test("gate::the_dry_run_is_a_page", dry_run),
        Trial::test(
            "gate::a_case_that_needs_a_second_attempt_is_no_pass",
            retried,
        ),
    ]
}

/// A bench and a profile of their own, to be spoiled.
struct Desk {
    folder: tempfile::TempDir,
}

const BENCH: &str = r#"name = "desk"
profile = "profile"

[unit.plug-a]
virtual = "plug"
identity = { serial = "PLUG-000041", mac = "02:50:48:00:00:41", chip-uid = "5048c0de00000041" }
"#;

impl Desk {
    fn new(bench: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let desk = Self { folder };
        let from = root().join("device-profiles/proofhouse-plug");
        let to = desk.path("profile");
        std::fs::create_dir_all(to.join("images")).map_err(|e| e.to_string())?;
        for name in ["device.star", "profile.toml"] {
            std::fs::copy(from.join(name), to.join(name)).map_err(|e| e.to_string())?;
        }
        for image in std::fs::read_dir(from.join("images")).map_err(|e| e.to_string())? {
            let image = image.map_err(|e| e.to_string())?;
            let target = to.join("images").join(image.file_name());
            std::fs::copy(image.path(), target).map_err(|e| e.to_string())?;
        }
        std::fs::write(desk.path("bench.toml"), bench).map_err(|e| e.to_string())?;
        Ok(desk)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces a text of the profile's device script, which must be there.
    fn spoil(&self, from: &str, to: &str) -> Result<(), String> {
        let file = self.path("profile/device.star");
        let text = std::fs::read_to_string(&file).map_err(|e| e.to_string())?;
        if !text.contains(from) {
            return Err(format!("device.star has no `{from}` any more"));
        }
        std::fs::write(&file, text.replacen(from, to, 1)).map_err(|e| e.to_string())
    }

    fn run(&self, args: &[&str]) -> Result<RunDir, String> {
        let bench = self.path("bench.toml").display().to_string();
        let mut all = vec!["--bench", &bench, "--seed", "7"];
        all.extend(args);
        RunDir::run(&all)
    }
}

/// The run ends undecided, says all of these, and did nothing between the gate and its end.
fn must_be_stopped(run: &RunDir, says: &[&str]) -> Result<(), Failed> {
    let page = plain(&run.ran.out);
    if run.ran.code != 3 {
        let (code, err) = (run.ran.code, &run.ran.err);
        return Err(format!("exit {code} instead of 3\n{}\n{err}", run.ran.out).into());
    }
    if let Some(missing) = says.iter().find(|s| !page.contains(**s)) {
        return Err(format!("no `{missing}` in\n{}\n{}", run.ran.out, run.ran.err).into());
    }
    let journal = run.text("events.jsonl")?;
    if journal.contains("/api/setup") || journal.contains("\"is\":\"checked\"") {
        return Err(format!("the case did something\n{journal}").into());
    }
    Ok(())
}

/// Without the line breaks of a page.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The unit is asked, says another name than the bench file's, and is out of service for the rest of the run.
fn another_serial() -> Result<(), Failed> {
    let desk = Desk::new(BENCH)?;
    // As a wire to another unit would: the unit itself says another name.
    desk.spoil("\"serial\": said.groups[0]", "\"serial\": said.groups[1]")?;
    let run = desk.run(&["--case", "factory_reset", "--case", "password_after_reset"])?;
    must_be_stopped(
        &run,
        &[
            "plug-a should be serial PLUG-000041 but says 127.",
            "(console): the wires of two units may be swapped",
            "OUT OF SERVICE plug-a",
            "put the wires of plug-a right",
            "plug-a is out of service",
        ],
    )?;
    let journal = run.text("events.jsonl")?;
    if !journal.contains("\"is\":\"identified\"") || !journal.contains("\"is\":\"unit-broken\"") {
        return Err(format!("neither asked nor broken\n{journal}").into());
    }
    Ok(())
}

/// Words of a value that the unit did not tell.
const NOT_TOLD: &str = "and the unit did not tell that there";

/// A number of the chip that no probe has read is the script's own, right or wrong.
fn another_chip() -> Result<(), Failed> {
    for uid in ["5048c0de00000041", "5048c0de00000042"] {
        let desk = Desk::new(BENCH)?;
        desk.spoil(
            "return {\"console\": {\"serial\"",
            &format!("return {{\"debug\": {{\"chip-uid\": \"{uid}\"}}, \"console\": {{\"serial\""),
        )?;
        let run = desk.run(&["--case", "factory_reset"])?;
        must_be_stopped(&run, &[NOT_TOLD])?;
    }
    Ok(())
}

/// An address that the console did not tell ties no network to it.
fn swapped_networks() -> Result<(), Failed> {
    let desk = Desk::new(BENCH)?;
    desk.spoil("\"address\": said.groups[1]", "\"address\": \"127.0.0.9\"")?;
    let run = desk.run(&["--case", "factory_reset"])?;
    must_be_stopped(&run, &[NOT_TOLD, "127.0.0.9 of console"])
}

/// A unit that tells nothing the bench file knows could be any unit; it is not broken for that.
fn nothing_to_compare() -> Result<(), Failed> {
    let desk = Desk::new(BENCH)?;
    desk.spoil("\"serial\": said.groups[0], ", "")?;
    let run = desk.run(&["--case", "factory_reset"])?;
    must_be_stopped(
        &run,
        &[
            "it could be any unit",
            "write into `identity` of [unit.plug-a]",
        ],
    )?;
    match run.ran.out.contains("OUT OF SERVICE") {
        true => Err("a unit that told nothing was taken out of service".into()),
        false => Ok(()),
    }
}

fn no_identity() -> Result<(), Failed> {
    let bench: String = BENCH
        .lines()
        .filter(|l| !l.starts_with("identity"))
        .map(|l| format!("{l}\n"))
        .collect();
    let desk = Desk::new(&bench)?;
    let bench = desk.path("bench.toml").display().to_string();
    must_say(
        proofhouse(&["run", "--bench", &bench, "--case", "factory_reset"])?,
        2,
        &[
            "factory_reset cannot run",
            "cannot prove who it is before factory-reset",
            "[unit.plug-a]",
        ],
    )?;
    let ran = proofhouse(&["check", "--bench", &bench])?;
    must_say(
        ran,
        0,
        &["left out: factory_reset: ", "write identity = { serial"],
    )
}

fn missing_grant() -> Result<(), Failed> {
    let desk = Desk::new(BENCH)?;
    let bench = desk.path("bench.toml").display().to_string();
    let asked = proofhouse(&[
        "run",
        "--dry-run",
        "--bench",
        &bench,
        "--case",
        "update_tamper",
    ])?;
    let place = format!("write grants = [\"may-brick\"] below [unit.plug-a] in {bench}");
    must_say(
        asked,
        2,
        &["update_tamper cannot run", &place, "nothing was started"],
    )?;
    let planned = proofhouse(&["run", "--dry-run", "--bench", &bench])?;
    must_say(
        planned,
        0,
        &[
            "not granted",
            "may-brick: ports_after_update, update_power_cut, update_rollback, update_tamper are left out",
        ],
    )
}

fn must_say(ran: crate::tool::Ran, code: i32, parts: &[&str]) -> Result<(), Failed> {
    let said = format!("{}\n{}", ran.out, ran.err);
    if ran.code != code {
        return Err(format!("exit {} instead of {code}\n{said}", ran.code).into());
    }
    let whole = plain(&said);
    match parts.iter().find(|p| !whole.contains(**p)) {
        Some(missing) => Err(format!("no `{missing}` in\n{said}").into()),
        None => Ok(()),
    }
}

/// It shows all of it, and fits a terminal.
fn dry_run() -> Result<(), Failed> {
    for more in [
        &[][..],
        &["--case", "tls_https"],
        &["--retries", "2", "--unit", "plug-a"],
    ] {
        let mut args = vec!["run", "--dry-run", "--seed", "7"];
        args.extend(more);
        let ran = proofhouse(&args)?;
        if let Some(line) = ran.out.lines().find(|l| l.chars().count() > 100) {
            return Err(format!("longer than 100 columns: {line}").into());
        }
        if ran.out.contains('\u{1b}') || ran.code != 0 {
            return Err(format!("exit {}\n{}", ran.code, ran.out).into());
        }
    }
    let ran = proofhouse(&["run", "--dry-run", "--seed", "7"])?;
    let order: Vec<_> = ran
        .out
        .lines()
        .filter(|l| l.contains(" tls_https ") || l.contains(" update_tamper "))
        .collect();
    if order.len() != 2 || !order[0].contains("reversible") || !order[1].contains("may-brick") {
        return Err(format!("not safe first: {order:?}").into());
    }
    must_say(
        ran,
        0,
        &[
            "nothing is started",
            "user data and set-up are gone afterwards",
            "cases: must be chip-uid 5048c0de00000042, mac 02:50:48:00:00:42, serial PLUG-000042",
            "may-brick: used by update_",
            "may-brick: not used by this plan",
            "LEFT OUT nothing",
            "usually about",
            "retries none",
        ],
    )
}

/// The first attempt meets a bench that tells nothing, the second all is well: on record, told, and no pass.
fn retried() -> Result<(), Failed> {
    let desk = Desk::new(BENCH)?;
    // Only a unit that was set up says who it is, and being asked sets it up: so the second attempt differs.
    desk.spoil(
        "def identity(bench: Bench):\n",
        "def identity(bench: Bench):\n    if is_factory_default(bench):\n        order = \
         {\"label_password\": bench.label(\"password\"), \
         \"owner_password\": \"ten characters or more\"}\n        bench.lan.http(\"POST\", \"/api/setup\", API, \
          json = order)\n        return {}\n",
    )?;
    let run = desk.run(&["--case", "factory_reset", "--retries", "2"])?;
    let page = plain(&run.ran.out);
    if run.ran.code != 3 {
        return Err(format!("exit {} instead of 3\n{}", run.ran.code, run.ran.out).into());
    }
    for part in [
        "INCONCLUSIVE factory_reset",
        "flaky",
        "attempt 1: error: ",
        "attempt 2: pass: ",
    ] {
        if !page.contains(part) {
            return Err(format!("no `{part}` in\n{}", run.ran.out).into());
        }
    }
    let xml = run.text("junit.xml")?;
    if !xml.contains("type=\"FLAKY\"") {
        return Err(format!("not flaky\n{xml}").into());
    }
    let starts = run
        .text("events.jsonl")?
        .matches("\"is\":\"task-started\"")
        .count();
    match starts {
        2 => Ok(()),
        n => Err(format!("{n} attempts on record instead of 2").into()),
    }
}
