//! Two runs of the same products, piece by piece: whether two benches, or two ways to drive one, come to the same.

mod differences;
mod told;

pub use differences::differences;

use proofhouse_model::{Plan, Shard};
use proofhouse_report::Folded;
use proofhouse_report::text::{columns, cut, one_line, pad};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use told::{Key, Kind, Told};

/// Most columns of a name in the table.
const WIDEST: usize = 60;

/// What two runs do not have in common.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// How many pieces of each kind were held against each other.
    held: BTreeMap<&'static str, usize>,
    /// What came out otherwise.
    disagreements: Vec<Disagreement>,
    /// Values that both have; they never agree to the digit, and none is a disagreement by itself.
    figures: Vec<Figure>,
}

/// One piece that came out otherwise.
#[derive(Debug, Serialize)]
struct Disagreement {
    kind: Kind,
    product: String,
    name: String,
    /// `null` where that run has no such piece.
    one: Option<String>,
    other: Option<String>,
}

/// One value in both runs.
#[derive(Debug, Serialize)]
struct Figure {
    product: String,
    name: String,
    unit: String,
    one: f64,
    other: f64,
}

/// Why two runs cannot be held against each other; empty where they can.
pub fn unlike(one: &Plan, other: &Plan) -> Vec<String> {
    let mut out = Vec::new();
    let mut add = |what: &str, a: String, b: String| {
        if a != b {
            out.push(format!("{what}: {a} and {b}"));
        }
    };
    let suite = |plan: &Plan| {
        let sum = plan.suite_source.sha256().unwrap_or("without a hash");
        format!("{} ({})", plan.suite, sum.get(..12).unwrap_or(sum))
    };
    add("another suite", suite(one), suite(other));
    let edition = |plan: &Plan| format!("{} {}", plan.catalogue.standard, plan.catalogue.edition);
    add("another edition", edition(one), edition(other));
    let products = |plan: &Plan| {
        plan.products
            .keys()
            .map(|id| id.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    add("other products", products(one), products(other));
    for (id, a) in &one.products {
        if let Some(b) = other.products.get(id) {
            let short = |sha: &str| sha.chars().take(12).collect();
            add(
                &format!("another profile of {id}"),
                short(&a.profile.sha256),
                short(&b.profile.sha256),
            );
        }
    }
    let part = |plan: &Plan| {
        plan.shard
            .as_ref()
            .map_or("a whole run".to_owned(), Shard::to_string)
    };
    add("not the same part of a run", part(one), part(other));
    out
}

impl Comparison {
    /// Holds two runs against each other that are not [`unlike`].
    pub fn of(one: &Folded<'_>, other: &Folded<'_>) -> Self {
        let (one, other) = (Told::of(one), Told::of(other));
        let keys: BTreeSet<&Key> = one.pieces.keys().chain(other.pieces.keys()).collect();
        let mut held: BTreeMap<&'static str, usize> =
            Kind::ALL.iter().map(|kind| (kind.word(), 0)).collect();
        let mut disagreements = Vec::new();
        for key in keys {
            let (a, b) = (one.pieces.get(key), other.pieces.get(key));
            *held.entry(key.0.word()).or_default() += 1;
            if a != b {
                let (kind, product, name) = key.clone();
                let (one, other) = (a.cloned(), b.cloned());
                disagreements.push(Disagreement {
                    kind,
                    product,
                    name,
                    one,
                    other,
                });
            }
        }
        let figures = one
            .values
            .iter()
            .filter_map(|((_, product, name), (value, unit))| {
                let key = (Kind::Figure, product.clone(), name.clone());
                let (theirs, same) = other.values.get(&key)?;
                (unit == same).then(|| Figure {
                    product: product.clone(),
                    name: name.clone(),
                    unit: unit.clone(),
                    one: *value,
                    other: *theirs,
                })
            });
        Self {
            held,
            disagreements,
            figures: figures.collect(),
        }
    }

    /// Whether nothing came out otherwise.
    pub fn agrees(&self) -> bool {
        self.disagreements.is_empty()
    }

    /// For programs.
    pub fn json(&self) -> String {
        // Text, numbers and maps with names as keys: it can always be written.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The table, and what was held against each other.
    pub fn text(&self) -> String {
        let mut out = String::new();
        if !self.agrees() {
            let rows: Vec<[String; 5]> = self.disagreements.iter().map(row).collect();
            let head = ["what", "product", "name", "one", "other"].map(str::to_owned);
            let widths: Vec<usize> = (0..5)
                .map(|at| {
                    rows.iter()
                        .chain([&head])
                        .map(|row| columns(&row[at]))
                        .max()
                        .unwrap_or(0)
                })
                .collect();
            for row in [&head].into_iter().chain(&rows) {
                let cells = row
                    .iter()
                    .zip(&widths)
                    .map(|(cell, width)| pad(cell, *width));
                let line = cells.collect::<Vec<_>>().join("  ");
                out.push_str(line.trim_end());
                out.push('\n');
            }
            out.push('\n');
        }
        let held = self.held.iter().filter(|(_, n)| **n > 0);
        let held: Vec<_> = held
            .map(|(kind, n)| proofhouse_report::text::count(*n, kind))
            .collect();
        let told = match self.disagreements.len() {
            0 => "no disagreement".to_owned(),
            n => proofhouse_report::text::count(n, "disagreement"),
        };
        out.push_str(&format!("{told} in {}\n", held.join(", ")));
        out
    }
}

fn row(of: &Disagreement) -> [String; 5] {
    let told =
        |side: &Option<String>| one_line(side.as_deref().unwrap_or("not there")).into_owned();
    let name = cut(&one_line(&of.name), WIDEST).into_owned();
    let product = of.product.clone();
    [
        of.kind.word().to_owned(),
        product,
        name,
        told(&of.one),
        told(&of.other),
    ]
}
