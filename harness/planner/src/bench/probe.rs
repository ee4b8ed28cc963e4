//! What names a debug probe, and which names may be one probe's.

/// `VID:PID`, `VID:PID:SERIAL` or `VID:PID-IF:SERIAL`, as probe-rs reads it.
pub struct Probe<'a> {
    kind: (&'a str, &'a str),
    interface: Option<u8>,
    serial: Option<&'a str>,
}

impl<'a> Probe<'a> {
    /// The probe that a text names.
    pub fn of(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let (vendor, product, serial) = (parts.next()?, parts.next()?, parts.next());
        let (product, interface) = match product.split_once('-') {
            None => (product, None),
            Some((product, interface)) => (product, Some(interface.parse().ok()?)),
        };
        let hex = |p: &str| p.len() == 4 && p.bytes().all(|b| b.is_ascii_hexdigit());
        (hex(vendor) && hex(product)).then_some(Self {
            kind: (vendor, product),
            interface,
            serial,
        })
    }

    /// What one of the two should say, where both may name the same probe.
    pub fn may_be(&self, other: &Self) -> Option<(&'static str, &'static str)> {
        if self.kind != other.kind {
            return None;
        }
        let unlike = |a: Option<&str>, b: Option<&str>| a.is_some() && b.is_some() && a != b;
        let apart = self.interface.is_some()
            && other.interface.is_some()
            && self.interface != other.interface;
        if unlike(self.serial, other.serial) || apart {
            return None;
        }
        Some(match self.serial == other.serial {
            true => ("one names no interface", "VID:PID-IF:SERIAL for both"),
            false => ("one has no serial number", "VID:PID:SERIAL for both"),
        })
    }
}
