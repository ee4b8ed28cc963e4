//! What a server answers to a hello: records put together, then the first messages read. Bounded: 64 KiB.

use super::hello::Version;

/// Most bytes of handshake kept; a chain of certificates fits well.
const MOST: usize = 64 * 1024;

/// The choice of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Version on the wire, from the extension when there is one.
    pub(super) version: u16,
    /// Suite.
    pub(super) suite: u16,
}

/// State after some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// More bytes are needed.
    More,
    /// The server chose, and everything wanted is here.
    Done,
    /// A fatal alert or a goodbye, by number.
    Alert(u8),
    /// This is not TLS, or too much of it.
    Garbled(String),
}

/// Reads a flight of a server, fed in pieces of any size.
#[derive(Debug, Default)]
pub(super) struct Reply {
    raw: Vec<u8>,
    handshake: Vec<u8>,
    read: usize,
    /// The choice, once it came.
    pub(super) chosen: Option<Chosen>,
    /// DER of the leaf, once it came.
    pub(super) leaf: Option<Vec<u8>>,
    /// What the key is agreed with (RFC 5246 7.4.3), where a message says so.
    pub(super) exchange: Option<Vec<u8>>,
}

impl Reply {
    /// Takes bytes from the wire.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Step {
        self.raw.extend_from_slice(bytes);
        loop {
            let Some(head) = self.raw.first_chunk::<5>().copied() else {
                return self.plausible();
            };
            let [kind, major, _, hi, lo] = head;
            if !(20..=24).contains(&kind) || major != 3 {
                return self.garbled();
            }
            let len = usize::from(u16::from_be_bytes([hi, lo]));
            if self.raw.len() < 5 + len {
                return Step::More;
            }
            let content: Vec<u8> = self.raw.drain(..5 + len).skip(5).collect();
            match kind {
                21 => match content[..] {
                    // A warning other than a goodbye lets the handshake go on.
                    [1, what] if what != 0 => {}
                    [_, what] => return Step::Alert(what),
                    _ => return Step::Garbled("an alert of wrong length".to_owned()),
                },
                22 => {
                    self.handshake.extend_from_slice(&content);
                    if self.handshake.len() > MOST {
                        return Step::Garbled("more than 64 KiB of handshake".to_owned());
                    }
                    match self.messages() {
                        Step::More => {}
                        step => return step,
                    }
                }
                // Encrypted from here on: nothing more to read in the clear.
                _ if self.chosen.is_some() => return Step::Done,
                20 => {}
                _ => return Step::Garbled(format!("a record of type {kind} before any choice")),
            }
        }
    }

    /// Fewer than five bytes: more may come, unless they cannot be the start of a record.
    fn plausible(&self) -> Step {
        match self.raw.first() {
            Some(kind) if !(20..=24).contains(kind) => self.garbled(),
            _ => Step::More,
        }
    }

    fn garbled(&self) -> Step {
        let start: Vec<u8> = self.raw.iter().take(24).copied().collect();
        Step::Garbled(format!(
            "it answers `{}`, which is no TLS",
            start.escape_ascii()
        ))
    }

    fn messages(&mut self) -> Step {
        loop {
            let rest = &self.handshake[self.read..];
            let Some(&[kind, a, b, c]) = rest.first_chunk::<4>() else {
                return Step::More;
            };
            let len = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
            let Some(body) = rest.get(4..4 + len) else {
                return Step::More;
            };
            match kind {
                2 => match server_hello(body) {
                    Some(chosen) => self.chosen = Some(chosen),
                    None => return Step::Garbled("a ServerHello cut short".to_owned()),
                },
                11 if self.chosen.is_some() => self.leaf = first_certificate(body),
                12 if self.chosen.is_some() => self.exchange = Some(body.to_vec()),
                _ => {}
            }
            self.read += 4 + len;
            let Some(chosen) = &self.chosen else {
                continue;
            };
            let hidden = chosen.version >= Version::Tls13.code();
            // After the key exchange comes nothing of interest, and after ServerHelloDone (14) nothing.
            if hidden || self.exchange.is_some() || kind == 14 {
                return Step::Done;
            }
        }
    }
}

/// Version and suite of a ServerHello (RFC 5246 7.4.1.3, RFC 8446 4.1.3); a HelloRetryRequest has the same shape.
fn server_hello(body: &[u8]) -> Option<Chosen> {
    let legacy = u16::from_be_bytes(*body.first_chunk()?);
    let session = usize::from(*body.get(34)?);
    let rest = body.get(35 + session..)?;
    let suite = u16::from_be_bytes(*rest.first_chunk()?);
    let mut version = legacy;
    let mut extensions = rest.get(5..).unwrap_or_default();
    while let Some((head, tail)) = extensions.split_first_chunk::<4>() {
        let len = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let content = tail.get(..len)?;
        if head[..2] == [0, 43] {
            version = u16::from_be_bytes(*content.first_chunk()?);
        }
        extensions = &tail[len..];
    }
    Some(Chosen { version, suite })
}

/// The leaf of a Certificate message (RFC 5246 7.4.2).
fn first_certificate(body: &[u8]) -> Option<Vec<u8>> {
    let head = body.get(3..6)?;
    let len = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
    body.get(6..6 + len)
        .filter(|der| !der.is_empty())
        .map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TLS 1.2 flight: hello, then a certificate, cut into records of `size` bytes.
    fn flight(size: usize) -> Vec<u8> {
        let mut hello = vec![2, 0, 0, 38, 3, 3];
        hello.extend_from_slice(&[7; 32]);
        hello.extend_from_slice(&[0, 0xc0, 0x2b, 0]);
        let der = [0x30; 100];
        let certificate = [&[11, 0, 0, 106, 0, 0, 103, 0, 0, 100][..], &der].concat();
        let exchange = vec![12, 0, 0, 4, 3, 0, 23, 0];
        let mut out = Vec::new();
        for part in [hello, certificate, exchange].concat().chunks(size) {
            out.extend_from_slice(&[22, 3, 3, 0, part.len() as u8]);
            out.extend_from_slice(part);
        }
        out
    }

    #[test]
    fn split_records_and_split_reads_are_put_together() {
        for record in [1, 3, 40, 150] {
            for read in [1, 7, 1000] {
                let mut reply = Reply::default();
                let bytes = flight(record);
                let steps: Vec<Step> = bytes.chunks(read).map(|c| reply.feed(c)).collect();
                assert_eq!(steps.last(), Some(&Step::Done), "{record} {read}");
                assert_eq!(reply.chosen.as_ref().unwrap().suite, 0xc02b);
                assert_eq!(reply.leaf, Some(vec![0x30; 100]));
                assert_eq!(reply.exchange, Some(vec![3, 0, 23, 0]));
            }
        }
    }

    #[test]
    fn alerts_warnings_and_rubbish() {
        let feed = |bytes: &[u8]| Reply::default().feed(bytes);
        assert_eq!(feed(&[21, 3, 1, 0, 2, 2, 70]), Step::Alert(70));
        assert_eq!(feed(&[21, 3, 1, 0, 2, 1, 112]), Step::More);
        assert_eq!(feed(&[21, 3, 1, 0, 2, 1, 0]), Step::Alert(0));
        assert!(matches!(feed(b"HTTP/1.1 400 Bad"), Step::Garbled(w) if w.contains("HTTP")));
        assert!(matches!(feed(b"H"), Step::Garbled(_)));
        assert!(matches!(
            feed(&[22, 3, 3, 0, 5, 2, 0, 0, 1, 3]),
            Step::Garbled(_)
        ));
        let endless: Vec<u8> = [22, 3, 3, 0x40, 0, 1, 0xff, 0xff, 0xff].to_vec();
        let mut reply = Reply::default();
        reply.feed(&endless);
        let mut last = reply.feed(&[0; 0x3ffc]);
        for _ in 0..4 {
            last = reply.feed(&[&[22, 3, 3, 0x40, 0][..], &[0; 0x4000]].concat());
        }
        assert!(matches!(last, Step::Garbled(w) if w.contains("64 KiB")));
    }

    #[test]
    fn the_version_extension_wins() {
        let mut body = vec![3, 3];
        body.extend_from_slice(&[1; 32]);
        body.extend_from_slice(&[0, 0x13, 1, 0, 0, 6, 0, 43, 0, 2, 3, 4]);
        let chosen = server_hello(&body).unwrap();
        assert_eq!((chosen.version, chosen.suite), (0x0304, 0x1301));
        for cut in 0..37 {
            assert_eq!(server_hello(&body[..cut]), None, "{cut}");
        }
    }
}
