//! What a verdict of a case rests on, line by line.

use super::TaskView;
use crate::text::{count, one_line, ranges, shorten};
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{Check, Finding, GuideId, Limit, Measurement, ProvisionId, Seq};
use std::collections::BTreeSet;

/// Longest piece of foreign text in a report, in characters. The journal has the whole of it.
const LONGEST_PIECE: usize = 1000;

/// Whom a check may speak for.
#[derive(Debug, Clone, Copy)]
pub enum TargetKind<'a> {
    /// A provision.
    Provision(&'a ProvisionId),
    /// A row of a guide.
    Guide(&'a GuideId),
    /// The case as a whole.
    Whole,
}

impl TargetKind<'_> {
    /// Whether a check speaks for it, by the model's rule.
    #[must_use]
    pub fn heeds(&self, check: &Check) -> bool {
        match self {
            Self::Provision(id) => check.speaks_for(id),
            Self::Guide(id) => check.speaks_for_guide(id),
            Self::Whole => true,
        }
    }
}

/// A label and its text, both free of control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Such as `refuted` or `events`.
    pub label: &'static str,
    /// For a reader.
    pub text: String,
}

/// The checks of a case that speak for one target.
#[derive(Debug)]
pub struct Picked<'a> {
    task: TaskView<'a>,
    checks: Vec<(Seq, &'a Check)>,
    rests_on: Vec<Seq>,
}

impl<'a> Picked<'a> {
    /// Picks them.
    #[must_use]
    pub fn new(task: TaskView<'a>, target: TargetKind<'_>) -> Self {
        let checks = task.result.checks.iter();
        let checks = checks
            .filter(|(_, c)| target.heeds(c))
            .map(|(seq, c)| (*seq, c))
            .collect();
        let rests_on = task.result.rests_on(|check| target.heeds(check));
        Self {
            task,
            checks,
            rests_on,
        }
    }

    /// Events that the verdict rests on, sorted.
    #[must_use]
    pub fn rests_on(&self) -> &[Seq] {
        &self.rests_on
    }

    /// All of them with their event numbers.
    #[must_use]
    pub fn checks(&self) -> &[(Seq, &'a Check)] {
        &self.checks
    }

    /// Checks that were not shown, how the case ended, measured values, events and places. At most
    /// `most` checks and values are listed one by one; the JSON report has all.
    #[must_use]
    pub fn lines(&self, most: usize) -> Vec<Line> {
        let mut out = Vec::new();
        let troubling: Vec<_> = [Finding::Refuted, Finding::NotObserved]
            .into_iter()
            .flat_map(|f| self.checks.iter().filter(move |(_, c)| c.finding == f))
            .collect();
        for (_, check) in troubling.iter().take(most) {
            tell_check(check, &mut out);
        }
        if let Some(more) = troubling.len().checked_sub(most).filter(|n| *n > 0) {
            let text = format!("{} like these, see report.json", count(more, "check"));
            out.push(line("more", &text));
        }
        out.extend(self.ended());
        for attempt in self.task.result.attempts_told() {
            out.push(line("tried", &attempt));
        }
        let shown = self.checks.len() - troubling.len();
        if shown > 0 {
            out.push(line("shown", &count(shown, "check")));
        }
        for (_, text) in self.task.facts.iter().flat_map(|f| &f.limits).take(most) {
            out.push(line("limit", &format!("cannot rule out {text}")));
        }
        self.tell_measured(most, &mut out);
        self.tell_evidence(&troubling, &mut out);
        out
    }

    fn ended(&self) -> Option<Line> {
        let result = self.task.result;
        if let Some(why) = &result.not_run {
            return Some(line("not run", why));
        }
        match &result.end {
            Some(CaseEnd::Complete) if result.is_flaky() => {
                let text = format!("it took {} attempts, which is no pass", result.attempts);
                Some(line("flaky", &text))
            }
            Some(CaseEnd::Complete) => None,
            None => Some(line("stopped", "the journal ends before the case did")),
            Some(CaseEnd::Skipped { why }) => Some(line("gave up", why)),
            Some(CaseEnd::Stopped { trouble, place }) => {
                let place = place.as_ref().map_or(String::new(), |p| format!(" at {p}"));
                let channel = trouble.channel.map_or(String::new(), |c| format!("{c}: "));
                Some(line(
                    "stopped",
                    &format!("{channel}{}{place}", trouble.what),
                ))
            }
        }
    }

    fn tell_measured(&self, most: usize, out: &mut Vec<Line>) {
        let free = self.task.facts.iter().flat_map(|f| &f.measured);
        let limited = self.checks.iter();
        let limited = limited.filter_map(|(_, c)| c.measurement.as_ref());
        let all: Vec<_> = limited.chain(free.map(|(_, m)| m)).collect();
        for m in all.iter().take(most) {
            out.push(line("measured", &measurement(m)));
        }
    }

    /// Numbers of all events the verdict rests on, blobs, and the lines of the case file.
    fn tell_evidence(&self, troubling: &[&(Seq, &Check)], out: &mut Vec<Line>) {
        if !self.rests_on.is_empty() {
            out.push(line("rests on", &rests_on_text(&self.rests_on)));
        }
        for (_, name, blob, size) in self.task.facts.iter().flat_map(|f| &f.stored).take(8) {
            let text = format!("{name}, {size} bytes, blob {blob}");
            out.push(line("stored", &text));
        }
        out.push(line("file", &self.place(troubling)));
    }

    fn place(&self, troubling: &[&(Seq, &Check)]) -> String {
        let file = &self.task.planned.case.file;
        // Several checks may stand on one line, as in a loop.
        let at: BTreeSet<u64> = troubling
            .iter()
            .filter_map(|(_, c)| c.line.map(u64::from))
            .collect();
        let at: Vec<u64> = at.into_iter().collect();
        match at.as_slice() {
            [] => file.clone(),
            [one] => format!("{file}:{one}"),
            many => format!("{file}, lines {}", ranges(many, 12)),
        }
    }
}

fn tell_check(check: &Check, out: &mut Vec<Line>) {
    let label = match check.finding {
        Finding::Shown => "shown",
        Finding::NotObserved => "not seen",
        Finding::Refuted => "refuted",
    };
    let statement = check.statement();
    // The label says already that it was not observed.
    let text = statement.strip_prefix("not observed ");
    out.push(line(label, text.unwrap_or(&statement)));
    if !check.detail.is_empty() {
        out.push(line("", &check.detail));
    }
}

fn line(label: &'static str, text: &str) -> Line {
    let text = one_line(&shorten(text, LONGEST_PIECE)).into_owned();
    Line { label, text }
}

/// `events 3, 5–8`, all of them.
fn rests_on_text(events: &[Seq]) -> String {
    let word = if events.len() == 1 { "event" } else { "events" };
    format!("{word} {}", ranges(events, usize::MAX))
}

/// `late = 12.5 ms, at most 20`.
#[must_use]
pub(crate) fn measurement(m: &Measurement) -> String {
    let limit = match m.limit {
        None => String::new(),
        Some(Limit::AtMost(x)) => format!(", at most {x}"),
        Some(Limit::AtLeast(x)) => format!(", at least {x}"),
    };
    format!("{} = {} {}{limit}", m.name, m.value, m.unit)
}
