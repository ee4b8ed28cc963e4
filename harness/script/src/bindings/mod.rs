//! The objects of a bench in Starlark and their methods. Each method is one op, or pure.

mod bench;
mod console;
mod cut_short;
mod debug;
mod device;
mod dhcp;
mod dns;
mod instruments;
mod lan;
mod mqtt;
mod net;
mod peers;
mod power;
mod repeat;
mod tap;

use crate::context::Run;
use proofhouse_model::{Observation, Op};
use std::sync::Arc;

pub(crate) use bench::BenchValue;
pub(crate) use console::ConsoleBinding;
pub(crate) use cut_short::CutShort;
pub(crate) use debug::DebugBinding;
pub(crate) use device::{DeviceBinding, call as call_device};
pub(crate) use dhcp::DhcpBinding;
pub(crate) use dns::DnsBinding;
pub(crate) use lan::LanBinding;
pub(crate) use mqtt::MqttBinding;
pub(crate) use net::NetBinding;
pub(crate) use peers::PeersBinding;
pub(crate) use power::PowerBinding;
pub(crate) use tap::TapBinding;

/// The specimen a binding belongs to.
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

/// Declares a binding.
macro_rules! binding {
    ($(#[$doc:meta])* $name:ident as $type:tt with $methods:ident in $table:ident) => {
        crate::values::plain_value! {
            $(#[$doc])*
            $name(crate::bindings::Here) as $type with $methods in $table
        }

        impl $name {
            fn show(&self) -> String {
                self.0.show()
            }
        }
    };
}
pub(crate) use binding;
