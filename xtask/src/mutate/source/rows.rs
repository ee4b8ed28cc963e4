//! Loops that check what they go over, or go over rows of the maker: only the first is looked at.

use super::text::{body, statements};
use super::{Cut, Kind};
use std::collections::BTreeSet;

pub fn cuts(text: &str, checking: &BTreeSet<String>) -> Vec<Cut> {
    let each = statements(text).filter_map(|(from, statement)| {
        let over = statement.strip_prefix("for ")?.find(" in ")? + "for  in ".len();
        let colon = statement.trim_end().strip_suffix(':')?.len();
        let span = (from + over, from + colon);
        let what = text.get(span.0..span.1)?;
        let (below, end) = body(text, from);
        let of_rows = what.contains("ixit(") || what.contains("rows");
        if !of_rows && !checks(&text[below..end], checking) {
            return None;
        }
        let instead = format!("list({what})[:1]");
        let told = format!("first only of {what}");
        Some(Cut::new(Kind::Rows, text, span, told, instead))
    });
    each.collect()
}

/// Functions of these scripts that check something, themselves or by others that they call.
pub fn checking<'a>(scripts: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let functions: Vec<(&str, &str)> = scripts.flat_map(functions).collect();
    let mut known = BTreeSet::new();
    loop {
        let before = known.len();
        for (name, body) in &functions {
            if checks(body, &known) {
                known.insert((*name).to_owned());
            }
        }
        if known.len() == before {
            return known;
        }
    }
}

fn functions(text: &str) -> Vec<(&str, &str)> {
    let each = statements(text).filter_map(|(from, statement)| {
        let name = statement.strip_prefix("def ")?.split('(').next()?;
        let (below, end) = body(text, from);
        Some((name, &text[below..end]))
    });
    each.collect()
}

fn checks(text: &str, known: &BTreeSet<String>) -> bool {
    let own = ["check.", "at_most", "at_least"];
    own.iter().any(|word| text.contains(word)) || known.iter().any(|name| calls(text, name))
}

fn calls(text: &str, name: &str) -> bool {
    let call = format!("{name}(");
    text.match_indices(&call).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.')
    })
}
