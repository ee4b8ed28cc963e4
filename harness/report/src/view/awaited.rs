//! How long ops waited for a unit's debug probe, and for whom.

use crate::text::count;
use proofhouse_model::{Dur, Seq, UnitName};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most holders that a sentence names.
const NAMED: usize = 3;

/// Waits for a debug probe that other programs held.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct AwaitedRead {
    /// All of them together.
    pub waited: Dur,
    /// Who held it, each once.
    pub by: Vec<String>,
    /// Events that say so, one for each wait.
    pub events: Vec<Seq>,
}

impl AwaitedRead {
    /// One more wait.
    pub(super) fn add(&mut self, event: Seq, waited: Dur, by: &str) {
        self.waited = Dur::from(self.waited.std().saturating_add(waited.std()));
        if !self.by.iter().any(|known| known == by) {
            self.by.push(by.to_owned());
        }
        self.events.push(event);
    }

    /// In a clause.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut by = self.by.iter().take(NAMED).cloned().collect::<Vec<_>>();
        let more = self.by.len().saturating_sub(NAMED);
        if more > 0 {
            by.push(count(more, "other"));
        }
        format!(
            "waited for {} in {}, held by {}",
            self.waited,
            count(self.events.len(), "wait"),
            by.join(" and ")
        )
    }
}

/// All units whose probes were waited for; nothing where none was.
#[must_use]
pub fn awaited_in_words(all: &BTreeMap<UnitName, AwaitedRead>) -> Option<String> {
    let all = all.iter();
    let told: Vec<_> = all
        .map(|(unit, read)| format!("{unit}: {}", read.summary()))
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_add_up_and_each_holder_is_named_once() {
        let mut read = AwaitedRead::default();
        read.add(3, Dur::ms(400), "openocd (process 7)");
        read.add(8, Dur::ms(600), "openocd (process 7)");
        assert_eq!(
            read.summary(),
            "waited for 1s in 2 waits, held by openocd (process 7)"
        );
        for process in 8..12 {
            read.add(9, Dur::secs(1), &format!("process {process}"));
        }
        let told = read.summary();
        assert!(told.starts_with("waited for 5s in 6 waits"), "{told}");
        assert!(told.ends_with("process 9 and 2 others"), "{told}");
        assert_eq!(read.events, [3, 8, 9, 9, 9, 9]);
    }
}
