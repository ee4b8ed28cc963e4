//! Chips and lines as the kernel has them.

use super::{Chip, Level, Line, Pin, System};
use gpiocdev::Request;
use gpiocdev::line::Value;
use std::path::{Path, PathBuf};

/// What stands beside a line that is held, for `gpioinfo`.
const CONSUMER: &str = "proofhouse";

/// The kernel of this computer.
pub(super) struct Kernel;

impl System for Kernel {
    fn chips(&self) -> Result<Vec<Chip>, String> {
        let paths = gpiocdev::chip::chips().map_err(|e| e.to_string())?;
        Ok(paths.into_iter().map(chip).collect())
    }

    fn take(&self, chip: &Path, at: u32, is: Level) -> Result<Box<dyn Line>, String> {
        let mut wanted = Request::builder();
        wanted
            .on_chip(chip)
            .with_consumer(CONSUMER)
            .with_line(at)
            .as_output(value(is.on));
        if is.active_low {
            wanted.as_active_low();
        }
        let taken = wanted.request().map_err(|e| e.to_string())?;
        Ok(Box::new(Taken(taken)))
    }
}

fn value(on: bool) -> Value {
    match on {
        true => Value::Active,
        false => Value::Inactive,
    }
}

fn chip(path: PathBuf) -> Chip {
    let name = path.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    let (label, lines) = match told(&path) {
        Ok((label, lines)) => (label, Ok(lines)),
        Err(why) => (String::new(), Err(why.to_string())),
    };
    Chip {
        path,
        name,
        label,
        lines,
    }
}

fn told(path: &Path) -> gpiocdev::Result<(String, Vec<Pin>)> {
    let chip = gpiocdev::Chip::from_path(path)?;
    let label = chip.info()?.label;
    let mut lines = Vec::new();
    for line in chip.line_info_iter()? {
        let line = line?;
        lines.push(Pin {
            name: line.name,
            held_by: line.used.then_some(line.consumer),
        });
    }
    Ok((label, lines))
}

/// A line that this process holds.
struct Taken(Request);

impl Line for Taken {
    fn set(&self, on: bool) -> Result<(), String> {
        self.0.set_lone_value(value(on)).map_err(|e| e.to_string())
    }

    fn is_on(&self) -> Result<bool, String> {
        let is = self.0.lone_value().map_err(|e| e.to_string())?;
        Ok(is == Value::Active)
    }
}
