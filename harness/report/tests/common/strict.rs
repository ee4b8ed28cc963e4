//! What the strictest reader takes: the schema `junit-10` of the Jenkins xUnit plugin, told again as a table. A file
//! with anything beyond it is refused there as a whole.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element: what it may stand in, attributes it must have, attributes it may have, whether text may stand in it.
type Element = (
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
    bool,
);

const ELEMENTS: [Element; 9] = [
    (
        "testsuites",
        &[],
        "",
        "name time tests failures errors",
        false,
    ),
    (
        "testsuite",
        &["testsuites"],
        "name tests failures errors",
        "group time skipped timestamp hostname id package file log url",
        false,
    ),
    ("properties", &["testsuite"], "", "", false),
    ("property", &["properties"], "name value", "", false),
    (
        "testcase",
        &["testsuite"],
        "name",
        "time classname group",
        false,
    ),
    ("failure", &["testcase"], "", "type message", true),
    ("error", &["testcase"], "", "type message", true),
    ("skipped", &["testcase"], "", "type message", true),
    ("system-out", &["testcase"], "", "", true),
];

/// Panics with what is wrong.
pub fn hold_to_the_strictest_schema(xml: &[u8]) {
    if let Err(why) = fits(std::str::from_utf8(xml).unwrap()) {
        panic!("{why}");
    }
}

pub fn fits(xml: &str) -> Result<(), String> {
    let mut reader = Reader::from_str(xml);
    let mut path: Vec<Element> = Vec::new();
    loop {
        match reader.read_event().map_err(|e| e.to_string())? {
            Event::Eof => break,
            Event::Start(e) => path.push(element(path.last(), &e)?),
            Event::Empty(e) => drop(element(path.last(), &e)?),
            Event::End(_) => drop(path.pop()),
            Event::Text(text) if text.trim().is_empty() => {}
            Event::Text(_) | Event::CData(_) => {
                let (name, .., text) = path.last().ok_or("text outside")?;
                text.then_some(()).ok_or(format!("text in <{name}>"))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn element(within: Option<&Element>, e: &BytesStart<'_>) -> Result<Element, String> {
    let name = e.name().as_ref().to_owned();
    let found = ELEMENTS.iter().find(|(known, ..)| *known == name);
    let found = *found.ok_or(format!("<{name}> is not known"))?;
    let (_, parents, must, may, _) = found;
    let stands = within.map_or(parents.is_empty(), |(outer, ..)| parents.contains(outer));
    stands
        .then_some(())
        .ok_or(format!("<{name}> does not stand there"))?;
    let mut seen = Vec::new();
    for attribute in e.attributes() {
        let attribute = attribute.map_err(|e| e.to_string())?;
        let key = attribute.key.as_ref().to_owned();
        let known = must.split(' ').chain(may.split(' ')).any(|k| k == key);
        known.then_some(()).ok_or(format!("{key}= on <{name}>"))?;
        if key == "time" && !is_time(&attribute.value) {
            return Err(format!("time={} on <{name}>", attribute.value));
        }
        seen.push(key);
    }
    let missing = must
        .split(' ')
        .find(|m| !m.is_empty() && !seen.iter().any(|s| s == m));
    missing.map_or(Ok(found), |m| Err(format!("<{name}> lacks {m}=")))
}

/// Whole seconds and at most three decimals.
fn is_time(value: &str) -> bool {
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    !whole.is_empty() && digits(whole) && digits(part) && part.len() <= 3
}
