//! `check.confirmed`: what would refute is looked at twice before it does.

use crate::checks::judge::{About, NOTHING, Names, journal, shown, shown_if};
use crate::stop::{self, device_trouble};
use proofhouse_model::Finding;
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::values::Value;
use starlark::values::none::NoneOr;
use starlark::values::tuple::TupleRef;
use starlark::values::typing::StarlarkCallable;

type Function<'v> = StarlarkCallable<'v, (), Value<'v>>;

/// What the second look goes by.
struct Again<'v> {
    look: Function<'v>,
    settle: Function<'v>,
    wire: Function<'v>,
    /// Both looks must have seen the same, not only come to the same.
    alike: bool,
}

/// One look.
struct Look<'v> {
    finding: Finding,
    saw: Value<'v>,
    /// `saw`, or why nothing was seen, for a reader.
    text: String,
}

/// Two looks that would refute, or why that is not what they were.
enum Second {
    Agrees(String),
    Open(String),
}

/// `check.confirmed`, beside the other checks.
#[starlark::starlark_module]
pub(super) fn confirms(_: &mut GlobalsBuilder) {
    /// Looks once; before it would refute, looks again: only two looks that agree refute. `look()` returns True,
    /// False or None, or a tuple of that and what was seen; trouble of the device is None. When it is False,
    /// `settle()` brings the unit to a known state, `wire()` shows that what the look goes over works, `look()`
    /// looks again, and `wire()` shows it once more. `wire()` returns True, or a text of what speaks for it; with
    /// anything else, with trouble, and where the two looks differ, the check is *not observed*. With `alike`
    /// both must have seen the same, which is for values that a bad wire garbles. Returns True, False or None, as
    /// it came out.
    fn confirmed<'v>(
        #[starlark(require = named)] look: Function<'v>,
        #[starlark(require = named)] holds: &str,
        #[starlark(require = named)] otherwise: &str,
        #[starlark(require = named)] settle: Function<'v>,
        #[starlark(require = named)] wire: Function<'v>,
        #[starlark(require = named, default = false)] alike: bool,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneOr<bool>> {
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
        let again = Again {
            look,
            settle,
            wire,
            alike,
        };
        let first = look_by(look, eval)?;
        let (finding, detail) = match first.finding {
            Finding::Refuted => match again.second(&first, eval)? {
                Second::Agrees(detail) => (Finding::Refuted, detail),
                Second::Open(why) => (Finding::NotObserved, why),
            },
            finding => (finding, first.text),
        };
        journal(eval, about, finding, detail, None)?;
        Ok(match finding {
            Finding::Shown => NoneOr::Other(true),
            Finding::Refuted => NoneOr::Other(false),
            Finding::NotObserved => NoneOr::None,
        })
    }
}

impl<'v> Again<'v> {
    fn second(
        &self,
        first: &Look<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Second> {
        let open = |why: String| Ok(Second::Open(format!("at first: {}; {why}", first.text)));
        if let Err(why) = called(self.settle, eval)? {
            return open(format!(
                "it could not be brought back for a second look: {why}"
            ));
        }
        let sign = match works(self.wire, eval)? {
            Ok(sign) => sign,
            Err(why) => {
                return open(format!(
                    "no second look, since the wire may be to blame: {why}"
                ));
            }
        };
        let second = look_by(self.look, eval)?;
        match second.finding {
            Finding::Shown => {
                return open(format!("looked at again it was not so: {}", second.text));
            }
            Finding::NotObserved => {
                return open(format!("nothing was seen the second time: {}", second.text));
            }
            Finding::Refuted if self.alike && !first.saw.equals(second.saw)? => {
                return open(format!("the second time something else: {}", second.text));
            }
            Finding::Refuted => {}
        }
        if let Err(why) = works(self.wire, eval)? {
            return open(format!(
                "the same again, but the wire may be to blame: {why}"
            ));
        }
        let again = match first.text == second.text {
            true => "the same again".to_owned(),
            false => format!("again: {}", second.text),
        };
        let sign = match sign.is_empty() {
            true => String::new(),
            false => format!(" ({sign})"),
        };
        Ok(Second::Agrees(format!(
            "{}; {again}; the wire worked before and after the second look{sign}",
            first.text
        )))
    }
}

/// Calls a function; the device's trouble comes back as text, all else goes on up.
fn called<'v>(
    function: Function<'v>,
    eval: &mut Evaluator<'v, '_, '_>,
) -> starlark::Result<Result<Value<'v>, String>> {
    match eval.eval_function(function.0, &[], &[]) {
        Ok(value) => Ok(Ok(value)),
        Err(error) => match device_trouble(&error) {
            Some(trouble) => Ok(Err(trouble.to_string())),
            None => Err(error),
        },
    }
}

fn look_by<'v>(
    function: Function<'v>,
    eval: &mut Evaluator<'v, '_, '_>,
) -> starlark::Result<Look<'v>> {
    let value = match called(function, eval)? {
        Ok(value) => value,
        Err(text) => {
            return Ok(Look {
                finding: Finding::NotObserved,
                saw: Value::new_none(),
                text,
            });
        }
    };
    let pair = TupleRef::from_value(value).map(|pair| pair.content());
    let (came_out, saw) = match pair {
        Some([came_out, saw]) => (*came_out, *saw),
        _ => (value, value),
    };
    let finding = match came_out.unpack_bool() {
        Some(yes) => shown_if(yes),
        None if came_out.is_none() => Finding::NotObserved,
        None => {
            return Err(stop::mistake(format!(
                "`look` of check.confirmed returns True, False or None, or a tuple of that and what was seen, not {}",
                shown(value)
            )));
        }
    };
    let text = match saw.unpack_str() {
        Some(text) => text.to_owned(),
        None if pair.is_some() => shown(saw),
        None if finding == Finding::NotObserved => NOTHING.to_owned(),
        None => format!("it came out {}", shown(value)),
    };
    Ok(Look { finding, saw, text })
}

/// Whether the wire works: what speaks for it, or why nothing does.
fn works<'v>(
    wire: Function<'v>,
    eval: &mut Evaluator<'v, '_, '_>,
) -> starlark::Result<Result<String, String>> {
    Ok(
        called(wire, eval)?.and_then(|value| match value.unpack_str() {
            Some("") => Err("nothing shows that it works".to_owned()),
            Some(sign) => Ok(sign.to_owned()),
            None if value.to_bool() => Ok(String::new()),
            None => Err("nothing shows that it works".to_owned()),
        }),
    )
}
