//! `proofhouse compare`: two runs of the same products, piece by piece.

use super::{complain, say, stored};
use crate::args::CompareArgs;
use crate::compare::{Comparison, unlike};
use crate::exit::Exit;
use proofhouse_journal::{State, seal_sha256};
use proofhouse_report::Folded;
use std::path::Path;

/// Says what they do not have in common.
pub fn compare(args: &CompareArgs) -> Exit {
    let (one, other) = match (read(&args.one), read(&args.other)) {
        (Ok(one), Ok(other)) => (one, other),
        (Err(exit), _) | (_, Err(exit)) => return exit,
    };
    if is_same(&args.one, &args.other) {
        complain("error: they are one and the same run\n");
        return Exit::WrongInput;
    }
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

/// Whether both folders hold the same seal: a run agrees with itself, whatever it is called.
fn is_same(one: &Path, other: &Path) -> bool {
    let seal = |run: &Path| seal_sha256(run).ok();
    seal(one).is_some_and(|one| Some(one) == seal(other))
}

/// A run that is whole and sealed: nothing else has shown anything to hold against another.
fn read(run: &Path) -> Result<Folded<'static>, Exit> {
    let shown = run.display();
    let stored = stored::read(run)?;
    let sealed = matches!(stored.verified.state, State::Sealed | State::SealedOld);
    match stored.run.filter(|_| sealed) {
        Some(run) if proofhouse_report::outcome(&run).can_go_on() => {
            complain(&format!(
                "error: {shown} was cut short: go on with it by `proofhouse resume`, then compare\n"
            ));
            Err(Exit::WrongInput)
        }
        Some(run) => Ok(run),
        None => {
            complain(&format!(
                "error: {shown} is not sealed: it cannot be compared\n"
            ));
            Err(Exit::WrongInput)
        }
    }
}
