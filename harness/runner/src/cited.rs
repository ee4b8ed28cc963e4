//! Which ops a check cites.

use proofhouse_model::Seq;
use std::ops::Range;

/// How many ops a check may cite; of more, the first and the last ones.
const MOST: usize = 64;

/// Ends of ops, for the checks that rest on them.
#[derive(Debug, Default)]
pub struct Cited {
    /// Since the last check.
    fresh: Vec<Seq>,
    /// What the last check cited.
    last: Vec<Seq>,
    /// The end of every op the script asked for; `None` of one that did not come to the journal.
    all: Vec<Option<Seq>>,
}

impl Cited {
    /// The script asks for an op.
    pub fn asked(&mut self) {
        self.all.push(None);
    }

    /// It ended, with an observation or with trouble.
    pub fn add(&mut self, ended: Seq) {
        self.fresh.push(ended);
        if let Some(last) = self.all.last_mut() {
            *last = Some(ended);
        }
    }

    /// What a check on these ops of the script rests on, counted from 0. The next check does not rest on them again.
    pub fn cite_these(&mut self, ops: Range<u64>) -> Vec<Seq> {
        let at = |n: u64| usize::try_from(n).map_or(self.all.len(), |n| n.min(self.all.len()));
        let these = self.all.get(at(ops.start)..at(ops.end)).unwrap_or_default();
        let mut cited: Vec<Seq> = these.iter().flatten().copied().collect();
        self.fresh.retain(|seq| cited.binary_search(seq).is_err());
        shorten(&mut cited);
        self.last.clone_from(&cited);
        cited
    }

    /// What was done so far is ground for no check: it was the harness's own doing.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// What a check made now rests on: the ops since the last check, or where there was none the same ones again.
    /// Empty before the first op of the case: such a check looked at nothing.
    pub fn cite(&mut self) -> Vec<Seq> {
        if !self.fresh.is_empty() {
            self.last = std::mem::take(&mut self.fresh);
            shorten(&mut self.last);
        }
        self.last.clone()
    }
}

fn shorten(cited: &mut Vec<Seq>) {
    if cited.len() > MOST {
        let tail = cited.len() - (MOST - 1);
        cited.drain(1..tail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_before_the_first_op_cites_nothing() {
        let mut cited = Cited::default();
        assert!(cited.cite().is_empty());
        cited.add(3);
        cited.forget();
        assert!(cited.cite().is_empty());
    }

    #[test]
    fn checks_on_the_same_data_cite_the_same_ops() {
        let mut cited = Cited::default();
        [3, 5].into_iter().for_each(|n| cited.add(n));
        assert_eq!(cited.cite(), [3, 5]);
        assert_eq!(cited.cite(), [3, 5]);
        cited.add(9);
        assert_eq!(cited.cite(), [9]);
    }

    #[test]
    fn a_check_on_an_answer_cites_the_ops_of_that_alone() {
        let mut cited = Cited::default();
        for op in [Some(3), None, Some(7), Some(9), Some(11)] {
            cited.asked();
            if let Some(ended) = op {
                cited.add(ended);
            }
        }
        assert_eq!(cited.cite_these(1..4), [7, 9]);
        assert_eq!(
            cited.cite(),
            [3, 11],
            "what was done around it is left for the next"
        );
        assert!(cited.cite_these(1..2).is_empty());
        assert!(cited.cite_these(9..u64::MAX).is_empty());
    }

    #[test]
    fn citations_are_bounded() {
        let mut cited = Cited::default();
        (0..1000).for_each(|n| cited.add(n));
        let all = cited.cite();
        assert_eq!(all.len(), MOST);
        assert_eq!((all[0], all[1], all[MOST - 1]), (0, 1000 - 63, 999));
    }
}
