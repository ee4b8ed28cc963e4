//! What the documents say of drivers and facts is what their tables say.

mod common;

use common::{repo, suite};
use proofhouse_model::drivers::drivers_markdown;
use proofhouse_model::facts::{EVERYWHERE, TABLES, facts_markdown};

#[test]
fn the_table_of_drivers_is_shown_as_it_is_printed() {
    let document = std::fs::read_to_string(repo("harness/README.md")).unwrap();
    let wanted = drivers_markdown();
    assert!(
        document.contains(&wanted),
        "paste `proofhouse list drivers`:\n{wanted}"
    );
}

#[test]
fn the_file_of_a_switch_is_shown_as_it_is_read() {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("```toml\n# my-strip.toml").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("p")).unwrap();
    let units = readme
        .lines()
        .filter(|l| l.starts_with("power = { driver = \"switch\""));
    let units = units
        .enumerate()
        .map(|(n, l)| format!("[unit.u{n}]\n{l}\n"));
    let units: Vec<_> = units.collect();
    assert_eq!(units.len(), 5);
    let bench = format!("name = \"t\"\nprofile = \"p\"\n{}", units.join(""));
    std::fs::write(at("bench.toml"), bench).unwrap();
    std::fs::write(at("my-strip.toml"), format!("#{example}")).unwrap();
    let read = proofhouse_planner::read_bench(&at("bench.toml"));
    assert!(read.is_ok(), "{read:#?}");
}

#[test]
fn the_table_of_facts_is_shown_as_it_is_printed() {
    let document = std::fs::read_to_string(repo("device-profiles/README.md")).unwrap();
    let wanted = facts_markdown();
    assert!(
        document.contains(&wanted),
        "paste `proofhouse list facts`:\n{wanted}"
    );
}

#[test]
fn there_are_facts_for_every_table_of_the_suite_and_no_other() {
    let suite = suite("V2.1.1");
    let tables: Vec<_> = suite.ixit.iter().map(|t| t.id.as_str()).collect();
    let with_facts: Vec<_> = TABLES.iter().map(|(id, _)| *id).collect();
    assert_eq!(tables, with_facts);
}

/// How cases and their libraries read a fact.
const READS: [&str; 6] = [
    "facts.get(\"",
    "facts[\"",
    "way.get(\"",
    "row[\"bench\"][\"",
    ".get(\"bench\", {}).get(\"",
    "one.get(\"",
];

/// Put beside the facts by the libraries themselves.
const OF_LIBRARIES: [&str; 3] = ["row", "form", "made"];

/// A key that nobody can write is read in vain.
#[test]
fn the_suite_reads_no_fact_that_a_profile_cannot_have() {
    let known = |key: &str| {
        let mut all = TABLES
            .iter()
            .flat_map(|(_, facts)| *facts)
            .chain(EVERYWHERE);
        OF_LIBRARIES.contains(&key) || all.any(|fact| fact.name == key)
    };
    let mut seen = 0;
    for folder in ["cases", "lib"] {
        let folder = repo("test-suites/en303645").join(folder);
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let read = READS.iter().flat_map(|how| text.split(how).skip(1));
            let read = read.filter_map(|rest| rest.split('"').next());
            let asked = text
                .split("\" in facts")
                .filter_map(|t| t.rsplit('"').next());
            let asked: Vec<_> = asked.collect();
            let asked = asked.split_last().map_or(&[][..], |(_, all)| all);
            for key in read.chain(asked.iter().copied()) {
                assert!(known(key), "{} reads `{key}`", path.display());
                seen += 1;
            }
        }
    }
    assert!(
        seen >= 30,
        "only {seen} reads were found: has their form changed?"
    );
}
