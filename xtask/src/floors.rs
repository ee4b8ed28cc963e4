//! The floors of ARCHITECTURE.md, read from `cargo metadata`.

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::BTreeMap;

/// Floor of each package. A package may import only from lower floors.
const FLOORS: &[(&str, u8)] = &[
    ("proofhouse-model", 0),
    // Data of other folders, built in; it understands none of it.
    ("proofhouse-assets", 0),
    ("proofhouse-journal", 1),
    ("proofhouse-transport", 1),
    ("proofhouse-lease", 1),
    ("proofhouse-script", 1),
    ("proofhouse-planner", 1),
    ("proofhouse-report", 2),
    ("proofhouse-instruments", 2),
    ("proofhouse-bench", 3),
    ("proofhouse-runner", 4),
    // Virtual devices import nothing of the harness; only the binary starts them.
    ("proofhouse-fixtures", 0),
    ("proofhouse", 5),
    ("en303645", 6),
    ("xtask", 0),
];

/// The only packages that may import `proofhouse-fixtures` outside of tests.
const STARTS_DEVICES: &[&str] = &["proofhouse", "en303645"];

/// Crates that cost so much to build, or are so dangerous to hold, that one package alone may have them.
const KEPT_APART: &[(&str, &str)] = &[
    ("starlark", "proofhouse-script"),
    ("starlark_syntax", "proofhouse-script"),
    ("probe-rs", "proofhouse-transport"),
    ("serialport", "proofhouse-transport"),
    ("gpiocdev", "proofhouse-transport"),
    ("hidapi", "proofhouse-transport"),
    ("clap", "proofhouse"),
    ("tonic", "proofhouse-lease"),
    ("tonic-prost", "proofhouse-lease"),
    ("prost", "proofhouse-lease"),
];

/// Checks every dependency of every package of the workspace.
pub fn check() -> Result<String, String> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .map_err(|e| e.to_string())?;
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut edges = 0;
    for package in &metadata.packages {
        let name = package.name.as_str();
        let Some(&floor) = floors.get(name) else {
            wrong.push(format!(
                "{name} has no floor: add it to xtask/src/floors.rs"
            ));
            continue;
        };
        for dep in &package.dependencies {
            let kept = KEPT_APART.iter().find(|(krate, _)| *krate == dep.name);
            if let Some((krate, owner)) = kept.filter(|(_, owner)| *owner != name) {
                wrong.push(format!(
                    "{name} imports {krate}, which only {owner} may have"
                ));
            }
            let Some(&below) = floors.get(dep.name.as_str()) else {
                continue;
            };
            if dep.kind == DependencyKind::Development {
                continue;
            }
            edges += 1;
            if dep.name == "proofhouse-fixtures" && !STARTS_DEVICES.contains(&name) {
                wrong.push(format!(
                    "{name} imports fixtures: a bug could cancel itself"
                ));
            } else if below >= floor {
                wrong.push(format!(
                    "{name} (floor {floor}) imports {} (floor {below}): imports go down only",
                    dep.name
                ));
            }
        }
    }
    if wrong.is_empty() {
        Ok(format!("{edges} imports, all downwards"))
    } else {
        Err(wrong.join("\n"))
    }
}
