//! What passwords of several specimens have in common.

use super::Weakness;

/// Numbers that close are counted, not drawn.
const CLOSE: u128 = 1000;

/// Specimens with the very same password.
pub(super) fn shared(passwords: &[String], specimen: usize) -> Option<Weakness> {
    let same = |other: &usize| *other != specimen && passwords[*other] == passwords[specimen];
    let other = (0..passwords.len()).find(same)?;
    let detail = format!("the same on specimen {}", other + 1);
    Some(Weakness::new("shared", 0.0, detail))
}

/// What is left of a password when the beginning and the end common to all specimens are taken
/// off; `None` when there is
/// nothing in common or nothing left.
pub(super) fn varying(passwords: &[String], specimen: usize) -> Option<String> {
    let own: Vec<char> = passwords[specimen].chars().collect();
    let mut others = passwords
        .iter()
        .filter(|p| **p != passwords[specimen])
        .peekable();
    others.peek()?;
    let (mut head, mut tail) = (own.len(), own.len());
    for other in others {
        let other: Vec<char> = other.chars().collect();
        head = head.min(ahead(own.iter(), other.iter()));
        tail = tail.min(ahead(own.iter().rev(), other.iter().rev()));
    }
    let end = own.len() - tail.min(own.len() - head);
    let rest: String = own[head..end].iter().collect();
    (!rest.is_empty() && rest.chars().count() < own.len()).then_some(rest)
}

/// How many items two sequences have in common from their start.
fn ahead<'a>(a: impl Iterator<Item = &'a char>, b: impl Iterator<Item = &'a char>) -> usize {
    a.zip(b).take_while(|(x, y)| x == y).count()
}

/// Whether another specimen's password differs only as a counter would.
pub(super) fn counter(
    passwords: &[String],
    public: &[Vec<String>],
    specimen: usize,
) -> Option<Weakness> {
    let own = &passwords[specimen];
    for (other, theirs) in passwords.iter().enumerate() {
        if other == specimen || own == theirs {
            continue;
        }
        if let Some(steps) = close_numbers(own, theirs) {
            let serial = serial_step(&public[specimen], &public[other]) == Some(steps);
            let more = if serial {
                ", just as their serial numbers do"
            } else {
                ""
            };
            let detail = format!(
                "read as a number it differs by {steps} from specimen {}{more}",
                other + 1
            );
            return Some(Weakness::new("counter", 10.0, detail));
        }
        if let Some((same, differing, bits)) = mostly_equal(own, theirs) {
            let detail = format!(
                "{same} characters as on specimen {}, only {differing} differ in one place",
                other + 1
            );
            return Some(Weakness::new("counter", bits, detail));
        }
    }
    None
}

/// The difference when both are numbers of one length, at least six digits, and close. Read as decimal, else hex.
fn close_numbers(a: &str, b: &str) -> Option<u128> {
    if a.len() != b.len() || !(6..=24).contains(&a.len()) {
        return None;
    }
    let radix = if a.bytes().chain(b.bytes()).all(|c| c.is_ascii_digit()) {
        10
    } else {
        16
    };
    let read = |t: &str| u128::from_str_radix(t, radix).ok();
    let apart = read(a)?.abs_diff(read(b)?);
    (apart <= CLOSE).then_some(apart)
}

/// How far the first pair of facts that differ only in their trailing number is apart.
fn serial_step(own: &[String], theirs: &[String]) -> Option<u128> {
    let split = |t: &str| {
        let head = t.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let number = t[head..].parse::<u128>().ok();
        number.map(|n| (t[..head].to_owned(), n))
    };
    own.iter().zip(theirs).find_map(|(a, b)| {
        let ((head, a), (other, b)) = (split(a)?, split(b)?);
        (head == other && a != b).then(|| a.abs_diff(b))
    })
}

/// Characters in common at both ends, characters that differ between, and the variety of these; when at least half,
/// and four, are common. That a half of two drawn values agrees by chance is less than one in 100,000.
fn mostly_equal(a: &str, b: &str) -> Option<(usize, usize, f64)> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() != b.len() {
        return None;
    }
    let head = ahead(a.iter(), b.iter());
    let tail = ahead(a.iter().rev(), b.iter().rev()).min(a.len() - head);
    let same = head + tail;
    let middle: String = a[head..a.len() - tail].iter().collect();
    let bits = super::shape::bits(&middle);
    let weak = bits < super::LEAST_BITS;
    (same >= 4 && same * 2 >= a.len() && weak).then_some((same, a.len() - same, bits))
}
