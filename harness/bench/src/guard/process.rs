//! The guard's side: waits, and switches off.

use super::host;
use super::protocol::{Ask, BEAT, Begin, Say, line};
use crate::locks::{self, Held, NotHeld};
use crate::off::{MayBeOn, OFF_WITHIN, all_off};
use proofhouse_lease::left::{self, Kept};
use proofhouse_model::UnitName;
use proofhouse_model::event::GuardActed;
use proofhouse_model::profile::{ConsoleFacts, DebugFacts};
use proofhouse_transport::open::Context;
use proofhouse_transport::power::{self, PowerControl, Strips};
use std::collections::BTreeMap;
use std::io::{BufRead, Write};
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
    acted: Option<GuardActed>,
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
            acted: None,
        }
    }

    fn until_the_end(mut self, asks: &Receiver<Ask>) {
        loop {
            self.look_at_wires();
            let since = Instant::now();
            match asks.recv_timeout(BEAT / 2) {
                Ok(Ask::Beat(n)) => {
                    self.silent = Duration::ZERO;
                    say(&match &self.acted {
                        Some(acted) => Say::TookOver(acted.clone()),
                        None => Say::Beat(n),
                    });
                }
                Ok(Ask::SwitchOff(units)) => {
                    let left = self.switch_off(&units);
                    let is_off = |unit: &UnitName| !left.iter().any(|l| l.unit == *unit);
                    say(&Say::Off(units.into_iter().filter(is_off).collect()));
                }
                Ok(Ask::End | Ask::Begin(_)) => return,
                Err(RecvTimeoutError::Timeout) => {
                    // A host that slept stopped this process as well: that is no silence of the harness.
                    self.silent += since.elapsed().min(BEAT);
                    self.look();
                }
                Err(RecvTimeoutError::Disconnected) => return self.harness_died(),
            }
        }
    }

    fn look(&mut self) {
        let pid = self.begin.holder.pid;
        let why = match self.silent {
            silent if silent >= STOPPED && host::is_stopped(pid) => "was stopped by a signal",
            silent if silent >= UNSEEN && !host::sees_processes() => "did not answer",
            silent if silent >= HANGS => "did not answer any more",
            _ => return,
        };
        self.take_over_once(&format!("the harness, process {pid}, {why}"));
    }

    /// A wire whose lock another run has now is no longer this run's.
    fn look_at_wires(&mut self) {
        if self.seen.elapsed() < WIRES {
            return;
        }
        self.seen = Instant::now();
        if !self.held.renew() {
            let pid = self.begin.holder.pid;
            self.take_over_once(&format!(
                "another process took a wire of the harness, process {pid}"
            ));
        }
    }

    fn take_over_once(&mut self, why: &str) {
        if self.acted.is_none() {
            self.acted = Some(self.take_over(why));
        }
    }

    fn harness_died(mut self) {
        let pid = self.begin.holder.pid;
        let acted = self.take_over(&format!("the harness, process {pid}, died"));
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

    fn take_over(&self, why: &str) -> GuardActed {
        let pid = self.begin.holder.pid;
        let units: Vec<UnitName> = self.begin.supplies.iter().map(|s| s.unit.clone()).collect();
        host::end_relay_programs_of(pid);
        self.switch_off(&units);
        std::thread::sleep(ONCE_MORE);
        host::end_relay_programs_of(pid);
        let left = self.switch_off(&units);
        let left = left.into_iter().map(|l| (l.unit, l.why.what));
        let acted = GuardActed {
            why: why.to_owned(),
            units,
            may_be_on: left.collect(),
        };
        tell(&acted.to_string());
        acted
    }

    /// By drivers of its own, opened for this.
    fn switch_off(&self, units: &[UnitName]) -> Vec<MayBeOn> {
        let mut left = Vec::new();
        let mut supplies = BTreeMap::new();
        let strips = Strips::default();
        for supply in self
            .begin
            .supplies
            .iter()
            .filter(|s| units.contains(&s.unit))
        {
            let context = Context {
                unit: &supply.unit,
                folder: &self.begin.folder,
                console: ConsoleFacts::default(),
                debug: DebugFacts::default(),
                strips: &strips,
                made: None,
            };
            let opened = power::open(&supply.wire, &context).and_then(PowerControl::new);
            match opened {
                Ok(power) => drop(supplies.insert(supply.unit.clone(), Arc::new(power))),
                Err(why) => left.push(MayBeOn {
                    unit: supply.unit.clone(),
                    why,
                }),
            }
        }
        left.extend(all_off(&supplies, None, OFF_WITHIN));
        left
    }
}

/// On the terminal that the run has, if it still has one; a terminal that is stopped holds up nothing.
fn tell(what: &str) {
    let what = format!("\nproofhouse guard: {what}\n");
    std::thread::spawn(move || {
        let _ = std::io::stderr().write_all(what.as_bytes());
    });
}
