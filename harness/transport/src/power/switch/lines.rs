//! A switch to which lines or bytes are sent: over TCP, or on a serial port.

use super::quoted;
use crate::budget::Budget;
use crate::console::{Link, Tty, Wire};
use crate::net::{self, Host};
use proofhouse_model::switch::{Form, Request, Seen, Serial, State, Tcp, Values, frame};
use proofhouse_model::{Channel, Trouble};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longest answer that is kept, bytes.
const LONGEST: usize = 64 << 10;

/// Bytes there and back.
trait Stream {
    fn write(&mut self, bytes: &[u8], within: Duration) -> std::io::Result<()>;

    /// What is there, or comes within that time; nothing at the end.
    fn read(&mut self, into: &mut [u8], within: Duration) -> std::io::Result<usize>;
}

/// One talk over one connection, or with the port held.
pub(super) struct Talk<'a> {
    stream: Box<dyn Stream>,
    values: &'a Values,
    terminator: &'a str,
    pause: Duration,
}

/// Connects to a switch.
pub(super) fn tcp<'a>(
    tcp: &'a Tcp,
    host: &Host,
    values: &'a Values,
    budget: &Budget,
) -> Result<Talk<'a>, String> {
    let connected = || -> Result<TcpStream, Trouble> {
        let to = host.at(values.port, budget)?;
        let late = || {
            let what = format!("no answer from {to} within {}", budget.given());
            Trouble::silent(Channel::Lan, what)
        };
        let stream = net::run(budget, late, net::connect(to, &host.way.route))?;
        let blocking = stream.into_std().and_then(|stream| {
            stream.set_nonblocking(false)?;
            Ok(stream)
        });
        blocking.map_err(|e| net::explain(&e, to, "connect to"))
    };
    let stream = connected().map_err(|t| format!("cannot be reached: {}", t.what))?;
    Ok(Talk {
        stream: Box::new(stream),
        values,
        terminator: &tcp.terminator,
        pause: tcp.pause.map_or(Duration::ZERO, |pause| pause.std()),
    })
}

/// Opens the port of a switch.
pub(super) fn serial<'a>(
    serial: &'a Serial,
    path: &str,
    values: &'a Values,
) -> Result<Talk<'a>, String> {
    let opened = Tty::new(path, serial.baud).open();
    let wire = opened.map_err(|t| format!("cannot be reached: {}", t.what))?;
    Ok(Talk {
        stream: Box::new(Port(wire)),
        values,
        terminator: &serial.terminator,
        pause: serial.pause.map_or(Duration::ZERO, |pause| pause.std()),
    })
}

impl Talk<'_> {
    fn send(&mut self, request: &Request, budget: &Budget) -> Result<(), String> {
        for line in self.written(request)? {
            self.drop_what_came().map_err(|e| gone(&e))?;
            let sent = self.stream.write(&line, budget.left());
            sent.map_err(|e| gone(&e))?;
            std::thread::sleep(self.pause.min(budget.left()));
        }
        Ok(())
    }

    fn written(&self, request: &Request) -> Result<Vec<Vec<u8>>, String> {
        Ok(match request {
            Request::Lines { lines, .. } => {
                let line = lines.iter().map(|line| line.fill(self.values, Form::Plain));
                line.map(|line| (line + self.terminator).into_bytes())
                    .collect()
            }
            Request::Frame { bytes, checksum } => {
                let bytes = frame(&bytes.fill(self.values, Form::Hex));
                let mut bytes = bytes.ok_or("has a model whose bytes are none")?;
                let sum = checksum.map(|checksum| checksum.of(&bytes));
                bytes.extend(sum);
                vec![bytes]
            }
            _ => return Err("has a model that sends neither lines nor bytes".to_owned()),
        })
    }

    /// What came late, or unasked, is no answer to what is asked now.
    fn drop_what_came(&mut self) -> std::io::Result<()> {
        let mut dropped = [0; 4096];
        let mut left = LONGEST;
        loop {
            match self.stream.read(&mut dropped, Duration::ZERO) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(n) => left = left.saturating_sub(n),
                Err(e) if is_silence(&e) => return Ok(()),
                Err(e) => return Err(e),
            }
            if left == 0 {
                return Ok(());
            }
        }
    }

    /// Reads until `seen` can make something of it.
    fn read<T>(
        &mut self,
        budget: &Budget,
        mut seen: impl FnMut(&[u8], bool) -> Option<T>,
    ) -> Result<T, String> {
        let mut came = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let left = budget.left();
            let read = match left.is_zero() {
                true => Err(ErrorKind::TimedOut.into()),
                false => self.stream.read(&mut buffer, left),
            };
            match read {
                Ok(0) if came.is_empty() => return Err("hangs up without an answer".to_owned()),
                Ok(0) => {
                    let what = || format!("breaks off in its answer: {}", quoted(&came));
                    return seen(&came, true).ok_or_else(what);
                }
                Ok(n) => came.extend_from_slice(&buffer[..n]),
                Err(e) if is_silence(&e) && budget.left().is_zero() => {
                    let given = budget.given();
                    return Err(match came.is_empty() {
                        true => format!("does not answer within {given}"),
                        false => {
                            format!("has not answered in full within {given}: {}", quoted(&came))
                        }
                    });
                }
                Err(e) if is_silence(&e) => {}
                Err(e) => return Err(gone(&e)),
            }
            if let Some(found) = seen(&came, false) {
                return Ok(found);
            }
            if came.len() >= LONGEST {
                return Err(format!("says more than an answer has: {}", quoted(&came)));
            }
        }
    }
}

impl super::Talk for Talk<'_> {
    fn tell(&mut self, request: &Request, budget: &Budget) -> Result<(), String> {
        self.send(request, budget)?;
        let Request::Lines {
            answer: Some(wanted),
            ..
        } = request
        else {
            return Ok(());
        };
        let said = self.read(budget, |came, whole| {
            let end = came.iter().position(|b| *b == b'\n');
            let end = end.or(whole.then_some(came.len()))?;
            Some(String::from_utf8_lossy(&came[..end]).trim().to_owned())
        })?;
        match said.eq_ignore_ascii_case(wanted) {
            true => Ok(()),
            false => Err(format!("answers with `{}`", quoted(said.as_bytes()))),
        }
    }

    fn ask(&mut self, state: &State, budget: &Budget) -> Result<bool, String> {
        self.send(&state.ask, budget)?;
        let values = self.values;
        let seen = self.read(budget, |came, whole| {
            match state.seen(came, whole, values) {
                Seen::More => None,
                other => Some(other),
            }
        })?;
        match seen {
            Seen::Is(on) => Ok(on),
            Seen::Odd(why) => Err(format!("cannot be read back: the answer {why}")),
            Seen::More => Err("cannot be read back".to_owned()),
        }
    }
}

fn gone(e: &std::io::Error) -> String {
    format!("hangs up: {e}")
}

fn is_silence(e: &std::io::Error) -> bool {
    matches!(
        e.kind(),
        ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted
    )
}

impl Stream for TcpStream {
    fn write(&mut self, bytes: &[u8], within: Duration) -> std::io::Result<()> {
        self.set_write_timeout(Some(within.max(Duration::from_millis(1))))?;
        self.write_all(bytes)
    }

    fn read(&mut self, into: &mut [u8], within: Duration) -> std::io::Result<usize> {
        self.set_nonblocking(within.is_zero())?;
        if !within.is_zero() {
            self.set_read_timeout(Some(within.max(Duration::from_millis(1))))?;
        }
        let read = Read::read(self, into);
        self.set_nonblocking(false)?;
        read
    }
}

/// A serial port.
struct Port(Box<dyn Wire>);

impl Stream for Port {
    fn write(&mut self, bytes: &[u8], within: Duration) -> std::io::Result<()> {
        match self.0.write(bytes, within)? {
            n if n == bytes.len() => Ok(()),
            _ => Err(ErrorKind::TimedOut.into()),
        }
    }

    fn read(&mut self, into: &mut [u8], within: Duration) -> std::io::Result<usize> {
        self.0.read(into, Some(within))
    }
}
