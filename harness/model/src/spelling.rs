//! One spelling for all ways to write the same wire, for whoever compares two: the reader of bench files, and the locks
//! of a host. What the disk says about a path is for them to look up.

use crate::HostSpec;
use crate::settings::{Kind, mac_of};
use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};

/// By these a login is on this computer.
const THIS_COMPUTER: [&str; 2] = ["localhost", "127.0.0.1"];

/// What an absent value of that kind names, where it names something: no login is one on this computer.
#[must_use]
pub fn of_absent(kind: Kind) -> Option<String> {
    (kind == Kind::Login).then(String::new)
}

/// A value that is no path and no command; nothing where it is no value of its kind.
#[must_use]
pub fn of_text(kind: Kind, text: &str) -> Option<String> {
    match kind {
        Kind::Text => Some(text.to_owned()),
        // Whoever logs in, it is the same computer.
        Kind::Login => {
            let host = text.rsplit('@').next().unwrap_or(text).to_lowercase();
            Some(match THIS_COMPUTER.contains(&host.as_str()) {
                true => String::new(),
                false => host,
            })
        }
        Kind::Address => {
            let address: IpAddr = text.trim().parse().ok()?;
            Some(address.to_canonical().to_string())
        }
        Kind::Host => Some(match text.parse().ok()? {
            HostSpec::Address(address) => address.to_canonical().to_string(),
            other => other.to_string(),
        }),
        Kind::Mac => mac_of(text).map(|mac| mac.map(|byte| format!("{byte:02x}")).join(":")),
        _ => Some(text.trim().to_lowercase()),
    }
}

/// A path from the root, without `.` and `..`.
#[must_use]
pub fn of_path(whole: &Path) -> String {
    let mut out = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            part => out.push(part),
        }
    }
    out.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wire_has_one_spelling() {
        let same = |kind, a, b| assert_eq!(of_text(kind, a), of_text(kind, b), "{a} {b}");
        same(Kind::Host, "fd00:0:0::1", " FD00::1");
        same(Kind::Host, "::ffff:192.0.2.7", "192.0.2.7");
        same(Kind::Host, "Plug.Local.", "plug.local");
        same(Kind::Host, "fe80:0::1%eth0", "FE80::1%eth0");
        same(Kind::Address, "::ffff:192.0.2.7", "192.0.2.7 ");
        same(Kind::Probe, "1366:1015:00AB", "1366:1015:00ab");
        same(Kind::Login, "lab@Bench-2", "bench-2");
        assert_eq!(
            of_text(Kind::Login, "lab@localhost"),
            of_absent(Kind::Login)
        );
        assert_ne!(of_text(Kind::Login, "bench-2"), of_absent(Kind::Login));
        assert_eq!(of_absent(Kind::Host), None);
        same(Kind::Mac, "02-00-00-00-0A-17", " 02:00:00:00:0a:17");
        assert_ne!(of_text(Kind::Text, "A"), of_text(Kind::Text, "a"));
        assert_eq!(of_text(Kind::Address, "plug"), None);
        assert_eq!(of_path(Path::new("/dev/./x/../ttyUSB0")), "/dev/ttyUSB0");
    }
}
