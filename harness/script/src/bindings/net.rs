//! `bench.net`: the unit's way to the network.

use crate::bindings::binding;
use crate::stop;
use proofhouse_model::op::UplinkOp;
use proofhouse_model::{CutKind, Op};
use starlark::environment::MethodsBuilder;
use starlark::values::none::NoneType;

binding! {
    /// The way of a specimen to the network.
    NetBinding as "Net" with net_methods in NET_METHODS
}

/// The unit's way to the network, `bench.net`. Needs the channel `uplink`. It is whole when a case begins, and restored
/// when it ends, however that is.
#[starlark::starlark_module]
fn net_methods(_: &mut MethodsBuilder) {
    /// Cuts the network of the unit until `restore`: `link`, `internet`, `dns` or `silence`. The head of the case names
    /// what it cuts (`cuts`). What is asked of the unit over its network meanwhile may be refused or not answered.
    fn cut(this: &NetBinding, what: &str) -> starlark::Result<NoneType> {
        let Some(what) = CutKind::from_name(what) else {
            let names = CutKind::ALL.map(CutKind::name).join(", ");
            return Err(stop::mistake(format!(
                "nothing called `{what}` is cut; there are {names}"
            )));
        };
        if !this.0.run.cuts.contains(&what) {
            return Err(stop::mistake(format!(
                "`{what}` was not cut: the case does not declare it; add \"{what}\" to `cuts = [...]` of case(...)"
            )));
        }
        this.0.perform(Op::Uplink(UplinkOp::Cut { what }))?;
        Ok(NoneType)
    }

    /// Restores what was cut; no effect when nothing is.
    fn restore(this: &NetBinding) -> starlark::Result<NoneType> {
        this.0.perform(Op::Uplink(UplinkOp::Restore))?;
        Ok(NoneType)
    }
}
