//! The guard's side: waits, and switches off.

use super::host;
use super::protocol::{Ask, BEAT, Begin, Say, Supply, line};
use crate::locks::{self, Held, NotHeld};
use crate::off::{OFF_WITHIN, RelayName, Relays, left_on};
use proofhouse_lease::left::{self, Kept};
use proofhouse_model::event::GuardActed;
use proofhouse_model::profile::{ConsoleFacts, DebugFacts};
use proofhouse_model::{Channel, Trouble, UnitName};
use proofhouse_transport::open::Context;
use proofhouse_transport::power::{self, PowerControl, Strips};
use proofhouse_transport::{reset, uplink};
use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::os::unix::process::parent_id;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Silence of a harness that the system says is stopped, before its units go off.
const STOPPED: Duration = Duration::from_secs(1);
/// Silence of one that is not stopped: it hangs, or its host has no processor for it.
const HANGS: Duration = Duration::from_secs(15);
/// The same where the system does not show other processes, as in some containers.
const UNSEEN: Duration = Duration::from_secs(3);
/// How often the locks of the wires are looked at.
const WIRES: Duration = Duration::from_secs(1);
/// How long the first line may take.
const FIRST_LINE: Duration = Duration::from_secs(10);
/// After this, everything is switched off once more: a request that the dead harness had sent to a relay may have come
/// in between.
const ONCE_MORE: Duration = Duration::from_millis(700);
/// A terminal that is stopped is not waited for.
const TERMINAL: Duration = Duration::from_secs(1);
/// Longest wait for the end of a harness that said that it ends.
const LAST: Duration = Duration::from_secs(5);

/// Guards until its harness says that all is over, or is gone.
#[must_use]
pub fn guard_main() -> ExitCode {
    // Away from the terminal, so that neither Ctrl-C nor its end reaches this process.
    let _ = nix::unistd::setsid();
    let asks = listen();
    let Ok(Ask::Begin(begin)) = asks.recv_timeout(FIRST_LINE) else {
        return ExitCode::FAILURE;
    };
    let held = match locks::hold(&begin.wires, &begin.holder) {
        Ok(held) => held,
        Err(why) => {
            say(&match why {
                NotHeld::Taken(taken) => Say::Taken(taken),
                NotHeld::Io(path, e) => Say::Unusable(format!("{}: {e}", path.display())),
            });
            return ExitCode::FAILURE;
        }
    };
    say(&Say::Ready);
    Watch::new(*begin, held).until_the_end(&asks);
    ExitCode::SUCCESS
}

fn listen() -> Receiver<Ask> {
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let ask = line.ok().and_then(|l| serde_json::from_str(&l).ok());
            let Some(ask) = ask else { return };
            if tell.send(ask).is_err() {
                return;
            }
        }
    });
    told
}

/// Nobody may be there to hear it.
fn say(what: &Say) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(&line(what)).and_then(|()| out.flush());
}

struct Watch {
    begin: Begin,
    /// Given back when everything is off.
    held: Held,
    /// When the wires were last seen to be held.
    seen: Instant,
    /// How long nothing was heard, as far as this process was running itself.
    silent: Duration,
    /// Supplies that the harness is switching on.
    going_on: usize,
    acted: Option<GuardActed>,
    /// How the harness ended its line while its units were being switched off.
    last: Option<Ask>,
    /// Notes of places, held so that nobody takes them for those of a dead run before everything is off.
    places: Kept,
}

impl Watch {
    fn new(begin: Begin, held: Held) -> Self {
        Self {
            places: left::keep(&begin.leases),
            begin,
            held,
            seen: Instant::now(),
            silent: Duration::ZERO,
            going_on: 0,
            acted: None,
            last: None,
        }
    }

    fn until_the_end(mut self, asks: &Receiver<Ask>) {
        loop {
            self.look_at_wires(asks);
            let since = Instant::now();
            let ask = match self.last.take() {
                Some(ask) => Ok(ask),
                None => asks.recv_timeout(BEAT / 2),
            };
            match ask {
                Ok(Ask::Beat(n)) => {
                    self.silent = Duration::ZERO;
                    say(&match &self.acted {
                        Some(acted) => Say::TookOver(acted.clone()),
                        None => Say::Beat(n),
                    });
                }
                Ok(Ask::AllOff) => return self.all_is_off(),
                Ok(Ask::End | Ask::Begin(_)) => return,
                Ok(ask) => self.hear(ask),
                Err(RecvTimeoutError::Timeout) => {
                    // A host that slept stopped this process as well: that is no silence of the harness.
                    self.silent += since.elapsed().min(BEAT);
                    self.look(asks);
                }
                Err(RecvTimeoutError::Disconnected) => return self.harness_died(asks),
            }
        }
    }

    /// What neither is a beat nor ends the line.
    fn hear(&mut self, ask: Ask) {
        match ask {
            Ask::SwitchOff(relays) => {
                let (left, _) = self.switch_off(&relays);
                let is_off = |relay: &RelayName| !left.contains_key(relay);
                say(&Say::Off(relays.into_iter().filter(is_off).collect()));
            }
            Ask::GoesOn => self.going_on += 1,
            Ask::WentOn => self.going_on = self.going_on.saturating_sub(1),
            Ask::Beat(_) | Ask::AllOff | Ask::End | Ask::Begin(_) => {}
        }
    }

    /// Lets [`ONCE_MORE`] pass. A harness that woke meanwhile is told what was done: it ends by itself what it was
    /// switching on, which is then no longer waited for.
    fn hear_for_a_while(&mut self, asks: &Receiver<Ask>, acted: &GuardActed) {
        let until = Instant::now() + ONCE_MORE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match asks.recv_timeout(left) {
                Ok(Ask::Beat(_)) => say(&Say::TookOver(acted.clone())),
                Ok(last @ (Ask::AllOff | Ask::End)) => self.last = Some(last),
                Ok(ask) => self.hear(ask),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => return std::thread::sleep(left),
            }
        }
    }

    fn look(&mut self, asks: &Receiver<Ask>) {
        let pid = self.begin.holder.pid;
        let why = match self.silent {
            silent if silent >= STOPPED && host::is_stopped(pid) => "was stopped by a signal",
            silent if silent >= UNSEEN && !host::sees_processes() => "did not answer",
            silent if silent >= HANGS => "did not answer any more",
            _ => return,
        };
        self.take_over_once(asks, &format!("the harness, process {pid}, {why}"), true);
    }

    /// A wire whose lock another run has now is no longer this run's.
    fn look_at_wires(&mut self, asks: &Receiver<Ask>) {
        if self.seen.elapsed() < WIRES {
            return;
        }
        self.seen = Instant::now();
        if !self.held.renew() {
            let pid = self.begin.holder.pid;
            let why = format!("another process took a wire of the harness, process {pid}");
            self.take_over_once(asks, &why, false);
        }
    }

    fn take_over_once(&mut self, asks: &Receiver<Ask>, why: &str, ours: bool) {
        if self.acted.is_none() {
            self.acted = Some(self.take_over(asks, why, ours));
        }
    }

    /// Notes it once the harness is gone, which has its record until then.
    fn all_is_off(&self) {
        let until = Instant::now() + LAST;
        while parent_id() == self.begin.holder.pid && Instant::now() < until {
            std::thread::sleep(BEAT / 10);
        }
        // A run that got to its seal meanwhile says it itself.
        let _ = proofhouse_journal::note_all_off(&self.begin.run);
    }

    fn harness_died(mut self, asks: &Receiver<Ask>) {
        let pid = self.begin.holder.pid;
        let ours = self.held.renew();
        let acted = self.take_over(asks, &format!("the harness, process {pid}, died"), ours);
        // The record is of a run that is over for now: whoever goes on with it finds it there.
        let noted = proofhouse_journal::note_guard(&self.begin.run, &acted);
        if let Err(why) = noted {
            tell(&format!(
                "cannot be noted in {}: {why}",
                self.begin.run.display()
            ));
        }
        // Behind the record: a farm may be slow.
        std::mem::take(&mut self.places)
            .give_back()
            .iter()
            .for_each(|said| tell(said));
    }

    /// `ours` says that no other run has a wire by now, whose units would go off again and again.
    fn take_over(&mut self, asks: &Receiver<Ask>, why: &str, ours: bool) -> GuardActed {
        let pid = self.begin.holder.pid;
        let relays: Vec<_> = self.begin.supplies.iter().map(Supply::name).collect();
        // What a program that was ended had left to something that is not found may take as long as a relay may, and
        // is undone whenever it comes; so may what the harness itself switches on, until it says that this is over.
        let mut ended = host::end_relay_programs_of(pid);
        let (_, slowest) = self.switch_off(&relays);
        let until = Instant::now() + slowest;
        std::thread::sleep(ONCE_MORE);
        let acted = loop {
            ended |= host::end_relay_programs_of(pid);
            let under_way = ended || self.going_on > 0;
            let is_last = !(ours && under_way) || Instant::now() >= until;
            let (left, _) = self.switch_off(&relays);
            let acted = acted(why, &relays, &left);
            if is_last {
                break acted;
            }
            self.hear_for_a_while(asks, &acted);
        };
        tell(&acted.to_string());
        acted
    }

    /// By drivers of its own, opened for this; gives those that may be on, and how long the slowest may take.
    fn switch_off(&self, relays: &[RelayName]) -> (BTreeMap<RelayName, Trouble>, Duration) {
        let mut left = BTreeMap::new();
        let mut opened = Relays::new();
        let strips = Strips::default();
        let supplies = self.begin.supplies.iter();
        for supply in supplies.filter(|s| relays.contains(&s.name())) {
            let context = Context {
                unit: &supply.unit,
                folder: &self.begin.folder,
                console: ConsoleFacts::default(),
                debug: DebugFacts::default(),
                strips: &strips,
                made: None,
            };
            let relay = match supply.channel {
                Channel::Reset => reset::relay(&supply.wire, &context),
                Channel::Uplink => uplink::relay(&supply.wire, &context),
                _ => power::open(&supply.wire, &context),
            };
            match relay.and_then(PowerControl::new) {
                Ok(relay) => drop(opened.insert(supply.name(), Arc::new(relay))),
                Err(why) => drop(left.insert(supply.name(), why)),
            }
        }
        left.extend(left_on(&opened, None, OFF_WITHIN));
        let slowest = opened.values().map(|relay| relay.slowest()).max();
        (left, slowest.unwrap_or_default())
    }
}

/// What was done to these relays, some of which may be on still.
fn acted(why: &str, relays: &[RelayName], left: &BTreeMap<RelayName, Trouble>) -> GuardActed {
    let of = |which: Channel| -> Vec<UnitName> {
        let mine = relays.iter().filter(|(_, channel)| *channel == which);
        mine.map(|(unit, _)| unit.clone()).collect()
    };
    let did_instead = |which: Channel| -> BTreeMap<UnitName, String> {
        let its = left.iter().filter(|((_, channel), _)| *channel == which);
        its.map(|((unit, _), why)| (unit.clone(), why.what.clone()))
            .collect()
    };
    GuardActed {
        why: why.to_owned(),
        units: of(Channel::Power),
        released: of(Channel::Reset),
        restored: of(Channel::Uplink),
        may_be_on: did_instead(Channel::Power),
        may_be_pressed: did_instead(Channel::Reset),
        may_be_cut: did_instead(Channel::Uplink),
    }
}

/// On the terminal that the run has, if it still has one; a terminal that is stopped is not waited for.
fn tell(what: &str) {
    let what = format!("\nproofhouse guard: {what}\n");
    let (done, told) = channel();
    std::thread::spawn(move || {
        let _ = std::io::stderr().write_all(what.as_bytes());
        let _ = done.send(());
    });
    // The guard may end right behind its last word.
    let _ = told.recv_timeout(TERMINAL);
}
