//! A port of a serial server that speaks RFC 2217: Telnet whose option 44 sets the line.
//!
//! The server must take the option and carry every byte as it is (`BINARY` both ways), and each setting must come back
//! as it was asked for: a console at another rate hears rubbish, which is no silence. Flow control of the line stays as
//! the server has it.

mod setup;
mod telnet;
#[cfg(test)]
mod tests;

use super::line::Line;
use super::link::{Link, Wire};
use super::polled::Polled;
use super::socket::Place;
use super::tty::{SLOWEST, bench};
use crate::budget::Budget;
use crate::open::Context;
use crate::sync::hold;
use proofhouse_model::Trouble;
use proofhouse_model::settings::Settings;
use std::io;
use std::net::TcpStream;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use telnet::{BINARY, COM_PORT, DO, DONT, Decoder, Event, GO_AHEAD, IAC, WILL, WONT};

/// Read from the socket at once, bytes.
const PIECE: usize = 16 << 10;
/// Written to it at once, bytes of data.
const SENT: usize = 4 << 10;
/// Most that waits to be taken by the server beside data, bytes.
const MOST_HELD: usize = 64 << 10;
/// Most answers kept that nobody asked for.
const MOST_ANSWERS: usize = 64;
/// What the server answers is the command and this.
const ANSWER: u8 = 100;
/// The server has no room, and has room again.
const SUSPEND: u8 = ANSWER + 8;
const RESUME: u8 = ANSWER + 9;

/// Set-control: a break begins, and ends.
const CONTROL: u8 = 5;
const BREAK_ON: u8 = 5;
const BREAK_OFF: u8 = 6;

/// A port whose line is set from here.
#[derive(Debug)]
pub struct Rfc2217 {
    place: Place,
    baud: u32,
    line: Line,
    /// It was open before, or missing: what came meanwhile is news.
    fresh: bool,
}

impl Rfc2217 {
    /// By its settings; the profile's rate where the bench file says none.
    ///
    /// # Errors
    /// Bench trouble: they are missing.
    pub fn of(settings: &Settings, context: &Context<'_>) -> Result<Self, Trouble> {
        let place = Place::of(settings)?;
        let baud = match settings.get("baud") {
            Some(_) => settings.whole("baud")?,
            None => context.console.baud,
        };
        Ok(Self {
            place,
            baud: baud.max(SLOWEST),
            line: Line::of(settings)?,
            fresh: false,
        })
    }
}

impl Link for Rfc2217 {
    fn name(&self) -> String {
        self.place.name()
    }

    fn open(&mut self) -> Result<Box<dyn Wire>, Trouble> {
        let fresh = std::mem::replace(&mut self.fresh, true);
        let budget = Budget::of(self.place.within);
        let mut server = Server::on(self.place.connect(&budget)?);
        let name = self.place.name();
        server.set_up(&name, self.baud, &self.line, fresh, &budget)?;
        Ok(Box::new(server))
    }
}

/// Which options are in force: what we do, what the server does.
#[derive(Debug, Default)]
struct Options {
    ours: Vec<(u8, bool)>,
    theirs: Vec<(u8, bool)>,
}

/// What came and was not handed out yet.
#[derive(Default)]
struct Incoming {
    decoder: Decoder,
    data: Vec<u8>,
    options: Options,
    /// Answers about the port's settings: command and value.
    answers: Vec<(u8, Vec<u8>)>,
}

/// An open port.
struct Server {
    socket: Polled<TcpStream>,
    incoming: Mutex<Incoming>,
    /// Not taken by the server yet: commands, and the second half of a byte that stands twice.
    outgoing: Mutex<Vec<u8>>,
    suspended: Mutex<bool>,
    resumed: Condvar,
    /// Bytes received before the first opening, thrown away.
    stale: u64,
}

impl Server {
    fn on(socket: Polled<TcpStream>) -> Self {
        Self {
            socket,
            incoming: Mutex::default(),
            outgoing: Mutex::default(),
            suspended: Mutex::new(false),
            resumed: Condvar::new(),
            stale: 0,
        }
    }

    /// Reads once, and does what the server asks.
    ///
    /// # Errors
    /// As [`Wire::read`]; `false` when it hung up.
    fn pump(&self, incoming: &mut Incoming, within: Option<Duration>) -> io::Result<bool> {
        let mut bytes = [0; PIECE];
        let n = self.socket.read(&mut bytes, within)?;
        let (mut events, Incoming { decoder, data, .. }) = (Vec::new(), &mut *incoming);
        decoder.push(&bytes[..n], data, &mut events);
        for event in events {
            match event {
                Event::Option(verb, option) => {
                    self.negotiate(&mut incoming.options, verb, option)?
                }
                Event::Part(part) => {
                    if let [COM_PORT, command, value @ ..] = &part[..] {
                        self.told(incoming, *command, value);
                    }
                }
            }
        }
        Ok(n > 0)
    }

    fn told(&self, incoming: &mut Incoming, command: u8, value: &[u8]) {
        match command {
            SUSPEND | RESUME => {
                *hold(&self.suspended) = command == SUSPEND;
                self.resumed.notify_all();
            }
            _ if incoming.answers.len() < MOST_ANSWERS => {
                incoming.answers.push((command, value.to_vec()));
            }
            _ => {}
        }
    }

    /// Answers a demand once: what is in force already is not confirmed, or two sides would do so for ever.
    fn negotiate(&self, options: &mut Options, verb: u8, option: u8) -> io::Result<()> {
        let (side, on) = match verb {
            WILL | WONT => (&mut options.theirs, verb == WILL),
            _ => (&mut options.ours, verb == DO),
        };
        let known = side.iter_mut().find(|(of, _)| *of == option);
        let asked = match known {
            Some((_, state)) => {
                let changed = *state != on;
                *state = on;
                !changed
            }
            None => {
                side.push((option, on));
                // Nothing is in force at first; what we asked for ourselves needs no answer.
                !on || setup::ASKED.contains(&(setup::demand(verb), option))
            }
        };
        if asked {
            return Ok(());
        }
        // Some servers offer the option of the port as well.
        let fine = matches!(option, BINARY | GO_AHEAD | COM_PORT);
        let answer = match (verb, fine && on) {
            (WILL | WONT, true) => DO,
            (WILL | WONT, false) => DONT,
            (_, true) => WILL,
            (_, false) => WONT,
        };
        self.command(&telnet::option(answer, option))
    }

    /// Sends something that is no data, before the data that comes next.
    fn command(&self, bytes: &[u8]) -> io::Result<()> {
        let mut held = hold(&self.outgoing);
        if held.len() + bytes.len() > MOST_HELD {
            return Err(io::Error::other("the serial server takes no answers"));
        }
        held.extend_from_slice(bytes);
        self.let_go(&mut held)
    }

    fn let_go(&self, held: &mut Vec<u8>) -> io::Result<()> {
        if !held.is_empty() {
            let n = self.socket.write_now(held)?;
            held.drain(..n);
        }
        Ok(())
    }

    /// Writes what is taken at once; how many bytes of data that were, and whether nothing of them is under way.
    fn write_piece(&self, data: &[u8]) -> io::Result<(usize, bool)> {
        let mut held = hold(&self.outgoing);
        self.let_go(&mut held)?;
        if !held.is_empty() || data.is_empty() {
            return Ok((0, held.is_empty()));
        }
        let piece = &data[..data.len().min(SENT)];
        let n = self.socket.write_now(&telnet::escaped(piece))?;
        let (whole, half) = telnet::covered(piece, n);
        if half {
            held.push(IAC);
        }
        Ok((whole + usize::from(half), !half))
    }

    /// Waits until the server has room.
    fn has_room(&self, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        let suspended = hold(&self.suspended);
        let waited = self.resumed.wait_timeout_while(suspended, left, |is| *is);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Wire for Server {
    fn read(&self, into: &mut [u8], within: Option<Duration>) -> io::Result<usize> {
        let until = within.map(|within| Instant::now() + within);
        let mut incoming = hold(&self.incoming);
        loop {
            if !incoming.data.is_empty() {
                let n = incoming.data.len().min(into.len());
                into[..n].copy_from_slice(&incoming.data[..n]);
                incoming.data.drain(..n);
                return Ok(n);
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            // Nobody waits for an answer any more.
            incoming.answers.clear();
            if !self.pump(&mut incoming, left)? {
                return Ok(0);
            }
            let over = left.is_some_and(|left| left.is_zero());
            if over && incoming.data.is_empty() {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    }

    fn write(&self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        let until = Instant::now() + within;
        let mut done = 0;
        loop {
            if !self.has_room(until) {
                return Ok(done);
            }
            let (n, settled) = self.write_piece(&bytes[done..])?;
            done += n;
            if done == bytes.len() && settled {
                return Ok(done);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || (n == 0 && !self.socket.writable(left)?) {
                // Half a byte is none.
                return Ok(done - usize::from(!settled && done > 0));
            }
        }
    }

    fn wake(&self) {
        self.socket.wake();
    }

    fn set_break(&self, on: bool) -> io::Result<()> {
        let value = if on { BREAK_ON } else { BREAK_OFF };
        self.command(&telnet::com_port(CONTROL, &[value]))
    }

    fn stale(&self) -> u64 {
        self.stale
    }
}
