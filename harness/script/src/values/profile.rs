//! `bench.profile`: what the maker's file says.

use crate::context::Run;
use crate::stop;
use crate::tools::plain_json;
use proofhouse_model::profile::{ConsoleFacts, DebugFacts, Product};
use starlark::environment::MethodsBuilder;
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::none::NoneOr;
use starlark::values::{Heap, Value, ValueOfUnchecked};
use std::sync::Arc;

plain_value! {
    /// The profile of the product.
    ProfileValue(Arc<Run>) as "Profile" with profile_methods in PROFILE_METHODS
}

impl ProfileValue {
    fn show(&self) -> &str {
        &self.0.host.profile().name
    }
}

/// A dict from names to anything.
pub(crate) type AnyDict<'v> =
    ValueOfUnchecked<'v, starlark::values::dict::DictType<String, Value<'v>>>;

/// What the maker's `profile.toml` says.
#[starlark::starlark_module]
fn profile_methods(_: &mut MethodsBuilder) {
    /// Folder name of the profile, such as `proofhouse-plug`.
    #[starlark(attribute)]
    fn name(this: &ProfileValue) -> starlark::Result<String> {
        Ok(this.0.host.profile().name.clone())
    }

    /// Free values of `[values]`: user names, ports, paths.
    #[starlark(attribute)]
    fn values<'v>(this: &ProfileValue, heap: Heap<'v>) -> starlark::Result<AnyDict<'v>> {
        let values = &this.0.host.profile().values;
        let dict = values
            .iter()
            .map(|(k, v)| (k.as_str(), plain_json(v, heap)));
        Ok(ValueOfUnchecked::new(heap.alloc(AllocDict(dict))))
    }

    /// Rows of an IXIT table, such as `ixit("7-UpdMech")`; empty when the profile has no such
    /// table.
    fn ixit<'v>(
        this: &ProfileValue,
        table: &str,
        heap: Heap<'v>,
    ) -> starlark::Result<ValueOfUnchecked<'v, starlark::values::list::ListType<AnyDict<'v>>>> {
        let rows = this.0.host.profile().ixit.get(table);
        let rows = rows.into_iter().flatten().map(|row| {
            AllocDict(
                row.iter()
                    .map(|(k, v)| (k.as_str(), plain_json(v, heap)))
                    .collect::<Vec<_>>(),
            )
        });
        Ok(ValueOfUnchecked::new(heap.alloc(AllocList(rows))))
    }

    /// A duration of `[limits]`, such as `limit("boot")`, ready for `within`. A missing one ends
    /// the case as error.
    fn limit(this: &ProfileValue, name: &str) -> starlark::Result<String> {
        let profile = this.0.host.profile();
        match profile.limits.get(name) {
            Some(limit) => Ok(limit.to_string()),
            None => Err(stop::mistake(format!(
                "profile {} has no limit `{name}`: add it to [limits] in profile.toml",
                profile.name
            ))),
        }
    }

    /// Whether `[limits]` has a duration of that name.
    fn has_limit(this: &ProfileValue, name: &str) -> starlark::Result<bool> {
        Ok(this.0.host.profile().limits.contains_key(name))
    }

    /// Identity of the product.
    #[starlark(attribute)]
    fn product(this: &ProfileValue) -> starlark::Result<ProductValue> {
        Ok(ProductValue(this.0.host.profile().product.clone()))
    }

    /// How the console is read; None when the product has no console.
    #[starlark(attribute)]
    fn console(this: &ProfileValue) -> starlark::Result<NoneOr<ConsoleFactsValue>> {
        let facts = this.0.host.profile().console.clone();
        Ok(NoneOr::from_option(facts.map(ConsoleFactsValue)))
    }

    /// What is known of the debug port; None when the product has none.
    #[starlark(attribute)]
    fn debug(this: &ProfileValue) -> starlark::Result<NoneOr<DebugFactsValue>> {
        let facts = this.0.host.profile().debug.clone();
        Ok(NoneOr::from_option(facts.map(DebugFactsValue)))
    }
}

plain_value! {
    /// The product's identity.
    ProductValue(Product) as "Product" with product_methods in PRODUCT_METHODS
}

impl ProductValue {
    fn show(&self) -> &str {
        &self.0.model
    }
}

/// Identity of the product.
#[starlark::starlark_module]
fn product_methods(_: &mut MethodsBuilder) {
    /// Maker's name.
    #[starlark(attribute)]
    fn maker(this: &ProductValue) -> starlark::Result<String> {
        Ok(this.0.maker.clone())
    }

    /// Model designation.
    #[starlark(attribute)]
    fn model(this: &ProductValue) -> starlark::Result<String> {
        Ok(this.0.model.clone())
    }

    /// Hardware version.
    #[starlark(attribute)]
    fn hardware(this: &ProductValue) -> starlark::Result<String> {
        Ok(this.0.hardware.clone())
    }

    /// Software version shipped.
    #[starlark(attribute)]
    fn software(this: &ProductValue) -> starlark::Result<String> {
        Ok(this.0.software.clone())
    }
}

plain_value! {
    /// Console facts.
    ConsoleFactsValue(ConsoleFacts) as "ConsoleFacts" with console_methods in CONSOLE_METHODS
}

impl ConsoleFactsValue {
    fn show(&self) -> String {
        format!("{} baud", self.0.baud)
    }
}

/// How the console is read.
#[starlark::starlark_module]
fn console_methods(_: &mut MethodsBuilder) {
    /// Pattern of the boot banner: seeing it means the device started anew.
    #[starlark(attribute)]
    fn banner(this: &ConsoleFactsValue) -> starlark::Result<String> {
        Ok(this.0.banner.clone())
    }

    /// Pattern of the shell prompt; None without a shell.
    #[starlark(attribute)]
    fn prompt(this: &ConsoleFactsValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.prompt.clone()))
    }

    /// Pattern of the prompt that asks who logs in; None where the profile tells of none.
    #[starlark(attribute)]
    fn login_prompt(this: &ConsoleFactsValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.login_prompt.clone()))
    }

    /// Pattern whose first group is the reset cause; None when the device prints none.
    #[starlark(attribute)]
    fn reset_cause(this: &ConsoleFactsValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.reset_cause.clone()))
    }

    /// Reset causes that mean a crash, such as `watchdog`.
    #[starlark(attribute)]
    fn crash_causes(this: &ConsoleFactsValue) -> starlark::Result<Vec<String>> {
        Ok(this.0.crash_causes.clone())
    }

    /// Pattern that means a crash wherever it is seen; None when there is none.
    #[starlark(attribute)]
    fn crash(this: &ConsoleFactsValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.crash.clone()))
    }

    /// Line rate in bits per second.
    #[starlark(attribute)]
    fn baud(this: &ConsoleFactsValue) -> starlark::Result<u32> {
        Ok(this.0.baud)
    }
}

plain_value! {
    /// Debug facts.
    DebugFactsValue(DebugFacts) as "DebugFacts" with debug_methods in DEBUG_METHODS
}

impl DebugFactsValue {
    fn show(&self) -> &str {
        self.0.chip.as_deref().unwrap_or("unknown chip")
    }
}

/// What is known of the debug port.
#[starlark::starlark_module]
fn debug_methods(_: &mut MethodsBuilder) {
    /// Chip name as probe-rs knows it; None when not said.
    #[starlark(attribute)]
    fn chip(this: &DebugFactsValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.chip.clone()))
    }

    /// Flash regions, each `(address, length)`.
    #[starlark(attribute)]
    fn flash(this: &DebugFactsValue) -> starlark::Result<Vec<(u64, u64)>> {
        Ok(this.0.flash.clone())
    }

    /// Whether an ordinary cable reaches it, without probes.
    #[starlark(attribute)]
    fn standard_cable(this: &DebugFactsValue) -> starlark::Result<bool> {
        Ok(this.0.standard_cable)
    }
}
