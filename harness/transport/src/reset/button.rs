//! A relay at the unit's reset button: pressed is on, released is off.
//!
//! The relay is one that switches supplies elsewhere, and is driven as one: read back where it can be, switched on
//! under the guard's lease, and off on every way out.

use crate::Budget;
use crate::budget::Cancel;
use crate::open::Context;
use crate::power::{
    CommandPower, GpioPower, HidRelayPower, OutletPower, Power, PowerControl, SwitchPower,
};
use proofhouse_model::{Channel, Dur, Trouble, TroubleKind, Wire};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What became of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    /// It is pressed from here on.
    Pressed {
        /// The switch was asked and said so.
        read_back: bool,
    },
    /// It was let go.
    Released {
        /// How long it had been pressed.
        held: Duration,
        /// The switch was asked and said so.
        read_back: bool,
    },
}

/// Is told what becomes of a button, when it does.
type Tell = Box<dyn Fn(Touch) + Send + Sync>;

/// A button that a relay presses.
pub struct Button {
    relay: Arc<PowerControl>,
    hold: Duration,
    read_back: bool,
    tell: Tell,
}

/// The settings that say which relay is at a button; programs where there is none of them.
const RELAYS: [&str; 4] = ["model", "chip", "board", "strip"];

fn kind(wire: &Wire) -> Option<&'static str> {
    RELAYS
        .into_iter()
        .find(|key| wire.settings.get(key).is_some())
}

/// Opens the relay at a button: by the model of its switch, its GPIO line, its USB board, or its programs, which may be
/// those of a strip. Nothing is switched.
///
/// # Errors
/// Bench trouble: settings of none.
pub fn relay(wire: &Wire, context: &Context<'_>) -> Result<Box<dyn Power>, Trouble> {
    let relay: Box<dyn Power> = match kind(wire) {
        Some("model") => Box::new(SwitchPower::open(wire, context)?),
        Some("chip") => Box::new(GpioPower::open(&wire.settings)?),
        Some("board") => Box::new(HidRelayPower::open(&wire.settings)?),
        // A socket of a strip that takes one session at a time, beside the supplies on it.
        Some(_) => Box::new(OutletPower::open(&wire.settings, context)?),
        None => Box::new(CommandPower::open(&wire.settings, context)?),
    };
    Ok(Box::new(AtButton(relay)))
}

/// Whether the relay is asked what it is after it was switched.
fn is_read_back(wire: &Wire) -> bool {
    match kind(wire) {
        Some("model") => wire.switch.as_ref().is_some_and(|s| s.state.is_some()),
        Some("chip" | "board") => true,
        // Programs, a strip's among them, tell nothing.
        _ => false,
    }
}

impl Button {
    /// `under` puts what the bench wants around the relay, such as the lease of its guard.
    pub(super) fn open(
        wire: &Wire,
        context: &Context<'_>,
        under: &dyn Fn(Box<dyn Power>) -> Box<dyn Power>,
    ) -> Result<Self, Trouble> {
        let hold = wire.settings.duration("hold")?.std();
        Self::of(under(relay(wire, context)?), hold, is_read_back(wire))
    }

    pub(super) fn of(
        relay: Box<dyn Power>,
        hold: Duration,
        read_back: bool,
    ) -> Result<Self, Trouble> {
        Ok(Self {
            relay: Arc::new(PowerControl::new(relay)?),
            hold,
            read_back,
            tell: Box::new(|_| {}),
        })
    }

    pub(super) fn on_touch(&mut self, tell: Tell) {
        self.tell = tell;
    }

    pub(super) fn relay(&self) -> &Arc<PowerControl> {
        &self.relay
    }

    /// Presses, holds, releases. Whatever becomes of the first two, it is released; what is worst is told.
    pub(super) fn carry_out(&self, budget: &Budget) -> Result<String, Trouble> {
        self.may_begin(budget)?;
        let pressed = self.press();
        let held = match &pressed {
            Ok(_) => self.hold(budget),
            Err(trouble) => Err(trouble.clone()),
        };
        // Its own deadline holds here, and nobody calls it off: this is the way to safety.
        self.relay
            .make_off()
            .map_err(|why| about("the reset button may still be pressed", why))?;
        let since = pressed?;
        let lasted = since.elapsed();
        let read_back = self.read_back;
        (self.tell)(Touch::Released {
            held: lasted,
            read_back,
        });
        held?;
        let lasted = Dur::ms(u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX));
        let seen = match read_back {
            true => "read back both times",
            false => "not read back",
        };
        Ok(format!(
            "the button was pressed, held for {lasted} and released, {seen}"
        ))
    }

    /// A press that is cut short resets nothing, or something else.
    fn may_begin(&self, budget: &Budget) -> Result<(), Trouble> {
        budget.check(Channel::Reset, || "the press of the button".to_owned())?;
        if budget.left() >= self.hold {
            return Ok(());
        }
        let hold = Dur::from(self.hold);
        let what = format!(
            "the reset button is held for {hold}, and less time is left: it was not pressed"
        );
        let mut trouble = Trouble::new(TroubleKind::Deadline, Channel::Reset, what);
        trouble.try_next = Some("give the case a longer `within`".to_owned());
        Err(trouble)
    }

    fn press(&self) -> Result<Instant, Trouble> {
        let unseen = |why| about("the reset button was not seen to be pressed", why);
        // What went wrong with an earlier press says nothing of this one.
        if self.relay.broken().is_some() {
            self.relay.revive().map_err(unseen)?;
        }
        self.relay.on().map_err(unseen)?;
        let since = Instant::now();
        let read_back = self.read_back;
        (self.tell)(Touch::Pressed { read_back });
        Ok(since)
    }

    fn hold(&self, budget: &Budget) -> Result<(), Trouble> {
        // What the relay took to press is gone from the time of the case, not from that of the button.
        budget.with_grace(self.hold).pause(self.hold)?;
        match self.relay.is_on() {
            Some(true) => Ok(()),
            _ => Err(Trouble::new(
                TroubleKind::Cancelled,
                Channel::Reset,
                "the reset button was released before its time",
            )),
        }
    }
}

impl std::fmt::Debug for Button {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hold = Dur::from(self.hold);
        write!(f, "Button(held for {hold}, {:?})", self.relay)
    }
}

/// The trouble, told about the button.
fn about(what: &str, why: Trouble) -> Trouble {
    Trouble {
        what: format!("{what}: {}", why.what),
        ..at_button(why)
    }
}

/// A relay whose trouble is none of a supply.
struct AtButton(Box<dyn Power>);

fn at_button(why: Trouble) -> Trouble {
    Trouble {
        channel: Some(Channel::Reset),
        ..why
    }
}

impl Power for AtButton {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        self.0.switch(on).map_err(at_button)
    }

    fn on(&mut self) -> Result<(), Trouble> {
        self.0.on().map_err(at_button)
    }

    fn on_unless(&mut self, called_off: &Cancel) -> Result<(), Trouble> {
        self.0.on_unless(called_off).map_err(at_button)
    }

    fn is_on(&self) -> Option<bool> {
        self.0.is_on()
    }

    fn slowest(&self) -> Duration {
        self.0.slowest()
    }
}

#[cfg(test)]
mod tests;
