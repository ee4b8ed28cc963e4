//! The binary as its users see it: exit codes, files, messages. That every case fails on its defects is seen by
//! `proofhouse prove`, which CI runs.

mod broken_input;
mod chaos;
mod compare;
mod crash;
mod farm;
mod farm_refused;
mod gate;
mod large;
mod one_file;
mod prove;
mod rejudge;
mod reports;
mod secrets;
mod tap;
mod thermo;
mod tool;
mod vacuous;
mod verify;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(child) = proofhouse::children::dispatch() {
        return child;
    }
    let mut args = Arguments::from_args();
    // Virtual devices sleep most of their time: a few runs beside each other cost little on two cores.
    args.test_threads = Some(args.test_threads.unwrap_or(3));
    let trials: Vec<Trial> = [
        broken_input::trials(),
        chaos::trials(),
        compare::trials(),
        crash::trials(),
        farm::trials(),
        farm_refused::trials(),
        gate::trials(),
        large::trials(),
        one_file::trials(),
        prove::trials(),
        rejudge::trials(),
        reports::trials(),
        secrets::trials(),
        tap::trials(),
        thermo::trials(),
        vacuous::trials(),
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
