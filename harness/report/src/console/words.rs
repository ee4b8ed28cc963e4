//! What the less plain words of the counts mean, and what to do about each: of those that occur, a line each.

use super::writer::{Page, Tone};
use crate::text::pad;
use crate::view::{Standing, View};
use proofhouse_model::Verdict;
use proofhouse_model::fold::{LedgerRow, LedgerState};

/// Columns of a word, its indent included.
const WORD: usize = 15;

pub(super) fn write(page: &mut Page, view: &View<'_>, ledger: &[&LedgerRow]) {
    let case = |verdict| view.tasks.iter().any(|t| t.result.verdict() == verdict);
    let row = |standing| view.rows.iter().any(|r| r.standing == standing);
    let unit = |state| ledger.iter().any(|row| row.state == state);
    // Of a suite about the bench a case is all there is.
    let by_units = !view.plan.catalogue.by_cases;
    let all = [
        (
            case(Verdict::Error) || row(Standing::Error),
            "error",
            "no answer was got: do `next` of its case, then run it again",
        ),
        (
            case(Verdict::Inconclusive) || row(Standing::Inconclusive),
            "inconclusive",
            "neither shown nor refuted, so no pass: see `next` of its case",
        ),
        (
            by_units && row(Standing::Shown),
            "shown",
            "all that was tried held, but something is open: not yet a pass",
        ),
        (
            by_units && unit(LedgerState::InPart),
            "in-part",
            "a case shows some of what the unit asks; the rest is open",
        ),
        (
            by_units && row(Standing::Pending),
            "pending",
            "nothing was tried: a person reads papers, or a test is due",
        ),
    ];
    let told: Vec<_> = all.iter().filter(|(occurs, ..)| *occurs).collect();
    if told.is_empty() {
        return;
    }
    page.heading("WORDS");
    for (_, word, means) in told {
        page.hanging(
            &pad(&format!("  {word}"), WORD),
            WORD,
            means,
            Tone::Quiet,
            2,
        );
    }
}
