//! `proofhouse doctor`: an honest bench is fit, and a bench that is broken in one way is not.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn doctor(out: &Path, args: &[&str]) -> Output {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
    command.arg("doctor").arg("--out").arg(out).args(args);
    command.current_dir(root).output().expect("it starts")
}

fn text(output: &Output) -> String {
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
}

fn an_honest_bench_is_fit_and_its_figures_are_told() {
    let out = tempfile::tempdir().unwrap();
    let ended = doctor(out.path(), &[]);
    let text = text(&ended);
    assert_eq!(ended.status.code(), Some(0), "{text}");
    for figure in [
        "off until the unit is silent: ",
        "on until the banner: ",
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
        ("relay-late:plug-a", "console"),
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
                let text = text(&ended);
                let code = ended.status.code();
                assert!(matches!(code, Some(1 | 3)), "{fault}: {code:?}\n{text}");
                assert!(!text.contains("the bench is fit"), "{fault}: {text}");
            });
        }
    });
}
