//! One spelling for all ways to write the same wire, for whoever compares two: the reader of bench files, and the locks
//! of a host. What the disk says about a path is for them to look up.

use crate::HostSpec;
use crate::settings::Kind;
use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};

/// A value that is no path and no command; nothing where it is no value of its kind.
#[must_use]
pub fn of_text(kind: Kind, text: &str) -> Option<String> {
    match kind {
        Kind::Text => Some(text.to_owned()),
        Kind::Address => {
            let address: IpAddr = text.trim().parse().ok()?;
            Some(address.to_canonical().to_string())
        }
        Kind::Host => Some(match text.parse().ok()? {
            HostSpec::Address(address) => address.to_canonical().to_string(),
            other => other.to_string(),
        }),
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
        assert_ne!(of_text(Kind::Text, "A"), of_text(Kind::Text, "a"));
        assert_eq!(of_text(Kind::Address, "plug"), None);
        assert_eq!(of_path(Path::new("/dev/./x/../ttyUSB0")), "/dev/ttyUSB0");
    }
}
