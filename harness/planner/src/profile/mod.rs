//! The maker's file: identity, claims (ICS), extra information for testing (IXIT), facts and figures.
//!
//! ```toml
//! [product]
//! id = "lamp"                                  # names it in results; the folder's name when absent
//! maker = "Acme"
//! model = "Lamp 3"
//! hardware = "C"
//! software = "1.4.0"
//!
//! [ics]                                        # one row a provision of the edition
//! "5.1-1" = { support = "Y", detail = "The user sets the password before anything else works." }
//! "5.3-2" = { support = "N/A", detail = "..." }  # Y, N or N/A, always with how, why not or on what ground
//!
//! [[ixit.1-AuthMech]]                          # one block a row
//! id = "AuthMech-1"
//! password-generation-mechanism = "..."        # the field's name, lower case, hyphens for all else
//! bench = { user = "admin" }                   # typed facts: `model::facts` has the keys of each table
//!
//! [console]
//! baud = 115200
//! line-end = "\r\n"
//! banner = "lamp boot"                         # regular expressions from here on
//! reset-cause = "reset: (\\w+)"
//! crash-causes = ["watchdog"]
//! prompt = "> $"
//! login-prompt = "login: $"
//! crash = "HardFault|panic"
//!
//! [debug]
//! chip = "nRF52840_xxAA"
//! flash = [[0x0, 0x100000]]                    # address and length
//! standard-cable = false
//!
//! [pace]                                       # only where the device takes one connection at a time
//! one_at_a_time = true
//! between = "200ms"
//!
//! [label]
//! public = ["serial", "mac"]                   # every other field of a unit's label is a secret
//!
//! [files]
//! "update.newer" = "images/lamp-1.5.0.img"     # inside this folder
//!
//! [limits]
//! boot = "3s"
//!
//! [values]
//! user = "admin"
//! ```
//!
//! `edition = "V3.1.3"` at the top says for which edition the ICS is written; V2.1.1 when absent. A second one for
//! another edition stands in `[editions."V3.1.3".ics]`.

mod bench;
mod facts;
mod files;
mod free;
mod ics;
mod ixit;
pub mod keys;

use crate::read::{Log, Table, Text, load, nearest, outcome, parse, shorten};
use crate::suite::Suite;
use proofhouse_model::profile::Product;
use proofhouse_model::{Claim, Diagnostic, Dur, Edition, ProductId, Profile, Provision, Support};
use std::collections::BTreeMap;
use std::path::Path;

pub use ixit::field_key;

/// Name of the file in a profile's folder.
pub const PROFILE_FILE: &str = "profile.toml";

const KEYS: [&str; 12] = [
    "edition", "editions", "product", "ics", "ixit", "console", "debug", "pace", "label", "files",
    "limits", "values",
];

/// Reads and checks a profile's folder against a suite: its provisions and its IXIT tables.
///
/// Whether a claim is *right* (N on a mandatory row, N/A on an unconditional one) is not looked at
/// here: that is judged, in the fold.
///
/// # Errors
/// Every mistake in `profile.toml`, in the file's order.
pub fn read_profile(folder: &Path, suite: &Suite) -> Result<Profile, Vec<Diagnostic>> {
    if !folder.is_dir() {
        let message = "there is no such folder".to_owned();
        let whole = Diagnostic::whole(&folder.display().to_string(), message)
            .expected("a profile's folder with profile.toml in it");
        return Err(vec![whole]);
    }
    let text = load(&folder.join(PROFILE_FILE))?;
    let log = Log::new(&text.file, &text.source);
    let profile = parse(&log, |root| profile(&root, folder, &text, suite));
    let mut profile = outcome(profile, log)?;
    profile.sha256 = files::hash(folder, &text.sha256, &profile.files)?;
    Ok(profile)
}

fn profile(root: &Table<'_>, folder: &Path, text: &Text, suite: &Suite) -> Option<Profile> {
    root.only(&KEYS);
    let product = root
        .need("product")
        .and_then(|i| i.table("a table with maker, model, hardware and software"))
        .and_then(|t| product(&t, folder));
    let claims = claims(root, suite);
    let ixit = match suite.statement {
        true => ixit::read(root, &suite.ixit),
        false => Some(ixit::Tables::default()),
    };
    let console = optional(root, "console", "a table of console facts", facts::console);
    let debug = optional(root, "debug", "a table of debug facts", facts::debug);
    let pace = optional(root, "pace", "a table about connections", facts::pace);
    let label = optional(
        root,
        "label",
        "a table such as { public = [\"serial\"] }",
        facts::label,
    );
    let files = files::read(root, folder);
    let limits = optional(root, "limits", "a table of durations", limits);
    let values = optional(root, "values", "a table of values", values);
    let (id, product) = product?;
    let ixit = ixit?;
    Some(Profile {
        id,
        name: name_of(folder),
        folder: folder.display().to_string(),
        sha256: text.sha256.clone(),
        product,
        claims: claims?,
        ixit: ixit.rows,
        without_rows: ixit.without_rows,
        console: console?,
        debug: debug?,
        pace: pace?.unwrap_or_default(),
        public_labels: label?.unwrap_or_default(),
        files: files?,
        limits: limits?.unwrap_or_default(),
        values: values?.unwrap_or_default(),
    })
}

/// The folder's own name, also for `.` and paths that end in `..`.
fn name_of(folder: &Path) -> String {
    let real = folder.canonicalize();
    let path = real.as_deref().unwrap_or(folder);
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "profile".to_owned())
}

/// A table that may be absent: outer `None` when it is bad.
fn optional<T>(
    root: &Table<'_>,
    key: &str,
    expected: &str,
    read: impl FnOnce(&Table<'_>) -> Option<T>,
) -> Option<Option<T>> {
    match root.get(key) {
        None => Some(None),
        Some(item) => read(&item.table(expected)?).map(Some),
    }
}

fn product(table: &Table<'_>, folder: &Path) -> Option<(ProductId, Product)> {
    table.only(&keys::names(keys::PRODUCT));
    let text = |key| table.need(key).and_then(|i| i.text());
    let id = match table.get("id") {
        Some(item) => item.parsed(|text| {
            ProductId::new(text).map_err(|e| {
                (
                    format!("`{}` is no product name", shorten(text)),
                    e.expected.to_owned(),
                )
            })
        }),
        None => ProductId::new(name_of(folder))
            .map_err(|e| {
                let message =
                    format!("the folder's name is no product name, and no `id` is given: {e}");
                table.log().note(table.span(), message, |d| {
                    d.expected("a name for results, such as `id = \"lamp\"`")
                });
            })
            .ok(),
    };
    let (maker, model) = (text("maker"), text("model"));
    let (hardware, software) = (text("hardware"), text("software"));
    let product = Product {
        maker: maker?,
        model: model?,
        hardware: hardware?,
        software: software?,
        constrained: table.get("constrained").and_then(|i| i.text()),
    };
    Some((id?, product))
}

fn claims(root: &Table<'_>, suite: &Suite) -> Option<Vec<Claim>> {
    let wanted = suite.catalogue.edition;
    if !suite.statement {
        return Some(suite.catalogue.provisions.iter().map(owed).collect());
    }
    let words: Vec<_> = suite.editions.iter().map(|e| (e.as_str(), *e)).collect();
    let written = match root.get("edition") {
        None => suite.default_edition,
        Some(item) => item.one_of("edition", &words)?,
    };
    if written != wanted
        && let Some(other) = other_claims(root, wanted, &suite.editions)
    {
        return ics::read(&other?, &suite.catalogue);
    }
    let Some(item) = root.get("ics") else {
        return Some(Vec::new());
    };
    if written != wanted {
        let message = format!("the ICS is written for {written}, and {wanted} is to be tested");
        let span = root.get("edition").map_or(item.span(), |i| i.span());
        root.log().note(span, message, |d| {
            d.expected(format!("an ICS for {wanted}"))
                .help("ids changed meaning between editions: a row cannot be carried over unread")
        });
        return None;
    }
    ics::read(&item.table("a table of provisions")?, &suite.catalogue)
}

/// What nobody needs to claim: it is asked of all.
fn owed(provision: &Provision) -> Claim {
    Claim {
        provision: provision.id.clone(),
        support: Support::Yes,
        detail: "asked of every unit".to_owned(),
    }
}

/// The ICS for an edition that the profile's own is not written for: `[editions."V3.1.3".ics]`.
fn other_claims<'a>(
    root: &Table<'a>,
    wanted: Edition,
    known: &[Edition],
) -> Option<Option<Table<'a>>> {
    let editions = root.get("editions")?;
    let read = || {
        let editions = editions.table("a table for each other edition")?;
        editions.only(&known.iter().map(Edition::as_str).collect::<Vec<_>>());
        let Some(edition) = editions.get(&wanted.to_string()) else {
            return Some(None);
        };
        let edition = edition.table("a table with its [ics]")?;
        edition.only(&["ics"]);
        edition
            .need("ics")?
            .table("a table of provisions")
            .map(Some)
    };
    match read() {
        Some(None) => None,
        Some(Some(table)) => Some(Some(table)),
        None => Some(None),
    }
}

fn limits(table: &Table<'_>) -> Option<BTreeMap<String, Dur>> {
    free::note_slips(table.log(), &free::names(table), free::LIMITS);
    let read: Vec<_> = table
        .in_order()
        .into_iter()
        .map(|(key, _, item)| item.dur().map(|d| (key.to_owned(), d)))
        .collect();
    read.into_iter().collect()
}

fn values(table: &Table<'_>) -> Option<BTreeMap<String, serde_json::Value>> {
    free::note_slips(table.log(), &free::names(table), free::VALUES);
    let read: Vec<_> = table
        .in_order()
        .into_iter()
        .map(|(key, _, item)| item.json().map(|j| (key.to_owned(), j)))
        .collect();
    read.into_iter().collect()
}

/// The provision somebody probably meant.
fn nearest_provision(given: &str, catalogue: &proofhouse_model::Catalogue) -> Option<String> {
    nearest(given, catalogue.provisions.iter().map(|p| p.id.as_str()))
}
