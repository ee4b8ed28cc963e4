//! Every provision with its word, level, reason and evidence.

use super::writer::{Page, Tone};
use crate::text::{columns, cut, one_line, pad, ranges};
use crate::view::{Open, Picked, Row, Standing, TargetKind, View, told, verdict_word};
use proofhouse_model::fold::{Applicability, GuideState, Served};
use proofhouse_model::{UnitRef, Verdict};

/// Columns of word, id and status.
const COLUMNS: [usize; 3] = [15, 8, 12];
/// Columns of the state of a guide's row.
const GUIDE: usize = 20;

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    page.heading("PROVISIONS");
    for standing in Standing::ALL {
        let rows: Vec<_> = view
            .rows
            .iter()
            .filter(|r| r.standing == standing)
            .collect();
        match standing {
            _ if rows.is_empty() => {}
            Standing::Pending => write_pending(page, &rows),
            Standing::NotRun => write_compact(page, not_run(view), &rows),
            Standing::NotMet => write_claimed(page, "recommendations not met, as claimed", &rows),
            Standing::NotApplicable => write_claimed(page, "not applicable, as claimed", &rows),
            Standing::NoClaim => write_unclaimed(page, view, &rows),
            _ => rows.iter().for_each(|row| write_row(page, view, row)),
        }
    }
    write_guides(page, view);
}

/// Why nothing of a provision was run.
fn not_run(view: &View<'_>) -> &'static str {
    match view.plan.shard {
        Some(_) => "not in this part of the run",
        None => "left out by the filter of this run",
    }
}

fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Failed | Standing::BadClaim => Tone::Bad,
        Standing::Error | Standing::Inconclusive | Standing::NoClaim => Tone::Doubt,
        Standing::Shown | Standing::Passed => Tone::Good,
        _ => Tone::Quiet,
    }
}

fn write_row(page: &mut Page, view: &View<'_>, row: &Row<'_>) {
    let provision = &row.result.provision;
    write_line(
        page,
        (row.standing.word(), tone(row.standing)),
        provision.id.as_str(),
        &provision.status(),
        &provision.title,
    );
    let indent = COLUMNS[0];
    let target = TargetKind::Provision(&provision.id);
    for s in &row.result.served {
        let text = served(view, s, target);
        page.indented(indent, &text, Tone::Plain);
    }
    let open = open(row);
    if !open.is_empty() {
        page.indented(indent, &format!("open: {open}"), Tone::Quiet);
    }
}

fn write_line(page: &mut Page, word: (&str, Tone), id: &str, status: &str, title: &str) {
    let status = cut(status, COLUMNS[2] - 1);
    page.pieces(&[
        (&pad(&format!("  {}", word.0), COLUMNS[0]), word.1),
        (&pad(id, COLUMNS[1]), Tone::Strong),
        (&pad(&status, COLUMNS[2]), Tone::Quiet),
        (title, Tone::Plain),
    ]);
}

/// `reset-erases: 3 checks shown (events 12–40)`, one or two lines at most.
fn served(view: &View<'_>, served: &Served, target: TargetKind<'_>) -> String {
    let name = view.name(served.task);
    let Some(task) = view.task(served.task) else {
        return name;
    };
    let picked = Picked::new(task, target);
    let why = cut(&one_line(&served.why), 90).into_owned();
    let events = match picked.rests_on() {
        [] => String::new(),
        [one] => format!(" (event {one})"),
        all => format!(" (events {})", ranges(all, 6)),
    };
    match served.verdict {
        Verdict::Pass => format!("{name}: {why}{events}"),
        verdict => format!("{name}: {}: {why}{events}", verdict_word(verdict)),
    }
}

fn open(row: &Row<'_>) -> String {
    let texts: Vec<_> = row.open.iter().map(short).collect();
    texts.join("; ")
}

fn short(open: &Open<'_>) -> String {
    match open {
        Open::Claim => "a claim that can stand".to_owned(),
        Open::Papers(units) => format!("papers {}", list(units)),
        Open::LeftOut(l) => format!("{} left out ({})", l.case.id, cut(&one_line(&l.why), 90)),
        Open::Untested(units) => format!("not tested {}", list(units)),
        Open::InPart(units) => format!("in part {}", list(units)),
        Open::NotSettled(units, _) => format!("not settled {}", list(units)),
        Open::UnitsUnknown => "units not known".to_owned(),
        Open::OtherParts(tasks) if tasks.is_empty() => "other parts".to_owned(),
        Open::OtherParts(tasks) => format!("other parts {}", told(tasks)),
    }
}

fn list(units: &[UnitRef]) -> String {
    let names: Vec<_> = units.iter().map(|u| u.as_str()).collect();
    names.join(", ")
}

/// Nothing tried yet: those that wait for papers alone, and those that also wait for a test.
fn write_pending(page: &mut Page, rows: &[&Row<'_>]) {
    let papers = |r: &&&Row<'_>| r.open.iter().all(|o| matches!(o, Open::Papers(_)));
    let only_papers: Vec<_> = rows.iter().filter(papers).copied().collect();
    let rest: Vec<_> = rows.iter().filter(|r| !papers(r)).copied().collect();
    if !only_papers.is_empty() {
        write_compact(
            page,
            "pending: papers only, for a person to read",
            &only_papers,
        );
    }
    if !rest.is_empty() {
        write_compact(page, "pending: not tested on the device in this run", &rest);
    }
}

fn write_compact(page: &mut Page, what: &str, rows: &[&Row<'_>]) {
    let ids: Vec<_> = rows
        .iter()
        .map(|r| r.result.provision.id.as_str())
        .collect();
    page.pieces(&[(&format!("  {what} ({})", rows.len()), Tone::Quiet)]);
    page.list(COLUMNS[0], &ids.join(", "));
}

/// Missing claims are listed above; here only those that a case served all the same.
fn write_unclaimed(page: &mut Page, view: &View<'_>, rows: &[&Row<'_>]) {
    let served = |r: &&&Row<'_>| !r.result.served.is_empty();
    for row in rows.iter().filter(served) {
        write_row(page, view, row);
    }
    let rest: Vec<_> = rows.iter().filter(|r| !served(r)).copied().collect();
    if !rest.is_empty() {
        write_compact(page, "no claim in the profile", &rest);
    }
}

fn write_claimed(page: &mut Page, what: &str, rows: &[&Row<'_>]) {
    page.pieces(&[(&format!("  {what} ({})", rows.len()), Tone::Quiet)]);
    for row in rows {
        let why = match &row.result.applicability {
            Applicability::NotApplicable(why) | Applicability::NotMet(why) => why.as_str(),
            _ => "",
        };
        let id = row.result.provision.id.as_str();
        let indent = " ".repeat(COLUMNS[0]);
        debug_assert!(columns(id) < COLUMNS[1]);
        page.pieces(&[
            (&indent, Tone::Plain),
            (&pad(id, COLUMNS[1]), Tone::Strong),
            (why, Tone::Plain),
        ]);
    }
}

fn write_guides(page: &mut Page, view: &View<'_>) {
    if view.guides.is_empty() {
        return;
    }
    page.heading("OTHER GUIDES, as far as cases serve them directly");
    for guide in &view.guides {
        let row = &guide.result.row;
        let state = guide.result.state;
        let tone = match state {
            GuideState::Held => Tone::Good,
            GuideState::Contradicted => Tone::Bad,
            GuideState::Partly | GuideState::DoesNotApply => Tone::Plain,
            GuideState::BenchError | GuideState::NotObserved => Tone::Doubt,
        };
        let word = pad(&format!("  {}", state.words()), GUIDE);
        let name = pad(&guide.name(), COLUMNS[1] + COLUMNS[2]);
        page.pieces(&[
            (&word, tone),
            (&name, Tone::Strong),
            (" ", Tone::Plain),
            (&guide.title(), Tone::Plain),
        ]);
        for s in &guide.result.served {
            let text = served(view, s, TargetKind::Guide(&row.id));
            page.indented(COLUMNS[0], &text, Tone::Plain);
        }
        let label = match state {
            GuideState::DoesNotApply => "because",
            _ => "still needed",
        };
        for missing in &guide.result.missing {
            let text = format!("{label}: {missing}");
            page.indented(COLUMNS[0], &text, Tone::Quiet);
        }
    }
}
