//! What was measured, task by task: for suites that are about figures, such as the one that tries the bench.

use super::writer::{Page, Tone};
use crate::view::{View, figures, verdict_word};

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    page.heading("FIGURES");
    for task in &view.tasks {
        let verdict = verdict_word(task.result.verdict());
        let head = format!("{}: {verdict}", view.name(task.planned.id));
        page.indented(2, &head, Tone::Plain);
        let Some(facts) = task.facts else { continue };
        let measured: Vec<_> = facts.measured.iter().map(|(_, m)| m).collect();
        for line in figures(&measured) {
            page.indented(4, &line, Tone::Plain);
        }
    }
}
