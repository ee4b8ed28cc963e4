//! `proofhouse diff`: two runs, told apart by provision and by case.

use super::{complain, say};
use crate::args::DiffArgs;
use crate::compare::differences;
use crate::exit::Exit;
use proofhouse_journal::{Reader, Recorded};
use std::path::Path;

/// Says what came out otherwise in the second run.
pub fn diff(args: &DiffArgs) -> Exit {
    let (Some(before), Some(now)) = (read(&args.before), read(&args.now)) else {
        return Exit::WrongInput;
    };
    let found = differences(of(&before), of(&now));
    if found.is_empty() {
        say("same: every provision, guide row and case came out alike\n");
        return Exit::Passed;
    }
    for line in found {
        say(&format!("{}\n", proofhouse_report::text::one_line(&line)));
    }
    Exit::Failed
}

fn of(run: &Recorded) -> (&proofhouse_model::Plan, &[proofhouse_model::Event]) {
    (&run.plan, &run.events)
}

/// A run as recorded, or a word why not.
pub fn read(run: &Path) -> Option<Recorded> {
    match Reader::open(run) {
        Ok(recorded) => Some(recorded),
        Err(why) => {
            let run = run.display();
            complain(&format!("error: cannot read the run in {run}: {why}\n"));
            None
        }
    }
}
