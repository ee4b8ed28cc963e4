//! Calls of `check.*`, measures with a limit, and all that a case does.

use super::text::{call_end, statements};
use super::{Cut, Kind};

pub fn cuts(text: &str, is_case: bool) -> Vec<Cut> {
    let mut out = Vec::new();
    for (from, statement) in statements(text) {
        out.extend(asked(text, from, statement));
        out.extend(made(text, from, statement));
        let at_edge = from == 0 || text[..from].ends_with('\n');
        if is_case && at_edge && statement.starts_with("def run(") {
            let what = "run does nothing".to_owned();
            // Whole: what follows a `return` the loader calls unreachable.
            let head = statement.trim_end();
            let instead = format!("{head}\n    pass\n\n{}", head.replace("run(", "not_run("));
            let span = (from, from + head.len());
            out.push(Cut::new(Kind::Checks, text, span, what, instead));
        }
    }
    out
}

/// A second look tells the case how it came out: there the check is taken for shown.
fn asked(text: &str, from: usize, statement: &str) -> Option<Cut> {
    let at = statement.find("check.confirmed(").filter(|at| *at > 0)?;
    let (from, to) = (from + at, call_end(text, from + at)?);
    let what = "without check.confirmed".to_owned();
    let instead = format!("(True or {})", &text[from..to]);
    Some(Cut::new(Kind::Checks, text, (from, to), what, instead))
}

fn made(text: &str, from: usize, statement: &str) -> Option<Cut> {
    let check = statement.starts_with("check.");
    if !check && !statement.starts_with("measure(") {
        return None;
    }
    let to = call_end(text, from)?;
    let call = &text[from..to];
    if !check && !call.contains("at_most") && !call.contains("at_least") {
        return None;
    }
    let verb = call.split('(').next().unwrap_or_default();
    let what = format!("without {verb}");
    Some(Cut::unmade(Kind::Checks, text, (from, to), what))
}
