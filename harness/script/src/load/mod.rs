//! Loading: files become checked, frozen modules, or diagnostics. Nothing here touches a bench.

mod case;
mod compile;
mod depth;
mod device;
pub(crate) mod head;
mod head_check;
mod lens;
mod lint;
mod says;
mod source;
mod types;
mod uses;
mod vocabulary;
mod walk;

pub use case::{Case, load_suite_cases};
pub use device::{DeviceScript, load_device_script};
