//! The files in `examples/farm` are what they say: YAML, with command lines that this program takes, and parts that fit
//! together.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use yaml_serde::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The documents of a file.
fn documents(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(root().join("examples/farm").join(name)).unwrap();
    let parts = text.split("\n---\n");
    parts
        .map(|part| yaml_serde::from_str(part).unwrap())
        .collect()
}

/// The one document of a file.
fn document(name: &str) -> Value {
    let mut all = documents(name);
    assert_eq!(all.len(), 1, "{name}");
    all.remove(0)
}

fn list<'a>(value: &'a Value, what: &str) -> &'a [Value] {
    let found = value.as_sequence();
    found.unwrap_or_else(|| panic!("no list: {what}"))
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("no number: {value:?}"))
}

/// A place outside of the checkout, with a bench file, and a `proofhouse` on the path that plans only.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let desk = tempfile::tempdir().unwrap();
        let bench = fs::read_to_string(root().join("fixtures/benches/plug.toml")).unwrap();
        let profile = root()
            .join("device-profiles/proofhouse-plug")
            .canonicalize()
            .unwrap();
        let bench = bench.replace(
            "../../device-profiles/proofhouse-plug",
            profile.to_str().unwrap(),
        );
        fs::write(desk.path().join("bench.toml"), bench).unwrap();
        let program = env!("CARGO_BIN_EXE_proofhouse");
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = run ]; then exec '{program}' \"$@\" --dry-run; fi\nexec '{program}' \"$@\"\n"
        );
        let path = desk.path().join("proofhouse");
        fs::write(&path, script).unwrap();
        let mut mode = fs::metadata(&path).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
        fs::set_permissions(&path, mode).unwrap();
        Self(desk)
    }

    /// Carries out a line as a shell would, with these variables.
    fn shell(&self, line: &str, variables: &[(&str, String)]) -> Output {
        let mut shell = Command::new("sh");
        let path = format!("{}:/usr/bin:/bin", self.0.path().display());
        shell
            .args(["-ec", line])
            .current_dir(self.0.path())
            .env("PATH", path);
        shell
            .envs(variables.iter().map(|(name, value)| (*name, value)))
            .output()
            .unwrap()
    }

    /// The plan of a part: what its page says of the shard, once the line was taken.
    fn plans(&self, line: &str, variables: &[(&str, String)]) -> String {
        let ran = self.shell(line, variables);
        let page = String::from_utf8_lossy(&ran.stdout).into_owned();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(0), "{line}\n{said}");
        let shard = page
            .lines()
            .find(|l| l.trim_start().starts_with("shard ") && l.contains(" of plan "));
        let shard = shard.unwrap_or_else(|| panic!("{line} is no part:\n{page}"));
        shard
            .split_whitespace()
            .skip(1)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// A merge is taken, and finds that there is nothing yet.
    fn merges_nothing(&self, line: &str) {
        let ran = self.shell(line, &[]);
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{line}\n{said}");
        assert!(said.contains("this is no run folder"), "{line}\n{said}");
    }

    fn checks(&self, line: &str) {
        let ran = self.shell(line, &[]);
        assert_eq!(
            ran.status.code(),
            Some(0),
            "{line}\n{}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }
}

/// Parts of one plan, each of them once.
fn are_one_run(plans: &[String]) {
    let of = plans.len();
    let wholes: Vec<&str> = plans
        .iter()
        .filter_map(|p| p.split_once(" of plan "))
        .map(|(_, p)| p)
        .collect();
    assert!(
        wholes.len() == of && wholes.iter().all(|whole| *whole == wholes[0]),
        "{plans:?}"
    );
    let numbers: Vec<String> = (1..=of).map(|n| format!("{n}/{of} of")).collect();
    assert!(
        numbers
            .iter()
            .zip(plans)
            .all(|(n, plan)| plan.starts_with(n.as_str())),
        "{plans:?}"
    );
}

/// Lines of a list of steps or of a script that begin so.
fn one<'a>(lines: &[&'a str], start: &str) -> &'a str {
    let mut found = lines.iter().filter(|line| line.starts_with(start));
    let first = found
        .next()
        .unwrap_or_else(|| panic!("no {start} in {lines:?}"));
    assert!(found.next().is_none(), "{start} twice");
    first
}

#[test]
fn the_github_workflow_shares_a_run_out_and_merges_it() {
    let file = document("github.yml");
    let jobs = &file["jobs"];
    let runs = |job: &str| -> Vec<String> {
        let steps = list(&jobs[job]["steps"], "steps").iter();
        steps
            .filter_map(|s| s["run"].as_str())
            .map(str::to_owned)
            .collect()
    };
    let desk = Desk::new();
    let lines = runs("part");
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    desk.checks(one(&lines, "proofhouse check"));
    let run = one(&lines, "proofhouse run");
    let parts = list(&jobs["part"]["strategy"]["matrix"]["part"], "matrix")
        .iter()
        .map(number);
    let plans = parts.map(|part| {
        let line = run.replace("${{ matrix.part }}", &part.to_string());
        let line = line.replace("${{ github.run_id }}", "16412");
        assert!(!line.contains("${{"), "{line}");
        desk.plans(&line, &[])
    });
    are_one_run(&plans.collect::<Vec<_>>());
    assert_eq!(jobs["part"]["strategy"]["fail-fast"].as_bool(), Some(false));
    assert_eq!(jobs["merge"]["needs"].as_str(), Some("part"));
    let lines = runs("merge");
    desk.merges_nothing(one(
        &lines.iter().map(String::as_str).collect::<Vec<_>>(),
        "proofhouse merge",
    ));
}

#[test]
fn the_gitlab_file_shares_a_run_out_and_merges_it() {
    let file = document("gitlab-ci.yml");
    let script = |job: &str| -> Vec<String> {
        let lines = list(&file[job]["script"], "script").iter();
        lines
            .map(|line| line.as_str().unwrap().to_owned())
            .collect()
    };
    let desk = Desk::new();
    let lines = script("part");
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    desk.checks(one(&lines, "proofhouse check"));
    let run = one(&lines, "proofhouse run");
    let of = number(&file["part"]["parallel"]);
    let plans = (1..=of).map(|part| {
        let variables = [
            ("CI_NODE_INDEX", part.to_string()),
            ("CI_NODE_TOTAL", of.to_string()),
            ("CI_PIPELINE_ID", "4711".to_owned()),
        ];
        desk.plans(run, &variables)
    });
    are_one_run(&plans.collect::<Vec<_>>());
    for job in ["part", "merge"] {
        assert_eq!(
            file[job]["artifacts"]["when"].as_str(),
            Some("always"),
            "{job}"
        );
    }
    let lines = script("merge");
    desk.merges_nothing(one(
        &lines.iter().map(String::as_str).collect::<Vec<_>>(),
        "proofhouse merge",
    ));
}

#[test]
fn the_kubernetes_manifest_treats_a_bench_as_one_device() {
    let all = documents("kubernetes.yaml");
    let [daemons, parts, merge] = all.as_slice() else {
        panic!("{} documents", all.len());
    };
    let container =
        |of: &Value| list(&of["spec"]["template"]["spec"]["containers"], "containers")[0].clone();
    let plugin = container(daemons);
    let args = list(&plugin["args"], "args");
    assert_eq!(args[0].as_str(), Some("--device"));
    let device: Value = yaml_serde::from_str(args[1].as_str().unwrap()).unwrap();
    let groups = list(&device["groups"], "groups");
    // Several paths in one group are one device; several groups would be several.
    assert!(groups.len() == 1 && list(&groups[0]["paths"], "paths").len() > 1);
    let resource = format!("squat.ai/{}", device["name"].as_str().unwrap());
    let pod = container(parts);
    assert_eq!(number(&pod["resources"]["limits"][resource.as_str()]), 1);
    let spec = &parts["spec"];
    assert_eq!(spec["completionMode"].as_str(), Some("Indexed"));
    assert_eq!(number(&spec["backoffLimitPerIndex"]), 0);
    let desk = Desk::new();
    let of = number(&spec["completions"]);
    let line = list(&pod["args"], "args")[0].as_str().unwrap();
    let plans = (0..of).map(|at| desk.plans(line, &[("JOB_COMPLETION_INDEX", at.to_string())]));
    are_one_run(&plans.collect::<Vec<_>>());
    let merged = container(merge);
    desk.merges_nothing(list(&merged["args"], "args")[0].as_str().unwrap());
}
