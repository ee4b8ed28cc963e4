//! Readers of JUnit that people have: two crates, and two packages of Python where they are installed.

use super::xml::{Suite, pipe};
use quick_junit::{NonSuccessKind, TestCaseStatus};

/// Suite, test case, how it came: what every reader has to find.
type Found = Vec<(String, String, &'static str)>;

/// Folder with the packages `junitparser` and `junit2html`; `.ci/run` sets it.
const PACKAGES: &str = "PROOFHOUSE_JUNIT_READERS";

pub fn read_everywhere(xml: &[u8], ours: &[Suite]) {
    let wanted: Found = ours
        .iter()
        .flat_map(|s| s.cases.iter().map(move |c| (s, c)))
        .map(|(s, c)| (s.name().to_owned(), c.name().to_owned(), word(&c.status)))
        .collect();
    assert_eq!(by_junit_parser(xml), wanted, "junit-parser");
    assert_eq!(by_quick_junit(xml), wanted, "quick-junit");
    by_python(xml, &wanted);
}

fn word(status: &str) -> &'static str {
    let all = ["passed", "failure", "error", "skipped"];
    all.into_iter().find(|w| *w == status).unwrap()
}

fn by_junit_parser(xml: &[u8]) -> Found {
    let read = junit_parser::from_reader(xml).unwrap();
    let cases = |s: &junit_parser::TestSuite| s.cases.len() as u64;
    assert_eq!(read.tests, read.suites.iter().map(cases).sum::<u64>());
    let failures = read.suites.iter().map(|s| s.failures).sum::<u64>();
    let errors = read.suites.iter().map(|s| s.errors).sum::<u64>();
    assert_eq!((read.failures, read.errors), (failures, errors));
    let of = |s: &junit_parser::TestSuite| -> Found {
        let each = s.cases.iter().map(|c| {
            let came = match c.status {
                junit_parser::TestStatus::Success => "passed",
                junit_parser::TestStatus::Error(_) => "error",
                junit_parser::TestStatus::Failure(_) => "failure",
                junit_parser::TestStatus::Skipped(_) => "skipped",
            };
            (s.name.clone(), c.original_name.clone(), came)
        });
        each.collect()
    };
    read.suites.iter().flat_map(of).collect()
}

fn by_quick_junit(xml: &[u8]) -> Found {
    let read = quick_junit::Report::deserialize(xml).unwrap();
    assert_eq!(
        read.tests,
        read.test_suites.iter().map(|s| s.tests).sum::<usize>()
    );
    let of = |s: &quick_junit::TestSuite| -> Found {
        assert!(s.timestamp.is_some() && s.time.is_some());
        assert_eq!(s.tests, s.test_cases.len());
        let each = s.test_cases.iter().map(|c| {
            let came = match &c.status {
                TestCaseStatus::Success { .. } => "passed",
                TestCaseStatus::NonSuccess { kind, .. } => match kind {
                    NonSuccessKind::Failure => "failure",
                    NonSuccessKind::Error => "error",
                },
                TestCaseStatus::Skipped { .. } => "skipped",
            };
            (s.name.to_string(), c.name.to_string(), came)
        });
        each.collect()
    };
    read.test_suites.iter().flat_map(of).collect()
}

/// Both packages in one go; each prints what it found.
const PYTHON: &str = r#"
import json, sys, tempfile
sys.path.insert(0, sys.argv[1])
import junitparser
from junit2htmlreport import parser
text = sys.stdin.buffer.read()
rows = []
for suite in junitparser.JUnitXml.fromstring(text):
    for case in suite:
        came = [type(r).__name__.lower() for r in case.result]
        rows.append([suite.name, case.name, came[0] if came else "passed"])
words = {"passed": "passed", "failed": "failure", "error": "error", "skipped": "skipped"}
with tempfile.NamedTemporaryFile(suffix=".xml") as file:
    file.write(text)
    file.flush()
    suites = parser.Junit(file.name).suites
cases = [(s.name, c) for s in suites for k in s.classes.values() for c in k.cases]
other = [[name, case.name, words[case.outcome()]] for name, case in cases]
print(json.dumps([rows, other]))
"#;

fn by_python(xml: &[u8], wanted: &Found) {
    let Some(folder) = std::env::var_os(PACKAGES) else {
        return; // read by two crates and, elsewhere, by expat or libxml2 all the same
    };
    let folder = folder.into_string().unwrap();
    let out = pipe("python3", &["-c", PYTHON, &folder], xml).unwrap();
    let (rows, other): (Vec<[String; 3]>, Vec<[String; 3]>) = serde_json::from_str(&out).unwrap();
    let full = wanted
        .iter()
        .map(|(s, c, came)| [s.clone(), c.clone(), (*came).to_owned()]);
    let full: Vec<_> = full.collect();
    assert_eq!(rows, full, "junitparser");
    // It knows errors as failures.
    let folded = full.into_iter().map(|[suite, case, came]| {
        let came = if came == "error" {
            "failure".to_owned()
        } else {
            came
        };
        [suite, case, came]
    });
    assert_eq!(other, folded.collect::<Vec<_>>(), "junit2html");
}
