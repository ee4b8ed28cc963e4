//! `proofhouse doctor`: whether the bench does what it has to, before a device is judged on it.
//!
//! A run like any other, of a suite about the bench: journaled, sealed, and told by the same reports.

use super::{complain, here, run};
use crate::args::{DoctorArgs, RunArgs, Selection};
use crate::exit::Exit;
use crate::sources;

/// Tries the bench and says whether it is fit.
pub fn doctor(args: &DoctorArgs) -> Exit {
    let selection = Selection {
        bench: args.bench.clone(),
        suite: Some(sources::bench_check(&here())),
        unit: args.unit.clone(),
        fault: args.fault.clone(),
        case: args.case.clone(),
        ..Selection::default()
    };
    let bench = args.bench.as_ref();
    let bench = bench.map_or(String::new(), |file| format!(" --bench {}", file.display()));
    let args = RunArgs {
        selection,
        end: args.end.clone(),
        out: args.out.clone(),
        dry_run: args.dry_run,
        ..RunArgs::default()
    };
    let exit = run::try_bench(&args);
    let told = match exit {
        Exit::Passed if args.dry_run => return exit,
        Exit::Passed => {
            "the bench is fit as far as it was tried: what no trial looks at is told above"
        }
        Exit::Failed => "the bench is not fit: mend what is named above, then try it again",
        Exit::Undecided => {
            "not decided: see what is named above, mend it, then try the bench again"
        }
        _ => return exit,
    };
    let command = match exit {
        Exit::Passed => "run",
        _ => "doctor",
    };
    complain(&format!("{told}\nnext: proofhouse {command}{bench}\n"));
    exit
}
