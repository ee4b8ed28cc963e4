//! `proofhouse compare`: two runs of the same products, piece by piece.

use super::{complain, say, stored};
use crate::args::CompareArgs;
use crate::compare::{Comparison, unlike};
use crate::exit::Exit;
use proofhouse_journal::State;
use proofhouse_report::Folded;
use std::path::Path;

/// Says what they do not have in common.
pub fn compare(args: &CompareArgs) -> Exit {
    let (one, other) = match (read(&args.one), read(&args.other)) {
        (Ok(one), Ok(other)) => (one, other),
        (Err(exit), _) | (_, Err(exit)) => return exit,
    };
    let unlike = unlike(one.plan(), other.plan());
    if !unlike.is_empty() {
        for why in unlike {
            complain(&format!("error: they cannot be compared: {why}\n"));
        }
        return Exit::WrongInput;
    }
    let found = Comparison::of(&one, &other);
    say(&match args.json {
        true => found.json(),
        false => found.text(),
    });
    match found.agrees() {
        true => Exit::Passed,
        false => Exit::Failed,
    }
}

/// A run that is whole and sealed: nothing else has shown anything to hold against another.
fn read(run: &Path) -> Result<Folded<'static>, Exit> {
    let stored = stored::read(run)?;
    let sealed = matches!(stored.verified.state, State::Sealed | State::SealedOld);
    match stored.run.filter(|_| sealed) {
        Some(run) => Ok(run),
        None => {
            let run = run.display();
            complain(&format!(
                "error: {run} is not sealed: it cannot be compared\n"
            ));
            Err(Exit::WrongInput)
        }
    }
}
