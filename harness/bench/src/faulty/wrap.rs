//! Puts what spoils a channel around its driver, where the fault is that channel's; else leaves the driver as it is.

use super::Faulty;
use super::console::FaultyLink;
use super::net::{self, Front};
use super::power::FaultyPower;
use super::probe::FaultyProbe;
use proofhouse_model::{FaultKind, Route, Trouble, UnitName};
use proofhouse_transport::console::Link;
use proofhouse_transport::net::Gate;
use proofhouse_transport::peers::mqtt::{Broker, Listen};
use proofhouse_transport::power::Power;
use proofhouse_transport::tap::Ear;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

/// The fault of the run as one unit sees it while it is opened.
pub(crate) struct Wrap<'a> {
    fault: Option<&'a Arc<Faulty>>,
}

impl<'a> Wrap<'a> {
    /// For a unit; one that is not the fault's gets plain drivers.
    pub(crate) fn of(fault: Option<&'a Arc<Faulty>>, unit: &UnitName) -> Self {
        let fault = fault.filter(|f| f.fault.unit == *unit);
        Self { fault }
    }

    /// The fault, when it is one of these.
    fn one_of(&self, kinds: &[FaultKind]) -> Option<&'a Arc<Faulty>> {
        self.fault.filter(|f| kinds.contains(&f.fault.kind))
    }

    pub(crate) fn power(&self, driver: Box<dyn Power>) -> Box<dyn Power> {
        use FaultKind as K;
        match self.one_of(&[K::RelayLate, K::RelayStuck, K::TtyGoesWithPower]) {
            Some(fault) => Box::new(FaultyPower::new(driver, Arc::clone(fault))),
            None => driver,
        }
    }

    pub(crate) fn link(&self, link: impl Link + 'static) -> Box<dyn Link> {
        use FaultKind as K;
        let spoiled = [
            K::ConsoleDrops,
            K::ConsoleDoubles,
            K::ConsoleCorrupts,
            K::ConsoleInterleaves,
            K::TtyGoesWithPower,
        ];
        match self.one_of(&spoiled) {
            Some(fault) => Box::new(FaultyLink::new(link, Arc::clone(fault))),
            None => Box::new(link),
        }
    }

    pub(crate) fn route(&self) -> Option<Route> {
        use FaultKind as K;
        self.one_of(&[K::PacketsLost, K::PacketsDelayed, K::ConnectionReset])
            .map(net::route)
    }

    /// A broker, and what stands before it where it is to fall silent. A gate may stand before both, and a tap hear
    /// what passes that.
    pub(crate) fn broker(
        &self,
        mut listen: Listen,
        gate: Option<Gate>,
        tap: Option<(Ear, IpAddr)>,
    ) -> Result<(Broker, Option<Front>), Trouble> {
        let Some(fault) = self.one_of(&[FaultKind::PeerSilent]) else {
            return Broker::open_with(&listen, gate, tap).map(|b| (b, None));
        };
        let at = listen.at;
        listen.at.set_port(0);
        let broker = Broker::open_with(&listen, gate, tap)?;
        let service = SocketAddr::new(at.ip(), broker.facts().port);
        let front = Front::open(at, service, fault)?;
        Ok((broker, Some(front)))
    }

    /// What aims the driver at another socket; `socket` says where a unit's probe is found.
    pub(crate) fn probe(
        &self,
        socket: impl Fn(&UnitName) -> std::path::PathBuf,
        folder: &Path,
    ) -> Result<Option<FaultyProbe>, Trouble> {
        use FaultKind as K;
        let Some(fault) = self.one_of(&[K::ProbeHangs, K::ProbeGone, K::ProbeWrong]) else {
            return Ok(None);
        };
        let wrong = fault.fault.with.as_ref().map(&socket);
        let real = socket(&fault.fault.unit);
        FaultyProbe::new(Arc::clone(fault), real, wrong, folder).map(Some)
    }
}

impl Faulty {
    /// Whether two units exchange opened drivers.
    pub(crate) fn swaps(&self) -> bool {
        self.fault.kind.takes_two() && !self.is(FaultKind::ProbeWrong)
    }
}
