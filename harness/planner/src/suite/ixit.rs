//! `ixit-*.toml`: the IXIT tables and their fields.

use super::{IxitTable, unique};
use crate::read::{Item, Table};

/// Reads the file.
pub fn read(root: &Table<'_>) -> Option<Vec<IxitTable>> {
    root.only(&["specification", "table"]);
    root.need("specification").and_then(|i| i.text())?;
    let blocks = root.need("table")?.list("blocks [[table]]")?;
    let mut seen = Vec::new();
    let read: Vec<_> = blocks
        .iter()
        .map(|item| {
            let table = table(item)?;
            unique(&mut seen, table.id.clone(), item)?;
            Some(table)
        })
        .collect();
    read.into_iter().collect()
}

fn table(item: &Item<'_>) -> Option<IxitTable> {
    let table = item.table("a block [[table]]")?;
    table.only(&["id", "name", "many-rows", "fields", "assumed"]);
    let id = table.need("id").and_then(|i| i.text());
    let name = table.need("name").and_then(|i| i.text());
    let many_rows = table.need("many-rows").and_then(|i| i.yes_no());
    let fields = table.need("fields").and_then(|i| i.texts());
    let assumed = table.get("assumed").map_or(Some(Vec::new()), |i| i.texts());
    let (fields, assumed) = (fields?, assumed?);
    if let Some(odd) = assumed.iter().find(|a| !fields.contains(a)) {
        return item.bad(
            format!("`{odd}` is assumed, but no field"),
            "one of `fields`",
        );
    }
    Some(IxitTable {
        id: id?,
        name: name?,
        many_rows: many_rows?,
        fields,
        assumed,
    })
}
