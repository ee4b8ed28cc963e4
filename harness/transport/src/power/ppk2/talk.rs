//! One talk with a kit, while its port is held.

use super::protocol::{
    AVERAGE_START, AVERAGE_STOP, Average, GET_METADATA, Metadata, SAMPLE, average,
};
use crate::budget::Budget;
use crate::console::Wire;
use std::io::ErrorKind;
use std::time::Duration;

/// Samples of one average: at a hundred thousand in a second, twenty milliseconds.
const WINDOW: usize = 2_000;
/// Most bytes that are kept while its answer is looked for among others.
const LONGEST: usize = 64 << 10;
/// As many as its answer may have.
const ANSWER: usize = 4 << 10;
/// Longest that the command may take which ends samples.
const STOPS: Duration = Duration::from_millis(200);

/// Longest that one read is waited for.
const STEP: Duration = Duration::from_millis(100);

/// An open port.
pub(super) struct Talk(Box<dyn Wire>);

impl Talk {
    pub(super) fn over(wire: Box<dyn Wire>) -> Self {
        Self(wire)
    }

    pub(super) fn send(&self, command: &[u8], budget: &Budget) -> Result<(), String> {
        match self.0.write(command, budget.left()) {
            Ok(n) if n == command.len() => Ok(()),
            Ok(_) => Err("takes no commands".to_owned()),
            Err(e) => Err(gone(&e)),
        }
    }

    /// Asks what it tells of itself. Whatever it sent before stands before the answer: after it, nothing is old.
    pub(super) fn metadata(&self, budget: &Budget) -> Result<Metadata, String> {
        self.send(AVERAGE_STOP, budget)?;
        self.send(GET_METADATA, budget)?;
        let mut came = Vec::new();
        loop {
            self.read(&mut came, budget, "does not tell what it is")?;
            if let Some(found) = Metadata::find(&came) {
                return found;
            }
            if came.len() > LONGEST {
                came.drain(..came.len() - ANSWER);
            }
        }
    }

    /// Has it measure until an average is the `wanted` one; else gives the last one there was when the time is over.
    pub(super) fn measure(
        &self,
        metadata: &Metadata,
        millivolts: u16,
        wanted: impl Fn(&Average) -> bool,
        budget: &Budget,
    ) -> Result<Average, String> {
        self.send(AVERAGE_START, budget)?;
        let seen = self.averages(metadata, millivolts, wanted, budget);
        // Whoever comes next stops it again.
        let _ = self.send(AVERAGE_STOP, &Budget::of(STOPS));
        seen
    }

    fn averages(
        &self,
        metadata: &Metadata,
        millivolts: u16,
        wanted: impl Fn(&Average) -> bool,
        budget: &Budget,
    ) -> Result<Average, String> {
        let mut seen: Option<Result<Average, String>> = None;
        loop {
            match self.window(budget) {
                Ok(came) => {
                    let now = average(&came, metadata, millivolts);
                    if now.as_ref().is_ok_and(&wanted) {
                        return now;
                    }
                    seen = Some(now);
                }
                // The last one that came in time counts.
                Err(_) if budget.is_over() && seen.is_some() => {}
                Err(why) => return Err(why),
            }
            if budget.is_over()
                && let Some(seen) = seen.take()
            {
                return seen;
            }
        }
    }

    fn window(&self, budget: &Budget) -> Result<Vec<u8>, String> {
        let mut came = Vec::new();
        // The first one may begin some bytes later.
        while came.len() < (WINDOW + 1) * SAMPLE {
            self.read(&mut came, budget, "sends no samples")?;
        }
        Ok(came)
    }

    /// Reads more; `otherwise` says what is missing when the time is over.
    fn read(&self, into: &mut Vec<u8>, budget: &Budget, otherwise: &str) -> Result<(), String> {
        let mut buffer = [0; 4096];
        if budget.is_over() {
            return Err(format!("{otherwise} within {}", budget.given()));
        }
        // In steps, so that it ends soon when it is called off.
        match self.0.read(&mut buffer, Some(budget.left().min(STEP))) {
            Ok(0) => Err("hangs up".to_owned()),
            Ok(n) => {
                into.extend_from_slice(&buffer[..n]);
                Ok(())
            }
            Err(e) if e.kind() == ErrorKind::TimedOut => Ok(()),
            Err(e) => Err(gone(&e)),
        }
    }
}

fn gone(e: &std::io::Error) -> String {
    format!("hangs up: {e}")
}
