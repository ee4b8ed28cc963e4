//! An answer as it comes in: head, framing, and where it ends (RFC 9112). What a strict reader refuses is read as far
//! as it goes and kept as it came: a device that answers oddly has answered.

use super::LARGEST_BODY;

/// Largest head of an answer, bytes.
const LARGEST_HEAD: usize = 64 << 10;
/// Most headers in an answer.
const MOST_HEADERS: usize = 200;
/// Longest line of a chunk's size.
const LONGEST_LINE: usize = 4 << 10;

/// Bytes of one answer, and what is known of its end.
pub(super) struct Incoming {
    /// Not read yet.
    bytes: Vec<u8>,
    /// Bytes of this answer seen at all.
    pub(super) came: bool,
    head: Option<Head>,
    /// Whether the request was `HEAD`.
    bodyless: bool,
    body: Vec<u8>,
    rest: Rest,
    /// There is more than is kept, or its framing breaks off.
    cut: bool,
}

/// The head of an answer.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// As it came, where a strict reader refuses it.
    pub(super) raw: Option<Vec<u8>>,
    /// HTTP/1.1, not 1.0.
    modern: bool,
}

/// What is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// The head.
    Head,
    /// So many bytes.
    Length(u64),
    /// The size of a chunk.
    Chunk,
    /// So many bytes of a chunk, and its line end.
    InChunk(u64),
    /// Lines behind the last chunk.
    Trailer,
    /// Everything up to the end of the connection.
    ToEnd,
    /// Nothing.
    Nothing,
    /// It is no HTTP; whatever comes is part of it.
    Unreadable,
}

/// How far an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// More is to come.
    More,
    /// No HTTP: what comes in the next moment belongs to it, and then it is over.
    Unreadable,
    /// All is here.
    Whole,
    /// As much is here as is handed out.
    Full,
}

impl Incoming {
    pub(super) fn new(method: &str) -> Self {
        Self {
            bytes: Vec::new(),
            came: false,
            head: None,
            bodyless: method.eq_ignore_ascii_case("HEAD"),
            body: Vec::new(),
            rest: Rest::Head,
            cut: false,
        }
    }

    /// Takes what came.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Progress {
        self.came |= !bytes.is_empty();
        self.bytes.extend_from_slice(bytes);
        loop {
            match self.step() {
                Some(Progress::More) => {}
                Some(progress) => return progress,
                None if self.rest == Rest::Unreadable => return Progress::Unreadable,
                None => return Progress::More,
            }
        }
    }

    /// One step further; `None` when that takes more bytes.
    fn step(&mut self) -> Option<Progress> {
        match self.rest {
            Rest::Head => return self.read_head(),
            Rest::Length(0) => self.rest = Rest::Nothing,
            Rest::Length(left) => self.rest = Rest::Length(self.take(left)?),
            Rest::Chunk => {
                let line = self.line()?;
                self.rest = match chunk_size(&line) {
                    Some(0) => Rest::Trailer,
                    Some(size) => Rest::InChunk(size),
                    // No size: the rest is body, as far as anybody can tell.
                    None => {
                        self.bytes.splice(..0, line);
                        self.cut = true;
                        Rest::ToEnd
                    }
                };
            }
            Rest::InChunk(0) => {
                self.line()?;
                self.rest = Rest::Chunk;
            }
            Rest::InChunk(left) => self.rest = Rest::InChunk(self.take(left)?),
            Rest::Trailer => {
                if self.line()?.iter().all(|b| b"\r\n".contains(b)) {
                    self.rest = Rest::Nothing;
                }
            }
            Rest::ToEnd => {
                self.take(u64::MAX)?;
            }
            Rest::Nothing => return Some(Progress::Whole),
            Rest::Unreadable if self.bytes.len() >= LARGEST_BODY => return Some(Progress::Full),
            Rest::Unreadable => return None,
        }
        Some(match self.cut && self.body.len() >= LARGEST_BODY {
            true => Progress::Full,
            false => Progress::More,
        })
    }

    /// Moves bytes into the body; how many are left to move. `None` when there are none.
    fn take(&mut self, left: u64) -> Option<u64> {
        let room = LARGEST_BODY.saturating_sub(self.body.len());
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        let n = self.bytes.len().min(most);
        let kept = n.min(room);
        self.body.extend_from_slice(&self.bytes[..kept]);
        self.bytes.drain(..n);
        self.cut |= n > room;
        (n > 0).then(|| left - n as u64)
    }

    fn line(&mut self) -> Option<Vec<u8>> {
        let end = self.bytes.iter().position(|b| *b == b'\n');
        let end = end.or_else(|| (self.bytes.len() > LONGEST_LINE).then_some(LONGEST_LINE))?;
        Some(self.bytes.drain(..=end).collect())
    }

    fn read_head(&mut self) -> Option<Progress> {
        if !may_be_http(&self.bytes) {
            self.rest = Rest::Unreadable;
            return Some(Progress::More);
        }
        match Head::parse(&self.bytes) {
            Parsed::Head(head, length) => {
                self.bytes.drain(..length);
                if (100..200).contains(&head.status) && head.status != 101 {
                    return Some(Progress::More);
                }
                self.rest = match self.bodyless || [101, 204, 304].contains(&head.status) {
                    true => Rest::Nothing,
                    false => head.framing(),
                };
                self.head = Some(head);
                Some(Progress::More)
            }
            Parsed::More if self.bytes.len() <= LARGEST_HEAD => None,
            Parsed::More => {
                self.bytes.truncate(LARGEST_HEAD);
                self.rest = Rest::Unreadable;
                Some(Progress::Full)
            }
            Parsed::Nonsense => {
                self.rest = Rest::Unreadable;
                Some(Progress::More)
            }
        }
    }

    /// Whether the end of the connection is the end of the answer, and not a break in the middle of it. `clean`: the
    /// device said that it was done, which a TLS connection without its closing alert does not.
    pub(super) fn ends_with(&self, clean: bool) -> bool {
        match self.rest {
            Rest::Nothing | Rest::Length(0) => true,
            Rest::ToEnd => clean && !self.cut,
            Rest::Unreadable => clean,
            _ => false,
        }
    }

    /// Whether the connection may carry another request.
    pub(super) fn may_go_on(&self) -> bool {
        self.rest == Rest::Nothing
            && self.bytes.is_empty()
            && self.head.as_ref().is_some_and(Head::keeps_open)
    }

    /// Head and body; without a head, what came instead.
    pub(super) fn into_parts(self) -> Result<(Head, Vec<u8>), Vec<u8>> {
        match self.head {
            Some(head) => Ok((head, self.body)),
            None => {
                let mut raw = self.bytes;
                raw.truncate(LARGEST_BODY);
                Err(raw)
            }
        }
    }
}

enum Parsed {
    Head(Head, usize),
    More,
    Nonsense,
}

impl Head {
    fn parse(bytes: &[u8]) -> Parsed {
        let mut strict = httparse::ParserConfig::default();
        strict.allow_obsolete_multiline_headers_in_responses(true);
        let mut lenient = strict.clone();
        lenient
            .allow_spaces_after_header_name_in_responses(true)
            .allow_multiple_spaces_in_response_status_delimiters(true)
            .ignore_invalid_headers_in_responses(true);
        if let Ok(read) = Self::read(&strict, bytes) {
            return read.map_or(Parsed::More, |(mut head, length)| {
                let odd = !head.is_chunked() && head.length().is_err();
                head.raw = odd.then(|| bytes[..length].to_vec());
                Parsed::Head(head, length)
            });
        }
        // Characters that no reader takes are taken for another one, so that the rest can be read.
        let read = Self::read(&lenient, bytes).or_else(|_| Self::read(&lenient, &cleaned(bytes)));
        match read {
            Ok(Some((mut head, length))) => {
                head.raw = Some(bytes[..length].to_vec());
                Parsed::Head(head, length)
            }
            Ok(None) => Parsed::More,
            Err(_) => Parsed::Nonsense,
        }
    }

    /// A head and its length, once it is whole.
    fn read(
        parser: &httparse::ParserConfig,
        bytes: &[u8],
    ) -> Result<Option<(Self, usize)>, httparse::Error> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        Ok(match parser.parse_response(&mut response, bytes)? {
            httparse::Status::Complete(length) => Some((Self::of(&response), length)),
            httparse::Status::Partial => None,
        })
    }

    fn of(response: &httparse::Response<'_, '_>) -> Self {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = response.headers.iter();
        Self {
            status: response.code.unwrap_or_default(),
            headers: headers
                .map(|h| (h.name.trim().to_ascii_lowercase(), text(h.value)))
                .collect(),
            raw: None,
            modern: response.version == Some(1),
        }
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(own, _)| own == name);
        named.flat_map(|(_, value)| value.split(',')).map(str::trim)
    }

    fn is_chunked(&self) -> bool {
        let last = self.all("transfer-encoding").last();
        last.is_some_and(|last| last.eq_ignore_ascii_case("chunked"))
    }

    /// The length that it tells; `Err` where it tells several, or none that is a number.
    fn length(&self) -> Result<Option<u64>, ()> {
        let mut lengths = self.all("content-length");
        let Some(first) = lengths.next() else {
            return Ok(None);
        };
        let number = match first.bytes().all(|b| b.is_ascii_digit()) {
            true => first.parse().map_err(drop)?,
            false => return Err(()),
        };
        match lengths.all(|other| other == first) {
            true => Ok(Some(number)),
            false => Err(()),
        }
    }

    fn framing(&self) -> Rest {
        match self.length() {
            _ if self.is_chunked() => Rest::Chunk,
            Ok(Some(length)) => Rest::Length(length),
            _ => Rest::ToEnd,
        }
    }

    fn keeps_open(&self) -> bool {
        let says = |word: &str| self.all("connection").any(|w| w.eq_ignore_ascii_case(word));
        !says("close") && (self.modern || says("keep-alive"))
    }
}

/// Bytes without control characters that no head has.
fn cleaned(bytes: &[u8]) -> Vec<u8> {
    let odd = |b: u8| b.is_ascii_control() && !b"\r\n\t".contains(&b);
    let begin = bytes.iter().take(LARGEST_HEAD + 1);
    begin.map(|b| if odd(*b) { b'?' } else { *b }).collect()
}

/// Whether bytes may be the beginning of a status line, behind empty lines.
fn may_be_http(bytes: &[u8]) -> bool {
    let begins = bytes.iter().position(|b| !b"\r\n".contains(b));
    let line = &bytes[begins.unwrap_or(bytes.len())..];
    let known = b"HTTP/1.";
    known.starts_with(&line[..line.len().min(known.len())])
}

/// Size of a chunk from its line, extensions and padding left out.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(line).ok()?;
    let digits = text.split(';').next()?.trim();
    u64::from_str_radix(digits, 16).ok()
}
