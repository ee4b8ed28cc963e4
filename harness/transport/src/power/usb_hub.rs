//! A port of a USB hub of this computer, switched by the kernel: the attribute `disable` of the port, Linux 6.0 and
//! newer. It is read back from the hub, whose word it is: one that cannot switch may say that it did.

use super::in_time::{Failed, InTime, Port, Turn, says_otherwise};
use proofhouse_model::Trouble;
use proofhouse_model::settings::Settings;
use std::io::{self, ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};

/// Longest attribute that is read, bytes.
const LONGEST: u64 = 64;
const CHECK: &str = "check the hub and its supply; `dmesg` tells what the kernel says of it";
const RULE: &str = "let a group write it by a udev rule, then plug the hub in again: \
    SUBSYSTEM==\"usb\", DRIVER==\"hub\", RUN+=\"/bin/sh -c 'chgrp -f plugdev /sys%p/*-port*/disable; \
    chmod -f g+w /sys%p/*-port*/disable'\"";

/// What writes an attribute.
type Write = dyn Fn(&Path, &str) -> io::Result<()> + Send + Sync;

/// One port that feeds a unit.
pub type UsbHubPower = InTime<HubPort>;

/// The port, as the system shows it.
pub struct HubPort {
    /// As the folder of its device is called, such as `1-2`, or `usb1` for a root hub.
    hub: String,
    number: u64,
    sysfs: PathBuf,
    write: Box<Write>,
}

impl UsbHubPower {
    /// By its settings `hub`, `port` and `within`. The state is unknown until it is switched.
    ///
    /// # Errors
    /// Bench trouble: they are missing.
    pub fn open(settings: &Settings) -> Result<Self, Trouble> {
        Self::at(settings, Path::new("/sys"), Box::new(write))
    }

    fn at(settings: &Settings, sysfs: &Path, write: Box<Write>) -> Result<Self, Trouble> {
        let port = HubPort {
            hub: settings.text("hub")?.to_owned(),
            number: settings.whole("port")?,
            sysfs: sysfs.to_owned(),
            write,
        };
        Self::over(port, settings)
    }
}

impl Port for HubPort {
    const NAME: &str = "usb-hub";
    const CHECK: &str = CHECK;

    fn switch(&self, on: bool, turn: &Turn<'_>) -> Result<(), Failed> {
        let files = self.files()?;
        for file in &files {
            turn.is_last()?;
            let written = (self.write)(file, if on { "0" } else { "1" });
            written.map_err(|e| refused(file, &e))?;
        }
        for file in &files {
            if is_on(file)? != on {
                return Err((
                    says_otherwise(on),
                    "many hubs cannot switch their ports; take one that uhubctl lists as able to, or a relay",
                ));
            }
        }
        Ok(())
    }

    fn called(&self) -> String {
        format!("port {} of the USB hub {}", self.number, self.hub)
    }
}

impl HubPort {
    /// The attribute of the port, and that of the port which it shares its connector with: of a hub for USB 3 the
    /// supply is off when both are.
    fn files(&self) -> Result<Vec<PathBuf>, Failed> {
        let interface = match self.hub.strip_prefix("usb") {
            Some(bus) => format!("{bus}-0:1.0"),
            None => format!("{}:1.0", self.hub),
        };
        let hub = self.sysfs.join("bus/usb/devices").join(interface);
        if !hub.is_dir() {
            return Err((
                "is not there: no hub is plugged in at that place".to_owned(),
                "`lsusb -t` and /sys/bus/usb/devices show where hubs are",
            ));
        }
        let port = hub.join(format!("{}-port{}", self.hub, self.number));
        if !port.is_dir() {
            return Err((
                "is not there: the hub has no such port, or is no hub".to_owned(),
                "its ports are folders beside each other in /sys/bus/usb/devices/HUB:1.0, counted from 1",
            ));
        }
        let own = port.join("disable");
        if !own.exists() {
            return Err((
                format!("cannot be switched: there is no {}", own.display()),
                "Linux has it from 6.0 on; before that, write `driver = \"command\"` with uhubctl",
            ));
        }
        let peer = port.join("peer/disable");
        let peer = peer.exists().then_some(peer);
        Ok([own].into_iter().chain(peer).collect())
    }
}

/// The attribute takes what is written at once; nothing of it is cut off before.
fn write(file: &Path, value: &str) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).open(file)?;
    file.write_all(value.as_bytes())
}

fn refused(file: &Path, e: &io::Error) -> Failed {
    match e.kind() {
        ErrorKind::PermissionDenied => (
            format!("may not be switched by this user: {}: {e}", file.display()),
            RULE,
        ),
        _ => (
            format!("cannot be switched: {}: {e}", file.display()),
            CHECK,
        ),
    }
}

/// What the hub says of a port.
fn is_on(file: &Path) -> Result<bool, Failed> {
    let mut said = String::new();
    let read =
        std::fs::File::open(file).and_then(|file| file.take(LONGEST).read_to_string(&mut said));
    if let Err(e) = read {
        let what = format!("cannot be read back: {}: {e}", file.display());
        return Err((what, CHECK));
    }
    match said.trim() {
        "0" => Ok(true),
        "1" => Ok(false),
        other => {
            let what = format!("cannot be read back: it says `{}`", other.escape_debug());
            Err((what, CHECK))
        }
    }
}

#[cfg(test)]
mod tests;
