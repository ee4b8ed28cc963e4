//! ClientHello messages made by hand (RFC 6101, 2246, 4346, 5246, 8446; section 4.1.2 of the last).

/// A protocol version that is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Ssl3,
    Tls10,
    Tls11,
    Tls12,
    Tls13,
}

impl Version {
    /// All, oldest first.
    pub(super) const ALL: [Self; 5] = [
        Self::Ssl3,
        Self::Tls10,
        Self::Tls11,
        Self::Tls12,
        Self::Tls13,
    ];

    /// The name used in observations.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ssl3 => "SSLv3",
            Self::Tls10 => "TLSv1.0",
            Self::Tls11 => "TLSv1.1",
            Self::Tls12 => "TLSv1.2",
            Self::Tls13 => "TLSv1.3",
        }
    }

    /// The number on the wire.
    pub(super) const fn code(self) -> u16 {
        match self {
            Self::Ssl3 => 0x0300,
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
            Self::Tls13 => 0x0304,
        }
    }
}

/// Signalling value: secure renegotiation is known (RFC 5746). Some servers turn others away.
const RENEGOTIATION_SCSV: u16 = 0x00ff;

/// One record with a ClientHello for exactly this version and these suites.
pub(super) fn client_hello(version: Version, suites: &[u16], name: Option<&str>) -> Vec<u8> {
    let modern = version == Version::Tls13;
    let legacy = if modern { Version::Tls12 } else { version };
    let mut body = legacy.code().to_be_bytes().to_vec();
    // The value need not be secret: no key is ever agreed with it.
    body.extend_from_slice(&[0x5a; 32]);
    if modern {
        body.push(32);
        body.extend_from_slice(&[0xa5; 32]);
    } else {
        body.push(0);
    }
    let mut list: Vec<u8> = suites.iter().flat_map(|s| s.to_be_bytes()).collect();
    if !modern {
        list.extend_from_slice(&RENEGOTIATION_SCSV.to_be_bytes());
    }
    put16(&mut body, &list);
    body.extend_from_slice(&[1, 0]);
    if version != Version::Ssl3 {
        put16(&mut body, &extensions(version, name));
    }
    let mut message = vec![1];
    message.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
    message.extend_from_slice(&body);
    // RFC 8446 section 5.1: the first record says 1.0 whatever is offered, for the sake of old peers.
    let outer = if version == Version::Ssl3 {
        0x0300_u16
    } else {
        0x0301
    };
    let mut record = vec![22];
    record.extend_from_slice(&outer.to_be_bytes());
    put16(&mut record, &message);
    record
}

fn extensions(version: Version, name: Option<&str>) -> Vec<u8> {
    const X25519: u16 = 29;
    const GROUPS: [u16; 6] = [X25519, 23, 24, 25, 30, 22];
    const SCHEMES: [u16; 17] = [
        0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b,
        0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0402,
    ];
    let mut out = Vec::new();
    if let Some(name) = name {
        let mut entry = vec![0];
        put16(&mut entry, name.as_bytes());
        extension(&mut out, 0, &vec16(&entry));
    }
    extension(&mut out, 10, &vec16(&words(&GROUPS)));
    extension(&mut out, 11, &[1, 0]);
    if version.code() >= Version::Tls12.code() {
        extension(&mut out, 13, &vec16(&words(&SCHEMES)));
    }
    // Extended master secret: some small stacks insist on it.
    extension(&mut out, 23, &[]);
    if version == Version::Tls13 {
        extension(&mut out, 43, &[2, 0x03, 0x04]);
        extension(&mut out, 45, &[1, 1]);
        // Any 32 bytes are a public key for X25519; 9 is its base point. The answer is never used.
        let mut share = X25519.to_be_bytes().to_vec();
        let mut point = [0; 32];
        point[0] = 9;
        put16(&mut share, &point);
        extension(&mut out, 51, &vec16(&share));
    }
    out
}

fn extension(out: &mut Vec<u8>, kind: u16, content: &[u8]) {
    out.extend_from_slice(&kind.to_be_bytes());
    put16(out, content);
}

fn words(list: &[u16]) -> Vec<u8> {
    list.iter().flat_map(|w| w.to_be_bytes()).collect()
}

fn vec16(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put16(&mut out, content);
    out
}

/// Content with its length before it. Contents here are far below 64 KiB: suites come in small groups and names are
/// cut by `talk`.
fn put16(out: &mut Vec<u8>, content: &[u8]) {
    out.extend_from_slice(&(content.len() as u16).to_be_bytes());
    out.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_fit_the_record() {
        for version in Version::ALL {
            let r = client_hello(version, &[0x002f, 0xc02b], Some("plug.local"));
            let len = |at: usize| usize::from(u16::from_be_bytes([r[at], r[at + 1]]));
            assert_eq!(len(3) + 5, r.len());
            assert_eq!(len(7) + 9, r.len());
            let has_name = r.windows(10).any(|w| w == b"plug.local");
            assert_eq!(has_name, version != Version::Ssl3);
        }
    }
}
