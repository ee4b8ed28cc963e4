//! ICS: what the maker claims of each provision.

use super::nearest_provision;
use crate::read::{Item, Table, shorten};
use proofhouse_model::{Catalogue, Claim, ProvisionId, Support};

const SUPPORT: [(&str, Support); 3] = [
    ("Y", Support::Yes),
    ("N", Support::No),
    ("N/A", Support::NotApplicable),
];

/// Reads `[ics]`; rows come out in the standard's order.
pub fn read(table: &Table<'_>, catalogue: &Catalogue) -> Option<Vec<Claim>> {
    let rows = table.in_order().into_iter();
    let read: Vec<_> = rows
        .map(|(key, span, item)| {
            let provision = provision(table, key, span, catalogue);
            let row = row(&item);
            let (support, detail) = row?;
            Some(Claim {
                provision: provision?,
                support,
                detail,
            })
        })
        .collect();
    let mut claims: Vec<Claim> = read.into_iter().collect::<Option<_>>()?;
    claims.sort_by_key(|c| c.provision.order());
    Some(claims)
}

fn provision(
    table: &Table<'_>,
    key: &str,
    span: std::ops::Range<usize>,
    catalogue: &Catalogue,
) -> Option<ProvisionId> {
    let near = || nearest_provision(key, catalogue);
    let id = match ProvisionId::new(key) {
        Ok(id) => id,
        Err(e) => {
            let message = format!("`{}` is no provision", shorten(key));
            table
                .log()
                .note(span, message, |d| d.expected(e.expected).nearest(near()));
            return None;
        }
    };
    if catalogue.provision(&id).is_some() {
        return Some(id);
    }
    let (standard, edition) = (&catalogue.standard, catalogue.edition);
    let message = format!("{standard} {edition} has no provision {id}");
    table.log().note(span, message, |d| d.nearest(near()));
    None
}

fn row(item: &Item<'_>) -> Option<(Support, String)> {
    let table = item.table("{ support = \"Y\", detail = \"how\" }")?;
    table.only(&["support", "detail"]);
    let support = table
        .need("support")
        .and_then(|i| i.one_of("support value", &SUPPORT));
    let detail = table.need("detail").and_then(|i| i.text());
    Some((support?, detail?))
}
