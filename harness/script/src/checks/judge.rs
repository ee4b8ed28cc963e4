//! What a value shows: the judgement behind each check, and its way into the journal.

use crate::context::{Run, running};
use crate::stop;
use crate::values::{Answer, FoundValue, PasswordsValue, Reply};
use proofhouse_model::{
    Check, DeviceState, Finding, GuideId, Limit, Measurement, ProvisionId, UnitRef, nearest,
};
use starlark::eval::Evaluator;
use starlark::values::float::UnpackFloat;
use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::none::{NoneOr, NoneType};
use starlark::values::{Value, ValueLike};
use std::fmt::Display;
use std::sync::Arc;

/// Names given to `serves` or `guides`.
pub(super) type Names = UnpackListOrTuple<String>;

/// What every check is given besides what it looks at.
pub(super) struct About<'a> {
    /// True when it is shown.
    pub(super) holds: &'a str,
    /// True when it is refuted.
    pub(super) otherwise: &'a str,
    pub(super) serves: Names,
    pub(super) guides: Names,
    /// Units of TS 103 701.
    pub(super) units: Names,
    /// Rows of IXIT tables.
    pub(super) rows: Names,
    /// State of the device, or empty.
    pub(super) state: &'a str,
    pub(super) against: Names,
}

/// Longest text of one value in a detail.
pub(super) const SHOWN: usize = 200;

/// A value for a reader, in short.
pub(super) fn shown(value: Value<'_>) -> String {
    let text = match value.unpack_str() {
        Some(text) => format!("{text:?}"),
        None => value.to_str(),
    };
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    short
}

/// Line of the case file that is being executed, whatever libraries and device scripts it is inside
/// of.
pub(super) fn line_in_case(run: &Run, eval: &Evaluator<'_, '_, '_>) -> Option<u32> {
    let inside = |span: &starlark::codemap::FileSpan| span.filename() == run.file;
    let top = eval.call_stack_top_location().filter(inside);
    let span = top.or_else(|| {
        let frames = eval.call_stack().into_frames();
        frames
            .into_iter()
            .rev()
            .filter_map(|frame| frame.location)
            .find(inside)
    })?;
    u32::try_from(span.resolve_span().begin.line + 1).ok()
}

/// Whether the two sentences of a check can tell a reader how it came out.
///
/// # Errors
/// Why not.
pub(crate) fn sentences(holds: &str, otherwise: &str) -> Result<(), String> {
    let (holds, otherwise) = (holds.trim(), otherwise.trim());
    match () {
        () if holds.is_empty() => {
            Err("`holds` is empty: say what is true when this is shown".to_owned())
        }
        () if otherwise.is_empty() => {
            Err("`otherwise` is empty: say what is true when this is refuted".to_owned())
        }
        () if holds == otherwise => {
            Err("`holds` and `otherwise` are the same, so neither tells how it came out".to_owned())
        }
        () => Ok(()),
    }
}

/// Journals a check on what was done since the last one.
pub(super) fn journal(
    eval: &mut Evaluator<'_, '_, '_>,
    about: About<'_>,
    finding: Finding,
    detail: String,
    measurement: Option<Measurement>,
) -> starlark::Result<NoneType> {
    let (run, check) = made(eval, about, finding, detail, measurement)?;
    run.host.checked(check).map_err(stop::trouble)?;
    Ok(NoneType)
}

/// Journals a check on the answer of an operation: it rests on the ops of that.
pub(super) fn journal_answer(
    eval: &mut Evaluator<'_, '_, '_>,
    about: About<'_>,
    (finding, detail): (Finding, String),
    ops: Option<(u64, u64)>,
) -> starlark::Result<NoneType> {
    let Some((first, behind)) = ops else {
        return journal(eval, about, finding, detail, None);
    };
    let (run, check) = made(eval, about, finding, detail, None)?;
    let checked = run.host.checked_on(check, first..behind);
    checked.map_err(stop::trouble)?;
    Ok(NoneType)
}

/// A check, with its running case.
fn made<'a>(
    eval: &Evaluator<'_, 'a, '_>,
    about: About<'_>,
    finding: Finding,
    detail: String,
    measurement: Option<Measurement>,
) -> starlark::Result<(&'a Arc<Run>, Check)> {
    sentences(about.holds, about.otherwise).map_err(stop::mistake)?;
    let run = running(eval)?;
    let (serves, head) = (about.serves, &run.provisions);
    let serves = among("serves", "provisions", serves, ProvisionId::new, head)?;
    let against = about.against.items.into_iter().map(ProvisionId::new);
    let against = against.collect::<Result<Vec<_>, _>>();
    let against = against.map_err(|e| stop::mistake(format!("against: {e}")))?;
    let units = among("units", "units", about.units, UnitRef::new, &run.units)?;
    let mut guides = among("guides", "guides", about.guides, GuideId::new, &run.guides)?;
    // Where its case serves one row only, what is a part of a unit speaks for that row too; of several it has to say
    // which, since one criterion seldom settles them all.
    let unnamed = guides.is_empty() && serves.is_empty() && against.is_empty() && !units.is_empty();
    if let ([only], true) = (run.guides.as_slice(), unnamed) {
        guides.push(only.clone());
    }
    let check = Check {
        finding,
        holds: about.holds.to_owned(),
        otherwise: about.otherwise.to_owned(),
        detail,
        serves,
        guides,
        units,
        rows: rows(run, about.rows)?,
        state: state(about.state)?,
        against,
        measurement,
        rests_on: Vec::new(),
        line: line_in_case(run, eval),
    };
    Ok((run, check))
}

/// Names that a check gives, each among those of the case's head; `what` is the keyword of both.
fn among<T: PartialEq + Display, E: Display>(
    what: &str,
    of: &str,
    names: Names,
    read: impl Fn(String) -> Result<T, E>,
    head: &[T],
) -> starlark::Result<Vec<T>> {
    let one = |text| {
        let id = read(text).map_err(|e| stop::mistake(format!("{what}: {e}")))?;
        match head.contains(&id) {
            true => Ok(id),
            false => Err(stop::mistake(format!(
                "{what}: {id} is not among the {of} of case(...)"
            ))),
        }
    };
    names.items.into_iter().map(one).collect()
}

/// Rows that the profile has.
fn rows(run: &Run, names: Names) -> starlark::Result<Vec<String>> {
    let unknown = names
        .items
        .iter()
        .find(|id| !run.host.profile().has_row(id));
    match unknown {
        None => Ok(names.items),
        Some(id) => Err(stop::mistake(format!(
            "rows: no IXIT table of the profile has a row {id:?}"
        ))),
    }
}

fn state(name: &str) -> starlark::Result<Option<DeviceState>> {
    if name.is_empty() {
        return Ok(None);
    }
    let known = DeviceState::ALL.map(DeviceState::name);
    DeviceState::from_name(name).map(Some).ok_or_else(|| {
        let near = nearest(name, known).map_or(String::new(), |near| format!(": is it {near:?}?"));
        let known = known.join(", ");
        stop::mistake(format!(
            "state: there is no state {name:?}{near} They are {known}"
        ))
    })
}

/// Shown when it holds, refuted when not.
pub(super) fn shown_if(yes: bool) -> Finding {
    if yes {
        Finding::Shown
    } else {
        Finding::Refuted
    }
}

pub(super) const NOTHING: &str = "there was no value to look at";

pub(super) fn truth(
    eval: &mut Evaluator<'_, '_, '_>,
    about: About<'_>,
    value: NoneOr<bool>,
    wanted: bool,
    detail: &str,
) -> starlark::Result<NoneType> {
    let (finding, standard) = match value {
        NoneOr::None => (Finding::NotObserved, NOTHING.to_owned()),
        NoneOr::Other(got) => (
            shown_if(got == wanted),
            format!("wanted {wanted}, got {got}"),
        ),
    };
    let detail = if detail.is_empty() {
        standard
    } else {
        detail.to_owned()
    };
    journal(eval, about, finding, detail, None)
}

/// An answer of a device script, as a check looks at it.
pub(super) struct Replied {
    pub(super) reply: Reply,
    pub(super) why: String,
    /// The ops it came of.
    pub(super) ops: Option<(u64, u64)>,
}

/// The answer of a device script, or none.
pub(super) fn reply(value: Value<'_>, verb: &str) -> starlark::Result<Option<Replied>> {
    if value.is_none() {
        return Ok(None);
    }
    match Answer::from_value(value) {
        Some(answer) => Ok(Some(Replied {
            reply: answer.reply,
            why: answer.why.clone(),
            ops: answer.ops,
        })),
        None => Err(stop::mistake(format!(
            "check.{verb} takes an Answer (accepted, refused or throttled), not {}",
            value.get_type()
        ))),
    }
}

pub(super) fn answered(reply: Reply, why: &str) -> String {
    if why.is_empty() {
        format!("the device answered: {}", reply.name())
    } else {
        format!("the device answered: {}, {why}", reply.name())
    }
}

/// How many things a value holds and its first ones; `None` when there was nothing to look at.
pub(super) fn contents<'v>(
    value: Value<'v>,
    eval: &Evaluator<'v, '_, '_>,
) -> starlark::Result<Option<(usize, String)>> {
    if value.is_none() {
        return Ok(None);
    }
    if let Some(found) = value.downcast_ref::<FoundValue>() {
        let finds = &found.0.finds;
        let looked = found.0.looked() || !finds.is_empty();
        let first: Vec<String> = finds
            .iter()
            .take(5)
            .map(|f| format!("{} at {:#x}", f.needle, f.at))
            .collect();
        return Ok(looked.then(|| (finds.len(), first.join(", "))));
    }
    if let Some(judged) = value.downcast_ref::<PasswordsValue>() {
        let all = &judged.0.weaknesses;
        let first: Vec<String> = all.iter().take(5).map(|w| w.detail.clone()).collect();
        return Ok(judged.0.looked().then(|| (all.len(), first.join(", "))));
    }
    let length = value.length()?;
    let first = match value.iterate(eval.heap()) {
        Ok(items) => items.take(5).map(shown).collect::<Vec<_>>().join(", "),
        Err(_) => shown(value),
    };
    Ok(Some((usize::try_from(length).unwrap_or(0), first)))
}

/// A number that can be judged.
pub(super) fn number(value: f64, what: &str) -> starlark::Result<f64> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(stop::mistake(format!("`{what}` must be a finite number")))
    }
}

pub(super) fn measured_against(
    eval: &mut Evaluator<'_, '_, '_>,
    about: About<'_>,
    value: NoneOr<UnpackFloat>,
    limit: Limit,
    name: &str,
    unit: &str,
) -> starlark::Result<NoneType> {
    let (word, bound) = match limit {
        Limit::AtMost(max) => ("at most", number(max, "max")?),
        Limit::AtLeast(min) => ("at least", number(min, "min")?),
    };
    let NoneOr::Other(UnpackFloat(value)) = value else {
        let detail = format!("{name}: {NOTHING}; wanted {word} {bound} {unit}");
        return journal(eval, about, Finding::NotObserved, detail, None);
    };
    let value = number(value, "value")?;
    let (name, unit) = (name.to_owned(), unit.to_owned());
    let detail = format!("{name}: {value} {unit}, wanted {word} {bound} {unit}");
    let measurement = Measurement {
        name,
        value,
        unit,
        limit: Some(limit),
    };
    let finding = measurement.finding().unwrap_or(Finding::NotObserved);
    journal(eval, about, finding, detail, Some(measurement))
}
