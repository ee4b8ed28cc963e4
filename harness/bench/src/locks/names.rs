//! By which names a wire is known: two benches that mean the same one have a name in common.

mod usb;

pub use usb::on_one_port;

use super::WireName;
use proofhouse_model::drivers::{Own, STRIP_PROGRAMS};
use proofhouse_model::settings::{Kind, Setting};
use proofhouse_model::{Driver, HostSpec, UnitSpec, spelling};
use proofhouse_transport::Budget;
use proofhouse_transport::console::usb::Places;
use proofhouse_transport::net::Host;
use std::collections::BTreeSet;
use std::net::{IpAddr, ToSocketAddrs};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf, absolute};
use std::time::{Duration, Instant};

/// The port that a power switch is on, as a console would be.
const PORT_OF_SWITCH: &[Own] = &[Own {
    what: "port",
    keys: &["serial"],
}];
/// Longest that the addresses of a name are waited for.
const LOOK_UP: Duration = Duration::from_secs(3);
/// The same of a name that hosts on the same link answer for: a unit that is off at the start answers nobody.
const ON_LINKS: Duration = Duration::from_secs(2);

/// What a unit has of its own, as its drivers say; `folder` is the bench file's.
#[must_use]
pub fn wires_of(unit: &UnitSpec, folder: &Path) -> Vec<WireName> {
    wires_at(unit, folder, &Places::default())
}

/// The same with other folders in place of `/sys` and `/dev`.
pub(super) fn wires_at(unit: &UnitSpec, folder: &Path, places: &Places) -> Vec<WireName> {
    let mut out = Vec::new();
    for (channel, wire) in &unit.wires {
        let Some(driver) = Driver::find(*channel, &wire.driver) else {
            continue;
        };
        // Another run would come into its sessions, whatever outlet it is for.
        if let Ok(programs) = wire.settings.command(STRIP_PROGRAMS) {
            out.push(named("strip", command(programs, folder)));
            continue;
        }
        // So it would into the talk on a port, whatever relay of it is meant.
        let on_port = wire.switch.is_some() && wire.settings.get("serial").is_some();
        let owns = if on_port { PORT_OF_SWITCH } else { driver.own };
        for own in owns {
            let get = |key: &str| wire.settings.get(key);
            out.extend(which(driver, own, get, folder).map(|which| named(own.what, which)));
            out.extend(other_names(driver, own, get, folder));
        }
        if usb::is_port(*channel, wire) {
            out.extend(usb::names_of(wire, folder, places));
        }
    }
    out.sort();
    // Held alone, it need not be held with others as well: those stand behind it.
    out.dedup_by(|b, a| (&a.what, &a.which) == (&b.what, &b.which));
    out
}

fn named(what: &str, which: String) -> WireName {
    WireName {
        what: what.to_owned(),
        which,
        shared: false,
    }
}

fn which<'a>(
    driver: &Driver,
    own: &Own,
    get: impl Fn(&str) -> Option<&'a Setting>,
    folder: &Path,
) -> Option<String> {
    let one = |key: &&str| {
        let kind = driver.key(key)?.kind;
        let Some(said) = get(key) else {
            return spelling::of_absent(kind);
        };
        Some(match (said, kind) {
            (Setting::Text(path), Kind::Path) => device(path, folder),
            (Setting::Text(text), kind) => spelling::of_text(kind, text)?,
            (Setting::Words(words), _) => command(words, folder),
            (Setting::Whole(n), _) => n.to_string(),
            (Setting::YesNo(yes), _) => yes.to_string(),
        })
    };
    let all: Option<Vec<String>> = own.keys.iter().map(one).collect();
    Some(all?.join(" ").trim_end().to_owned())
}

/// Other names by which another bench may mean the same wire: a file that is not there yet by its place, a host by the
/// addresses that its name has now, a probe by its kind alone.
fn other_names<'a>(
    driver: &Driver,
    own: &Own,
    get: impl Fn(&str) -> Option<&'a Setting>,
    folder: &Path,
) -> Vec<WireName> {
    let kind_of = |key: &str| driver.key(key).map(|key| key.kind);
    let (key, rest) = match own.keys {
        [key] => (key, String::new()),
        [probe, host] if kind_of(probe) == Some(Kind::Probe) => {
            let Some(Setting::Text(probe)) = get(probe) else {
                return Vec::new();
            };
            let host = match get(host) {
                Some(Setting::Text(host)) => spelling::of_text(Kind::Login, host),
                _ => spelling::of_absent(Kind::Login),
            };
            let kind = kind_of_probe(probe, &host.unwrap_or_default());
            return kind.into_iter().collect();
        }
        // A port of a server, which has as many names as its host.
        [key, port] => match get(port) {
            Some(Setting::Whole(port)) => (key, format!(" {port}")),
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let names = match (get(key), kind_of(key)) {
        (Some(Setting::Text(path)), Some(Kind::Path)) if path.contains('/') => {
            let path = folder.join(path);
            let mut names = vec![in_its_folder(&path)];
            names.extend(path.canonicalize().map(|p| p.display().to_string()));
            names
        }
        (Some(Setting::Text(host)), Some(Kind::Host)) => {
            let host = host.parse::<HostSpec>();
            host.map_or_else(|_| Vec::new(), addresses_of)
        }
        _ => Vec::new(),
    };
    let names = names.into_iter().map(|name| name + &rest);
    names.map(|name| named(own.what, name)).collect()
}

/// `VID:PID`, which another bench may write for the one probe of that kind that is plugged in at that host. A bench
/// that says which serial number it means holds it with all who do the same; one that does not, alone.
fn kind_of_probe(probe: &str, host: &str) -> Option<WireName> {
    let probe = probe.trim().to_lowercase();
    let mut parts = probe.splitn(3, ':');
    let (vid, pid) = (parts.next()?, parts.next()?);
    let serial = parts.next().is_some_and(|serial| !serial.is_empty());
    let pid = pid.split('-').next().unwrap_or(pid);
    let kind = WireName {
        shared: serial,
        ..named("probe", format!("{vid}:{pid} {host}").trim_end().to_owned())
    };
    let whole = format!("{probe} {host}");
    (kind.which != whole.trim_end()).then_some(kind)
}

/// By the folder that it really lies in: it need not be there itself, as a port that comes with its device's supply.
fn in_its_folder(path: &Path) -> String {
    let (parent, name) = (path.parent(), path.file_name());
    let real = parent.and_then(|parent| parent.canonicalize().ok());
    match (real, name) {
        (Some(real), Some(name)) => real.join(name).display().to_string(),
        _ => plain(path),
    }
}

/// What a name stands for now; nothing where that is not told soon. The name as it is spelled is held beside it.
fn addresses_of(host: HostSpec) -> Vec<String> {
    match host {
        HostSpec::Name(name) => told_soon(vec![Box::new(move || by_system(&name))], LOOK_UP),
        // As the driver asks, on the links; the system may know it in another way.
        HostSpec::Multicast(name) => {
            let known = name.clone();
            let asks: Vec<Ask> = vec![
                Box::new(move || by_system(&known)),
                Box::new(move || on_links(name)),
            ];
            told_soon(asks, ON_LINKS)
        }
        HostSpec::Address(_) | HostSpec::Zoned(..) => Vec::new(),
    }
}

/// Somebody who may know addresses.
pub(super) type Ask = Box<dyn FnOnce() -> Vec<IpAddr> + Send>;

/// What all of them tell within this time. On threads: the system's own look-up knows no deadline.
pub(super) fn told_soon(asks: Vec<Ask>, within: Duration) -> Vec<String> {
    let until = Instant::now() + within;
    let (tell, told) = std::sync::mpsc::channel();
    for ask in asks {
        let tell = tell.clone();
        std::thread::spawn(move || {
            // Nobody may be waiting any more.
            let _ = tell.send(ask());
        });
    }
    drop(tell);
    let mut found = BTreeSet::new();
    while let Ok(addresses) = told.recv_timeout(until.saturating_duration_since(Instant::now())) {
        let addresses = addresses.into_iter();
        found.extend(addresses.map(|address| address.to_canonical().to_string()));
    }
    found.into_iter().collect()
}

fn by_system(name: &str) -> Vec<IpAddr> {
    let found = (name, 0).to_socket_addrs();
    found.map_or_else(|_| Vec::new(), |all| all.map(|a| a.ip()).collect())
}

fn on_links(name: String) -> Vec<IpAddr> {
    let host = Host::new(HostSpec::Multicast(name));
    let found = host.and_then(|host| host.address(&Budget::of(ON_LINKS)));
    found.into_iter().collect()
}

/// A device file by its number, so that links, hard links and other names of it are one wire.
pub(super) fn device(path: &str, folder: &Path) -> String {
    if !path.contains('/') {
        return path.to_lowercase();
    }
    let path = folder.join(path);
    match std::fs::metadata(&path) {
        Ok(m) if m.file_type().is_char_device() => format!("device {:x}", m.rdev()),
        Ok(m) => format!("file {:x} {:x}", m.dev(), m.ino()),
        Err(_) => in_its_folder(&path),
    }
}

/// A program by the file that it is, and so is an argument that looks like a path and is there: a script called with
/// the list of its own bench switches other units than the same script with the list of another.
pub(super) fn command(words: &[String], folder: &Path) -> String {
    let mut words = words.to_vec();
    for word in words.iter_mut().skip(1) {
        let path = folder.join(&*word);
        if word.contains(['/', '.']) && path.exists() {
            *word = device(&path.display().to_string(), folder);
        }
    }
    if let Some(program) = words.first_mut() {
        let place = match program.contains('/') {
            true => Some(folder.join(&program)),
            false => on_path(program),
        };
        let real = place.map(|p| {
            p.canonicalize()
                .map_or_else(|_| plain(&p), |p| p.display().to_string())
        });
        *program = real.unwrap_or_else(|| program.clone());
    }
    format!("{words:?}")
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|folder| folder.join(program));
    places.find(|place| place.is_file())
}

/// Without `.` and `..`, and from the root.
fn plain(path: &Path) -> String {
    let whole = absolute(path).unwrap_or_else(|_| path.to_owned());
    spelling::of_path(&whole)
}
