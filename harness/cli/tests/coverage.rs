//! `list coverage` says before a run what could become of every unit, and leaves none out.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// What is told of each unit, and the totals below.
fn coverage(bench: &str) -> (Vec<(String, String)>, BTreeMap<String, usize>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
    command.args(["list", "coverage", "--bench", bench]);
    let output = command.current_dir(root).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let (units, totals) = text.rsplit_once("\n\n").unwrap();
    let told = units.lines().skip(1).map(|line| {
        let (unit, rest) = line.split_once(' ').unwrap();
        (unit.to_owned(), rest.trim().to_owned())
    });
    let totals = totals.lines().map(|line| {
        let (n, what) = line.trim().split_once("  ").unwrap();
        (what.to_owned(), n.parse().unwrap())
    });
    (told.collect(), totals.collect())
}

#[test]
fn every_unit_is_told_and_the_totals_add_up() {
    let (units, mut totals) = coverage("fixtures/benches/plug.toml");
    let all = totals.remove("all").unwrap();
    assert_eq!(units.len(), all);
    assert_eq!(totals.values().sum::<usize>(), all);
    assert!(totals["carried out"] > 10, "{totals:?}");
    assert!(!totals.contains_key("lacks something"), "{totals:?}");
}

#[test]
fn what_a_bench_lacks_is_told_with_the_unit_that_waits_for_it() {
    let (units, _) = coverage("fixtures/strangers/acme-box/bench.toml");
    let lock = units.iter().find(|(unit, _)| unit == "5.4-1-2.a").unwrap();
    assert!(lock.1.starts_with("lacks something"), "{lock:?}");
    assert!(lock.1.contains("box-1 has no debug"), "{lock:?}");
}
