//! A TOML table being read: known keys, missing keys, unknown keys.

use super::shorten::shorten;
use super::{Item, Log, nearest};
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// A table and the place of its header.
#[derive(Clone)]
pub struct Table<'a> {
    log: &'a Log,
    span: Range<usize>,
    entries: &'a DeTable<'a>,
}

impl<'a> Table<'a> {
    /// The whole file.
    pub fn root(log: &'a Log, entries: &'a DeTable<'a>) -> Self {
        Self::new(log, 0..0, entries)
    }

    /// A table with the place to point to when something is missing in it.
    pub fn new(log: &'a Log, span: Range<usize>, entries: &'a DeTable<'a>) -> Self {
        Self { log, span, entries }
    }

    /// Where mistakes go.
    pub fn log(&self) -> &'a Log {
        self.log
    }

    /// Place of the header, or of the braces.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Notes every key that is none of the known ones.
    pub fn only(&self, known: &[&str]) -> &Self {
        self.only_but(known, &[])
    }

    /// The same, but for former keys, of which somebody else says what they are called now.
    pub fn only_but(&self, known: &[&str], former: &[&str]) -> &Self {
        for (key, span, _) in self.raw() {
            if !known.contains(&key) && !former.contains(&key) {
                self.log
                    .note(span, format!("unknown key `{}`", shorten(key)), |d| {
                        d.expected(list(known))
                            .nearest(nearest(key, known.iter().copied()))
                    });
            }
        }
        self
    }

    /// The value of a key, if it is there.
    pub fn get(&self, key: &str) -> Option<Item<'a>> {
        self.entries
            .iter()
            .find(|(k, _)| k.get_ref().as_ref() == key)
            .map(|(k, v)| Item::new(self.log, k.get_ref(), v.span(), v.get_ref()))
    }

    /// The value of a key that must be there; its absence is noted at the table.
    pub fn need(&self, key: &str) -> Option<Item<'a>> {
        let item = self.get(key);
        if item.is_none() {
            self.log
                .note(self.span(), format!("`{key}` is missing here"), |d| d);
        }
        item
    }

    /// All entries in the file's order: key, place of the key, value.
    pub fn in_order(&self) -> Vec<(&'a str, Range<usize>, Item<'a>)> {
        self.raw()
            .into_iter()
            .map(|(key, span, v)| {
                let item = Item::new(self.log, key, v.span(), v.get_ref());
                (key, span, item)
            })
            .collect()
    }

    fn raw(&self) -> Vec<(&'a str, Range<usize>, &'a toml::Spanned<DeValue<'a>>)> {
        let entries = self.entries.iter();
        let mut all: Vec<_> = entries
            .map(|(k, v)| (k.get_ref().as_ref(), k.span(), v))
            .collect();
        all.sort_by_key(|(_, span, _)| span.start);
        all
    }
}

/// "`a`, `b` or `c`".
fn list(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|n| format!("`{n}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
