//! Whether a case can run, on which units, and what is missing when it cannot.

use super::{PlanInputs, ProductInputs, select};
use proofhouse_model::profile::IxitRow;
use proofhouse_model::{CaseMeta, Channel, Misfit, Samples, UnitName, UnitSpec, Wire};

/// Why a case cannot run on a product.
pub struct Unfit {
    /// All of it, in one sentence.
    pub why: String,
    /// Whether it is the filter's doing.
    pub by_filter: bool,
    /// Things that are missing, in a few words each, as other cases lack them too.
    pub causes: Vec<String>,
}

impl Unfit {
    /// The filter's doing.
    pub fn filtered(why: String) -> Self {
        Self {
            why,
            by_filter: true,
            causes: Vec::new(),
        }
    }

    /// All at once: what is mended one after the other takes a check each.
    fn lacking(lacks: Vec<Lack>) -> Self {
        let whys: Vec<_> = lacks.iter().map(|lack| lack.why.as_str()).collect();
        Self {
            why: whys.join("; and "),
            by_filter: false,
            causes: lacks.into_iter().flat_map(|lack| lack.causes).collect(),
        }
    }
}

/// Something that a case needs and does not have.
struct Lack {
    why: String,
    causes: Vec<String>,
}

impl Lack {
    fn new(why: String, cause: String) -> Self {
        let causes = vec![cause];
        Self { why, causes }
    }
}

/// Units of a product that a case fits, or why it cannot run there.
pub fn units_for<'a>(
    inputs: &'a PlanInputs,
    product: &ProductInputs,
    case: &CaseMeta,
) -> Result<Vec<&'a UnitSpec>, Unfit> {
    let mut lacks = unprepared(product, case);
    let all: Vec<&UnitSpec> = select::units_of(&inputs.bench, product).collect();
    let suits = |u: &&UnitSpec| u.misfits(case).is_empty();
    let fitting: Vec<_> = all.iter().copied().filter(suits).collect();
    let of_all = fitting.len();
    if of_all < case.specimens {
        let nobody = inputs.mode.without_operator.as_slice();
        let file = inputs.bench.file.as_str();
        lacks.push(no_units((file, nobody), &all, case, of_all));
    }
    if !lacks.is_empty() {
        return Err(Unfit::lacking(lacks));
    }
    let allowed = |u: &&UnitSpec| select::may_use(inputs, u);
    let fitting: Vec<_> = fitting.into_iter().filter(allowed).collect();
    if fitting.len() >= case.specimens {
        return Ok(fitting);
    }
    let why = format!(
        "--unit leaves {} of the {} it could use, and it needs {}",
        fitting.len(),
        count(of_all, "unit"),
        case.specimens
    );
    Err(Unfit::filtered(why))
}

/// Everything the profile lacks for a case.
fn unprepared(inputs: &ProductInputs, case: &CaseMeta) -> Vec<Lack> {
    let mut lacks = Vec::new();
    let profile = &inputs.profile.name;
    let lacking = |op: &&String| !inputs.device_ops.contains(*op);
    let ops: Vec<_> = case.device_ops.iter().filter(lacking).collect();
    if !ops.is_empty() {
        let names = join(ops.iter().map(|o| format!("`{o}`")));
        let each = ops
            .iter()
            .map(|o| format!("operation `{o}` in device.star of {profile}"));
        lacks.push(Lack {
            why: format!(
                "the profile's device script has no {names}: add it to device.star of {profile}"
            ),
            causes: each.collect(),
        });
    }
    lacks.extend(unproved(inputs, case));
    lacks.extend(unlimited(inputs, case));
    let rows = |id: &str| inputs.profile.ixit.get(id).map_or(&[][..], Vec::as_slice);
    let needs = || case.ixit.iter().map(|need| ixit_need(need));
    let tables: Vec<_> = needs().filter(|(id, _)| rows(id).is_empty()).collect();
    if !tables.is_empty() {
        let blocks = join(tables.iter().map(|(t, _)| format!("[[ixit.{t}]]")));
        let names = join(tables.iter().map(|(t, _)| (*t).to_owned()));
        let each = tables
            .iter()
            .map(|(t, _)| format!("[[ixit.{t}]] in profile.toml of {profile}"));
        lacks.push(Lack {
            why: format!(
                "without IXIT {names} nothing can be concluded: add {blocks} to profile.toml"
            ),
            causes: each.collect(),
        });
    }
    let there = needs().filter(|(id, _)| !rows(id).is_empty());
    lacks.extend(there.filter_map(|(id, only)| {
        let (key, value) = only?;
        let wanted = |is: String| value.is_none_or(|value| is == value);
        let suits = |row: &IxitRow| bench_fact(row, key).is_some_and(wanted);
        let said = value.map_or(String::new(), |value| format!(" = {value}"));
        (!rows(id).iter().any(suits)).then(|| {
            let instead = instead(rows(id), key);
            Lack::new(
                format!(
                    "no row of IXIT {id} declares {key}{said} in its `bench = {{ ... }}`{instead}"
                ),
                format!("{key}{said} in the `bench` of a row of [[ixit.{id}]]"),
            )
        })
    }));
    lacks
}

/// What rows say of a fact that none of them has as a case needs it: all of them something else, or some nothing.
fn instead(rows: &[IxitRow], key: &str) -> String {
    let said: Option<std::collections::BTreeSet<String>> =
        rows.iter().map(|row| bench_fact(row, key)).collect();
    match said {
        Some(said) => format!(
            " (each declares {key} = {}): if that is right, the case is not about this product",
            join(said.iter())
        ),
        None => ": if one of them is of that kind, add it there; else the case is not about this product"
            .to_owned(),
    }
}

/// Operations by which a unit proves who it is before a destructive case; cases do not list them.
const PROOF: [&str; 2] = ["ready", "identity"];

/// What the profile lacks for a unit to prove who it is, beside what the case asks for itself.
fn unproved(inputs: &ProductInputs, case: &CaseMeta) -> Option<Lack> {
    let effect = case.gravest();
    let lacks = |op: &&str| !inputs.device_ops.contains(*op);
    let missing = PROOF.into_iter().find(lacks)?;
    let asked = case.device_ops.iter().any(|op| op == missing);
    (effect.is_destructive() && !asked).then(|| {
        let profile = &inputs.profile.name;
        let why = format!(
            "it is {effect}, so a unit must first prove who it is, and the profile's device script has no \
             `{missing}`: add it to device.star of {profile}"
        );
        Lack::new(
            why,
            format!("operation `{missing}` in device.star of {profile}"),
        )
    })
}

/// A limit that the profile lacks: the times of a device that whoever waits for it has to know.
fn unlimited(inputs: &ProductInputs, case: &CaseMeta) -> Option<Lack> {
    let asks = |op: &str| case.device_ops.iter().any(|asked| asked == op);
    let needed = [
        ("boot", asks("ready")),
        ("reset", asks("factory_reset")),
        ("update", asks("install")),
    ];
    let lacks = |name: &str| !inputs.profile.limits.contains_key(name);
    let missing: Vec<_> = needed
        .into_iter()
        .filter(|(name, asked)| *asked && lacks(name))
        .collect();
    (!missing.is_empty()).then(|| {
        let names = join(missing.iter().map(|(name, _)| format!("`{name}`")));
        let why = format!(
            "the profile has no limit {names}: add it to [limits] in profile.toml, such as {} = \"30s\"",
            missing[0].0
        );
        let each = missing.iter().map(|(name, _)| format!("limit `{name}` in [limits] of {}", inputs.profile.name));
        Lack { why, causes: each.collect() }
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

/// Why it does not suit, and for what only the bench file's author can grant, what to write where.
fn told(unit: &UnitSpec, misfit: &Misfit, (file, nobody): (&str, &[UnitName])) -> Option<String> {
    const IDENTITY: &str = "identity = { serial = \"...\" }";
    let name = &unit.name;
    Some(match misfit {
        Misfit::Sample => return None,
        Misfit::Wires(c) if c.contains(&Channel::Reset) && nobody.contains(name) => format!(
            "{name} has no {} (--no-operator: the person who resets it is not asked)",
            join(c.iter())
        ),
        Misfit::Wires(c) => format!("{name} has no {}", join(c.iter())),
        Misfit::Cuts(missing) => {
            let able = unit.wire(Channel::Uplink).map_or(Vec::new(), Wire::cuts);
            format!(
                "the uplink of {name} does not cut {} (its driver cuts {} alone: wire it by another, or by \
                 programs that do, `driver = \"command\"` with `what`)",
                join(missing.iter()),
                join(able.iter())
            )
        }
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

/// The same in a few words, one for each thing.
fn in_short(unit: &UnitSpec, misfit: &Misfit) -> Vec<String> {
    let name = &unit.name;
    match misfit {
        Misfit::Sample => Vec::new(),
        Misfit::Wires(all) => all.iter().map(|c| format!("{c} of {name}")).collect(),
        Misfit::Cuts(all) => all
            .iter()
            .map(|cut| format!("cut of {cut} at {name}"))
            .collect(),
        Misfit::Grants(all) => all
            .iter()
            .map(|e| format!("grant of {e} by {name}"))
            .collect(),
        Misfit::Nameless(_) => vec![format!("identity of {name}")],
    }
}

/// One sentence on what the bench lacks, and what to add: to that file, where it is not that the person who resets
/// `nobody` of these units is not asked.
fn no_units(
    (file, nobody): (&str, &[UnitName]),
    units: &[&UnitSpec],
    case: &CaseMeta,
    fitting: usize,
) -> Lack {
    let want = case.sample.name();
    let same: Vec<_> = units
        .iter()
        .filter(|u| case.sample.hold(u.sample))
        .collect();
    if same.is_empty() {
        let why = match case.sample {
            Samples::Open => {
                "no open sample is on this bench: ask the maker for one and add it with \
                             `sample = \"open\"`"
            }
            Samples::Production => "no production unit is on this bench: add one as sold",
            Samples::Any => "no unit is on this bench",
        };
        return Lack::new(why.to_owned(), format!("unit of sample {want}"));
    }
    let each = same
        .iter()
        .flat_map(|u| u.misfits(case).into_iter().map(move |m| (u, m)));
    let mut causes: Vec<_> = each.flat_map(|(u, m)| in_short(u, &m)).collect();
    if causes.is_empty() {
        causes.push(format!("{} {want} units", case.specimens));
    }
    let reasons: Vec<_> = same
        .iter()
        .filter_map(|u| {
            let all = u.misfits(case).into_iter();
            let told: Vec<_> = all.filter_map(|m| told(u, &m, (file, nobody))).collect();
            (!told.is_empty()).then(|| told.join(", and "))
        })
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
    let why = match reasons.as_slice() {
        [] => format!("{head}: add another"),
        _ => format!("{head}: {}", reasons.join("; ")),
    };
    Lack { why, causes }
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
