//! The binary as its users see it: exit codes, files, messages. Virtual devices with a defect must
//! fail where they should
//! and nowhere else.

mod broken_input;
mod crash;
mod defects;
mod reports;
mod tool;
mod verify;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(child) = proofhouse::children::dispatch() {
        return child;
    }
    if let Some(args) = tool::asked_to_be_the_binary() {
        return proofhouse::main_of(args);
    }
    let mut args = Arguments::from_args();
    // Virtual devices sleep most of their time: a few runs beside each other cost little on two cores.
    args.test_threads = Some(args.test_threads.unwrap_or(3));
    let trials: Vec<Trial> = [
        defects::trials(),
        reports::trials(),
        broken_input::trials(),
        crash::trials(),
        verify::trials(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let conclusion = libtest_mimic::run(&args, trials);
    if conclusion.has_failed() {
        ExitCode::from(101)
    } else {
        ExitCode::SUCCESS
    }
}
