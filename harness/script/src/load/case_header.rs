//! The head of a case file: `case(...)` as Starlark calls it.

use crate::stop;
use starlark::any::ProvidesStaticType;
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::none::NoneType;
use std::cell::RefCell;

type Names = UnpackListOrTuple<String>;

/// Arguments of `case(...)` as given, not yet checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawHead {
    pub(crate) provisions: Vec<String>,
    pub(crate) units: Vec<String>,
    pub(crate) guides: Vec<String>,
    pub(crate) needs: Vec<String>,
    pub(crate) wants: Vec<String>,
    pub(crate) cuts: Vec<String>,
    pub(crate) device: Vec<String>,
    pub(crate) device_wants: Vec<String>,
    pub(crate) ixit: Vec<String>,
    pub(crate) effects: Vec<String>,
    pub(crate) sample: String,
    pub(crate) specimens: u32,
    pub(crate) per: String,
    pub(crate) within: String,
    pub(crate) takes: String,
    pub(crate) caught_on: Vec<String>,
    pub(crate) undecided_on: Vec<String>,
}

/// Takes what `case(...)` is given while its file is loaded.
#[derive(Default, ProvidesStaticType)]
pub(crate) struct Collector {
    pub(crate) heads: RefCell<Vec<RawHead>>,
}

/// Names of the arguments.
pub(crate) const ARGUMENTS: [&str; 17] = [
    "provisions",
    "units",
    "guides",
    "needs",
    "wants",
    "cuts",
    "device",
    "device_wants",
    "ixit",
    "effects",
    "sample",
    "specimens",
    "per",
    "within",
    "takes",
    "caught_on",
    "undecided_on",
];

#[starlark::starlark_module]
pub(crate) fn head(_: &mut GlobalsBuilder) {
    /// Head of a case file: what the case serves, needs and may do. Once at the top of the file;
    /// nothing else has an effect while it is loaded.
    ///
    /// `provisions` of EN 303 645; `units` of TS 103 701; `guides` rows of other guides; `needs`
    /// channels without which it cannot run, `wants` channels that add evidence; `cuts` what it cuts of the
    /// network (`bench.net`; needs the channel `uplink`); `device` the
    /// operations of the profile without which it cannot run, `device_wants` those that add evidence where the
    /// profile has them (`bench.can(...)`); `ixit` tables without which nothing can be
    /// concluded (`28-ExtAPI[speaks=coap]` where only such rows count);
    /// `effects` what it may do to the unit; `sample` the specimens it may use (`production`,
    /// `open` or `any`) and `specimens` how many at once; `per` whether it runs once for a product (`product`) or
    /// on every unit of it (`unit`); `within` the deadline, `takes` the typical time;
    /// `caught_on` the defects it must catch, `product:defect`; `undecided_on` the blinds (something needed to judge is
    /// missing or untrue) under which it must come to no verdict.
    #[allow(clippy::too_many_arguments)]
    fn case<'v>(
        provisions: Names,
        #[starlark(default = Names::default())] units: Names,
        #[starlark(default = Names::default())] guides: Names,
        #[starlark(default = Names::default())] needs: Names,
        #[starlark(default = Names::default())] wants: Names,
        #[starlark(default = Names::default())] cuts: Names,
        #[starlark(default = Names::default())] device: Names,
        #[starlark(default = Names::default())] device_wants: Names,
        #[starlark(default = Names::default())] ixit: Names,
        #[starlark(default = Names::default())] effects: Names,
        #[starlark(default = "production")] sample: &str,
        #[starlark(default = 1)] specimens: u32,
        #[starlark(default = "product")] per: &str,
        #[starlark(default = "5m")] within: &str,
        #[starlark(default = "5s")] takes: &str,
        #[starlark(default = Names::default())] caught_on: Names,
        #[starlark(default = Names::default())] undecided_on: Names,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let collector = eval
            .extra
            .and_then(|extra| extra.downcast_ref::<Collector>());
        let Some(collector) = collector else {
            return Err(stop::mistake(
                "case(...) is the head of a file, not a step of it",
            ));
        };
        collector.heads.borrow_mut().push(RawHead {
            provisions: provisions.items,
            units: units.items,
            guides: guides.items,
            needs: needs.items,
            wants: wants.items,
            cuts: cuts.items,
            device: device.items,
            device_wants: device_wants.items,
            ixit: ixit.items,
            effects: effects.items,
            sample: sample.to_owned(),
            specimens,
            per: per.to_owned(),
            within: within.to_owned(),
            takes: takes.to_owned(),
            caught_on: caught_on.items,
            undecided_on: undecided_on.items,
        });
        Ok(NoneType)
    }
}
