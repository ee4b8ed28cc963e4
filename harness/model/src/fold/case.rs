//! From events to the result of each case.

use crate::event::{CaseEnd, RunEnd};
use crate::{CaseId, Check, Event, Fact, Finding, Seq, TroubleKind, UnitName, Verdict};
use std::collections::BTreeMap;

/// What the journal says of one case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseResult {
    /// The case.
    pub case: CaseId,
    /// Units it held.
    pub units: Vec<UnitName>,
    /// Its checks with their event numbers, in order.
    pub checks: Vec<(Seq, Check)>,
    /// How it ended; `None` when the journal stops before.
    pub end: Option<CaseEnd>,
    /// Why it was not started, if so.
    pub not_run: Option<String>,
    /// How often it was started. More than once can never be a pass. An attempt that the death of the harness broke
    /// off had no result, so what was started in its place does not count as another one.
    pub attempts: u32,
    /// Events that took the run up again after its harness had died in the middle of this case.
    pub broken_off: Vec<Seq>,
    /// What broken-off attempts had shown. It speaks for nothing: only what stands in `checks` does.
    pub set_aside: Vec<(Seq, Check)>,
    /// Events from its start to its end.
    pub first: Seq,
    /// Last event seen of it.
    pub last: Seq,
    /// Microseconds from run start to case start.
    pub started_us: u64,
    /// Microseconds it took.
    pub took_us: u64,
}

impl CaseResult {
    /// Verdict over all checks.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict_over(|_| true).0
    }

    /// Verdict over the checks a filter picks, and why.
    ///
    /// A refuted check stands whatever happened afterwards, and in whichever attempt. Otherwise trouble
    /// decides, then a second attempt, then a check that observed nothing, then the absence of any
    /// check shown.
    #[must_use]
    pub fn verdict_over(&self, picks: impl Fn(&Check) -> bool) -> (Verdict, String) {
        let (verdict, mut why) = self.judge(picks);
        if let Some(at) = self.broken_off.last() {
            why.push_str(&format!(
                " (the harness died during this case; it was begun again after event {at})"
            ));
        }
        (verdict, why)
    }

    fn judge(&self, picks: impl Fn(&Check) -> bool) -> (Verdict, String) {
        let picked: Vec<_> = self
            .checks
            .iter()
            .map(|(_, c)| c)
            .filter(|c| picks(c))
            .collect();
        if let Some(bad) = picked.iter().find(|c| c.finding == Finding::Refuted) {
            return (Verdict::Fail, sentence(bad));
        }
        if let Some(verdict) = self.ended_badly() {
            return verdict;
        }
        if let Some(open) = picked.iter().find(|c| c.finding == Finding::NotObserved) {
            return (
                Verdict::Inconclusive,
                format!("not observed: {}", open.detail),
            );
        }
        match picked
            .iter()
            .filter(|c| c.finding == Finding::Shown)
            .count()
        {
            0 => (
                Verdict::Inconclusive,
                "nothing was shown: no check observed anything".to_owned(),
            ),
            n => (
                Verdict::Pass,
                format!("{n} check{} shown", if n == 1 { "" } else { "s" }),
            ),
        }
    }

    /// A new attempt: what it finds is still open, what earlier ones found stays.
    fn started(&mut self, units: &[UnitName], attempt: u32) {
        self.units = units.to_vec();
        self.attempts = self.attempts.saturating_add(1).max(attempt);
        self.end = None;
        self.not_run = None;
    }

    /// The harness died and the run goes on. A case under way then had no result: what its attempt had shown does
    /// not count, what it had refuted or failed to observe stays, and being begun again makes it no flaky one.
    fn broke_off(&mut self, attempt: Seq, resumed: Seq) {
        if self.end.is_some() || self.not_run.is_some() {
            return;
        }
        let shown =
            |(seq, check): &mut (Seq, Check)| *seq > attempt && check.finding == Finding::Shown;
        self.set_aside.extend(self.checks.extract_if(.., shown));
        self.attempts = self.attempts.saturating_sub(1);
        self.broken_off.push(resumed);
    }

    fn ended_badly(&self) -> Option<(Verdict, String)> {
        if let Some(why) = &self.not_run {
            return Some((Verdict::Error, format!("not run: {why}")));
        }
        match &self.end {
            Some(CaseEnd::Complete) => self.tried_again(),
            None => Some((
                Verdict::Error,
                "the run stopped before the case ended".to_owned(),
            )),
            Some(CaseEnd::Skipped { why }) => Some((Verdict::Inconclusive, why.clone())),
            Some(CaseEnd::Stopped { trouble, .. }) => {
                Some((verdict_of(trouble.kind), trouble.to_string()))
            }
        }
    }

    /// A retry that worked the second time is not a pass; an end without a start is no journal of ours.
    fn tried_again(&self) -> Option<(Verdict, String)> {
        match self.attempts {
            1 => None,
            0 => Some((
                Verdict::Error,
                "the journal has no start of this case".to_owned(),
            )),
            n => Some((
                Verdict::Inconclusive,
                format!("flaky: it took {n} attempts to get to its end"),
            )),
        }
    }
}

/// Whose trouble ended the case: the device's leaves it open, ours is an error.
fn verdict_of(kind: TroubleKind) -> Verdict {
    match kind {
        TroubleKind::DeviceSilent
        | TroubleKind::DeviceRefused
        | TroubleKind::DeviceGarbled
        | TroubleKind::Deadline => Verdict::Inconclusive,
        TroubleKind::Bench | TroubleKind::Case | TroubleKind::Cancelled => Verdict::Error,
    }
}

fn sentence(check: &Check) -> String {
    if check.detail.is_empty() {
        check.says.clone()
    } else {
        format!("{}: {}", check.says, check.detail)
    }
}

/// Results of all cases the journal knows, in order of their start, and how the run ended.
#[must_use]
pub fn fold_cases(events: &[Event]) -> (Vec<CaseResult>, Option<RunEnd>) {
    let mut results: Vec<CaseResult> = Vec::new();
    let mut index: BTreeMap<CaseId, usize> = BTreeMap::new();
    // Cases with the event that began their attempt at hand.
    let mut under_way: BTreeMap<CaseId, Seq> = BTreeMap::new();
    let mut run_end = None;
    for event in events {
        match &event.fact {
            Fact::RunEnded { end } => run_end = Some(*end),
            // A run that was taken up again has not ended yet.
            Fact::RunStarted { .. } => run_end = None,
            Fact::RunResumed { .. } => {
                run_end = None;
                for (case, attempt) in std::mem::take(&mut under_way) {
                    results[index[&case]].broke_off(attempt, event.seq);
                }
            }
            _ => {}
        }
        let Some(case) = &event.case else { continue };
        let at = *index.entry(case.clone()).or_insert_with(|| {
            results.push(blank(case, event));
            results.len() - 1
        });
        let result = &mut results[at];
        result.last = event.seq;
        result.took_us = event.at_us.saturating_sub(result.started_us);
        match &event.fact {
            Fact::CaseStarted { units, attempt } => {
                result.started(units, *attempt);
                under_way.insert(case.clone(), event.seq);
            }
            Fact::Checked(check) => result.checks.push((event.seq, check.clone())),
            Fact::CaseEnded { end } => result.end = Some(end.clone()),
            Fact::CaseNotRun { why } => result.not_run = Some(why.clone()),
            _ => {}
        }
    }
    (results, run_end)
}

fn blank(case: &CaseId, event: &Event) -> CaseResult {
    CaseResult {
        case: case.clone(),
        units: Vec::new(),
        checks: Vec::new(),
        end: None,
        not_run: None,
        attempts: 0,
        broken_off: Vec::new(),
        set_aside: Vec::new(),
        first: event.seq,
        last: event.seq,
        started_us: event.at_us,
        took_us: 0,
    }
}
