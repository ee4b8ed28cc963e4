//! A run that is over or was broken off, as it lies in its folder: verified, and what it came to.

use super::complain;
use crate::exit::Exit;
use crate::merge;
use proofhouse_journal::{
    ReadError, Remade, State, Verified, is_run, verify_with, was_never_planned,
};
use proofhouse_report::{Folded, render_all};
use std::path::Path;

/// A folder of which every byte was looked at.
pub struct Stored {
    /// What was found in order.
    pub verified: Verified,
    /// What was recorded; nothing when the harness died before its plan was written.
    pub run: Option<Folded<'static>>,
}

impl Stored {
    /// The code that the run deserves. One that is not sealed has shown nothing to rely on.
    pub fn exit(&self) -> Exit {
        match (&self.run, self.verified.state) {
            (Some(run), State::Sealed | State::SealedOld) => proofhouse_report::outcome(run).into(),
            _ => Exit::Undecided,
        }
    }

    /// What it came to, in words.
    pub fn word(&self) -> &'static str {
        let outcome = self.run.as_ref().map(proofhouse_report::outcome);
        outcome.map_or("nothing was recorded", proofhouse_report::Outcome::word)
    }
}

/// Verifies and folds; says what is wrong, and gives the code that goes with that.
///
/// # Errors
/// No run, one of a newer format, one that was altered.
pub fn read(dir: &Path) -> Result<Stored, Exit> {
    if !is_run(dir) {
        complain(&format!(
            "error: {} is no run folder (such as runs/<id>)\n",
            dir.display()
        ));
        return Err(Exit::WrongInput);
    }
    if was_never_planned(dir) {
        return Ok(Stored {
            verified: Verified {
                events: 0,
                blobs: 0,
                files: 0,
                torn: None,
                state: State::Open,
                end: None,
            },
            run: None,
        });
    }
    let read = verify_with(dir, remake).and_then(|verified| {
        let run = Folded::read(dir)?;
        let merged = merge::is_merged(dir) || !run.view().facts.shards.is_empty();
        if merged && verified.state == State::Sealed {
            merge::check(dir)?;
        }
        let run = Some(run);
        Ok(Stored { verified, run })
    });
    read.map_err(|why| refused(&why))
}

/// The reports of a run as this proofhouse makes them. A record that cannot be read or told has none to compare with.
pub fn remake(dir: &Path) -> Remade {
    let folded = Folded::read(dir).ok();
    folded.and_then(|f| render_all(&f).ok()).unwrap_or_default()
}

/// As [`read`], of a folder in which reports may be missing or be of another version: they are made again first.
///
/// # Errors
/// As [`read`].
pub fn read_for_reports(dir: &Path) -> Result<Stored, Exit> {
    if let Err(ReadError::Altered { path, .. }) = proofhouse_journal::verify(dir)
        && is_report(&path)
        && let Ok(folded) = Folded::read(dir)
    {
        let name = path.display();
        complain(&format!(
            "note: {name} is not what was written; it is made again from the journal\n"
        ));
        // What comes of it is seen in the second look.
        let _ = proofhouse_report::write_all(dir, &folded);
    }
    read(dir)
}

fn is_report(path: &Path) -> bool {
    let reports = [proofhouse_report::JSON_FILE, proofhouse_report::JUNIT_FILE];
    reports.iter().any(|name| path.ends_with(name))
}

/// Says why a folder cannot be relied on.
pub fn refused(why: &ReadError) -> Exit {
    if let ReadError::Newer { .. } = why {
        complain(&format!("error: {why}\n"));
        return Exit::WrongInput;
    }
    complain(&format!(
        "ALTERED: {why}\nwhat the run says cannot be relied on from this place on\n"
    ));
    Exit::Altered
}
