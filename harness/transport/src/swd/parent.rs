//! The harness's side: keeps one worker process running, gives every request a deadline, and kills a worker that
//! misses it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use proofhouse_model::observation::DebugLevel;
use proofhouse_model::{Channel, Trouble};

use crate::budget::Budget;

use super::child::{Killer, Reply, Worker};
use super::dump::Dump;
use super::protocol::{Answer, Request};
use super::race::Race;
use super::survey::Grading;
use super::target::DebugTarget;

/// A new worker must say that it is racing within this time, start of the process included.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// The debug port of one unit. Calls block, each no longer than it is given.
///
/// Trouble kinds: *bench* for probe, socket, worker and overrun; *device silent* when no debug
/// port answers a read; *device refused* when memory is refused; *cancelled* once the budget's cancel
/// is set, which ends a request under way. A grade and a race report silence and refusal as their
/// level instead.
pub struct DebugPort {
    target: DebugTarget,
    /// There is no port, but a file with flash in it.
    dump: Option<Dump>,
    program: Option<PathBuf>,
    arguments: Vec<OsString>,
    worker: Option<Worker>,
    killer: Arc<Killer>,
}

impl DebugPort {
    /// A port; nothing is touched yet. The worker will be this very program, started with
    /// [`super::WORKER_WORD`].
    #[must_use]
    pub fn new(target: DebugTarget) -> Self {
        Self {
            target,
            dump: None,
            program: None,
            arguments: vec![super::WORKER_WORD.into()],
            worker: None,
            killer: Arc::default(),
        }
    }

    /// No port at all, but flash as somebody dumped it.
    #[must_use]
    pub fn of_dump(dump: Dump) -> Self {
        Self {
            dump: Some(dump),
            ..Self::new(DebugTarget::new(""))
        }
    }

    /// The dump that stands for it.
    #[must_use]
    pub fn dump(&self) -> Option<&Dump> {
        self.dump.as_ref()
    }

    /// The unit was used: a dump of its flash is out of date from now on.
    pub fn unit_was_used(&mut self) {
        if let Some(dump) = &mut self.dump {
            dump.unit_was_used();
        }
    }

    /// Uses another program, or other arguments, as the worker.
    #[must_use]
    pub fn with_worker(mut self, program: PathBuf, arguments: Vec<OsString>) -> Self {
        self.program = Some(program);
        self.arguments = arguments;
        self
    }

    /// From the next request on, this is the probe: a selector as in [`DebugTarget::probe`].
    pub fn aim(&mut self, probe: impl Into<String>) {
        self.target.probe = probe.into();
    }

    /// Starts the worker if none is there, so that the next request need not wait for it.
    ///
    /// # Errors
    /// Bench trouble: the worker cannot be started.
    pub fn warm(&mut self) -> Result<(), Trouble> {
        self.is_port("a race for the lock")?;
        self.worker().map(drop)
    }

    /// How far the port lets one in. Takes some milliseconds (the first with a chip name about
    /// 50 ms, while chip descriptions are decoded); a silent wire 0.3 s.
    ///
    /// # Errors
    /// Bench trouble; never the device, whose silence is a level.
    pub fn grade(&mut self, budget: &Budget) -> Result<Grading, Trouble> {
        self.is_port("the lock")?;
        match self.ask(Request::Grade(self.target.clone()), budget)? {
            Reply {
                answer: Answer::Graded(grading),
                ..
            } => Ok(*grading),
            other => Err(self.confused(&other)),
        }
    }

    /// Reads `len` bytes (at most [`super::MAX_READ`]) at `at`.
    ///
    /// # Errors
    /// See [`DebugPort`]; all or nothing.
    pub fn read(&mut self, at: u64, len: u64, budget: &Budget) -> Result<Vec<u8>, Trouble> {
        if let Some(dump) = &self.dump {
            return dump.read(at, len);
        }
        let request = Request::Read {
            target: self.target.clone(),
            at,
            len,
        };
        match self.ask(request, budget)? {
            Reply {
                answer: Answer::Memory { .. },
                raw,
            } if raw.len() as u64 == len => Ok(raw),
            other => Err(self.confused(&other)),
        }
    }

    /// The chip's unique id in lower-case hexadecimal, most significant word first; `None`, and no probe is touched,
    /// where nobody knows where it lies.
    ///
    /// # Errors
    /// See [`DebugPort`]; also when the id is blank.
    pub fn identify(&mut self, budget: &Budget) -> Result<Option<String>, Trouble> {
        if self.dump.is_some() || self.target.uid_places().is_empty() {
            return Ok(None);
        }
        match self.ask(Request::Identify(self.target.clone()), budget)? {
            Reply {
                answer: Answer::Uid { hex },
                ..
            } => Ok(Some(hex)),
            other => Err(self.confused(&other)),
        }
    }

    /// Starts trying without pause and returns once the worker does. Then switch the supply on,
    /// call [`RaceHandle::powered`] and [`RaceHandle::join`]. The race ends `length` after
    /// `powered`; without it after two minutes.
    ///
    /// # Errors
    /// Bench trouble: the worker cannot be started.
    pub fn start_race(
        &mut self,
        length: Duration,
        budget: &Budget,
    ) -> Result<RaceHandle<'_>, Trouble> {
        self.is_port("a race for the lock")?;
        let length_us = u64::try_from(length.as_micros()).unwrap_or(u64::MAX);
        let request = Request::Race {
            target: self.target.clone(),
            length_us,
        };
        match self.ask(request, &budget.at_most(START_PATIENCE))? {
            Reply {
                answer: Answer::Racing,
                ..
            } => Ok(RaceHandle {
                port: self,
                length,
                powered: None,
                ended: false,
            }),
            other => Err(self.confused(&other)),
        }
    }

    fn is_port(&self, for_what: &str) -> Result<(), Trouble> {
        match &self.dump {
            None => Ok(()),
            Some(dump) => Err(dump.no_port(for_what)),
        }
    }

    fn worker(&mut self) -> Result<&mut Worker, Trouble> {
        if self.worker.as_mut().is_some_and(|w| w.ended()) {
            self.worker = None;
        }
        match &mut self.worker {
            Some(worker) => Ok(worker),
            none => {
                let program = self.program.clone();
                let worker = Worker::start(program, &self.arguments, &self.killer)?;
                Ok(none.insert(worker))
            }
        }
    }

    fn ask(&mut self, request: Request, budget: &Budget) -> Result<Reply, Trouble> {
        budget.cancel().check()?;
        self.worker()?;
        self.worker()?.send(&request)?;
        self.next_reply(budget)
    }

    /// The next answer; whatever is no honest answer costs the worker.
    fn next_reply(&mut self, budget: &Budget) -> Result<Reply, Trouble> {
        let Some(worker) = &mut self.worker else {
            return Err(bench("the worker is gone"));
        };
        let _killed = budget.cancel().on_cancel(Waker::from(self.killer.clone()));
        if let Err(why) = budget.cancel().check() {
            // Its answer must not be taken for the next request's.
            self.worker = None;
            return Err(why);
        }
        let reply = worker.next_reply(budget.deadline());
        match reply {
            Ok(Reply {
                answer: Answer::Trouble(trouble),
                ..
            }) => Err(trouble),
            Ok(Reply {
                answer: Answer::Panicked { message },
                ..
            }) => {
                self.worker = None;
                Err(bench(&format!(
                    "the probe driver panicked: {}",
                    shown(&message)
                )))
            }
            Ok(reply) => Ok(reply),
            Err(why) => {
                let tail = worker.last_words();
                self.worker = None;
                budget.cancel().check()?;
                Err(bench(&why.text(budget.given(), &shown(&tail))))
            }
        }
    }

    fn confused(&mut self, reply: &Reply) -> Trouble {
        self.worker = None;
        let text: String = format!("{:?}", reply.answer).chars().take(80).collect();
        bench(&format!(
            "the worker gave an answer to another question: {}",
            shown(&text)
        ))
    }
}

/// A race under way. Dropped without [`RaceHandle::join`], its worker is killed.
pub struct RaceHandle<'a> {
    port: &'a mut DebugPort,
    length: Duration,
    powered: Option<Instant>,
    ended: bool,
}

impl RaceHandle<'_> {
    /// The supply is on now: times count from here. A second call has no effect.
    pub fn powered(&mut self) {
        if self.powered.is_none() {
            self.powered = Some(Instant::now());
            if let Some(worker) = &mut self.port.worker {
                // A worker that is gone is noticed by `join`.
                let _ = worker.send(&Request::Powered);
            }
        }
    }

    /// Waits for the end of the race, at most `grace` longer than it should last; of the budget it is called off by
    /// the flag alone. If power was not announced, it counts as coming now.
    ///
    /// # Errors
    /// Bench trouble: the probe never opened, or the worker overran and had seen nothing open.
    /// Memory that *was* read stays a fact: then the race so far is returned, with a doubt.
    pub fn join(mut self, grace: Duration, budget: &Budget) -> Result<Race, Trouble> {
        self.powered();
        let end = self.powered.unwrap_or_else(Instant::now) + self.length + grace;
        let budget = Budget::until(end, budget.cancel());
        let mut seen: Option<Race> = None;
        loop {
            match self.port.next_reply(&budget) {
                Ok(Reply {
                    answer: Answer::Further(race),
                    ..
                }) => seen = Some(*race),
                Ok(Reply {
                    answer: Answer::Raced(race),
                    ..
                }) => {
                    self.ended = true;
                    return Ok(*race);
                }
                Ok(other) => return Err(self.port.confused(&other)),
                Err(trouble) => {
                    // An answer in words leaves the worker fit for the next request.
                    self.ended = self.port.worker.is_some();
                    return salvage(seen, trouble);
                }
            }
        }
    }
}

impl Drop for RaceHandle<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.port.worker = None;
        }
    }
}

/// A broken race proves nothing, except where memory had been read before it broke.
fn salvage(seen: Option<Race>, trouble: Trouble) -> Result<Race, Trouble> {
    match seen {
        Some(mut race) if race.best.grade.level == DebugLevel::Open => {
            race.best.doubts.push(format!(
                "the race broke off after memory was read: {trouble}"
            ));
            Ok(race)
        }
        _ => Err(trouble),
    }
}

fn bench(what: &str) -> Trouble {
    Trouble::bench(
        Channel::Debug,
        what,
        "see that the unit kept its power and the probe is free, replug the probe, and run again; \
         the next request starts a fresh worker",
    )
}

/// Text of a worker, fit for a terminal: control characters become spaces.
fn shown(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
