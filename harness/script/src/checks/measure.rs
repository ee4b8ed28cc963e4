//! `measure`: a value with its unit, and perhaps its limits.

use crate::checks::judge::{About, Names, measured_against, number};
use crate::context::running;
use crate::stop;
use proofhouse_model::{Limit, Measurement};
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::values::float::UnpackFloat;
use starlark::values::none::{NoneOr, NoneType};

/// `measure`, beside the namespace.
#[starlark::starlark_module]
pub(crate) fn measures(_: &mut GlobalsBuilder) {
    /// Journals a measured value. With a limit it is a check as well, and needs `holds` and `otherwise`; without one
    /// it is a fact.
    fn measure(
        name: &str,
        value: NoneOr<UnpackFloat>,
        unit: &str,
        #[starlark(default = NoneOr::None)] at_most: NoneOr<UnpackFloat>,
        #[starlark(default = NoneOr::None)] at_least: NoneOr<UnpackFloat>,
        #[starlark(require = named, default = "")] holds: &str,
        #[starlark(require = named, default = "")] otherwise: &str,
        #[starlark(default = Names::default())] serves: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(require = named, default = Names::default())] units: Names,
        #[starlark(require = named, default = Names::default())] rows: Names,
        #[starlark(require = named, default = "")] state: &str,
        #[starlark(require = named, default = Names::default())] against: Names,
        eval: &mut Evaluator<'_, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let given = value.into_option().map(|v| v.0);
        let again = || given.map_or(NoneOr::None, |v| NoneOr::Other(UnpackFloat(v)));
        let limits = [
            at_most.into_option().map(|max| Limit::AtMost(max.0)),
            at_least.into_option().map(|min| Limit::AtLeast(min.0)),
        ];
        if limits.iter().all(Option::is_none) {
            let Some(value) = given else {
                return Err(stop::mistake(
                    "measure without a limit needs a value, not None",
                ));
            };
            let (name, unit, value) = (name.to_owned(), unit.to_owned(), number(value, "value")?);
            let measurement = Measurement {
                name,
                value,
                unit,
                limit: None,
            };
            running(eval)?
                .host
                .measured(measurement)
                .map_err(stop::trouble)?;
            return Ok(NoneType);
        }
        for limit in limits.into_iter().flatten() {
            let names = |n: &Names| Names {
                items: n.items.clone(),
            };
            let about = About {
                holds,
                otherwise,
                serves: names(&serves),
                guides: names(&guides),
                units: names(&units),
                rows: names(&rows),
                state,
                against: names(&against),
            };
            measured_against(eval, about, again(), limit, name, unit)?;
        }
        Ok(NoneType)
    }
}
