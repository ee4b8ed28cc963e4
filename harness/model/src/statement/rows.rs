//! Rows of the statement, and the typed facts in them.

use crate::Profile;
use crate::profile::IxitRow;
use serde_json::Value;

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) table: &'a str,
    row: &'a IxitRow,
}

impl<'a> Row<'a> {
    /// As messages name it, such as `1-AuthMech AuthMech-Owner`.
    pub(super) fn name(self) -> String {
        match self.id() {
            Some(id) => format!("{} {id}", self.table),
            None => self.table.to_owned(),
        }
    }

    pub(super) fn id(self) -> Option<&'a str> {
        self.row.get("id")?.as_str()
    }

    /// A field of the table that is filled in, with text.
    pub(super) fn field(self, key: &str) -> Option<&'a str> {
        let said = match self.row.get(key)? {
            Value::Array(all) => all.first()?.as_str()?,
            said => said.as_str()?,
        };
        Some(said).filter(|said| !said.trim().is_empty())
    }

    /// A text of a fact that is a table.
    pub(super) fn inner(self, key: &str, inner: &str) -> Option<&'a Value> {
        self.fact(key)?.get(inner)
    }

    /// Whether the facts name a row there.
    pub(super) fn lists(self, key: &str, name: &str) -> bool {
        self.names(key).is_some_and(|all| all.contains(&name))
    }

    pub(super) fn fact(self, key: &str) -> Option<&'a Value> {
        self.row.get("bench")?.get(key)
    }

    pub(super) fn text(self, key: &str) -> Option<&'a str> {
        self.fact(key)?.as_str()
    }

    pub(super) fn number(self, key: &str) -> Option<u64> {
        self.fact(key)?.as_u64()
    }

    /// True or false; nothing where it is not said.
    pub(super) fn yes(self, key: &str) -> Option<bool> {
        self.fact(key)?.as_bool()
    }

    /// Names in a list, or one by itself; nothing where the key is not there.
    pub(super) fn names(self, key: &str) -> Option<Vec<&'a str>> {
        Some(match self.fact(key)? {
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            Value::String(one) => vec![one],
            _ => Vec::new(),
        })
    }
}

/// The rows of a table.
pub(super) fn of<'a>(profile: &'a Profile, table: &'a str) -> impl Iterator<Item = Row<'a>> {
    let rows = profile.ixit.get(table);
    rows.into_iter()
        .flatten()
        .map(move |row| Row { table, row })
}

/// All rows there are.
pub(super) fn all(profile: &Profile) -> impl Iterator<Item = Row<'_>> {
    let tables = profile.ixit.iter();
    tables.flat_map(|(table, rows)| rows.iter().map(move |row| Row { table, row }))
}
