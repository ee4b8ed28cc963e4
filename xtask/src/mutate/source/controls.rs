//! What shows that a check means something: a `require`, and of a second look its wire, its state and the look itself.

use super::text::{arguments, call_end, statements};
use super::{Cut, Kind};

const SILENT: &str = "require_silent_when_off(";
const CONFIRMED: &str = "check.confirmed(";

pub fn cuts(text: &str) -> Vec<Cut> {
    let mut out = Vec::new();
    for (from, statement) in statements(text) {
        out.extend(required(text, from, statement));
        if let Some(at) = statement.find(CONFIRMED) {
            out.extend(of_a_second_look(text, from + at));
            // One that tells how it came out is asked for more than a plain check says.
            out.extend((at == 0).then(|| single_look(text, from)).flatten());
        }
    }
    out
}

fn required(text: &str, from: usize, statement: &str) -> Option<Cut> {
    let name = statement.split('(').next().unwrap_or_default();
    if matches!(name, "require" | "require_silent_when_off") {
        let to = call_end(text, from)?;
        let what = format!("without {name}");
        return Some(Cut::unmade(Kind::Controls, text, (from, to), what));
    }
    // It also says how long the unit ran on: that is none.
    let at = statement
        .find(SILENT)
        .filter(|_| statement.contains(" = "))?;
    let (from, to) = (from + at, call_end(text, from + at)?);
    let instead = format!("(0 if True else {})", &text[from..to]);
    let what = "without require_silent_when_off".to_owned();
    Some(Cut::new(Kind::Controls, text, (from, to), what, instead))
}

fn of_a_second_look(text: &str, from: usize) -> Vec<Cut> {
    let each = arguments(text, from)
        .into_iter()
        .filter_map(|(name, span)| {
            let value = &text[span.0..span.1];
            let (what, instead) = match name {
                "wire" => (
                    "wire taken for granted",
                    format!("[{value}, lambda: \"taken for granted\"][1]"),
                ),
                "settle" if value != "as_it_stands" => {
                    ("settle does nothing", format!("[{value}, lambda: None][1]"))
                }
                _ => return None,
            };
            let what = what.to_owned();
            Some(Cut::new(Kind::Controls, text, span, what, instead))
        });
    each.collect()
}

/// The first look decides, as in a plain check.
fn single_look(text: &str, from: usize) -> Option<Cut> {
    let end = call_end(text, from)?;
    let all = arguments(text, from);
    let value = |wanted: &str| {
        let (_, span) = all.iter().find(|(name, _)| *name == wanted)?;
        Some(&text[span.0..span.1])
    };
    let (look, settle, wire) = (value("look")?, value("settle")?, value("wire")?);
    let rest = all
        .iter()
        .filter(|(name, _)| !matches!(*name, "look" | "settle" | "wire" | "alike"));
    let rest: String = rest
        .map(|(name, span)| format!(", {name} = {}", &text[span.0..span.1]))
        .collect();
    let seen = format!("(lambda seen: seen[0] if type(seen) == \"tuple\" else seen)(({look})())");
    let unused = format!("False and ({settle}, {wire})");
    let instead = format!("{unused}; check.true({seen}{rest})");
    let lines = |text: &str| text.matches('\n').count();
    let spare = lines(&text[from..end]).saturating_sub(lines(&instead));
    let instead = format!("{}{})", instead.strip_suffix(')')?, "\n".repeat(spare));
    let what = "single look".to_owned();
    Some(Cut::new(Kind::Controls, text, (from, end), what, instead))
}
