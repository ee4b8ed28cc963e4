//! A bad network: relays of real sockets on the way to the unit, and one before the broker.
//!
//! A connection of the harness ends at a relay that has connected to the unit before it lets itself be connected to, so
//! a port that refuses still refuses. Above TCP a lost packet is a late one, or a connection on which nothing comes any
//! more; so that is what lost packets do here to connections. Datagrams are really lost (see `udp`).

mod pump;

pub(crate) use pump::Front;

use super::dice::Dice;
use super::{Faulty, udp};
use proofhouse_model::{FaultKind, Route, SocketKind};
use proofhouse_transport::net::Hole;
use pump::Pair;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the unit may take to accept the relay's connection; on loopback it does at once or never.
const CONNECT: Duration = Duration::from_secs(1);
/// How long a relay waits for the connection it was made for.
const AWAITED: Duration = Duration::from_secs(5);

/// What becomes of a piece of a stream, or of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It arrives.
    Arrives,
    /// It arrives after this time.
    Late(Duration),
    /// Nothing arrives as long as the fault is there.
    Lost,
    /// The connection ends.
    Reset,
}

/// The weather on the way to one unit.
pub(crate) struct Weather {
    pub(super) faulty: Arc<Faulty>,
    /// Nothing comes through at all, instead of some.
    dead: bool,
    /// Bad luck once in so many.
    rate: u64,
    delay: Duration,
}

impl Weather {
    /// As the seed has it.
    pub(crate) fn new(faulty: &Arc<Faulty>) -> Arc<Self> {
        let mut dice = faulty.dice(40);
        Arc::new(Self {
            faulty: Arc::clone(faulty),
            dead: dice.one_in(3),
            rate: dice.of(&[2, 4, 12], 4),
            delay: dice.ms(10, 600),
        })
    }

    #[cfg(test)]
    pub(super) fn delay(&self) -> Duration {
        self.delay
    }

    pub(super) fn dice(&self) -> Dice {
        self.faulty.next_dice()
    }

    /// Of one piece of a stream.
    pub(super) fn of_piece(&self, dice: &mut Dice) -> Fate {
        match self.faulty.fault.kind {
            _ if !self.faulty.active() => Fate::Arrives,
            FaultKind::PeerSilent => self.felt(Fate::Lost, "the broker says nothing"),
            FaultKind::PacketsLost if self.dead => {
                self.felt(Fate::Lost, "no packet of a connection comes through")
            }
            FaultKind::PacketsLost if dice.one_in(self.rate) => {
                let again = Duration::from_millis(200 << dice.below(3));
                self.felt(Fate::Late(again), "a packet of a connection is sent again")
            }
            FaultKind::PacketsDelayed => self.felt(self.late(dice), "packets come late"),
            FaultKind::ConnectionReset if dice.one_in(self.rate) => {
                self.felt(Fate::Reset, "a connection is reset in the middle")
            }
            _ => Fate::Arrives,
        }
    }

    /// Of one datagram.
    pub(super) fn of_datagram(&self, dice: &mut Dice) -> Fate {
        match self.faulty.fault.kind {
            _ if !self.faulty.active() => Fate::Arrives,
            FaultKind::PacketsLost if self.dead || dice.one_in(self.rate) => {
                self.felt(Fate::Lost, "a datagram is lost")
            }
            FaultKind::PacketsDelayed => self.felt(self.late(dice), "a datagram comes late"),
            _ => Fate::Arrives,
        }
    }

    /// Of the packets that open a connection, or of a datagram socket as a whole.
    pub(super) fn of_opening(&self, kind: SocketKind, dice: &mut Dice) -> Fate {
        match self.faulty.fault.kind {
            _ if !self.faulty.active() => Fate::Arrives,
            FaultKind::PacketsLost if self.dead && kind == SocketKind::Tcp => {
                self.felt(Fate::Lost, "the first packet of a connection is lost")
            }
            FaultKind::ConnectionReset if dice.one_in(self.rate) => {
                self.felt(Fate::Reset, "a connection is reset at its beginning")
            }
            _ => Fate::Arrives,
        }
    }

    fn late(&self, dice: &mut Dice) -> Fate {
        let more =
            dice.below(1 + self.delay.as_secs() * 1000 + u64::from(self.delay.subsec_millis()));
        Fate::Late(self.delay + Duration::from_millis(more / 2))
    }

    fn felt(&self, fate: Fate, what: &str) -> Fate {
        self.faulty.felt(what);
        fate
    }
}

/// The way around through this weather. Only IPv4: it is for virtual units.
pub(crate) fn route(faulty: &Arc<Faulty>) -> Route {
    let weather = Weather::new(faulty);
    let hole = Mutex::new(None);
    Route::new(move |kind, to| {
        let by = match kind {
            SocketKind::Tcp => tcp(&weather, to, &hole),
            SocketKind::Udp => udp::relay(&weather, to),
        };
        by.ok().flatten().unwrap_or(to)
    })
}

/// An address that leads to `to` through the weather; `None` when nothing listens there.
fn tcp(
    weather: &Arc<Weather>,
    to: SocketAddr,
    hole: &Mutex<Option<Hole>>,
) -> io::Result<Option<SocketAddr>> {
    let Ok(unit) = TcpStream::connect_timeout(&to, CONNECT) else {
        return Ok(None);
    };
    if unit.local_addr()? == to {
        return Ok(None);
    }
    let mut dice = weather.dice();
    let fate = weather.of_opening(SocketKind::Tcp, &mut dice);
    if fate == Fate::Lost {
        let mut hole = hole.lock().unwrap_or_else(PoisonError::into_inner);
        let hole = match &mut *hole {
            Some(hole) => hole,
            none => none.insert(Hole::dig()?),
        };
        return Ok(Some(hole.at));
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let at = listener.local_addr()?;
    let weather = Arc::clone(weather);
    let work = move || {
        if let Some(client) = the_one(&listener) {
            drop(listener);
            let pair = Pair::new(client, unit, weather);
            match fate {
                Fate::Reset => pair.reset(),
                _ => pair.serve(dice),
            }
        }
    };
    std::thread::Builder::new()
        .name("bad network".into())
        .spawn(work)?;
    Ok(Some(at))
}

/// The connection a relay was made for.
fn the_one(listener: &TcpListener) -> Option<TcpStream> {
    let until = Instant::now() + AWAITED;
    while Instant::now() < until {
        match listener.accept() {
            Ok((client, _)) => return Some(client),
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    None
}
