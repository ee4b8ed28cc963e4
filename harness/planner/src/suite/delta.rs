//! `delta-*.toml`: what became of the provisions of an earlier edition, whose units stand in where nothing of substance
//! changed.

use super::{Doubt, edition_of, named, optional_text};
use crate::read::{Item, Table};
use proofhouse_model::{Catalogue, Edition, Provision, ProvisionId, UnitRef};

/// What an earlier edition had: cases are written for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Former {
    /// Its provisions.
    pub provisions: Vec<ProvisionId>,
    /// Units of its test specification.
    pub units: Vec<UnitRef>,
}

/// How a provision came from the earlier edition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Unchanged,
    Notation,
    Renumbered,
    Reworded,
    Split,
    New,
}

const CHANGES: [(&str, Change); 6] = [
    ("unchanged", Change::Unchanged),
    ("notation", Change::Notation),
    ("renumbered", Change::Renumbered),
    ("reworded", Change::Reworded),
    ("split", Change::Split),
    ("new", Change::New),
];

/// The edition that a delta starts from.
pub fn since(root: &Table<'_>) -> Option<Edition> {
    root.only(&["edition", "since", "provision"]);
    named(&root.need("since")?)
}

/// Takes units over, and says of each provision without any why.
pub fn read(root: &Table<'_>, catalogue: &mut Catalogue, older: &Catalogue) -> Option<Vec<Doubt>> {
    if edition_of(root)? != catalogue.edition {
        let want = format!("\"{}\"", catalogue.edition);
        return root
            .need("edition")?
            .bad("this file is for another edition", &want);
    }
    let rows = root.need("provision")?.table("a row for each provision")?;
    let mut doubts = Vec::new();
    let mut whole = true;
    for provision in &mut catalogue.provisions {
        let read = rows
            .need(provision.id.as_str())
            .and_then(|item| row(&item, provision, older));
        match read {
            Some(doubt) => doubts.extend(doubt),
            None => whole = false,
        }
    }
    let known: Vec<&str> = catalogue.provisions.iter().map(|p| p.id.as_str()).collect();
    rows.only(&known);
    whole.then_some(doubts)
}

fn row(item: &Item<'_>, provision: &mut Provision, older: &Catalogue) -> Option<Option<Doubt>> {
    let table = item.table("{ change = \"reworded\", was = \"5.1-1\", what = \"...\" }")?;
    table.only(&["change", "was", "what"]);
    let change = table.need("change")?.one_of("change", &CHANGES)?;
    let what = optional_text(&table, "what")?;
    let was = match table.get("was") {
        None => None,
        Some(item) => {
            let id = item.parsed(|text| {
                ProvisionId::new(text).map_err(|e| (e.to_string(), e.expected.to_owned()))
            })?;
            let Some(was) = older.provision(&id) else {
                return item.bad(
                    format!("{} has no provision {id}", older.edition),
                    "one of its provisions",
                );
            };
            Some(was)
        }
    };
    let tested = "TS 103 701 V1.1.1";
    let text = match (change, was) {
        (Change::New, None) => format!("{tested} has no unit for it: it is new in this edition"),
        (Change::Split, Some(was)) => {
            format!(
                "{tested} has no unit for it: it is a part of what {} was, whose units are about the whole",
                was.id
            )
        }
        (Change::New | Change::Split, _) | (_, None) => {
            return item.bad(
                "a change and where it came from do not fit",
                "`was` for all but new ones",
            );
        }
        (_, Some(was)) => {
            provision.units.clone_from(&was.units);
            let Some(what) = what else {
                return Some(None);
            };
            format!(
                "its units are of {}, and it was reworded since: {what}",
                older.edition
            )
        }
    };
    if provision.units.is_empty() {
        provision.without_units = Some(text.clone());
    }
    Some(Some(Doubt {
        provision: Some(provision.id.clone()),
        text,
    }))
}
