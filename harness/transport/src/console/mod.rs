//! Capability *console*: bytes both ways, read as they come, waited for by pattern.
//!
//! A thread of its own reads all the time, so nothing is missed between two ops; what it reads goes
//! to a [`Sink`] first and to waiting threads next. At least the last MiB is kept for looking back;
//! a flood costs linear time.
//!
//! | link | is |
//! |---|---|
//! | [`Tty`] | a serial port or pseudo-terminal by path or USB adapter, through `serialport` |
//! | [`Rfc2217`] | a port of a serial server whose line is set from here |
//! | [`Raw`] | a raw port of a serial server |
//!
//! A virtual unit's console is a [`Pty`] whose path is opened as a [`Tty`].

mod line;
mod lines;
mod link;
mod pace;
mod polled;
mod pty;
mod reader;
mod record;
mod rfc2217;
mod second;
mod socket;
#[cfg(test)]
pub(crate) mod tests;
mod tty;
pub mod usb;

pub use link::{Link, Wire};
pub use pace::Pace;
pub use pty::{Pty, pty_pair};
pub use reader::{Off, OnLines, OnPort, PortChange};
pub use record::{ConsoleOutput, Sink};
pub use rfc2217::Rfc2217;
pub use second::Second;
pub use socket::Raw;
pub use tty::Tty;

use crate::budget::Budget;
use crate::matcher::{Matcher, NoMatch, Tap};
use crate::open::Context;
use crate::sync::hold;
use lines::Lines;
use pace::{Sent, Turn};
use proofhouse_model::event::Agreed;
use proofhouse_model::observation::Matched;
use proofhouse_model::{Bytes, Channel, Observation, Pattern, Trouble};
use reader::{Shared, Slot};
use record::Recorder;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Opens the way to a console: one line per driver of the channel. The port itself is opened by [`Console::open`].
///
/// # Errors
/// Bench trouble: settings of another driver.
pub fn open(
    wire: &proofhouse_model::Wire,
    context: &Context<'_>,
) -> Result<Box<dyn Link>, Trouble> {
    Ok(match wire.driver.as_str() {
        "virtual" => Box::new(Tty::of_virtual(context)?),
        "serial" => Box::new(Tty::of(&wire.settings, context)?),
        "rfc2217" => Box::new(Rfc2217::of(&wire.settings, context)?),
        "tcp" => Box::new(Raw::of(&wire.settings)?),
        _ => return Err(context.unknown(Channel::Console, wire)),
    })
}

/// What an unseen watch hands out, bytes.
const UNSEEN: usize = 2 << 10;
/// How often a wait that nothing can wake looks whether it was called off.
const LOOK: Duration = Duration::from_millis(50);
/// What a trouble quotes of the last output, bytes.
const QUOTED: usize = 200;

/// How a console is worked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What ends a line sent by [`Console::ask`].
    pub line_end: Vec<u8>,
    /// How long a port that vanished may take to come back; longer than a device with its own USB
    /// is off.
    pub reopen: Duration,
    /// How long the device may take to accept what is sent.
    pub accept: Duration,
    /// How fast it may be sent.
    pub pace: Pace,
}

impl Settings {
    /// By the settings of a wire, and what the maker says of the console.
    ///
    /// # Errors
    /// Bench trouble: settings of another driver.
    pub fn of(wire: &proofhouse_model::Wire, context: &Context<'_>) -> Result<Self, Trouble> {
        let own = Self {
            pace: Pace::of(&wire.settings)?,
            ..Self::default()
        };
        Ok(match context.console.line_end.as_bytes() {
            [] => own,
            end => Self {
                line_end: end.to_vec(),
                ..own
            },
        })
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            line_end: b"\r\n".to_vec(),
            reopen: Duration::from_secs(10),
            accept: Duration::from_secs(5),
            pace: Pace::default(),
        }
    }
}

/// What a console tells, and asks, while it listens.
pub struct Around {
    /// Gets the output.
    pub output: Sink,
    /// For a device that may bring its own port: as long as its supply is off, a missing port is no trouble, and is
    /// opened when it appears.
    pub off: Off,
    /// Gets the lines as they end.
    pub lines: OnLines,
    /// Is told what becomes of the port.
    pub port: OnPort,
    /// Another program's record of the same console.
    pub second: Option<Second>,
}

impl Default for Around {
    fn default() -> Self {
        Self {
            output: Box::new(|_| {}),
            off: Box::new(|| false),
            lines: Box::new(|_, _| {}),
            port: Box::new(|_| {}),
            second: None,
        }
    }
}

/// A console that is being listened to. Shared freely between threads; closed when dropped.
pub struct Console {
    shared: Arc<Shared>,
    reader: Mutex<Option<JoinHandle<()>>>,
    line_end: Vec<u8>,
    accept: Duration,
    pace: Pace,
    /// One `send` at a time.
    sending: Mutex<Turn>,
}

impl Console {
    /// Opens the link and starts to listen.
    ///
    /// # Errors
    /// Trouble of the bench: no such port, no permission, another program holds it.
    pub fn open(
        link: impl Link + 'static,
        settings: Settings,
        sink: Sink,
    ) -> Result<Self, Trouble> {
        Self::open_with(
            link,
            settings,
            Around {
                output: sink,
                ..Around::default()
            },
        )
    }

    /// The same with the supply beside it.
    ///
    /// # Errors
    /// As [`Console::open`], while the supply is on; its second recorder is not there.
    pub fn open_with(
        link: impl Link + 'static,
        settings: Settings,
        around: Around,
    ) -> Result<Self, Trouble> {
        let name = link.name();
        let shared = Shared {
            off: around.off,
            on_lines: around.lines,
            on_port: around.port,
            lines: Mutex::new(Lines::new()),
            matcher: Matcher::new(),
            recorder: Mutex::new(Recorder::new(around.output)),
            second: around.second.map(Mutex::new),
            link: Mutex::new(Box::new(link)),
            slot: Mutex::new(Slot::default()),
            changed: Condvar::new(),
            reopen: settings.reopen,
            name,
        };
        let console = Self {
            shared: Arc::new(shared),
            reader: Mutex::new(None),
            line_end: settings.line_end,
            accept: settings.accept,
            pace: settings.pace,
            sending: Mutex::new(Turn::default()),
        };
        console.revive()?;
        console.meets_recorder()?;
        Ok(console)
    }

    /// Whether its second recorder is there, if one is named. While the port is away with the supply nobody needs to
    /// have begun it.
    fn meets_recorder(&self) -> Result<(), Trouble> {
        let is_open = hold(&self.shared.slot).wire.is_some();
        let second = self.shared.second.as_ref().filter(|_| is_open);
        second.map_or(Ok(()), |second| second::is_there(second, second::BEHIND))
    }

    /// Brings a console back on purpose whose port was gone for good; no effect on one that works.
    ///
    /// # Errors
    /// The port still does not open.
    pub fn revive(&self) -> Result<(), Trouble> {
        let mut reader = hold(&self.reader);
        if reader.as_ref().is_some_and(|thread| !thread.is_finished()) && self.broken().is_none() {
            return Ok(());
        }
        let again = reader.take();
        let was_open = again.is_some();
        if let Some(thread) = again {
            // A reader that panicked has no state to give back.
            let _ = thread.join();
        }
        let wire = match hold(&self.shared.link).open() {
            Ok(wire) => {
                match wire.stale() {
                    _ if was_open => (self.shared.on_port)(PortChange::Back),
                    0 => {}
                    stale => (self.shared.on_port)(PortChange::Flushed(stale)),
                }
                Some(Arc::from(wire))
            }
            Err(_) if (self.shared.off)() => None,
            Err(trouble) => return Err(trouble),
        };
        {
            let mut slot = hold(&self.shared.slot);
            slot.was_open |= wire.is_some();
            slot.wire = wire;
        }
        self.shared.matcher.go_on();
        let shared = self.shared.clone();
        let thread = std::thread::Builder::new().name("console".into());
        *reader = Some(thread.spawn(move || shared.listen()).map_err(|e| {
            let what = format!("no thread to listen to the console: {e}");
            Trouble::bench(
                Channel::Console,
                what,
                "end other programs; see `ulimit -u`",
            )
        })?);
        Ok(())
    }

    /// Why it cannot be used any more, when its port is gone for good. The first cause stays.
    #[must_use]
    pub fn broken(&self) -> Option<Trouble> {
        self.shared.matcher.ended()
    }

    /// Whether what came over it is what its second recorder has, up to now; nothing is told where it has none.
    ///
    /// # Errors
    /// Bench trouble: the two differ, or one is more than 3 s behind; the run is being ended.
    pub fn agrees(&self, budget: &Budget) -> Result<Option<Agreed>, Trouble> {
        let second = self.shared.second.as_ref();
        second
            .map(|second| second::agree(second, budget))
            .transpose()
    }

    /// Compares with the second recorder from now on, whatever differed before.
    pub fn compare_anew(&self) {
        if let Some(second) = &self.shared.second {
            hold(second).begin_again();
        }
    }

    /// How often the port vanished and came back.
    #[must_use]
    pub fn reopened(&self) -> u32 {
        hold(&self.shared.slot).reopened
    }

    /// Sends bytes as they are, in the pace of the device.
    ///
    /// # Errors
    /// The device does not take it in time (silent), the port is gone (bench), the run is being ended, the pace leaves
    /// no time for all of it (deadline).
    pub fn send(&self, bytes: &[u8], budget: &Budget) -> Result<(), Trouble> {
        budget.cancel().check()?;
        let mut turn = hold(&self.sending);
        let reopen = budget.at_most(self.shared.reopen);
        let Some(wire) = self.shared.wire(&reopen) else {
            budget.cancel().check()?;
            return Err(self.gone());
        };
        match self.send_paced(&*wire, &mut turn, bytes, budget)? {
            Sent::All => Ok(()),
            Sent::Stuck(n, accept) => {
                budget.cancel().check()?;
                let (all, given) = (bytes.len(), accept.given());
                let what = format!("took {n} of {all} bytes and no more in {given}");
                Err(Trouble::silent(Channel::Console, what))
            }
            Sent::Lost(e) => Err(self.lost_while_sending(&wire, &e, budget)),
        }
    }

    /// Holds the line in a break for so long.
    ///
    /// # Errors
    /// The port is gone, or knows no break (bench); the run is being ended, the budget leaves no time (deadline).
    pub fn send_break(&self, length: Duration, budget: &Budget) -> Result<(), Trouble> {
        let _turn = hold(&self.sending);
        let reopen = budget.at_most(self.shared.reopen);
        let Some(wire) = self.shared.wire(&reopen) else {
            budget.cancel().check()?;
            return Err(self.gone());
        };
        let refused = |e: std::io::Error| {
            let what = format!("the port {} takes no break: {e}", self.shared.name);
            Trouble::bench(Channel::Console, what, "use another adapter or server")
        };
        wire.set_break(true).map_err(refused)?;
        let waited = budget.pause(length);
        wire.set_break(false).map_err(refused)?;
        waited
    }

    /// A port that comes back went with its device, which is for the case to judge; one that stays
    /// away is the bench's.
    fn lost_while_sending(
        &self,
        wire: &Arc<dyn Wire>,
        e: &std::io::Error,
        budget: &Budget,
    ) -> Trouble {
        let reopen = budget.at_most(self.shared.reopen);
        match self.shared.another_wire(wire, &reopen) {
            true => Trouble::silent(
                Channel::Console,
                format!("the port vanished while sending ({e}) and came back"),
            ),
            false => budget
                .cancel()
                .check()
                .map_or_else(|why| why, |()| self.gone()),
        }
    }

    /// Waits for a pattern after the place, and moves the place behind the match. On failure the
    /// place stays.
    ///
    /// # Errors
    /// Not seen in time (silent), the port is gone (bench), the run is being ended.
    pub fn expect(&self, pattern: &Pattern, budget: &Budget) -> Result<Matched, Trouble> {
        let seen = self.shared.matcher.expect(pattern, budget);
        hold(&self.shared.recorder).flush();
        seen.map_err(|miss| match miss {
            NoMatch::Timeout => self.late(pattern, budget),
            NoMatch::Ended(why) => why,
        })
    }

    /// Forgets what came so far, sends a line with its end, waits for a pattern. The device's echo
    /// of the line comes first: the pattern must tell the answer from it.
    ///
    /// # Errors
    /// As [`Console::send`] and [`Console::expect`].
    pub fn ask(&self, line: &[u8], pattern: &Pattern, budget: &Budget) -> Result<Matched, Trouble> {
        self.skip();
        self.send(&[line, &self.line_end].concat(), budget)?;
        self.expect(pattern, budget)
    }

    /// Listens as long as the budget lasts, and reports whether a pattern was seen: [`Observation::Matched`] as
    /// soon as it is (the place moves behind it), else [`Observation::Unseen`] with the end of what
    /// was heard.
    ///
    /// # Errors
    /// The port is gone (bench), the run is being ended; the port vanished meanwhile although the supply was on
    /// (silent): that nothing was heard then shows nothing.
    pub fn watch(&self, pattern: &Pattern, budget: &Budget) -> Result<Observation, Trouble> {
        let deaf = self.shared.deaf();
        let seen = self.shared.matcher.expect(pattern, budget);
        hold(&self.shared.recorder).flush();
        match seen {
            Ok(matched) => Ok(Observation::Matched(matched)),
            Err(NoMatch::Ended(why)) => Err(why),
            Err(NoMatch::Timeout) if self.shared.deaf() != deaf || self.shared.is_missing() => {
                let name = &self.shared.name;
                let what = format!("the port {name} was gone for a while that was listened to");
                Err(Trouble::silent(Channel::Console, what))
            }
            Err(NoMatch::Timeout) => Ok(Observation::Unseen {
                heard: Bytes::from(self.shared.matcher.tail(UNSEEN)),
            }),
        }
    }

    /// Forgets what came so far.
    pub fn skip(&self) {
        self.shared.matcher.skip();
    }

    /// How long after the last call, or after opening, each line since then ended; the first 4,096.
    pub fn lines(&self) -> Vec<Duration> {
        hold(&self.shared.lines).take(Instant::now())
    }

    /// Bytes received since the console was opened.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.shared.matcher.position()
    }

    /// Notes every sighting of a pattern from now on, beside whatever else reads.
    ///
    /// # Errors
    /// Trouble of the case when there are more than 64 at once.
    pub fn tap(&self, pattern: &Pattern) -> Result<Tap, Trouble> {
        Tap::set(&self.shared.matcher, pattern)
    }

    fn gone(&self) -> Trouble {
        self.broken().unwrap_or_else(|| {
            let what = format!("the port {} is gone", self.shared.name);
            Trouble::bench(
                Channel::Console,
                what,
                "check the cable and the adapter's supply",
            )
        })
    }

    fn late(&self, pattern: &Pattern, budget: &Budget) -> Trouble {
        let tail = self.shared.matcher.tail(QUOTED);
        let heard = match tail.is_empty() {
            true => "nothing was heard".to_owned(),
            false => format!("last heard: \"{}\"", tail.escape_ascii()),
        };
        let s = budget.given().std().as_secs_f32();
        let what = format!("`{}` was not seen within {s} s", pattern.as_str());
        let (name, next) = (
            &self.shared.name,
            "check the cable, the adapter's supply or the serial server",
        );
        match self.shared.why_missing() {
            // Nobody has heard the unit say anything: no word about it.
            Some((why, true)) => {
                let what = format!("{what}: the port {name} was never open: {why}");
                Trouble::bench(Channel::Console, what, next)
            }
            Some((why, false)) => {
                let what = format!("{what}; the port {name} is gone: {why}");
                Trouble::silent(Channel::Console, what)
            }
            None => Trouble::silent(Channel::Console, format!("{what}; {heard}")),
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let wire = {
            let mut slot = hold(&self.shared.slot);
            slot.closing = true;
            slot.wire.clone()
        };
        self.shared.changed.notify_all();
        if let Some(wire) = wire {
            wire.wake();
        }
        if let Some(reader) = hold(&self.reader).take() {
            // The port's lock is free once the reader is gone; a reader that panicked is gone too.
            let _ = reader.join();
        }
    }
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Console({} bytes received)", self.position())
    }
}
