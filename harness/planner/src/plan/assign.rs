//! Which unit carries which case, so that all units are busy about equally long; then the order.

use proofhouse_model::{BenchSpec, CaseMeta, ProductId, UnitName, UnitSpec};
use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

/// A case, the product it is to be run on, and the units it could use.
pub struct Run<'a> {
    pub case: Arc<CaseMeta>,
    pub product: ProductId,
    pub fitting: Vec<&'a UnitSpec>,
}

/// A case with the units it gets.
pub struct Assigned {
    pub case: Arc<CaseMeta>,
    pub product: ProductId,
    pub units: Vec<UnitName>,
}

/// Gives every case its units and puts the cases in order: safe first, then those that hold several
/// units, then long ones, then by name.
///
/// Cases for several units are placed first, then the longest first, each on the unit with the least
/// to do. A unit with a channel the case would like to have is preferred to an idle one: evidence
/// before speed.
pub fn to_units(bench: &BenchSpec, mut runs: Vec<Run<'_>>) -> Vec<Assigned> {
    let mut load = vec![Duration::ZERO; bench.units.len()];
    let index = |unit: &UnitSpec| bench.units.iter().position(|u| u.name == unit.name);
    runs.sort_by_cached_key(|run| {
        let (case, alone) = (&run.case, run.fitting.len());
        let hard = (Reverse(case.specimens), Reverse(case.takes), alone);
        (hard, case.id.clone(), run.product.clone())
    });
    let mut out = Vec::new();
    for run in runs {
        let case = &run.case;
        let mut at: Vec<_> = run.fitting.into_iter().filter_map(index).collect();
        at.sort_by_key(|i| {
            let unit = &bench.units[*i];
            (Reverse(unit.liked_by(case)), load[*i], *i)
        });
        at.truncate(case.specimens);
        // The bench file's order, so that `bench` is the first of them for the reader, too.
        at.sort_unstable();
        // Units held together wait for each other.
        let until = at.iter().map(|i| load[*i]).max().unwrap_or_default() + case.takes.std();
        for i in &at {
            load[*i] = until;
        }
        let units = at.into_iter().map(|i| bench.units[i].name.clone());
        out.push(Assigned {
            units: units.collect(),
            case: run.case,
            product: run.product,
        });
    }
    out.sort_by_cached_key(|run| {
        let case = &run.case;
        let order = (case.gravest(), Reverse(case.specimens), Reverse(case.takes));
        (
            order,
            case.id.clone(),
            run.product.clone(),
            run.units.clone(),
        )
    });
    out
}
