//! Capability *reset*: the lab's own means to bring a unit to its factory state, where its user's way cannot.
//!
//! | driver | is |
//! |---|---|
//! | `command` | a program that presses the button, or does whatever else resets the unit |
//! | `button` | a relay at the button, which presses it, holds it and lets it go |
//! | `operator` | a person at the terminal, who is asked and says when it is done |
//!
//! What it did is never evidence about the unit: the case looks for itself whether the unit is in its factory state.

mod answer;
mod button;
mod operator;
mod screen;

pub use button::{Button, Touch, relay};
pub use screen::share_terminal;

use crate::Budget;
use crate::open::Context;
use crate::power::{Power, PowerControl, run_program};
use operator::Operator;
use proofhouse_model::drivers::{BUTTON, OPERATOR};
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Trouble, Wire};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Longest that a program may run, where nothing else is said.
const WITHIN: Duration = Duration::from_secs(10);

/// A means to reset one unit.
#[derive(Debug)]
pub enum LabReset {
    /// A program.
    Command(Command),
    /// A relay.
    Button(Button),
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

/// Opens it: one line per driver of the channel. Nothing is done. `under` puts what the bench wants around the relay of
/// a button, as around a supply.
///
/// # Errors
/// Bench trouble: settings of another driver.
pub fn open(
    wire: &Wire,
    context: &Context<'_>,
    under: &dyn Fn(Box<dyn Power>) -> Box<dyn Power>,
) -> Result<LabReset, Trouble> {
    Ok(match wire.driver.as_str() {
        "command" => LabReset::Command(Command::open(&wire.settings, context)?),
        BUTTON => LabReset::Button(Button::open(wire, context, under)?),
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
            Self::Button(button) => button.carry_out(budget),
            Self::Operator(operator) => operator.carry_out(budget),
        }
    }

    /// How long a person may take whom it asks, questions before theirs included; nothing where it asks nobody.
    #[must_use]
    pub fn person_within(&self) -> Option<Duration> {
        match self {
            Self::Command(_) | Self::Button(_) => None,
            Self::Operator(operator) => Some(operator.most()),
        }
    }

    /// The relay that has to be off whenever nobody presses: on every way out, whoever holds this.
    #[must_use]
    pub fn relay(&self) -> Option<&Arc<PowerControl>> {
        match self {
            Self::Button(button) => Some(button.relay()),
            Self::Command(_) | Self::Operator(_) => None,
        }
    }

    /// From now on `tell` is told when a button is pressed and when it is released, on the thread that does it.
    pub fn on_touch(&mut self, tell: impl Fn(Touch) + Send + Sync + 'static) {
        if let Self::Button(button) = self {
            button.on_touch(Box::new(tell));
        }
    }

    /// Whether it asked a person the last time, and nobody answered.
    #[must_use]
    pub fn nobody_answered(&self) -> bool {
        match self {
            Self::Command(_) | Self::Button(_) => false,
            Self::Operator(operator) => operator.in_vain(),
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
