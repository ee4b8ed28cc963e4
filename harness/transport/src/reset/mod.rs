//! Capability *reset*: the lab's own means to bring a unit to its factory state, where its user's way cannot.
//!
//! | driver | is |
//! |---|---|
//! | `command` | a program that presses the button, or does whatever else resets the unit |
//! | `operator` | a person at the terminal, who is asked and says when it is done |
//!
//! What it did is never evidence about the unit: the case looks for itself whether the unit is in its factory state.

mod operator;

use crate::Budget;
use crate::open::Context;
use crate::power::run_program;
use operator::Operator;
use proofhouse_model::drivers::OPERATOR;
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Trouble, Wire};
use std::path::PathBuf;
use std::time::Duration;

/// Longest that a program may run, where nothing else is said.
const WITHIN: Duration = Duration::from_secs(10);

/// A means to reset one unit.
#[derive(Debug)]
pub enum LabReset {
    /// A program.
    Command(Command),
    /// A person.
    Operator(Operator),
}

/// A program that resets the unit; it must end with 0.
#[derive(Debug)]
pub struct Command {
    press: Vec<String>,
    folder: PathBuf,
    within: Duration,
}

/// Opens it: one line per driver of the channel. Nothing is done.
///
/// # Errors
/// Bench trouble: settings of another driver.
pub fn open(wire: &Wire, context: &Context<'_>) -> Result<LabReset, Trouble> {
    Ok(match wire.driver.as_str() {
        "command" => LabReset::Command(Command::open(&wire.settings, context)?),
        OPERATOR => LabReset::Operator(Operator::open(&wire.settings, context)?),
        _ => return Err(context.unknown(Channel::Reset, wire)),
    })
}

impl LabReset {
    /// Resets the unit; says what was done, for the record.
    ///
    /// # Errors
    /// Bench trouble: the program failed or took too long, nobody answered, or whoever did could not do it.
    pub fn carry_out(&self, budget: &Budget) -> Result<String, Trouble> {
        match self {
            Self::Command(command) => command.carry_out(budget),
            Self::Operator(operator) => operator.carry_out(budget),
        }
    }
}

impl Command {
    fn open(settings: &Settings, context: &Context<'_>) -> Result<Self, Trouble> {
        let within = settings.optional("within", Settings::duration)?;
        Ok(Self {
            press: settings.command("press")?.to_vec(),
            folder: context.folder.to_owned(),
            within: within.map_or(WITHIN, |within| within.std()),
        })
    }

    fn carry_out(&self, budget: &Budget) -> Result<String, Trouble> {
        let within = self.within.min(budget.left());
        run_program(&self.press, &self.folder, within).map_err(|why| {
            let what = format!("`{}` {why}", self.press.join(" "));
            let next = "run it by hand; check the button and its cable";
            Trouble::bench(Channel::Reset, what, next)
        })?;
        Ok("the program ended with 0".to_owned())
    }
}

#[cfg(test)]
mod tests;
