//! Adds what junit-report cannot write: `skipped=` and properties of a suite, and line breaks.

use super::JunitError;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer};

/// What one suite gets.
#[derive(Debug)]
pub(super) struct Extra {
    /// Number of skipped test cases.
    pub skipped: usize,
    /// Name and value, both fit for XML.
    pub properties: Vec<(&'static str, String)>,
}

/// Copies a report, adding to each suite in turn.
pub(super) fn complete(bare: &[u8], extras: &[Extra]) -> Result<Vec<u8>, JunitError> {
    let mut reader = Reader::from_reader(bare);
    let mut writer = Writer::new(Vec::with_capacity(bare.len() * 2));
    let mut extras = extras.iter();
    loop {
        match reader.read_event()? {
            Event::Eof => break,
            Event::Start(e) if e.name().as_ref() == "testsuite" => {
                write_suite(&mut writer, e, extras.next())?;
            }
            Event::Start(e) if starts_a_line(e.name().as_ref()) => {
                newline(&mut writer)?;
                writer.write_event(Event::Start(e))?;
            }
            Event::Empty(e) => {
                newline(&mut writer)?;
                writer.write_event(Event::Empty(e))?;
            }
            Event::End(e) if holds_elements(e.name().as_ref()) => {
                newline(&mut writer)?;
                writer.write_event(Event::End(e))?;
            }
            event => writer.write_event(event)?,
        }
    }
    let mut out = writer.into_inner();
    out.push(b'\n');
    Ok(out)
}

fn write_suite(
    writer: &mut Writer<Vec<u8>>,
    mut start: BytesStart<'_>,
    extra: Option<&Extra>,
) -> Result<(), JunitError> {
    newline(writer)?;
    let Some(extra) = extra else {
        return Ok(writer.write_event(Event::Start(start))?);
    };
    let skipped = extra.skipped.to_string();
    start.push_attribute(("skipped", skipped.as_str()));
    writer.write_event(Event::Start(start))?;
    newline(writer)?;
    writer.write_event(Event::Start(BytesStart::new("properties")))?;
    for (name, value) in &extra.properties {
        let mut property = BytesStart::new("property");
        property.push_attribute(("name", *name));
        property.push_attribute(("value", value.as_str()));
        newline(writer)?;
        writer.write_event(Event::Empty(property))?;
    }
    newline(writer)?;
    Ok(writer.write_event(Event::End(BytesEnd::new("properties")))?)
}

fn newline(writer: &mut Writer<Vec<u8>>) -> Result<(), JunitError> {
    Ok(writer.write_event(Event::Text(BytesText::from_escaped("\n")))?)
}

fn holds_elements(name: &str) -> bool {
    matches!(name, "testsuites" | "testsuite" | "testcase")
}

fn starts_a_line(name: &str) -> bool {
    holds_elements(name) || matches!(name, "failure" | "error" | "skipped" | "system-out")
}
