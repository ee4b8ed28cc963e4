//! What a password's form gives away: an estimate of its variety, and patterns people make.

/// Neighbours on keyboards and in the alphabet, read both ways. Three layouts, rows and slanted columns.
const TRACKS: [&str; 11] = [
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
];
/// Shortest walk that counts.
const WALK: usize = 4;

/// Estimated variety in bits. Upper bound for a guesser who knows the characters used and tries runs, walks and
/// repetitions first; knows no dictionary.
pub(super) fn bits(password: &str) -> f64 {
    let chars: Vec<char> = password.chars().collect();
    if chars.is_empty() {
        return 0.0;
    }
    let period = period(&chars);
    if period < chars.len() {
        let block: String = chars[..period].iter().collect();
        return bits(&block) + (chars.len() as f64 / period as f64).log2();
    }
    let each = charset(&chars).log2();
    // A character that only continues a run or walk of three costs one bit.
    let cheap = chars.windows(3).filter(|w| continues(w)).count() as f64;
    let by_runs = (chars.len() as f64 - cheap) * each + cheap;
    let mut distinct = chars.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let few = distinct.len() as f64;
    if distinct.len() > 3 {
        return by_runs;
    }
    by_runs.min(few * each + (chars.len() as f64 - few) * few.log2())
}

/// Length of the shortest block the whole is made of; the whole length when there is none.
fn period(chars: &[char]) -> usize {
    let repeats = |p: &usize| chars[*p..].iter().zip(chars).all(|(a, b)| a == b);
    (1..=chars.len() / 2).find(repeats).unwrap_or(chars.len())
}

/// Size of the set the characters seem to be drawn from.
fn charset(chars: &[char]) -> f64 {
    let any = |class: fn(&char) -> bool| chars.iter().any(class);
    let all = |class: fn(&char) -> bool| chars.iter().all(class);
    let one_case = !(any(char::is_ascii_lowercase) && any(char::is_ascii_uppercase));
    if all(char::is_ascii_hexdigit) && one_case && any(char::is_ascii_digit) {
        return if all(char::is_ascii_digit) {
            10.0
        } else {
            16.0
        };
    }
    let classes = [
        (any(char::is_ascii_digit), 10.0),
        (any(char::is_ascii_lowercase), 26.0),
        (any(char::is_ascii_uppercase), 26.0),
        (any(|c| c.is_ascii() && !c.is_ascii_alphanumeric()), 33.0),
        (any(|c| !c.is_ascii()), 100.0),
    ];
    classes
        .iter()
        .filter(|(used, _)| *used)
        .map(|(_, n)| n)
        .sum()
}

/// Three characters that are equal, or go one step up or down each time.
fn continues(w: &[char]) -> bool {
    let step = |a: char, b: char| i64::from(u32::from(b)) - i64::from(u32::from(a));
    let (first, second) = (step(w[0], w[1]), step(w[1], w[2]));
    first == second && first.abs() <= 1
}

/// A pattern that makes up the password, in words.
pub(super) fn pattern(password: &str, facts: &[String]) -> Option<String> {
    let lower = password.to_lowercase();
    let length = lower.chars().count();
    let walked = walked(&lower);
    if walked * 2 >= length && walked >= WALK {
        return Some(format!(
            "{walked} of {length} characters are keyboard or alphabet walks"
        ));
    }
    if word_and_year(&lower) {
        return Some("letters and a year".to_owned());
    }
    if is_date(&lower) {
        return Some("a calendar date".to_owned());
    }
    let made = facts.iter().position(|f| name_and_digits(&lower, f))?;
    Some(format!("a name from fact {} and a few digits", made + 1))
}

/// Characters that lie in walks of at least four, longest walks first found from the left.
fn walked(lower: &str) -> usize {
    let ascii = lower.as_bytes();
    let mut at = 0;
    let mut sum = 0;
    while at < ascii.len() {
        let longest = (at + WALK..=ascii.len())
            .rev()
            .find(|end| is_walk(&ascii[at..*end]));
        match longest {
            Some(end) => {
                sum += end - at;
                at = end;
            }
            None => at += 1,
        }
    }
    sum
}

fn is_walk(piece: &[u8]) -> bool {
    let back: Vec<u8> = piece.iter().rev().copied().collect();
    TRACKS.iter().any(|track| {
        let mut windows = track.as_bytes().windows(piece.len());
        windows.any(|w| w == piece || w == back)
    })
}

/// One to eight letters, then 1900 to 2099, then at most one symbol; or the year first.
fn word_and_year(lower: &str) -> bool {
    let core = lower.trim_end_matches(|c: char| c.is_ascii_punctuation());
    if lower.len() > core.len() + 1 || !core.is_ascii() || !(5..=12).contains(&core.len()) {
        return false;
    }
    let (head, tail) = core.split_at(core.len() - 4);
    let (front, rest) = core.split_at(4);
    let letters = |t: &str| t.bytes().all(|b| b.is_ascii_alphabetic());
    (is_year(tail) && letters(head)) || (is_year(front) && letters(rest))
}

fn is_year(text: &str) -> bool {
    text.parse().is_ok_and(|y: u16| (1900..2100).contains(&y)) && text.len() == 4
}

/// Eight digits that read as a date of 1900 to 2099, in any usual order.
fn is_date(text: &str) -> bool {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let part = |from: usize| text[from..from + 2].parse().unwrap_or(0_u8);
    let day_month = |a: u8, b: u8| {
        let fits = |d: u8, m: u8| (1..=31).contains(&d) && (1..=12).contains(&m);
        fits(a, b) || fits(b, a)
    };
    (is_year(&text[..4]) && day_month(part(4), part(6)))
        || (is_year(&text[4..]) && day_month(part(0), part(2)))
}

/// A piece of a fact with three letters or more, followed by at most six digits and nothing else.
fn name_and_digits(lower: &str, fact: &str) -> bool {
    let fact = fact.to_lowercase();
    let pieces = fact.split(|c: char| !c.is_alphanumeric());
    let names = pieces.filter(|p| p.chars().filter(|c| c.is_alphabetic()).count() >= 3);
    names
        .filter(|name| !name.bytes().all(|b| b.is_ascii_hexdigit()))
        .any(|name| {
            let rest = lower
                .strip_prefix(name)
                .map(|r| r.trim_start_matches(['-', '_', '.']));
            rest.is_some_and(|r| r.len() <= 6 && r.bytes().all(|b| b.is_ascii_digit()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_fall_with_structure() {
        for weak in [
            "",
            "aaaaaaaaaaaa",
            "abababababab",
            "abcdefghijkl",
            "12345678",
            "87654321",
            "48151623",
        ] {
            assert!(bits(weak) < 32.0, "{weak}: {}", bits(weak));
        }
        for sound in ["k7q2m9xwzt4p", "9f3a61c8", "5820417396", "Zk4-pQ8!"] {
            assert!(bits(sound) >= 32.0, "{sound}: {}", bits(sound));
        }
        assert!((bits("k7q2m9xwzt4p") - 12.0 * 36_f64.log2()).abs() < 1e-9);
    }

    #[test]
    fn patterns_are_seen() {
        let facts = ["ACME SmartPlug-2".to_owned()];
        for made in [
            "qwertyuiop",
            "1qaz2wsx",
            "asdf9jkl",
            "poiuytrewq",
            "Summer2024!",
            "2019winter",
            "24121987",
            "smartplug0042",
            "Acme123",
        ] {
            assert!(pattern(made, &facts).is_some(), "{made}");
        }
        for none in [
            "k7q2m9xwzt4p",
            "qwerk7q2m9xwzt",
            "smartplug-k7q2m9xw",
            "31421987",
        ] {
            assert_eq!(pattern(none, &facts), None, "{none}");
        }
    }
}
