//! The pace in which a device takes what is sent: small ones lose characters that come faster than they read.

use super::{Console, LOOK, Wire};
use crate::budget::Budget;
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Trouble};
use std::io;
use std::time::{Duration, Instant};

/// Waits between what is sent; none by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// After each character.
    pub character: Duration,
    /// After the end of a line.
    pub line: Duration,
}

impl Pace {
    /// By the settings `char_delay` and `line_delay` of a wire.
    ///
    /// # Errors
    /// Bench trouble: one of them is no duration.
    pub fn of(settings: &Settings) -> Result<Self, Trouble> {
        let wait = |key| -> Result<Duration, Trouble> {
            let wait = settings.optional(key, Settings::duration)?;
            Ok(wait.map_or(Duration::ZERO, |wait| wait.std()))
        };
        Ok(Self {
            character: wait("char_delay")?,
            line: wait("line_delay")?,
        })
    }

    /// How many of these bytes may go at once, and the wait after them.
    fn step(&self, bytes: &[u8]) -> (usize, Duration) {
        let ends_line = |n: usize| match bytes[n] {
            b'\n' => true,
            // CR LF is one end.
            b'\r' => bytes.get(n + 1) != Some(&b'\n'),
            _ => false,
        };
        let last = match (self.character.is_zero(), self.line.is_zero()) {
            (true, true) => bytes.len() - 1,
            (false, _) => 0,
            (true, false) => (0..bytes.len())
                .find(|n| ends_line(*n))
                .unwrap_or(bytes.len() - 1),
        };
        let wait = match ends_line(last) {
            true => self.character.max(self.line),
            false => self.character,
        };
        (last + 1, wait)
    }
}

/// When the next byte may go: the pace holds across calls, and no answer is waited for any later because of it.
#[derive(Debug, Default)]
pub(super) struct Turn {
    not_before: Option<Instant>,
}

/// How far sending came.
pub(super) enum Sent {
    All,
    /// The device took so many bytes, and no more in so long.
    Stuck(usize, Budget),
    /// The wire failed.
    Lost(io::Error),
}

impl Console {
    /// Sends bytes in the pace of the device.
    ///
    /// # Errors
    /// The pace leaves no time for all of them (deadline), or it was called off.
    pub(super) fn send_paced(
        &self,
        wire: &dyn Wire,
        turn: &mut Turn,
        bytes: &[u8],
        budget: &Budget,
    ) -> Result<Sent, Trouble> {
        let mut done = 0;
        while done < bytes.len() {
            if let Some(at) = turn.not_before {
                wait_until(at, budget, || {
                    let all = bytes.len();
                    format!(
                        "sending {done} of {all} bytes at the pace of `char_delay` and `line_delay`"
                    )
                })?;
            }
            let (n, wait) = self.pace.step(&bytes[done..]);
            let accept = budget.at_most(self.accept);
            let end = done + n;
            match write(wire, &bytes[done..end], &accept) {
                Ok(taken) if taken == n => done = end,
                Ok(taken) => return Ok(Sent::Stuck(done + taken, accept)),
                Err(e) => return Ok(Sent::Lost(e)),
            }
            turn.not_before = (!wait.is_zero())
                .then(|| Instant::now().checked_add(wait))
                .flatten();
        }
        Ok(Sent::All)
    }
}

fn wait_until(at: Instant, budget: &Budget, doing: impl Fn() -> String) -> Result<(), Trouble> {
    let wait = at.saturating_duration_since(Instant::now());
    if wait.is_zero() {
        return Ok(());
    }
    // Why it ended is looked at next.
    let _ = budget.cancel().pause(wait.min(budget.left()));
    budget.check(Channel::Console, doing)
}

/// Writes all, or says how much was taken before the budget was over.
fn write(wire: &dyn Wire, bytes: &[u8], budget: &Budget) -> io::Result<usize> {
    let mut done = 0;
    while done < bytes.len() {
        done += wire.write(&bytes[done..], budget.left().min(LOOK))?;
        if budget.is_over() {
            break;
        }
    }
    Ok(done)
}
