//! `provisions-*.toml`: provisions, conditions and features of one edition.

use super::{Doubt, edition_of, optional_text, unique};
use crate::read::{Item, Table};
use proofhouse_model::catalogue::Allowance;
use proofhouse_model::{Edition, Level, Provision, ProvisionId};

/// What such a file says.
pub struct Text {
    pub conditions: Vec<(u8, String)>,
    /// In printed order.
    pub provisions: Vec<Provision>,
    pub allows: Vec<Allowance>,
    pub doubts: Vec<Doubt>,
}

const ALLOWANCES: [(&str, Allowance); 1] = [(
    "service-looks-for-updates",
    Allowance::ServiceLooksForUpdates,
)];

/// Reads the file for the edition wanted.
pub fn read(root: &Table<'_>, wanted: Edition) -> Option<Text> {
    root.only(&["edition", "conditions", "features", "allows", "provision"]);
    let edition = edition_of(root)?;
    if edition != wanted {
        return root.need("edition")?.bad(
            format!("this file is for {edition}"),
            &format!("\"{wanted}\""),
        );
    }
    let conditions = conditions(root)?;
    let features = features(root)?;
    let allows = allows(root)?;
    let blocks = root.need("provision")?.list("blocks [[provision]]")?;
    let mut seen = Vec::new();
    let mut doubts = Vec::new();
    let read: Vec<_> = blocks
        .iter()
        .map(|item| {
            let provision = provision(item, &conditions, &features, &mut doubts)?;
            unique(&mut seen, provision.id.clone(), item)?;
            Some(provision)
        })
        .collect();
    let provisions = read.into_iter().collect::<Option<_>>()?;
    Some(Text {
        conditions,
        provisions,
        allows,
        doubts,
    })
}

fn allows(root: &Table<'_>) -> Option<Vec<Allowance>> {
    let Some(item) = root.get("allows") else {
        return Some(Vec::new());
    };
    let words = item.list("a list of what this edition leaves open")?;
    let read = words
        .iter()
        .map(|word| word.one_of("allowance", &ALLOWANCES));
    read.collect()
}

fn conditions(root: &Table<'_>) -> Option<Vec<(u8, String)>> {
    let Some(item) = root.get("conditions") else {
        return Some(Vec::new());
    };
    let rows = item.table("a table of condition numbers")?.in_order();
    let read: Vec<_> = rows
        .into_iter()
        .map(|(key, _, item)| match key.parse() {
            Ok(number) => item.text().map(|t| (number, t)),
            Err(_) => item.bad("this condition has no number", "a number up to 255 as key"),
        })
        .collect();
    read.into_iter().collect()
}

fn features(root: &Table<'_>) -> Option<Vec<String>> {
    let Some(item) = root.get("features") else {
        return Some(Vec::new());
    };
    let rows = item.table("a table of features")?.in_order();
    let read: Vec<_> = rows
        .into_iter()
        .map(|(key, _, item)| item.text().map(|_| key.to_owned()))
        .collect();
    read.into_iter().collect()
}

fn provision(
    item: &Item<'_>,
    conditions: &[(u8, String)],
    features: &[String],
    doubts: &mut Vec<Doubt>,
) -> Option<Provision> {
    let table = item.table("a block [[provision]]")?;
    table.only(&[
        "id",
        "title",
        "level",
        "conditions",
        "feature",
        "unconfirmed-condition",
        "doubt",
    ]);
    let id = table.need("id").and_then(|i| {
        i.parsed(|t| ProvisionId::new(t).map_err(|e| (e.to_string(), e.expected.to_owned())))
    });
    let title = table.need("title").and_then(|i| i.text());
    let level = table
        .need("level")
        .and_then(|i| i.one_of("level", &[("M", Level::M), ("R", Level::R)]));
    let numbers = table.get("conditions").map_or(Some(Vec::new()), |i| {
        i.list_of("a list of condition numbers", |n| number(n, conditions))
    });
    let feature = match table.get("feature") {
        None => Some(false),
        Some(i) => {
            let words: Vec<_> = features.iter().map(|f| (f.as_str(), true)).collect();
            i.one_of("feature", &words)
        }
    };
    let doubt = optional_text(&table, "doubt")?;
    let unconfirmed = optional_text(&table, "unconfirmed-condition")?.map(|text| {
        format!("may hold only where: {text} (one laboratory's instruction, of unknown origin)")
    });
    let id = id?;
    doubts.extend(doubt.into_iter().chain(unconfirmed).map(|text| Doubt {
        provision: Some(id.clone()),
        text,
    }));
    Some(Provision {
        id,
        title: title?,
        level: level?,
        conditions: numbers?,
        feature: feature?,
        units: Vec::new(),
        without_units: None,
    })
}

fn number(item: &Item<'_>, conditions: &[(u8, String)]) -> Option<u8> {
    let n = u8::try_from(item.whole(1..=255)?).ok()?;
    if conditions.iter().any(|(c, _)| *c == n) {
        Some(n)
    } else {
        item.bad(format!("there is no condition {n}"), "one of [conditions]")
    }
}
