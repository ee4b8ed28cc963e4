//! The `proofhouse` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    proofhouse::children::dispatch().unwrap_or_else(|| proofhouse::main_of(std::env::args_os()))
}
