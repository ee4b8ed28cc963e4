//! A person who resets the unit: asked on the terminal, never answered for.
//!
//! What they take is none of the case's time: the executor of the case sees to that. A question that nobody answers
//! pauses the run, lest the next one be asked of nobody as well.

use super::answer::{Answer, plain};
use super::screen::Left;
use crate::Budget;
use crate::open::Context;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{FlushArg, tcflush};
use proofhouse_model::drivers::PICTURE;
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Trouble, UnitName};
use std::io::{IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::Duration;

/// Longest that an answer may take, where nothing else is said.
const WITHIN: Duration = Duration::from_secs(300);
/// Longest that questions about other units are waited for.
const TURN: Duration = Duration::from_secs(3600);
/// Longest answer, in bytes.
const LONGEST: usize = 1 << 10;
/// How often it is looked whether the case is over.
const LOOK: Duration = Duration::from_millis(LOOK_MS as u64);
const LOOK_MS: u16 = 100;
const NO_TERMINAL: &str = "there is no terminal";

/// One question at a time, whatever unit it is about.
static TERMINAL: Mutex<()> = Mutex::new(());

/// Somebody at the terminal, and what they are asked to do.
#[derive(Debug)]
pub struct Operator {
    unit: UnitName,
    say: String,
    picture: Option<PathBuf>,
    within: Duration,
    /// The last question was not answered.
    in_vain: AtomicBool,
}

impl Operator {
    pub(super) fn open(settings: &Settings, context: &Context<'_>) -> Result<Self, Trouble> {
        let within = settings.optional("within", Settings::duration)?;
        let picture = settings.optional(PICTURE, Settings::text)?;
        Ok(Self {
            unit: context.unit.clone(),
            say: plain(settings.text("say")?),
            picture: picture.map(|path| context.folder.join(path)),
            within: within.map_or(WITHIN, |within| within.std()),
            in_vain: AtomicBool::new(false),
        })
    }

    /// How long they may take, the questions before theirs included.
    pub(super) fn most(&self) -> Duration {
        self.within.saturating_add(TURN)
    }

    /// Whether nobody answered the last question.
    pub(super) fn in_vain(&self) -> bool {
        self.in_vain.load(Ordering::SeqCst)
    }

    pub(super) fn carry_out(&self, budget: &Budget) -> Result<String, Trouble> {
        self.in_vain.store(false, Ordering::SeqCst);
        let _turn = self.turn(budget)?;
        let (mut out, from) = (std::io::stderr(), std::io::stdin());
        if !from.is_terminal() || !out.is_terminal() {
            return Err(self.unanswered(NO_TERMINAL));
        }
        let _left = Left::to_a_question();
        // What was typed before the question is no answer to it.
        let _ = tcflush(from.as_fd(), FlushArg::TCIFLUSH);
        self.ask(&mut out, from.as_fd(), &budget.at_most(self.within))
    }

    /// Its time begins when it is asked: questions about other units take none of it.
    fn turn(&self, budget: &Budget) -> Result<MutexGuard<'static, ()>, Trouble> {
        let budget = budget.at_most(TURN);
        loop {
            match TERMINAL.try_lock() {
                Ok(turn) => return Ok(turn),
                Err(TryLockError::Poisoned(turn)) => return Ok(turn.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
            budget.cancel().check()?;
            if budget.left().is_zero() {
                return Err(self.unanswered("questions about other units took all of the time"));
            }
            let _ = budget.cancel().pause(LOOK);
        }
    }

    /// Asks, and waits for a line. A deadline is no answer, and neither is a terminal that is not there.
    pub(super) fn ask(
        &self,
        out: &mut dyn Write,
        from: BorrowedFd<'_>,
        budget: &Budget,
    ) -> Result<String, Trouble> {
        let question = format!("{}: {}", self.unit, self.say);
        let picture = self.picture.as_ref().map_or_else(String::new, |path| {
            let path = plain(&path.display().to_string());
            format!("          picture: {path}\n")
        });
        let mut first = format!(
            "\nOPERATOR  {question}\n{picture}          no answer within {} pauses the run\n",
            budget.given()
        );
        loop {
            let asked = write!(
                out,
                "{first}          `done`, `cannot: why` or `skip: why` > "
            );
            // Nobody who does not see the question answers it: the deadline tells.
            let _ = asked.and_then(|()| out.flush());
            let typed = line(from, budget).map_err(|why| match budget.cancel().check() {
                Err(called_off) => called_off,
                Ok(()) => self.unanswered(&why),
            })?;
            match Answer::of(&typed) {
                Ok(answer) => return self.told(&question, answer),
                Err(why) => first = format!("          {why}\n"),
            }
        }
    }

    /// What their answer comes to.
    fn told(&self, question: &str, answer: Answer) -> Result<String, Trouble> {
        let (what, next) = match answer {
            Answer::Done(more) if more.is_empty() => {
                return Ok(format!("asked: {question}; answered: done"));
            }
            Answer::Done(more) => return Ok(format!("asked: {question}; answered: done: {more}")),
            Answer::Cannot(why) => (
                format!("asked to \"{}\", the operator cannot: {why}", self.say),
                "mend what kept the operator from it, then run the case again",
            ),
            Answer::Skip(why) => (
                format!("asked to \"{}\", the operator left it out: {why}", self.say),
                "run the case again when it can be done",
            ),
        };
        Err(Trouble::bench(Channel::Reset, what, next))
    }

    fn unanswered(&self, why: &str) -> Trouble {
        self.in_vain.store(true, Ordering::SeqCst);
        let what = format!("nobody answered \"{}: {}\" ({why})", self.unit, self.say);
        let next =
            "resume the run with somebody at the terminal, or run it anew with `--no-operator`";
        Trouble::bench(Channel::Reset, what, next)
    }
}

/// A line of an answer; else why there is none.
fn line(from: BorrowedFd<'_>, budget: &Budget) -> Result<String, String> {
    let mut said = Vec::new();
    loop {
        if budget.is_over() {
            return Err(format!("no answer within {}", budget.given()));
        }
        let mut fds = [PollFd::new(from, PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::from(LOOK_MS)) {
            Ok(0) | Err(Errno::EINTR) => continue,
            Ok(_) => {}
            Err(e) => return Err(format!("the terminal cannot be read: {e}")),
        }
        let mut byte = [0];
        match nix::unistd::read(from, &mut byte) {
            Ok(0) => return Err(NO_TERMINAL.to_owned()),
            Ok(_) if byte[0] == b'\n' => return Ok(String::from_utf8_lossy(&said).into_owned()),
            Ok(_) if said.len() < LONGEST => said.push(byte[0]),
            Ok(_) => return Err("the answer does not end".to_owned()),
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(e) => return Err(format!("the terminal cannot be read: {e}")),
        }
    }
}
