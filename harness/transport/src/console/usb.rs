//! Serial ports by what their USB adapter is, as sysfs tells it: no library is asked.
//!
//! A number such as `ttyUSB0` is given to whichever adapter comes first; serial number, kind and place stay.

use super::tty::bench;
use proofhouse_model::Trouble;
use proofhouse_model::nearest::nearest;
use proofhouse_model::settings::Settings;
use std::fmt;
use std::path::{Path, PathBuf};

/// Longest attribute that is read, bytes.
const LONGEST: usize = 1 << 10;

/// Where the system tells of its ports, and has them.
#[derive(Debug, Clone)]
pub struct Places {
    sysfs: PathBuf,
    dev: PathBuf,
}

impl Default for Places {
    fn default() -> Self {
        Self::at("/sys", "/dev")
    }
}

impl Places {
    /// Other folders in place of `/sys` and `/dev`.
    pub fn at(sysfs: impl Into<PathBuf>, dev: impl Into<PathBuf>) -> Self {
        Self {
            sysfs: sysfs.into(),
            dev: dev.into(),
        }
    }

    /// Every port of a USB adapter that is plugged in now, by name.
    #[must_use]
    pub fn plugged(&self) -> Vec<Plugged> {
        let Ok(all) = std::fs::read_dir(self.sysfs.join("class/tty")) else {
            return Vec::new();
        };
        let ports = all.filter_map(|entry| self.port(&entry.ok()?.path()));
        let mut ports: Vec<_> = ports.collect();
        ports.sort_by(|a, b| (a.name.len(), &a.name).cmp(&(b.name.len(), &b.name)));
        ports
    }

    /// The port that a path leads to now, where it is one of a USB adapter.
    #[must_use]
    pub fn at_path(&self, path: &Path) -> Option<Plugged> {
        let real = path.canonicalize().ok()?;
        let same = |port: &Plugged| port.path.canonicalize().is_ok_and(|p| p == real);
        self.plugged().into_iter().find(same)
    }

    fn port(&self, entry: &Path) -> Option<Plugged> {
        let root = self.sysfs.canonicalize().ok()?;
        let device = entry.join("device").canonicalize().ok()?;
        let folders = || device.ancestors().take_while(|f| f.starts_with(&root));
        let interface = folders().find(|f| f.join("bInterfaceNumber").is_file())?;
        let usb = folders().find(|f| f.join("idVendor").is_file())?;
        let name = entry.file_name()?.to_str()?.to_owned();
        let told = |key: &str| attribute(&usb.join(key));
        Some(Plugged {
            path: self.dev.join(&name),
            name,
            kind: format!("{}:{}", told("idVendor")?, told("idProduct")?).to_lowercase(),
            serial: told("serial"),
            port: usb.file_name()?.to_str()?.to_owned(),
            interface: interface.file_name()?.to_str()?.to_owned(),
        })
    }
}

pub(crate) fn attribute(path: &Path) -> Option<String> {
    use std::io::Read;
    let mut text = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(LONGEST as u64).read_to_end(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// A port of a USB adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugged {
    /// Such as `ttyUSB0`: whichever was free.
    pub name: String,
    /// Its device file.
    pub path: PathBuf,
    /// VID:PID in small hex digits.
    pub kind: String,
    /// The adapter's serial number; cheap ones have none.
    pub serial: Option<String>,
    /// Where the adapter is plugged in, such as `1-1.4`.
    pub port: String,
    /// Which of its interfaces that is, such as `1-1.4:1.0`.
    pub interface: String,
}

impl fmt::Display for Plugged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, kind, interface) = (self.path.display(), &self.kind, &self.interface);
        write!(f, "{path} ({kind}")?;
        match &self.serial {
            Some(serial) => write!(f, ", serial number {}", serial.escape_debug())?,
            None => f.write_str(", no serial number")?,
        }
        write!(f, ", at {interface})")
    }
}

/// What a bench file says of an adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// `usb-serial`: its serial number.
    Serial(String),
    /// `usb`: its VID:PID, of which one alone is plugged in.
    Kind(String),
    /// `usb-port`: where it is plugged in, with the interface where it has several ports.
    Port(String),
}

impl Wanted {
    /// By the settings of a serial port, where they name an adapter.
    ///
    /// # Errors
    /// Bench trouble: a setting is no text.
    pub fn of(settings: &Settings) -> Result<Option<Self>, Trouble> {
        let text = |key| settings.optional(key, Settings::text);
        let serial = text("usb-serial")?.map(|s| Self::Serial(s.to_owned()));
        let kind = text("usb")?.map(|s| Self::Kind(s.to_lowercase()));
        let port = text("usb-port")?.map(|s| Self::Port(s.to_owned()));
        Ok(serial.or(kind).or(port))
    }

    /// Its key in a bench file.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::Serial(_) => "usb-serial",
            Self::Kind(_) => "usb",
            Self::Port(_) => "usb-port",
        }
    }

    fn value(&self) -> &str {
        match self {
            Self::Serial(text) | Self::Kind(text) | Self::Port(text) => text,
        }
    }

    fn fits(&self, port: &Plugged) -> bool {
        match self {
            Self::Serial(serial) => port.serial.as_ref() == Some(serial),
            Self::Kind(kind) => port.kind == *kind,
            Self::Port(place) => port.port == *place || port.interface == *place,
        }
    }

    /// What such a key says of a port.
    fn named<'a>(&self, port: &'a Plugged) -> Option<&'a str> {
        match self {
            Self::Serial(_) => port.serial.as_deref(),
            Self::Kind(_) => Some(&port.kind),
            Self::Port(place) if place.contains(':') => Some(&port.interface),
            Self::Port(_) => Some(&port.port),
        }
    }

    /// The one port that fits now.
    ///
    /// # Errors
    /// Bench trouble: none fits, with what is plugged in and the nearest name; or several do, with all of them.
    pub fn find(&self, places: &Places) -> Result<Plugged, Trouble> {
        let all = places.plugged();
        let mut fit = all.iter().filter(|port| self.fits(port));
        match (fit.next(), fit.next()) {
            (Some(one), None) => Ok(one.clone()),
            (Some(_), Some(_)) => Err(self.several(&all)),
            (None, _) => Err(self.none(&all)),
        }
    }

    /// As [`Wanted::find`], but of an adapter with several ports the first one.
    ///
    /// # Errors
    /// Bench trouble: none fits, or ports of several adapters do.
    pub fn find_first(&self, places: &Places) -> Result<Plugged, Trouble> {
        let all = places.plugged();
        let fit = || all.iter().filter(|port| self.fits(port));
        match fit().min_by_key(|port| (port.interface.len(), &port.interface)) {
            Some(first) if fit().all(|port| port.port == first.port) => Ok(first.clone()),
            _ => self.find(places),
        }
    }

    fn several(&self, all: &[Plugged]) -> Trouble {
        let fit: Vec<_> = all.iter().filter(|port| self.fits(port)).collect();
        let names: Vec<_> = fit.iter().map(ToString::to_string).collect();
        let what = format!("{} ports are {self}: {}", fit.len(), names.join(", "));
        let next = match self {
            Self::Kind(_) => {
                "write `usb-serial` with the serial number, or `usb-port` with the place, of the one meant"
            }
            _ => {
                "write `usb-port` with the interface of the one meant, such as `usb-port = \"1-1.4:1.0\"`"
            }
        };
        bench(what, next)
    }

    fn none(&self, all: &[Plugged]) -> Trouble {
        let names: Vec<_> = all.iter().map(ToString::to_string).collect();
        let there = match names.is_empty() {
            true => "no serial adapter is plugged in on USB".to_owned(),
            false => format!("plugged in: {}", names.join(", ")),
        };
        let near = nearest(self.value(), all.iter().filter_map(|port| self.named(port)));
        let next = match near {
            Some(near) => format!(
                "`{} = {near:?}` is near; check the cable and the adapter",
                self.key()
            ),
            None => "check the cable and the adapter".to_owned(),
        };
        bench(format!("there is no port that is {self}; {there}"), &next)
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key(), self.value().escape_debug())
    }
}

/// What to write for a port that a bench file names by its number, such as `/dev/ttyUSB0`, which the next adapter may
/// have; nothing for other paths.
#[must_use]
pub fn advice(path: &Path, places: &Places) -> Option<String> {
    let name = path.strip_prefix(&places.dev).ok()?.to_str()?;
    let number = ["ttyUSB", "ttyACM"]
        .iter()
        .find_map(|kind| name.strip_prefix(kind))?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let path = path.display();
    let says = format!("{path} is whichever adapter has this number just now");
    Some(match places.at_path(&places.dev.join(name)) {
        Some(port) => format!(
            "{says}; it is known for good by {}",
            places.names_of(&port).join(" or ")
        ),
        None => format!(
            "{says}, and no USB adapter has it; `usb-serial`, `usb-port` or a path of /dev/serial/by-id stays with one"
        ),
    })
}

impl Places {
    /// Every stable name by which this port alone is known, as in a bench file.
    fn names_of(&self, port: &Plugged) -> Vec<String> {
        let serial = port.serial.clone().map(Wanted::Serial);
        let ways = [
            serial,
            Some(Wanted::Port(port.interface.clone())),
            Some(Wanted::Kind(port.kind.clone())),
        ];
        let alone = |wanted: &Wanted| wanted.find(self).is_ok_and(|found| found == *port);
        let ways = ways.into_iter().flatten().filter(alone);
        let mut names: Vec<_> = ways
            .map(|wanted| format!("`{} = {:?}`", wanted.key(), wanted.value()))
            .collect();
        let folder = self.dev.join("serial/by-id");
        let links = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let here = |link: &PathBuf| self.at_path(link).is_some_and(|found| found == *port);
        let links = links.map(|link| link.path()).filter(here);
        names.extend(links.map(|link| format!("`port = {:?}`", link.display().to_string())));
        names
    }
}
