//! Fuzz batches: the instrument on this unit's wires, with the console as a second witness where there is one.

use crate::unit::{Time, Unit};
use proofhouse_instruments::fuzz::{Campaign, ConsoleTarget, CrashWitness, Wire, fuzz};
use proofhouse_model::op::{FuzzTarget, InstrumentOp};
use proofhouse_model::{Observation, Trouble, TroubleKind};
use proofhouse_transport::console::Console;
use proofhouse_transport::hear::{Pattern, Tap};
use std::net::SocketAddr;
use std::time::Duration;

/// Carries out a batch.
pub fn perform(unit: &mut Unit, op: &InstrumentOp, time: Time) -> Result<Observation, Trouble> {
    let InstrumentOp::Fuzz {
        target,
        seeds,
        seed,
        first,
        count,
        patience,
        crash,
        within,
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
    let witness = Witness::of(unit, crash.as_deref())?;
    let leash = time.leash(*within, &unit.halt);
    let leash = match target {
        FuzzTarget::Console { .. } => leash,
        _ => leash.around(unit.lan()?.host.detour.clone()),
    };
    let mut shell;
    let wire = match target {
        FuzzTarget::Console { prompt } => {
            let console = &unit.console()?.console;
            shell = Shell {
                console,
                prompt: Pattern::new(prompt)?,
                line_end: line_end(unit),
            };
            Wire::Console(&mut shell)
        }
        FuzzTarget::Http { port, tls } => Wire::Http {
            addr: SocketAddr::new(unit.lan()?.host.address, *port),
            tls: *tls,
        },
        FuzzTarget::Udp { port, ping } => Wire::Udp {
            addr: SocketAddr::new(unit.lan()?.host.address, *port),
            ping: ping.clone(),
        },
        FuzzTarget::Tcp { port } => Wire::Tcp {
            addr: SocketAddr::new(unit.lan()?.host.address, *port),
        },
    };
    fuzz(&campaign, wire, &witness, &leash).map(Observation::Fuzz)
}

fn line_end(unit: &Unit) -> Vec<u8> {
    let said = unit
        .profile
        .console
        .as_ref()
        .map(|c| c.line_end.clone().into_bytes());
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
    fn send_line(&mut self, line: &[u8]) -> Result<(), Trouble> {
        self.console.skip();
        self.console.send(&[line, &self.line_end].concat())
    }

    fn answered(&mut self, within: Duration) -> Result<bool, Trouble> {
        match self.console.expect(&self.prompt, within) {
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
    fn of(unit: &Unit, crash: Option<&str>) -> Result<Self, Trouble> {
        let Some(wire) = &unit.console else {
            return Ok(Self {
                crash: None,
                banner: None,
            });
        };
        let facts = unit.profile.console.as_ref();
        let tap = |pattern: Option<&str>| -> Result<Option<(Tap, u64)>, Trouble> {
            let Some(pattern) = pattern.filter(|p| !p.is_empty()) else {
                return Ok(None);
            };
            let from = wire.console.position();
            Ok(Some((wire.console.tap(&Pattern::new(pattern)?)?, from)))
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
    fn seen_since_start(&self) -> Option<String> {
        sighting(self.crash.as_ref())
    }

    fn banner_since_start(&self) -> Option<String> {
        sighting(self.banner.as_ref())
    }
}
