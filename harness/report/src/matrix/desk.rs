//! The desk review as the proof tried it: broken statements, each written to be found by a rule, and honest ones.

use super::judge::Complaint;
use std::collections::BTreeSet;

/// Everything the desk review was tried on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Desk {
    /// Rules that can find a statement at fault.
    pub rules: Vec<String>,
    /// Broken statements.
    pub statements: Vec<Statement>,
    /// What was found in the statements of honest products: the product, the rule, and what it says.
    pub honest: Vec<(String, String, String)>,
}

/// A statement that cannot be true as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its name.
    pub name: String,
    /// Rules that it was written to break.
    pub breaks: BTreeSet<String>,
    /// Rules that found it, or why it cannot be read.
    pub found: Result<BTreeSet<String>, String>,
    /// Command that shows it.
    pub again: String,
}

impl Statement {
    /// Whether each rule that it breaks found it.
    #[must_use]
    pub fn is_caught(&self) -> bool {
        let found = self
            .found
            .as_ref()
            .is_ok_and(|found| found.is_superset(&self.breaks));
        found && !self.breaks.is_empty()
    }

    fn complaints(&self, rules: &[String], out: &mut Vec<Complaint>) {
        let told = |what: String| Complaint::Statement(self.name.clone(), what, self.again.clone());
        let found = match &self.found {
            Ok(found) => found,
            Err(why) => return out.push(told(format!("cannot be read: {why}"))),
        };
        if self.breaks.is_empty() {
            out.push(told("names no rule that it breaks".to_owned()));
        }
        for rule in self.breaks.difference(found) {
            out.push(told(match rules.contains(rule) {
                true => format!("breaks {rule}, and the desk review did not find that"),
                false => format!(
                    "breaks {rule}, which is no rule of the desk review: is it spelt right?"
                ),
            }));
        }
        for rule in found.difference(&self.breaks) {
            out.push(told(format!(
                "is found by {rule}, too, which it was not written to break"
            )));
        }
    }
}

impl Desk {
    /// Statements that were caught.
    #[must_use]
    pub fn caught(&self) -> usize {
        self.statements.iter().filter(|s| s.is_caught()).count()
    }

    /// Statements written to break a rule that it found.
    pub(super) fn found_by<'a>(&'a self, rule: &'a str) -> impl Iterator<Item = &'a str> {
        let found = |s: &&Statement| s.found.as_ref().is_ok_and(|found| found.contains(rule));
        let broken = self.statements.iter().filter(|s| s.breaks.contains(rule));
        broken.filter(found).map(|s| s.name.as_str())
    }

    pub(super) fn complaints(&self) -> Vec<Complaint> {
        let mut out = Vec::new();
        if self.statements.is_empty() {
            out.push(Complaint::NothingTried("broken statement"));
        }
        for statement in &self.statements {
            statement.complaints(&self.rules, &mut out);
        }
        let unseen = self
            .rules
            .iter()
            .filter(|rule| self.found_by(rule).next().is_none());
        out.extend(unseen.cloned().map(Complaint::RuleNeverBroken));
        for (product, rule, what) in &self.honest {
            out.push(Complaint::HonestStatement(
                product.clone(),
                rule.clone(),
                what.clone(),
            ));
        }
        out
    }
}
