//! What was recorded and what is asked for now, in words for a reader.

use proofhouse_model::Fact;

/// Most characters shown of one.
const LONGEST: usize = 120;
/// Characters shown before the first that differs.
const BEFORE: usize = 30;

/// A fact, whole.
pub fn of_fact(fact: &Fact) -> String {
    match fact {
        Fact::OpStarted { op } => serde_json::to_string(op).unwrap_or_default(),
        Fact::TaskEnded { .. } => "the end of the case".to_owned(),
        Fact::WaitRanOut { limit } => format!("a wait of {limit} that ran out"),
        Fact::ClockRead { .. } => "a look at the clock".to_owned(),
        Fact::SecretKnown(secret) => format!("a fresh secret {}", secret.name),
        Fact::Guessed { word } => format!("the guess `{word}`"),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

/// The start of both, or, where that is the same, the part of each from a little before the first difference.
#[must_use]
pub fn told_apart(one: &str, other: &str) -> (String, String) {
    let mut same = one.chars().zip(other.chars());
    let same = same.position(|(a, b)| a != b);
    let same = same.unwrap_or_else(|| one.chars().count().min(other.chars().count()));
    let from = match same < LONGEST / 2 {
        true => 0,
        false => same - BEFORE,
    };
    let part = |text: &str| {
        let before = if from > 0 { "..." } else { "" };
        let shown: String = text.chars().skip(from).take(LONGEST).collect();
        let more = text.chars().nth(from + LONGEST).map_or("", |_| "...");
        format!("{before}{shown}{more}")
    };
    (part(one), part(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shown_where_they_differ() {
        let (one, other) = told_apart("get /a", "get /b");
        assert_eq!((one.as_str(), other.as_str()), ("get /a", "get /b"));
        let head = "é".repeat(500);
        let long = "z".repeat(500);
        let (one, other) = told_apart(&format!("{head}one{long}"), &format!("{head}two"));
        assert!(one.starts_with("...é") && one.contains("éonez"), "{one}");
        assert!(one.ends_with("..."), "{one}");
        assert!(other.ends_with("étwo"), "{other}");
    }
}
