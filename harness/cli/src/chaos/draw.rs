//! From a seed to a trial. A draw depends on the seed, the suite's heads and the bench file alone: not on time,
//! machine, or how many run beside it.

use super::ops::Ops;
use proofhouse_model::seeded::Seeded;
use proofhouse_model::{CaseMeta, Channel, Fault, FaultKind, Plan, Task, UnitName, UnitSpec};

/// One run to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What everything follows from.
    pub seed: u64,
    /// What breaks.
    pub fault: Fault,
    /// The case.
    pub case: String,
    /// Units it runs on.
    pub units: Vec<UnitName>,
    /// The defect of the device, as in `--defect`; `None` for an honest one.
    pub defect: Option<String>,
}

impl Trial {
    /// Arguments of `proofhouse` that make this run again.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let mut args = vec!["run".to_owned()];
        let mut put =
            |option: &str, value: &str| args.extend([option.to_owned(), value.to_owned()]);
        put("--case", &self.case);
        for unit in &self.units {
            put("--unit", unit.as_str());
        }
        if let Some(defect) = &self.defect {
            put("--defect", defect);
        }
        put("--seed", &self.seed.to_string());
        put("--fault", &self.fault.to_string());
        args
    }
}

/// What can be drawn.
pub struct Deck {
    cases: Vec<Task>,
    units: Vec<UnitSpec>,
    ops: Ops,
    /// Kinds with the cases they can hit, in layers: all pairs, then those of short cases again, then those of the
    /// shortest once more.
    layers: [Vec<(FaultKind, usize)>; 3],
}

impl Deck {
    /// From the plan of the whole suite on a bench, and what is known of its ops; `cases` and `kinds` narrow it when
    /// they are not empty.
    #[must_use]
    pub fn new(plan: &Plan, ops: Ops, cases: &[String], kinds: &[FaultKind]) -> Self {
        let virtuals = plan
            .bench
            .units
            .iter()
            .filter(|u| u.virtual_product.is_some());
        let units: Vec<UnitSpec> = virtuals.cloned().collect();
        let chosen = |id: &str| cases.is_empty() || cases.iter().any(|c| c == id);
        let planned = plan.tasks.iter().filter(|t| chosen(t.case.id.as_str()));
        let mut deck = Self {
            cases: planned.cloned().collect(),
            units,
            ops,
            layers: Default::default(),
        };
        let wanted = |k: &FaultKind| match kinds.is_empty() {
            true => k.is_drawn(),
            false => kinds.contains(k),
        };
        for kind in FaultKind::ALL.into_iter().filter(wanted) {
            for case in 0..deck.cases.len() {
                if deck.can_hit(kind, case) {
                    let times = weight(&deck.cases[case].case);
                    deck.layers[..times]
                        .iter_mut()
                        .for_each(|l| l.push((kind, case)));
                }
            }
        }
        deck
    }

    /// Every pair of fault and case that can be drawn, once.
    #[must_use]
    pub fn pairs(&self) -> Vec<(FaultKind, String)> {
        let named =
            |(kind, case): &(FaultKind, usize)| (*kind, self.cases[*case].case.id.to_string());
        self.layers[0].iter().map(named).collect()
    }

    /// Whether there is anything to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.layers[0].is_empty()
    }

    /// A fault can hit a case that works on its channels, on a unit that has the wires, beside another unit where two
    /// are mixed up.
    fn can_hit(&self, kind: FaultKind, case: usize) -> bool {
        let (meta, units) = (&self.cases[case].case, &self.cases[case].units);
        kind.needs().iter().all(|c| self.count(meta, Some(*c)) > 0)
            && units.iter().all(|u| self.fits(kind, u))
            && (!kind.takes_two() || units.iter().all(|u| !self.others(kind, u).is_empty()))
    }

    /// Ops of a channel that the case makes, as far as is known.
    fn count(&self, meta: &CaseMeta, channel: Option<Channel>) -> u32 {
        let guess = match channel {
            None => 20,
            Some(c) if meta.needs.contains(&c) || meta.wants.contains(&c) => 2,
            Some(_) => 0,
        };
        self.ops.of(meta.id.as_str(), channel).unwrap_or(guess)
    }

    fn fits(&self, kind: FaultKind, unit: &UnitName) -> bool {
        let spec = self.units.iter().find(|u| u.name == *unit);
        spec.is_some_and(|u| kind.needs().iter().all(|c| u.has(*c)))
    }

    fn others(&self, kind: FaultKind, unit: &UnitName) -> Vec<&UnitName> {
        let names = self.units.iter().map(|u| &u.name);
        names.filter(|n| *n != unit && self.fits(kind, n)).collect()
    }

    /// The trial of a seed. Seeds in a row go round all pairs of fault and case before any comes again, and in a round
    /// short cases come up to three times as often as long ones; all else falls as the dice have it, and every second
    /// device is honest.
    ///
    /// # Panics
    /// When the deck is empty.
    #[must_use]
    pub fn draw(&self, seed: u64) -> Trial {
        let (kind, case) = self.pair(seed);
        let (meta, units) = (&self.cases[case].case, &self.cases[case].units);
        let mut dice = Seeded::new(seed);
        let unit = units[dice.below(units.len())].clone();
        let others = self.others(kind, &unit);
        let with = kind
            .takes_two()
            .then(|| others[dice.below(others.len())].clone());
        let of_it = format!("{}:", self.cases[case].product);
        let defects = meta.caught_on.iter();
        let defects: Vec<&str> = defects.filter_map(|d| d.strip_prefix(&of_it)).collect();
        let honest = dice.below(2) == 0 || defects.is_empty();
        let defect = (!honest).then(|| defects[dice.below(defects.len())].to_owned());
        // Several units share the ops between them.
        let ops = self.count(meta, kind.channel()) as usize / units.len().max(1);
        let fault = Fault {
            kind,
            unit,
            with,
            from: from(kind, ops, &mut dice),
            lasts: lasts(kind, &mut dice),
            seed: dice.next() & 0xffff,
        };
        Trial {
            seed,
            fault,
            case: meta.id.to_string(),
            units: units.clone(),
            defect,
        }
    }

    fn pair(&self, seed: u64) -> (FaultKind, usize) {
        let round: usize = self.layers.iter().map(Vec::len).sum();
        let mut left = usize::try_from(seed % round as u64).unwrap_or(0);
        for layer in &self.layers {
            match left.checked_sub(layer.len()) {
                Some(rest) => left = rest,
                None => return layer[place(left, layer.len())],
            }
        }
        self.layers[0][0]
    }
}

/// Steps of nearly the golden section visit each of `n` places once, far from the last one each time.
fn place(nth: usize, n: usize) -> usize {
    let step = ((n * 618 / 1000).max(1)..).find(|s| gcd(*s, n) == 1);
    nth * step.unwrap_or(1) % n
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// How often a case comes up in a round.
fn weight(meta: &CaseMeta) -> usize {
    match meta.takes.std().as_secs() {
        0..=2 => 3,
        3..=5 => 2,
        _ => 1,
    }
}

/// Ops before it sets in: in every third trial from the first op on, else anywhere in the first three quarters of the
/// ops that the case makes on an honest device, so that most faults are felt. A supply's fault leaves an op to be felt
/// by: the first one switches on.
fn from(kind: FaultKind, ops: usize, dice: &mut Seeded) -> u32 {
    let early = dice.below(3) == 0;
    let room = ops.saturating_sub(usize::from(kind.channel() == Some(Channel::Power)));
    let later = dice.below((room * 3).div_ceil(4));
    u32::try_from(if early { 0 } else { later }).unwrap_or(0)
}

/// Ops it lasts. What only slows down is kept short, because it costs time and shows nothing more.
fn lasts(kind: FaultKind, dice: &mut Seeded) -> Option<u32> {
    use FaultKind as K;
    let choices: &[Option<u32>] = match kind {
        K::PacketsDelayed | K::DiskSlow => &[Some(1), Some(3), Some(10), Some(20)],
        // Off and on again: less is not felt.
        K::TtyGoesWithPower => &[None, None, Some(3), Some(6)],
        _ => &[
            None,
            None,
            None,
            None,
            None,
            Some(1),
            Some(2),
            Some(4),
            Some(10),
        ],
    };
    choices[dice.below(choices.len())]
}
