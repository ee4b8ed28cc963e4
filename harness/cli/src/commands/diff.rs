//! `proofhouse diff`: two runs, told apart by provision and by case.

use super::{complain, say};
use crate::args::DiffArgs;
use crate::compare::differences;
use crate::exit::Exit;
use proofhouse_report::Folded;
use std::path::Path;

/// Says what came out otherwise in the second run.
pub fn diff(args: &DiffArgs) -> Exit {
    let (Some(before), Some(now)) = (read(&args.before), read(&args.now)) else {
        return Exit::WrongInput;
    };
    let found = differences(&before, &now);
    if found.is_empty() {
        say("same: every provision, guide row and case came out alike\n");
        return Exit::Passed;
    }
    for line in found {
        say(&format!("{}\n", proofhouse_report::text::one_line(&line)));
    }
    Exit::Failed
}

fn read(run: &Path) -> Option<Folded<'static>> {
    match Folded::read(run) {
        Ok(folded) => Some(folded),
        Err(why) => {
            let run = run.display();
            complain(&format!("error: cannot read the run in {run}: {why}\n"));
            None
        }
    }
}
