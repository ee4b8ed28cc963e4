//! What a kind of fact is called.

use super::{Fact, FactKind};

impl FactKind {
    /// What a value must be, for a message and for the printed table.
    #[must_use]
    pub fn in_words(self) -> String {
        match self {
            Self::YesNo => "true or false".to_owned(),
            Self::Whole(from, to) => format!("a whole number from {from} to {to}"),
            Self::Text => "text".to_owned(),
            Self::Texts => "text, or a list of texts".to_owned(),
            Self::Choice([word]) => quoted(word),
            Self::Choice(words) => format!("one of {}", list(words)),
            Self::Choices(words) => format!("some of {}", list(words)),
            Self::Duration => "a duration such as \"90s\"".to_owned(),
            Self::Day => "a day such as \"2026-11-29\"".to_owned(),
            Self::Pattern => "a regular expression".to_owned(),
            Self::Rows(tables) => format!("rows of {} by their ids", tables.join(", ")),
            Self::Inner(facts) => {
                let each: Vec<String> = facts.iter().map(Fact::in_words).collect();
                format!("a table: {}", each.join("; "))
            }
        }
    }
}

impl Fact {
    fn in_words(&self) -> String {
        format!("`{}` ({}) {}", self.name, self.kind.in_words(), self.doc)
    }
}

fn quoted(word: &str) -> String {
    format!("\"{word}\"")
}

fn list(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|w| quoted(w)).collect();
    words.join(", ")
}
