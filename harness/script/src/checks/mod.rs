//! The namespace `check`, and `measure`: what a case makes of what it saw.

// Each check names what it speaks for.
#![allow(clippy::too_many_arguments)]

mod confirm;
mod judge;
mod measure;

pub(crate) use judge::sentences;
pub(crate) use measure::measures;

use crate::checks::judge::{
    About, NOTHING, Names, Replied, answered, contents, journal, journal_answer, measured_against,
    reply, shown, shown_if, truth,
};
use crate::values::Reply;
use proofhouse_model::{Finding, Limit};
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::values::Value;
use starlark::values::float::UnpackFloat;
use starlark::values::none::{NoneOr, NoneType};

/// The namespace `check`.
pub(crate) fn checks(builder: &mut GlobalsBuilder) {
    confirm::confirms(builder);
    single_looks(builder); // Its text stands for the namespace.
}

/// Checks. Each is journaled and none ends the case. `holds` is the sentence that is true when the check is
/// shown, such as "the old login is refused"; `otherwise` the one that is true when it is refuted, such as "the
/// old login still opens the device". Reports print the one that is true. A check that gets None where a value
/// was needed is *not observed*, never shown. `serves` and `guides` narrow a check to some of the case's
/// provisions or guide rows. `units` are the units of TS 103 701 that it is a part of, `rows` the IXIT rows that it is
/// about, `state` the state the device was in (factory-default, operating, off-network, updating, off). `against`
/// names provisions for which it is one-sided evidence: it refutes them where it is refuted and shows nothing where it
/// is shown.
#[starlark::starlark_module]
fn single_looks(_: &mut GlobalsBuilder) {
    /// Shown when the value is True, refuted when it is False.
    fn r#true(
        value: NoneOr<bool>,
        #[starlark(require = named)] holds: &str,
        #[starlark(require = named)] otherwise: &str,
        #[starlark(default = "")] detail: &str,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'_, '_, '_>,
    ) -> starlark::Result<NoneType> {
        truth(
            eval,
            About {
                holds,
                otherwise,
                serves,
                guides,
                units,
                rows,
                state,
                against,
            },
            value,
            true,
            detail,
        )
    }

    /// Shown when the value is False, refuted when it is True.
    fn r#false(
        value: NoneOr<bool>,
        #[starlark(require = named)] holds: &str,
        #[starlark(require = named)] otherwise: &str,
        #[starlark(default = "")] detail: &str,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'_, '_, '_>,
    ) -> starlark::Result<NoneType> {
        truth(
            eval,
            About {
                holds,
                otherwise,
                serves,
                guides,
                units,
                rows,
                state,
                against,
            },
            value,
            false,
            detail,
        )
    }

    /// Shown when both are equal.
    fn equal<'v>(
        got: Value<'v>,
        want: Value<'v>,
        #[starlark(require = named)] holds: &str,
        #[starlark(require = named)] otherwise: &str,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let about = About {
            holds,
            otherwise,
            serves,
            guides,
            units,
            rows,
            state,
            against,
        };
        if got.is_none() {
            let detail = format!("{NOTHING}; wanted {}", shown(want));
            return journal(eval, about, Finding::NotObserved, detail, None);
        }
        let finding = shown_if(got.equals(want)?);
        let detail = format!("wanted {}, got {}", shown(want), shown(got));
        journal(eval, about, finding, detail, None)
    }

    /// Shown when the device accepted.
    fn accepted<'v>(
        answer: Value<'v>,
        #[starlark(require = named)] holds: &str,
        #[starlark(require = named)] otherwise: &str,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let about = About {
            holds,
            otherwise,
            serves,
            guides,
            units,
            rows,
            state,
            against,
        };
        let replied = reply(answer, "accepted")?;
        let ops = replied.as_ref().and_then(|replied| replied.ops);
        let came = match replied {
            None => (Finding::NotObserved, NOTHING.to_owned()),
            Some(Replied { reply, why, .. }) => {
                (shown_if(reply == Reply::Accepted), answered(reply, &why))
            }
        };
        journal_answer(eval, about, came, ops)
    }

    /// Shown when the device refused. A throttled request counts as refused; with `strict` it shows
    /// nothing, since the device did not judge it.
    fn refused<'v>(
        answer: Value<'v>,
        #[starlark(require = named)] holds: &str,
        #[starlark(require = named)] otherwise: &str,
        #[starlark(default = false)] strict: bool,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let about = About {
            holds,
            otherwise,
            serves,
            guides,
            units,
            rows,
            state,
            against,
        };
        let replied = reply(answer, "refused")?;
        let ops = replied.as_ref().and_then(|replied| replied.ops);
        let came = match replied {
            None => (Finding::NotObserved, NOTHING.to_owned()),
            Some(Replied { reply, why, .. }) if strict && reply == Reply::Throttled => {
                (Finding::NotObserved, answered(reply, &why))
            }
            Some(Replied { reply, why, .. }) => {
                (shown_if(reply != Reply::Accepted), answered(reply, &why))
            }
        };
        journal_answer(eval, about, came, ops)
    }

    /// Shown when a list, dict, text, flash search or password judgement holds nothing. A search
    /// that looked at nothing is not observed.
    fn empty<'v>(
        list: Value<'v>,
        #[starlark(require = named)] holds: &str,
        #[starlark(require = named)] otherwise: &str,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let about = About {
            holds,
            otherwise,
            serves,
            guides,
            units,
            rows,
            state,
            against,
        };
        let (finding, detail) = match contents(list, eval)? {
            None => (Finding::NotObserved, NOTHING.to_owned()),
            Some((0, _)) => (Finding::Shown, "nothing there".to_owned()),
            Some((count, first)) => (Finding::Refuted, format!("{count} there: {first}")),
        };
        journal(eval, about, finding, detail, None)
    }

    /// Shown when the text, list, dict or Bytes holds the needle.
    fn contains<'v>(
        haystack: Value<'v>,
        needle: Value<'v>,
        #[starlark(require = named)] holds: &str,
        #[starlark(require = named)] otherwise: &str,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let about = About {
            holds,
            otherwise,
            serves,
            guides,
            units,
            rows,
            state,
            against,
        };
        if haystack.is_none() || needle.is_none() {
            return journal(eval, about, Finding::NotObserved, NOTHING.to_owned(), None);
        }
        let finding = shown_if(haystack.is_in(needle)?);
        let detail = format!("looked for {} in {}", shown(needle), shown(haystack));
        journal(eval, about, finding, detail, None)
    }

    /// Measures a value against an upper limit.
    fn at_most(
        value: NoneOr<UnpackFloat>,
        max: UnpackFloat,
        unit: &str,
        name: &str,
        #[starlark(require = named)] holds: &str,
        #[starlark(require = named)] otherwise: &str,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'_, '_, '_>,
    ) -> starlark::Result<NoneType> {
        measured_against(
            eval,
            About {
                holds,
                otherwise,
                serves,
                guides,
                units,
                rows,
                state,
                against,
            },
            value,
            Limit::AtMost(max.0),
            name,
            unit,
        )
    }

    /// Measures a value against a lower limit.
    fn at_least(
        value: NoneOr<UnpackFloat>,
        min: UnpackFloat,
        unit: &str,
        name: &str,
        #[starlark(require = named)] holds: &str,
        #[starlark(require = named)] otherwise: &str,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'_, '_, '_>,
    ) -> starlark::Result<NoneType> {
        measured_against(
            eval,
            About {
                holds,
                otherwise,
                serves,
                guides,
                units,
                rows,
                state,
                against,
            },
            value,
            Limit::AtLeast(min.0),
            name,
            unit,
        )
    }

    /// States that the criterion was shown to hold; `detail` tells by what.
    fn shown(
        #[starlark(require = named)] holds: &str,
        #[starlark(require = named)] otherwise: &str,
        detail: &str,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'_, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let about = About {
            holds,
            otherwise,
            serves,
            guides,
            units,
            rows,
            state,
            against,
        };
        journal(eval, about, Finding::Shown, detail.to_owned(), None)
    }

    /// States that the criterion was shown not to hold; `detail` tells by what.
    fn refute(
        #[starlark(require = named)] holds: &str,
        #[starlark(require = named)] otherwise: &str,
        detail: &str,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'_, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let about = About {
            holds,
            otherwise,
            serves,
            guides,
            units,
            rows,
            state,
            against,
        };
        journal(eval, about, Finding::Refuted, detail.to_owned(), None)
    }

    /// States that nothing was seen either way; `why` tells the reason.
    fn not_observed(
        #[starlark(require = named)] holds: &str,
        #[starlark(require = named)] otherwise: &str,
        why: &str,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'_, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let about = About {
            holds,
            otherwise,
            serves,
            guides,
            units,
            rows,
            state,
            against,
        };
        journal(eval, about, Finding::NotObserved, why.to_owned(), None)
    }
}
