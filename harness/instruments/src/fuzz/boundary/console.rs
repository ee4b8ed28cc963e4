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

#[cfg(test)]
mod tests {
    use super::*;

    /// `AT_LOG_IN` of the suite's `lib/parameters.star` names inputs by their numbers: tell it when these change.
    #[test]
    fn long_and_odd_lines_need_no_seed_and_have_their_numbers() {
        let all = all(&[]);
        assert_eq!(all.len(), 45);
        let lengths: Vec<usize> = all[13..20].iter().map(Vec::len).collect();
        assert_eq!(lengths, LENGTHS[9..]);
        assert_eq!(all[20..42], NASTY.map(<[u8]>::to_vec));
        let whole: &[u8] = b"a b\na b\ra b";
        assert_eq!(
            super::all(&[b"a b".to_vec()])[84],
            whole,
            "`WHOLE_SEED` of the same file"
        );
        let no_line_end = |line: &Vec<u8>| !line.contains(&b'\n') && !line.contains(&b'\r');
        assert!(all.iter().all(no_line_end));
    }
}
