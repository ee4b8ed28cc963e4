//! Serial ports and pseudo-terminals, through the `serialport` stack.
//!
//! The stack opens, locks and configures the port. Bytes go through a second descriptor of the same port, which does
//! not block ([`Polled`]).

use super::line::Line;
use super::link::{Link, Wire};
use super::polled::Polled;
use super::usb::{Places, Wanted};
use crate::open::Context;
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Trouble};
use serialport::{ClearBuffer, ErrorKind, SerialPort, TTYPort};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::time::Duration;

/// The lowest line rate, bits per second.
pub(super) const SLOWEST: u32 = 50;

/// How a port is named.
#[derive(Debug)]
enum Named {
    Path(String),
    /// By its USB adapter, looked up whenever it is opened: the number of its device file changes.
    Usb(Wanted, Places),
}

/// A serial port or pseudo-terminal, by path or by its USB adapter.
#[derive(Debug)]
pub struct Tty {
    named: Named,
    baud: u32,
    line: Line,
    open: Option<TTYPort>,
    /// It was missing, or was open before: what a port that appears has received is news.
    fresh: bool,
}

impl Tty {
    /// By its settings: `port` or a USB adapter, `baud`, and those of the line; the profile's rate where the bench file
    /// says none.
    ///
    /// # Errors
    /// Bench trouble: they are missing.
    pub fn of(settings: &Settings, context: &Context<'_>) -> Result<Self, Trouble> {
        let named = match Wanted::of(settings)? {
            Some(wanted) => Named::Usb(wanted, Places::default()),
            None => {
                let path = context.path(settings.text("port")?);
                // What appears later is looked at then; a file is no port that is missing still.
                is_a_device(&path)?;
                Named::Path(path)
            }
        };
        let baud = match settings.get("baud") {
            Some(_) => settings.whole("baud")?,
            None => context.console.baud,
        };
        Ok(Self {
            line: Line::of(settings)?,
            ..Self::named(named, baud.max(SLOWEST))
        })
    }

    /// The console of a virtual unit.
    ///
    /// # Errors
    /// Bench trouble: the unit is no virtual one.
    pub fn of_virtual(context: &Context<'_>) -> Result<Self, Trouble> {
        let made = context.made(Channel::Console)?;
        Ok(Self::new(made.pty.path(), context.console.baud.max(9600)))
    }

    /// By path, such as `/dev/serial/by-id/...`, and line rate in bits per second: 8 data bits, no
    /// parity, one stop bit, no flow control.
    #[must_use]
    pub fn new(path: impl Into<String>, baud: u32) -> Self {
        Self::named(Named::Path(path.into()), baud)
    }

    /// By its USB adapter, as the system tells of it in these places.
    #[must_use]
    pub fn of_usb(wanted: Wanted, places: Places, baud: u32) -> Self {
        Self::named(Named::Usb(wanted, places), baud)
    }

    fn named(named: Named, baud: u32) -> Self {
        Self {
            named,
            baud,
            line: Line::default(),
            open: None,
            fresh: false,
        }
    }

    /// A port that is already open, with its settings; opened anew by its path should it vanish.
    ///
    /// # Errors
    /// Trouble of the bench when the port has no path.
    pub fn adopt(port: TTYPort) -> Result<Self, Trouble> {
        let path = port.name().ok_or_else(|| {
            bench(
                "a serial port without a path cannot be used",
                "open it by its path",
            )
        })?;
        // A pseudo-terminal may not know a rate.
        let baud = port.baud_rate().unwrap_or(115_200);
        Ok(Self {
            open: Some(port),
            ..Self::new(path, baud)
        })
    }

    /// Its device file now, and what it is called in messages.
    fn place(&self) -> Result<(String, String), Trouble> {
        Ok(match &self.named {
            Named::Path(path) => (path.clone(), path.clone()),
            Named::Usb(wanted, places) => {
                let path = wanted.find(places)?.path.display().to_string();
                let shown = format!("{path} ({wanted})");
                (path, shown)
            }
        })
    }
}

impl Link for Tty {
    fn name(&self) -> String {
        match &self.named {
            Named::Path(path) => path.clone(),
            Named::Usb(wanted, _) => wanted.to_string(),
        }
    }

    fn open(&mut self) -> Result<Box<dyn Wire>, Trouble> {
        let fresh = std::mem::replace(&mut self.fresh, true);
        let (path, shown) = self.place()?;
        is_a_device(&path)?;
        let port = match self.open.take() {
            Some(port) => Ok(port),
            None => TTYPort::open(&self.line.set_up(serialport::new(&path, self.baud))),
        };
        // A number that another adapter was given meanwhile is another port.
        let (now, _) = self.place()?;
        if now != path {
            let what = format!("the port {shown} became {now} while it was opened");
            return Err(bench(what, "check the cable and the adapter's supply"));
        }
        let mut wire = port
            .and_then(|port| OpenTty::new(port, &path, fresh))
            .map_err(|e| explain(&shown, &e))?;
        // After the last open of its path: each one raises DTR and RTS.
        self.line.took(&mut wire.port, &shown)?;
        Ok(Box::new(wire))
    }
}

/// Whatever is there under this path is a character device: what is written to a port must not end up in a file.
fn is_a_device(path: &str) -> Result<(), Trouble> {
    match std::fs::metadata(path) {
        Ok(found) if !found.file_type().is_char_device() => Err(bench(
            format!("{path} is no serial port: it is no character device"),
            "name a device below /dev; /dev/serial/by-id lists what is plugged in",
        )),
        // Whether it is missing, and why, is told when it is opened.
        _ => Ok(()),
    }
}

struct OpenTty {
    bytes: Polled<File>,
    /// Holds the locks and the settings.
    port: TTYPort,
    stale: u64,
}

impl OpenTty {
    fn new(mut port: TTYPort, path: &str, fresh: bool) -> serialport::Result<Self> {
        // The kernel's exclusive mode would also shut out ourselves.
        port.set_exclusive(false)?;
        let flags = nix::libc::O_NOCTTY | nix::libc::O_NONBLOCK;
        let bytes = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags)
            .open(path)?;
        port.set_exclusive(true)?;
        let mut stale = 0;
        if !fresh {
            stale = port.bytes_to_read()?.into();
            port.clear(ClearBuffer::Input)?;
        }
        let bytes = Polled::new(bytes)?;
        Ok(Self { bytes, port, stale })
    }
}

impl Wire for OpenTty {
    fn read(&self, into: &mut [u8], within: Option<Duration>) -> io::Result<usize> {
        self.bytes.read(into, within)
    }

    fn write(&self, bytes: &[u8], within: Duration) -> io::Result<usize> {
        self.bytes.write(bytes, within)
    }

    fn wake(&self) {
        self.bytes.wake();
    }

    fn set_break(&self, on: bool) -> io::Result<()> {
        let set = match on {
            true => self.port.set_break(),
            false => self.port.clear_break(),
        };
        set.map_err(Into::into)
    }

    fn stale(&self) -> u64 {
        self.stale
    }
}

pub(super) fn bench(what: impl Into<String>, try_next: &str) -> Trouble {
    Trouble::bench(Channel::Console, what, try_next)
}

/// What a technician can do about a port that does not open.
fn explain(path: &str, e: &serialport::Error) -> Trouble {
    let busy = e.description.contains("exclusive") || e.description.contains("busy");
    match e.kind() {
        ErrorKind::NoDevice if busy => bench(
            format!("another program holds the port {path}"),
            "close the terminal program, the other run or ModemManager; `fuser` names it",
        ),
        ErrorKind::Io(io::ErrorKind::NotFound) | ErrorKind::NoDevice => bench(
            format!("there is no port {path}"),
            "check the cable and the adapter; /dev/serial/by-id lists what is plugged in",
        ),
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => bench(
            format!("no permission to open the port {path}"),
            "add yourself to the group that owns it (often dialout) and log in again",
        ),
        ErrorKind::Io(io::ErrorKind::ResourceBusy) => bench(
            format!("another program holds the port {path}"),
            "close the terminal program or the other run; `fuser` names it",
        ),
        _ => bench(
            format!("the port {path} does not open: {e}"),
            "check that the path names a serial port and that its adapter knows the line rate",
        ),
    }
}
