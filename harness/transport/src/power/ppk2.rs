//! Nordic's Power Profiler Kit II as a supply, over its USB serial port.
//!
//! The kit does not say whether it feeds the unit; it measures. So a supply is on when the unit draws a current, and
//! off when it draws none: both are looked at after each switching, and the current is told.

mod protocol;
mod talk;
#[cfg(test)]
mod tests;

use super::{Power, TellMeasured};
use crate::budget::{Budget, Cancel};
use crate::console::usb::{Places, Wanted};
use crate::console::{Link, Tty};
use crate::open::Context;
use proofhouse_model::drivers::PPK2_THRESHOLD;
use proofhouse_model::event::SupplyMeasured;
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Dur, Trouble};
use protocol::{Average, Metadata, Mode, RESET, amount, power_mode, regulator, running};
use std::time::Duration;
use talk::Talk;

/// Longest that one switching may take, where nothing else is said.
const WITHIN: Dur = Dur::secs(5);
/// A port of USB has no rate, and its driver wants one.
const RATE: u32 = 115_200;
/// How long a kit that began anew is left alone before it is tried again.
const AGAIN: Duration = Duration::from_millis(50);
const SILENT: &str = "close nRF Connect and whatever else uses it, then plug the kit in again; of its two ports the \
    first one is meant";

/// What went wrong, a clause about the kit, and what to try.
type Failed = (String, String);

/// A kit that feeds a unit.
pub struct Ppk2Power {
    kit: Kit,
    within: Duration,
    state: Option<bool>,
    tell: TellMeasured,
}

struct Kit {
    named: Named,
    mode: Mode,
    millivolts: u16,
    /// From this on a unit is on, below it is off.
    threshold_na: i64,
}

/// How its port is named.
enum Named {
    Path(String),
    /// By its USB adapter, looked up whenever it is opened: the number of its device file changes.
    Usb(Wanted, Places),
}

impl Ppk2Power {
    /// By its settings: the port or its adapter, `mode`, `voltage_mv`, `threshold_ua` and `within`. The state is
    /// unknown until it is switched.
    ///
    /// # Errors
    /// Bench trouble: they are missing.
    pub fn open(settings: &Settings, context: &Context<'_>) -> Result<Self, Trouble> {
        Self::at(settings, context, Places::default())
    }

    fn at(settings: &Settings, context: &Context<'_>, places: Places) -> Result<Self, Trouble> {
        let mode = match settings.text("mode")? {
            "ampere" => Mode::Ampere,
            "source" => Mode::Source,
            // It would feed the unit.
            other => {
                let what = format!("the driver's setting `mode` is `{}`", other.escape_debug());
                let next = "run it with the Proofhouse that made the plan";
                return Err(Trouble::bench(Channel::Power, what, next));
            }
        };
        let named = match Wanted::of(settings)? {
            Some(wanted) => Named::Usb(wanted, places),
            None => Named::Path(context.path(settings.text("port")?)),
        };
        let within = settings.optional("within", Settings::duration)?;
        let kit = Kit {
            named,
            mode,
            millivolts: settings.whole("voltage_mv")?,
            threshold_na: i64::from(settings.whole::<u32>(PPK2_THRESHOLD)?) * 1_000,
        };
        Ok(Self {
            kit,
            within: within.unwrap_or(WITHIN).std(),
            state: None,
            tell: Box::new(|_| {}),
        })
    }
}

impl Named {
    /// Its device file now.
    fn path(&self) -> Result<String, Failed> {
        match self {
            Self::Path(path) => Ok(path.clone()),
            Self::Usb(wanted, places) => match wanted.find_first(places) {
                Ok(port) => Ok(port.path.display().to_string()),
                Err(trouble) => Err(not_reached(trouble)),
            },
        }
    }

    /// Opened for each switching: a guard, too, has to get at it.
    fn open(&self) -> Result<Talk, Failed> {
        let path = self.path()?;
        let opened = Tty::new(path.as_str(), RATE).open();
        let wire = opened.map_err(not_reached)?;
        // A number that another adapter was given meanwhile is another port.
        match self.path()? == path {
            true => Ok(Talk::over(wire)),
            false => Err(silent(format!("left {path} while it was opened"))),
        }
    }
}

impl Kit {
    fn switch(&self, on: bool, budget: &Budget) -> Result<Average, Failed> {
        let talk = self.named.open()?;
        if on {
            return self.switch_on(&talk, budget);
        }
        let half = budget.at_most(budget.given().std() / 2);
        let why = match self.switch_off(&talk, &half) {
            Ok(average) => return Ok(average),
            Err((why, _)) => why,
        };
        // One that is in no state to obey begins anew, and feeds nothing then.
        let _ = talk.send(RESET, budget);
        drop(talk);
        self.switch_off_again(budget)
            .map_err(|(again, next)| match again == why {
                true => (why, next),
                false => (format!("{why}; after a reset it {again}"), next),
            })
    }

    fn switch_on(&self, talk: &Talk, budget: &Budget) -> Result<Average, Failed> {
        let send = |command: &[u8]| talk.send(command, budget).map_err(silent);
        send(&regulator(self.millivolts))?;
        send(&power_mode(self.mode))?;
        let metadata = talk.metadata(budget).map_err(silent)?;
        // Before the unit gets any of it.
        self.is_set(&metadata)?;
        send(&running(true))?;
        self.seen(true, talk, &metadata, budget)
    }

    fn switch_off(&self, talk: &Talk, budget: &Budget) -> Result<Average, Failed> {
        talk.send(&running(false), budget).map_err(silent)?;
        let metadata = talk.metadata(budget).map_err(silent)?;
        self.seen(false, talk, &metadata, budget)
    }

    /// Its port goes and comes back while it begins anew.
    fn switch_off_again(&self, budget: &Budget) -> Result<Average, Failed> {
        loop {
            let opened = self.named.open();
            let tried = opened.and_then(|talk| self.switch_off(&talk, budget));
            if tried.is_ok() || budget.left() <= AGAIN {
                return tried;
            }
            std::thread::sleep(AGAIN);
        }
    }

    /// It says itself what it is set to.
    fn is_set(&self, metadata: &Metadata) -> Result<(), Failed> {
        let (volts, mode) = (f64::from(self.millivolts), self.mode as u8);
        let is = |said: f64, told: f64| (said - told).abs() < 0.5;
        let what = if !is(metadata.vdd, volts) {
            let said = metadata.vdd;
            format!("says that it is set to {said} mV after it was set to {volts} mV")
        } else if !is(metadata.mode, f64::from(mode)) {
            let said = metadata.mode;
            format!("says that it is in mode {said} after it was set to mode {mode}")
        } else {
            return Ok(());
        };
        Err((what, SILENT.to_owned()))
    }

    /// Believes what the current says.
    fn seen(
        &self,
        on: bool,
        talk: &Talk,
        metadata: &Metadata,
        budget: &Budget,
    ) -> Result<Average, Failed> {
        let fits = |average: &Average| match on {
            true => average.current_na >= self.threshold_na,
            // What flows back is a current as well.
            false => average.current_na.saturating_abs() < self.threshold_na,
        };
        let seen = talk.measure(metadata, self.millivolts, fits, budget);
        let average = seen.map_err(silent)?;
        if fits(&average) {
            return Ok(average);
        }
        let (is, threshold) = (amount(average.current_na), amount(self.threshold_na));
        let given = budget.given();
        Err(match on {
            true => (
                format!(
                    "measures {is} after it was switched on, for {given}: a unit that is on draws {threshold} or more"
                ),
                match self.mode {
                    Mode::Source => "check the cable between kit and unit",
                    Mode::Ampere => "check the cables, and that the other supply is on",
                }
                .to_owned(),
            ),
            false => (
                format!(
                    "measures {is} after it was switched off, for {given}: a unit that is off draws less than \
                     {threshold}"
                ),
                "see whether something else feeds the unit; what the kit measures with no unit at it is the one \
                 reason for a higher `threshold_ua`"
                    .to_owned(),
            ),
        })
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Path(path) => f.write_str(path),
            Self::Usb(wanted, _) => write!(f, "{wanted}"),
        }
    }
}

fn silent(what: String) -> Failed {
    (what, SILENT.to_owned())
}

fn not_reached(trouble: Trouble) -> Failed {
    let next = trouble.try_next.unwrap_or_else(|| SILENT.to_owned());
    (format!("cannot be reached: {}", trouble.what), next)
}

impl Power for Ppk2Power {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        // Nobody calls it off: switching off is the way to safety.
        self.switch_unless(on, &Cancel::new())
    }

    fn on_unless(&mut self, called_off: &Cancel) -> Result<(), Trouble> {
        match self.state {
            Some(true) => Ok(()),
            _ => self.switch_unless(true, called_off),
        }
    }

    fn is_on(&self) -> Option<bool> {
        self.state
    }

    fn slowest(&self) -> Duration {
        self.within
    }

    fn on_measured(&mut self, tell: TellMeasured) {
        self.tell = tell;
    }
}

impl Ppk2Power {
    fn switch_unless(&mut self, on: bool, called_off: &Cancel) -> Result<(), Trouble> {
        // Whatever happens, the old state is no longer known.
        self.state = None;
        let seen = self.kit.switch(on, &Budget::new(self.within, called_off));
        let average = seen.map_err(|(what, next)| {
            let what = format!("the Power Profiler Kit II {} {what}", self.kit.named);
            Trouble::bench(Channel::Power, what, next)
        })?;
        self.state = Some(on);
        (self.tell)(SupplyMeasured {
            on,
            current_na: average.current_na,
            samples: average.samples,
            lost: average.lost,
        });
        Ok(())
    }
}
