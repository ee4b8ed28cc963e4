//! Wrong input: exit 2, the place, the expectation, the nearest name, and nothing started.

use crate::tool::{RunDir, proofhouse};
use libtest_mimic::{Failed, Trial};
use std::path::Path;

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("broken::bench_key", bench_key),
        Trial::test("broken::not_a_file", not_a_file),
        Trial::test(
            "broken::names_on_the_command_line",
            names_on_the_command_line,
        ),
        Trial::test("broken::two_units_on_one_broker", two_on_one_broker),
        Trial::test("broken::a_bench_that_cannot_be_opened", not_opened),
        Trial::test("broken::a_misspelt_verb_in_a_case", misspelt_verb),
        Trial::test(
            "broken::a_misspelt_operation_in_a_device_script",
            misspelt_operation,
        ),
    ]
}

fn must_say(args: &[&str], parts: &[&str]) -> Result<(), Failed> {
    let ran = proofhouse(args)?;
    if ran.code != 2 {
        return Err(format!("exit {} instead of 2\n{}\n{}", ran.code, ran.out, ran.err).into());
    }
    match parts.iter().find(|p| !ran.err.contains(**p)) {
        Some(missing) => Err(format!("no `{missing}` in\n{}", ran.err).into()),
        None => Ok(()),
    }
}

fn bench_key() -> Result<(), Failed> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let file = folder.path().join("bench.toml");
    let profile = crate::tool::root().join("device-profiles/proofhouse-plug");
    let text = format!(
        "name = \"b\"\nprofile = \"{}\"\n\n[unit.a]\nsampel = \"production\"\nvirtual = \"plug\"\n",
        profile.display()
    );
    std::fs::write(&file, text).map_err(|e| e.to_string())?;
    let file = file.display().to_string();
    must_say(
        &["check", "--bench", &file],
        &[":5:1", "^^^^^^", "sampel", "did you mean `sample`?"],
    )?;
    must_say(&["run", "--bench", &file], &[":5:1", "nothing was started"])
}

fn not_a_file() -> Result<(), Failed> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let here = folder.path().display().to_string();
    must_say(&["check", "--bench", &here], &["folder"])?;
    must_say(
        &["check", "--bench", &format!("{here}/nowhere.toml")],
        &["nowhere.toml"],
    )?;
    for (name, bytes) in [
        ("empty.toml", &b""[..]),
        ("rubbish.toml", b"\x7fELF\x00\xff\xfe\x01"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).map_err(|e| e.to_string())?;
        must_say(&["check", "--bench", &path.display().to_string()], &[name])?;
    }
    Ok(())
}

fn names_on_the_command_line() -> Result<(), Failed> {
    must_say(
        &["run", "--case", "factory_rest"],
        &["factory_rest", "factory_reset"],
    )?;
    must_say(&["run", "--unit", "plug-x"], &["plug-x"])?;
    must_say(&["run", "--provision", "5.99-1"], &["5.99-1"])?;
    must_say(
        &["run", "--defect", "accept-downgrade"],
        &["did you mean `accepts-downgrade`?"],
    )?;
    must_say(&["run", "--no-such-flag"], &["--no-such-flag"])
}

/// A bench of real units with these wires, beside the plug's profile.
fn bench_of(folder: &Path, units: &[(&str, String)]) -> Result<String, String> {
    let profile = crate::tool::root().join("device-profiles/proofhouse-plug");
    let mut text = format!("name = \"b\"\nprofile = \"{}\"\n", profile.display());
    for (unit, wires) in units {
        text.push_str(&format!("[unit.{unit}]\n{wires}\n"));
    }
    let file = folder.join("bench.toml");
    std::fs::write(&file, text).map_err(|e| e.to_string())?;
    Ok(file.display().to_string())
}

fn mqtt_at(port: u16) -> String {
    format!(
        "peers = {{ mqtt = {{ driver = \"listen\", address = \"127.0.0.1\", port = {port} }} }}"
    )
}

fn two_on_one_broker() -> Result<(), Failed> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let relay = |n| {
        format!("power = {{ driver = \"command\", on = [\"true\", \"{n}\"], off = [\"true\"] }}")
    };
    let wires = |n| format!("{}\n{}", relay(n), mqtt_at(8883));
    let bench = bench_of(folder.path(), &[("a", wires(1)), ("b", wires(2))])?;
    let parts = [
        "this relay command is that of a already",
        "this listening address is that of a already",
        "nothing was started",
    ];
    must_say(&["check", "--bench", &bench], &parts)?;
    must_say(&["run", "--bench", &bench], &parts)
}

/// What `check` cannot know: another program has the port.
fn not_opened() -> Result<(), Failed> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(|e| e.to_string())?;
    let port = taken.local_addr().map_err(|e| e.to_string())?.port();
    let power = "power = { driver = \"command\", on = [\"true\", \"1\"], off = [\"true\"] }";
    let lan = "lan = { driver = \"ip\", address = \"127.0.0.2\" }";
    let wires = format!("{power}\n{lan}\n{}", mqtt_at(port));
    let bench = bench_of(folder.path(), &[("a", wires)])?;
    let run = RunDir::run(&["--bench", &bench])?;
    let ran = &run.ran;
    for part in ["cannot be opened", "peers.mqtt", "no unit was switched on"] {
        if !ran.err.contains(part) {
            return Err(format!("no `{part}` in\n{}", ran.err).into());
        }
    }
    if ran.code != 3 || ran.err.contains("resume") {
        return Err(format!("exit {}\n{}", ran.code, ran.err).into());
    }
    match run.path() {
        Ok(left) => Err(format!("{} was left", left.display()).into()),
        Err(_) => Ok(()),
    }
}

/// A suite with one line changed, beside everything else it needs.
pub fn changed_copy(
    from: &Path,
    file: &str,
    old: &str,
    new: &str,
) -> Result<tempfile::TempDir, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    copy(from, folder.path()).map_err(|e| e.to_string())?;
    let path = folder.path().join(file);
    let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
    if !text.contains(old) {
        return Err(format!("{file} has no `{old}` to change"));
    }
    std::fs::write(&path, text.replacen(old, new, 1)).map_err(|e| e.to_string())?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn misspelt_verb() -> Result<(), Failed> {
    let suite = crate::tool::root().join("test-suites/en303645");
    let copy = changed_copy(
        &suite,
        "cases/factory_reset.star",
        "device.settings(next_owner)",
        "device.setings(next_owner)",
    )?;
    let suite = copy.path().display().to_string();
    must_say(
        &["check", "--suite", &suite],
        &["factory_reset.star:", "setings", "settings"],
    )
}

fn misspelt_operation() -> Result<(), Failed> {
    let profile = crate::tool::root().join("device-profiles/proofhouse-plug");
    let copy = changed_copy(
        &profile,
        "device.star",
        "def factory_reset(",
        "def factory_rest(",
    )?;
    let bench = copy.path().join("bench.toml");
    let text = "name = \"b\"\nprofile = \".\"\n\n[unit.a]\nvirtual = \"plug\"\n";
    std::fs::write(&bench, text).map_err(|e| e.to_string())?;
    must_say(
        &["check", "--bench", &bench.display().to_string()],
        &["device.star:", "factory_rest", "factory_reset"],
    )
}
