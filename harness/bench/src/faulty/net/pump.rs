//! Both ways of a relayed connection.

use super::super::dice::Dice;
use super::{Fate, Weather};
use crate::faulty::Faulty;
use proofhouse_model::{Channel, Trouble};
use socket2::SockRef;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often a waiting thread looks whether the connection was reset.
const LOOK: Duration = Duration::from_millis(20);

/// A connection and the one it stands for.
#[derive(Clone)]
pub(super) struct Pair {
    ends: Arc<(TcpStream, TcpStream)>,
    weather: Arc<Weather>,
    /// Reset, or nobody is left to talk to.
    over: Arc<AtomicBool>,
}

impl Pair {
    pub(super) fn new(client: TcpStream, unit: TcpStream, weather: Arc<Weather>) -> Self {
        for end in [&client, &unit] {
            // A socket that refuses these settings works on, a little slower.
            let _ = end.set_nonblocking(false);
            let _ = end.set_nodelay(true);
            let _ = end.set_read_timeout(Some(LOOK));
        }
        Self {
            ends: Arc::new((client, unit)),
            weather,
            over: Arc::default(),
        }
    }

    /// Both ends get a reset as soon as nobody uses them any more.
    pub(super) fn reset(&self) {
        for end in [&self.ends.0, &self.ends.1] {
            let _ = SockRef::from(end).set_linger(Some(Duration::ZERO));
        }
        self.over.store(true, Ordering::SeqCst);
    }

    /// Passes bytes both ways until both ends are done.
    pub(super) fn serve(&self, mut dice: Dice) {
        let (own, other) = (self.clone(), Dice::new(dice.next(), 1));
        let back = std::thread::Builder::new().name("bad network".into());
        let back = back.spawn(move || own.pass(&own.ends.1, &own.ends.0, other));
        self.pass(&self.ends.0, &self.ends.1, dice);
        if let Ok(back) = back {
            let _ = back.join();
        }
    }

    fn pass(&self, mut from: &TcpStream, mut to: &TcpStream, mut dice: Dice) {
        let mut buffer = [0; 16 << 10];
        while !self.over.load(Ordering::SeqCst) {
            let n = match from.read(&mut buffer) {
                Ok(n) => n,
                Err(e) if is_wait(&e) => continue,
                Err(_) => 0,
            };
            let passed = match self.weather.of_piece(&mut dice) {
                Fate::Arrives => true,
                Fate::Late(by) => self.wait(Some(by)),
                Fate::Lost => self.wait(None),
                Fate::Reset => {
                    self.reset();
                    false
                }
            };
            if !passed {
                return;
            }
            if n == 0 {
                let _ = to.shutdown(Shutdown::Write);
                return;
            }
            if to.write_all(&buffer[..n]).is_err() {
                // Its other direction sees the same.
                let _ = from.shutdown(Shutdown::Read);
                return;
            }
        }
    }

    /// So long, or until the fault is over; `false` when the connection ended meanwhile.
    fn wait(&self, by: Option<Duration>) -> bool {
        let start = Instant::now();
        loop {
            let left = match by {
                Some(by) => by.saturating_sub(start.elapsed()),
                None if self.weather.faulty.active() => LOOK,
                None => Duration::ZERO,
            };
            if self.over.load(Ordering::SeqCst) {
                return false;
            }
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(LOOK));
        }
    }
}

fn is_wait(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// Stands before a service of the bench for as long as it lives, and passes every connection on.
pub(crate) struct Front {
    /// Where it listens.
    pub(crate) port: u16,
    closing: Arc<AtomicBool>,
}

impl Front {
    /// Listens at `at` and leads to `service`.
    ///
    /// # Errors
    /// Trouble of the bench: the port is taken.
    pub(crate) fn open(
        at: SocketAddr,
        service: SocketAddr,
        faulty: &Arc<Faulty>,
    ) -> Result<Self, Trouble> {
        Self::listen(at, service, faulty).map_err(|e| {
            let what = format!("nothing can stand before the broker at {at}: {e}");
            Trouble::bench(Channel::MQTT, what, "end the other broker or run")
        })
    }

    fn listen(at: SocketAddr, service: SocketAddr, faulty: &Arc<Faulty>) -> io::Result<Self> {
        let listener = TcpListener::bind(at)?;
        listener.set_nonblocking(true)?;
        let front = Self {
            port: listener.local_addr()?.port(),
            closing: Arc::default(),
        };
        let (weather, closing) = (Weather::new(faulty), Arc::clone(&front.closing));
        let work = move || {
            while !closing.load(Ordering::SeqCst) {
                let Ok((client, _)) = listener.accept() else {
                    std::thread::sleep(Duration::from_millis(2));
                    continue;
                };
                let (weather, closing) = (Arc::clone(&weather), Arc::clone(&closing));
                let serve = move || pass_on(client, service, weather, closing);
                drop(
                    std::thread::Builder::new()
                        .name("bad peer".into())
                        .spawn(serve),
                );
            }
        };
        std::thread::Builder::new()
            .name("bad peer".into())
            .spawn(work)?;
        Ok(front)
    }
}

fn pass_on(client: TcpStream, service: SocketAddr, weather: Arc<Weather>, over: Arc<AtomicBool>) {
    if let Ok(service) = TcpStream::connect(service) {
        let dice = weather.dice();
        let mut pair = Pair::new(client, service, weather);
        pair.over = over;
        pair.serve(dice);
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
    }
}
