//! Which ops a check cites.

use proofhouse_model::Seq;

/// How many ops a check may cite; of more, the first and the last ones.
const MOST: usize = 64;

/// Ends of ops, for the checks that rest on them.
#[derive(Debug, Default)]
pub struct Cited {
    /// Since the last check.
    fresh: Vec<Seq>,
    /// What the last check cited.
    last: Vec<Seq>,
}

impl Cited {
    /// An op ended, with an observation or with trouble.
    pub fn add(&mut self, ended: Seq) {
        self.fresh.push(ended);
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
            if self.last.len() > MOST {
                let tail = self.last.len() - (MOST - 1);
                self.last.drain(1..tail);
            }
        }
        self.last.clone()
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
    fn citations_are_bounded() {
        let mut cited = Cited::default();
        (0..1000).for_each(|n| cited.add(n));
        let all = cited.cite();
        assert_eq!(all.len(), MOST);
        assert_eq!((all[0], all[1], all[MOST - 1]), (0, 1000 - 63, 999));
    }
}
