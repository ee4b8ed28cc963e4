//! The command line: the only place with exit codes and pretty errors.
//!
//! Suites use [`session`] and [`children`] for their test targets; everything else is for the binary.

mod again;
pub mod args;
mod at_once;
mod chaos;
mod child_run;
pub mod children;
mod commands;
mod compare;
mod die;
pub mod discover;
mod dry_run;
mod exit;
mod fault;
mod fitness;
mod going_off;
pub mod init;
mod leftovers;
mod limits;
mod manual;
mod merge;
mod not_opened;
mod operator;
mod past_dates;
mod places;
mod plain;
mod progress;
mod prove;
mod render;
mod replan;
mod scratch;
mod scripts;
pub mod session;
#[cfg(test)]
#[path = "../../model/src/smallest.rs"]
#[allow(dead_code)] // Each test takes its part.
mod smallest;
mod sources;
mod spoil;
mod virtuals;

pub use exit::Exit;

use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command line given, program name first.
pub fn main_of(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    limits::raise_open_files();
    match args::Cli::try_parse_from(args) {
        Ok(cli) => {
            scripts::allow(cli.script_memory);
            commands::run(cli.command).into()
        }
        Err(error) => {
            // Help and version go to standard output and are no error.
            let _ = error.print();
            if error.use_stderr() {
                Exit::WrongInput.into()
            } else {
                Exit::Passed.into()
            }
        }
    }
}
