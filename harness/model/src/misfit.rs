//! Which unit suits which case: asked when a run is planned, and again when a unit leaves it.

use crate::{CaseMeta, Channel, CutKind, Effect, UnitSpec, Wire};

/// Why a unit does not suit a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// The case asks for another sample.
    Sample,
    /// Channels that are not wired.
    Wires(Vec<Channel>),
    /// Its uplink cuts something else.
    Cuts(Vec<CutKind>),
    /// Effects that it does not grant.
    Grants(Vec<Effect>),
    /// Nothing says how to tell it from another unit.
    Nameless(Effect),
}

impl UnitSpec {
    /// Every reason why it does not suit. One of another sample is not looked at further.
    #[must_use]
    pub fn misfits(&self, case: &CaseMeta) -> Vec<Misfit> {
        if !case.sample.hold(self.sample) {
            return vec![Misfit::Sample];
        }
        let mut all = Vec::new();
        let missing = case.needs.iter().copied().filter(|c| !self.has(*c));
        let missing: Vec<_> = missing.collect();
        if !missing.is_empty() {
            all.push(Misfit::Wires(missing));
        }
        let able = self.wire(Channel::Uplink).map(Wire::cuts);
        if let Some(able) = able {
            let asked = case.cuts.iter().copied();
            let missing: Vec<_> = asked.filter(|cut| !able.contains(cut)).collect();
            if !missing.is_empty() {
                all.push(Misfit::Cuts(missing));
            }
        }
        let asked = case.effects.iter().copied();
        let refused = asked.filter(|e| e.needs_grant() && !self.grants.contains(e));
        let refused: Vec<_> = refused.collect();
        if !refused.is_empty() {
            // What to write for it has the identity, too.
            all.push(Misfit::Grants(refused));
        } else if case.gravest().is_destructive() && self.identity.is_empty() {
            all.push(Misfit::Nameless(case.gravest()));
        }
        all
    }

    /// Channels that a case would like to have and that are wired.
    #[must_use]
    pub fn liked_by(&self, case: &CaseMeta) -> usize {
        case.wants.iter().filter(|c| self.has(**c)).count()
    }
}
