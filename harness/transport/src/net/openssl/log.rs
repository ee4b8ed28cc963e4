//! What `openssl s_client -brief -msg` says of a connection on standard error.

use proofhouse_model::bytes::to_hex;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::watch;

/// Longest line looked at.
const LONGEST: usize = 4 << 10;
/// Largest message with a certificate, bytes.
const LARGEST: usize = 64 << 10;

/// What is known so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// The handshake is over.
    pub(super) established: bool,
    /// SHA-256 of the leaf that was shown.
    pub(super) certificate: Option<String>,
    /// The device closed as TLS has it.
    pub(super) goodbye: bool,
    /// The first error.
    pub(super) why: Option<String>,
}

/// Follows it to its end.
pub(super) struct Log {
    tell: watch::Sender<Seen>,
    line: Vec<u8>,
    /// The message with certificates, while it is being told; whether it is one of TLS 1.3.
    message: Option<(bool, Vec<u8>)>,
}

impl Log {
    pub(super) fn new(tell: watch::Sender<Seen>) -> Self {
        Self {
            tell,
            line: Vec::new(),
            message: None,
        }
    }

    /// Reads to the end of the program: a pipe that nobody empties would stop it.
    pub(super) async fn follow(mut self, mut from: impl AsyncRead + Unpin) {
        let mut buffer = vec![0; 8 << 10];
        while let Ok(n @ 1..) = from.read(&mut buffer).await {
            self.feed(&buffer[..n]);
        }
        self.feed(b"\n");
    }

    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                self.read(&String::from_utf8_lossy(&line));
            } else if self.line.len() < LONGEST {
                self.line.push(*byte);
            }
        }
    }

    fn read(&mut self, line: &str) {
        if let Some((_, message)) = &mut self.message
            && let Some(hex) = line.strip_prefix("    ")
        {
            let bytes = hex
                .split_whitespace()
                .map(|pair| u8::from_str_radix(pair, 16));
            message.extend(bytes.map_while(Result::ok));
            message.truncate(LARGEST);
            return;
        }
        if let Some((modern, message)) = self.message.take()
            && let Some(leaf) = leaf(&message, modern)
        {
            let hash = to_hex(&Sha256::digest(leaf));
            self.tell.send_modify(|seen| {
                seen.certificate.get_or_insert(hash);
            });
        }
        let received = line.starts_with("<<< ");
        if received && line.ends_with("], Certificate") {
            self.message = Some((line.starts_with("<<< TLS 1.3"), Vec::new()));
        } else if received && line.ends_with("close_notify") {
            self.tell.send_modify(|seen| seen.goodbye = true);
        } else if line == "CONNECTION ESTABLISHED" {
            self.tell.send_modify(|seen| seen.established = true);
        } else if let Some(why) = reason(line) {
            self.tell.send_modify(|seen| {
                seen.why.get_or_insert(why);
            });
        }
    }
}

/// The leaf of a Certificate message; one of TLS 1.3 has a context before the list.
fn leaf(message: &[u8], modern: bool) -> Option<&[u8]> {
    let mut rest = message.get(4..)?;
    if modern {
        rest = rest.get(1 + usize::from(*rest.first()?)..)?;
    }
    let length = rest.get(3..6)?;
    let length = length.iter().fold(0, |n, b| n << 8 | usize::from(*b));
    rest.get(6..6 + length)
}

/// What an error line says: `...:error:0A00042E:SSL routines::tlsv1 alert protocol version:../ssl/...` and the like.
fn reason(line: &str) -> Option<String> {
    if let Some((_, told)) = line.split_once(":error:") {
        let words = told.split(':').filter(|word| word.contains(' '));
        let words: Vec<&str> = words.filter(|word| !word.ends_with("routines")).collect();
        return Some(match words.is_empty() {
            true => told.to_owned(),
            false => words.join(", "),
        });
    }
    // An option that this version of it does not know.
    line.starts_with("s_client: ").then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Seen {
        let (tell, seen) = watch::channel(Seen::default());
        Log::new(tell).feed(text.as_bytes());
        seen.borrow().clone()
    }

    #[test]
    fn the_leaf_and_the_goodbye_are_found() {
        let hash = to_hex(&Sha256::digest([1, 2, 3]));
        let old = "<<< TLS 1.0, Handshake [length 000d], Certificate\n    0b 00 00 09 00 00 06 00 00 03 \n\
                   \x20   01 02 03\n\
                   <<< TLS 1.0, RecordHeader [length 0005]\n    16\n";
        let new = "<<< TLS 1.3, Handshake [length 000f], Certificate\n\
                   \x20   0b 00 00 0c 00 00 00 08 00 00 03 01 02 03 00\n\
                   CONNECTION ESTABLISHED\n";
        assert_eq!(seen(old).certificate, Some(hash.clone()));
        let new = seen(new);
        assert_eq!(
            (new.certificate, new.established, new.goodbye),
            (Some(hash), true, false)
        );
        let end = "<<< TLS 1.0, Alert [length 0002], warning close_notify\n    01 00\n";
        assert!(seen(end).goodbye && !seen(&end.replace("<<<", ">>>")).goodbye);
        let short = "<<< TLS 1.0, Handshake [length 0001], Certificate\n    0b 00\nx\n";
        assert_eq!(seen(short).certificate, None);
    }

    #[test]
    fn reasons_are_told_without_their_numbers() {
        let line = "80AB:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:../ssl/rec.c:1:SSL \
                    alert number 70\n";
        let why = seen(line).why.unwrap();
        assert_eq!(why, "tlsv1 alert protocol version, SSL alert number 70");
        let option = "s_client: Unrecognized flag brief\n";
        assert_eq!(seen(option).why.as_deref(), Some(option.trim()));
        assert!(seen(&"x".repeat(100_000)).why.is_none());
    }
}
