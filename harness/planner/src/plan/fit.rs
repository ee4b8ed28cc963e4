//! Whether a case can run, on which units, and what is missing when it cannot.

use super::{PlanInputs, ProductInputs, select};
use proofhouse_model::profile::IxitRow;
use proofhouse_model::{CaseMeta, Channel, Effect, Sample, UnitSpec};

/// Units of a product that a case fits, or why it cannot run there and whether that is the filter's doing.
pub fn units_for<'a>(
    inputs: &'a PlanInputs,
    product: &ProductInputs,
    case: &CaseMeta,
) -> Result<Vec<&'a UnitSpec>, (String, bool)> {
    if let Some(why) = unprepared(product, case) {
        return Err((why, false));
    }
    let all: Vec<&UnitSpec> = select::units_of(&inputs.bench, product).collect();
    let suits = |u: &&UnitSpec| misfit(u, case).is_none();
    let fitting: Vec<_> = all.iter().copied().filter(suits).collect();
    let of_all = fitting.len();
    let allowed = |u: &&UnitSpec| select::may_use(inputs, u);
    let fitting: Vec<_> = fitting.into_iter().filter(allowed).collect();
    if fitting.len() >= case.specimens {
        return Ok(fitting);
    }
    if of_all >= case.specimens {
        let why = format!(
            "--unit leaves {} of the {} it could use, and it needs {}",
            fitting.len(),
            count(of_all, "unit"),
            case.specimens
        );
        return Err((why, true));
    }
    Err((no_units(&inputs.bench.file, &all, case, of_all), false))
}

/// What the profile lacks for a case.
fn unprepared(inputs: &ProductInputs, case: &CaseMeta) -> Option<String> {
    let lacking = |op: &&String| !inputs.device_ops.contains(*op);
    let ops: Vec<_> = case.device_ops.iter().filter(lacking).collect();
    if !ops.is_empty() {
        let names = join(ops.iter().map(|o| format!("`{o}`")));
        return Some(format!(
            "the profile's device script has no {names}: add it to device.star of {}",
            inputs.profile.name
        ));
    }
    if let Some(why) = unproved(inputs, case) {
        return Some(why);
    }
    let rows = |id: &str| inputs.profile.ixit.get(id).map_or(&[][..], Vec::as_slice);
    let needs = || case.ixit.iter().map(|need| ixit_need(need));
    let tables: Vec<_> = needs().filter(|(id, _)| rows(id).is_empty()).collect();
    if !tables.is_empty() {
        let blocks = join(tables.iter().map(|(t, _)| format!("[[ixit.{t}]]")));
        let names = join(tables.iter().map(|(t, _)| (*t).to_owned()));
        return Some(format!(
            "without IXIT {names} nothing can be concluded: add {blocks} to profile.toml"
        ));
    }
    needs().find_map(|(id, only)| {
        let (key, value) = only?;
        let wanted = |is: String| value.is_none_or(|value| is == value);
        let suits = |row: &IxitRow| bench_fact(row, key).is_some_and(wanted);
        let said = value.map_or(String::new(), |value| format!(" = {value}"));
        (!rows(id).iter().any(suits))
            .then(|| format!("no row of IXIT {id} declares {key}{said} in its `bench = {{ ... }}`"))
    })
}

/// Operations by which a unit proves who it is before a destructive case; cases do not list them.
const PROOF: [&str; 2] = ["ready", "identity"];

/// What the profile lacks for a unit to prove who it is.
fn unproved(inputs: &ProductInputs, case: &CaseMeta) -> Option<String> {
    let effect = case.gravest();
    let missing = PROOF
        .into_iter()
        .find(|op| !inputs.device_ops.contains(*op))?;
    effect.is_destructive().then(|| {
        format!(
            "it is {effect}, so a unit must first prove who it is, and the profile's device script has no \
             `{missing}`: add it to \
             device.star of {}",
            inputs.profile.name
        )
    })
}

/// Table of an IXIT need such as `28-ExtAPI[speaks=coap]`, and the key and value wanted in `bench`; without a value, as
/// in `1-AuthMech[guesses-before-limit]`, any will do.
pub fn ixit_need(need: &str) -> (&str, Option<(&str, Option<&str>)>) {
    let Some((table, only)) = need.trim_end_matches(']').split_once('[') else {
        return (need, None);
    };
    match only.split_once('=') {
        Some((key, value)) => (table, Some((key, Some(value)))),
        None => (table, Some((only, None))),
    }
}

/// A fact of a row's `bench`, as text.
fn bench_fact(row: &IxitRow, key: &str) -> Option<String> {
    let fact = row.get("bench")?.get(key)?;
    Some(
        fact.as_str()
            .map_or_else(|| fact.to_string(), str::to_owned),
    )
}

/// Why a unit does not suit a case.
enum Misfit {
    Sample,
    Wires(Vec<Channel>),
    Grants(Vec<Effect>),
    /// Nothing says how to tell it from another unit.
    Nameless(Effect),
}

fn misfit(unit: &UnitSpec, case: &CaseMeta) -> Option<Misfit> {
    if unit.sample != case.sample {
        return Some(Misfit::Sample);
    }
    let missing = case.needs.iter().copied().filter(|c| !unit.has(*c));
    let missing: Vec<_> = missing.collect();
    if !missing.is_empty() {
        return Some(Misfit::Wires(missing));
    }
    let asked = case.effects.iter().copied();
    let refused = asked.filter(|e| e.needs_grant() && !unit.grants.contains(e));
    let refused: Vec<_> = refused.collect();
    if !refused.is_empty() {
        return Some(Misfit::Grants(refused));
    }
    let nameless = case.gravest().is_destructive() && unit.identity.is_empty();
    nameless.then(|| Misfit::Nameless(case.gravest()))
}

/// Why it does not suit, and for what only the bench file's author can grant, what to write where.
fn told(unit: &UnitSpec, misfit: &Misfit, file: &str) -> Option<String> {
    const IDENTITY: &str = "identity = { serial = \"...\" }";
    let name = &unit.name;
    Some(match misfit {
        Misfit::Sample => return None,
        Misfit::Wires(c) => format!("{name} has no {}", join(c.iter())),
        Misfit::Grants(refused) => {
            let granted = unit.grants.iter().chain(refused);
            let list: Vec<_> = granted.map(|e| format!("\"{e}\"")).collect();
            let also = match unit.identity.is_empty() {
                true => format!(" and {IDENTITY}"),
                false => String::new(),
            };
            format!(
                "{name} does not grant {} (if it may suffer that, write grants = [{}]{also} below [unit.{name}] \
                 in {file})",
                join(refused.iter()),
                list.join(", ")
            )
        }
        Misfit::Nameless(effect) => format!(
            "{name} cannot prove who it is before {effect} (write {IDENTITY} below [unit.{name}] in {file})"
        ),
    })
}

/// One sentence on what the bench lacks, and what to add.
fn no_units(file: &str, units: &[&UnitSpec], case: &CaseMeta, fitting: usize) -> String {
    let want = case.sample.name();
    let same: Vec<_> = units.iter().filter(|u| u.sample == case.sample).collect();
    if same.is_empty() {
        return match case.sample {
            Sample::Open => {
                "no open sample is on this bench: ask the maker for one and add it with \
                             `sample = \"open\"`"
                    .to_owned()
            }
            Sample::Production => "no production unit is on this bench: add one as sold".to_owned(),
        };
    }
    let reasons: Vec<_> = same
        .iter()
        .filter_map(|u| told(u, &misfit(u, case)?, file))
        .collect();
    let head = if fitting == 0 {
        format!("no {want} unit suits it")
    } else {
        format!(
            "it holds {} {want} units at the same time, and {} of this bench {} it",
            case.specimens,
            fitting,
            if fitting == 1 { "suits" } else { "suit" }
        )
    };
    match reasons.as_slice() {
        [] => format!("{head}: add another"),
        _ => format!("{head}: {}", reasons.join("; ")),
    }
}

fn join<T: std::fmt::Display>(all: impl Iterator<Item = T>) -> String {
    let all: Vec<_> = all.map(|t| t.to_string()).collect();
    match all.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => all.concat(),
    }
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
