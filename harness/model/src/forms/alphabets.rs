//! Base64 and base32: characters of so many bits, of which the outer ones are shared with what stands beside a value.

/// The characters of a base64 alphabet.
#[must_use]
pub const fn alphabet(url: bool) -> &'static [u8; 64] {
    if url {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    } else {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    }
}

/// What base64 of either alphabet stands for, with or without padding; `None` where it is no base64.
#[must_use]
pub fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.iter().rev().take_while(|b| **b == b'=').count();
    let letters = &text[..text.len() - padding.min(2)];
    let mut out = Vec::with_capacity(letters.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0);
    for letter in letters {
        bits = bits << 6 | u32::from(base64_value(*letter)?);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).unwrap_or(0));
        }
    }
    (held < 6).then_some(out)
}

/// What a character of either alphabet stands for.
#[must_use]
pub const fn base64_value(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// The characters that stand for the value alone when `offset` bytes of something else precede it in the same text.
pub(super) fn letters(value: &[u8], offset: usize, letters: &[u8]) -> Vec<u8> {
    let bits = if letters.len() == 32 { 5 } else { 6 };
    let padded = [&[0; 4][..offset.min(4)], value].concat();
    let first = (offset * 8).div_ceil(bits);
    let end = padded.len() * 8 / bits;
    let mask = (1 << bits) - 1;
    let value = |at: usize| {
        let byte = |n: usize| usize::from(padded.get(n).copied().unwrap_or(0));
        let (start, shift) = (at * bits / 8, 16 - bits - at * bits % 8);
        (byte(start) << 8 | byte(start + 1)) >> shift & mask
    };
    (first..end).map(|at| letters[value(at)]).collect()
}
