//! `proofhouse ledger`: every unit of the test specification and what became of it.

use super::{complain, say, stored};
use crate::args::LedgerArgs;
use crate::exit::Exit;
use proofhouse_journal::State;
use proofhouse_model::nearest;
use proofhouse_report::ledger::{self, Filter};

/// Prints it, once every byte of the run was looked at.
pub fn ledger(args: &LedgerArgs) -> Exit {
    let stored = match stored::read(&args.run) {
        Ok(stored) => stored,
        Err(exit) => return exit,
    };
    let Some(run) = &stored.run else {
        complain("error: the harness died before its plan was written; there is nothing to tell\n");
        return Exit::WrongInput;
    };
    let filter = Filter {
        units: args.unit.clone(),
        states: args.state.clone(),
    };
    if let [first, ..] = filter.unknown(run).as_slice() {
        let units = run.plan().catalogue.provisions.iter();
        let units = units.flat_map(|p| p.units.iter().map(|u| u.id.as_str()));
        let near = nearest(first, units);
        let near = near.map_or(String::new(), |near| format!("; is it `{near}`?"));
        complain(&format!(
            "error: --unit: no unit of this run begins with `{first}`{near}\n"
        ));
        return Exit::WrongInput;
    }
    let told = ledger::of(run, &filter);
    say(&match (args.json, args.csv) {
        (true, _) => told.json(),
        (_, true) => told.csv(),
        _ => told.text(super::run::terminal_width()),
    });
    let sealed = matches!(stored.verified.state, State::Sealed | State::SealedOld);
    stored.gravest(match (told.is_refuted(), told.is_open()) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Undecided,
        (false, false) if !sealed => Exit::Undecided,
        (false, false) => Exit::Passed,
    })
}
