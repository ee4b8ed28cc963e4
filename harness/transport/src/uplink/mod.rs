//! Capability *uplink*: the unit's way to the network, cut and restored.
//!
//! | driver | cuts | is |
//! |---|---|---|
//! | `interface` | `link` | an interface of this computer that leads to the unit alone |
//! | `command` | what its `what` says | programs, such as of a managed switch or a firewall |
//! | `switch` | `link` | an outlet that feeds what the unit is connected by |
//! | `virtual` | `link`, `silence` | the gate on the way to a virtual unit |
//!
//! What is really switched is a relay as of a supply, which is on when the network is cut: so it is cut under the lease
//! of the guard, and off, that is restored, on every way out.

mod interface;
#[cfg(test)]
mod tests;

use crate::Budget;
use crate::net::Gate;
use crate::open::Context;
use crate::power::{CommandPower, Power, PowerControl, SwitchPower};
use interface::Interface;
use proofhouse_model::drivers::{INTERFACE, SWITCH};
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, CutKind, Trouble, Wire};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest that a program may run, where nothing else is said.
const WITHIN: Duration = Duration::from_secs(10);

/// What became of a unit's way to the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is cut from here on.
    Cut {
        /// What of it.
        what: CutKind,
        /// Whoever cut it was asked afterwards and said so.
        read_back: bool,
    },
    /// It was restored.
    Restored {
        /// How long it had been cut.
        lasted: Duration,
        /// Whoever restored it was asked afterwards and said so.
        read_back: bool,
    },
}

type Tell = Box<dyn Fn(Change) + Send + Sync>;

/// The way of one unit to the network.
pub struct Uplink {
    by: By,
    kinds: Vec<CutKind>,
    read_back: bool,
    /// What is cut, and since when.
    cut: Option<(CutKind, Instant)>,
    /// A cut was tried, and it was not seen to be restored since.
    touched: bool,
    tell: Tell,
}

enum By {
    Relay(Arc<PowerControl>),
    Gate(Gate),
}

/// Opens it: one line per driver of the channel, here and in [`relay`]. Nothing is cut. `under` puts what the bench
/// wants around its relay, as around a supply.
///
/// # Errors
/// Bench trouble: settings of another driver, an interface that is not there or that this process may not set.
pub fn open(
    wire: &Wire,
    context: &Context<'_>,
    under: &dyn Fn(Box<dyn Power>) -> Box<dyn Power>,
) -> Result<Uplink, Trouble> {
    let by = match wire.driver.as_str() {
        "virtual" => {
            context.made(Channel::Uplink)?;
            By::Gate(Gate::default())
        }
        _ => By::Relay(Arc::new(PowerControl::new(under(relay(wire, context)?))?)),
    };
    let asked = wire.switch.as_ref().is_some_and(|s| s.state.is_some());
    let read_back = asked || wire.driver == INTERFACE || matches!(by, By::Gate(_));
    Ok(Uplink::of(by, wire.cuts(), read_back))
}

/// Opens what cuts it, as a relay that is on when it is cut. Nothing is switched.
///
/// # Errors
/// As [`open`].
pub fn relay(wire: &Wire, context: &Context<'_>) -> Result<Box<dyn Power>, Trouble> {
    let (relay, feeds): (Box<dyn Power>, bool) = match wire.driver.as_str() {
        INTERFACE => (Box::new(Interface::open(&wire.settings)?), false),
        "command" => (Box::new(programs(&wire.settings, context)?), false),
        // Without supply the link is down.
        SWITCH => (Box::new(SwitchPower::open(wire, context)?), true),
        _ => return Err(context.unknown(Channel::Uplink, wire)),
    };
    Ok(Box::new(AtUplink { relay, feeds }))
}

fn programs(settings: &Settings, context: &Context<'_>) -> Result<CommandPower, Trouble> {
    let (cut, restore) = (settings.command("cut")?, settings.command("restore")?);
    let within = settings.optional("within", Settings::duration)?;
    Ok(CommandPower::new(cut.to_vec(), restore.to_vec())?
        .in_folder(context.folder)
        .within(within.map_or(WITHIN, |within| within.std())))
}

impl Uplink {
    fn of(by: By, kinds: Vec<CutKind>, read_back: bool) -> Self {
        Self {
            by,
            kinds,
            read_back,
            cut: None,
            touched: false,
            tell: Box::new(|_| {}),
        }
    }

    /// From now on `tell` is told when it is cut and when it is restored, on the thread that does it.
    pub fn on_change(&mut self, tell: impl Fn(Change) + Send + Sync + 'static) {
        self.tell = Box::new(tell);
    }

    /// Cuts it until it is restored. To cut the same once more has no effect.
    ///
    /// # Errors
    /// It cannot cut that, or something else is cut already (case); it was not seen to be cut (bench).
    pub fn cut(&mut self, what: CutKind, budget: &Budget) -> Result<(), Trouble> {
        budget.check(Channel::Uplink, || "cutting the network".to_owned())?;
        if !self.kinds.contains(&what) {
            let kinds: Vec<_> = self.kinds.iter().map(|kind| kind.name()).collect();
            let kinds = kinds.join(", ");
            return Err(Trouble::case(format!(
                "`{what}` cannot be cut on this bench: the driver of this uplink cuts {kinds} alone"
            )));
        }
        match self.cut {
            Some((now, _)) if now == what => return Ok(()),
            Some((now, _)) => {
                return Err(Trouble::case(format!(
                    "`{now}` is cut already: restore it before `{what}` is"
                )));
            }
            None => {}
        }
        self.touched = true;
        match &self.by {
            By::Relay(relay) => {
                let unseen = |why| about("the network was not seen to be cut", why);
                // What went wrong with an earlier cut says nothing of this one.
                if relay.broken().is_some() {
                    relay.revive().map_err(unseen)?;
                }
                relay.on().map_err(unseen)?;
            }
            By::Gate(gate) => gate.shut(what).map_err(|e| {
                let what = format!("the way to the virtual unit cannot be cut: {e}");
                Trouble::bench(Channel::Uplink, what, "see `ulimit -n` for open files")
            })?,
        }
        self.cut = Some((what, Instant::now()));
        let read_back = self.read_back;
        (self.tell)(Change::Cut { what, read_back });
        Ok(())
    }

    /// Restores it; no effect when nothing was cut. Its own deadline holds here, and nobody calls it off.
    ///
    /// # Errors
    /// It may still be cut (bench).
    pub fn restore(&mut self) -> Result<(), Trouble> {
        if !self.touched {
            return Ok(());
        }
        match &self.by {
            By::Relay(relay) => relay
                .make_off()
                .map_err(|why| about("the network may still be cut", why))?,
            By::Gate(gate) => gate.open(),
        }
        self.touched = false;
        if let Some((_, since)) = self.cut.take() {
            let (lasted, read_back) = (since.elapsed(), self.read_back);
            (self.tell)(Change::Restored { lasted, read_back });
        }
        Ok(())
    }

    /// What is cut.
    #[must_use]
    pub fn is_cut(&self) -> Option<CutKind> {
        self.cut.map(|(what, _)| what)
    }

    /// The relay that has to be off on every way out, whoever holds this.
    #[must_use]
    pub fn relay(&self) -> Option<&Arc<PowerControl>> {
        match &self.by {
            By::Relay(relay) => Some(relay),
            By::Gate(_) => None,
        }
    }

    /// The gate on the way of a virtual unit.
    #[must_use]
    pub fn gate(&self) -> Option<&Gate> {
        match &self.by {
            By::Gate(gate) => Some(gate),
            By::Relay(_) => None,
        }
    }
}

impl std::fmt::Debug for Uplink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Uplink(cuts {:?}, {:?})", self.kinds, self.is_cut())
    }
}

/// The trouble, told about the network.
fn about(what: &str, why: Trouble) -> Trouble {
    Trouble {
        what: format!("{what}: {}", why.what),
        ..at_uplink(why)
    }
}

fn at_uplink(why: Trouble) -> Trouble {
    Trouble {
        channel: Some(Channel::Uplink),
        ..why
    }
}

/// A relay whose trouble is none of a supply.
struct AtUplink {
    relay: Box<dyn Power>,
    /// The link is cut by switching it off.
    feeds: bool,
}

impl Power for AtUplink {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        self.relay.switch(on != self.feeds).map_err(at_uplink)
    }

    fn is_on(&self) -> Option<bool> {
        self.relay.is_on().map(|on| on != self.feeds)
    }

    fn slowest(&self) -> Duration {
        self.relay.slowest()
    }
}
