//! How a bench file says where a host is.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// Longest name of a host (RFC 1035), and of a part of it.
const LONGEST: (usize, usize) = (253, 63);
/// Longest name of a network interface.
const LONGEST_ZONE: usize = 15;

/// Where a host is found: an address, or a name that is looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum HostSpec {
    /// An address of one host.
    Address(IpAddr),
    /// A link-local address, and this host's interface that it is behind.
    Zoned(Ipv6Addr, String),
    /// A name of the system's resolver.
    Name(String),
    /// A name that hosts on the same link answer for, such as `plug.local`.
    Multicast(String),
}

impl HostSpec {
    /// The address, where it says one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(*address),
            Self::Zoned(address, _) => Some((*address).into()),
            Self::Name(_) | Self::Multicast(_) => None,
        }
    }
}

impl fmt::Display for HostSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address}"),
            Self::Zoned(address, zone) => write!(f, "{address}%{zone}"),
            Self::Name(name) | Self::Multicast(name) => f.write_str(name),
        }
    }
}

impl FromStr for HostSpec {
    /// What is wrong with it, for whoever wrote it.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Some((address, zone)) = text.split_once('%') {
            return zoned(address, zone);
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            let is_link_local = matches!(address, IpAddr::V6(a) if a.is_unicast_link_local());
            return match single(address) {
                Err(why) => Err(why),
                Ok(()) if is_link_local => {
                    Err("a link-local address says nothing without its interface")
                }
                Ok(()) => Ok(Self::Address(address)),
            };
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        named(&name)?;
        Ok(match name.ends_with(".local") {
            true => Self::Multicast(name),
            false => Self::Name(name),
        })
    }
}

fn zoned(address: &str, zone: &str) -> Result<HostSpec, &'static str> {
    let address: Ipv6Addr = address
        .parse()
        .map_err(|_| "this is no IPv6 address before the `%`")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !address.is_unicast_link_local() {
        return Err("an interface belongs to a link-local address only, one of fe80::/10");
    }
    if zone.is_empty() || zone.len() > LONGEST_ZONE || !zone.chars().all(plain) {
        return Err("this is no name of a network interface behind the `%`");
    }
    Ok(HostSpec::Zoned(address, zone.to_owned()))
}

/// Of one host.
fn single(address: IpAddr) -> Result<(), &'static str> {
    let broadcast = matches!(address, IpAddr::V4(a) if a.is_broadcast());
    match address.is_unspecified() || address.is_multicast() || broadcast {
        true => Err("this is the address of no single host"),
        false => Ok(()),
    }
}

fn named(name: &str) -> Result<(), &'static str> {
    let part = |part: &str| {
        let fits = part
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        let ends = part.starts_with('-') || part.ends_with('-');
        fits && !ends && !part.is_empty() && part.len() <= LONGEST.1
    };
    if name.is_empty() || name.len() > LONGEST.0 || !name.split('.').all(part) {
        return Err("this is neither an IP address nor a name of a host");
    }
    // Such as 192.168.1 or 10.0.0.256; the system takes 0x7f000001 for an address as well.
    let last = name.rsplit('.').next().unwrap_or_default();
    let hex = |rest: &str| rest.bytes().all(|b| b.is_ascii_hexdigit());
    match last.bytes().all(|b| b.is_ascii_digit()) || last.strip_prefix("0x").is_some_and(hex) {
        true => Err("this is no IP address, and no name of a host ends in a number"),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_zones_and_names_are_told_apart() {
        let read = |text: &str| text.parse::<HostSpec>();
        assert_eq!(
            read("192.168.1.7"),
            Ok(HostSpec::Address([192, 168, 1, 7].into()))
        );
        let zoned = read("FE80::1%eth0").unwrap();
        assert_eq!(
            zoned,
            HostSpec::Zoned("fe80::1".parse().unwrap(), "eth0".into())
        );
        assert_eq!(zoned.to_string(), "fe80::1%eth0");
        assert_eq!(
            read("Plug-1.LOCAL."),
            Ok(HostSpec::Multicast("plug-1.local".into()))
        );
        assert_eq!(
            read("plug.lab.example"),
            Ok(HostSpec::Name("plug.lab.example".into()))
        );
        assert_eq!(read("localhost").unwrap().to_string(), "localhost");
    }

    #[test]
    fn what_is_none_is_said_why() {
        for (text, why) in [
            ("fe80::1", "interface"),
            ("2001:db8::1%eth0", "link-local"),
            ("fe80::1%", "interface"),
            ("fe80::1%a b", "interface"),
            ("plug%eth0", "IPv6"),
            ("192.168.1.300", "ends in a number"),
            ("192.168.1", "ends in a number"),
            ("0x7f530901", "ends in a number"),
            ("0.0.0.0", "no single host"),
            ("ff02::1", "no single host"),
            ("http://plug", "neither"),
            ("plug..local", "neither"),
            ("-plug", "neither"),
            ("", "neither"),
        ] {
            let said = text.parse::<HostSpec>().unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
