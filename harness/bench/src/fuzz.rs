//! Fuzz batches: the instrument on this unit's wires, with the console as a second witness where there is one.

use crate::console::ConsoleWire;
use crate::lan::LanWire;
use crate::patterns::pattern;
use crate::wired::wired;
use proofhouse_instruments::fuzz::{Campaign, ConsoleTarget, CrashWitness, Met, Wire, fuzz};
use proofhouse_model::op::{FuzzTarget, InstrumentOp};
use proofhouse_model::profile::ConsoleFacts;
use proofhouse_model::{Channel, Observation, Pattern, Trouble, TroubleKind, UnitName};
use proofhouse_transport::Budget;
use proofhouse_transport::Tap;
use proofhouse_transport::console::Console;
use proofhouse_transport::net::Way;

/// The wires of a unit that a campaign may use.
pub struct FuzzWires<'a> {
    /// The unit, for messages.
    pub unit: &'a UnitName,
    /// Its console.
    pub console: Option<&'a ConsoleWire>,
    /// Its network.
    pub lan: Option<&'a LanWire>,
    /// What its profile says of the console.
    pub facts: Option<&'a ConsoleFacts>,
    /// What earlier batches learnt of its services.
    pub met: &'a mut Met,
}

/// Carries out a batch.
pub fn perform(
    wires: FuzzWires<'_>,
    op: &InstrumentOp,
    budget: &Budget,
) -> Result<Observation, Trouble> {
    let InstrumentOp::Fuzz {
        target,
        seeds,
        seed,
        first,
        count,
        patience,
        crash,
        ..
    } = op
    else {
        return Err(Trouble::case("no fuzz op"));
    };
    let campaign = Campaign {
        seeds: seeds.clone(),
        seed: *seed,
        first: *first,
        count: *count,
        patience: patience.std(),
    };
    let witness = Witness::of(&wires, crash.as_deref())?;
    let host = || wired(wires.lan, wires.unit, Channel::Lan).map(|lan| &lan.host);
    let way = match target {
        FuzzTarget::Console { .. } => Way::default(),
        _ => host()?.way.clone(),
    };
    let mut shell;
    let wire = match target {
        FuzzTarget::Console { prompt } => {
            let console = &wired(wires.console, wires.unit, Channel::Console)?.console;
            shell = Shell {
                console,
                prompt: pattern(prompt)?,
                line_end: line_end(wires.facts),
            };
            Wire::Console(&mut shell)
        }
        FuzzTarget::Http { port, tls } => Wire::Http {
            addr: host()?.at(*port, budget)?,
            tls: *tls,
        },
        FuzzTarget::Udp { port, ping } => Wire::Udp {
            addr: host()?.at(*port, budget)?,
            ping: ping.clone(),
        },
        FuzzTarget::Tcp { port } => Wire::Tcp {
            addr: host()?.at(*port, budget)?,
            met: wires.met,
        },
    };
    fuzz(&campaign, wire, &witness, &way, budget).map(Observation::Fuzz)
}

fn line_end(facts: Option<&ConsoleFacts>) -> Vec<u8> {
    let said = facts.map(|c| c.line_end.clone().into_bytes());
    said.filter(|end| !end.is_empty())
        .unwrap_or_else(|| b"\r\n".to_vec())
}

/// A shell behind the unit's console.
struct Shell<'a> {
    console: &'a Console,
    prompt: Pattern,
    line_end: Vec<u8>,
}

impl ConsoleTarget for Shell<'_> {
    fn send_line(&mut self, line: &[u8], budget: &Budget) -> Result<(), Trouble> {
        self.console.skip();
        self.console.send(&[line, &self.line_end].concat(), budget)
    }

    fn answered(&mut self, budget: &Budget) -> Result<bool, Trouble> {
        match self.console.expect(&self.prompt, budget) {
            Ok(_) => Ok(true),
            Err(t) if t.kind == TroubleKind::DeviceSilent => Ok(false),
            Err(t) => Err(t),
        }
    }
}

/// The console as a witness: a crash text, or a boot banner that nobody asked for.
struct Witness {
    crash: Option<(Tap, u64)>,
    banner: Option<(Tap, u64)>,
}

impl Witness {
    fn of(wires: &FuzzWires<'_>, crash: Option<&str>) -> Result<Self, Trouble> {
        let Some(wire) = wires.console else {
            return Ok(Self {
                crash: None,
                banner: None,
            });
        };
        let facts = wires.facts;
        let tap = |text: Option<&str>| -> Result<Option<(Tap, u64)>, Trouble> {
            let Some(text) = text.filter(|p| !p.is_empty()) else {
                return Ok(None);
            };
            let from = wire.console.position();
            Ok(Some((wire.console.tap(&pattern(text)?)?, from)))
        };
        let own = facts.and_then(|f| f.crash.as_deref());
        Ok(Self {
            crash: tap(crash.or(own))?,
            banner: tap(facts.map(|f| f.banner.as_str()))?,
        })
    }
}

fn sighting(tap: Option<&(Tap, u64)>) -> Option<String> {
    tap.and_then(|(tap, from)| tap.seen_since(*from))
        .map(|s| s.text.lossy())
}

impl CrashWitness for Witness {
    fn watches(&self) -> bool {
        self.crash.is_some() || self.banner.is_some()
    }

    fn seen_since_start(&self) -> Option<String> {
        sighting(self.crash.as_ref())
    }

    fn banner_since_start(&self) -> Option<String> {
        sighting(self.banner.as_ref())
    }
}
