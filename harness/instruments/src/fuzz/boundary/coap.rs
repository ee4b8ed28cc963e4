//! Edges of CoAP messages (RFC 7252 section 3), mostly such as no encoder would make.

use super::NASTY;

/// GET /.well-known/core.
pub(super) const GET: &[u8] = b"\x40\x01\x00\x00\xbb.well-known\x04core";

/// All. Message ids are set later.
pub(super) fn all(seeds: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = [
        &b""[..],
        b"\x40",
        b"\x40\x01",
        b"\x40\x01\x00",
        // Versions 0, 2, 3.
        b"\x00\x01\x00\x00",
        b"\x80\x01\x00\x00",
        b"\xc0\x01\x00\x00",
        // Empty messages with token, options, payload; acknowledgement and reset out of the blue.
        b"\x44\x00\x00\x00toke",
        b"\x40\x00\x00\x00\x01x",
        b"\x40\x00\x00\x00\xffx",
        b"\x60\x00\x00\x00",
        b"\x70\x00\x00\x00",
        b"\x60\x45\x00\x00\xffx",
        // Payload marker without payload.
        b"\x40\x01\x00\x00\xff",
        b"\x40\x02\x00\x00\xb1a\xff",
        // Reserved delta and length 15.
        b"\x40\x01\x00\x00\xf0",
        b"\x40\x01\x00\x00\x0f",
        b"\x40\x01\x00\x00\xf1x",
        b"\x40\x01\x00\x00\xbf",
        // Extended delta and length, cut short and overflowing.
        b"\x40\x01\x00\x00\xd0",
        b"\x40\x01\x00\x00\xe0\xff",
        b"\x40\x01\x00\x00\xe0\xff\xff",
        b"\x40\x01\x00\x00\xe0\xff\xff\xe0\xff\xff",
        b"\x40\x01\x00\x00\xbd\xff",
        b"\x40\x01\x00\x00\xbe\xff\xff",
        b"\x40\x01\x00\x00\xbb.well",
        // Unknown critical option 9, unknown elective 10, Uri-Host empty, port too long, Block2 with size 7.
        b"\x40\x01\x00\x00\x91x",
        b"\x40\x01\x00\x00\xa1x",
        b"\x40\x01\x00\x00\x30",
        b"\x40\x01\x00\x00\x78\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x40\x01\x00\x00\xd1\x0a\x07",
        b"\x40\x01\x00\x00\xd3\x0a\xff\xff\xff",
        b"\x40\x02\x00\x00\xd3\x0e\xff\xff\xf6\xffx",
        // Observe, content format and accept with numbers out of range.
        b"\x40\x01\x00\x00\x63\xff\xff\xff",
        b"\x40\x01\x00\x00\xc2\xff\xff",
        b"\x40\x01\x00\x00\xd4\x04\xff\xff\xff\xff",
    ]
    .iter()
    .map(|m| m.to_vec())
    .collect();
    // Token lengths 9 to 15 are reserved; with and without the bytes.
    for length in 1..16_u8 {
        out.push(vec![0x40 | length, 1, 0, 0]);
        out.push(
            [
                &[0x40 | length, 1, 0, 0][..],
                &vec![b't'; usize::from(length)],
            ]
            .concat(),
        );
    }
    // Every class of code.
    out.extend((0..=255).step_by(5).map(|code| vec![0x40, code, 0, 0]));
    out.push([&b"\x40\x01\x00\x00\xb0"[..], &[0x00; 300]].concat());
    out.push(
        [
            &b"\x40\x01\x00\x00"[..],
            &b"\xb1a\x01b"[..2],
            &b"\x01b".repeat(400),
        ]
        .concat(),
    );
    out.push([&b"\x40\x02\x00\x00\xb1a\xff"[..], &[b'x'; 1300]].concat());
    out.extend(nasty_texts());
    for seed in seeds {
        out.extend((0..seed.len().min(64)).map(|n| seed[..n].to_vec()));
    }
    out
}

/// Texts that break parsers, as path and as payload.
fn nasty_texts() -> impl Iterator<Item = Vec<u8>> {
    NASTY.iter().filter(|n| n.len() < 13).flat_map(|nasty| {
        [
            [&[0x40, 1, 0, 0, 0xb0 | nasty.len() as u8][..], nasty].concat(),
            [&b"\x40\x02\x00\x00\xb1a\xff"[..], nasty].concat(),
        ]
    })
}
