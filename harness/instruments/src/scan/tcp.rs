//! TCP connect scan on one thread.

use super::inflight::Pace;
use super::witness::{Told, Witness};
use crate::net;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use proofhouse_model::observation::PortWitness;
use proofhouse_model::seeded::Seeded;
use proofhouse_model::{Bytes, Channel, SocketKind, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::net::{Turn, Way};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// How long a service may take to say something by itself.
const BANNER_WAIT: Duration = Duration::from_millis(300);
/// How much of it is kept.
const BANNER_BYTES: usize = 256;
/// Tries for a port that is silent: one lost packet must not hide it.
const TRIES: u8 = 2;
/// Tries where most ports answer: silence is an exception then, as of packets lost, and costs little to ask again.
const TRIES_OF_FEW: u8 = 4;
/// Most ports answer when so many answered for each that was ever silent.
const FEW: u32 = 4;
/// So many ports without any answer are asked once only.
const MANY: usize = 1000;
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

/// What the scan saw.
#[derive(Debug, Default)]
pub(super) struct TcpSeen {
    /// Open ports and what they said.
    pub(super) open: Vec<(u16, Bytes)>,
    /// Ports that refused.
    pub(super) refused: u32,
    /// Ports that did not answer.
    pub(super) silent: u32,
    /// The port that was asked again meanwhile.
    pub(super) witness: Option<PortWitness>,
}

/// A port to try.
#[derive(Debug, Clone, Copy)]
struct Todo {
    port: u16,
    attempt: u8,
    self_connects: u8,
    /// The port is asked again only to see whether it still answers.
    witness: bool,
}

impl Todo {
    fn fresh(port: u16, witness: bool) -> Self {
        Self {
            port,
            attempt: 1,
            self_connects: 0,
            witness,
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
    /// Ports to be looked at.
    ports: usize,
    /// Ports whose first try brought no answer.
    silent_once: u32,
    witness: Witness,
    /// When the device first did not keep up, and how many probes had ended.
    slowed: Option<(Instant, usize)>,
    ended: usize,
    seen: TcpSeen,
}

/// Connects to every port once (silent ones twice or more often).
pub(super) fn scan(
    host: IpAddr,
    ports: &[u16],
    numbers: &mut Seeded,
    route: &Way,
    budget: &Budget,
) -> Result<TcpSeen, Trouble> {
    if ports.is_empty() {
        return Ok(TcpSeen::default());
    }
    let fresh = |&port| Todo::fresh(port, false);
    let mut scan = Scan {
        host,
        route,
        budget,
        poll: Poll::new().map_err(|e| net::trouble(host, &e))?,
        queue: likely_first(ports, numbers).iter().map(fresh).collect(),
        slots: Vec::new(),
        free: Vec::new(),
        pace: Pace::new(),
        turn: None,
        shortages: 0,
        ports: ports.len(),
        silent_once: 0,
        witness: Witness::default(),
        slowed: None,
        ended: 0,
        seen: TcpSeen::default(),
    };
    scan.run()?;
    if scan.seen.silent > 0 && scan.slowed.is_none() {
        scan.ask_witness(Witness::ask);
        scan.run()?;
    }
    scan.seen.witness = scan.witness.facts();
    scan.seen.open.sort_by_key(|(port, _)| *port);
    Ok(scan.seen)
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

impl Scan<'_> {
    fn run(&mut self) -> Result<(), Trouble> {
        let mut events = Events::with_capacity(1024);
        let mut swept = Instant::now();
        while !self.queue.is_empty() || self.open() > 0 {
            if self.is_hopeless() {
                self.give_up();
                return Ok(());
            }
            self.budget.check(Channel::Lan, || {
                let left = self.queue.len() + self.open();
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

    /// Whether a device that does not keep up would be asked longer than there is time.
    fn is_hopeless(&self) -> bool {
        let Some((since, ended)) = self.slowed else {
            return false;
        };
        let (took, left) = (since.elapsed(), self.budget.left());
        if took < SLOW_TRIAL || left.is_zero() {
            return false;
        }
        let each = took.as_secs_f64() / (self.ended - ended).max(1) as f64;
        each * (self.queue.len() + self.open()) as f64 > left.as_secs_f64()
    }

    /// Ports that are not settled were neither seen open nor refused.
    fn give_up(&mut self) {
        let under_way = self.slots.drain(..).flatten().map(|probe| probe.todo);
        let left = under_way.chain(self.queue.drain(..));
        let left = left.filter(|todo| !todo.witness).count();
        self.seen.silent += u32::try_from(left).unwrap_or(u32::MAX);
        self.free.clear();
        self.turn = None;
    }

    /// Puts the witness before everything else, when it is to be asked.
    fn ask_witness(&mut self, due: impl FnOnce(&mut Witness) -> Option<(u16, u32)>) {
        let (port, times) = due(&mut self.witness).unwrap_or_default();
        for _ in 0..times {
            self.queue.push_front(Todo::fresh(port, true));
        }
    }

    /// The witness answered, or did not.
    fn witnessed(&mut self, answered: bool) {
        if self.witness.told(answered) == Some(Told::Silent) {
            self.pace.slow_down();
            self.slowed.get_or_insert((Instant::now(), self.ended));
        }
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
            if todo.attempt > 1 && self.ports > MANY && !self.pace.answered_anything() {
                // Every port was asked once and none said anything: that host is silent, not lossy.
                self.seen.silent += 1;
                continue;
            }
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
                    if probe.todo.witness {
                        self.free.push(index);
                        self.witnessed(true);
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

    /// A connection to our own socket: nothing listens there, the kernel lent us that very port. Another try gets
    /// another source port.
    fn met_itself(&mut self, mut todo: Todo) {
        self.no_connection();
        todo.self_connects += 1;
        if todo.witness {
            self.witnessed(true);
        } else if todo.self_connects < 4 {
            self.queue.push_back(todo);
        } else {
            self.ended += 1;
            self.seen.refused += 1;
        }
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

    fn found(&mut self, probe: Probe) {
        let said = Bytes::from(probe.banner.unwrap_or_default());
        self.ended += 1;
        self.seen.open.push((probe.todo.port, said));
    }

    fn no_answer(&mut self, mut todo: Todo) {
        self.no_connection();
        if todo.witness {
            return self.witnessed(false);
        }
        self.pace.grow();
        self.ask_witness(Witness::after_silence);
        if todo.attempt == 1 {
            self.silent_once += 1;
        }
        let answered = self.seen.refused + u32::try_from(self.seen.open.len()).unwrap_or(u32::MAX);
        let tries = match answered / FEW >= self.silent_once {
            true => TRIES_OF_FEW,
            false => TRIES,
        };
        if todo.attempt < tries {
            todo.attempt += 1;
            self.queue.push_back(todo);
        } else {
            self.ended += 1;
            self.seen.silent += 1;
        }
    }

    fn failed(&mut self, todo: Todo, after: Duration, e: &io::Error) -> Result<(), Trouble> {
        if net::is_refusal(e) {
            self.no_connection();
            self.pace.answered(after);
            if todo.witness {
                self.witnessed(true);
                return Ok(());
            }
            self.witness.seen(todo.port, false);
            self.ended += 1;
            self.seen.refused += 1;
        } else if net::is_silence(e) {
            self.no_answer(todo);
        } else {
            let place = SocketAddr::new(self.host, todo.port);
            return Err(net::trouble(place, e));
        }
        Ok(())
    }
}

/// Who is at the other end.
enum Link {
    Peer,
    Itself,
}

/// Whether a connection stands; `None` while it does not yet.
fn settled(stream: &TcpStream) -> io::Result<Option<Link>> {
    if let Some(e) = stream.take_error()? {
        return Err(e);
    }
    match stream.peer_addr() {
        Ok(peer) if stream.local_addr().is_ok_and(|own| own == peer) => Ok(Some(Link::Itself)),
        Ok(_) => Ok(Some(Link::Peer)),
        Err(e) if e.kind() == ErrorKind::NotConnected => Ok(None),
        Err(e) => Err(e),
    }
}

/// Reads what is there; true when nothing more will be kept.
fn read_banner(stream: &mut TcpStream, banner_bytes: &mut Vec<u8>) -> bool {
    let mut buf = [0; BANNER_BYTES];
    loop {
        let room = BANNER_BYTES - banner_bytes.len();
        if room == 0 {
            return true;
        }
        match stream.read(&mut buf[..room]) {
            Ok(0) => return true,
            Ok(n) => banner_bytes.extend_from_slice(&buf[..n]),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return !net::is_silence(&e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::{Domain, Socket, Type};

    /// The trap of scans on loopback: a socket bound to a port and connected to it talks to itself.
    #[test]
    fn a_self_connect_is_no_open_port() {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket
            .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
            .unwrap();
        let own = socket.local_addr().unwrap();
        socket.connect(&own).unwrap();
        socket.set_nonblocking(true).unwrap();
        let stream = TcpStream::from_std(socket.into());
        assert!(matches!(settled(&stream), Ok(Some(Link::Itself))));
    }

    fn scan<'a>(route: &'a Way, budget: &'a Budget) -> Scan<'a> {
        Scan {
            host: IpAddr::from([127, 0, 0, 1]),
            route,
            budget,
            poll: Poll::new().unwrap(),
            queue: VecDeque::new(),
            slots: Vec::new(),
            free: Vec::new(),
            pace: Pace::new(),
            turn: None,
            shortages: 0,
            ports: 1,
            silent_once: 0,
            witness: Witness::default(),
            slowed: None,
            ended: 0,
            seen: TcpSeen::default(),
        }
    }

    #[test]
    fn a_scan_slows_down_when_a_port_that_answered_is_silent_too_and_leaves_what_it_has_no_time_for()
     {
        let (route, budget) = (Way::default(), Budget::of(Duration::from_secs(60)));
        let mut scan = scan(&route, &budget);
        scan.queue = (1..=9000).map(|port| Todo::fresh(port, false)).collect();
        scan.witness.seen(22, true);
        let window = scan.window();
        while scan.slowed.is_none() {
            let todo = scan.queue.pop_front().unwrap();
            scan.no_answer(todo);
        }
        assert!(scan.window() < window.max(256));
        assert!(!scan.is_hopeless(), "it is given a trial");
        let long_ago = Instant::now().checked_sub(SLOW_TRIAL * 2).unwrap();
        scan.slowed = Some((long_ago, 0));
        assert!(scan.is_hopeless());
        scan.give_up();
        assert_eq!((scan.open(), scan.seen.silent), (0, 9000));
    }

    #[test]
    fn a_silent_port_among_many_that_refuse_is_tried_more_often() {
        let (route, budget) = (Way::default(), Budget::of(Duration::from_secs(60)));
        for (refused, tries) in [(0, TRIES), (1000, TRIES_OF_FEW)] {
            let mut scan = scan(&route, &budget);
            scan.seen.refused = refused;
            scan.no_answer(Todo::fresh(9, false));
            let mut tried = 1;
            while let Some(todo) = scan.queue.pop_front() {
                tried += 1;
                scan.no_answer(todo);
            }
            assert_eq!((tried, scan.seen.silent), (tries, 1));
        }
    }

    #[test]
    fn likely_ports_come_first_and_none_is_lost() {
        let all: Vec<u16> = (1..=9000).collect();
        let mut ordered = likely_first(&all, &mut Seeded::new(1));
        assert!(ordered[..LIKELY.len()].contains(&22));
        ordered.sort_unstable();
        assert_eq!(ordered, all);
    }

    #[test]
    fn a_port_that_always_meets_itself_counts_as_refused() {
        let (route, budget) = (Way::default(), Budget::of(Duration::from_secs(60)));
        let mut scan = scan(&route, &budget);
        let mut todo = Some(Todo::fresh(40000, false));
        for _ in 0..4 {
            scan.met_itself(todo.take().unwrap());
            todo = scan.queue.pop_front();
        }
        assert!(todo.is_none());
        assert_eq!(scan.seen.refused, 1);
    }
}
