//! The nouns of a bench and their verbs. Each verb is one op, or pure.

mod bench;
mod broker;
mod console;
mod debug;
mod device;
mod instruments;
mod lan;
mod power;
mod repeat;

use crate::context::Run;
use proofhouse_model::{Observation, Op};
use std::sync::Arc;

pub(crate) use bench::BenchValue;
pub(crate) use broker::BrokerNoun;
pub(crate) use console::ConsoleNoun;
pub(crate) use debug::DebugNoun;
pub(crate) use device::DeviceNoun;
pub(crate) use lan::LanNoun;
pub(crate) use power::PowerNoun;

/// A noun of one specimen.
#[derive(Debug, Clone)]
pub(crate) struct Here {
    pub(crate) run: Arc<Run>,
    /// From 0.
    pub(crate) specimen: usize,
}

impl Here {
    /// Carries out an op on this specimen.
    pub(crate) fn perform(&self, op: Op) -> starlark::Result<Observation> {
        self.run.perform(self.specimen, op)
    }

    /// Name of the specimen in the bench file.
    pub(crate) fn show(&self) -> String {
        self.run.host.unit_name(self.specimen)
    }
}

/// Declares a noun.
macro_rules! noun {
    ($(#[$doc:meta])* $name:ident as $type:tt with $methods:ident in $table:ident) => {
        crate::values::plain_value! {
            $(#[$doc])*
            $name(crate::nouns::Here) as $type with $methods in $table
        }

        impl $name {
            fn show(&self) -> String {
                self.0.show()
            }
        }
    };
}
pub(crate) use noun;
