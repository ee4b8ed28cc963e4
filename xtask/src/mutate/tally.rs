//! What became of the mutants, kind by kind.

use super::source::Kind;
use std::collections::BTreeMap;

/// What `prove` made of a mutant.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It complained, of this first.
    Killed(String),
    /// The mutant is no suite: nothing ran, so no defect speaks for what was cut out.
    Refused(String),
    /// It complained of nothing.
    Survives,
}

impl Outcome {
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Killed(_) => "killed",
            Self::Refused(_) => "refused",
            Self::Survives => "SURVIVES",
        }
    }

    pub fn how(&self) -> &str {
        match self {
            Self::Killed(how) | Self::Refused(how) => how,
            Self::Survives => "nothing complained",
        }
    }
}

/// Outcomes of each kind, and what survived.
#[derive(Default)]
pub struct Tally(BTreeMap<Kind, Count>);

#[derive(Default)]
struct Count {
    killed: usize,
    refused: usize,
    survivors: Vec<String>,
}

impl Tally {
    pub fn add(&mut self, kind: Kind, outcome: &Outcome, what: &str) {
        let count = self.0.entry(kind).or_default();
        match outcome {
            Outcome::Killed(_) => count.killed += 1,
            Outcome::Refused(_) => count.refused += 1,
            Outcome::Survives => count.survivors.push(what.to_owned()),
        }
    }

    /// Figures and survivors: an error where one of them is owed.
    pub fn told(&self, seconds: u64) -> Result<String, String> {
        let mut out = format!("mutants, in {seconds} s");
        for (kind, count) in &self.0 {
            let (killed, refused, left) = (count.killed, count.refused, count.survivors.len());
            let all = killed + refused + left;
            out +=
                &format!("\n{kind}: {killed} of {all} killed, {refused} refused, {left} survive");
            count
                .survivors
                .iter()
                .for_each(|one| out += &format!("\n  {one}"));
        }
        let owed = self
            .0
            .iter()
            .any(|(kind, count)| kind.is_owed() && !count.survivors.is_empty());
        if owed { Err(out) } else { Ok(out) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_may_survive_and_a_check_or_row_may_not() {
        let mut tally = Tally::default();
        let killed = Outcome::Killed("missed".to_owned());
        tally.add(Kind::Checks, &killed, "a:1");
        tally.add(Kind::Rows, &Outcome::Refused("no suite".to_owned()), "a:2");
        tally.add(Kind::Controls, &Outcome::Survives, "a:3");
        let told = tally.told(7).unwrap();
        assert!(
            told.contains("controls: 0 of 1 killed, 0 refused, 1 survive\n  a:3"),
            "{told}"
        );
        assert!(told.contains("rows: 0 of 1 killed, 1 refused"), "{told}");
        for kind in [Kind::Checks, Kind::Rows] {
            let mut tally = Tally::default();
            tally.add(kind, &Outcome::Survives, "b:1");
            assert!(tally.told(7).is_err());
        }
    }
}
