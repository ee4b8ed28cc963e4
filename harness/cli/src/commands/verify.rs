//! `proofhouse verify`: whether a run folder is what was written.

use super::{complain, say, stored};
use crate::args::VerifyArgs;
use crate::exit::Exit;
use crate::session::{PROOF_FILE, read_proof};
use proofhouse_journal::{EVENTS_FILE, PLAN_FILE, State, Verified};
use proofhouse_report::Outcome;
use std::path::Path;

/// Looks at every byte and says what it found; changes nothing.
pub fn verify(args: &VerifyArgs) -> Exit {
    if is_proof(&args.run) {
        return verify_proof(&args.run);
    }
    let stored = match stored::read(&args.run) {
        Ok(stored) => stored,
        Err(exit) => return exit,
    };
    if stored.run.is_none() {
        say(
            "not sealed: the harness died before its plan was written; nothing was started or recorded\n",
        );
        return Exit::Undecided;
    }
    say(&told(&args.run, &stored.verified));
    let exit = stored.exit();
    if let State::Sealed | State::SealedOld = stored.verified.state {
        say(&format!(
            "the run: {} (exit code {})\n",
            stored.word(),
            exit.code()
        ));
    }
    let sealed = matches!(stored.verified.state, State::Sealed | State::SealedOld);
    if sealed && stored.outcome().is_some_and(Outcome::can_go_on) {
        say(&go_on(&args.run));
    }
    stored.gravest(exit)
}

/// Whether the folder holds a proof of the suite, and no run.
fn is_proof(folder: &Path) -> bool {
    let holds = |name: &str| std::fs::symlink_metadata(folder.join(name)).is_ok();
    holds(PROOF_FILE) && !holds(PLAN_FILE) && !holds(EVENTS_FILE)
}

fn verify_proof(folder: &Path) -> Exit {
    match read_proof(folder) {
        Ok(proof) => {
            let held = proof.cases.values().filter(|case| case.holds()).count();
            say(&format!(
                "whole and sealed: a proof of {held} of {} cases on {}, {}; every byte is as it was written\n",
                proof.cases.len(),
                proof.products.join(", "),
                proof.at
            ));
            Exit::Passed
        }
        Err(why) => {
            complain(&format!(
                "ALTERED: {why}\nwhat the proof says cannot be relied on\n"
            ));
            Exit::Altered
        }
    }
}

fn go_on(run: &Path) -> String {
    format!("go on with: proofhouse resume {}\n", run.display())
}

fn told(run: &Path, verified: &Verified) -> String {
    let Verified {
        events,
        blobs,
        files,
        ..
    } = verified;
    let all = format!("{events} events, {blobs} blobs, {files} files");
    let last = events.saturating_sub(1);
    match verified.state {
        State::Sealed => format!("whole and sealed: {all}; every byte is as it was written\n"),
        State::SealedOld => format!(
            "whole and sealed: {all}; sealed by a first version, which did not vouch for logs and reports\n"
        ),
        State::Writing(pid) => {
            format!("whole up to event {last}: {all}; process {pid} is writing it\n")
        }
        State::Open if *events == 0 => format!(
            "not sealed: {all}; the run was broken off before its first event\n{}",
            go_on(run)
        ),
        State::Open => {
            let torn = verified.torn.as_ref().map_or(String::new(), |torn| {
                format!("; line {} is cut off after {} bytes", torn.line, torn.bytes)
            });
            format!(
                "whole up to event {last}, not sealed: {all}{torn}\nthe run was broken off; nothing vouches for its \
                 last event and its logs yet\n{}",
                go_on(run)
            )
        }
    }
}
