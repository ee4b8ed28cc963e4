//! Statements that cannot be true as they stand: each is found by the rule that its bench file is named after, and by
//! no other.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn checked(bench: &Path) -> (Option<i32>, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
    command.arg("check").arg("--bench").arg(bench);
    let output = command.current_dir(root).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
fn each_broken_statement_is_found_by_its_rule_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/statements");
    let all = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path());
    let benches: Vec<_> = all
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    assert!(benches.len() >= 20, "{} broken statements", benches.len());
    for bench in benches {
        let text = std::fs::read_to_string(&bench).unwrap();
        let name = text
            .lines()
            .find_map(|l| l.strip_prefix("name = \"")?.strip_suffix('"'));
        // Rules that cannot be broken one by one are named together.
        let names: BTreeSet<&str> = name.unwrap().split(" and ").collect();
        let (code, said) = checked(&bench);
        assert_eq!(code, Some(1), "{}\n{said}", bench.display());
        let rules = said.lines().filter_map(|l| l.strip_prefix("  rule  "));
        let rules: BTreeSet<&str> = rules.collect();
        assert_eq!(rules, names, "{}\n{said}", bench.display());
    }
}

#[test]
fn our_own_statements_survive() {
    for bench in ["all-products", "two-products", "plug", "thermo"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let bench = root.join(format!("fixtures/benches/{bench}.toml"));
        let (code, said) = checked(&bench);
        assert_eq!(code, Some(0), "{}\n{said}", bench.display());
        assert!(said.contains("no fault in what the makers say"), "{said}");
    }
}
