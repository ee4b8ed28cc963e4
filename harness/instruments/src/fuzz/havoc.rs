//! Mutations of seeds.

use super::boundary::NASTY;
use super::framing;
use super::input::Kind;
use proofhouse_model::seeded::Seeded;

/// Bytes that mean something to somebody.
const BYTES: [u8; 16] = [
    0, 1, 0x0a, 0x0d, 0x1b, b' ', b'"', b'%', b'\'', b'/', b':', b'=', 0x7f, 0x80, 0xfe, 0xff,
];

/// One to eight mutations of one seed. HTTP requests are mostly framed again afterwards, so that they get past the
/// first line.
pub(super) fn mutate(kind: Kind, seeds: &[Vec<u8>], seeded: &mut Seeded) -> Vec<u8> {
    let mut out = seeded.pick(seeds).cloned().unwrap_or_default();
    for _ in 0..=seeded.below(8) {
        step(&mut out, seeds, seeded);
        out.truncate(kind.most());
    }
    if kind == Kind::Http && seeded.below(4) != 0 {
        framing::repair(&mut out);
    }
    out
}

fn step(out: &mut Vec<u8>, seeds: &[Vec<u8>], seeded: &mut Seeded) {
    let at = seeded.below(out.len() + 1);
    let (from, to) = range(out.len(), seeded);
    match seeded.below(12) {
        0 | 1 => {
            if let Some(byte) = out.get_mut(at) {
                *byte ^= 1 << seeded.below(8);
            }
        }
        2 => {
            let byte = seeded.byte();
            out.get_mut(at).into_iter().for_each(|b| *b = byte);
        }
        3 => {
            let byte = seeded.pick(&BYTES).copied().unwrap_or_default();
            out.get_mut(at).into_iter().for_each(|b| *b = byte);
        }
        4 => drop(out.drain(from..to)),
        5 => {
            let times = 1 << seeded.below(7);
            let piece = out[from..to].repeat(times);
            out.splice(to..to, piece);
        }
        6 => {
            let token = seeded.pick(&NASTY).copied().unwrap_or_default();
            out.splice(at..at, token.iter().copied());
        }
        7 => {
            let token = seeded.pick(&NASTY).copied().unwrap_or_default();
            out.splice(from..to, token.iter().copied());
        }
        8 => {
            let other = seeded.pick(seeds).map(Vec::as_slice).unwrap_or_default();
            let (start, end) = range(other.len(), seeded);
            out.splice(from..to, other[start..end].iter().copied());
        }
        9 => number(out, at, seeded),
        10 => out.truncate(at),
        _ => {
            let fresh: Vec<u8> = (0..=seeded.below(16)).map(|_| seeded.byte()).collect();
            out.splice(at..at, fresh);
        }
    }
}

/// A stretch, mostly short.
fn range(len: usize, seeded: &mut Seeded) -> (usize, usize) {
    let from = seeded.below(len + 1);
    let longest = if seeded.below(4) == 0 { len } else { 16 };
    let to = from + seeded.below(longest.min(len - from) + 1);
    (from, to)
}

/// Replaces the next decimal number by one at an edge.
fn number(out: &mut Vec<u8>, at: usize, seeded: &mut Seeded) {
    const EDGES: [&[u8]; 12] = [
        b"0",
        b"-1",
        b"127",
        b"128",
        b"255",
        b"256",
        b"32768",
        b"65535",
        b"65536",
        b"2147483647",
        b"4294967295",
        b"99999999999999999999",
    ];
    let digit = |b: &u8| b.is_ascii_digit();
    let Some(start) = out.iter().skip(at).position(digit).map(|n| n + at) else {
        return;
    };
    let length = out[start..].iter().take_while(|b| digit(b)).count();
    let edge = seeded.pick(&EDGES).copied().unwrap_or_default();
    out.splice(start..start + length, edge.iter().copied());
}
