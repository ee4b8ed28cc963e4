//! What is sent to a switch.

use super::read::words;
use super::{mqtt, told};
use crate::read::{Item, Table};
use proofhouse_model::switch::{Checksum, Field, Form, Request, Template, Values, Way, frame};

/// Keys of a request over that way.
pub fn keys(way: &Way) -> &'static [&'static str] {
    match way {
        Way::Http(_) => &["get", "post", "put", "body", "type"],
        Way::Tcp(_) => &["send", "answer"],
        Way::Serial(_) => &["send", "answer", "bytes", "checksum"],
        Way::Snmp(_) => &["oid", "value"],
        Way::Mqtt(_) => &["topic", "payload"],
    }
}

/// Reads `[on]`, `[off]` or `[toggle]`.
pub fn read(item: &Item<'_>, way: &Way) -> Option<Request> {
    let table = item.table("a table with what is sent")?;
    table.only(keys(way));
    let request = of_table(&table, way)?;
    if let (Request::Snmp { value: None, .. }, None) = (&request, table.get("value")) {
        table.need("value");
        return None;
    }
    Some(request)
}

/// Reads what is sent from a table that may have other keys.
pub fn of_table(table: &Table<'_>, way: &Way) -> Option<Request> {
    match way {
        Way::Http(_) => http(table),
        Way::Tcp(_) => lines(table),
        Way::Serial(_) => match (table.get("bytes"), table.get("send")) {
            (Some(bytes), None) => bytes_of(table, &bytes),
            (Some(_), Some(send)) => send.bad("lines and bytes are sent", "`send` or `bytes`"),
            (None, _) => lines(table),
        },
        Way::Snmp(_) => snmp(table),
        Way::Mqtt(_) => mqtt::message(table, "topic").map(Request::Publish),
    }
}

/// A text with places in it; a mistake is told where it stands in the text.
pub fn template(item: &Item<'_>) -> Option<Template> {
    let text = item.text()?;
    of_text(item, &text)
}

pub fn of_text(item: &Item<'_>, text: &str) -> Option<Template> {
    let bad = match Template::parse(text) {
        Ok(template) => return Some(template),
        Err(bad) => bad,
    };
    let names: Vec<_> = Field::ALL.iter().map(|(n, _)| format!("{{{n}}}")).collect();
    let wanted = format!("one of {}; `{{{{` and `}}}}` for braces", names.join(", "));
    // Without escapes before it the text stands in the file as it is.
    let span = item.span();
    let written = item.log().source().get(span.clone()).unwrap_or_default();
    let place = written.find(text).map(|at| span.start + at);
    let place = place.map_or(span, |at| at + bad.at.start..at + bad.at.end);
    item.log().note(place, bad.message, |d| {
        d.expected(wanted).nearest(bad.nearest)
    });
    None
}

/// Whether a request says which outlet.
pub fn says_outlet(request: &Request) -> bool {
    request.templates().into_iter().any(Template::has_outlet)
}

fn http(table: &Table<'_>) -> Option<Request> {
    const METHODS: [&str; 3] = ["get", "post", "put"];
    let named: Vec<_> = METHODS.iter().filter_map(|m| table.get(m)).collect();
    let item = match named.as_slice() {
        [one] => one,
        [] => return table.need(METHODS[0]).and(None),
        [_, second, ..] => {
            return second.bad("two requests are sent", "one of `get`, `post` and `put`");
        }
    };
    let path = template(item)?;
    let sample = told::sample(&path);
    if !sample.starts_with('/') || !sample.bytes().all(|b| b.is_ascii_graphic()) {
        return item.bad(
            "this is no path and query",
            "a path from the root, blanks as %20, such as \"/outlet/{outlet}?on=true\"",
        );
    }
    let (body, kind) = (table.get("body"), table.get("type"));
    let body = body.map(|item| template(&item));
    let kind = kind.map(|item| item.text());
    Some(Request::Http {
        method: item.key().to_ascii_uppercase(),
        path,
        body: body.map_or(Some(None), |read| read.map(Some))?,
        content_type: kind.map_or(Some(None), |read| read.map(Some))?,
    })
}

fn lines(table: &Table<'_>) -> Option<Request> {
    let item = table.need("send")?;
    let lines: Option<Vec<_>> = words(&item)?
        .iter()
        .map(|line| of_text(&item, line))
        .collect();
    let lines = lines?;
    let empty = Values::default();
    let is_one = |line: &Template| !line.fill(&empty, Form::Plain).contains(['\n', '\r']);
    if !lines.iter().all(is_one) {
        return item.bad(
            "this has a line end in it",
            "a line without its end, which `terminator` is",
        );
    }
    let answer = table.get("answer").map(|item| item.text());
    Some(Request::Lines {
        lines,
        answer: answer.map_or(Some(None), |read| read.map(Some))?,
    })
}

fn bytes_of(table: &Table<'_>, item: &Item<'_>) -> Option<Request> {
    let bytes = template(item)?;
    let sample = Values {
        outlet: 1,
        ..Values::default()
    };
    if frame(&bytes.fill(&sample, Form::Hex)).is_none() {
        return item.bad(
            "these are no bytes",
            "two digits in hex or `{outlet}` for each, with a blank between, such as \"A0 {outlet} 01\"",
        );
    }
    let checksum = table
        .get("checksum")
        .map(|item| item.one_of("checksum", &Checksum::ALL));
    Some(Request::Frame {
        bytes,
        checksum: checksum.map_or(Some(None), |read| read.map(Some))?,
    })
}

fn snmp(table: &Table<'_>) -> Option<Request> {
    let item = table.need("oid")?;
    let oid = template(&item)?;
    let filled = oid.fill(&Values::default(), Form::Plain);
    let arcs: Vec<_> = filled.split('.').map(str::parse::<u32>).collect();
    if arcs.len() < 3 || arcs.iter().any(Result::is_err) {
        return item.bad(
            "this names no object",
            "numbers with dots between, such as \"1.3.6.1.4.1.318.{outlet}\"",
        );
    }
    let value = table
        .get("value")
        .map(|item| item.whole(0..=i32::MAX as u64));
    Some(Request::Snmp {
        oid,
        value: match value {
            None => None,
            Some(value) => Some(i32::try_from(value?).ok()?),
        },
    })
}
