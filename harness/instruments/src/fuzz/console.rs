//! Fuzzing a shell.

use super::batch::{Alive, Ended, Talk};
use proofhouse_model::{Channel, Trouble};
use proofhouse_transport::Budget;
use std::time::Duration;

/// A console as the campaign needs it.
pub trait ConsoleTarget {
    /// Forgets what came so far and sends one line with the line end the device wants. The bytes hold no line end
    /// themselves, but any other byte.
    ///
    /// # Errors
    /// Trouble of the bench: the port is gone.
    fn send_line(&mut self, line: &[u8], budget: &Budget) -> Result<(), Trouble>;

    /// Waits for the prompt after the line; false when it does not come back in time.
    ///
    /// # Errors
    /// Trouble of the bench: the port is gone.
    fn answered(&mut self, budget: &Budget) -> Result<bool, Trouble>;
}

/// A campaign's end of a console.
pub(super) struct Link<'a> {
    target: &'a mut dyn ConsoleTarget,
    patience: Duration,
    budget: &'a Budget,
    asked: u32,
}

impl<'a> Link<'a> {
    pub(super) fn new(
        target: &'a mut dyn ConsoleTarget,
        patience: Duration,
        budget: &'a Budget,
    ) -> Self {
        Self {
            target,
            patience,
            budget,
            asked: 0,
        }
    }
}

impl Talk for Link<'_> {
    fn send(&mut self, input: &[u8], _: u32) -> Result<Ended, Trouble> {
        self.asked = 0;
        for line in lines(input) {
            self.target.send_line(line, self.budget)?;
            let budget = self.budget.at_most(self.patience);
            if !self.target.answered(&budget)? {
                return Ok(Ended::Silent);
            }
        }
        Ok(Ended::Answered)
    }

    /// An empty line. From the second time on with XON and interrupt before it: an input may have stopped the output
    /// or left a quote open, and that is no crash.
    fn ask(&mut self) -> Result<Alive, Trouble> {
        let line: &[u8] = if self.asked == 0 { b"" } else { b"\x11\x03" };
        self.asked += 1;
        self.target.send_line(line, self.budget)?;
        let patience = self.patience.max(Duration::from_millis(500));
        Ok(if self.target.answered(&self.budget.at_most(patience))? {
            Alive::Yes
        } else {
            Alive::Silent("no prompt after an empty line".to_owned())
        })
    }

    fn channel(&self) -> Channel {
        Channel::Console
    }
}

/// The lines a shell sees: cut at CR, LF and CR LF. A line end at the very end makes no further line.
fn lines(input: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let mut rest = input;
    while let Some(at) = rest.iter().position(|b| matches!(b, b'\r' | b'\n')) {
        out.push(&rest[..at]);
        let both = rest[at..].starts_with(b"\r\n");
        rest = &rest[at + 1 + usize::from(both)..];
    }
    if !rest.is_empty() || out.is_empty() {
        out.push(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_makes_a_line() {
        assert_eq!(lines(b""), [b""]);
        assert_eq!(lines(b"a\nb\r\nc\r"), [b"a", b"b", b"c"]);
        assert_eq!(lines(b"\n\n"), [b"", b""]);
    }
}
