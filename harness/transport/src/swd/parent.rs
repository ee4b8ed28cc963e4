//! The harness's side: keeps one worker process running, gives every request a deadline, and kills a worker that
//! misses it.

mod racing;
mod running;

pub use racing::RaceHandle;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use proofhouse_model::{Channel, Dur, Trouble};

use crate::budget::Budget;

use super::child::{Killer, Reply, Worker};
use super::dump::Dump;
use super::host;
use super::protocol::{Answer, Request};
use super::survey::Grading;
use super::target::DebugTarget;

/// A new worker must say that it is racing within this time, start of the process included.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// What a request needs beside the wait for its probe, so that the worker can say in time that it waited in vain.
const OWN_TIME: Duration = Duration::from_secs(5);
/// Most waits that one request may tell of.
const MOST_WAITS: usize = 16;

/// Hears how long a request waited for its probe, and who held it.
type OnWait = Box<dyn Fn(Dur, &str) + Send>;

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
    /// The login on another host where the worker runs and the probe is.
    login: Option<String>,
    on_wait: Option<OnWait>,
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
            login: None,
            on_wait: None,
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

    /// The probe is on another host: the worker runs there. `ssh` is the program that reaches it, with arguments that
    /// go before its own.
    #[must_use]
    pub fn on_host(mut self, login: impl Into<String>, mut ssh: Vec<OsString>) -> Self {
        let login = login.into();
        ssh.extend(host::arguments(&login));
        self.program = Some(PathBuf::from(ssh.remove(0)));
        self.arguments = ssh;
        self.login = Some(login);
        self
    }

    /// From the next request on, this is the probe: a selector as in [`DebugTarget::probe`].
    pub fn aim(&mut self, probe: impl Into<String>) {
        self.target.probe = probe.into();
    }

    /// Calls this whenever a request had to wait for a probe that another program held.
    pub fn on_wait(&mut self, told: impl Fn(Dur, &str) + Send + 'static) {
        self.on_wait = Some(Box::new(told));
    }

    /// How much longer a request may take because another program holds the probe.
    #[must_use]
    pub fn wait(&self) -> Duration {
        self.target.wait.std()
    }

    /// Before the supply is switched for a race: starts the worker, and sees to it that no other program holds the
    /// probe.
    ///
    /// # Errors
    /// Bench trouble: it is held still after the wait, or there are several that fit.
    pub fn await_free(&mut self, budget: &Budget) -> Result<(), Trouble> {
        self.is_port("a race for the lock")?;
        self.worker(budget)?;
        if self.wait().is_zero() {
            return Ok(());
        }
        match self.ask(Request::Free(self.target_within(budget)), budget)? {
            Reply {
                answer: Answer::Free,
                ..
            } => Ok(()),
            other => Err(self.confused(&other)),
        }
    }

    /// How far the port lets one in. Takes some milliseconds (the first with a chip name about
    /// 50 ms, while chip descriptions are decoded); a silent wire 0.3 s.
    ///
    /// # Errors
    /// Bench trouble; never the device, whose silence is a level.
    pub fn grade(&mut self, budget: &Budget) -> Result<Grading, Trouble> {
        self.is_port("the lock")?;
        match self.ask(Request::Grade(self.target_within(budget)), budget)? {
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
            target: self.target_within(budget),
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
        match self.ask(Request::Identify(self.target_within(budget)), budget)? {
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

    /// The target, whose probe is waited for no longer than the budget allows.
    fn target_within(&self, budget: &Budget) -> DebugTarget {
        let left = Dur::from(budget.left().saturating_sub(OWN_TIME));
        DebugTarget {
            wait: self.target.wait.min(left),
            ..self.target.clone()
        }
    }

    fn is_port(&self, for_what: &str) -> Result<(), Trouble> {
        match &self.dump {
            None => Ok(()),
            Some(dump) => Err(dump.no_port(for_what)),
        }
    }

    fn ask(&mut self, request: Request, budget: &Budget) -> Result<Reply, Trouble> {
        budget.cancel().check()?;
        self.worker(budget)?;
        let asked = self.send(&request);
        let answered = asked.and_then(|()| self.next_reply(budget));
        answered.map_err(|trouble| self.placed(trouble))
    }

    /// The next answer to what was asked; that the probe was waited for is told beside it.
    fn next_reply(&mut self, budget: &Budget) -> Result<Reply, Trouble> {
        for _ in 0..MOST_WAITS {
            let reply = self.one_reply(budget)?;
            let Answer::Waited { waited, by } = &reply.answer else {
                return Ok(reply);
            };
            if let Some(told) = &self.on_wait {
                told(*waited, &shown(by));
            }
        }
        self.one_reply(budget)
    }

    /// The next line; whatever is no honest answer costs the worker.
    fn one_reply(&mut self, budget: &Budget) -> Result<Reply, Trouble> {
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
