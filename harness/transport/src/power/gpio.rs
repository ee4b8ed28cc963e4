//! A relay or load switch at a GPIO line of this computer, by the character device of its chip (Linux 5.10).
//!
//! A line is an output with a known state only while somebody holds it, so it is held from the first switching to the
//! end of the run. It is read back from the chip.

mod chips;

use super::in_time::{Failed, InTime, Port, Turn, says_otherwise};
use crate::sync::hold;
use chips::Kernel;
use proofhouse_model::Trouble;
use proofhouse_model::nearest::nearest;
use proofhouse_model::settings::Settings;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

const LIST: &str = "`gpioinfo` lists chips and their lines, and who holds which";
const RULE: &str = "let a group open it by a udev rule, SUBSYSTEM==\"gpio\", KERNEL==\"gpiochip*\", GROUP=\"gpio\", \
    MODE=\"0660\", and be in that group";

/// What the system has of chips and lines. What goes wrong is told as it tells it.
trait System: Send + Sync {
    fn chips(&self) -> Result<Vec<Chip>, String>;

    /// Takes a line as an output that has this state from the beginning.
    fn take(&self, chip: &Path, at: u32, is: Level) -> Result<Box<dyn Line>, String>;
}

/// The state of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Level {
    on: bool,
    active_low: bool,
}

/// A line that is held until this is dropped.
trait Line: Send {
    fn set(&self, on: bool) -> Result<(), String>;

    fn is_on(&self) -> Result<bool, String>;
}

/// A chip, as the system tells of it.
#[derive(Debug, Clone)]
pub(crate) struct Chip {
    path: PathBuf,
    /// Such as `gpiochip0`: whichever number was free.
    pub(crate) name: String,
    /// What it is.
    pub(crate) label: String,
    /// By their offset, or why they cannot be told.
    pub(crate) lines: Result<Vec<Pin>, String>,
}

/// A line that nobody here holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pin {
    name: String,
    /// Who holds it.
    held_by: Option<String>,
}

/// Every chip of this computer.
pub(crate) fn chips() -> Vec<Chip> {
    Kernel.chips().unwrap_or_default()
}

/// One line that switches a unit's supply, or presses its button.
pub type GpioPower = InTime<GpioLine>;

/// The line, by what the bench file calls it.
pub struct GpioLine {
    chip: String,
    line: String,
    active_low: bool,
    system: Box<dyn System>,
    held: Mutex<Option<Box<dyn Line>>>,
}

impl GpioPower {
    /// By its settings `chip`, `line`, `active_low` and `within`. The line is left alone until it is switched.
    ///
    /// # Errors
    /// Bench trouble: they are missing.
    pub fn open(settings: &Settings) -> Result<Self, Trouble> {
        Self::with(settings, Box::new(Kernel))
    }

    fn with(settings: &Settings, system: Box<dyn System>) -> Result<Self, Trouble> {
        let active_low = settings.optional("active_low", Settings::yes_no)?;
        let line = GpioLine {
            chip: settings.text("chip")?.to_owned(),
            line: settings.text("line")?.to_owned(),
            active_low: active_low.unwrap_or_default(),
            system,
            held: Mutex::default(),
        };
        Self::over(line, settings)
    }
}

impl Port for GpioLine {
    const NAME: &str = "gpio";
    const CHECK: &str = LIST;

    fn switch(&self, on: bool, _: &Turn<'_>) -> Result<(), Failed> {
        let mut held = hold(&self.held);
        let line = match held.take() {
            Some(line) => {
                line.set(on)
                    .map_err(|why| (format!("cannot be switched: {why}"), LIST))?;
                line
            }
            None => self.take(on)?,
        };
        let is = line
            .is_on()
            .map_err(|why| (format!("cannot be read back: {why}"), LIST))?;
        // Whatever it says, it is held: a line that is let go may be anything.
        *held = Some(line);
        if is == on {
            return Ok(());
        }
        Err((
            says_otherwise(on),
            "check what else drives it, and `active_low`",
        ))
    }

    fn called(&self) -> String {
        format!("line {} of the GPIO chip {}", self.line, self.chip)
    }
}

impl GpioLine {
    fn take(&self, on: bool) -> Result<Box<dyn Line>, Failed> {
        let chip = self.chip()?;
        let lines = chip.lines.as_ref().map_err(|why| {
            let path = chip.path.display();
            (format!("cannot be reached: {path}: {why}"), RULE)
        })?;
        let at = self.offset(lines)?;
        let pin = usize::try_from(at).ok().and_then(|n| lines.get(n));
        if let Some(holder) = pin.and_then(|pin| pin.held_by.as_ref()) {
            let holder = holder.escape_debug();
            return Err((
                format!("is held by `{holder}`"),
                "end what holds it, or take another line; `gpioinfo` lists who holds which",
            ));
        }
        let is = Level {
            on,
            active_low: self.active_low,
        };
        let taken = self.system.take(&chip.path, at, is);
        taken.map_err(|why| (format!("cannot be taken: {why}"), LIST))
    }

    fn chip(&self) -> Result<Chip, Failed> {
        let all = self.system.chips();
        let all = all.map_err(|why| (format!("cannot be looked for: {why}"), LIST))?;
        if all.is_empty() {
            let what = "is not there: this computer has no GPIO chip".to_owned();
            return Err((
                what,
                "load the driver of the chip; /dev/gpiochip* are those that there are",
            ));
        }
        let wanted = self.chip.strip_prefix("/dev/").unwrap_or(&self.chip);
        let fits = |chip: &&Chip| chip.name == wanted || chip.label == wanted;
        let fit: Vec<&Chip> = all.iter().filter(fits).collect();
        match fit[..] {
            [one] => Ok(one.clone()),
            [] => {
                let there = names(&all.iter().collect::<Vec<_>>());
                let called = all.iter().flat_map(|chip| [&*chip.name, &*chip.label]);
                let near = nearest(wanted, called).map_or_else(String::new, |near| {
                    format!("; `{}` is near", near.escape_debug())
                });
                Err((format!("is not there: there are {there}{near}"), LIST))
            }
            _ => Err((
                format!("may be of several chips: {}", names(&fit)),
                "write `chip` with the name of one, such as gpiochip0",
            )),
        }
    }

    fn offset(&self, lines: &[Pin]) -> Result<u32, Failed> {
        let count = lines.len();
        if self.line.bytes().all(|b| b.is_ascii_digit()) {
            let at = self.line.parse::<u32>().ok();
            let at = at.filter(|at| usize::try_from(*at).is_ok_and(|n| n < count));
            return at.ok_or_else(|| {
                let what = format!("is not there: the chip has {count} lines, counted from 0");
                (what, LIST)
            });
        }
        let named = lines.iter().zip(0..);
        let fit: Vec<u32> = named
            .filter(|(pin, _)| pin.name == self.line)
            .map(|(_, at)| at)
            .collect();
        match fit[..] {
            [one] => Ok(one),
            [] => {
                let names = lines.iter().map(|pin| &*pin.name);
                let near = nearest(&self.line, names.filter(|name| !name.is_empty()));
                let near = near.map_or_else(String::new, |near| {
                    format!("; `{}` is near", near.escape_debug())
                });
                let what =
                    format!("is not there: none of the chip's {count} lines has that name{near}");
                Err((what, LIST))
            }
            _ => Err((
                format!("may be several: the lines {fit:?} have that name"),
                "write `line` with the offset of one",
            )),
        }
    }
}

fn names(chips: &[&Chip]) -> String {
    let names = chips
        .iter()
        .map(|chip| format!("{} ({})", chip.name, chip.label));
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
