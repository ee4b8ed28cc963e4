//! `proofhouse diff`: two runs, told apart by provision and by case.

use super::{complain, say, stored};
use crate::args::DiffArgs;
use crate::compare::differences;
use crate::exit::Exit;
use proofhouse_journal::State;
use proofhouse_report::Folded;
use std::path::Path;

/// Says what came out otherwise in the second run.
pub fn diff(args: &DiffArgs) -> Exit {
    let (before, now) = match (read(&args.before), read(&args.now)) {
        (Ok(before), Ok(now)) => (before, now),
        (Err(exit), _) | (_, Err(exit)) => return exit,
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

/// A run whose every byte is as it was written: what was altered compares with nothing.
fn read(run: &Path) -> Result<Folded<'static>, Exit> {
    let stored = stored::read(run)?;
    if !matches!(stored.verified.state, State::Sealed | State::SealedOld) {
        let run = run.display();
        complain(&format!(
            "note: {run} is not sealed: nothing vouches for its last event\n"
        ));
    }
    stored.run.ok_or_else(|| {
        complain(&format!(
            "error: nothing was recorded in {}\n",
            run.display()
        ));
        Exit::WrongInput
    })
}
