//! IXIT: what the maker tells the lab, table by table.

use super::bench;
use crate::read::{Item, Table, nearest, shorten};
use crate::suite::IxitTable;
use proofhouse_model::profile::IxitRow;
use std::collections::{BTreeMap, BTreeSet};
use toml::de::DeValue;

/// The typed facts of a row, which rules and cases compute on.
const BENCH: &str = "bench";

/// All tables by id.
#[derive(Default)]
pub struct Tables {
    pub rows: BTreeMap<String, Vec<IxitRow>>,
    /// Those that have none, with the reason.
    pub without_rows: BTreeMap<String, String>,
}

/// How a field's name is written in a profile: lower case, and one hyphen for whatever stands between
/// letters and digits. "Review/Evaluation Method" is `review-evaluation-method`.
#[must_use]
pub fn field_key(field: &str) -> String {
    let mut out = String::new();
    for c in field.chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_matches('-').to_owned()
}

/// Reads all `[[ixit.<table>]]`.
pub fn read(root: &Table<'_>, known: &[IxitTable]) -> Option<Tables> {
    let Some(item) = root.get("ixit") else {
        return Some(Tables::default());
    };
    let tables = item.table("blocks such as [[ixit.1-AuthMech]]")?.in_order();
    let read: Vec<_> = tables
        .into_iter()
        .map(|(key, span, item)| {
            let Some(table) = known.iter().find(|t| t.id == key) else {
                let near = nearest(key, known.iter().map(|t| t.id.as_str()));
                let message = format!("there is no IXIT table `{}`", shorten(key));
                root.log().note(span, message, |d| {
                    d.expected(format!("one of {} tables, such as 1-AuthMech", known.len()))
                        .nearest(near)
                });
                return None;
            };
            rows(&item, table).map(|rows| (key.to_owned(), rows))
        })
        .collect();
    let mut tables = Tables::default();
    for (id, rows) in read.into_iter().collect::<Option<Vec<_>>>()? {
        match none(&rows) {
            Some(why) => drop(tables.without_rows.insert(id, why)),
            None => drop(tables.rows.insert(id, rows)),
        }
    }
    Some(tables)
}

/// Why there are no rows, where the one row says so.
fn none(rows: &[IxitRow]) -> Option<String> {
    let [row] = rows else {
        return None;
    };
    Some(row.get(BENCH)?.get(bench::NONE)?.as_str()?.to_owned())
}

fn rows(item: &Item<'_>, table: &IxitTable) -> Option<Vec<IxitRow>> {
    let expected = format!("a row as a block [[ixit.{}]]", table.id);
    let items = item.list(&expected)?;
    if !table.many_rows
        && let Some(second) = items.get(1)
    {
        return second.bad(format!("{} has one row only", table.id), "one block");
    }
    let mut ids = BTreeSet::new();
    let read: Vec<_> = items
        .iter()
        .map(|item| {
            let fields = item.table(&expected)?;
            if fields.is_empty() {
                return item.bad("this row says nothing", "at least one field");
            }
            let row = row(&fields, table, &mut ids)?;
            alone(item, &fields, items.len())?;
            Some(row)
        })
        .collect();
    read.into_iter().collect()
}

fn row(fields: &Table<'_>, table: &IxitTable, ids: &mut BTreeSet<String>) -> Option<IxitRow> {
    let mut known: Vec<String> = table.fields.iter().map(|f| field_key(f)).collect();
    known.push(BENCH.to_owned());
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    fields.only(&known);
    let read: Vec<_> = fields
        .in_order()
        .into_iter()
        .filter(|(key, _, _)| known.contains(key))
        .map(|(key, _, item)| {
            let value = if key == BENCH {
                bench::read(&item, &table.id)
            } else {
                said(&item)
            }?;
            Some((key.to_owned(), value))
        })
        .collect();
    let row = read.into_iter().collect();
    own_id(fields, table, ids)?;
    row
}

/// Notes a row that says that there are no rows, beside others or with more to say.
fn alone(item: &Item<'_>, fields: &Table<'_>, rows: usize) -> Option<()> {
    let Some(facts) = fields.get(BENCH) else {
        return Some(());
    };
    let facts = facts.table(bench::EXPECTED)?;
    let only = rows == 1 && fields.in_order().len() == 1 && facts.in_order().len() == 1;
    if facts.get(bench::NONE).is_none() || only {
        return Some(());
    }
    item.bad(
        "this row says that the table has no rows, and there is more in it",
        "`bench = { none = \"why\" }` and nothing else",
    )
}

/// Notes an id that another row of the table has already.
fn own_id(fields: &Table<'_>, table: &IxitTable, ids: &mut BTreeSet<String>) -> Option<()> {
    let Some(item) = fields.get("id") else {
        return Some(());
    };
    match item.raw() {
        DeValue::String(id) if !ids.insert(id.to_string()) => item.bad(
            format!("{} has a row `{}` already", table.id, shorten(id)),
            "an id of its own",
        ),
        _ => Some(()),
    }
}

/// What the standard asks for is said in texts, lists of texts, numbers, or true and false.
fn said(item: &Item<'_>) -> Option<serde_json::Value> {
    match item.raw() {
        DeValue::String(_) => item.text().map(serde_json::Value::from),
        DeValue::Array(all) if all.is_empty() => item.bad("the list is empty", "at least one text"),
        DeValue::Array(_) => item.texts().map(serde_json::Value::from),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => item.json(),
        DeValue::Table(_) | DeValue::Datetime(_) => {
            item.wrong("text, a list of texts, a number, true or false")
        }
    }
}
