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

/// One after the other: beside many broken benches an honest one would be slow, and so not fit.
#[test]
fn an_honest_bench_is_fit_and_a_broken_one_is_not() {
    an_honest_bench_is_fit_and_its_figures_are_told();
    a_bench_that_is_broken_in_one_way_is_not_fit();
    a_unit_that_is_slow_to_answer_does_not_look_switched_off();
}

/// A relay that sticks, and a device script that needs 300 ms to find its unit ready: who waits for less sees silence.
fn a_unit_that_is_slow_to_answer_does_not_look_switched_off() {
    let lab = tempfile::tempdir().unwrap();
    let (profile, bench) = (lab.path().join("profile"), lab.path().join("bench.toml"));
    copy(&root().join("device-profiles/proofhouse-plug"), &profile);
    let script = profile.join("device.star");
    let quick = std::fs::read_to_string(&script).unwrap();
    let slow = quick.replace(
        "bench.until(lambda: _get(",
        "start = bench.now_ms\n    bench.until(lambda: bench.now_ms - start > 300 and _get(",
    );
    assert_ne!(quick, slow);
    std::fs::write(&script, slow).unwrap();
    let text = std::fs::read_to_string(root().join("fixtures/benches/plug.toml")).unwrap();
    let own = text.replace("../../device-profiles/proofhouse-plug", "profile");
    std::fs::write(&bench, own).unwrap();
    let run = |more: &[&str]| {
        let bench = bench.display().to_string();
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
    const BROKEN: [(&str, &str); 13] = [
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
