//! Where a unit is: a fixed address, or a name that is looked up when it is needed.

use super::{Gate, Turns, Way, mdns, run, tls};
use crate::budget::Budget;
use crate::sync::hold;
use proofhouse_model::{Channel, HostSpec, Route, Trouble};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longest that one look-up may take.
const LOOK_UP: Duration = Duration::from_secs(5);

/// A unit on the network. Clones share what was looked up.
#[derive(Debug, Clone)]
pub struct Host {
    /// As the bench file says it.
    spec: HostSpec,
    /// What its name stands for; looked up again once it is forgotten.
    found: Arc<Mutex<Option<IpAddr>>>,
    /// How its sockets are opened.
    pub way: Way,
    /// What is shown to a device that asks for a certificate.
    pub identity: Option<tls::Identity>,
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Self {
        Self {
            spec: HostSpec::Address(address),
            found: Arc::default(),
            way: Way::default(),
            identity: None,
        }
    }
}

impl Host {
    /// As a bench file says it. Nothing is looked up.
    ///
    /// # Errors
    /// Bench trouble: this host has no such interface.
    pub fn new(spec: HostSpec) -> Result<Self, Trouble> {
        let address = spec.address();
        let mut host = Self::from(address.unwrap_or(std::net::Ipv4Addr::UNSPECIFIED.into()));
        if let HostSpec::Zoned(_, zone) = &spec {
            host.way.route = through(index(zone)?);
        }
        host.spec = spec;
        Ok(host)
    }

    /// The same, by another route where there is one, behind which the unit's interface no longer matters; with turns.
    #[must_use]
    pub fn by(mut self, route: Option<Route>, turns: Turns) -> Self {
        if let Some(route) = route {
            self.way.route = route;
        }
        self.way.turns = turns;
        self
    }

    /// As [`Host::by`], through a gate that stands before all of it.
    #[must_use]
    pub fn behind(self, gate: &Gate, route: Option<Route>, turns: Turns) -> Self {
        let mut host = self.by(Some(gate.route(route)), turns);
        host.way.gate = Some(gate.clone());
        host
    }

    /// As the bench file says it.
    #[must_use]
    pub fn spec(&self) -> &HostSpec {
        &self.spec
    }

    /// Its address now.
    ///
    /// # Errors
    /// Nobody knows its name (silent): a unit that is off has none.
    pub fn address(&self, budget: &Budget) -> Result<IpAddr, Trouble> {
        if let Some(address) = self.spec.address().or(*hold(&self.found)) {
            return Ok(address);
        }
        let address = self.look_up(&budget.at_most(LOOK_UP))?;
        *hold(&self.found) = Some(address);
        Ok(address)
    }

    /// One of its ports.
    ///
    /// # Errors
    /// As [`Host::address`].
    pub fn at(&self, port: u16, budget: &Budget) -> Result<SocketAddr, Trouble> {
        Ok(SocketAddr::new(self.address(budget)?, port))
    }

    /// Whether asking for its address takes no look-up.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.spec.address().or(*hold(&self.found)).is_some()
    }

    /// It may come back under another address: a name is looked up again.
    pub fn forget(&self) {
        *hold(&self.found) = None;
    }

    fn look_up(&self, budget: &Budget) -> Result<IpAddr, Trouble> {
        let name = self.spec.to_string();
        let unknown = |why: &str| {
            let mut silent = Trouble::silent(
                Channel::Lan,
                format!("nobody knows the name {name} ({why})"),
            );
            silent.try_next = Some(
                "see that the device is on and has this name; `address` of `lan` takes its IP address as well"
                    .to_owned(),
            );
            silent
        };
        let late = || unknown(&format!("no answer within {}", budget.given()));
        if let HostSpec::Multicast(_) = self.spec {
            return run(budget, late, async {
                mdns::ask(&name).await?.ok_or_else(|| unknown("no answer"))
            });
        }
        run(budget, late, async {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let all: Vec<SocketAddr> = found.map_err(|e| unknown(&e.to_string()))?.collect();
            // Most devices listen on IPv4 alone, whatever the name server has.
            let best = all.iter().find(|a| a.is_ipv4()).or(all.first());
            best.map(SocketAddr::ip)
                .ok_or_else(|| unknown("it has no address"))
        })
    }
}

/// Number of an interface of this host.
fn index(zone: &str) -> Result<u32, Trouble> {
    nix::net::if_::if_nametoindex(zone).map_err(|_| {
        Trouble::bench(
            Channel::Lan,
            format!("this host has no network interface {zone}"),
            "`ip link` lists them; the name stands behind the `%` of the unit's address",
        )
    })
}

/// A link-local address is the same on every link: the socket must be told which.
fn through(interface: u32) -> Route {
    Route::new(move |_, to| match to {
        SocketAddr::V6(mut to) => {
            to.set_scope_id(interface);
            to.into()
        }
        to => to,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofhouse_model::{SocketKind, TroubleKind};

    fn host(text: &str) -> Result<Host, Trouble> {
        Host::new(text.parse().unwrap())
    }

    #[test]
    fn a_name_is_looked_up_once_and_again_when_it_is_forgotten() {
        let budget = Budget::of(Duration::from_secs(20));
        let named = host("localhost").unwrap();
        assert!(named.address(&budget).unwrap().is_loopback());
        let elsewhere = IpAddr::from([192, 0, 2, 7]);
        *hold(&named.found) = Some(elsewhere);
        assert_eq!(named.clone().address(&budget).unwrap(), elsewhere);
        named.clone().forget();
        assert!(named.address(&budget).unwrap().is_loopback());
    }

    #[test]
    fn a_name_that_nobody_knows_is_silence_of_the_device() {
        let budget = Budget::of(Duration::from_secs(20));
        let trouble = host("no-such-unit.invalid")
            .unwrap()
            .address(&budget)
            .unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::DeviceSilent, "{trouble}");
        assert!(trouble.what.contains("no-such-unit.invalid"), "{trouble}");
    }

    #[test]
    fn the_interface_goes_with_the_address() {
        let budget = Budget::of(Duration::from_secs(1));
        let zoned = host("fe80::1%lo").unwrap();
        let at = zoned.at(80, &budget).unwrap();
        let SocketAddr::V6(to) = zoned.way.route.of(SocketKind::Tcp, at) else {
            panic!("{at}")
        };
        assert_eq!((to.port(), to.scope_id()), (80, index("lo").unwrap()));
        let nowhere = host("fe80::1%nosuch0").unwrap_err();
        assert!(nowhere.kind == TroubleKind::Bench && nowhere.what.contains("nosuch0"));
    }
}
