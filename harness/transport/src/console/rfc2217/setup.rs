//! What is said before the first byte of data: the options, and each setting of the line.

use super::telnet::{self, BINARY, COM_PORT, DO, GO_AHEAD, WILL, WONT};
use super::{ANSWER, CONTROL, Incoming, Server, bench};
use crate::budget::Budget;
use crate::console::line::Line;
use crate::sync::hold;
use proofhouse_model::Trouble;
use serialport::{DataBits, Parity, StopBits};
use std::io;

/// What we ask for by ourselves.
pub(super) const ASKED: [(u8, u8); 4] = [
    (WILL, COM_PORT),
    (WILL, BINARY),
    (DO, BINARY),
    (DO, GO_AHEAD),
];
/// What a server says on a port that is in use, bytes shown.
const SHOWN: usize = 200;

/// Most data kept while the line is set, bytes: of more the end.
const MOST_DATA: usize = 1 << 20;

const BAUD: u8 = 1;
const DATA_SIZE: u8 = 2;
const PARITY: u8 = 3;
const STOP_SIZE: u8 = 4;
const PURGE: u8 = 12;
/// Purge: what the server received from the device.
const RECEIVED: u8 = 1;

/// The demand that such an answer is to.
pub(super) fn demand(answer: u8) -> u8 {
    match answer {
        WILL | WONT => DO,
        _ => WILL,
    }
}

/// Settings as they go over the wire: what they are called in a bench file, command, value.
fn settings(baud: u32, line: &Line) -> Vec<(&'static str, u8, Vec<u8>)> {
    let data = match line.data {
        DataBits::Five => 5,
        DataBits::Six => 6,
        DataBits::Seven => 7,
        DataBits::Eight => 8,
    };
    let parity = match line.parity {
        Parity::None => 1,
        Parity::Odd => 2,
        Parity::Even => 3,
    };
    let stop = match line.stop {
        StopBits::One => 1,
        StopBits::Two => 2,
    };
    let mut all = vec![
        ("baud", BAUD, baud.to_be_bytes().to_vec()),
        ("data_bits", DATA_SIZE, vec![data]),
        ("parity", PARITY, vec![parity]),
        ("stop_bits", STOP_SIZE, vec![stop]),
    ];
    let level = |on, high, low| vec![if on { high } else { low }];
    all.extend(line.dtr.map(|on| ("dtr", CONTROL, level(on, 8, 9))));
    all.extend(line.rts.map(|on| ("rts", CONTROL, level(on, 11, 12))));
    all
}

/// One opening under way.
struct Opening<'a> {
    server: &'a Server,
    name: &'a str,
    budget: &'a Budget,
}

impl Server {
    /// Agrees with the server on the options, and sets the line. Of a port that is opened for the first time, what the
    /// server received before is thrown away.
    pub(super) fn set_up(
        &mut self,
        name: &str,
        baud: u32,
        line: &Line,
        fresh: bool,
        budget: &Budget,
    ) -> Result<(), Trouble> {
        let opening = Opening {
            server: self,
            name,
            budget,
        };
        let mut incoming = hold(&self.incoming);
        opening.agree(&mut incoming)?;
        for (key, command, value) in settings(baud, line) {
            opening.set(&mut incoming, key, command, &value)?;
        }
        let mut stale = 0;
        if !fresh {
            opening.purge(&mut incoming)?;
            stale = incoming.data.len() as u64;
            incoming.data.clear();
        }
        drop(incoming);
        self.stale = stale;
        Ok(())
    }
}

impl Opening<'_> {
    fn agree(&self, incoming: &mut Incoming) -> Result<(), Trouble> {
        for (verb, option) in ASKED {
            self.send(&telnet::option(verb, option), incoming)?;
        }
        let wanted = |incoming: &Incoming| {
            let of = |side: &[(u8, bool)], option| {
                side.iter().find(|(o, _)| *o == option).map(|(_, on)| *on)
            };
            let options = &incoming.options;
            [
                (
                    of(&options.ours, COM_PORT),
                    "to have its line set (RFC 2217)",
                ),
                (of(&options.ours, BINARY), "bytes as they are (BINARY)"),
                (
                    of(&options.theirs, BINARY),
                    "to give bytes as they are (BINARY)",
                ),
            ]
        };
        let done = |incoming: &Incoming| wanted(incoming).iter().all(|(state, _)| state.is_some());
        if !self.wait(incoming, done)? {
            let heard = match incoming.options.ours.is_empty() && incoming.options.theirs.is_empty()
            {
                true => "does not speak Telnet",
                false => "speaks Telnet and does not answer about RFC 2217",
            };
            return Err(self.trouble(&format!("{heard} within {}", self.budget.given())));
        }
        match wanted(incoming)
            .iter()
            .find(|(state, _)| *state != Some(true))
        {
            Some((_, what)) => Err(self.trouble(&format!("refuses {what}"))),
            None => Ok(()),
        }
    }

    fn set(
        &self,
        incoming: &mut Incoming,
        key: &str,
        command: u8,
        value: &[u8],
    ) -> Result<(), Trouble> {
        let answer = self.ask(incoming, command, value, |answer| {
            // Another of the lines may be told meanwhile.
            command != CONTROL || answer == value
        })?;
        let said = |value: &[u8]| {
            value
                .iter()
                .fold(0_u64, |all, byte| all << 8 | u64::from(*byte))
        };
        match answer {
            Some(answer) if answer == value => Ok(()),
            Some(answer) if command == BAUD => Err(self.trouble(&format!(
                "set `baud` to {} instead of {}",
                said(&answer),
                said(value)
            ))),
            Some(_) => Err(self.trouble(&format!("does not take `{key}` as the bench file says"))),
            None => Err(self.trouble(&format!(
                "does not answer the setting `{key}` within {}",
                self.budget.given()
            ))),
        }
    }

    fn purge(&self, incoming: &mut Incoming) -> Result<(), Trouble> {
        match self.ask(incoming, PURGE, &[RECEIVED], |_| true)? {
            Some(_) => Ok(()),
            None => Err(self.trouble(&format!(
                "does not say within {} that it threw away what it had received",
                self.budget.given()
            ))),
        }
    }

    /// The answer to a command; nothing where none came in time.
    fn ask(
        &self,
        incoming: &mut Incoming,
        command: u8,
        value: &[u8],
        fits: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<Vec<u8>>, Trouble> {
        incoming.answers.clear();
        self.send(&telnet::com_port(command, value), incoming)?;
        let find = |incoming: &Incoming| {
            let mut all = incoming.answers.iter();
            all.find(|(of, value)| *of == command + ANSWER && fits(value))
                .map(|(_, value)| value.clone())
        };
        self.wait(incoming, |incoming| find(incoming).is_some())?;
        Ok(find(incoming))
    }

    fn send(&self, bytes: &[u8], incoming: &Incoming) -> Result<(), Trouble> {
        let sent = self.server.command(bytes);
        sent.map_err(|e| self.hung_up(incoming, Some(&e)))
    }

    /// Listens until that is so; `false` when the time was over before.
    fn wait(
        &self,
        incoming: &mut Incoming,
        done: impl Fn(&Incoming) -> bool,
    ) -> Result<bool, Trouble> {
        while !done(incoming) {
            let left = self.budget.left();
            if left.is_zero() {
                return Ok(false);
            }
            match self.server.pump(incoming, Some(left)) {
                Ok(true) => {}
                Ok(false) => return Err(self.hung_up(incoming, None)),
                Err(e) if e.kind() == io::ErrorKind::TimedOut => {}
                Err(e) => return Err(self.hung_up(incoming, Some(&e))),
            }
            // A device that floods meanwhile must not fill the memory.
            let over = incoming.data.len().saturating_sub(MOST_DATA);
            incoming.data.drain(..over);
        }
        Ok(true)
    }

    fn hung_up(&self, incoming: &Incoming, e: Option<&io::Error>) -> Trouble {
        let why = e.map_or_else(String::new, |e| format!(" ({e})"));
        let shown = &incoming.data[..incoming.data.len().min(SHOWN)];
        let said = match shown.is_empty() {
            true => "without a word".to_owned(),
            false => format!("and said: \"{}\"", shown.trim_ascii().escape_ascii()),
        };
        bench(
            format!("the serial server {} hung up{why} {said}", self.name),
            "see that nobody else is connected to this port of it",
        )
    }

    fn trouble(&self, what: &str) -> Trouble {
        bench(
            format!("the serial server {} {what}", self.name),
            "see that this port of it is set up for RFC 2217 and knows the setting; for a raw port write `driver = \
             \"tcp\"` and set the line there",
        )
    }
}
