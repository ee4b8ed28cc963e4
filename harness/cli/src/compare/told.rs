//! What a run comes to, piece by piece, in words that two runs of the same products must have in common.

use proofhouse_model::fold::TaskResult;
use proofhouse_model::{CaseId, Check, DeviceState, Finding, Limit, Measurement, Task, UnitRef};
use proofhouse_report::Folded;
use proofhouse_report::view::View;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What is held against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A product as a whole.
    Product,
    /// A task: one case on one product.
    Case,
    /// A provision.
    Provision,
    /// A unit of the test specification.
    Unit,
    /// A unit, for one row of the maker's statement, in one state of the device.
    Row,
    /// A row of another guide.
    Guide,
    /// What the devices say they are.
    Item,
    /// A measured value: that it is there, its unit, and on which side of its limit it lies.
    Figure,
}

impl Kind {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::Product,
        Self::Case,
        Self::Provision,
        Self::Unit,
        Self::Row,
        Self::Guide,
        Self::Item,
        Self::Figure,
    ];

    /// The word for it, for a number of them.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Case => "case",
            Self::Provision => "provision",
            Self::Unit => "unit",
            Self::Row => "row",
            Self::Guide => "guide",
            Self::Item => "item",
            Self::Figure => "figure",
        }
    }
}

/// Kind, product and name of a piece.
pub type Key = (Kind, String, String);

/// What a run comes to.
#[derive(Debug, Default)]
pub struct Told {
    /// Each piece in a word or two.
    pub pieces: BTreeMap<Key, String>,
    /// Values of the figures, by the same keys.
    pub values: BTreeMap<Key, (f64, String)>,
}

impl Told {
    /// Of every product.
    pub fn of(run: &Folded<'_>) -> Self {
        let mut told = Self::default();
        for view in &run.view().products {
            let mut of = OfProduct {
                told: &mut told,
                product: view.id.to_string(),
            };
            of.whole(run);
            of.verdicts(view);
            of.checks(view);
            of.item(view);
        }
        told
    }
}

struct OfProduct<'a> {
    told: &'a mut Told,
    product: String,
}

impl OfProduct<'_> {
    fn add(&mut self, kind: Kind, name: &str, what: &str) {
        let key = (kind, self.product.clone(), name.to_owned());
        self.told.pieces.insert(key, what.to_owned());
    }

    /// What the run was, and what became of it: two that agree in every piece may have ended differently.
    fn whole(&mut self, run: &Folded<'_>) {
        let plan = run.plan();
        self.add(
            Kind::Product,
            "the run",
            proofhouse_report::outcome(run).word(),
        );
        let asked = if plan.complete {
            "complete"
        } else {
            "what the bench can"
        };
        self.add(Kind::Product, "asked for", asked);
        let mode = serde_json::to_string(&plan.mode).unwrap_or_default();
        self.add(Kind::Product, "made so on purpose", &mode);
    }

    fn verdicts(&mut self, view: &View<'_>) {
        let overall = view.assessment().overall.word();
        self.add(Kind::Product, "assessment", overall);
        for row in &view.rows {
            let what = format!(
                "{}, {} on the device",
                row.standing.word(),
                row.functional()
            );
            self.add(Kind::Provision, row.result.provision.id.as_str(), &what);
        }
        for unit in view.ledger() {
            self.add(Kind::Unit, unit.unit.as_str(), unit.state.word());
        }
        for guide in &view.guides {
            self.add(Kind::Guide, &guide.name(), guide.result.state.words());
        }
    }

    fn checks(&mut self, view: &View<'_>) {
        let mut times: BTreeMap<&CaseId, usize> = BTreeMap::new();
        let mut rows: BTreeMap<String, Finding> = BTreeMap::new();
        for task in &view.tasks {
            let nth = times.entry(&task.planned.case.id).or_default();
            *nth += 1;
            let name = name(task.planned, *nth);
            self.add(Kind::Case, &name, &verdict(task.result));
            for (_, check) in &task.result.checks {
                for piece in pieces(check) {
                    let worst = rows.entry(piece).or_insert(Finding::Shown);
                    *worst = (*worst).max(check.finding);
                }
            }
            let limited = task.result.checks.iter();
            let limited = limited.filter_map(|(_, check)| check.measurement.as_ref());
            let free = task.facts.iter().flat_map(|facts| &facts.measured);
            for figure in limited.chain(free.map(|(_, figure)| figure)) {
                self.figure(&name, figure);
            }
        }
        for (name, finding) in rows {
            self.add(Kind::Row, &name, word(finding));
        }
    }

    fn figure(&mut self, task: &str, figure: &Measurement) {
        let name = format!("{task}: {}", figure.name);
        let side = match figure.limit {
            None => String::new(),
            Some(Limit::AtMost(limit)) => side(figure.value <= limit, "at most", limit),
            Some(Limit::AtLeast(limit)) => side(figure.value >= limit, "at least", limit),
        };
        self.add(Kind::Figure, &name, &format!("in {}{side}", figure.unit));
        let key = (Kind::Figure, self.product.clone(), name);
        let value = (figure.value, figure.unit.clone());
        self.told.values.insert(key, value);
    }

    /// Model, hardware and software that its units told; a serial number or an address is the specimen's own.
    fn item(&mut self, view: &View<'_>) {
        for name in ["model", "hardware", "software"] {
            let units = view.product.units.iter();
            let reads = units.filter_map(|unit| view.facts.read.get(unit)).flatten();
            let values: BTreeSet<&str> = reads.filter_map(|read| read.value(name)).collect();
            let values: Vec<&str> = values.into_iter().collect();
            let what = match values.is_empty() {
                true => "not told".to_owned(),
                false => values.join(", "),
            };
            self.add(Kind::Item, name, &what);
        }
    }
}

/// Units are named otherwise on another bench: of several tasks of one case the place tells which.
fn name(task: &Task, nth: usize) -> String {
    match nth {
        1 => task.case.id.to_string(),
        n => format!("{} ({n})", task.case.id),
    }
}

fn verdict(result: &TaskResult) -> String {
    match result.is_flaky() {
        true => "flaky".to_owned(),
        false => result.verdict().to_string(),
    }
}

/// Each unit, with each row and state, that a check is about.
fn pieces(check: &Check) -> Vec<String> {
    let state = check.state.map_or("any state", DeviceState::name);
    let of = |unit: &UnitRef| -> Vec<String> {
        match check.rows.as_slice() {
            [] => vec![format!("{unit}, {state}")],
            rows => rows
                .iter()
                .map(|row| format!("{unit} {row}, {state}"))
                .collect(),
        }
    };
    check.units.iter().flat_map(of).collect()
}

const fn word(finding: Finding) -> &'static str {
    match finding {
        Finding::Shown => "shown",
        Finding::NotObserved => "not observed",
        Finding::Refuted => "refuted",
    }
}

fn side(holds: bool, word: &str, limit: f64) -> String {
    let is = if holds { "is" } else { "is not" };
    format!(", {is} {word} {limit}")
}
