//! ClientHello messages made by hand (RFC 6101, 2246, 4346, 5246, 8446; section 4.1.2 of the last).

use proofhouse_model::seeded::Seeded;

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

/// What of a hello may be narrowed down, to see what else a server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Narrow<'a> {
    /// Server name.
    pub(super) name: Option<&'a str>,
    /// Named groups.
    pub(super) groups: &'a [u16],
    /// Signature schemes.
    pub(super) schemes: &'a [u16],
}

impl<'a> Narrow<'a> {
    /// What a client of many kinds of servers offers.
    pub(super) const fn wide(name: Option<&'a str>) -> Self {
        Self {
            name,
            groups: &GROUPS,
            schemes: &SCHEMES,
        }
    }
}

const X25519: u16 = 29;
const GROUPS: [u16; 6] = [X25519, 23, 24, 25, 30, 22];
const SCHEMES: [u16; 17] = [
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401,
    0x0501, 0x0601, 0x0203, 0x0201, 0x0402,
];

/// One record with a ClientHello for exactly this version and these suites. What real clients vary is drawn from
/// `numbers`: a server must not be able to tell an assessment by its hello.
pub(super) fn client_hello(
    version: Version,
    suites: &[u16],
    narrow: Narrow<'_>,
    numbers: &mut Seeded,
) -> Vec<u8> {
    let modern = version == Version::Tls13;
    let legacy = if modern { Version::Tls12 } else { version };
    // RFC 8701: browsers of one family mix in values that mean nothing.
    let grease = (version.code() >= Version::Tls12.code() && numbers.byte() & 1 == 0)
        .then(|| u16::from_be_bytes([numbers.byte() & 0xf0 | 0x0a; 2]));
    let mut body = legacy.code().to_be_bytes().to_vec();
    body.extend(random(numbers));
    if modern {
        body.push(32);
        body.extend(random(numbers));
    } else {
        body.push(0);
    }
    let mut list: Vec<u16> = suites.to_vec();
    numbers.shuffle(&mut list);
    if let Some(grease) = grease {
        list.insert(0, grease);
    }
    if !modern {
        list.push(RENEGOTIATION_SCSV);
    }
    put16(&mut body, &words(&list));
    body.extend_from_slice(&[1, 0]);
    if version != Version::Ssl3 {
        put16(&mut body, &extensions(version, narrow, grease, numbers));
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

/// No key is ever agreed with it, so it need not be secret.
fn random(numbers: &mut Seeded) -> [u8; 32] {
    std::array::from_fn(|_| numbers.byte())
}

fn extensions(
    version: Version,
    narrow: Narrow<'_>,
    grease: Option<u16>,
    numbers: &mut Seeded,
) -> Vec<u8> {
    let mut all: Vec<(u16, Vec<u8>)> = Vec::new();
    if let Some(name) = narrow.name {
        let mut entry = vec![0];
        put16(&mut entry, name.as_bytes());
        all.push((0, vec16(&entry)));
    }
    let groups: Vec<u16> = grease
        .into_iter()
        .chain(narrow.groups.iter().copied())
        .collect();
    all.push((10, vec16(&words(&groups))));
    all.push((11, vec![1, 0]));
    if version.code() >= Version::Tls12.code() {
        all.push((13, vec16(&words(narrow.schemes))));
    }
    // Extended master secret: some small stacks insist on it.
    all.push((23, Vec::new()));
    if version == Version::Tls13 {
        all.push((43, vec![2, 0x03, 0x04]));
        all.push((45, vec![1, 1]));
        // Any 32 bytes are a public key for X25519. The answer is never used.
        let mut share = X25519.to_be_bytes().to_vec();
        put16(&mut share, &random(numbers));
        all.push((51, vec16(&share)));
    }
    // As browsers do: no order is asked for (RFC 8446 section 4.2) but for one extension that is not sent here.
    numbers.shuffle(&mut all);
    if let Some(grease) = grease {
        all.insert(0, (grease, Vec::new()));
    }
    let mut out = Vec::new();
    for (kind, content) in all {
        extension(&mut out, kind, &content);
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
            for seed in 0..20 {
                let numbers = &mut Seeded::new(seed);
                let r = client_hello(
                    version,
                    &[0x002f, 0xc02b],
                    Narrow::wide(Some("plug.local")),
                    numbers,
                );
                let len = |at: usize| usize::from(u16::from_be_bytes([r[at], r[at + 1]]));
                assert_eq!(len(3) + 5, r.len());
                assert_eq!(len(7) + 9, r.len());
                let has_name = r.windows(10).any(|w| w == b"plug.local");
                assert_eq!(has_name, version != Version::Ssl3);
            }
        }
    }

    #[test]
    fn no_two_hellos_are_alike() {
        let numbers = &mut Seeded::new(1);
        for version in Version::ALL {
            let mut hello = || {
                client_hello(
                    version,
                    &[0x002f, 0xc02b, 0xc02c],
                    Narrow::wide(None),
                    numbers,
                )
            };
            let all: std::collections::BTreeSet<_> = (0..20).map(|_| hello()).collect();
            assert_eq!(all.len(), 20);
            let randoms: std::collections::BTreeSet<_> = all.iter().map(|h| &h[11..43]).collect();
            assert_eq!(randoms.len(), 20);
        }
    }
}
