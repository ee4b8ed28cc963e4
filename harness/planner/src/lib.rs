//! Three files in, a frozen plan out, or every mistake in them at its place.
//!
//! - [`read_suite`]: what a standard asks for (`suite.toml` and the files it names).
//! - [`read_profile`]: what the maker says of a product (`profile.toml`).
//! - [`read_bench`]: what is wired to what (a bench file).
//! - [`read_virtual`]: how a virtual product in another language is run (`virtual.toml`).
//! - [`plan`]: the three and the heads of the cases, decided: which case runs on which unit, in which
//!   order, and which does not run, and why.
//!
//! Reading finds all mistakes of a file in one go; nothing here renders them, opens a wire or asks a
//! clock. Files are read bounded and are never trusted: no text, however broken, makes this panic.

mod bench;
mod plan;
mod profile;
mod read;
mod schema;
mod suite;
mod switches;
mod virtual_product;

pub use bench::{read_bench, read_wire};
pub use plan::{Filter, PlanInputs, ProductInputs, part_of, plan, plan_hash, plan_json, shares};
pub use profile::{PROFILE_FILE, field_key, read_profile};
pub use schema::{bench_schema, profile_schema};
pub use suite::{Doubt, Former, IxitTable, Suite, TestCase, read_suite};
pub use switches::{built_in as built_in_switches, switches_text};
pub use virtual_product::{
    VIRTUAL_FILE, VirtualBlind, VirtualDefect, VirtualProgram, read_virtual,
};
