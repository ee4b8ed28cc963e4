//! Loading: files become checked, frozen modules, or diagnostics. Nothing here touches a bench.

mod case;
pub(crate) mod case_header;
mod compile;
mod depth;
mod device;
mod diagnostics;
mod head_check;
mod lint;
mod sentences;
mod source;
mod typed_source;
mod types;
mod uses;
mod vocabulary;
mod walk;

pub use case::{Case, load_suite_cases, load_suite_cases_called};
pub use device::{DeviceScript, load_device_script, load_device_script_called};

pub(crate) use case::{Body, case_files, load_one as load_case, sha256, texts};
pub(crate) use compile::{Session, on_deep_stack};
pub(crate) use depth::STACK as LOADER_STACK;
pub(crate) use device::{FILE as DEVICE_FILE, load_in as load_device_in};
pub(crate) use source::Root;
