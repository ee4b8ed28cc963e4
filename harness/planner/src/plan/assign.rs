//! Which unit carries which case, so that all units are busy about equally long; then the order.

use proofhouse_model::{BenchSpec, CaseMeta, UnitName, UnitSpec};
use std::cmp::Reverse;
use std::time::Duration;

/// A case and the units it could use.
type Run<'a, 'b> = (&'a CaseMeta, Vec<&'b UnitSpec>);

/// Gives every case its units and puts the cases in order: safe first, then those that hold several
/// units, then long ones, then by name.
///
/// Cases for several units are placed first, then the longest first, each on the unit with the least
/// to do. A unit with a channel the case would like to have is preferred to an idle one: evidence
/// before speed.
pub fn to_units<'a>(
    bench: &BenchSpec,
    mut runs: Vec<Run<'a, '_>>,
) -> Vec<(&'a CaseMeta, Vec<UnitName>)> {
    let mut load = vec![Duration::ZERO; bench.units.len()];
    let index = |unit: &UnitSpec| bench.units.iter().position(|u| u.name == unit.name);
    runs.sort_by_key(|(case, fitting)| {
        let alone = fitting.len();
        (
            Reverse(case.specimens),
            Reverse(case.takes),
            alone,
            &case.id,
        )
    });
    let mut out = Vec::new();
    for (case, fitting) in runs {
        let mut at: Vec<_> = fitting.into_iter().filter_map(index).collect();
        at.sort_by_key(|i| {
            let unit = &bench.units[*i];
            let liked = case.wants.iter().filter(|c| unit.has(**c)).count();
            (Reverse(liked), load[*i], *i)
        });
        at.truncate(case.specimens);
        // The bench file's order, so that `bench` is the first of them for the reader, too.
        at.sort_unstable();
        // Units held together wait for each other.
        let until = at.iter().map(|i| load[*i]).max().unwrap_or_default() + case.takes.std();
        for i in &at {
            load[*i] = until;
        }
        let names = at.into_iter().map(|i| bench.units[i].name.clone());
        out.push((case, names.collect()));
    }
    out.sort_by_key(|(case, _)| {
        (
            case.gravest(),
            Reverse(case.specimens),
            Reverse(case.takes),
            case.id.clone(),
        )
    });
    out
}
