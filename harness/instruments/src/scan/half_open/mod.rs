//! TCP half-open scan of an IPv4 address: a SYN to each port, and no connection of ours.
//!
//! Ports are asked in rounds: those that are silent still are asked again. Every later round asks a port that had
//! answered, too, many times. Where it is silent, the device does not keep up: the round does not count, and the next
//! one is slower. Where an open one answers and one that had refused does not, the device limits its refusals, and only
//! that is told.

mod packet;
mod raw;
#[cfg(test)]
mod tests;

pub(super) use raw::Raw;

use super::Seen;
use super::inflight::long_enough;
use super::tcp::TRIES;
use proofhouse_model::observation::PortWitness;
use proofhouse_model::{Channel, Trouble};
use proofhouse_transport::Budget;
use std::time::Duration;

/// SYNs between two looks at what came.
const BURST: usize = 64;
/// Wait after a round as long as nothing answered.
const UNKNOWN: Duration = Duration::from_millis(500);
/// How often a port that answered is asked again in a round: an open one, and one that refused.
const AGAIN: usize = 32;
/// A slower round is a quarter as fast, down to so many SYNs a second.
const SLOWER: u32 = 4;
const SLOWEST: u32 = 50;
/// Longest single wait, so that it is seen when the scan was called off.
const LOOK: Duration = Duration::from_millis(50);

/// An answer to a SYN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    /// Of this port.
    pub(super) port: u16,
    /// It takes connections; else it refused.
    pub(super) open: bool,
}

/// What carries SYNs and answers, with its clock.
pub(super) trait Wire {
    /// Sends a SYN.
    fn ask(&mut self, port: u16) -> Result<(), Trouble>;
    /// The next answer, waited for no longer than so.
    fn hear(&mut self, wait: Duration) -> Result<Option<Answer>, Trouble>;
    /// The time since some moment.
    fn now(&self) -> Duration;
}

/// What is known of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Other,
    Waiting,
    Open,
    Refused,
}

/// A port that answered and is asked again, and how often it was asked and answered then.
#[derive(Debug, Clone, Copy, Default)]
struct Again {
    port: Option<u16>,
    asked: u32,
    answered: u32,
    /// The same in this round alone.
    asked_now: u32,
    answered_now: u32,
}

impl Again {
    /// Whether enough of this round's were answered; `None` where none was asked.
    fn keeps_up(&self) -> Option<bool> {
        (self.asked_now > 0).then_some(self.answered_now * 4 >= self.asked_now * 3)
    }

    fn facts(&self) -> Option<PortWitness> {
        let port = self.port.filter(|_| self.asked > 0)?;
        Some(PortWitness {
            port,
            asked: self.asked,
            silent: self.asked - self.answered,
        })
    }
}

struct Sweep<'a, W> {
    wire: &'a mut W,
    budget: &'a Budget,
    states: Vec<State>,
    waiting: usize,
    /// When each burst of the first round began, by port: how long answers take is learnt from it.
    asked_at: Vec<Duration>,
    slowest: Option<Duration>,
    first_round: bool,
    open: Again,
    refused: Again,
    /// SYNs a second; as fast as it goes where nothing is said.
    rate: Option<u32>,
}

/// Asks every port until it answers, three times at least.
pub(super) fn sweep<W: Wire>(
    wire: &mut W,
    ports: &[u16],
    budget: &Budget,
) -> Result<Seen<u16>, Trouble> {
    let all = usize::from(u16::MAX) + 1;
    let mut sweep = Sweep {
        wire,
        budget,
        states: vec![State::Other; all],
        waiting: ports.len(),
        asked_at: vec![Duration::ZERO; all],
        slowest: None,
        first_round: true,
        open: Again::default(),
        refused: Again::default(),
        rate: None,
    };
    for port in ports {
        sweep.states[usize::from(*port)] = State::Waiting;
    }
    let mut rounds = 0;
    while rounds < TRIES && sweep.waiting > 0 && sweep.has_time(ports) {
        let begun = sweep.wire.now();
        let asked = sweep.round(ports)?;
        let took = sweep.wire.now().saturating_sub(begun);
        if sweep.keeps_up() || !sweep.slow_down(asked, took) {
            rounds += 1;
        }
        sweep.first_round = false;
    }
    Ok(sweep.seen(ports, rounds))
}

impl<W: Wire> Sweep<'_, W> {
    /// One SYN to each port that is silent so far, some to ports that had answered, and a wait.
    fn round(&mut self, ports: &[u16]) -> Result<usize, Trouble> {
        let mut list = self.of(ports, State::Waiting);
        for tally in [&mut self.open, &mut self.refused] {
            (tally.asked_now, tally.answered_now) = (0, 0);
        }
        let known = [self.open.port, self.refused.port];
        let again: Vec<u16> = (0..AGAIN).flat_map(|_| known).flatten().collect();
        // Spread over the round, so that they meet the same load as the others.
        let every = (list.len() / again.len().max(1)).max(1);
        for (index, port) in again.into_iter().enumerate() {
            list.insert((index * (every + 1)).min(list.len()), port);
        }
        let begun = self.wire.now();
        for (index, port) in list.iter().enumerate() {
            if index % BURST == 0 {
                self.keep_pace(begun, index)?;
            }
            self.asked(*port);
            self.wire.ask(*port)?;
        }
        self.listen(self.patience())?;
        Ok(list.len())
    }

    /// Those in a state, in the order given.
    fn of(&self, ports: &[u16], state: State) -> Vec<u16> {
        let is = |port: &u16| self.states[usize::from(*port)] == state;
        ports.iter().copied().filter(is).collect()
    }

    fn asked(&mut self, port: u16) {
        if let Some(tally) = self.again(port) {
            tally.asked += 1;
            tally.asked_now += 1;
        } else if self.first_round {
            self.asked_at[usize::from(port)] = self.wire.now();
        }
    }

    /// The tally of a port that is asked again.
    fn again(&mut self, port: u16) -> Option<&mut Again> {
        let all = [&mut self.open, &mut self.refused];
        all.into_iter().find(|it| it.port == Some(port))
    }

    /// Hears what is there, and what comes until the next burst is due.
    fn keep_pace(&mut self, begun: Duration, sent: usize) -> Result<(), Trouble> {
        self.check()?;
        let due = self.rate.map_or(Duration::ZERO, |rate| {
            begun + Duration::from_secs_f64(sent as f64 / f64::from(rate))
        });
        loop {
            let wait = due.saturating_sub(self.wire.now()).min(LOOK);
            match self.wire.hear(wait)? {
                Some(answer) => self.heard(answer),
                None if wait.is_zero() => return Ok(()),
                None => self.check()?,
            }
        }
    }

    /// Hears what comes for so long, or until nothing is missing.
    fn listen(&mut self, time: Duration) -> Result<(), Trouble> {
        let until = self.wire.now() + time;
        loop {
            self.check()?;
            let wait = until.saturating_sub(self.wire.now()).min(LOOK);
            let missing = |it: &Again| it.answered_now < it.asked_now;
            let done = self.waiting == 0 && !missing(&self.open) && !missing(&self.refused);
            if done || wait.is_zero() {
                return Ok(());
            }
            if let Some(answer) = self.wire.hear(wait)? {
                self.heard(answer);
            }
        }
    }

    fn heard(&mut self, answer: Answer) {
        let at = usize::from(answer.port);
        if self.states[at] == State::Waiting {
            self.waiting -= 1;
            let (state, tally) = match answer.open {
                true => (State::Open, &mut self.open),
                false => (State::Refused, &mut self.refused),
            };
            self.states[at] = state;
            tally.port.get_or_insert(answer.port);
            if self.first_round {
                let took = self.wire.now().saturating_sub(self.asked_at[at]);
                self.slowest = Some(self.slowest.unwrap_or_default().max(took));
            }
        } else if let Some(tally) = self.again(answer.port)
            // A device sends an answer again that got lost: not more than were asked for count.
            && tally.answered_now < tally.asked_now
        {
            tally.answered_now += 1;
            tally.answered += 1;
        }
    }

    /// The wait after a round.
    fn patience(&self) -> Duration {
        self.slowest.map_or(UNKNOWN, long_enough)
    }

    /// Whether the port that had answered did so in this round, too: an open one where there is one.
    fn keeps_up(&self) -> bool {
        let told = self.open.keeps_up().or(self.refused.keeps_up());
        told.unwrap_or(true)
    }

    /// The next round is slower; false where it cannot be.
    fn slow_down(&mut self, asked: usize, took: Duration) -> bool {
        let was = asked as f64 / took.as_secs_f64().max(0.001);
        let next = (self.rate.map_or(was, f64::from) / f64::from(SLOWER)) as u32;
        let slower = self.rate.is_none_or(|rate| rate > SLOWEST);
        self.rate = Some(next.max(SLOWEST));
        slower
    }

    /// Whether a round at this pace ends in time, with some of it left for what comes after.
    fn has_time(&self, ports: &[u16]) -> bool {
        let list = self.waiting.min(ports.len()) + 2 * AGAIN;
        let sending = self.rate.map_or(0.0, |rate| list as f64 / f64::from(rate));
        self.first_round || sending < self.budget.left().as_secs_f64() / 2.0
    }

    fn check(&self) -> Result<(), Trouble> {
        let left = self.waiting;
        self.budget.check(Channel::Lan, || {
            format!("the half-open port scan ({left} ports not done)")
        })
    }

    fn seen(&self, ports: &[u16], rounds: u8) -> Seen<u16> {
        let sorted = |state| {
            let mut of_it = self.of(ports, state);
            of_it.sort_unstable();
            of_it
        };
        let silent = sorted(State::Waiting);
        let (open, refused) = (self.open.facts(), self.refused.facts());
        Seen {
            open: sorted(State::Open),
            refused: u32::try_from(self.of(ports, State::Refused).len()).unwrap_or(u32::MAX),
            given_up: match rounds < TRIES {
                true => u32::try_from(silent.len()).unwrap_or(u32::MAX),
                false => 0,
            },
            silent,
            witness: open.or(refused),
            refusing: open.and(refused),
        }
    }
}
