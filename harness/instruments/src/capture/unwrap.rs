//! What was sent in chunks or compressed, as it was before: a value that is cut by a chunk or packed is found all the
//! same. What cannot be unpacked is named.

use flate2::read::MultiGzDecoder;
use std::io::Read;

/// Most bytes that come out of one body, and of all bodies of a run.
const MOST: usize = 4 << 20;
const MOST_OF_RUN: usize = 16 << 20;
/// Most bodies looked at in one run.
const BODIES: usize = 1024;
/// How a body begins that gzip made.
const GZIP: &[u8] = &[0x1f, 0x8b, 0x08];
/// What ends the head of a message of HTTP.
const HEAD_END: &[u8] = b"\r\n\r\n";
/// Longest head that is looked at.
const LONGEST_HEAD: usize = 64 << 10;
/// Codings of bodies that are not taken off.
const CLOSED: &[&str] = &["br", "zstd", "compress", "deflate"];

/// One body as it was before it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unwrapped {
    /// Where it begins in the run.
    pub(super) at: usize,
    /// What was taken off, as it stands before the name of a form.
    pub(super) how: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// What is in a run beside its bytes as they are, and why there may be more.
pub(super) fn of(run: &[u8]) -> (Vec<Unwrapped>, Vec<String>) {
    let (mut out, mut unread) = (Vec::new(), Vec::new());
    let mut room = MOST_OF_RUN;
    for head in heads(run).take(BODIES) {
        for coding in CLOSED.iter().filter(|coding| head.has_coding(coding)) {
            unread.push(format!(
                "a body is coded as `{coding}`, which is not taken off"
            ));
        }
        if head.says("upgrade:", "websocket") {
            unread.push("what is said over a WebSocket is not unmasked".to_owned());
        }
        if head.says("transfer-encoding:", "chunked")
            && let Some(bytes) = dechunked(run.get(head.body..).unwrap_or_default())
        {
            if bytes.starts_with(GZIP) {
                out.extend(gunzipped(&bytes, head.body, &mut room, &mut unread));
            }
            room = room.saturating_sub(bytes.len());
            out.push(Unwrapped {
                at: head.body,
                how: "chunked",
                bytes,
            });
        }
        if room == 0 {
            break;
        }
    }
    for at in places_of(run, GZIP).take(BODIES) {
        out.extend(gunzipped(&run[at..], at, &mut room, &mut unread));
    }
    if room == 0 {
        unread.push(format!(
            "of what was packed in one direction of a flow {} MiB are looked at",
            MOST_OF_RUN >> 20
        ));
    }
    unread.sort();
    unread.dedup();
    (out, unread)
}

/// Where bodies begin that are coded in a way which is not taken off, and what is said over a WebSocket.
pub(super) fn closed(run: &[u8]) -> impl Iterator<Item = usize> {
    let is_closed = |head: &Head| {
        CLOSED.iter().any(|coding| head.has_coding(coding)) || head.says("upgrade:", "websocket")
    };
    heads(run).filter(is_closed).map(|head| head.body)
}

/// A head of HTTP, in lower case.
struct Head {
    text: String,
    /// Where its body begins.
    body: usize,
}

impl Head {
    fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.lines()
    }

    fn says(&self, name: &str, value: &str) -> bool {
        self.lines()
            .any(|line| line.starts_with(name) && line.contains(value))
    }

    fn has_coding(&self, coding: &str) -> bool {
        let of = |line: &str| {
            let value = line.strip_prefix("content-encoding:")?;
            Some(value.split(',').any(|one| one.trim() == coding))
        };
        self.lines().filter_map(of).any(|has| has)
    }
}

fn heads(run: &[u8]) -> impl Iterator<Item = Head> {
    let mut last = 0;
    places_of(run, HEAD_END).map(move |at| {
        let body = at + HEAD_END.len();
        let from = last.max(at.saturating_sub(LONGEST_HEAD));
        last = body;
        let text = String::from_utf8_lossy(run.get(from..at).unwrap_or_default());
        Head {
            text: text.to_ascii_lowercase(),
            body,
        }
    })
}

fn places_of<'a>(run: &'a [u8], what: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let windows = run.windows(what.len()).enumerate();
    windows.filter(move |(_, w)| *w == what).map(|(at, _)| at)
}

/// What stands in chunks (RFC 9112 7.1), as far as they go together; nothing where there is none.
fn dechunked(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::new();
    loop {
        let end = bytes.windows(2).take(1024).position(|w| w == b"\r\n");
        let Some(end) = end else { break };
        let line = bytes.get(..end).unwrap_or_default();
        let digits = line.split(|b| *b == b';').next().unwrap_or_default();
        let digits = std::str::from_utf8(digits).unwrap_or_default().trim();
        let Ok(len) = usize::from_str_radix(digits, 16) else {
            break;
        };
        let rest = bytes.get(end + 2..).unwrap_or_default();
        let take = len.min(rest.len()).min(MOST - out.len().min(MOST));
        out.extend_from_slice(rest.get(..take).unwrap_or_default());
        let next = len.checked_add(2).and_then(|next| rest.get(next..));
        match next {
            Some(next) if len > 0 && out.len() < MOST => bytes = next,
            _ => break,
        }
    }
    (!out.is_empty()).then_some(out)
}

/// What gzip packed, as far as it is whole.
fn gunzipped(
    bytes: &[u8],
    at: usize,
    room: &mut usize,
    unread: &mut Vec<String>,
) -> Option<Unwrapped> {
    let most = MOST.min(*room);
    let mut out = Vec::new();
    let mut reader = MultiGzDecoder::new(bytes).take(most as u64 + 1);
    // What was read before it broke is kept: the body may go on with something else, or not be whole.
    let _ = reader.read_to_end(&mut out);
    if out.len() > most {
        out.truncate(most);
        unread.push(format!(
            "of what one body unpacks to {} MiB are looked at",
            MOST >> 20
        ));
    }
    *room -= out.len().min(*room);
    (!out.is_empty()).then_some(Unwrapped {
        at,
        how: "gzip",
        bytes: out,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut to = GzEncoder::new(Vec::new(), Compression::default());
        to.write_all(text).unwrap();
        to.finish().unwrap()
    }

    fn chunked(text: &[u8], size: usize) -> Vec<u8> {
        let each = text.chunks(size).map(|piece| {
            let head = format!("{:x};a=b\r\n", piece.len());
            [head.as_bytes(), piece, b"\r\n"].concat()
        });
        [each.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat()
    }

    fn texts(run: &[u8]) -> Vec<(String, Vec<u8>)> {
        let each = of(run).0.into_iter();
        each.map(|u| (u.how.to_owned(), u.bytes)).collect()
    }

    #[test]
    fn chunks_and_gzip_are_taken_off_alone_and_together() {
        let text = b"the password is horse-battery-staple".repeat(3);
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let run = [&head[..], &chunked(&text, 7)].concat();
        assert_eq!(texts(&run), [("chunked".to_owned(), text.clone())]);
        let packed = gzip(&text);
        let run = [&b"POST /x HTTP/1.1\r\n\r\n"[..], &packed, b"GET /"].concat();
        assert_eq!(texts(&run), [("gzip".to_owned(), text.clone())]);
        let run = [&head[..], &chunked(&packed, 16)].concat();
        assert!(texts(&run).contains(&("gzip".to_owned(), text)));
    }

    #[test]
    fn what_unpacks_without_end_is_cut_and_said() {
        let bomb = gzip(&vec![b'a'; 6 << 20]);
        let (out, unread) = of(&bomb);
        assert_eq!(out[0].bytes.len(), MOST);
        assert!(unread[0].contains("4 MiB"), "{unread:?}");
        let (out, unread) = of(&bomb.repeat(8));
        let all: usize = out.iter().map(|u| u.bytes.len()).sum();
        assert!(all <= MOST_OF_RUN, "{all}");
        assert!(
            unread.iter().any(|why| why.contains("16 MiB")),
            "{unread:?}"
        );
    }

    #[test]
    fn what_is_not_taken_off_is_named() {
        let run = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, BR\r\n\r\nxyz";
        assert!(of(run).1[0].contains("`br`"));
        let run = b"GET /ws HTTP/1.1\r\nUpgrade: WebSocket\r\n\r\n";
        assert!(of(run).1[0].contains("WebSocket"));
        assert_eq!(of(b"HTTP/1.1 200 OK\r\n\r\nplain"), (vec![], vec![]));
    }

    #[test]
    fn lengths_of_chunks_that_lie_end_the_body() {
        for body in [
            &b"ffffffffffffffff\r\nabc"[..],
            b"-1\r\nabc",
            b"\r\n\r\n",
            b"5",
            b"zz\r\nabc\r\n",
        ] {
            let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            let _ = of(&[&head[..], body].concat());
        }
        assert_eq!(dechunked(b"ff\r\nabc"), Some(b"abc".to_vec()));
    }
}
