//! JUnit read back: by quick-xml, and by a parser that shares no code with it.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

#[derive(Debug, Default, Clone)]
pub struct Suite {
    pub attributes: BTreeMap<String, String>,
    pub properties: BTreeMap<String, String>,
    pub cases: Vec<Case>,
}

#[derive(Debug, Default, Clone)]
pub struct Case {
    pub attributes: BTreeMap<String, String>,
    /// `passed`, `failure`, `error` or `skipped`.
    pub status: String,
    pub type_: String,
    pub message: String,
    pub text: String,
}

impl Suite {
    pub fn name(&self) -> &str {
        &self.attributes["name"]
    }

    pub fn number(&self, attribute: &str) -> usize {
        self.attributes[attribute].parse().unwrap()
    }

    pub fn count(&self, status: &str) -> usize {
        self.cases.iter().filter(|c| c.status == status).count()
    }
}

impl Case {
    pub fn name(&self) -> &str {
        &self.attributes["name"]
    }

    /// `error INCONCLUSIVE`, or `passed`.
    pub fn came(&self) -> String {
        format!("{} {}", self.status, self.type_).trim().to_owned()
    }
}

/// Reads a report, holding it to the structure that strict servers ask for.
pub fn suites(xml: &[u8]) -> Vec<Suite> {
    let text = std::str::from_utf8(xml).unwrap();
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let mut out: Vec<Suite> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(e) => {
                element(&path, &e, &mut out);
                path.push(name(&e));
            }
            Event::Empty(e) => element(&path, &e, &mut out),
            Event::End(_) => drop(path.pop()),
            Event::CData(data) => {
                let case = out.last_mut().unwrap().cases.last_mut().unwrap();
                case.text.push_str(&data);
            }
            Event::Text(white) => assert!(white.trim().is_empty(), "stray text"),
            _ => {}
        }
    }
    assert!(path.is_empty());
    out
}

fn name(e: &BytesStart<'_>) -> String {
    e.name().as_ref().to_owned()
}

fn element(path: &[String], e: &BytesStart<'_>, out: &mut Vec<Suite>) {
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    let attributes = attributes(e);
    match (path.as_slice(), name(e).as_str()) {
        ([], "testsuites") => {}
        (["testsuites"], "testsuite") => out.push(Suite {
            attributes,
            ..Suite::default()
        }),
        (["testsuites", "testsuite"], "properties") => {
            assert!(
                out.last().unwrap().cases.is_empty(),
                "properties come first"
            );
        }
        (["testsuites", "testsuite", "properties"], "property") => {
            let property = (attributes["name"].clone(), attributes["value"].clone());
            let twice = out
                .last_mut()
                .unwrap()
                .properties
                .insert(property.0, property.1);
            assert!(twice.is_none());
        }
        (["testsuites", "testsuite"], "testcase") => {
            out.last_mut().unwrap().cases.push(Case {
                attributes,
                status: "passed".to_owned(),
                ..Case::default()
            });
        }
        (["testsuites", "testsuite", "testcase"], status @ ("failure" | "error" | "skipped")) => {
            let case = out.last_mut().unwrap().cases.last_mut().unwrap();
            assert_eq!(case.status, "passed", "one result a test case");
            case.status = status.to_owned();
            case.type_.clone_from(&attributes["type"]);
            case.message.clone_from(&attributes["message"]);
        }
        (["testsuites", "testsuite", "testcase"], "system-out") => {}
        (path, name) => panic!("<{name}> under {path:?}"),
    }
}

fn attributes(e: &BytesStart<'_>) -> BTreeMap<String, String> {
    e.attributes()
        .map(|a| {
            let a = a.unwrap();
            let value = quick_xml::escape::unescape(&a.value).unwrap().into_owned();
            (a.key.as_ref().to_owned(), value)
        })
        .collect()
}

/// What expat or libxml2 sees: suite, case, status, message and element text, one JSON array a test
/// case.
const PYTHON: &str = r#"
import json, sys, xml.etree.ElementTree as E
for s in E.parse(sys.stdin.buffer).getroot():
    for c in s.iter("testcase"):
        r = next((x for x in c if x.tag in ("failure", "error", "skipped")), None)
        row = [s.get("name"), c.get("name"), "passed" if r is None else r.tag]
        row += ["" if r is None else r.get("message"), "" if r is None else r.text]
        print(json.dumps(row))
"#;

/// Parses with another parser and compares what it sees. No parser at all is a failure.
pub fn agree_with_another_parser(xml: &[u8], ours: &[Suite]) {
    if let Some(lines) = pipe("python3", &["-c", PYTHON], xml) {
        let theirs: Vec<Vec<String>> = lines
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        let ours = ours.iter().flat_map(|s| {
            s.cases.iter().map(|c| {
                let text = if c.status == "passed" { "" } else { &c.text };
                [s.name(), c.name(), &c.status, &c.message, text].map(str::to_owned)
            })
        });
        assert_eq!(theirs, ours.map(Vec::from).collect::<Vec<_>>());
    } else {
        let parsed = pipe("xmllint", &["--noout", "-"], xml);
        assert!(
            parsed.is_some(),
            "no other XML parser here: install libxml2-utils (or python3)"
        );
    }
}

/// Output of a program; `None` when there is no such program.
pub fn pipe(program: &str, arguments: &[&str], input: &[u8]) -> Option<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let out = child.wait_with_output().unwrap();
    let _ = feeder.join(); // a parser that stops early is told by its exit code
    let trouble = String::from_utf8_lossy(&out.stderr);
    assert!(
        out.status.success(),
        "{program} refuses the file: {trouble}"
    );
    Some(String::from_utf8(out.stdout).unwrap())
}
