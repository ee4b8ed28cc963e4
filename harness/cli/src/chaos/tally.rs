//! What came of all trials, as text and as JSON.

use super::draw::Trial;
use super::trial::{Order, Outcome, Seen, Wrong};
use proofhouse_model::FaultKind;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Trials added up.
pub struct Tally<'a> {
    /// Every trial that ended, by seed.
    pub all: &'a [(Trial, Seen)],
    /// Every pair of fault and case that could be drawn.
    pub pairs: Vec<(FaultKind, String)>,
    /// How the children were called.
    pub order: &'a Order,
}

/// What one kind of fault came to.
#[derive(Default)]
struct Row {
    honest: [usize; Outcome::ALL.len()],
    defect: [usize; Outcome::ALL.len()],
    unfelt: usize,
}

impl Tally<'_> {
    /// What must not be, of one sort.
    #[must_use]
    pub fn count(&self, wrong: Wrong) -> usize {
        self.all
            .iter()
            .filter(|(_, s)| s.wrong == Some(wrong))
            .count()
    }

    /// Runs whose fault was felt.
    #[must_use]
    pub fn felt(&self) -> usize {
        self.all.iter().filter(|(_, s)| s.felt.is_some()).count()
    }

    /// Whether no verdict was wrong, and that means something.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.felt() > 0 && self.all.iter().all(|(_, s)| s.wrong.is_none())
    }

    fn rows(&self) -> BTreeMap<FaultKind, Row> {
        let mut rows: BTreeMap<FaultKind, Row> = BTreeMap::new();
        for (trial, seen) in self.all {
            let row = rows.entry(trial.fault.kind).or_default();
            let at = Outcome::ALL
                .iter()
                .position(|o| *o == seen.outcome)
                .unwrap_or(0);
            match (&seen.felt, &trial.defect) {
                (None, _) => row.unfelt += 1,
                (Some(_), None) => row.honest[at] += 1,
                (Some(_), Some(_)) => row.defect[at] += 1,
            }
        }
        rows
    }

    fn tried(&self) -> BTreeSet<(FaultKind, String)> {
        let felt = self.all.iter().filter(|(_, s)| s.felt.is_some());
        felt.map(|(t, _)| (t.fault.kind, t.case.clone())).collect()
    }

    fn untried(&self) -> BTreeMap<FaultKind, Vec<&str>> {
        let tried = self.tried();
        let mut untried: BTreeMap<FaultKind, Vec<&str>> = BTreeMap::new();
        for pair in self.pairs.iter().filter(|p| !tried.contains(*p)) {
            untried.entry(pair.0).or_default().push(&pair.1);
        }
        untried
    }

    /// For a person.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut line = |text: String| out.extend([text.as_str(), "\n"]);
        line(format!(
            "{:<20} {:^25}   {:^25} {:>7}",
            "", "on the honest device", "on a device with a defect", "not"
        ));
        let head = "pass fail error incon flaky";
        line(format!("{:<20} {head}   {head} {:>6}", "fault", "felt"));
        let cells = |counts: &[usize; Outcome::ALL.len()]| {
            format!(
                "{:>4} {:>4} {:>5} {:>5} {:>5}",
                counts[0], counts[1], counts[2], counts[3], counts[4]
            )
        };
        for (kind, row) in self.rows() {
            let (honest, defect) = (cells(&row.honest), cells(&row.defect));
            line(format!(
                "{:<20} {honest}   {defect} {:>6}",
                kind.name(),
                row.unfelt
            ));
        }
        let (tried, pairs) = (self.tried().len(), self.pairs.len());
        line(format!("\nfault x case: {tried} of {pairs} pairs tried"));
        for (kind, cases) in self.untried() {
            line(format!("  not tried: {} with {}", kind, cases.join(", ")));
        }
        for (trial, seen) in self.all {
            if let Some(wrong) = seen.wrong {
                line(self.finding(trial, seen, wrong));
            }
        }
        line(format!(
            "\n{} seeds, {} faults felt: {} false passes, {} false fails, {} without result",
            self.all.len(),
            self.felt(),
            self.count(Wrong::FalsePass),
            self.count(Wrong::FalseFail),
            self.count(Wrong::NoResult)
        ));
        out
    }

    fn finding(&self, trial: &Trial, seen: &Seen, wrong: Wrong) -> String {
        let device = trial.defect.as_deref().unwrap_or("the honest device");
        let felt = seen.felt.as_deref().unwrap_or("the fault was not felt");
        let journal = seen.journal.as_ref().map(|p| p.display().to_string());
        let came = seen.again.map_or(String::new(), |(came, of)| {
            format!("\n  repeats: the same in {came} of {of}, made at once")
        });
        format!(
            "\n{}: seed {}, {} under {} on {device}\n  {felt}; then: {}\n  again:   {}{came}\n  journal: {}",
            wrong.word().to_uppercase(),
            trial.seed,
            trial.case,
            trial.fault.kind,
            seen.why,
            self.order.command(trial),
            journal.unwrap_or_default()
        )
    }

    /// For a program.
    #[must_use]
    pub fn json(&self) -> Value {
        let counts = |counts: &[usize; Outcome::ALL.len()]| -> Value {
            let words = Outcome::ALL.iter().map(|o| o.word());
            words
                .zip(counts)
                .map(|(w, n)| (w.to_owned(), json!(n)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let kinds: serde_json::Map<String, Value> = self
            .rows()
            .into_iter()
            .map(|(kind, row)| {
                let value = json!({
                    "honest": counts(&row.honest),
                    "defect": counts(&row.defect),
                    "not_felt": row.unfelt,
                });
                (kind.name().to_owned(), value)
            })
            .collect();
        let untried: serde_json::Map<String, Value> = self
            .untried()
            .into_iter()
            .map(|(kind, cases)| (kind.name().to_owned(), json!(cases)))
            .collect();
        json!({
            "seeds": self.all.len(),
            "felt": self.felt(),
            "false_passes": self.count(Wrong::FalsePass),
            "false_fails": self.count(Wrong::FalseFail),
            "no_results": self.count(Wrong::NoResult),
            "pairs": { "possible": self.pairs.len(), "tried": self.tried().len(), "untried": untried },
            "kinds": kinds,
            "trials": self.all.iter().map(|(t, s)| self.trial(t, s)).collect::<Vec<_>>(),
        })
    }

    fn trial(&self, trial: &Trial, seen: &Seen) -> Value {
        json!({
            "seed": trial.seed,
            "fault": trial.fault.to_string(),
            "case": trial.case,
            "defect": trial.defect,
            "outcome": seen.outcome.word(),
            "why": seen.why,
            "felt": seen.felt,
            "finding": seen.wrong.map(Wrong::word),
            "again": self.order.command(trial),
            "came_again": seen.again.map(|(came, of)| json!({ "times": came, "of": of })),
            "journal": seen.journal,
            "seconds": seen.seconds,
        })
    }
}
