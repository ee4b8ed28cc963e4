//! Trying without pause from before power-up: is the port open before firmware locks it?

use std::mem;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use probe_rs::architecture::arm::FullyQualifiedApAddress;
use probe_rs::probe::Probe;
use proofhouse_model::observation::{DebugLevel, DebugTap};
use proofhouse_model::{Dur, Trouble};
use serde::{Deserialize, Serialize};

use crate::sync::hold;

use super::error::Failed;
use super::jtag::closed;
use super::places::places;
use super::probe::open_probe;
use super::reach::{NotReached, Port, reach};
use super::survey::{Grading, survey};
use super::target::DebugTarget;

/// Pause after a probe that could not be opened, so that waiting for power costs no core.
const PAUSE: Duration = Duration::from_micros(500);
/// A race whose power never comes ends after this long.
const POWER_PATIENCE: Duration = Duration::from_secs(120);

/// Places read in each try: the core's name and the first words of flash.
const PLACES: usize = 2;
/// How often all access ports are looked for again.
const ALL_PORTS_EVERY: u32 = 8;

/// Result of a race. Times count from the moment the parent said that power is on; what came
/// before that counts as zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Race {
    /// The best grade seen, with `tries` and `after`.
    pub best: Grading,
    /// When the probe could be opened.
    pub probe_after: Option<Dur>,
    /// When a debug port first answered.
    pub port_after: Option<Dur>,
    /// The last time memory could be read: with `best.grade.after` the window it was open in.
    pub open_until: Option<Dur>,
    /// The level of the last try.
    pub last: DebugLevel,
}

/// The moment power came, told by the parent while the race runs.
#[derive(Debug, Default)]
pub struct PowerMark(Mutex<Option<Instant>>);

impl PowerMark {
    /// Power is on now.
    pub fn set(&self) {
        hold(&self.0).get_or_insert_with(Instant::now);
    }

    /// Forgets the mark of the race before.
    pub fn clear(&self) {
        *hold(&self.0) = None;
    }

    fn get(&self) -> Option<Instant> {
        *hold(&self.0)
    }
}

/// Durations are written to the microsecond.
fn whole_us(d: Duration) -> Dur {
    Dur::from(Duration::from_micros(
        u64::try_from(d.as_micros()).unwrap_or(u64::MAX),
    ))
}

/// How far the last try got, kept for the next one.
enum Reached {
    /// No probe yet.
    Nothing,
    /// A probe, no debug port.
    Probe(Probe),
    /// A debug port, its DPIDR and its access ports.
    Port(Port, u32, Vec<FullyQualifiedApAddress>),
}

/// Races until `length` after power-up. `further` hears each time a better level is reached, so
/// that a worker that hangs afterwards has not lost it.
///
/// # Errors
/// Trouble of the bench: the probe could never be opened.
pub fn race(
    target: &DebugTarget,
    length: Duration,
    power: &PowerMark,
    mut further: impl FnMut(Race),
) -> Result<Race, Trouble> {
    let started = Instant::now();
    let mut racer = Racer::new(target);
    while running(power.get(), started, length) {
        if racer.try_once()
            && let Some(race) = racer.tell(power.get())
        {
            further(race);
        }
    }
    let never = || super::error::probe_trouble("no try could be made in the time given");
    racer
        .tell(power.get())
        .ok_or_else(|| racer.trouble.take().unwrap_or_else(never))
}

fn running(power: Option<Instant>, started: Instant, length: Duration) -> bool {
    match power {
        Some(power) => power.elapsed() < length,
        None => started.elapsed() < POWER_PATIENCE,
    }
}

struct Racer<'a> {
    target: &'a DebugTarget,
    places: Vec<(u64, usize)>,
    reached: Reached,
    /// What is on the chain of the port that was reached last, over JTAG.
    taps: Vec<DebugTap>,
    best: Option<(Grading, Instant)>,
    probe_at: Option<Instant>,
    port_at: Option<Instant>,
    open_at: Option<Instant>,
    last: DebugLevel,
    tries: u32,
    /// Of the probe, since the last try.
    trouble: Option<Trouble>,
    /// When a probe that had been opened could not be used last.
    gone_at: Option<Instant>,
}

impl<'a> Racer<'a> {
    fn new(target: &'a DebugTarget) -> Self {
        let mut places = places(target);
        places.truncate(PLACES);
        Self {
            target,
            places,
            reached: Reached::Nothing,
            taps: Vec::new(),
            best: None,
            probe_at: None,
            port_at: None,
            open_at: None,
            last: DebugLevel::NoDp,
            tries: 0,
            trouble: None,
            gone_at: None,
        }
    }

    /// One try; true if it got further than all before.
    fn try_once(&mut self) -> bool {
        let probe = match mem::replace(&mut self.reached, Reached::Nothing) {
            Reached::Port(port, dpidr, known) => return self.look(port, dpidr, Some(known)),
            Reached::Probe(probe) => probe,
            Reached::Nothing => match open_probe(self.target) {
                Ok(probe) => probe,
                Err(trouble) => {
                    self.broke(trouble);
                    std::thread::sleep(PAUSE);
                    return false;
                }
            },
        };
        self.probe_at.get_or_insert_with(Instant::now);
        match reach(probe, Duration::ZERO, self.target.protocol) {
            Ok(awake) => {
                self.taps = awake.taps;
                self.look(awake.port, awake.dpidr, None)
            }
            Err(not) => {
                let NotReached {
                    probe,
                    dpidr,
                    taps,
                    error,
                } = *not;
                let why = match error {
                    Failed::Bench(trouble) => return self.broke(trouble),
                    Failed::Device(why) => why,
                };
                self.reached = Reached::Probe(probe);
                if !taps.is_empty() {
                    self.port_at.get_or_insert_with(Instant::now);
                }
                self.record(closed(self.target, dpidr, taps, why))
            }
        }
    }

    fn look(
        &mut self,
        mut port: Port,
        dpidr: u32,
        known: Option<Vec<FullyQualifiedApAddress>>,
    ) -> bool {
        self.port_at.get_or_insert_with(Instant::now);
        // A port may come up after the others, so all are looked for now and then.
        let known = known.filter(|_| !self.tries.is_multiple_of(ALL_PORTS_EVERY));
        match survey(&mut *port, dpidr, known.as_deref(), &self.places) {
            Err(trouble) => self.broke(trouble),
            Ok((grading, present)) => {
                self.reached = if present.is_empty() {
                    Reached::Probe(port.close())
                } else {
                    Reached::Port(port, dpidr, present)
                };
                self.record(grading.over(self.target.protocol, self.taps.clone()))
            }
        }
    }

    fn broke(&mut self, trouble: Trouble) -> bool {
        self.trouble = Some(trouble);
        self.reached = Reached::Nothing;
        if self.probe_at.is_some() {
            self.gone_at = Some(Instant::now());
        }
        false
    }

    fn record(&mut self, grading: Grading) -> bool {
        let now = Instant::now();
        self.tries = self.tries.saturating_add(1);
        self.last = grading.grade.level;
        self.trouble = None;
        if self.last == DebugLevel::Open {
            self.open_at = Some(now);
        }
        let better = self
            .best
            .as_ref()
            .is_none_or(|(best, _)| self.last > best.grade.level);
        if better {
            self.best = Some((grading, now));
        }
        better
    }

    /// The race so far; `None` before the first try.
    fn tell(&self, power: Option<Instant>) -> Option<Race> {
        let after = |at: Instant| power.map(|p| whole_us(at.saturating_duration_since(p)));
        let (best, best_at) = self.best.as_ref()?;
        let mut best = best.clone();
        best.grade.tries = self.tries;
        best.grade.after = after(*best_at);
        if best.grade.level != DebugLevel::Open {
            best.doubts.extend(self.doubt(power));
        }
        Some(Race {
            best,
            probe_after: self.probe_at.and_then(after),
            port_after: self.port_at.and_then(after),
            open_until: self.open_at.and_then(after),
            last: self.last,
        })
    }

    /// Tries say nothing of the time in which the probe could not be used.
    fn doubt(&self, power: Option<Instant>) -> Option<String> {
        if let Some(trouble) = &self.trouble {
            let why = &trouble.what;
            return Some(format!(
                "the probe could not be used any more when the race ended: {why}"
            ));
        }
        let (gone, power) = self.gone_at.zip(power)?;
        (gone >= power).then(|| "the probe could not be used for a part of the race".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A probe that another program took in the middle must not make a lock of the tries before that.
    #[test]
    fn a_probe_that_is_lost_in_a_race_leaves_a_doubt() {
        let target = DebugTarget::new("1:2");
        let mut racer = Racer::new(&target);
        racer.broke(super::super::error::probe_trouble("not there yet"));
        let power = Some(Instant::now());
        let shut = |dpidr| Grading {
            doubts: Vec::new(),
            ..Grading::closed(dpidr, "refused".to_owned())
        };
        racer.record(shut(Some(1)));
        assert_eq!(racer.tell(None).unwrap().best.doubts, [""; 0]);
        racer.probe_at = power;
        racer.broke(super::super::error::probe_trouble("interface is busy"));
        let lost = racer.tell(None).unwrap().best;
        assert_eq!(lost.doubts.len(), 1);
        assert!(lost.doubts[0].contains("is busy"), "{:?}", lost.doubts);
        racer.record(shut(Some(1)));
        assert_eq!(racer.tell(None).unwrap().best.doubts, [""; 0]);
        // Between the tries it could have been open.
        let part = racer.tell(power).unwrap().best.doubts;
        assert_eq!(part, ["the probe could not be used for a part of the race"]);
    }
}
