//! The matrix for a person: one line per defect with the cases that caught it, what is wrong at the end.

use super::{Matrix, Promise, Run, Subject, complaints, keep};
use crate::console::Style;
use crate::console::writer::{Page, Tone};
use crate::text::{count, duration, pad};
use proofhouse_model::Verdict;

/// Columns that names of defects take at most; longer ones push their line.
const NAME: usize = 40;

/// The matrix as text of at most `style.width` columns, 120 at most.
#[must_use]
pub fn render(matrix: &Matrix, style: Style) -> String {
    let mut page = Page::new(style.colour, style.width.min(120));
    write_head(&mut page, matrix);
    write_honest(&mut page, matrix);
    write_defects(&mut page, matrix);
    write_blinds(&mut page, matrix);
    write_desk(&mut page, matrix);
    write_cases(&mut page, matrix);
    write_end(&mut page, matrix);
    page.finish()
}

fn write_head(page: &mut Page, matrix: &Matrix) {
    let title = format!("Proof of the suite {}, {}", matrix.suite, matrix.at);
    page.pieces(&[(&title, Tone::Strong)]);
    let desk = matrix.desk.as_ref().map(|desk| {
        let statements = count(desk.statements.len(), "broken statement");
        format!("; {} on {statements}", count(desk.rules.len(), "rule"))
    });
    let text = format!(
        "{} on {}, {} and {}{} in {}",
        count(matrix.cases.len(), "case"),
        count(matrix.tried().count(), "defect"),
        count(blind_runs(matrix).count(), "blind"),
        count(matrix.honest().count(), "honest run"),
        desk.unwrap_or_default(),
        time(matrix.seconds),
    );
    page.labelled("tried", &text);
    let cells = || matrix.runs.iter().flat_map(|r| &r.cases);
    let kept = cells().filter(|s| s.kept).count();
    let text = format!(
        "{} run, {kept} kept from earlier proofs (nothing they rest on has changed), {} not tried (--full tries all)",
        cells().count() - kept,
        matrix.left
    );
    page.labelled("cells", &text);
    page.labelled("harness", &format!("proofhouse {}", matrix.tool));
}

fn blind_runs(matrix: &Matrix) -> impl Iterator<Item = (&str, &Run)> {
    let runs = matrix.runs.iter();
    runs.filter_map(|r| match &r.subject {
        Subject::Blind(name) => Some((name.as_str(), r)),
        _ => None,
    })
}

fn time(seconds: f64) -> String {
    // Saturates: a negative or unknown number of seconds is told as none.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let us = (seconds * 1e6) as u64;
    duration(us)
}

fn write_honest(page: &mut Page, matrix: &Matrix) {
    page.heading("HONEST DEVICES: every case has to pass");
    for run in matrix.honest() {
        let owed = |p: &&Promise| p.is_owed_on(run.subject.product());
        let all = matrix.cases.iter().filter(owed).count();
        let passed = |p: &&Promise| run.came_to(&p.case, Verdict::Pass);
        let passed = matrix.cases.iter().filter(owed).filter(passed).count();
        let tone = if passed == all { Tone::Good } else { Tone::Bad };
        let name = pad(&format!("  {}", run.subject), NAME);
        let text = format!("{passed} of {all} passed, {}", time(run.seconds));
        page.hanging(&name, NAME, &text, tone, usize::MAX);
    }
}

fn write_defects(page: &mut Page, matrix: &Matrix) {
    page.heading("DEFECTS: cases that caught each, * as they promise, + beyond that");
    for defect in matrix.tried() {
        let caught: Vec<_> = matrix
            .killers(&defect.name)
            .map(|p| mark(p, &defect.name))
            .collect();
        let missed = matrix
            .cases
            .iter()
            .filter(|p| p.caught_on.contains(&defect.name) && !matrix.kills(&p.case, &defect.name));
        let missed: Vec<_> = missed.map(|p| format!("{} MISSED IT", p.case)).collect();
        let tone = match (caught.is_empty(), missed.is_empty()) {
            (false, true) => Tone::Good,
            _ => Tone::Bad,
        };
        let cases = match caught.is_empty() && missed.is_empty() {
            true => "nobody".to_owned(),
            false => [caught, missed].concat().join(" "),
        };
        let failed = failed(matrix, &defect.name);
        let text = match failed.is_empty() {
            true => cases,
            false => format!("{cases}, fails {}", failed.join(" ")),
        };
        let name = pad(&format!("  {} ", defect.name), NAME);
        page.hanging(&name, NAME, &text, tone, usize::MAX);
    }
}

fn mark(promise: &Promise, defect: &str) -> String {
    let promised = promise.caught_on.iter().any(|d| d == defect);
    format!("{}{}", promise.case, if promised { "*" } else { "+" })
}

fn failed(matrix: &Matrix, defect: &str) -> Vec<String> {
    let subject = Subject::Defect(defect.to_owned());
    let mut out: Vec<_> = matrix.on(&subject).flat_map(Run::failed).collect();
    out.sort_by_key(|id| id.order());
    out.dedup();
    out.iter().map(ToString::to_string).collect()
}

fn write_blinds(page: &mut Page, matrix: &Matrix) {
    if blind_runs(matrix).next().is_none() {
        return;
    }
    page.heading("BLINDS: honest devices that these cases must not judge");
    for (blind, run) in blind_runs(matrix) {
        let named = matrix.cases.iter();
        let named = named.filter(|p| p.undecided_on.iter().any(|b| b == blind));
        let mut tone = Tone::Good;
        let texts: Vec<_> = named
            .map(|p| {
                let seen = run.seen(&p.case);
                if matches!(
                    seen.and_then(|s| s.verdict),
                    Some(Verdict::Pass | Verdict::Fail)
                ) {
                    tone = Tone::Bad;
                }
                let word = seen.map_or("no result", super::Seen::word);
                format!("{} {word}", p.case)
            })
            .collect();
        let name = pad(&format!("  {blind} "), NAME);
        page.hanging(&name, NAME, &texts.join(", "), tone, usize::MAX);
    }
}

fn write_desk(page: &mut Page, matrix: &Matrix) {
    let Some(desk) = &matrix.desk else {
        return;
    };
    page.heading("STATEMENTS: rules of the desk review, and the broken statements that each found");
    for rule in &desk.rules {
        let found: Vec<_> = desk.found_by(rule).collect();
        let (tone, text) = match found.as_slice() {
            [] => (Tone::Bad, "none".to_owned()),
            found => (Tone::Good, found.join(" ")),
        };
        let name = pad(&format!("  {rule} "), NAME);
        page.hanging(&name, NAME, &text, tone, usize::MAX);
    }
}

fn write_cases(page: &mut Page, matrix: &Matrix) {
    page.heading("CASES: what each kept of its promises");
    for promise in &matrix.cases {
        let proof = keep::of_case(matrix, promise);
        let owed = matrix.owed(&promise.caught_on).count();
        let kept = owed.saturating_sub(proof.survived.len());
        let more = proof.killed.len().saturating_sub(kept);
        let text = format!(
            "caught {kept} of {} promised and {more} more; undecided under {} of {}; honest {} of {}",
            count(owed, "defect"),
            proof.undecided.len(),
            count(matrix.owed(&promise.undecided_on).count(), "blind"),
            proof.honest.0,
            proof.honest.1
        );
        let (tone, text) = match proof.holds() {
            true => (Tone::Good, text),
            false => (Tone::Bad, format!("NOT PROVED: {text}")),
        };
        let name = pad(&format!("  {} ", promise.case), NAME);
        page.hanging(&name, NAME, &text, tone, usize::MAX);
    }
}

fn write_end(page: &mut Page, matrix: &Matrix) {
    let all = matrix.tried().count();
    let survivors: Vec<_> = matrix
        .tried()
        .filter(|d| !matrix.is_killed(&d.name))
        .collect();
    if !survivors.is_empty() {
        page.heading("SURVIVORS: defects that no case caught");
        for defect in &survivors {
            page.hanging(
                "  ",
                4,
                &format!("{}: {}", defect.name, defect.summary),
                Tone::Bad,
                3,
            );
        }
    }
    let complaints = complaints(matrix);
    if !complaints.is_empty() {
        page.heading("COMPLAINTS");
        for complaint in &complaints {
            page.hanging("  ", 4, &complaint.to_string(), Tone::Bad, 4);
        }
    }
    page.blank();
    let caught = all - survivors.len();
    let caught = match &matrix.desk {
        None => format!("{caught} of {} caught", count(all, "defect")),
        Some(desk) => format!(
            "{caught} of {} of devices and {} of {} caught",
            count(all, "defect"),
            desk.caught(),
            count(desk.statements.len(), "broken statement")
        ),
    };
    match (complaints.len(), matrix.partial) {
        (0, false) => page.indented(
            0,
            &format!("PROVED: {caught}, nothing to complain of"),
            Tone::Good,
        ),
        (0, true) => {
            let text =
                format!("IN ORDER: {caught}; only a part was tried, so this proves no suite");
            page.indented(0, &text, Tone::Doubt);
        }
        (n, _) => {
            let text = format!("NOT PROVED: {caught}, {}", count(n, "complaint"));
            page.indented(0, &text, Tone::Bad);
        }
    }
}
