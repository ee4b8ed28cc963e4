//! What a handshake tells whoever listens to it.

use super::group::counted;
use super::hello::Version;
use super::reply::{Reply, Step};
use super::suites;
use proofhouse_model::bytes::to_hex;
use proofhouse_model::observation::HeardTls;
use sha2::{Digest, Sha256};

/// Most bytes of each side that are looked at: a hello, and a flight with its certificates.
const MOST: usize = 64 << 10;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const SERVER_NAME: u16 = 0;
const SUPPORTED_VERSIONS: u16 = 43;

/// From the first bytes of a client and of a server; nothing where the client does not begin with a whole hello.
pub(crate) fn heard(client: &[u8], server: &[u8]) -> Option<HeardTls> {
    let offer = offer(&message(client.get(..MOST).unwrap_or(client))?)?;
    let mut reply = Reply::default();
    let server = server.get(..MOST).unwrap_or(server);
    let step = reply.feed(server);
    // What is no TLS chose nothing, and what an alert follows had chosen before.
    let chosen = reply.chosen.filter(|_| !matches!(step, Step::Garbled(_)));
    let leaf = reply.leaf.map(|der| to_hex(&Sha256::digest(der)));
    Some(HeardTls {
        sni: offer.name,
        offered: offer.versions,
        chosen: chosen.as_ref().map(|chosen| named(chosen.version)),
        suite: chosen.map(|chosen| suites::name(chosen.suite)),
        certificate: leaf,
    })
}

struct Offer {
    name: Option<String>,
    versions: Vec<String>,
}

fn known(code: u16) -> Option<&'static str> {
    let mut all = Version::ALL.into_iter();
    all.find(|v| v.code() == code).map(Version::name)
}

fn named(code: u16) -> String {
    known(code).map_or_else(|| format!("0x{code:04x}"), str::to_owned)
}

/// The ClientHello at the beginning, put together from its records.
fn message(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut message: Vec<u8> = Vec::new();
    loop {
        let (&[kind, major, _, hi, lo], rest) = bytes.split_first_chunk::<5>()?;
        if kind != HANDSHAKE || major != 3 {
            return None;
        }
        let len = usize::from(u16::from_be_bytes([hi, lo]));
        let content = rest.get(..len).filter(|content| !content.is_empty())?;
        message.extend_from_slice(content);
        bytes = rest.get(len..)?;
        if let Some(&[kind, a, b, c]) = message.first_chunk::<4>() {
            if kind != CLIENT_HELLO {
                return None;
            }
            let len = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
            if let Some(body) = message.get(4..4 + len) {
                return Some(body.to_vec());
            }
        }
    }
}

/// RFC 5246 7.4.1.2, RFC 8446 4.1.2.
fn offer(body: &[u8]) -> Option<Offer> {
    let legacy = u16::from_be_bytes(*body.first_chunk()?);
    let rest = body.get(34..)?;
    let (_, rest) = short_list(rest)?;
    let (_, rest) = counted(rest)?;
    let (_, rest) = short_list(rest)?;
    let mut offer = Offer {
        name: None,
        versions: known(legacy).into_iter().map(str::to_owned).collect(),
    };
    let mut extensions = counted(rest).map_or(&[][..], |(extensions, _)| extensions);
    while let Some((&[a, b], tail)) = extensions.split_first_chunk::<2>() {
        let (content, tail) = counted(tail)?;
        match u16::from_be_bytes([a, b]) {
            SERVER_NAME => offer.name = host_name(content),
            SUPPORTED_VERSIONS => {
                let (codes, _) = short_list(content)?;
                let codes = codes
                    .chunks_exact(2)
                    .map(|c| u16::from_be_bytes([c[0], c[1]]));
                offer.versions = codes.filter_map(known).map(str::to_owned).collect();
            }
            _ => {}
        }
        extensions = tail;
    }
    Some(offer)
}

/// RFC 6066 3: the first host name.
fn host_name(content: &[u8]) -> Option<String> {
    let (names, _) = counted(content)?;
    let (kind, rest) = names.split_first()?;
    let (name, _) = counted(rest).filter(|_| *kind == 0)?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// Bytes with their length in one byte before them, and what follows.
fn short_list(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*len))
}

#[cfg(test)]
mod tests {
    use super::super::hello::{Narrow, client_hello};
    use super::*;
    use proofhouse_model::seeded::Seeded;

    fn hello(version: Version, name: Option<&str>) -> Vec<u8> {
        let mut numbers = Seeded::stream(1, 0);
        client_hello(version, &[0xc02b, 0x1301], Narrow::wide(name), &mut numbers)
    }

    /// A ServerHello of TLS 1.2 and a certificate.
    fn answer() -> Vec<u8> {
        let mut hello = vec![2, 0, 0, 38, 3, 3];
        hello.extend_from_slice(&[7; 32]);
        hello.extend_from_slice(&[0, 0xc0, 0x2b, 0]);
        let der = [0x30; 100];
        let certificate = [&[11, 0, 0, 106, 0, 0, 103, 0, 0, 100][..], &der].concat();
        let flight = [hello, certificate].concat();
        [&[22, 3, 3, 0, flight.len() as u8][..], &flight].concat()
    }

    #[test]
    fn a_hello_and_its_answer_are_read() {
        let tls = heard(&hello(Version::Tls12, Some("cloud.example")), &answer()).unwrap();
        assert_eq!(tls.sni.as_deref(), Some("cloud.example"));
        assert_eq!(tls.offered, ["TLSv1.2"]);
        assert_eq!(tls.chosen.as_deref(), Some("TLSv1.2"));
        assert_eq!(
            tls.suite.as_deref(),
            Some("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")
        );
        assert_eq!(tls.certificate, Some(to_hex(&Sha256::digest([0x30; 100]))));
        let modern = heard(&hello(Version::Tls13, None), b"").unwrap();
        assert_eq!(modern.offered, ["TLSv1.3"]);
        assert_eq!(
            (modern.sni, modern.chosen, modern.certificate),
            (None, None, None)
        );
    }

    #[test]
    fn what_is_no_hello_or_not_whole_tells_nothing() {
        let whole = hello(Version::Tls12, Some("cloud.example"));
        for end in 0..whole.len() {
            assert_eq!(heard(&whole[..end], &answer()), None, "{end}");
        }
        assert_eq!(
            heard(b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n"),
            None
        );
        let plain = heard(&whole, b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        assert_eq!((plain.chosen, plain.suite), (None, None));
        // Lengths that lie end the reading, and nothing else.
        let mut numbers = Seeded::stream(2, 0);
        for _ in 0..2000 {
            let mut bent = whole.clone();
            let at = numbers.below(bent.len());
            bent[at] = numbers.byte();
            let _ = heard(&bent, &bent);
        }
    }
}
