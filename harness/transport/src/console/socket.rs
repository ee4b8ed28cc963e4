//! A raw port of a serial server: bytes as they are, over TCP.

use super::link::{Link, Wire};
use super::polled::Polled;
use super::tty::bench;
use crate::budget::Budget;
use crate::net::{self, Host};
use proofhouse_model::Trouble;
use proofhouse_model::settings::Settings;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::TcpStream;
use std::time::Duration;

/// How long opening may take, where nothing else is said.
const WITHIN: Duration = Duration::from_secs(5);
/// A server that is cut off says no farewell: after so long without a byte it is asked for a sign of life ...
const QUIET: Duration = Duration::from_secs(5);
/// ... so often, so far apart.
const ASKED: u32 = 3;
const APART: Duration = Duration::from_secs(2);

/// Where a port of a serial server is.
#[derive(Debug, Clone)]
pub(super) struct Place {
    host: Host,
    port: u16,
    pub(super) within: Duration,
}

impl Place {
    /// By the settings `host`, `port` and `within`.
    pub(super) fn of(settings: &Settings) -> Result<Self, Trouble> {
        let within = settings.optional("within", Settings::duration)?;
        Ok(Self {
            host: Host::new(settings.host("host")?)?,
            port: settings.whole("port")?,
            within: within.map_or(WITHIN, |within| within.std()),
        })
    }

    /// For messages.
    pub(super) fn name(&self) -> String {
        format!("{} port {}", self.host.spec(), self.port)
    }

    /// Connects, looking up the server's name anew.
    pub(super) fn connect(&self, budget: &Budget) -> Result<Polled<TcpStream>, Trouble> {
        self.host.forget();
        let connected = || -> Result<Polled<TcpStream>, Trouble> {
            let to = self.host.at(self.port, budget)?;
            let late = || bench(format!("no answer within {}", budget.given()), "");
            let stream = net::run(budget, late, net::connect(to, &self.host.way.route))?;
            let polled = stream.into_std().and_then(|stream| {
                let life = TcpKeepalive::new().with_time(QUIET);
                let life = life.with_interval(APART).with_retries(ASKED);
                SockRef::from(&stream).set_tcp_keepalive(&life)?;
                SockRef::from(&stream).set_tcp_user_timeout(Some(QUIET + APART * ASKED))?;
                Polled::new(stream)
            });
            polled.map_err(|e| net::explain(&e, to, "connect to"))
        };
        connected().map_err(|why| {
            bench(
                format!(
                    "the serial server {} is not reached: {}",
                    self.name(),
                    why.what
                ),
                "see that the server runs and has this port, and that this host has a way to it",
            )
        })
    }
}

/// A raw port.
#[derive(Debug)]
pub struct Raw(Place);

impl Raw {
    /// By its settings.
    ///
    /// # Errors
    /// Bench trouble: they are missing.
    pub fn of(settings: &Settings) -> Result<Self, Trouble> {
        Place::of(settings).map(Self)
    }
}

impl Link for Raw {
    fn name(&self) -> String {
        self.0.name()
    }

    fn open(&mut self) -> Result<Box<dyn Wire>, Trouble> {
        Ok(Box::new(self.0.connect(&Budget::of(self.0.within))?))
    }
}

impl Wire for Polled<TcpStream> {
    fn read(&self, into: &mut [u8], within: Option<Duration>) -> io::Result<usize> {
        self.read(into, within)
    }

    fn write(&self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.write(bytes, within)
    }

    fn wake(&self) {
        self.wake();
    }
}
