//! Cases and device scripts in Starlark: loaded, checked, and turned into ops.
//!
//! - [`load_suite_cases`] reads `cases/*.star` of a suite: each file is parsed, linted,
//!   type-checked and evaluated; only its `case(...)` has an effect then. Every misspelt name is
//!   told with its place and the nearest one.
//! - [`load_device_script`] does the same for a profile's `device.star`, against the contract of
//!   [`DEVICE_OPS`].
//! - [`run_case`] carries out the frozen `run(bench: Bench)` on the calling thread. Every verb is
//!   one [`Op`](proofhouse_model::Op) through a [`Host`], which the runner implements.
//!
//! - [`Sandbox`] does all that in a process of its own, which is what the harness uses: scripts are written by
//!   strangers.
//!
//! This crate knows no driver, opens no wire and no socket, and is the only one that knows
//! Starlark.

// Only what the derive macros of starlark expand to; none is written by hand (a test looks).
#![allow(unsafe_code, unused_qualifications)]

mod apart;
mod api;
mod bindings;
mod checks;
mod client;
mod context;
mod contract;
mod evidence;
mod find;
mod give_back;
mod globals;
mod host;
mod identity;
mod load;
mod offered;
mod patterns;
mod run;
mod secrets;
mod stop;
mod told;
mod tools;
mod type_names;
mod values;
mod ways;

pub use apart::{Limits, Sandbox, WORKER_WORD, worker_main};
pub use api::api_markdown;
pub use contract::{DEVICE_OPS, DeviceOp};
pub use host::Host;
pub use identity::{Said, ask_identity, make_ready};
pub use load::{
    Case, DeviceScript, load_device_script, load_device_script_called, load_suite_cases,
    load_suite_cases_called,
};
pub use run::run_case;
pub use secrets::{fresh_secret, stand_in};
