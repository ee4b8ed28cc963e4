//! Capability *tap*: what goes between a unit and the world, heard by a third.
//!
//! | driver | is |
//! |---|---|
//! | [`Ear`] with [`route`] | the bench's own connections to a unit, and the unit's to the bench's broker, as packets |
//! | [`Tap`] on an interface | every packet from or to the unit's hardware address, from a raw socket |
//!
//! A tap keeps packets and nothing else: what they say is read elsewhere. What it keeps is bounded, and what it did not
//! keep is told with it, since a capture that lost something cannot show that nothing went by.

mod ear;
#[cfg(target_os = "linux")]
mod interface;
mod ports;
mod relay;
mod socket;
mod talk;
#[cfg(test)]
mod tests;

pub use ear::{Ear, Link, MOST_BYTES, MOST_PACKETS, Packet, Recording};
pub use relay::route;
pub(crate) use socket::Heard;
pub use talk::{Datagrams, Talk};

use crate::open::Context;
use crate::sync::hold;
use proofhouse_model::drivers::INTERFACE;
use proofhouse_model::{Channel, Trouble, Wire};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

/// What the tap of a virtual unit hears.
const OF_BENCH: &str = "what the bench and the unit say to each other over connections that the bench opens while it \
                        listens, and over all to its broker; not what the unit asks its DNS server or says to \
                        anybody else";

/// The tap of one unit.
pub struct Tap {
    ear: Ear,
    source: Source,
    state: Mutex<State>,
}

/// Where the packets come from.
enum Source {
    /// The bench's own relays tell the ear.
    Bench(IpAddr),
    #[cfg(target_os = "linux")]
    Interface(interface::Interface),
}

#[derive(Default)]
struct State {
    /// Captures begun.
    number: u32,
    listens: bool,
    last: Option<Arc<Recording>>,
}

/// The tap of a wire: one line per driver of the channel. Nothing is listened to yet.
///
/// # Errors
/// Bench trouble: settings of another driver, an interface that is not there.
pub fn open(wire: &Wire, context: &Context<'_>) -> Result<Tap, Trouble> {
    let source = match wire.driver.as_str() {
        "virtual" => Source::Bench(context.made(Channel::Tap)?.address),
        #[cfg(target_os = "linux")]
        INTERFACE => Source::Interface(interface::Interface::of(wire)?),
        #[cfg(not(target_os = "linux"))]
        INTERFACE => {
            wire.settings.text("interface")?;
            let what = "packets are heard on an interface of a Linux computer alone".to_owned();
            return Err(Trouble::bench(Channel::Tap, what, "run it on Linux"));
        }
        _ => return Err(context.unknown(Channel::Tap, wire)),
    };
    Ok(Tap {
        ear: Ear::default(),
        source,
        state: Mutex::default(),
    })
}

impl Tap {
    /// One that hears what the bench's own relays carry of the unit at that address.
    #[must_use]
    pub fn of_bench(unit: IpAddr) -> Self {
        Self {
            ear: Ear::default(),
            source: Source::Bench(unit),
            state: Mutex::default(),
        }
    }

    /// What the bench's own relays tell, and the unit's address, where it is they that are heard.
    #[must_use]
    pub fn of_relays(&self) -> Option<(Ear, IpAddr)> {
        match &self.source {
            Source::Bench(unit) => Some((self.ear.clone(), *unit)),
            #[cfg(target_os = "linux")]
            Source::Interface(_) => None,
        }
    }

    /// Listens from now on. What was heard before is forgotten.
    ///
    /// # Errors
    /// It listens already (case); the interface cannot be listened to (bench).
    pub fn start(&self) -> Result<(), Trouble> {
        let mut state = hold(&self.state);
        if state.listens {
            return Err(Trouble::case("the tap listens already: stop it first"));
        }
        state.last = None;
        self.ear.open();
        #[cfg(target_os = "linux")]
        if let Source::Interface(interface) = &self.source
            && let Err(trouble) = interface.start(&self.ear)
        {
            self.ear.close();
            return Err(trouble);
        }
        state.number += 1;
        state.listens = true;
        Ok(())
    }

    /// Something that should be in what it hears went by elsewhere: why.
    pub fn missed(&self, why: String) {
        self.ear.missed(why);
    }

    /// Listens no more.
    ///
    /// # Errors
    /// It does not listen (case).
    pub fn stop(&self) -> Result<(), Trouble> {
        let mut state = hold(&self.state);
        if !state.listens {
            return Err(Trouble::case("the tap does not listen: start it first"));
        }
        state.listens = false;
        state.last = Some(Arc::new(self.end(state.number)));
        Ok(())
    }

    fn end(&self, number: u32) -> Recording {
        let (link, hears) = match &self.source {
            Source::Bench(_) => (Link::Ip, OF_BENCH.to_owned()),
            #[cfg(target_os = "linux")]
            Source::Interface(interface) => {
                interface.stop(&self.ear);
                (Link::Ethernet, interface.hears())
            }
        };
        self.ear.close().recording(number, link, hears)
    }

    /// What was heard between the last start and stop.
    ///
    /// # Errors
    /// Nothing yet, or it listens still (case).
    pub fn recording(&self) -> Result<Arc<Recording>, Trouble> {
        let state = hold(&self.state);
        let missing = || Trouble::case("there is no capture: start the tap and stop it first");
        state.last.clone().ok_or_else(missing)
    }

    /// As at the start of a case: it does not listen, and has heard nothing.
    pub fn rest(&self) {
        let mut state = hold(&self.state);
        if state.listens {
            state.listens = false;
            drop(self.end(state.number));
        }
        state.last = None;
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.rest();
    }
}
