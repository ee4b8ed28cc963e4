//! `groups-*.toml`: test cases and units of the test specification.

use super::{TestCase, edition_of, known, unique};
use crate::read::{Item, Table};
use proofhouse_model::{Catalogue, Reach, TestUnit, UnitNature, UnitRef};
use std::collections::BTreeMap;

const BENCH: [(&str, Reach); 4] = [
    ("full", Reach::Full),
    ("part", Reach::Part),
    ("web", Reach::Web),
    ("manual", Reach::Manual),
];

/// Reads the file and hangs the units on their provisions.
pub fn read(root: &Table<'_>, catalogue: &mut Catalogue) -> Option<Vec<TestCase>> {
    root.only(&["specification", "edition", "case"]);
    root.need("specification").and_then(|i| i.text())?;
    let edition = edition_of(root)?;
    if edition != catalogue.edition {
        let want = format!("\"{}\"", catalogue.edition);
        return root
            .need("edition")?
            .bad(format!("this file is for {edition}"), &want);
    }
    let blocks = root.need("case")?.list("blocks [[case]]")?;
    let mut seen = Vec::new();
    let read: Vec<_> = blocks
        .iter()
        .map(|item| {
            let (case, units) = case(item)?;
            unique(&mut seen, case.id.clone(), item)?;
            let id = units.first()?.id.provision();
            let at = known(item, &id, &catalogue.provisions)?;
            catalogue.provisions[at].units.extend(units);
            Some(case)
        })
        .collect();
    read.into_iter().collect()
}

fn case(item: &Item<'_>) -> Option<(TestCase, Vec<TestUnit>)> {
    let table = item.table("a block [[case]]")?;
    table.only(&[
        "id",
        "about",
        "conceptual",
        "functional",
        "bench",
        "reuses",
        "says",
    ]);
    let id = table.need("id").and_then(|i| i.text());
    let about = table.need("about").and_then(|i| i.text());
    let bench = match table.get("bench") {
        None => Some(None),
        Some(i) => i.one_of("reach of the bench", &BENCH).map(Some),
    };
    let reuses = table.get("reuses").map_or(Some(Vec::new()), |i| i.texts());
    let id = id?;
    let mut units = Vec::new();
    units.extend(letters(&table, "conceptual", &id, UnitNature::Conceptual)?);
    units.extend(letters(&table, "functional", &id, UnitNature::Functional)?);
    let about = about?;
    let bench = bench?;
    let says = says(&table, &units);
    let mut says = says?;
    for unit in &mut units {
        let own = says.remove(letter(&unit.id));
        unit.about = own.unwrap_or_else(|| about.clone());
        let functional = unit.nature == UnitNature::Functional;
        unit.reach = bench.filter(|_| functional);
    }
    units.sort_by(|a, b| a.id.cmp(&b.id));
    if units.is_empty() {
        return item.bad(
            "this case has no unit",
            "`conceptual` or `functional` letters",
        );
    }
    if units.windows(2).any(|w| w[0].id == w[1].id) {
        return item.bad("a unit is given twice", "each letter once");
    }
    let case = TestCase {
        id,
        about,
        units: units.iter().map(|u| u.id.clone()).collect(),
        bench,
        reuses: reuses?,
    };
    Some((case, units))
}

fn letters(table: &Table<'_>, key: &str, case: &str, nature: UnitNature) -> Option<Vec<TestUnit>> {
    let Some(item) = table.get(key) else {
        return Some(Vec::new());
    };
    item.list_of("a list of unit letters", |letter| {
        let id = letter.parsed(|text| {
            UnitRef::new(format!("{case}.{text}"))
                .map_err(|e| (e.to_string(), e.expected.to_owned()))
        })?;
        Some(TestUnit {
            id,
            nature,
            reach: None,
            about: String::new(),
        })
    })
}

fn letter(unit: &UnitRef) -> &str {
    unit.as_str().rsplit('.').next().unwrap_or_default()
}

/// What each letter is about, where it is said.
fn says(table: &Table<'_>, units: &[TestUnit]) -> Option<BTreeMap<String, String>> {
    let Some(item) = table.get("says") else {
        return Some(BTreeMap::new());
    };
    let said = item.table("a sentence for each letter: says.a = \"...\"")?;
    let letters: Vec<_> = units.iter().map(|unit| letter(&unit.id)).collect();
    said.only(&letters);
    let read: Vec<_> = said
        .in_order()
        .into_iter()
        .map(|(letter, _, item)| Some((letter.to_owned(), item.text()?)))
        .collect();
    read.into_iter().collect()
}
