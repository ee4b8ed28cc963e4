//! A person who resets the unit: asked on the terminal, never answered for.

use crate::Budget;
use crate::open::Context;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Trouble, UnitName};
use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, TryLockError};
use std::time::Duration;

/// Longest that an answer may take, where nothing else is said.
const WITHIN: Duration = Duration::from_secs(300);
/// Longest answer, in bytes.
const LONGEST: usize = 1 << 10;
/// How often it is looked whether the case is over.
const LOOK: Duration = Duration::from_millis(LOOK_MS as u64);
const LOOK_MS: u16 = 100;

/// One question at a time, whatever unit it is about.
static TERMINAL: Mutex<()> = Mutex::new(());

/// Somebody at the terminal, and what they are asked to do.
#[derive(Debug)]
pub struct Operator {
    unit: UnitName,
    say: String,
    within: Duration,
}

impl Operator {
    pub(super) fn open(settings: &Settings, context: &Context<'_>) -> Result<Self, Trouble> {
        let within = settings.optional("within", Settings::duration)?;
        Ok(Self {
            unit: context.unit.clone(),
            say: settings.text("say")?.to_owned(),
            within: within.map_or(WITHIN, |within| within.std()),
        })
    }

    pub(super) fn carry_out(&self, budget: &Budget) -> Result<String, Trouble> {
        let budget = budget.at_most(self.within);
        let _turn = loop {
            match TERMINAL.try_lock() {
                Ok(turn) => break turn,
                Err(TryLockError::Poisoned(turn)) => break turn.into_inner(),
                Err(TryLockError::WouldBlock) if budget.is_over() => {
                    return Err(self.unanswered("another question was not answered"));
                }
                Err(TryLockError::WouldBlock) => budget.pause(LOOK)?,
            }
        };
        self.ask(&mut std::io::stderr(), std::io::stdin().as_fd(), &budget)
    }

    /// Asks, and waits for a line. A deadline is no answer, and neither is a terminal that is not there.
    pub(super) fn ask(
        &self,
        out: &mut dyn Write,
        from: BorrowedFd<'_>,
        budget: &Budget,
    ) -> Result<String, Trouble> {
        let question = format!("{}: {}", self.unit, self.say);
        loop {
            let asked = write!(
                out,
                "\nOPERATOR  {question}\n          Enter when it is done, `no` when it cannot be done: "
            );
            // Nobody who does not see the question answers it: the deadline tells.
            let _ = asked.and_then(|()| out.flush());
            let answer = line(from, budget).map_err(|why| match budget.cancel().check() {
                Err(called_off) => called_off,
                Ok(()) => self.unanswered(&why),
            })?;
            match answer.trim().to_lowercase().as_str() {
                "" | "y" | "yes" | "done" | "ok" => {
                    return Ok(format!("asked: {question}; answered: done"));
                }
                "n" | "no" => {
                    let what = format!("asked to \"{}\", the operator says no", self.say);
                    let next = "see what kept the operator from it, then run again";
                    return Err(Trouble::bench(Channel::Reset, what, next));
                }
                _ => {}
            }
        }
    }

    fn unanswered(&self, why: &str) -> Trouble {
        let what = format!("nobody answered \"{}: {}\" ({why})", self.unit, self.say);
        let next =
            "run it with somebody at the terminal, or give the unit a reset that is a program";
        Trouble::bench(Channel::Reset, what, next)
    }
}

/// A line of an answer; else why there is none.
fn line(from: BorrowedFd<'_>, budget: &Budget) -> Result<String, String> {
    let mut said = Vec::new();
    loop {
        if budget.is_over() {
            return Err("the time for it is over".to_owned());
        }
        let mut fds = [PollFd::new(from, PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::from(LOOK_MS)) {
            Ok(0) | Err(Errno::EINTR) => continue,
            Ok(_) => {}
            Err(e) => return Err(format!("the terminal cannot be read: {e}")),
        }
        let mut byte = [0];
        match nix::unistd::read(from, &mut byte) {
            Ok(0) => return Err("there is no terminal".to_owned()),
            Ok(_) if byte[0] == b'\n' => return Ok(String::from_utf8_lossy(&said).into_owned()),
            Ok(_) if said.len() < LONGEST => said.push(byte[0]),
            Ok(_) => return Err("the answer does not end".to_owned()),
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(e) => return Err(format!("the terminal cannot be read: {e}")),
        }
    }
}
