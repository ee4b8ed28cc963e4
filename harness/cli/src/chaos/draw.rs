//! From a seed to a trial. A draw depends on the seed, the suite's heads and the bench file alone: not on time, machine,
//! or how many run beside it.

use proofhouse_model::{CaseMeta, Channel, Fault, FaultKind, Plan, UnitName, UnitSpec};

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
    cases: Vec<(CaseMeta, Vec<UnitName>)>,
    units: Vec<UnitSpec>,
    /// Kinds with at least one case they can hit, and those cases.
    kinds: Vec<(FaultKind, Vec<usize>)>,
}

impl Deck {
    /// From the plan of the whole suite on a bench; `cases` and `kinds` narrow it when they are not empty.
    #[must_use]
    pub fn new(plan: &Plan, cases: &[String], kinds: &[FaultKind]) -> Self {
        let virtuals = plan
            .bench
            .units
            .iter()
            .filter(|u| u.virtual_product.is_some());
        let units: Vec<UnitSpec> = virtuals.cloned().collect();
        let chosen = |id: &str| cases.is_empty() || cases.iter().any(|c| c == id);
        let planned = plan.cases.iter().filter(|p| chosen(p.case.id.as_str()));
        let mut deck = Self {
            cases: planned.map(|p| (p.case.clone(), p.units.clone())).collect(),
            units,
            kinds: Vec::new(),
        };
        let wanted = |k: &FaultKind| kinds.is_empty() || kinds.contains(k);
        for kind in FaultKind::ALL.into_iter().filter(wanted) {
            let hit = (0..deck.cases.len()).filter(|i| deck.can_hit(kind, *i));
            let hit: Vec<usize> = hit.collect();
            if !hit.is_empty() {
                deck.kinds.push((kind, hit));
            }
        }
        deck
    }

    /// Every pair of fault and case that can be drawn.
    #[must_use]
    pub fn pairs(&self) -> Vec<(FaultKind, String)> {
        let all = self.kinds.iter().flat_map(|(kind, cases)| {
            let name = |i: &usize| (*kind, self.cases[*i].0.id.to_string());
            cases.iter().map(name)
        });
        all.collect()
    }

    /// Whether there is anything to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// A fault can hit a case that works on its channel, on a unit that has the wires, beside another unit where two
    /// are mixed up.
    fn can_hit(&self, kind: FaultKind, case: usize) -> bool {
        let (meta, units) = &self.cases[case];
        let uses = |c: Channel| meta.needs.contains(&c) || meta.wants.contains(&c);
        kind.needs().iter().all(|c| uses(*c))
            && units.iter().all(|u| self.fits(kind, u))
            && (!kind.takes_two() || units.iter().all(|u| !self.others(kind, u).is_empty()))
    }

    fn fits(&self, kind: FaultKind, unit: &UnitName) -> bool {
        let spec = self.units.iter().find(|u| u.name == *unit);
        spec.is_some_and(|u| kind.needs().iter().all(|c| u.has(*c)))
    }

    fn others(&self, kind: FaultKind, unit: &UnitName) -> Vec<&UnitName> {
        let names = self.units.iter().map(|u| &u.name);
        names.filter(|n| *n != unit && self.fits(kind, n)).collect()
    }

    /// The trial of a seed. Kinds are equally likely; of the cases a kind can hit short ones are likelier, so that more
    /// is tried in the same time; every second device is honest.
    ///
    /// # Panics
    /// When the deck is empty.
    #[must_use]
    pub fn draw(&self, seed: u64) -> Trial {
        let mut dice = Dice(seed);
        let (kind, cases) = &self.kinds[dice.below(self.kinds.len())];
        let (meta, units) = &self.cases[self.a_case(cases, &mut dice)];
        let unit = units[dice.below(units.len())].clone();
        let others = self.others(*kind, &unit);
        let with = kind
            .takes_two()
            .then(|| others[dice.below(others.len())].clone());
        let defects: Vec<&str> = meta.caught_on.iter().map(|d| bare(d)).collect();
        let honest = dice.below(2) == 0 || defects.is_empty();
        let defect = (!honest).then(|| defects[dice.below(defects.len())].to_owned());
        let fault = Fault {
            kind: *kind,
            unit,
            with,
            from: from(*kind, &mut dice),
            lasts: lasts(*kind, &mut dice),
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

    fn a_case(&self, cases: &[usize], dice: &mut Dice) -> usize {
        let weight = |i: usize| {
            let takes = self.cases[i].0.takes.std().as_secs();
            usize::try_from(24 / (2 + takes.min(10))).unwrap_or(1)
        };
        let mut left = dice.below(cases.iter().map(|i| weight(*i)).sum());
        for &i in cases {
            match left.checked_sub(weight(i)) {
                Some(rest) => left = rest,
                None => return i,
            }
        }
        cases[0]
    }
}

/// Ops before it sets in. Weighted by how many ops of a channel the cases of the suite make on an honest device (2 to 60
/// on the supply, mostly 4; 10 to 300 on the network, mostly 60; up to 100 on the console, mostly 3; 1 to 4 on the probe;
/// 1 to 12 at the broker), so that most faults are felt.
fn from(kind: FaultKind, dice: &mut Dice) -> u32 {
    const SUPPLY: &[u32] = &[0, 0, 1, 1, 2, 2, 3, 3, 5, 12];
    const CONSOLE: &[u32] = &[0, 0, 0, 0, 1, 1, 2, 3, 6, 20];
    const PROBE: &[u32] = &[0, 0, 0, 0, 0, 1, 2, 3];
    const NETWORK: &[u32] = &[0, 2, 4, 7, 10, 13, 18, 25, 35, 60];
    const BROKER: &[u32] = &[0, 0, 0, 0, 1, 2, 4, 7];
    const ANY: &[u32] = &[0, 2, 5, 8, 12, 18, 25, 40, 70];
    let table = match kind.channel() {
        Some(Channel::Power) => SUPPLY,
        Some(Channel::Console) => CONSOLE,
        Some(Channel::Debug) => PROBE,
        Some(Channel::Lan) => NETWORK,
        Some(Channel::Broker) => BROKER,
        Some(Channel::Label) | None => ANY,
    };
    table[dice.below(table.len())]
}

/// Ops it lasts. What only slows down is kept short, because it costs time and shows nothing more.
fn lasts(kind: FaultKind, dice: &mut Dice) -> Option<u32> {
    let slow = matches!(kind, FaultKind::PacketsDelayed | FaultKind::DiskSlow);
    let choices: &[Option<u32>] = match slow {
        true => &[Some(1), Some(3), Some(10), Some(20)],
        false => &[
            None,
            None,
            None,
            None,
            Some(1),
            Some(1),
            Some(2),
            Some(4),
            Some(10),
        ],
    };
    choices[dice.below(choices.len())]
}

/// `product:defect` without the product.
fn bare(defect: &str) -> &str {
    defect.split_once(':').map_or(defect, |(_, name)| name)
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `n - 1`; 0 when `n` is 0.
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap_or(0)
    }
}
