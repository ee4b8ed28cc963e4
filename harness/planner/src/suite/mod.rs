//! What a standard asks for, as data beside the cases of its suite.
//!
//! `suite.toml` names the files of each edition: provisions, the units of the test specification
//! (`groups`), IXIT tables, and crosswalks to other guides. What is not settled in them stays visible:
//! see [`Suite::doubts`] and `GuideRow::from_text`.

mod crosswalk;
mod delta;
mod figures;
mod groups;
mod ixit;
mod provisions;

pub use delta::Former;

use crate::read::{Item, Log, Table, load, nearest, one_of, outcome, parse};
use proofhouse_model::catalogue::{Figures, Guide};
use proofhouse_model::{Catalogue, Diagnostic, Edition, Provision, ProvisionId, Reach, UnitRef};
use std::path::Path;

/// Name of the file in a suite's folder.
const SUITE_FILE: &str = "suite.toml";

/// One IXIT table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IxitTable {
    /// For example `1-AuthMech`.
    pub id: String,
    /// Its name in the specification.
    pub name: String,
    /// Whether it may have more than one row.
    pub many_rows: bool,
    /// Fields in printed order; in a profile written as [`crate::field_key`] has it.
    pub fields: Vec<String>,
    /// Fields no test case mentions, taken from the usual shape of the tables.
    pub assumed: Vec<String>,
}

/// One test case of the test specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCase {
    /// For example `5.11-1-2`.
    pub id: String,
    /// What it is about, in our own words.
    pub about: String,
    /// Its units in printed order.
    pub units: Vec<UnitRef>,
    /// How far a script gets with the functional ones: `full`, `part`, `web` or `manual`.
    pub bench: Option<Reach>,
    /// Test cases whose units it takes over.
    pub reuses: Vec<String>,
}

/// Something about the standard's data that is not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The provision concerned; `None` for the whole edition.
    pub provision: Option<ProvisionId>,
    /// What is not settled, for a reader.
    pub text: String,
}

/// A suite in one edition of its standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// Short name, such as `en303645`.
    pub name: String,
    /// Full title.
    pub title: String,
    /// Its folder, as given.
    pub folder: String,
    /// Editions that it knows, oldest first; of profiles that say nothing the claims are for `default_edition`.
    pub editions: Vec<Edition>,
    /// The one that is meant where none is named.
    pub default_edition: Edition,
    /// Whether makers state what they claim; without it a profile's claims and tables are not read.
    pub statement: bool,
    /// Provisions, units and guides.
    pub catalogue: Catalogue,
    /// IXIT tables in printed order.
    pub ixit: Vec<IxitTable>,
    /// Test cases of the test specification; empty where they are not known.
    pub test_cases: Vec<TestCase>,
    /// What is not settled.
    pub doubts: Vec<Doubt>,
    /// What the edition before had, where this one is told as what became of it.
    pub former: Former,
}

/// What `suite.toml` says of the edition wanted.
struct Head {
    edition: Edition,
    name: String,
    title: String,
    standard: String,
    statement: bool,
    editions: Vec<Edition>,
    default: Edition,
    provisions: String,
    groups: Option<String>,
    ixit: Option<String>,
    figures: Option<String>,
    delta: Option<String>,
    crosswalks: Vec<String>,
    doubt: Option<String>,
}

/// Reads a suite's data for one edition; for its default one where none is named.
///
/// # Errors
/// Every mistake in the files it names, file by file.
pub fn read_suite(
    folder: &Path,
    edition: impl Into<Option<Edition>>,
) -> Result<Suite, Vec<Diagnostic>> {
    let wanted = edition.into();
    let head = file(&folder.join(SUITE_FILE), |root| head(root, wanted))?;
    let edition = head.edition;
    let text = file(&folder.join(&head.provisions), |root| {
        provisions::read(root, edition)
    })?;
    let provisions::Text {
        conditions,
        provisions,
        allows,
        mut doubts,
    } = text;
    doubts.extend(head.doubt.clone().map(|text| Doubt {
        provision: None,
        text,
    }));
    let mut catalogue = Catalogue {
        standard: head.standard.clone(),
        edition,
        conditions,
        provisions,
        guides: Vec::new(),
        by_cases: !head.statement,
        allows,
        figures: Figures::default(),
    };
    let mut found = Vec::new();
    let test_cases = gather(&mut found, head.groups.as_deref(), |name| {
        file(&folder.join(name), |root| {
            groups::read(root, &mut catalogue)
        })
    });
    let ixit = gather(&mut found, head.ixit.as_deref(), |name| {
        file(&folder.join(name), ixit::read)
    });
    let former = match &head.delta {
        None => Former::default(),
        Some(name) => {
            let before = head.editions.iter().take_while(|e| **e != edition);
            let before: Vec<_> = before.copied().collect();
            former(folder, (name, &before), &mut catalogue, &mut doubts)?
        }
    };
    if let Some(name) = &head.figures {
        match file(&folder.join(name), figures::read) {
            Ok(figures) => catalogue.figures = figures,
            Err(mistakes) => found.extend(mistakes),
        }
    }
    let mut guides: Vec<Guide> = Vec::new();
    for name in &head.crosswalks {
        match file(&folder.join(name), |root| crosswalk::read(root, &catalogue)) {
            Ok(guide) => guides.push(guide),
            Err(mistakes) => found.extend(mistakes),
        }
    }
    if !found.is_empty() {
        return Err(found);
    }
    catalogue.guides = guides;
    Ok(Suite {
        name: head.name,
        title: head.title,
        folder: folder.display().to_string(),
        editions: head.editions,
        default_edition: head.default,
        statement: head.statement,
        catalogue,
        ixit,
        test_cases,
        doubts,
        former,
    })
}

/// What the edition before had; what can be taken over from it is in the catalogue then.
fn former(
    folder: &Path,
    (name, before): (&str, &[Edition]),
    catalogue: &mut Catalogue,
    doubts: &mut Vec<Doubt>,
) -> Result<Former, Vec<Diagnostic>> {
    let path = folder.join(name);
    let since = file(&path, delta::since)?;
    if !before.contains(&since) {
        let message = format!(
            "{since} is no edition that {SUITE_FILE} has before {}",
            catalogue.edition
        );
        return Err(vec![Diagnostic::whole(name, message)]);
    }
    let older = read_suite(folder, since)?.catalogue;
    doubts.extend(file(&path, |root| delta::read(root, catalogue, &older))?);
    let units = older.provisions.iter().flat_map(|p| &p.units);
    Ok(Former {
        units: units.map(|unit| unit.id.clone()).collect(),
        provisions: older.provisions.into_iter().map(|p| p.id).collect(),
    })
}

/// Reads one file of the suite.
fn file<T>(path: &Path, read: impl FnOnce(&Table<'_>) -> Option<T>) -> Result<T, Vec<Diagnostic>> {
    let text = load(path)?;
    let log = Log::new(&text.file, &text.source);
    let value = parse(&log, |root| read(&root));
    outcome(value, log)
}

/// An optional file's rows; its mistakes are kept with the others.
fn gather<T>(
    found: &mut Vec<Diagnostic>,
    name: Option<&str>,
    read: impl FnOnce(&str) -> Result<Vec<T>, Vec<Diagnostic>>,
) -> Vec<T> {
    match name.map(read) {
        None => Vec::new(),
        Some(Ok(rows)) => rows,
        Some(Err(mistakes)) => {
            found.extend(mistakes);
            Vec::new()
        }
    }
}

fn head(root: &Table<'_>, wanted: Option<Edition>) -> Option<Head> {
    root.only(&[
        "name",
        "title",
        "standard",
        "statement",
        "default-edition",
        "edition",
    ]);
    let text = |key| root.need(key).and_then(|i| i.text());
    let (name, title, standard) = (text("name"), text("title"), text("standard"));
    let statement = root
        .get("statement")
        .map_or(Some(true), |item| item.yes_no());
    let blocks = root.need("edition")?.list("blocks [[edition]]")?;
    let mut seen = Vec::new();
    let read: Vec<_> = blocks
        .iter()
        .map(|item| {
            let head = edition(item)?;
            unique(&mut seen, head.edition, item)?;
            Some(head)
        })
        .collect();
    let read: Vec<_> = read.into_iter().collect::<Option<_>>()?;
    let words: Vec<_> = seen.iter().map(|e| (e.as_str(), *e)).collect();
    let default = root
        .need("default-edition")?
        .one_of("edition of this suite", &words)?;
    let wanted = wanted.unwrap_or(default);
    let Some(files) = read.into_iter().find(|head| head.edition == wanted) else {
        let message = format!("this suite has no edition {wanted}");
        let near = nearest(wanted.as_str(), seen.iter().map(Edition::as_str));
        root.log().note(root.span(), message, |d| {
            d.expected(one_of(&words)).nearest(near)
        });
        return None;
    };
    Some(Head {
        name: name?,
        title: title?,
        standard: standard?,
        statement: statement?,
        default,
        editions: seen,
        ..files
    })
}

fn edition(item: &Item<'_>) -> Option<Head> {
    let table = item.table("a block [[edition]]")?;
    table.only(&[
        "id",
        "provisions",
        "groups",
        "ixit",
        "figures",
        "delta",
        "crosswalks",
        "doubt",
    ]);
    let id = table.need("id").and_then(|item| named(&item));
    let provisions = table.need("provisions").and_then(|i| i.text());
    let text = |key| optional_text(&table, key);
    let (groups, ixit, doubt) = (text("groups"), text("ixit"), text("doubt"));
    let (figures, delta) = (text("figures"), text("delta"));
    let crosswalks = table
        .get("crosswalks")
        .map_or(Some(Vec::new()), |i| i.texts());
    let id = id?;
    Some(Head {
        edition: id,
        default: id,
        editions: Vec::new(),
        statement: true,
        name: String::new(),
        title: String::new(),
        standard: String::new(),
        provisions: provisions?,
        groups: groups?,
        ixit: ixit?,
        figures: figures?,
        delta: delta?,
        crosswalks: crosswalks?,
        doubt: doubt?,
    })
}

/// An edition by its name.
fn named(item: &Item<'_>) -> Option<Edition> {
    item.parsed(|text| {
        Edition::new(text).map_err(|e| {
            (
                format!("`{}` is no edition", e.given),
                e.expected.to_owned(),
            )
        })
    })
}

/// Text that may be absent; outer `None` when it is bad.
fn optional_text(table: &Table<'_>, key: &str) -> Option<Option<String>> {
    match table.get(key) {
        None => Some(None),
        Some(item) => item.text().map(Some),
    }
}

/// The edition a data file is written for.
fn edition_of(root: &Table<'_>) -> Option<Edition> {
    named(&root.need("edition")?)
}

/// Notes an id that was there before.
fn unique<'a, T: PartialEq>(seen: &mut Vec<T>, id: T, item: &Item<'a>) -> Option<()> {
    if seen.contains(&id) {
        return item.bad("this id is given twice", "an id of its own");
    }
    seen.push(id);
    Some(())
}

/// Place of a provision in the catalogue, or a note that there is none.
fn known(item: &Item<'_>, id: &ProvisionId, all: &[Provision]) -> Option<usize> {
    let found = all.iter().position(|p| &p.id == id);
    if found.is_none() {
        let near = nearest(id.as_str(), all.iter().map(|p| p.id.as_str()));
        let message = format!("this edition has no provision {id}");
        item.log().note(item.span(), message, |d| d.nearest(near));
    }
    found
}
