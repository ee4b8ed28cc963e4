//! `proofhouse doctor`: an honest bench is fit, and a bench that is broken in one way is not.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn doctor(out: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
    command.arg("doctor").arg("--out").arg(out).args(args);
    command.current_dir(root()).output().expect("it starts")
}

fn text_of(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}

/// The same in one line: a report breaks sentences where its page ends.
fn words_of(output: &Output) -> String {
    let text = text_of(output);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One after the other: beside many broken benches an honest one would be slow, and so not fit.
#[test]
fn an_honest_bench_is_fit_and_a_broken_one_is_not() {
    an_honest_bench_is_fit_and_its_figures_are_told();
    a_bench_that_is_broken_in_one_way_is_not_fit();
    a_unit_that_is_slow_to_answer_does_not_look_switched_off();
    a_bench_whose_clock_was_set_back_is_not_fit();
    a_console_at_a_log_in_prompt_is_proven_by_enter_alone();
}

/// The plug's console, as one of which the profile knows what it asks and nothing else.
fn a_console_at_a_log_in_prompt_is_proven_by_enter_alone() {
    let lab = tempfile::tempdir().unwrap();
    let run = |facts: &str, more: &[&str]| {
        let bench = lab_of_a_plug(&lab.path().join(facts.len().to_string()), |profile| {
            let text = profile.join("profile.toml");
            let own = std::fs::read_to_string(&text).unwrap();
            let told = own.replace("prompt = 'plug> '\n", facts);
            assert_ne!(own, told);
            std::fs::write(text, told).unwrap();
        });
        let args = ["--bench", &bench, "--case", "console", "--unit", "plug-a"];
        let ended = doctor(&lab.path().join("runs"), &[&args[..], more].concat());
        (ended.status.code(), words_of(&ended))
    };
    let known = "login-prompt = 'plug> $'\n";
    let (code, text) = run(known, &[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Enter to log-in prompt: "), "{text}");
    assert!(text.contains("nothing is sent but Enter"), "{text}");
    // It still finds what is wrong with the wire.
    let (code, text) = run(known, &["--fault", "console-drops:plug-a:seed=1"]);
    assert!(matches!(code, Some(1 | 3)), "{code:?} {text}");
    // One that shows something else, and one of which nothing is known, are not shown to hear.
    for (facts, why) in [
        (
            "login-prompt = 'lamp login: $'\n",
            "it answers with something",
        ),
        ("", "the profile has neither prompt nor login-prompt"),
    ] {
        let (code, text) = run(facts, &[]);
        assert_eq!(code, Some(3), "{facts}: {text}");
        assert!(text.contains(why), "{text}");
    }
}

/// A bench of the plugs with a profile of its own, in a folder that is made.
fn lab_of_a_plug(lab: &Path, change: impl FnOnce(&Path)) -> String {
    let (profile, bench) = (lab.join("profile"), lab.join("bench.toml"));
    if !lab.exists() {
        std::fs::create_dir(lab).unwrap();
        copy(&root().join("device-profiles/proofhouse-plug"), &profile);
        change(&profile);
    }
    let text = std::fs::read_to_string(root().join("fixtures/benches/plug.toml")).unwrap();
    let own = text.replace("../../device-profiles/proofhouse-plug", "profile");
    std::fs::write(&bench, own).unwrap();
    bench.display().to_string()
}

/// Beside a run that began in another century, the clock is as wrong as after it was set back.
fn a_bench_whose_clock_was_set_back_is_not_fit() {
    let out = tempfile::tempdir().unwrap();
    let look = || doctor(out.path(), &["--case", "clock", "--unit", "plug-a"]);
    let ended = look();
    assert_eq!(ended.status.code(), Some(0), "{}", text_of(&ended));
    let run = std::fs::read_dir(out.path()).unwrap().next().unwrap();
    let events = run.unwrap().path().join("events.jsonl");
    let of_now = std::fs::read_to_string(&events).unwrap();
    let of_then = of_now.replacen("\"wall\":\"20", "\"wall\":\"21", 1);
    assert_ne!(of_now, of_then);
    std::fs::write(&events, of_then).unwrap();
    let ended = look();
    let text = words_of(&ended);
    assert_eq!(ended.status.code(), Some(1), "{text}");
    assert!(text.contains("was set back, or was wrong before"), "{text}");
}

/// A relay that sticks, and a device script that needs 300 ms to find its unit ready: who waits for less sees silence.
fn a_unit_that_is_slow_to_answer_does_not_look_switched_off() {
    let lab = tempfile::tempdir().unwrap();
    let bench = lab_of_a_plug(&lab.path().join("slow"), |profile| {
        let script = profile.join("device.star");
        let quick = std::fs::read_to_string(&script).unwrap();
        let slow = quick.replace(
            "bench.until(lambda: _get(",
            "start = bench.now_ms\n    bench.until(lambda: bench.now_ms - start > 300 and _get(",
        );
        assert_ne!(quick, slow);
        std::fs::write(&script, slow).unwrap();
    });
    let run = |more: &[&str]| {
        let args = [
            &["--bench", &bench, "--case", "supply", "--unit", "plug-a"],
            more,
        ]
        .concat();
        doctor(&lab.path().join("runs"), &args)
    };
    let ended = run(&[]);
    assert_eq!(ended.status.code(), Some(0), "{}", text_of(&ended));
    let ended = run(&["--fault", "relay-stuck:plug-a:from=1:seed=1"]);
    let text = text_of(&ended);
    assert_eq!(ended.status.code(), Some(1), "{text}");
    assert!(text.contains("is still heard"), "{text}");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let into = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &into),
            false => drop(std::fs::copy(entry.path(), into).unwrap()),
        }
    }
}

fn an_honest_bench_is_fit_and_its_figures_are_told() {
    let out = tempfile::tempdir().unwrap();
    let ended = doctor(out.path(), &[]);
    let text = text_of(&ended);
    assert_eq!(ended.status.code(), Some(0), "{text}");
    for figure in [
        "off until the unit is silent: ",
        "on until the banner, bench and unit together: ",
        "line to prompt: ",
        "attach and look at the port: ",
        "request to answer at port ",
        "clock of the bench's computer, furthest from where it would be: ",
        "supply on plug-open: pass",
        "the bench is fit",
    ] {
        assert!(text.contains(figure), "{figure}: {text}");
    }
    // It is no assessment of anything.
    assert!(!text.contains("TS 103 701"), "{text}");
}

/// Each by the trial that it is for. None of them may end with 0.
fn a_bench_that_is_broken_in_one_way_is_not_fit() {
    const BROKEN: [(&str, &str); 14] = [
        ("relay-stuck:plug-a", "supply"),
        ("supplies-swapped:plug-a:with=plug-b", "supply"),
        ("relay-late:plug-a", "supply"),
        ("console-drops:plug-a", "console"),
        ("console-corrupts:plug-a", "console"),
        ("console-doubles:plug-a", "console"),
        ("tty-goes-with-power:plug-a", "console"),
        ("consoles-swapped:plug-a:with=plug-b", "console"),
        ("units-swapped:plug-a:with=plug-b", "network"),
        ("lans-swapped:plug-a:with=plug-b", "network"),
        ("connection-reset:plug-a", "network"),
        ("packets-lost:plug-a", "network"),
        ("probe-gone:plug-a", "probe"),
        ("clock-jumps:plug-a", "clock"),
    ];
    std::thread::scope(|scope| {
        for (fault, trial) in BROKEN {
            scope.spawn(move || {
                let out = tempfile::tempdir().unwrap();
                let fault = format!("{fault}:seed=1");
                let ended = doctor(out.path(), &["--case", trial, "--fault", &fault]);
                let text = text_of(&ended);
                let code = ended.status.code();
                assert!(matches!(code, Some(1 | 3)), "{fault}: {code:?}\n{text}");
                assert!(!text.contains("the bench is fit"), "{fault}: {text}");
            });
        }
    });
}
