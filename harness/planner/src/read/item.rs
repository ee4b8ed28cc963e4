//! A TOML value being read: each method says what it wants and notes what is there instead.

use super::shorten::shorten;
use super::{Log, Table, nearest};
use proofhouse_model::Dur;
use std::ops::Range;
use toml::de::DeValue;

/// A value with its key and its place.
#[derive(Clone)]
pub struct Item<'a> {
    log: &'a Log,
    key: &'a str,
    span: Range<usize>,
    value: &'a DeValue<'a>,
}

impl<'a> Item<'a> {
    /// A value under a key.
    pub fn new(log: &'a Log, key: &'a str, span: Range<usize>, value: &'a DeValue<'a>) -> Self {
        Self {
            log,
            key,
            span,
            value,
        }
    }

    /// The key it stands behind.
    pub fn key(&self) -> &'a str {
        self.key
    }

    /// Where mistakes go.
    pub fn log(&self) -> &'a Log {
        self.log
    }

    /// Place of the value.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The value as parsed.
    pub fn raw(&self) -> &'a DeValue<'a> {
        self.value
    }

    /// Notes that another kind of value was wanted.
    pub fn wrong<T>(&self, expected: &str) -> Option<T> {
        let message = format!("`{}` is {}", self.key, kind(self.value));
        self.log
            .note(self.span(), message, |d| d.expected(expected));
        None
    }

    /// Notes a mistake in the value.
    pub fn bad<T>(&self, message: impl Into<String>, expected: &str) -> Option<T> {
        self.log
            .note(self.span(), message.into(), |d| d.expected(expected));
        None
    }

    /// Text that says something.
    pub fn text(&self) -> Option<String> {
        match self.value {
            DeValue::String(s) if s.trim().is_empty() => self.bad(
                format!("`{}` is empty", self.key),
                "text that says something",
            ),
            DeValue::String(s) => Some(s.to_string()),
            _ => self.wrong("text in quotes"),
        }
    }

    /// Text turned into something by a check that says what it wanted.
    pub fn parsed<T>(&self, read: impl FnOnce(&str) -> Result<T, (String, String)>) -> Option<T> {
        let text = self.text()?;
        read(&text)
            .map_err(|(message, expected)| self.bad::<()>(message, &expected))
            .ok()
    }

    /// One of a few words.
    pub fn one_of<T: Copy>(&self, what: &str, words: &[(&str, T)]) -> Option<T> {
        let DeValue::String(text) = self.value else {
            return self.wrong(&one_of(words));
        };
        let hit = words.iter().find(|(word, _)| word == text);
        if hit.is_none() {
            let near = nearest(text, words.iter().map(|(w, _)| *w));
            let message = format!("`{}` is no {what}", shorten(text));
            self.log.note(self.span(), message, |d| {
                d.expected(one_of(words)).nearest(near)
            });
        }
        hit.map(|(_, value)| *value)
    }

    /// A duration longer than nothing.
    pub fn dur(&self) -> Option<Dur> {
        const WANT: &str = "a duration such as 250ms, 90s, 5m or 24h";
        let DeValue::String(text) = self.value else {
            return self.wrong(WANT);
        };
        match Dur::parse(text) {
            Ok(dur) if dur == Dur::default() => {
                self.bad(format!("`{}` is no time at all", self.key), WANT)
            }
            Ok(dur) => Some(dur),
            Err(why) if text.len() <= 40 && !why.contains("not a duration") => self.bad(why, WANT),
            Err(_) => self.bad(format!("`{}` is not a duration", shorten(text)), WANT),
        }
    }

    /// A whole number in a range.
    pub fn whole(&self, range: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let want = format!("a whole number from {} to {}", range.start(), range.end());
        let DeValue::Integer(n) = self.value else {
            return self.wrong(&want);
        };
        let value = u64::from_str_radix(n.as_str(), n.radix());
        match value.ok().filter(|v| range.contains(v)) {
            Some(v) => Some(v),
            None => self.bad(format!("`{}` is {}", self.key, shorten(n.as_str())), &want),
        }
    }

    /// `true` or `false`.
    pub fn yes_no(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(b) => Some(*b),
            _ => self.wrong("true or false"),
        }
    }

    /// A table; `expected` says what it should hold.
    pub fn table(&self, expected: &str) -> Option<Table<'a>> {
        match self.value {
            DeValue::Table(t) => Some(Table::new(self.log, self.span(), t)),
            _ => self.wrong(expected),
        }
    }

    /// The members of an array.
    pub fn list(&self, expected: &str) -> Option<Vec<Item<'a>>> {
        let DeValue::Array(all) = self.value else {
            return self.wrong(expected);
        };
        let of = |v: &'a toml::Spanned<DeValue<'a>>| {
            Item::new(self.log, self.key, v.span(), v.get_ref())
        };
        Some(all.iter().map(of).collect())
    }

    /// The members of an array, each read; `None` when one of them is bad.
    pub fn list_of<T>(
        &self,
        expected: &str,
        read: impl Fn(&Item<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.list(expected)?;
        let read: Vec<_> = items.iter().map(read).collect();
        read.into_iter().collect()
    }

    /// A list of texts.
    pub fn texts(&self) -> Option<Vec<String>> {
        self.list_of("a list of texts", Item::text)
    }

    /// Any value as JSON; dates become text, keys are sorted.
    pub fn json(&self) -> Option<serde_json::Value> {
        use serde_json::Value as J;
        Some(match self.value {
            DeValue::String(s) => J::String(s.to_string()),
            DeValue::Boolean(b) => J::Bool(*b),
            DeValue::Datetime(d) => J::String(d.to_string()),
            DeValue::Integer(n) => match i64::from_str_radix(n.as_str(), n.radix()) {
                Ok(n) => J::from(n),
                Err(_) => return self.bad("the number is too large", "a 64-bit number"),
            },
            DeValue::Float(f) => {
                let number = f
                    .as_str()
                    .parse()
                    .ok()
                    .and_then(serde_json::Number::from_f64);
                match number {
                    Some(n) => J::Number(n),
                    None => return self.bad("this is no number to reckon with", "a finite number"),
                }
            }
            DeValue::Array(_) => J::Array(self.list_of("a list", Item::json)?),
            DeValue::Table(t) => {
                let mut all = Table::new(self.log, self.span(), t).in_order();
                all.sort_by_key(|(key, _, _)| *key);
                let read: Vec<_> = all
                    .into_iter()
                    .map(|(key, _, item)| item.json().map(|j| (key.to_owned(), j)))
                    .collect();
                J::Object(read.into_iter().collect::<Option<_>>()?)
            }
        })
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "a true-or-false value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The words to choose from, for a message.
pub fn one_of<T>(words: &[(&str, T)]) -> String {
    let quoted: Vec<_> = words.iter().map(|(w, _)| format!("\"{w}\"")).collect();
    match quoted.as_slice() {
        [one] => one.clone(),
        all => format!("one of {}", all.join(", ")),
    }
}
