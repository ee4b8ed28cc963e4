//! Everything a submission must pass, in the order in which it fails cheapest.

use std::process::Command;
use std::time::Instant;

/// Runs the steps until one fails.
pub fn run() -> Result<String, String> {
    let docs_env = [("RUSTDOCFLAGS", "-D warnings")];
    let start = Instant::now();
    let mut told = Vec::new();
    step("floors", &mut told, super::floors::check)?;
    step("tidy", &mut told, super::tidy::check)?;
    step("format", &mut told, || {
        cargo(&["fmt", "--all", "--check"], &[])
    })?;
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    step("clippy", &mut told, || cargo(&clippy, &[]))?;
    step("tests", &mut told, || cargo(&["test", "--workspace"], &[]))?;
    // Of the whole workspace: one package by itself has its dependencies built again with fewer features.
    for (name, test) in [
        ("real peers", "real_peers"),
        ("stranger", "stranger"),
        ("field", "field"),
        ("many units", "many_units"),
        ("labgrid", "labgrid"),
    ] {
        let test = ["test", "--workspace", "--test", test];
        step(name, &mut told, || cargo(&test, &[]))?;
    }
    let out = ["--out", "target/ci-runs"];
    step("prove", &mut told, || {
        proofhouse(&[&["prove"], &out[..]].concat())
    })?;
    let few = ["chaos", "--seeds", "0..60"];
    step("chaos", &mut told, || {
        proofhouse(&[&few[..], &out].concat())
    })?;
    step("docs", &mut told, || {
        cargo(&["doc", "--workspace", "--no-deps"], &docs_env)
    })?;
    Ok(format!(
        "all green in {:.0} s ({})",
        start.elapsed().as_secs_f64(),
        told.join(", ")
    ))
}

fn step(
    name: &str,
    told: &mut Vec<String>,
    run: impl FnOnce() -> Result<String, String>,
) -> Result<(), String> {
    let start = Instant::now();
    super::say(&format!("== {name}\n"));
    let summary = run().map_err(|e| format!("{name}: {e}"))?;
    super::say(&format!("{summary}\n"));
    told.push(format!("{name} {:.0} s", start.elapsed().as_secs_f64()));
    Ok(())
}

/// Runs the program that the tests were built with; it lies beside this one.
fn proofhouse(args: &[&str]) -> Result<String, String> {
    let mut program = std::env::current_exe().map_err(|e| e.to_string())?;
    program.set_file_name("proofhouse");
    match Command::new(&program).args(args).status() {
        Ok(s) if s.success() => Ok("ok".to_owned()),
        Ok(s) => Err(format!("`proofhouse {}` ended with {s}", args.join(" "))),
        Err(e) => Err(format!("cannot run {}: {e}", program.display())),
    }
}

fn cargo(args: &[&str], env: &[(&str, &str)]) -> Result<String, String> {
    let status = Command::new("cargo")
        .args(args)
        .envs(env.iter().copied())
        .status();
    match status {
        Ok(s) if s.success() => Ok("ok".to_owned()),
        Ok(s) => Err(format!("`cargo {}` ended with {s}", args.join(" "))),
        Err(e) => Err(format!("cannot run cargo: {e}")),
    }
}
