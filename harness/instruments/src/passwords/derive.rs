//! Passwords made from public facts: pieces of them, read backwards, counted up or down, flipped.

use super::{LEAST_BITS, Weakness, common, digest, shape};
use proofhouse_model::bytes::to_hex;

/// Bits left to a guesser who knows the facts and tries what is tried here.
const BITS: f64 = 12.0;
/// Shortest piece of a fact that is looked for.
const PIECE: usize = 4;
/// Pieces from this length on are no chance finds.
const TELLING: usize = 6;
/// Most bits the rest may have beside a shorter piece.
const SMALL_REST: f64 = 12.0;

/// A piece of a fact and how it was made.
struct Piece {
    text: String,
    how: &'static str,
}

/// The first way in which `password`, or the part of it that varies between specimens, is made from a fact.
pub(super) fn from_public(
    password: &str,
    varying: Option<&str>,
    facts: &[String],
) -> Option<Weakness> {
    let whole = bare(password);
    let part = varying.map(bare).filter(|v| v.len() >= PIECE);
    for (index, fact) in facts.iter().enumerate() {
        let found = |how: &str| {
            let detail = format!("made from fact {} of this specimen: {how}", index + 1);
            Some(Weakness::new("from-public", BITS, detail))
        };
        let bare_fact = bare(fact);
        for value in [Some(&whole), part.as_ref()].into_iter().flatten() {
            if value.len() >= PIECE && bare_fact.contains(value.as_str()) {
                return found("a piece of it");
            }
        }
        for piece in pieces(fact) {
            let made = made_of(&whole, &piece.text, facts)
                || part
                    .as_ref()
                    .is_some_and(|p| made_of(p, &piece.text, facts));
            if made {
                return found(piece.how);
            }
        }
        if let Some(how) = digest::of(password, varying, fact, facts) {
            return found(&how);
        }
    }
    None
}

/// How many derivations of facts a password is held against.
pub(super) fn count(facts: &[String]) -> usize {
    let of = |fact: &String| 1 + pieces(fact).len() + digest::count(fact, facts);
    facts.iter().map(of).sum()
}

/// Letters and digits only, in lower case: separators and case hide nothing.
pub(super) fn bare(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// Whether `value` is the piece, with nothing beside it that makes it hard to guess.
fn made_of(value: &str, piece: &str, facts: &[String]) -> bool {
    let Some(at) = value.find(piece).filter(|_| piece.len() >= PIECE) else {
        return false;
    };
    let rest = [&value[..at], &value[at + piece.len()..]].concat();
    if rest.is_empty() {
        return true;
    }
    let known = common::is_listed(&rest) || facts.iter().any(|f| bare(f).contains(&rest));
    let limit = if piece.len() >= TELLING {
        LEAST_BITS
    } else {
        SMALL_REST
    };
    known || shape::bits(&rest) < limit
}

/// All pieces of a fact that are tried.
fn pieces(fact: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let whole = bare(fact);
    cuts(
        &mut out,
        &whole,
        [
            "all of it",
            "one of its halves",
            "its last characters",
            "its first characters",
        ],
    );
    let reversed: String = whole.chars().rev().collect();
    const BACK: &str = "read backwards";
    cuts(&mut out, &reversed, [BACK; 4]);
    for part in fact.split(|c: char| !c.is_alphanumeric()) {
        push(&mut out, part.to_lowercase(), "a part of it");
        let digits = part.trim_start_matches(|c: char| !c.is_ascii_digit());
        push(&mut out, digits.to_lowercase(), "its number");
        push(
            &mut out,
            digits.trim_start_matches('0').to_lowercase(),
            "its number",
        );
        if let Ok(n) = digits.parse::<u64>() {
            near(&mut out, u128::from(n), |n| {
                format!("{n:0width$}", width = digits.len())
            });
        }
    }
    for (shift, how) in [
        (1, "each character one up"),
        (-1, "each character one down"),
    ] {
        cuts(&mut out, &shifted(&whole, shift), [how; 4]);
    }
    if whole.is_ascii() && (8..=24).contains(&whole.len()) {
        arithmetic(&mut out, &whole);
    }
    out
}

fn push(out: &mut Vec<Piece>, text: String, how: &'static str) {
    if text.len() >= PIECE {
        out.push(Piece { text, how });
    }
}

/// The whole, its halves, its tails and heads of usual lengths.
fn cuts(out: &mut Vec<Piece>, text: &str, how: [&'static str; 4]) {
    push(out, text.to_owned(), how[0]);
    if !text.is_ascii() {
        return;
    }
    let len = text.len();
    if len >= 2 * PIECE {
        push(out, text[..len / 2].to_owned(), how[1]);
        push(out, text[len / 2..].to_owned(), how[1]);
    }
    // Longest first, so that the detail names the most that is known.
    for n in [10, 8, 7, 6, 5, 4] {
        if n < len {
            push(out, text[len - n..].to_owned(), how[2]);
            push(out, text[..n].to_owned(), how[3]);
        }
    }
}

/// Every letter and digit moved in its own alphabet.
fn shifted(text: &str, by: i8) -> String {
    let turn = |c: char, first: u8, size: i16| {
        let at = i16::from(c as u8 - first) + i16::from(by);
        char::from(first + at.rem_euclid(size) as u8)
    };
    let moved = |c: char| match c {
        '0'..='9' => turn(c, b'0', 10),
        'a'..='z' => turn(c, b'a', 26),
        other => other,
    };
    text.chars().map(moved).collect()
}

/// The numbers one and two above and below.
fn near(out: &mut Vec<Piece>, n: u128, write: impl Fn(u128) -> String) {
    const NEAR: &str = "a number next to it";
    for value in [
        n.wrapping_add(1),
        n.saturating_sub(1),
        n.wrapping_add(2),
        n.saturating_sub(2),
    ] {
        cuts(out, &write(value), [NEAR; 4]);
    }
}

/// Numbers near a MAC or serial, in both notations, its bytes in other orders and flipped.
fn arithmetic(out: &mut Vec<Piece>, whole: &str) {
    const OTHER: &str = "its number in another notation";
    const FLIPPED: &str = "its bytes swapped or flipped";
    let len = whole.len();
    let all_digits = whole.bytes().all(|b| b.is_ascii_digit());
    if all_digits && let Ok(n) = whole.parse::<u128>() {
        near(out, n, |n| format!("{n:0len$}"));
        push(out, format!("{n:x}"), OTHER);
    }
    let Ok(n) = u128::from_str_radix(whole, 16) else {
        return;
    };
    near(out, n, |n| format!("{n:0len$x}"));
    for tail in [n, n & 0xffff_ffff, n & 0xff_ffff, n & 0xffff] {
        push(out, tail.to_string(), OTHER);
        push(out, format!("{tail:08}"), OTHER);
    }
    let bytes: Vec<u8> = n.to_be_bytes()[16 - len.div_ceil(2)..].to_vec();
    let backwards: Vec<u8> = bytes.iter().rev().copied().collect();
    cuts(out, &to_hex(&backwards), [FLIPPED; 4]);
    let flips: [fn(u8) -> u8; 4] = [|b| !b, |b| b ^ 0x55, |b| b ^ 0xaa, |b| b.rotate_left(4)];
    for flip in flips {
        let flipped: Vec<u8> = bytes.iter().map(|b| flip(*b)).collect();
        cuts(out, &to_hex(&flipped), [FLIPPED; 4]);
    }
}
