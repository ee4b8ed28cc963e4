//! `proofhouse verify`: whether a run folder is what was written.

use super::{complain, say};
use crate::args::VerifyArgs;
use crate::exit::Exit;
use proofhouse_journal::{ReadError, State, Verified, is_run, verify_with, was_never_planned};
use proofhouse_report::{Folded, render_all};
use std::path::Path;

/// Looks at every byte and says what it found; changes nothing.
pub fn verify(args: &VerifyArgs) -> Exit {
    let run = &args.run;
    if !is_run(run) {
        complain(&format!(
            "error: {} is no run folder (such as runs/<id>)\n",
            run.display()
        ));
        return Exit::WrongInput;
    }
    if was_never_planned(run) {
        say(
            "not sealed: the harness died before its plan was written; nothing was started or recorded\n",
        );
        return Exit::Undecided;
    }
    // A record that cannot be read or told has no report to compare with.
    let remake = |run: &Path| {
        let folded = Folded::read(run).ok();
        folded.and_then(|f| render_all(&f).ok()).unwrap_or_default()
    };
    match verify_with(run, remake) {
        Ok(verified) => {
            say(&told(run, &verified));
            match verified.state {
                State::Sealed | State::SealedOld => Exit::Passed,
                State::Open | State::Writing(_) => Exit::Undecided,
            }
        }
        Err(why @ ReadError::Newer { .. }) => {
            complain(&format!("error: {why}\n"));
            Exit::WrongInput
        }
        Err(why) => {
            complain(&format!(
                "ALTERED: {why}\nwhat the run says cannot be relied on from this place on\n"
            ));
            Exit::Failed
        }
    }
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
            "not sealed: {all}; the run was broken off before its first event\ngo on with: proofhouse resume {}\n",
            run.display()
        ),
        State::Open => {
            let torn = verified.torn.as_ref().map_or(String::new(), |torn| {
                format!("; line {} is cut off after {} bytes", torn.line, torn.bytes)
            });
            format!(
                "whole up to event {last}, not sealed: {all}{torn}\nthe run was broken off; nothing vouches for its \
                 last event and its logs yet\ngo on with: proofhouse resume {}\n",
                run.display()
            )
        }
    }
}
