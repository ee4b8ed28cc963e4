//! From events to the result of each task.

use super::rests::Ground;
use crate::event::{CaseEnd, RunEnd};
use crate::{Check, Event, Fact, Finding, Seq, TaskId, TroubleKind, UnitName, Verdict};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

/// What the journal says of one task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskResult {
    /// The task.
    pub task: TaskId,
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
    /// What earlier attempts came to, each by itself: its number, verdict and why.
    pub earlier: Vec<(u32, Verdict, String)>,
    /// Where the checks of the last attempt begin.
    pub fresh: usize,
    /// Events that took the run up again after it had been broken off in the middle of this case.
    pub broken_off: Vec<Seq>,
    /// Events by which its unit left the run in the middle of it; it was to be begun again on another one.
    pub unit_left: Vec<Seq>,
    /// What broken-off attempts had shown, and what was taken back. It speaks for nothing: only what stands in `checks`
    /// does.
    pub set_aside: Vec<(Seq, Check)>,
    /// Event that took back what the last attempt had found, and why it did.
    pub void: Option<(Seq, String)>,
    /// Events from its start to its end.
    pub first: Seq,
    /// Last event seen of it.
    pub last: Seq,
    /// Microseconds from run start to case start.
    pub started_us: u64,
    /// Microseconds it took.
    pub took_us: u64,
    /// What its checks and its end rest on.
    pub ground: Ground,
}

impl TaskResult {
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
                " (the run was broken off during this case; it was begun again after event {at})"
            ));
        }
        if let Some(at) = self.unit_left.last() {
            why.push_str(&format!(
                " (its unit left the run during this case, by event {at}; what was shown there does not count)"
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
            return (Verdict::Inconclusive, sentence(open));
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

    /// Nothing of a task yet.
    #[must_use]
    pub const fn blank(task: TaskId) -> Self {
        Self {
            task,
            units: Vec::new(),
            checks: Vec::new(),
            end: None,
            not_run: None,
            attempts: 0,
            earlier: Vec::new(),
            fresh: 0,
            broken_off: Vec::new(),
            unit_left: Vec::new(),
            set_aside: Vec::new(),
            void: None,
            first: 0,
            last: 0,
            started_us: 0,
            took_us: 0,
            ground: Ground::NONE,
        }
    }

    /// Whether only a later attempt came out well: never a pass.
    #[must_use]
    pub fn is_flaky(&self) -> bool {
        self.is_good_at_last() && self.verdict() != Verdict::Fail
    }

    fn is_good_at_last(&self) -> bool {
        self.attempts > 1 && self.last_attempt().0 == Verdict::Pass
    }

    /// What each attempt came to, for a reader: `attempt 1: error: ...`. Empty when there was only one.
    #[must_use]
    pub fn attempts_told(&self) -> Vec<String> {
        if self.attempts < 2 {
            return Vec::new();
        }
        let (verdict, why) = self.last_attempt();
        let earlier = self
            .earlier
            .iter()
            .map(|(n, v, why)| (*n, *v, why.as_str()));
        let all = earlier.chain([(self.attempts, verdict, why.as_str())]);
        all.map(|(n, verdict, why)| format!("attempt {n}: {verdict}: {why}"))
            .collect()
    }

    /// What the last attempt came to, by itself.
    #[must_use]
    pub fn last_attempt(&self) -> (Verdict, String) {
        let alone = Self {
            checks: self.checks.get(self.fresh..).unwrap_or_default().to_vec(),
            end: self.end.clone(),
            not_run: self.not_run.clone(),
            void: self.void.clone(),
            attempts: self.attempts.min(1),
            ..Self::blank(self.task)
        };
        alone.verdict_over(|_| true)
    }

    /// Whether it was started and the journal has no end of that.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.attempts > 0 && self.end.is_none() && self.not_run.is_none()
    }

    /// Whether somebody ended the run in the middle of it.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        matches!(&self.end, Some(CaseEnd::Stopped { trouble, .. }) if trouble.kind == TroubleKind::Cancelled)
    }

    /// A new attempt: what it finds is still open, what earlier ones found stays.
    fn started(&mut self, units: &[UnitName], attempt: u32) {
        if self.attempts > 0 {
            let (verdict, why) = self.last_attempt();
            self.earlier.push((self.attempts, verdict, why));
            self.fresh = self.checks.len();
        }
        self.units = units.to_vec();
        self.attempts = self.attempts.saturating_add(1).max(attempt);
        self.end = None;
        self.not_run = None;
        self.void = None;
    }

    /// Another unit may be meant, or something was lost: nothing that this attempt found counts.
    fn take_back(&mut self, at: Seq, why: &str) {
        let found = self.checks.drain(self.fresh..);
        self.set_aside.extend(found);
        self.void = Some((at, why.to_owned()));
    }

    /// The harness died, or the run was ended, in the middle of an attempt, which so had no result: what it had shown
    /// does not count, what it had refuted or not observed stays.
    fn broke_off(&mut self, resumed: Seq) {
        self.broken_off.push(resumed);
        self.has_no_result();
    }

    fn has_no_result(&mut self) {
        let shown = |(_, check): &mut (Seq, Check)| check.finding == Finding::Shown;
        self.set_aside
            .extend(self.checks.extract_if(self.fresh.., shown));
        self.end = None;
        self.void = None;
    }

    /// Whether the bench ended it, and nothing that the device did.
    fn is_ended_by_bench(&self) -> bool {
        matches!(&self.end, Some(CaseEnd::Stopped { trouble, .. })
            if matches!(trouble.kind, TroubleKind::Bench | TroubleKind::Cancelled))
    }

    pub(super) fn ended_badly(&self) -> Option<(Verdict, String)> {
        if let Some(why) = &self.not_run {
            return Some((Verdict::Error, format!("not run: {why}")));
        }
        if let (Some((at, why)), Some(_)) = (&self.void, &self.end) {
            let why = format!("{why} (what was found was taken back by event {at})");
            return Some((Verdict::Error, self.after_all(&why)));
        }
        match &self.end {
            Some(CaseEnd::Complete) => self.tried_again(),
            None => Some((
                Verdict::Error,
                "the run stopped before the case ended".to_owned(),
            )),
            Some(CaseEnd::Skipped { why }) => Some((Verdict::Inconclusive, self.after_all(why))),
            Some(CaseEnd::Stopped { trouble, .. }) => Some((
                verdict_of(trouble.kind),
                self.after_all(&trouble.to_string()),
            )),
        }
    }

    /// Why the last attempt came to nothing, and what those before it came to.
    fn after_all(&self, why: &str) -> String {
        let mut told = self.attempts_told();
        if told.pop().is_none() {
            return why.to_owned();
        }
        format!("{why} (attempt {}; {})", self.attempts, told.join("; "))
    }

    /// A retry that worked the second time is not a pass; an end without a start is no journal of ours.
    fn tried_again(&self) -> Option<(Verdict, String)> {
        match self.attempts {
            1 => None,
            0 => Some((
                Verdict::Error,
                "the journal has no start of this case".to_owned(),
            )),
            n => {
                let word = if self.is_good_at_last() {
                    "flaky: "
                } else {
                    ""
                };
                let told = self.attempts_told().join("; ");
                let why = format!("{word}it took {n} attempts to get to its end; {told}");
                Some((Verdict::Inconclusive, why))
            }
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
        check.statement().into_owned()
    } else {
        format!("{}: {}", check.statement(), check.detail)
    }
}

/// Results of all tasks the events know, in order of their start, and how the run ended.
#[must_use]
pub fn fold_tasks<E: Borrow<Event>>(
    events: impl IntoIterator<Item = E>,
) -> (Vec<TaskResult>, Option<RunEnd>) {
    let mut fold = TaskFold::default();
    events.into_iter().for_each(|e| fold.see(e.borrow()));
    fold.finish()
}

/// The fold of [`fold_tasks`], one event at a time. It keeps checks and ends, and no event.
#[derive(Debug, Default)]
pub struct TaskFold {
    results: Vec<TaskResult>,
    index: BTreeMap<TaskId, usize>,
    /// Tasks whose next start takes the place of the attempt at hand.
    begun_again: BTreeSet<TaskId>,
    /// Where the tasks of this part of a merged run begin.
    from: usize,
    end: Option<RunEnd>,
}

impl TaskFold {
    /// Takes in the next event of the journal.
    pub fn see(&mut self, event: &Event) {
        self.see_run(event);
        let Some(task) = event.task else { return };
        let results = &mut self.results;
        let at = *self.index.entry(task).or_insert_with(|| {
            results.push(blank(task, event));
            results.len() - 1
        });
        let result = &mut results[at];
        result.last = event.seq;
        result.ground.see(event);
        result.took_us = event.at_us.saturating_sub(result.started_us);
        match &event.fact {
            Fact::TaskStarted { units, .. } if self.begun_again.remove(&task) => {
                result.units.clone_from(units);
                result.not_run = None;
            }
            Fact::TaskStarted { units, attempt, .. } => result.started(units, *attempt),
            Fact::Checked(check) => {
                let weighed = result.ground.weigh(check);
                result.checks.push((event.seq, weighed));
            }
            Fact::FindingsVoid { why } => result.take_back(event.seq, why),
            Fact::TaskEnded { end } => result.end = Some(end.clone()),
            Fact::TaskNotRun { why } => result.not_run = Some(why.clone()),
            _ => {}
        }
    }

    fn see_run(&mut self, event: &Event) {
        match &event.fact {
            Fact::RunEnded { end } => self.end = Some(*end),
            // A run that was taken up again has not ended yet.
            Fact::RunStarted { .. } => self.end = None,
            // What broke off one part of a merged run is nothing to the tasks of others.
            Fact::ShardBegan(_) => (self.end, self.from) = (None, self.results.len()),
            Fact::RunResumed { .. } => self.resumed(event.seq),
            Fact::UnitLeft { tasks, .. } => self.begin_elsewhere(event.seq, tasks),
            _ => {}
        }
    }

    /// A unit left the run: what that broke off is begun again on another one. A task that came to an end by itself
    /// keeps it, whatever the journal names.
    fn begin_elsewhere(&mut self, at: Seq, tasks: &[TaskId]) {
        for task in tasks {
            let place = self.index.get(task);
            let result = place.and_then(|place| self.results.get_mut(*place));
            if let Some(result) = result.filter(|result| result.is_ended_by_bench()) {
                result.unit_left.push(at);
                result.has_no_result();
                self.begun_again.insert(*task);
            }
        }
    }

    /// What was under way is begun again; so is, in a run that had not come to its own end, what was cut short or left
    /// out: its harness may have died before it could say that somebody had ended it.
    fn resumed(&mut self, at: Seq) {
        let was_open = self.end.take() != Some(RunEnd::Finished);
        for result in self.results.iter_mut().skip(self.from) {
            if was_open {
                result.not_run = None;
            }
            if result.is_under_way() || was_open && result.is_cut_short() {
                result.broke_off(at);
                self.begun_again.insert(result.task);
            }
        }
    }

    /// What came of it.
    #[must_use]
    pub fn finish(self) -> (Vec<TaskResult>, Option<RunEnd>) {
        (self.results, self.end)
    }
}

fn blank(task: TaskId, event: &Event) -> TaskResult {
    TaskResult {
        first: event.seq,
        last: event.seq,
        started_us: event.at_us,
        ..TaskResult::blank(task)
    }
}
