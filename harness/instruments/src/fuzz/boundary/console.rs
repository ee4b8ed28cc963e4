//! Edges of console lines.

use super::{LENGTHS, NASTY};

/// All, without line ends; those are the console's.
pub(super) fn all(seeds: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = vec![Vec::new(), vec![b' '; 300], vec![b'\t'; 40], vec![0; 8]];
    out.extend(LENGTHS.iter().map(|n| vec![b'A'; *n]));
    out.extend(NASTY.iter().map(|n| n.to_vec()));
    out.push(b"a ".repeat(600));
    out.push("\u{1F600}".repeat(80).into_bytes());
    out.push((0x20..=0xff).collect());
    for seed in seeds {
        let word: Vec<u8> = seed.iter().copied().take_while(|b| *b != b' ').collect();
        for nasty in NASTY {
            out.push([word.as_slice(), b" ", nasty].concat());
        }
        for n in LENGTHS {
            out.push([word.as_slice(), b" ", &vec![b'B'; n]].concat());
        }
        out.push([word.as_slice(), &b" x".repeat(400)].concat());
        out.push([seed.as_slice(), b"\n", seed, b"\r", seed].concat());
        out.push(seed.iter().flat_map(|b| [*b, 0]).collect());
    }
    out
}
