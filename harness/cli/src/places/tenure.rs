//! A bench whose units stand on places: at the end of each case the farm is asked once more whose they are. A renewal
//! now and then leaves the last moments open, and what somebody else did to a unit in them would be the unit's.

use super::{HeldPlaces, lose, shown};
use proofhouse_bench::{Bench, MayBeOn};
use proofhouse_lease::NotLeased;
use proofhouse_model::bench_spec::PlaceSpec;
use proofhouse_model::event::GuardActed;
use proofhouse_model::{BenchSpec, Trouble, TroubleKind, UnitName};
use proofhouse_runner::{BenchControl, UnitControl, UnitFacts};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the farm may take to say it: less than what a case may overrun before it is given up.
const ANSWER: Duration = Duration::from_secs(5);

impl HeldPlaces {
    /// The bench as a run uses it.
    pub(crate) fn around(&self, bench: Arc<Bench>, spec: &BenchSpec) -> Arc<dyn BenchControl> {
        if self.keeper.is_none() {
            return bench;
        }
        let place = |place: &PlaceSpec| match place {
            PlaceSpec::Named(name) => Some(name.clone()),
            PlaceSpec::Reserved | PlaceSpec::ReservedWith(_) | PlaceSpec::Tagged(_) => None,
        };
        let units = spec.units.iter();
        let its = units.filter_map(|u| Some((u.name.clone(), place(u.place.as_ref()?)?)));
        Arc::new(OnPlaces {
            bench,
            held: self.clone(),
            places: its.collect(),
        })
    }

    fn confirm(&self, places: &[&str], until: Instant) -> Result<(), NotLeased> {
        match &self.keeper {
            Some(keeper) => keeper.confirm(places, until),
            None => Ok(()),
        }
    }
}

struct OnPlaces {
    bench: Arc<Bench>,
    held: HeldPlaces,
    /// The place of each unit that stands on one.
    places: BTreeMap<UnitName, String>,
}

impl BenchControl for OnPlaces {
    fn unit(&self, name: &UnitName) -> Option<Arc<dyn UnitControl>> {
        <Bench as BenchControl>::unit(&self.bench, name)
    }

    fn facts(&self) -> Vec<UnitFacts> {
        <Bench as BenchControl>::facts(&self.bench)
    }

    fn power_off(&self, name: &UnitName) {
        <Bench as BenchControl>::power_off(&self.bench, name);
    }

    fn make_safe(&self) -> Vec<MayBeOn> {
        <Bench as BenchControl>::make_safe(&self.bench)
    }

    fn guard_acted(&self) -> Option<GuardActed> {
        <Bench as BenchControl>::guard_acted(&self.bench)
    }

    fn taken_back(&self) -> Vec<(UnitName, Trouble)> {
        let lost = |(unit, place): (&UnitName, &String)| {
            let why = self.held.lost_of(place)?;
            Some((unit.clone(), trouble(&[place.as_str()], &why)))
        };
        self.places.iter().filter_map(lost).collect()
    }

    fn still_ours(&self, units: &[UnitName]) -> Result<(), Trouble> {
        let its = units.iter().filter_map(|unit| self.places.get(unit));
        let its: Vec<&str> = its.map(String::as_str).collect();
        if its.is_empty() {
            return Ok(());
        }
        let asked = self.held.confirm(&its, Instant::now() + ANSWER);
        asked.map_err(|why| {
            if matches!(why, NotLeased::Lost { .. }) {
                // As when a renewal notices: no other case may touch what is somebody else's.
                lose(&self.held.lost, &why);
            }
            trouble(&its, &why)
        })
    }
}

fn trouble(places: &[&str], why: &NotLeased) -> Trouble {
    let what = match why {
        NotLeased::Lost { .. } => shown(why),
        _ => {
            let places = places.join(" and ");
            let places = proofhouse_report::text::one_line(&places).into_owned();
            format!(
                "whether place {places} is still this run's is not known: {}",
                shown(why)
            )
        }
    };
    Trouble {
        kind: TroubleKind::Bench,
        channel: None,
        what,
        try_next: Some(why.next().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_lost_and_one_of_which_nothing_is_known_are_both_trouble_of_the_bench() {
        let lost = NotLeased::Lost {
            place: "lamp\u{1b}[2J".to_owned(),
            why: "desk/bob has it".to_owned(),
        };
        let told = trouble(&["lamp"], &lost);
        assert_eq!(told.kind, TroubleKind::Bench);
        assert!(told.what.contains("desk/bob has it"), "{}", told.what);
        assert!(!told.what.contains('\u{1b}'), "{}", told.what);
        let silent = NotLeased::Unreachable {
            coordinator: "farm:1".to_owned(),
            why: "no answer came in time".to_owned(),
        };
        let told = trouble(&["lamp"], &silent);
        assert_eq!(told.kind, TroubleKind::Bench);
        assert!(
            told.what
                .contains("whether place lamp is still this run's is not known"),
            "{}",
            told.what
        );
    }
}
