//! Structured inputs: the edges of each kind, where parsers of small devices break first.

mod coap;
mod console;
mod content;
mod http;

use super::input::Kind;

/// All for a kind. They do not depend on the campaign seed.
pub(super) fn all(kind: Kind, seeds: &[Vec<u8>]) -> Vec<Vec<u8>> {
    match kind {
        Kind::Console => console::all(seeds),
        Kind::Http => http::all(seeds),
        Kind::Coap => coap::all(seeds),
        Kind::Datagram => plain(seeds, 1400),
        Kind::Stream => plain(seeds, 65_536),
    }
}

/// Something valid to mutate when a case brings no seed.
pub(super) fn plain_seed(kind: Kind) -> Vec<u8> {
    match kind {
        Kind::Console => b"help".to_vec(),
        Kind::Http => http::GET.to_vec(),
        Kind::Coap => coap::GET.to_vec(),
        Kind::Datagram | Kind::Stream => b"\x01\x00\x00\x04test\r\n".to_vec(),
    }
}

/// Texts that break things everywhere: formats, terminal codes, quotes, paths, numbers, bad UTF-8.
pub(super) const NASTY: [&[u8]; 22] = [
    b"%s%s%s%s%s%s%s%s%n",
    b"%08x.%08x.%08x.%p",
    b"\x1b[2J\x1b]0;title\x07\x1b[6n\x1b[?1049h",
    b"\xff\xfe\xfd\xc0\xaf\xed\xa0\x80",
    b"\xf4\x90\x80\x80\x80\x80",
    b"\0\0\0\0",
    b"a\0b",
    b"'\"`;|&$(){}[]<>\\",
    b"../../../../../../etc/passwd",
    b"-1",
    b"2147483648",
    b"4294967296",
    b"18446744073709551616",
    b"-9223372036854775809",
    b"1e999999",
    b"0x7fffffff",
    b"NaN",
    b"\xe2\x80\xae\xef\xbb\xbf",
    b"' OR '1'='1",
    b"\x7f\x08\x08\x08\x08\x08\x08",
    b"\x9b31m\x90q",
    b"true=null",
];

/// Lengths just beside usual buffers.
pub(super) const LENGTHS: [usize; 16] = [
    31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 512, 1024, 2048, 4097,
];

/// Edges for protocols we know nothing about.
fn plain(seeds: &[Vec<u8>], most: usize) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = vec![Vec::new(), vec![0], vec![0xff], b"\r\n".to_vec()];
    out.extend(NASTY.iter().map(|n| n.to_vec()));
    for fill in [0x00, 0xff, b'A'] {
        out.extend(
            LENGTHS
                .iter()
                .chain([&most])
                .map(|n| vec![fill; *n.min(&most)]),
        );
    }
    for seed in seeds {
        out.extend((0..seed.len().min(32)).map(|n| seed[..n].to_vec()));
        out.push([seed.as_slice(), seed].concat());
    }
    out
}
