//! The kill matrix: which defects each case of a suite was seen to catch, and what is wrong with that.
//!
//! Plain data, filled by whoever ran the cases against honest, defective and blinded devices; the judgement
//! ([`complaints`]), the proof a plan carries ([`proof`]) and both reports ([`text`], [`json`]) are pure functions
//! of it.

mod desk;
mod json;
mod judge;
mod keep;
#[cfg(test)]
mod tests;
mod text;

pub use desk::{Desk, Statement};
pub use json::render as json;
pub use judge::{Complaint, complaints};
pub use keep::{proof, vouches};
pub use text::render as text;

use proofhouse_model::{CaseId, ProvisionId, Verdict};
use std::collections::BTreeSet;
use std::fmt;

/// Everything that was tried to prove a suite, and what was promised of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Name of the suite.
    pub suite: String,
    /// When the proof was begun, RFC 3339, UTC.
    pub at: String,
    /// Version of the harness.
    pub tool: String,
    /// Only some cases, defects or blinds were chosen: what a whole proof would owe is not asked for.
    pub partial: bool,
    /// Products that were tried, by the names that defects and blinds have before the colon.
    pub products: Vec<String>,
    /// Products that there are: what is promised about one of them that was not tried is owed by another proof.
    pub known_products: Vec<String>,
    /// The cases proved, in the suite's order.
    pub cases: Vec<Promise>,
    /// The defects there are.
    pub defects: Vec<Defect>,
    /// The blinds there are.
    pub blinds: Vec<Blind>,
    /// Cells that were not tried: cases on defects that they do not name. A whole proof tries some of them each time.
    pub left: usize,
    /// The runs.
    pub runs: Vec<Run>,
    /// The desk review; `None` when only a part was chosen, or there are no statements for this suite.
    pub desk: Option<Desk>,
    /// Wall time of it all, in seconds.
    pub seconds: f64,
}

/// What the head of a case promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// The case.
    pub case: CaseId,
    /// SHA-256 of its text, as in its head.
    pub sha256: String,
    /// Provisions it serves: those of them that a defect breaks have to fail on it.
    pub provisions: Vec<ProvisionId>,
    /// Defects it has to fail on, `product:defect`.
    pub caught_on: Vec<String>,
    /// Blinds under which it may neither pass nor fail, `product:blind`.
    pub undecided_on: Vec<String>,
    /// Products on which it is run: an honest one has to pass.
    pub runs_on: Vec<String>,
}

/// One way a product can be built wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// `product:defect`.
    pub name: String,
    /// What is wrong, in a line.
    pub summary: String,
    /// Provisions it breaks: only these may fail because of it, and each has to.
    pub provisions: Vec<ProvisionId>,
    /// Those of them that no case can see fail, each with the reason.
    pub unseen: Vec<(ProvisionId, String)>,
}

/// One way to spoil what is said of an honest product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blind {
    /// `product:blind`.
    pub name: String,
    /// What is missing or untrue, in a line.
    pub summary: String,
}

/// What a run was made on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A product without any defect.
    Honest {
        /// The product.
        product: String,
        /// Which of its honest runs, from 1.
        number: u32,
    },
    /// A product with one defect, `product:defect`.
    Defect(String),
    /// An honest product about which something is missing or untrue, `product:blind`.
    Blind(String),
}

impl Subject {
    /// The product it is of.
    #[must_use]
    pub fn product(&self) -> &str {
        match self {
            Self::Honest { product, .. } => product,
            Self::Defect(name) | Self::Blind(name) => product_of(name),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Honest { product, number } => write!(f, "{product}, honest run {number}"),
            Self::Defect(name) | Self::Blind(name) => f.write_str(name),
        }
    }
}

/// One run of all the cases on one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// What it was made on.
    pub subject: Subject,
    /// How each case came out. A case that is not here was not asked for.
    pub cases: Vec<Seen>,
    /// Exit code; `None` when the run ended without one.
    pub exit: Option<i32>,
    /// Why there is no result, where the run gave none.
    pub trouble: Option<String>,
    /// What came out otherwise when it was judged again from its own record: what, and how.
    pub otherwise: Vec<(String, String)>,
    /// Wall time in seconds.
    pub seconds: f64,
}

/// How a case came out in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The case.
    pub case: CaseId,
    /// Its verdict; `None` when the planner left it out.
    pub verdict: Option<Verdict>,
    /// The reason given.
    pub why: String,
    /// Provisions that it made fail.
    pub failed: Vec<ProvisionId>,
    /// It was seen in an earlier proof, and all it rests on is the same.
    pub kept: bool,
}

impl Seen {
    /// The word for it: the verdict, or `left out`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.verdict.map_or("left out", crate::view::verdict_word)
    }
}

impl Run {
    /// How a case came out; `None` when it was not asked for or the run gave no result.
    #[must_use]
    pub fn seen(&self, case: &CaseId) -> Option<&Seen> {
        self.cases.iter().find(|s| &s.case == case)
    }

    /// Provisions that failed.
    pub fn failed(&self) -> BTreeSet<&ProvisionId> {
        self.cases.iter().flat_map(|s| &s.failed).collect()
    }

    /// Whether a case came to a verdict of that kind.
    fn came_to(&self, case: &CaseId, verdict: Verdict) -> bool {
        self.seen(case).is_some_and(|s| s.verdict == Some(verdict))
    }
}

/// The product before the colon.
pub(super) fn product_of(name: &str) -> &str {
    name.split_once(':').map_or("", |(product, _)| product)
}

impl Promise {
    /// Whether an honest unit of a product has to pass: the case runs there, or promises something about it.
    fn is_owed_on(&self, product: &str) -> bool {
        let mut named = self.caught_on.iter().chain(&self.undecided_on);
        self.runs_on.iter().any(|p| p == product) || named.any(|n| product_of(n) == product)
    }
}

impl Matrix {
    /// Of the names of defects or blinds those that this proof owes: about products that were tried, or that nobody
    /// knows.
    fn owed<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = &'a String> {
        let tried = |p: &str| self.products.iter().any(|t| t == p);
        let elsewhere = move |p: &str| !tried(p) && self.known_products.iter().any(|k| k == p);
        names.iter().filter(move |n| !elsewhere(product_of(n)))
    }

    /// Runs on a subject; one, unless a run was repeated.
    fn on<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = &'a Run> {
        self.runs.iter().filter(move |r| &r.subject == subject)
    }

    /// Whether a case failed in every run on a defect, of which there has to be one.
    fn kills(&self, case: &CaseId, defect: &str) -> bool {
        let subject = Subject::Defect(defect.to_owned());
        let mut runs = self.on(&subject).peekable();
        runs.peek().is_some() && runs.all(|r| r.came_to(case, Verdict::Fail))
    }

    /// Cases that caught a defect, in the suite's order.
    fn killers<'a>(&'a self, defect: &'a str) -> impl Iterator<Item = &'a Promise> {
        self.cases
            .iter()
            .filter(move |p| self.kills(&p.case, defect))
    }

    /// Defects that were tried, in the order they are known.
    fn tried(&self) -> impl Iterator<Item = &Defect> {
        self.defects.iter().filter(|d| {
            let subject = Subject::Defect(d.name.clone());
            self.on(&subject).next().is_some()
        })
    }

    fn is_killed(&self, defect: &str) -> bool {
        self.killers(defect).next().is_some()
    }

    /// Whether a provision failed in every run on a defect.
    fn fails_on(&self, provision: &ProvisionId, defect: &Defect) -> bool {
        let subject = Subject::Defect(defect.name.clone());
        self.on(&subject).all(|r| r.failed().contains(provision))
    }

    fn honest(&self) -> impl Iterator<Item = &Run> {
        let honest = |r: &&Run| matches!(r.subject, Subject::Honest { .. });
        self.runs.iter().filter(honest)
    }
}
