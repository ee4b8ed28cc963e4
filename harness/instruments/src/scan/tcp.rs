//! TCP connect scan on one thread.

mod link;
mod settle;
#[cfg(test)]
mod tests;

use super::Seen;
use super::inflight::Pace;
use super::witness::Witness;
use crate::net;
use link::{Link, read_banner, settled};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use proofhouse_model::seeded::Seeded;
use proofhouse_model::{Bytes, Channel, SocketKind, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::net::{Turn, Way};
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// How long a service may take to say something by itself.
const BANNER_WAIT: Duration = Duration::from_millis(300);
/// Tries for a port that is silent: two lost packets must not hide it.
pub(super) const TRIES: u8 = 3;
/// Tries where most ports answer: silence is an exception then, as of packets lost, and costs little to ask again.
const TRIES_OF_FEW: u8 = 4;
/// Most ports answer when so many answered for each that was ever silent.
const FEW: u32 = 4;
/// Asked first, because they are often open: how long answers take is known early then.
const LIKELY: [u16; 16] = [
    80, 443, 22, 23, 53, 21, 1883, 8883, 8080, 8443, 5683, 554, 7547, 5000, 49152, 8888,
];
/// Socket shortages in a row, with none of ours open, before the bench is blamed.
const SHORTAGES: u32 = 20;
/// Probes started before the budget is looked at again.
const TURN: usize = 1000;
/// How often waits are looked at.
const TICK: Duration = Duration::from_millis(20);

/// A scan that had to slow down is given so long before it is seen whether it can come to an end.
const SLOW_TRIAL: Duration = Duration::from_secs(8);

/// Why a port is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// To be told what it is.
    ToSee,
    /// To see whether a port that answered still answers.
    Witness,
    /// To see whether a port that refused still refuses.
    Refusing,
}

/// A port to try.
#[derive(Debug, Clone, Copy)]
struct Todo {
    port: u16,
    attempt: u8,
    self_connects: u8,
    why: Why,
}

impl Todo {
    fn fresh(port: u16, why: Why) -> Self {
        Self {
            port,
            attempt: 1,
            self_connects: 0,
            why,
        }
    }
}

/// A connection under way or listening for a banner.
struct Probe {
    todo: Todo,
    stream: TcpStream,
    since: Instant,
    /// Received so far; `None` while connecting.
    banner: Option<Vec<u8>>,
}

struct Scan<'a> {
    host: IpAddr,
    route: &'a Way,
    budget: &'a Budget,
    poll: Poll,
    queue: VecDeque<Todo>,
    slots: Vec<Option<Probe>>,
    free: Vec<usize>,
    pace: Pace,
    /// Of the connection that may be open, at a device that takes one at a time.
    turn: Option<Turn>,
    shortages: u32,
    /// Ports whose first try brought no answer.
    silent_once: u32,
    witness: Witness,
    /// A port that refused: a device may limit its refusals, and closed ports are silent then.
    refusing: Witness,
    /// Ports silent to every try since the witness answered last: should it be silent too, they are asked again.
    unsure: Vec<u16>,
    /// So many of them were silent before the witness was asked.
    unsure_before: usize,
    /// When the device first did not keep up, and how many probes had ended.
    slowed: Option<(Instant, usize)>,
    ended: usize,
    seen: Seen<(u16, Bytes)>,
}

/// Connects to every port once, to silent ones three times or more often.
pub(super) fn scan(
    host: IpAddr,
    ports: &[u16],
    numbers: &mut Seeded,
    route: &Way,
    budget: &Budget,
) -> Result<Seen<(u16, Bytes)>, Trouble> {
    if ports.is_empty() {
        return Ok(Seen::default());
    }
    let mut scan = Scan::new(host, route, budget)?;
    let fresh = |&port| Todo::fresh(port, Why::ToSee);
    scan.queue = likely_first(ports, numbers).iter().map(fresh).collect();
    scan.run()?;
    scan.ask_at_the_end()?;
    Ok(scan.told())
}

/// The same ports, those that are often open before the others; in no order beyond that, as common scanners do.
fn likely_first(ports: &[u16], numbers: &mut Seeded) -> Vec<u16> {
    let (mut first, mut rest): (Vec<u16>, Vec<u16>) =
        ports.iter().partition(|port| LIKELY.contains(port));
    numbers.shuffle(&mut first);
    numbers.shuffle(&mut rest);
    first.extend(rest);
    first
}

impl<'a> Scan<'a> {
    /// With nothing to do yet.
    fn new(host: IpAddr, route: &'a Way, budget: &'a Budget) -> Result<Self, Trouble> {
        Ok(Self {
            host,
            route,
            budget,
            poll: Poll::new().map_err(|e| net::trouble(host, &e))?,
            queue: VecDeque::new(),
            slots: Vec::new(),
            free: Vec::new(),
            pace: Pace::new(),
            turn: None,
            shortages: 0,
            silent_once: 0,
            witness: Witness::default(),
            refusing: Witness::default(),
            unsure: Vec::new(),
            unsure_before: 0,
            slowed: None,
            ended: 0,
            seen: Seen::default(),
        })
    }

    fn run(&mut self) -> Result<(), Trouble> {
        let mut events = Events::with_capacity(1024);
        let mut swept = Instant::now();
        while !self.queue.is_empty() || self.open() > 0 {
            if self.is_hopeless() {
                self.give_up();
                return Ok(());
            }
            self.budget.check(Channel::Lan, || {
                let left = self.queue.len() + self.open() + self.unsure.len();
                format!("the port scan of {} ({left} ports not done)", self.host)
            })?;
            let more = self.launch()?;
            if self.open() > 0 || self.shortages > 0 {
                let wait = if more { Duration::ZERO } else { TICK };
                match self.poll.poll(&mut events, Some(wait)) {
                    Err(e) if e.kind() != ErrorKind::Interrupted => {
                        return Err(net::trouble(self.host, &e));
                    }
                    _ => {}
                }
            }
            for event in &events {
                self.ready(event.token().0)?;
            }
            if swept.elapsed() >= TICK {
                swept = Instant::now();
                self.sweep();
            }
        }
        Ok(())
    }

    /// Probes under way.
    fn open(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// How many may be under way.
    fn window(&self) -> usize {
        match self.route.turns.one_at_a_time() {
            true => 1,
            false => self.pace.window(),
        }
    }

    /// Nothing came of the last probe: no pause is owed to the device.
    fn no_connection(&mut self) {
        if let Some(turn) = self.turn.take() {
            turn.unused();
        }
    }

    /// Starts as many probes as the window allows, and says whether it stopped before that: where refusals come at
    /// once the window never fills, and the budget has to be looked at.
    fn launch(&mut self) -> Result<bool, Trouble> {
        let mut turn = 0..TURN;
        while self.open() < self.window() {
            if turn.next().is_none() {
                return Ok(true);
            }
            let Some(todo) = self.queue.pop_front() else {
                return Ok(false);
            };
            // The last one is over by now: with a pause after it where it stood.
            self.turn = None;
            self.turn = Some(self.route.turns.take(self.budget)?);
            let to = SocketAddr::new(self.host, todo.port);
            match TcpStream::connect(self.route.of(SocketKind::Tcp, to)) {
                Ok(stream) => {
                    self.shortages = 0;
                    self.launched(todo, stream)?;
                }
                Err(e) if net::is_exhausted(&e) => {
                    self.queue.push_front(todo);
                    self.pace.exhausted(self.open());
                    self.shortages += 1;
                    if self.open() == 0 && self.shortages > SHORTAGES {
                        return Err(net::trouble(self.host, &e));
                    }
                    return Ok(false);
                }
                Err(e) => self.failed(todo, Duration::ZERO, &e)?,
            }
        }
        Ok(false)
    }

    /// Registers a started connection, unless it is already known to have failed.
    fn launched(&mut self, todo: Todo, mut stream: TcpStream) -> Result<(), Trouble> {
        let since = Instant::now();
        // On loopback the refusal is there before connect returns; asking at once saves the route by epoll.
        if self.host.is_loopback()
            && let Ok(Some(e)) = stream.take_error()
        {
            return self.failed(todo, since.elapsed(), &e);
        }
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let both = Interest::READABLE | Interest::WRITABLE;
        let registered = self
            .poll
            .registry()
            .register(&mut stream, Token(index), both);
        registered.map_err(|e| net::trouble(self.host, &e))?;
        self.slots[index] = Some(Probe {
            todo,
            stream,
            since,
            banner: None,
        });
        Ok(())
    }

    /// Something happened on a probe.
    fn ready(&mut self, index: usize) -> Result<(), Trouble> {
        let Some(mut probe) = self.slots.get_mut(index).and_then(Option::take) else {
            return Ok(());
        };
        if probe.banner.is_none() {
            match settled(&probe.stream) {
                Ok(None) => {
                    self.slots[index] = Some(probe);
                    return Ok(());
                }
                Err(e) => {
                    self.free.push(index);
                    return self.failed(probe.todo, probe.since.elapsed(), &e);
                }
                Ok(Some(Link::Itself)) => {
                    self.free.push(index);
                    self.met_itself(probe.todo);
                    return Ok(());
                }
                Ok(Some(Link::Peer)) => {
                    self.pace.answered(probe.since.elapsed());
                    if probe.todo.why != Why::ToSee {
                        self.free.push(index);
                        self.witnessed(probe.todo.why, true);
                        return Ok(());
                    }
                    self.witness.seen(probe.todo.port, true);
                    probe.since = Instant::now();
                    probe.banner = Some(Vec::new());
                }
            }
        }
        let Probe { stream, banner, .. } = &mut probe;
        if banner
            .as_mut()
            .is_some_and(|banner_bytes| read_banner(stream, banner_bytes))
        {
            self.free.push(index);
            self.found(probe);
        } else {
            self.slots[index] = Some(probe);
        }
        Ok(())
    }

    /// Ends probes whose time is over.
    fn sweep(&mut self) {
        for index in 0..self.slots.len() {
            let over = self.slots[index].as_ref().is_some_and(|p| {
                let wait = match p.banner {
                    Some(_) => BANNER_WAIT,
                    None => self.pace.patience(p.todo.attempt),
                };
                p.since.elapsed() >= wait
            });
            if over && let Some(probe) = self.slots[index].take() {
                self.free.push(index);
                match probe.banner {
                    Some(_) => self.found(probe),
                    None => self.no_answer(probe.todo),
                }
            }
        }
    }
}
