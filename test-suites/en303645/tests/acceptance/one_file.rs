//! The binary on a PC without a checkout: nothing is there but what is built in.

use crate::tool::{Ran, command, proofhouse, ran};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("one_file::what_touches_nothing_is_as_in_the_checkout", same),
        Trial::test("one_file::a_run_in_an_empty_folder", a_run),
        Trial::test("one_file::a_dead_run_goes_on_in_any_folder", resumed),
        Trial::test("one_file::chaos_in_an_empty_folder", chaos),
        Trial::test("one_file::an_exported_suite_can_be_changed", exported),
        Trial::test("one_file::an_export_writes_nothing_over", nothing_over),
        Trial::test("one_file::what_is_not_built_in_is_told", not_built_in),
    ]
}

/// A PC: an empty folder to work in, and a folder for temporary files of its own, which must be empty afterwards.
struct Pc {
    folder: TempDir,
}

impl Pc {
    fn new() -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        for name in ["desk", "other", "tmp"] {
            fs::create_dir(folder.path().join(name)).map_err(|e| e.to_string())?;
        }
        Ok(Self { folder })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn in_folder(&self, folder: &str, args: &[&str]) -> Result<Ran, String> {
        let mut command = command(args)?;
        command.env("TMPDIR", self.at("tmp"));
        ran(command.current_dir(self.at(folder)))
    }

    fn proofhouse(&self, args: &[&str], code: i32) -> Result<Ran, String> {
        let ran = self.in_folder("desk", args)?;
        match ran.code == code {
            true => Ok(ran),
            false => Err(format!(
                "{args:?}: exit {}\n{}\n{}",
                ran.code, ran.out, ran.err
            )),
        }
    }

    /// The one run on the desk.
    fn run_folder(&self) -> Result<PathBuf, String> {
        let mut runs = fs::read_dir(self.at("desk/runs")).map_err(|e| e.to_string())?;
        let run = runs.next().ok_or("there is no run")?;
        run.map(|r| r.path()).map_err(|e| e.to_string())
    }

    /// Nothing is left in the folder for temporary files.
    fn is_clean(&self) -> Result<(), String> {
        let left = fs::read_dir(self.at("tmp")).map_err(|e| e.to_string())?;
        let left: Vec<_> = left.flatten().map(|e| e.path()).collect();
        match left.is_empty() {
            true => Ok(()),
            false => Err(format!("left behind: {left:?}")),
        }
    }
}

fn contains(text: &str, words: &str) -> Result<(), String> {
    match text.contains(words) {
        true => Ok(()),
        false => Err(format!("{words:?} is not in\n{text}")),
    }
}

fn json(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| e.to_string())
}

/// First line of what was said beside the result: which suite it was.
fn suite_line(ran: &Ran) -> String {
    ran.err.lines().next().unwrap_or_default().to_owned()
}

/// The hash in such a line.
fn hash_of(line: &str) -> Result<String, String> {
    let hash = line.rsplit_once("SHA-256 ").map(|(_, hash)| hash);
    let hash = hash.filter(|h| h.len() == 12);
    hash.map(str::to_owned)
        .ok_or(format!("no hash in {line:?}"))
}

fn same() -> Result<(), Failed> {
    let pc = Pc::new()?;
    for args in [
        &["check"][..],
        &["list", "cases"],
        &["list", "units"],
        &["list", "provisions"],
        &["list", "defects"],
        &["schema", "profile"],
        &["help"],
        &["api"],
    ] {
        let (here, mut there) = (pc.proofhouse(args, 0)?, proofhouse(args)?);
        // The stranger's box is a folder of the checkout, and not built in.
        let built_in = |line: &&str| !line.starts_with("box:");
        there.out = there.out.split_inclusive('\n').filter(built_in).collect();
        if here.out != there.out || here.out.is_empty() {
            return Err(format!("{args:?}\n{}\ninstead of\n{}", here.out, there.out).into());
        }
    }
    let (here, there) = (pc.proofhouse(&["check"], 0)?, proofhouse(&["check"])?);
    let (here, there) = (suite_line(&here), suite_line(&there));
    contains(&here, "suite en303645, built into proofhouse, SHA-256")?;
    contains(&there, "suite en303645, folder ./test-suites/en303645")?;
    if hash_of(&here)? != hash_of(&there)? {
        return Err(format!("one suite, two hashes: {here}; {there}").into());
    }
    let other = "embedded:fixtures/benches/thermo.toml";
    pc.proofhouse(&["check", "--bench", other], 0)?;
    Ok(pc.is_clean()?)
}

fn a_run() -> Result<(), Failed> {
    let pc = Pc::new()?;
    let ran = pc.proofhouse(&["run", "--case", "tls_https", "-v"], 0)?;
    contains(&ran.out, "built into proofhouse, SHA-256")?;
    contains(&ran.out, "embedded:fixtures/benches/plug.toml")?;
    let run = pc.run_folder()?;
    let (plan, report) = (
        json(&run.join("plan.json"))?,
        json(&run.join("report.json"))?,
    );
    let source = &plan["suite_source"];
    let hash = source["sha256"].as_str().unwrap_or_default();
    if source["kind"] != "embedded" || hash.len() != 64 || report["run"]["suite_source"] != *source
    {
        return Err(format!("{source}\n{}", report["run"]).into());
    }
    let temporary = pc.at("tmp").display().to_string();
    for file in ["plan.json", "report.json", "junit.xml"] {
        let text = fs::read_to_string(run.join(file))?;
        if text.contains(&temporary) {
            return Err(format!("{file} names a folder that is gone").into());
        }
    }
    Ok(pc.is_clean()?)
}

fn resumed() -> Result<(), Failed> {
    let pc = Pc::new()?;
    let dead = pc.in_folder(
        "desk",
        &["run", "--case", "secrets_in_flash", "--die-after", "plan"],
    )?;
    let run = pc.run_folder()?.display().to_string();
    if dead.code == 0 || pc.is_clean().is_ok() {
        return Err("the harness did not die with its files unpacked".into());
    }
    let ran = pc.in_folder("other", &["resume", &run])?;
    if ran.code != 0 {
        return Err(format!("exit {}\n{}\n{}", ran.code, ran.out, ran.err).into());
    }
    contains(&ran.out, "PASSED")?;
    Ok(())
}

fn chaos() -> Result<(), Failed> {
    let pc = Pc::new()?;
    let args = [
        "chaos",
        "--seeds",
        "3..4",
        "--case",
        "tls_unique_key",
        "--fault-kind",
        "relay-late",
        "--json",
    ];
    let ran = pc.in_folder("desk", &args)?;
    let tally: Value = serde_json::from_str(&ran.out)?;
    let trials = tally["trials"].as_array().map(Vec::len);
    if trials != Some(1) || ran.err.contains("moments are guessed") {
        return Err(format!("exit {}\n{}\n{tally:#}", ran.code, ran.err).into());
    }
    let ran = pc.proofhouse(&["chaos", "--measure"], 2)?;
    contains(&ran.err, "proofhouse suite export")?;
    Ok(pc.is_clean()?)
}

fn exported() -> Result<(), Failed> {
    let pc = Pc::new()?;
    let told = pc.proofhouse(&["suite", "export", "lab"], 0)?;
    contains(&told.out, "proofhouse run --suite lab")?;
    let own = hash_of(&suite_line(&pc.proofhouse(&["check"], 0)?))?;
    let line = suite_line(&pc.proofhouse(&["check", "--suite", "lab"], 0)?);
    contains(&line, &format!("folder lab, SHA-256 {own}"))?;

    let case = pc.at("desk/lab/cases/tls_https.star");
    let text = fs::read_to_string(&case)?;
    fs::write(&case, format!("# Ours.\n{text}"))?;
    let args = ["run", "--suite", "lab", "--case", "tls_https"];
    let line = suite_line(&pc.proofhouse(&args, 0)?);
    contains(&line, "folder lab")?;
    let plan = json(&pc.run_folder()?.join("plan.json"))?;
    let source = &plan["suite_source"];
    let hash = source["sha256"].as_str().unwrap_or_default();
    if source["kind"] != "folder" || source["path"] != "lab" || hash.starts_with(&own) {
        return Err(format!("{source}; built in: {own}").into());
    }
    contains(hash, &hash_of(&line)?)?;

    fs::write(&case, text.replacen("case(", "csae(", 1))?;
    let ran = pc.proofhouse(&["check", "--suite", "lab"], 2)?;
    contains(&ran.err, "lab/cases/tls_https.star:")?;
    Ok(pc.is_clean()?)
}

fn nothing_over() -> Result<(), Failed> {
    let pc = Pc::new()?;
    pc.proofhouse(&["suite", "export", "lab"], 0)?;
    let again = pc.proofhouse(&["suite", "export", "lab"], 0)?;
    contains(&again.out, "already")?;
    let case = pc.at("desk/lab/cases/tls_https.star");
    fs::write(&case, "ours")?;
    let refused = pc.proofhouse(&["suite", "export", "lab"], 2)?;
    contains(&refused.err, "left as it is")?;
    if fs::read_to_string(&case)? != "ours" {
        return Err("it was written over".into());
    }
    fs::write(pc.at("desk/file"), "")?;
    pc.proofhouse(&["suite", "export", "file"], 2)?;
    Ok(())
}

fn not_built_in() -> Result<(), Failed> {
    let pc = Pc::new()?;
    for (args, says) in [
        (
            ["--bench", "embedded:fixtures/benches/plg.toml"],
            "embedded:fixtures/benches/plug.toml",
        ),
        (["--suite", "embedded:other"], "no such suite is built in"),
        (["--suite", "nowhere"], "nowhere/suite.toml"),
        (["--bench", "nowhere.toml"], "there is no such file"),
        (["--case", "tls_htps"], "tls_https"),
    ] {
        let ran = pc.proofhouse(&[&["check"][..], &args].concat(), 2)?;
        contains(&ran.err, says)?;
        if ran.err.contains("/proofhouse-") {
            return Err(format!("a temporary folder is named: {}", ran.err).into());
        }
    }
    Ok(pc.is_clean()?)
}
