//! The step between files and plan for units that stand on places of a farm: places are taken, and what stands on them
//! becomes the units' ordinary wires. Whoever touches nothing plans with wires that are assumed.

mod supply;
mod tenure;
mod wires;

use crate::going_off;
use proofhouse_lease::{
    Access, Keeper, Labgrid, Lease, NotLeased, Patience, PlaceLease, Taken, Wanted, left,
};
use proofhouse_model::bench_spec::{FarmSpec, PlaceSpec};
use proofhouse_model::{BenchSpec, Channel, UnitSpec};
use proofhouse_report::text::one_line;
use proofhouse_runner::Cancel;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Channels for which a place may bring a wire.
const BRINGS: [Channel; 4] = [
    Channel::Power,
    Channel::Console,
    Channel::Debug,
    Channel::Lan,
];

/// What was said of places that are somebody else's by now.
type Lost = Arc<Mutex<Vec<NotLeased>>>;

/// Each is kept once.
fn lose(lost: &Lost, why: &NotLeased) {
    let mut lost = lost.lock().unwrap_or_else(PoisonError::into_inner);
    if !lost.contains(why) {
        lost.push(why.clone());
    }
}

/// Places of a run, held until they are given back.
#[derive(Clone, Default)]
pub(crate) struct HeldPlaces {
    keeper: Option<Arc<Keeper>>,
    /// Those that are somebody else's by now.
    lost: Lost,
}

impl HeldPlaces {
    /// Notes by which the run's guard gives them back.
    pub(crate) fn notes(&self) -> Vec<std::path::PathBuf> {
        self.keeper
            .as_ref()
            .map(|keeper| keeper.notes())
            .unwrap_or_default()
    }

    /// From now on it is kept which of them are lost. The run decides what comes of that: their units leave it, or it
    /// ends. Without a place by its name the loss is nobody's unit's, and ends it.
    pub(crate) fn watch(&self, cancel: &Cancel) -> std::io::Result<()> {
        let Some(keeper) = &self.keeper else {
            return Ok(());
        };
        // Not the keeper: its thread would hold itself.
        let (lost, cancel) = (Arc::clone(&self.lost), cancel.clone());
        keeper.watch(Box::new(move |why| match why {
            NotLeased::Lost { .. } => lose(&lost, why),
            _ => cancel.lose(&shown(why)),
        }))
    }

    /// What was said of a place that is lost.
    fn lost_of(&self, place: &str) -> Option<NotLeased> {
        let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        let its =
            |why: &&NotLeased| matches!(why, NotLeased::Lost { place: lost, .. } if lost == place);
        lost.iter().find(its).cloned()
    }

    /// Gives them back, and says what may still be held.
    pub(crate) fn give_back(&self) {
        if let Some(keeper) = &self.keeper {
            going_off::places_are_left(keeper.release());
        }
    }
}

/// What a farm says is others' text: it takes one line and moves no cursor.
pub(crate) fn shown(why: &NotLeased) -> String {
    one_line(&why.to_string()).into_owned()
}

fn say(said: &str) {
    going_off::say(format!("{}\n", one_line(said)));
}

/// How the coordinator of a bench is reached.
pub(crate) fn access(bench: &BenchSpec, farm: &FarmSpec) -> Result<Access, NotLeased> {
    let folder = Path::new(&bench.file).parent().unwrap_or(Path::new(""));
    Access::new(farm, folder, &|name| std::env::var(name).ok())
}

/// Takes the places of a bench and wires its units; what dead runs left there is given back first.
///
/// # Errors
/// A place cannot be had, or brings nothing that can be used: then none is held.
pub(crate) fn take(bench: &mut BenchSpec, cancel: &Cancel) -> Result<HeldPlaces, NotLeased> {
    let Some(spec) = bench.farm.clone() else {
        return Ok(HeldPlaces::default());
    };
    let access = access(bench, &spec)?;
    left::sweep(&access).iter().for_each(|said| say(said));
    let farm = Labgrid::new(access)?;
    let patience = Patience {
        most: spec.wait.std(),
        called_off: &|| cancel.is_cancelled(),
        told: &say,
    };
    let mut leases: Vec<Box<dyn Lease>> = Vec::new();
    // All runs in one order, so that two of them do not wait for each other.
    let mut units: Vec<&mut UnitSpec> = bench.units.iter_mut().collect();
    units.sort_by_key(|unit| unit.place.as_ref().map(ToString::to_string));
    for unit in units {
        let Some(place) = unit.place.as_ref().map(wanted) else {
            continue;
        };
        let mut lease = PlaceLease::new(&farm, place);
        let taken = lease.acquire(&patience)?;
        leases.push(Box::new(lease));
        for said in wire(unit, &taken)? {
            say(&said);
        }
    }
    let keeper = Arc::new(Keeper::new(leases));
    going_off::places_are_held(&keeper);
    Ok(HeldPlaces {
        keeper: Some(keeper),
        lost: Arc::default(),
    })
}

/// What a place brings decides what can be asked of a unit: a plan that rests on more cannot go on.
///
/// # Errors
/// A unit has not the channels that it had.
pub(crate) fn are_as_planned(planned: &BenchSpec, now: &BenchSpec) -> Result<(), NotLeased> {
    for (planned, now) in planned.units.iter().zip(&now.units) {
        let channels = |unit: &UnitSpec| unit.wires.keys().copied().collect::<Vec<_>>();
        if let (Some(place), true) = (&now.place, channels(planned) != channels(now)) {
            return Err(NotLeased::NotThere {
                place: place.to_string(),
                what: format!(
                    "it brings other wires to {} than when the run was planned: {}",
                    now.name,
                    now.wires
                        .keys()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
                waited: std::time::Duration::ZERO,
            });
        }
    }
    Ok(())
}

/// The places that a run had, for units whose file leaves the choice to the farm.
pub(crate) fn same_again(bench: &mut BenchSpec, planned: &BenchSpec) {
    for unit in bench.units.iter_mut().filter(|unit| unit.place.is_some()) {
        let before = planned.units.iter().find(|p| p.name == unit.name);
        if let Some(place) = before.and_then(|p| p.place.clone()) {
            unit.place = Some(place);
        }
    }
}

/// Places of a plan and the wires that they brought, for units that are read again without them.
pub(crate) fn as_planned(bench: &mut BenchSpec, planned: &BenchSpec) {
    same_again(bench, planned);
    for unit in bench.units.iter_mut().filter(|unit| unit.place.is_some()) {
        let before = planned.units.iter().find(|p| p.name == unit.name);
        if let Some(before) = before {
            unit.brought.clone_from(&before.brought);
        }
        for (channel, wire) in before.into_iter().flat_map(|p| &p.wires) {
            unit.wires.entry(*channel).or_insert_with(|| wire.clone());
        }
    }
}

fn wanted(place: &PlaceSpec) -> Wanted {
    match place {
        PlaceSpec::Named(name) => Wanted::Named(name.clone()),
        PlaceSpec::Reserved => Wanted::Reserved,
        PlaceSpec::ReservedWith(tags) => Wanted::ReservedWith(tags.clone()),
        PlaceSpec::Tagged(tags) => Wanted::Tagged(tags.clone()),
    }
}

/// Adds what stands on the place to the wires that the bench file names itself; says what is left aside.
fn wire(unit: &mut UnitSpec, taken: &Taken) -> Result<Vec<String>, NotLeased> {
    let found = wires::of(taken, &unit.wires.keys().copied().collect())?;
    unit.brought.extend(found.wires.keys().copied());
    unit.wires.extend(found.wires);
    let place = &taken.place;
    // Whoever goes on with the run must have this one again: another is another specimen.
    unit.place = Some(PlaceSpec::Named(place.clone()));
    let mut said = vec![format!("{}: place {place} is taken", unit.name)];
    said.extend(
        found
            .aside
            .into_iter()
            .map(|what| format!("{}: place {place}: {what}", unit.name)),
    );
    match unit.wires.is_empty() {
        true => Err(NotLeased::NotThere {
            place: place.clone(),
            what: format!(
                "nothing stands on it that can be used; {}",
                said[1..].join("; ")
            ),
            waited: std::time::Duration::ZERO,
        }),
        false => Ok(said),
    }
}

/// Wires units as if their places brought one of each kind: for whoever plans and touches nothing.
pub(crate) fn assume(bench: &mut BenchSpec) {
    let units = bench.units.iter_mut().filter(|unit| unit.place.is_some());
    for unit in units {
        for channel in BRINGS {
            if let Some(wire) = wires::assumed(channel).filter(|_| !unit.has(channel)) {
                unit.wires.insert(channel, wire);
            }
        }
    }
}

/// What would be asked for a unit that stands on a place.
pub(crate) fn would_ask(bench: &BenchSpec, unit: &UnitSpec) -> Option<String> {
    let place = unit.place.as_ref()?;
    let farm = bench.farm.as_ref()?;
    let at = match access(bench, farm) {
        Ok(access) => format!(
            "the labgrid coordinator {} as {}",
            access.coordinator, access.me
        ),
        Err(why) => format!("a labgrid coordinator ({why})"),
    };
    Some(format!(
        "{place} would be asked of {at}, for at most {}; what stands on it is not known before, so the plan is made as \
         if it brought power, console, debug and lan",
        farm.wait
    ))
}

#[cfg(test)]
mod tests;
