//! `crosswalks/*.toml`: rows of other guides that lean on provisions.

use super::{edition_of, known, unique};
use crate::read::{Item, Table};
use proofhouse_model::catalogue::{Confidence, Guide, GuideRow, RowReach};
use proofhouse_model::{Catalogue, GuideId, ProvisionId};

/// Whether the guide itself states a link.
const BASIS: [(&str, bool); 2] = [("text", true), ("judgement", false)];
const CONFIDENCE: [(&str, Confidence); 3] = [
    ("high", Confidence::High),
    ("medium", Confidence::Medium),
    ("low", Confidence::Low),
];
const BENCH: [(&str, RowReach); 3] = [
    ("yes", RowReach::Yes),
    ("partly", RowReach::Partly),
    ("no", RowReach::No),
];

/// Reads one guide. Links written for another edition are dropped, since ids changed meaning; the rows
/// stay, so that cases can serve them.
pub fn read(root: &Table<'_>, catalogue: &Catalogue) -> Option<Guide> {
    root.only(&["name", "title", "edition", "basis", "row"]);
    let name = root.need("name").and_then(|i| i.text());
    let title = root.need("title").and_then(|i| i.text());
    let same = edition_of(root)? == catalogue.edition;
    let basis = match root.get("basis") {
        None => Some(None),
        Some(i) => i.one_of("basis", &BASIS).map(Some),
    }?;
    let blocks = root.need("row")?.list("blocks [[row]]")?;
    let mut seen = Vec::new();
    let read: Vec<_> = blocks
        .iter()
        .map(|item| {
            let row = row(item, basis, same.then_some(catalogue))?;
            unique(&mut seen, row.id.clone(), item)?;
            Some(row)
        })
        .collect();
    Some(Guide {
        name: name?,
        title: title?,
        rows: read.into_iter().collect::<Option<_>>()?,
    })
}

fn row(item: &Item<'_>, basis: Option<bool>, catalogue: Option<&Catalogue>) -> Option<GuideRow> {
    let table = item.table("a block [[row]]")?;
    table.only(&[
        "id",
        "title",
        "bad-example",
        "provisions",
        "basis",
        "confidence",
        "bench",
        "missing",
    ]);
    let id = table.need("id").and_then(|i| {
        i.parsed(|t| GuideId::new(t).map_err(|e| (e.to_string(), e.expected.to_owned())))
    });
    let title = table.need("title").and_then(|i| i.text());
    let bad_example = table.get("bad-example").map_or(Some(false), |i| i.yes_no());
    let provisions = table
        .need("provisions")
        .and_then(|i| i.list_of("a list of provisions", |p| provision(p, catalogue)));
    let from_text = match (table.get("basis"), basis) {
        (None, Some(all)) => Some(all),
        (None, None) => table.need("basis").and_then(|i| i.one_of("basis", &BASIS)),
        (Some(i), _) => i.one_of("basis", &BASIS),
    };
    let confidence = table
        .need("confidence")
        .and_then(|i| i.one_of("confidence", &CONFIDENCE));
    let bench = table
        .need("bench")
        .and_then(|i| i.one_of("reach of the bench", &BENCH));
    let missing = match table.get("missing") {
        None => None,
        Some(item) => Some(item.text()?),
    };
    Some(GuideRow {
        id: id?,
        title: title?,
        bad_example: bad_example?,
        provisions: provisions?.into_iter().flatten().collect(),
        from_text: from_text?,
        confidence: confidence?,
        bench: bench?,
        missing,
    })
}

/// Inner `None` for a link that is not carried over to this edition.
fn provision(item: &Item<'_>, catalogue: Option<&Catalogue>) -> Option<Option<ProvisionId>> {
    let id =
        item.parsed(|t| ProvisionId::new(t).map_err(|e| (e.to_string(), e.expected.to_owned())))?;
    let Some(catalogue) = catalogue else {
        return Some(None);
    };
    known(item, &id, &catalogue.provisions)?;
    Some(Some(id))
}
