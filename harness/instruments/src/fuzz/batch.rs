//! The loop over the inputs of a batch, and when a device counts as down.

use super::Campaign;
use super::input::{Inputs, Kind};
use super::witness::{CrashWitness, sighting};
use proofhouse_model::observation::{FuzzBatch, FuzzDown};
use proofhouse_model::{Bytes, Channel, Trouble, TroubleKind};
use proofhouse_transport::Budget;
use std::time::{Duration, Instant};

/// How one input ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// An answer came.
    Answered,
    /// Refused, closed or reset.
    Refused,
    /// Nothing in time.
    Silent,
    /// What stands before the service answered that the service is not there, which it did not before the campaign.
    InPlace,
    /// Nothing, while the device answered a question right after it.
    Dropped,
    /// It did not go out.
    NotSent,
}

/// Whether a device still answers what it answered before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Alive {
    /// It does.
    Yes,
    /// It refuses connections.
    Refuses(String),
    /// It says nothing.
    Silent(String),
    /// What stands before the service answers in its place, which it did not before the campaign.
    InPlace(String),
}

/// One way to talk to a device.
pub(super) trait Talk {
    /// Sends one input and waits for what it brings.
    fn send(&mut self, input: &[u8], index: u32) -> Result<Ended, Trouble>;
    /// Asks once what a living device answers.
    fn ask(&mut self) -> Result<Alive, Trouble>;
    /// Whether something that a restart of the service ends has ended since this was asked last, such as a connection
    /// kept open beside; `None` where there is nothing of that kind. A service may end it for reasons of its own.
    fn lost(&mut self) -> Result<Option<bool>, Trouble> {
        Ok(None)
    }
    /// The channel it uses.
    fn channel(&self) -> Channel;
}

/// Questions before a device that does not answer is down.
const QUESTIONS: u32 = 3;
/// The witness that saw something else answer in the place of a service.
const FRONT: &str = "front";
/// Pause between them: a service that takes one connection at a time may refuse the next for a moment.
const PAUSE: Duration = Duration::from_millis(100);
/// How often an input is sent again that seems to have ended the service for a moment.
const RESENT: u32 = 2;
/// How long a witness may lag behind the device once something looks wrong, and at the end.
const LAG: Duration = Duration::from_millis(100);

struct Batch<'a> {
    talk: &'a mut dyn Talk,
    crash: &'a dyn CrashWitness,
    budget: &'a Budget,
    count: u32,
    tally: FuzzBatch,
}

/// Sends the batch.
pub(super) fn run(
    campaign: &Campaign,
    kind: Kind,
    talk: &mut dyn Talk,
    crash: &dyn CrashWitness,
    budget: &Budget,
) -> Result<FuzzBatch, Trouble> {
    talk.lost()?;
    before(talk, crash, budget)?;
    let inputs = Inputs::new(kind, &campaign.seeds, campaign.seed);
    let mut batch = Batch {
        talk,
        crash,
        budget,
        count: campaign.count,
        tally: FuzzBatch {
            sent: 0,
            answered: 0,
            refused: 0,
            silent: 0,
            down: None,
        },
    };
    let mut last: Option<(u32, Vec<u8>)> = None;
    let end = campaign.first.saturating_add(campaign.count);
    for index in campaign.first..end {
        if batch.over()? {
            break;
        }
        let input = inputs.get(index);
        let Some(ended) = batch.send(&input, index)? else {
            break;
        };
        // What could not be sent cannot be the culprit: the last one that was is.
        if ended != Ended::NotSent {
            last = Some((index, input));
        }
        let seen = match batch.judge(ended)? {
            None if ended == Ended::InPlace => batch.stood_in(last.as_ref())?,
            None => batch.respawned(ended, last.as_ref())?,
            seen => seen,
        };
        if let Some((witness, seen)) = seen {
            batch.tally.down = Some(down(last, witness, seen));
            return Ok(batch.tally);
        }
    }
    if let Some((witness, seen)) = batch.after()? {
        batch.tally.down = Some(down(last, witness, seen));
    }
    Ok(batch.tally)
}

fn down(last: Option<(u32, Vec<u8>)>, witness: &str, seen: String) -> FuzzDown {
    let (index, input) = last.unwrap_or_default();
    FuzzDown {
        index,
        input: Bytes::from(input),
        witness: witness.to_owned(),
        seen: seen.chars().take(500).collect(),
    }
}

/// The device must answer, and no witness may have seen anything, before the first input.
fn before(talk: &mut dyn Talk, crash: &dyn CrashWitness, budget: &Budget) -> Result<(), Trouble> {
    if let Some((_, seen)) = sighting(crash) {
        let what = format!("a crash or restart was seen before the first input: {seen}");
        return Err(Trouble::case(what));
    }
    let channel = talk.channel();
    let answer = question(talk, budget)?;
    let (kind, what) = match answer {
        Alive::Yes => return Ok(()),
        Alive::Refuses(what) => (TroubleKind::DeviceRefused, what),
        Alive::Silent(what) => (TroubleKind::DeviceSilent, what),
        Alive::InPlace(what) => (TroubleKind::DeviceRefused, what),
    };
    budget.check(channel, || "the fuzz batch".to_owned())?;
    let what = format!("the device does not answer before the first input: {what}");
    Err(Trouble::new(kind, channel, what))
}

/// Asks up to three times.
fn question(talk: &mut dyn Talk, budget: &Budget) -> Result<Alive, Trouble> {
    let mut last = talk.ask()?;
    for _ in 1..QUESTIONS {
        if last == Alive::Yes {
            break;
        }
        if budget.pause(PAUSE).is_err() {
            break;
        }
        last = talk.ask()?;
    }
    Ok(last)
}

impl Batch<'_> {
    /// Whether time is up; cancellation is trouble.
    fn over(&self) -> Result<bool, Trouble> {
        match self
            .budget
            .check(self.talk.channel(), || "the fuzz batch".to_owned())
        {
            Ok(()) => Ok(false),
            Err(t) if t.kind == TroubleKind::Deadline => Ok(true),
            Err(t) => Err(t),
        }
    }

    /// Sends and counts. What did not go out is tried once more if the device still answers. `None` when time was over
    /// before an answer came: whose fault that is nobody can tell.
    fn send(&mut self, input: &[u8], index: u32) -> Result<Option<Ended>, Trouble> {
        let mut ended = self.talk.send(input, index)?;
        if ended == Ended::NotSent && self.talk.ask()? == Alive::Yes {
            ended = self.talk.send(input, index)?;
        }
        if ended != Ended::Answered && self.over()? {
            return Ok(None);
        }
        let counter = match ended {
            Ended::Answered => &mut self.tally.answered,
            Ended::Refused | Ended::InPlace => &mut self.tally.refused,
            Ended::Silent | Ended::Dropped => &mut self.tally.silent,
            Ended::NotSent => return Ok(Some(ended)),
        };
        *counter += 1;
        self.tally.sent += 1;
        Ok(Some(ended))
    }

    /// Whether the device is down after an input.
    fn judge(&mut self, ended: Ended) -> Result<Option<(&'static str, String)>, Trouble> {
        if let Some(seen) = sighting(self.crash) {
            return Ok(Some(seen));
        }
        if matches!(ended, Ended::Answered | Ended::Dropped) {
            return Ok(None);
        }
        let found = match question(self.talk, self.budget)? {
            Alive::Yes => return Ok(sighting(self.crash)),
            Alive::Refuses(what) => ("refused", what),
            Alive::Silent(what) => ("no-answer", what),
            Alive::InPlace(what) => (FRONT, what),
        };
        if self.over()? {
            // It had no time to answer.
            return Ok(sighting(self.crash));
        }
        // The console may tell more about it in a moment.
        Ok(Some(self.lagging().unwrap_or(found)))
    }

    /// Whether a service that answers again had gone: what it held open is lost each time it is sent that input.
    fn respawned(
        &mut self,
        ended: Ended,
        last: Option<&(u32, Vec<u8>)>,
    ) -> Result<Option<(&'static str, String)>, Trouble> {
        let Some((index, input)) = last.filter(|_| ended == Ended::Refused) else {
            return Ok(None);
        };
        if self.talk.lost()? != Some(true) {
            return Ok(None);
        }
        for _ in 0..RESENT {
            // Opened anew: a time limit of the service would have to run out right now again.
            if self.talk.lost()? != Some(false) {
                return Ok(None);
            }
            let again = self.talk.send(input, *index)?;
            let alive = question(self.talk, self.budget)? == Alive::Yes;
            if again != Ended::Refused || !alive || self.talk.lost()? != Some(true) {
                return Ok(None);
            }
        }
        let seen = format!(
            "it answers again, but a connection kept open beside was lost each of the {} times it was sent",
            RESENT + 1
        );
        Ok(Some(("connection-lost", seen)))
    }

    /// Whether a service that answers again had gone, while something before it answered in its place: it is gone
    /// each time it is sent that input, and not for being asked as often. A service may close what it does not like,
    /// which what stands before it tells in the same words: that by itself says nothing.
    fn stood_in(
        &mut self,
        last: Option<&(u32, Vec<u8>)>,
    ) -> Result<Option<(&'static str, String)>, Trouble> {
        let Some((index, input)) = last else {
            return Ok(None);
        };
        for _ in 0..RESENT {
            for _ in 0..QUESTIONS {
                if self.talk.ask()? != Alive::Yes {
                    return Ok(None);
                }
            }
            let again = self.talk.send(input, *index)?;
            if again != Ended::InPlace || !matches!(self.talk.ask()?, Alive::InPlace(_)) {
                return Ok(None);
            }
            question(self.talk, self.budget)?;
        }
        let seen = format!(
            "something before it answered in its place, to this the {} times it was sent, and to a valid input after \
             the last {RESENT}",
            RESENT + 1
        );
        Ok(Some((FRONT, seen)))
    }

    /// After the last input: still alive, and no late witness.
    fn after(&mut self) -> Result<Option<(&'static str, String)>, Trouble> {
        if self.tally.sent == 0 {
            return Ok(None);
        }
        if let Some(found) = self.judge(Ended::Silent)?.or_else(|| self.lagging()) {
            return Ok(Some(found));
        }
        if self.tally.sent == self.count && self.over()? {
            // As many as were asked for went out, which would look like a device that survived them.
            self.budget
                .check(self.talk.channel(), || "the fuzz batch".to_owned())?;
        }
        Ok(None)
    }

    /// Waits a moment for a witness.
    fn lagging(&self) -> Option<(&'static str, String)> {
        let until = Instant::now() + LAG;
        loop {
            let seen = sighting(self.crash);
            if seen.is_some() || !self.crash.watches() || Instant::now() >= until {
                return seen;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}
