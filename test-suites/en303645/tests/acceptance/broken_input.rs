//! Wrong input: exit 2, the place, the expectation, the nearest name, and nothing started.

use crate::tool::proofhouse;
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
