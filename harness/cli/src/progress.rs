//! What is going on, while it goes on: bars on a terminal, one line per finished case otherwise.
//!
//! Display only. It reads events as they are journaled and decides nothing.

use crate::plain::for_terminal;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use proofhouse_model::fold::fold_tasks;
use proofhouse_model::{CaseId, Event, Fact, Observation, Plan, TaskId, UnitName, Verdict};
use proofhouse_transport::reset::share_terminal;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Duration;

/// Shows a run as it goes.
pub struct Progress {
    /// Name and units of each task, by its place in the plan.
    planned: Vec<(String, Vec<UnitName>)>,
    /// How many of them are to be carried out by this process.
    here: usize,
    /// Tasks that ended at least once: one that is tried again counts once.
    done: BTreeSet<TaskId>,
    /// Checks, ends of ops and ends of cases that are not over yet.
    open: BTreeMap<TaskId, Vec<Event>>,
    screen: Option<Screen>,
    left: Duration,
}

struct Screen {
    all: MultiProgress,
    overall: ProgressBar,
    units: BTreeMap<UnitName, ProgressBar>,
}

impl Progress {
    /// For a plan; `terminal` chooses bars over lines.
    #[must_use]
    pub fn new(plan: &Plan, terminal: bool) -> Self {
        let name = |task| (plan.task_name(task), task.units.clone());
        let planned = plan.tasks.iter().map(name).collect();
        let left = longest_unit(plan);
        let screen = terminal.then(|| Screen::new(plan));
        Self {
            planned,
            here: plan.here().count(),
            done: BTreeSet::new(),
            open: BTreeMap::new(),
            screen,
            left,
        }
    }

    /// Takes an event that a run which goes on already has: what is done is not told again.
    pub fn catch_up(&mut self, event: &Event) {
        let Some(task) = event.task else {
            return self.resumed(event);
        };
        if let Fact::TaskEnded { .. } | Fact::TaskNotRun { .. } = &event.fact {
            self.open.remove(&task);
        } else {
            self.keep(task, event);
        }
    }

    /// What of the plan a run that goes on still has to do. It alone is counted: a case that was interrupted had an
    /// end, too, and runs again.
    pub fn goes_on_with(&mut self, left: &[TaskId]) {
        self.here = left.len();
        self.done.clear();
        if let Some(screen) = &self.screen {
            screen.overall.set_length(left.len() as u64);
        }
    }

    /// How many have ended, of how many.
    fn counted(&self) -> String {
        format!("[{:>2}/{}]", self.done.len(), self.here)
    }

    /// Keeps what a verdict is made of until the case is over.
    fn keep(&mut self, task: TaskId, event: &Event) {
        let fact = match &event.fact {
            Fact::TaskStarted { .. } | Fact::Checked(_) => event.fact.clone(),
            // What came back is not shown here, only that something did; it may be large.
            Fact::OpEnded { of, took, .. } => Fact::OpEnded {
                of: *of,
                saw: Observation::Done,
                took: *took,
            },
            _ => return,
        };
        let kept = Event {
            seq: event.seq,
            at_us: event.at_us,
            wall: String::new(),
            task: Some(task),
            unit: None,
            fact,
        };
        self.open.entry(task).or_default().push(kept);
    }

    /// Cases that were under way when the harness died are judged with what they had found.
    fn resumed(&mut self, event: &Event) {
        if matches!(event.fact, Fact::RunResumed { .. }) {
            self.open
                .values_mut()
                .for_each(|events| events.push(event.clone()));
        }
    }

    /// Takes one event.
    pub fn see(&mut self, event: &Event) {
        let Some(task) = event.task else {
            self.of_a_unit(event);
            return self.resumed(event);
        };
        match &event.fact {
            Fact::TaskStarted { case, units, .. } => {
                if let Some(screen) = &mut self.screen {
                    screen.started(case, units);
                }
            }
            Fact::TaskEnded { .. } | Fact::TaskNotRun { .. } => return self.ended(task, event),
            _ => {}
        }
        self.keep(task, event);
    }

    /// A unit that leaves the run or comes back is told at once: somebody may go and look.
    fn of_a_unit(&self, event: &Event) {
        let Some(unit) = &event.unit else { return };
        let line = match &event.fact {
            Fact::UnitLeft { why, trouble, .. } => why.told(unit, trouble),
            Fact::UnitJoined { .. } => format!("{unit} is back"),
            _ => return,
        };
        let line = one_line(&line);
        match &self.screen {
            Some(screen) => drop(screen.all.println(line)),
            None => drop(writeln!(std::io::stderr(), "{}", for_terminal(&line))),
        }
    }

    fn ended(&mut self, task: TaskId, event: &Event) {
        let mut events = self.open.remove(&task).unwrap_or_default();
        events.push(event.clone());
        let Some(result) = fold_tasks(&events).0.pop() else {
            return;
        };
        let (verdict, why) = result.verdict_over(|_| true);
        self.done.insert(task);
        let (name, units) = match self.planned.get(task.index()) {
            Some((name, units)) => (name.clone(), units.clone()),
            None => (task.to_string(), Vec::new()),
        };
        // Another one may have stood in for a unit that left.
        let units = match result.units.is_empty() {
            true => units,
            false => result.units.clone(),
        };
        let names: Vec<&str> = units.iter().map(UnitName::as_str).collect();
        // The name may say it already.
        let names = names.join(" and ");
        let on = match name.ends_with(&names) {
            true => String::new(),
            false => format!(" on {names}"),
        };
        let seconds = Duration::from_micros(result.took_us).as_secs_f64();
        let mut line = format!(
            "{} {:<12} {name}{} in {seconds:.1} s",
            self.counted(),
            verdict.to_string(),
            on,
        );
        if verdict != Verdict::Pass {
            line.push_str(&format!("\n        {}", one_line(&why)));
        }
        match &mut self.screen {
            Some(screen) => screen.ended(&line, &units, self.done.len(), self.left),
            None => {
                // A closed pipe is nobody's trouble: the journal has it all.
                let _ = writeln!(std::io::stderr(), "{}", for_terminal(&line));
            }
        }
    }

    /// Takes the bars away.
    pub fn close(&mut self) {
        if let Some(screen) = self.screen.take() {
            let _ = screen.all.clear();
        }
    }
}

impl Screen {
    fn new(plan: &Plan) -> Self {
        let all = MultiProgress::new();
        let overall = all.add(ProgressBar::new(plan.here().count() as u64));
        let style = "{bar:30} {pos}/{len} cases  {elapsed} gone  {msg}";
        overall.set_style(style_of(style));
        overall.enable_steady_tick(Duration::from_millis(250));
        let bars = all.clone();
        share_terminal(move |is_asked| leave_to_a_question(&bars, is_asked));
        let units = plan
            .bench
            .units
            .iter()
            .map(|u| {
                let bar = all.add(ProgressBar::new_spinner());
                bar.set_style(style_of("  {prefix:<12} {spinner} {msg} {elapsed}"));
                bar.set_prefix(u.name.to_string());
                bar.set_message("waiting");
                (u.name.clone(), bar)
            })
            .collect();
        Self {
            all,
            overall,
            units,
        }
    }

    fn started(&mut self, case: &CaseId, units: &[UnitName]) {
        for unit in units {
            if let Some(bar) = self.units.get(unit) {
                bar.set_message(case.to_string());
                bar.reset_elapsed();
                bar.enable_steady_tick(Duration::from_millis(120));
            }
        }
    }

    fn ended(&mut self, line: &str, units: &[UnitName], done: usize, whole: Duration) {
        match self.all.is_hidden() {
            // A person is being asked.
            true => drop(writeln!(std::io::stderr(), "\n{}", for_terminal(line))),
            false => drop(self.all.println(line)),
        }
        self.overall.set_position(done as u64);
        let left = whole.saturating_sub(self.overall.elapsed());
        self.overall
            .set_message(format!("about {} s left", left.as_secs()));
        for unit in units {
            if let Some(bar) = self.units.get(unit) {
                bar.disable_steady_tick();
                bar.set_message("waiting");
            }
        }
    }
}

/// Bars that are drawn anew four times a second would take a question, and what is typed, off the terminal.
fn leave_to_a_question(bars: &MultiProgress, is_asked: bool) {
    let target = match is_asked {
        true => {
            let _ = bars.clear();
            ProgressDrawTarget::hidden()
        }
        false => ProgressDrawTarget::stderr(),
    };
    bars.set_draw_target(target);
}

fn style_of(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Time the busiest unit is expected to need: units work beside each other.
fn longest_unit(plan: &Plan) -> Duration {
    let mut sums: BTreeMap<&UnitName, Duration> = BTreeMap::new();
    for planned in plan.here() {
        for unit in &planned.units {
            *sums.entry(unit).or_default() += planned.case.takes.std();
        }
    }
    sums.into_values().max().unwrap_or_default()
}

/// Text from a device on one line, without anything a terminal would act on.
fn one_line(text: &str) -> String {
    let mut told = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut line: String = told.by_ref().take(300).collect();
    if told.next().is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests;
