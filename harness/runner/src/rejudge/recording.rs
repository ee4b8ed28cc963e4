//! What a journal holds of one attempt, in order: what its script was given, and what it made of it.

use proofhouse_model::event::CaseEnd;
use proofhouse_model::{Event, Fact, TaskId, UnitName};

/// One attempt of a task whose script began.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Units held.
    pub units: Vec<UnitName>,
    /// Facts of the script, from its beginning; the last one is its end, where there was one.
    pub facts: Vec<Event>,
    /// Whether the script came to its end by itself: what ended the attempt then is no doing of the script's.
    pub over: bool,
    /// Whether what it found was taken back: how it ended is told by that, whatever the script makes of it now.
    pub void: bool,
}

/// The attempts of a task whose script began.
pub fn attempts(events: &[Event], task: TaskId) -> Vec<Attempt> {
    let mut out: Vec<Attempt> = Vec::new();
    let (mut units, mut began) = (Vec::new(), false);
    for event in events.iter().filter(|e| e.task == Some(task)) {
        match &event.fact {
            Fact::TaskStarted { units: held, .. } => (units, began) = (held.clone(), false),
            Fact::ScriptEnded => {
                if let Some(attempt) = out.last_mut().filter(|_| began) {
                    attempt.over = true;
                }
            }
            Fact::FindingsVoid { .. } => {
                if let Some(attempt) = out.last_mut().filter(|_| began) {
                    attempt.void = true;
                }
            }
            Fact::ScriptBegan => {
                began = true;
                out.push(Attempt {
                    units: units.clone(),
                    facts: vec![event.clone()],
                    over: false,
                    void: false,
                });
            }
            fact if began && (is_given(fact) || is_made(fact) || is_end(fact)) => {
                let attempt = out.last_mut().filter(|a| !a.over || is_end(fact));
                attempt
                    .into_iter()
                    .for_each(|a| a.facts.push(event.clone()));
            }
            _ => {}
        }
    }
    out
}

/// What a script was told.
fn is_given(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::OpStarted { .. }
            | Fact::OpEnded { .. }
            | Fact::OpFailed { .. }
            | Fact::SecretKnown(_)
            | Fact::SecretMatched { .. }
            | Fact::Guessed { .. }
            | Fact::ClockRead { .. }
            | Fact::WaitRanOut { .. }
    )
}

/// What a script made of it.
pub fn is_made(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Checked(_) | Fact::Measured(_) | Fact::Noted { .. } | Fact::Limited { .. }
    )
}

fn is_end(fact: &Fact) -> bool {
    matches!(fact, Fact::TaskEnded { .. })
}

impl Attempt {
    /// The task it is one of.
    pub fn task(&self) -> Option<TaskId> {
        self.facts.first().and_then(|e| e.task)
    }

    /// Numbers of the events that judging again makes anew.
    pub fn made_by_script(&self) -> impl Iterator<Item = u64> {
        let made = self.facts.iter();
        made.filter(|e| is_made(&e.fact) || is_end(&e.fact))
            .map(|e| e.seq)
    }

    /// The event of its end, with another end; `None` where the recording has none.
    pub fn ended(&self, end: CaseEnd) -> Option<Event> {
        let last = self.facts.last().filter(|e| is_end(&e.fact))?;
        if self.void || self.over && matches!(end, CaseEnd::Complete) {
            return Some(last.clone());
        }
        Some(Event {
            fact: Fact::TaskEnded { end },
            ..last.clone()
        })
    }

    /// How it ended then.
    pub fn end(&self) -> Option<&CaseEnd> {
        match &self.facts.last()?.fact {
            Fact::TaskEnded { end } => Some(end),
            _ => None,
        }
    }
}
