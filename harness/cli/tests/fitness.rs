//! A bench file that says `fitness`: no run begins unless `proofhouse doctor` found the bench fit, and reports say it.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

const IDENTITY: &str = concat!(
    r#"identity = { serial = "PLUG-000041", mac = "02:50:48:00:00:41", "#,
    r#"chip-uid = "5048c0de00000041" }"#
);

/// A folder of a lab: a bench file with one plug, and its runs.
struct Lab(tempfile::TempDir);

impl Lab {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write_bench(&self, head: &str, unit: &str) {
        let profile = root().join("device-profiles/proofhouse-plug");
        let profile = profile.canonicalize().unwrap();
        let text = format!(
            "name = \"desk\"\nprofile = \"{}\"\n{head}\n[unit.plug-a]\nvirtual = \"plug\"\n{IDENTITY}\n{unit}\n",
            profile.display()
        );
        std::fs::write(self.0.path().join("bench.toml"), text).unwrap();
    }

    fn runs(&self) -> PathBuf {
        self.0.path().join("runs")
    }

    fn proofhouse(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
        command.args(args).args(["--bench", "bench.toml"]);
        command.current_dir(self.0.path()).output().unwrap()
    }

    /// A short run; its exit code, what it said, and its folder.
    fn run(&self, case: &str) -> (Option<i32>, String) {
        let ran = self.proofhouse(&["run", "--case", case]);
        (ran.status.code(), text_of(&ran))
    }

    fn doctor(&self, more: &[&str]) -> (Option<i32>, String) {
        let tried = self.proofhouse(&[&["doctor"], more].concat());
        (tried.status.code(), text_of(&tried))
    }

    /// Folders of runs, or of trials.
    fn folders(&self, below: &str) -> Vec<PathBuf> {
        let found = std::fs::read_dir(self.runs().join(below))
            .into_iter()
            .flatten();
        let all = found.map(|e| e.unwrap().path());
        let mut all: Vec<_> = all.filter(|p| p.join("plan.json").exists()).collect();
        all.sort();
        all
    }
}

fn text_of(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(err)
}

#[test]
fn a_run_waits_for_a_trial_of_its_very_bench() {
    let lab = Lab::new();
    lab.write_bench("fitness = \"1h\"", "");
    let (code, text) = lab.run("debug_port_lock");
    assert_eq!(code, Some(2), "{text}");
    let nothing = "plug-a was not tried: no trial of it is in runs/doctor";
    let next = "proofhouse doctor --bench bench.toml --out runs/doctor";
    assert!(text.contains(nothing) && text.contains(next), "{text}");
    assert_eq!(lab.folders("").len(), 0);
    for planned in [&["check"][..], &["run", "--dry-run"]] {
        let text = text_of(&lab.proofhouse(planned));
        let told = text.contains("warning: a run into runs would not begin: plug-a was not tried");
        assert!(told && text.contains(next), "{planned:?}: {text}");
    }

    // What was tried in part, or on a bench that was broken on purpose, is no trial of it.
    lab.doctor(&["--case", "network"]);
    lab.doctor(&["--fault", "probe-gone:plug-a:seed=1"]);
    assert_eq!(lab.folders("doctor").len(), 2);
    let (code, text) = lab.run("debug_port_lock");
    assert_eq!(code, Some(2), "{text}");

    assert!(text.contains("made faulty on purpose"), "{text}");

    let (code, text) = lab.doctor(&[]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = lab.run("debug_port_lock");
    assert_ne!(code, Some(2), "{text}");
    assert!(text.contains("plug-a found fit at 20"), "{text}");
    reports_say_it(&lab);

    lab.write_bench("fitness = \"1h\"", "grants = [\"may-brick\"]");
    let (code, text) = lab.run("debug_port_lock");
    assert_eq!(code, Some(2), "wired otherwise: {text}");
    let why = "plug-a was not tried as it is wired now: since 20";
    let what = "its entry has other grants";
    assert!(text.contains(why) && text.contains(what), "{text}");

    lab.write_bench("fitness = \"1h\"", "");
    assert_ne!(lab.run("debug_port_lock").0, Some(2), "as it was tried");
    an_older_one_by_a_later_name_is_none(&lab);
    let text = text_of(&lab.proofhouse(&["run", "--dry-run"]));
    assert!(!text.contains("would not begin"), "{text}");
    spoil(lab.folders("doctor").last().unwrap());
    let (code, text) = lab.run("debug_port_lock");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("the bench of plug-a is not fit"), "{text}");
}

#[test]
fn trials_of_one_unit_each_add_up_and_a_run_asks_for_those_of_its_own_units() {
    let lab = Lab::new();
    let second = concat!(
        "[unit.plug-b]\nvirtual = \"plug\"\n",
        r#"identity = { serial = "PLUG-000042", mac = "02:50:48:00:00:42", "#,
        r#"chip-uid = "5048c0de00000042" }"#
    );
    lab.write_bench("fitness = \"1h\"", second);
    let run = |unit: &str| {
        let ran = lab.proofhouse(&["run", "--case", "debug_port_lock", "--unit", unit]);
        (ran.status.code(), text_of(&ran))
    };
    let (code, text) = lab.doctor(&["--unit", "plug-a"]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = run("plug-a");
    assert_ne!(code, Some(2), "{text}");
    assert!(text.contains("plug-a found fit at 20"), "{text}");
    let (code, text) = run("plug-b");
    assert_eq!(code, Some(2), "nobody tried it: {text}");
    let (code, text) = lab.run("debug_port_lock");
    assert_eq!(code, Some(2), "it may run on either: {text}");

    let (code, text) = lab.doctor(&["--unit", "plug-b"]);
    assert_eq!(code, Some(0), "{text}");
    for unit in ["plug-a", "plug-b"] {
        let (code, text) = run(unit);
        assert_ne!(code, Some(2), "{text}");
    }
}

fn reports_say_it(lab: &Lab) {
    let [run] = &lab.folders("")[..] else {
        panic!("one run: {:?}", lab.folders(""));
    };
    let json = std::fs::read(run.join("report.json")).unwrap();
    let json: Value = serde_json::from_slice(&json).unwrap();
    let bench = &json["bench"];
    assert_eq!(bench["fitness"], "1h");
    let trial = &bench["units"][0]["trial"];
    let name = lab
        .folders("doctor")
        .last()
        .unwrap()
        .file_name()
        .unwrap()
        .to_owned();
    assert_eq!(trial["run"], name.to_str().unwrap());
    assert_eq!(trial["unfit"], Value::Null);
    let figures = trial["figures"].to_string();
    assert!(
        figures.contains("off until the unit is silent: "),
        "{figures}"
    );
    let junit = std::fs::read_to_string(run.join("junit.xml")).unwrap();
    assert!(junit.contains("name=\"bench.trial\""), "{junit}");
}

/// The newest trial counts: one that is put before a newer one by its folder's name is not believed.
fn an_older_one_by_a_later_name_is_none(lab: &Lab) {
    let good = lab.folders("doctor").pop().unwrap();
    let later = lab.runs().join("doctor/20990101-000000-aaaa");
    let copied = Command::new("cp").arg("-r").args([&good, &later]).status();
    assert!(copied.unwrap().success());
    let (code, text) = lab.run("debug_port_lock");
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.contains("the name of its folder says otherwise"),
        "{text}"
    );
    std::fs::remove_dir_all(later).unwrap();
}

/// A suite may call itself what it likes.
#[test]
fn only_the_suite_of_the_doctor_makes_a_trial_and_no_other_one_goes_without() {
    let lab = Lab::new();
    lab.write_bench("fitness = \"1h\"", "");
    let suite = lab.0.path().join("weak");
    let bench = root().join("test-suites/bench");
    let copied = Command::new("cp").arg("-r").args([&bench, &suite]).status();
    assert!(copied.unwrap().success());
    for name in ["supply", "console", "network", "probe"] {
        std::fs::remove_file(suite.join(format!("cases/{name}.star"))).unwrap();
    }
    let args = ["run", "--suite", "weak"];
    let ran = lab.proofhouse(&[&args[..], &["--out", "runs/doctor"]].concat());
    assert_eq!(ran.status.code(), Some(2), "it is gated: {}", text_of(&ran));

    lab.write_bench("", "");
    let ran = lab.proofhouse(&[&args[..], &["--out", "runs/doctor"]].concat());
    assert_ne!(ran.status.code(), Some(2), "{}", text_of(&ran));
    assert_eq!(lab.folders("doctor").len(), 1);
    lab.write_bench("fitness = \"1h\"", "");
    let (code, text) = lab.run("debug_port_lock");
    assert_eq!(code, Some(2), "{text}");
}

/// One byte of the journal is another.
fn spoil(run: &Path) {
    let journal = run.join("events.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    let spoilt = text.replacen("pass", "fail", 1);
    assert_ne!(text, spoilt);
    std::fs::write(&journal, spoilt).unwrap();
}

#[test]
fn a_bench_that_failed_its_trial_is_told_and_where_asked_does_not_start() {
    let lab = Lab::new();
    // A relay that switches nothing: the plug is never on.
    let relay = r#"driver = "command", on = ["true"], off = ["true", "off"]"#;
    let dead = &format!("power = {{ {relay} }}\nlan = {{ driver = \"virtual\" }}");
    lab.write_bench("", dead);
    let (code, text) = lab.doctor(&[]);
    assert!(matches!(code, Some(1 | 3)), "{code:?} {text}");
    let (code, text) = lab.run("open_ports");
    assert_ne!(code, Some(2), "no trial is asked for: {text}");
    assert!(text.contains("plug-a found NOT FIT"), "{text}");
    lab.write_bench("fitness = \"1h\"", dead);
    let (code, text) = lab.run("open_ports");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("the bench of plug-a is not fit"), "{text}");
}

#[test]
fn a_time_in_which_no_run_could_begin_is_refused() {
    let lab = Lab::new();
    lab.write_bench("fitness = \"5s\"", "");
    let (code, text) = lab.run("open_ports");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("no run could begin in this time"), "{text}");
    lab.write_bench("fitnes = \"5h\"", "");
    let (code, text) = lab.run("open_ports");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("fitness"), "{text}");
}
