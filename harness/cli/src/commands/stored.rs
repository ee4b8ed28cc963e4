//! A run that is over or was broken off, as it lies in its folder: verified, and what it came to.

use super::complain;
use crate::again::as_left;
use crate::exit::Exit;
use crate::going_off;
use crate::merge;
use proofhouse_bench::MayBeOn;
use proofhouse_journal::{
    ReadError, Remade, State, Verified, is_run, verify_with, was_never_planned,
};
use proofhouse_report::{Folded, Outcome, render_all};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A folder of which every byte was looked at.
pub struct Stored {
    /// What was found in order.
    pub verified: Verified,
    /// What was recorded, and what may have been left on where it was broken off; nothing when the harness died before
    /// its plan was written.
    pub run: Option<Folded<'static>>,
}

impl Stored {
    /// The code that the run deserves. One that is not sealed has shown nothing to rely on, but for what may be on.
    pub fn exit(&self) -> Exit {
        match (self.outcome(), self.verified.state) {
            (Some(outcome), State::Sealed | State::SealedOld) => outcome.into(),
            (Some(Outcome::MayBeOn), State::Open) => Exit::MayBeOn,
            _ => Exit::Undecided,
        }
    }

    /// What it came to.
    pub fn outcome(&self) -> Option<Outcome> {
        self.run.as_ref().map(proofhouse_report::outcome)
    }

    /// What it came to, in words.
    pub fn word(&self) -> &'static str {
        self.outcome().map_or("nothing was recorded", Outcome::word)
    }

    /// What a command ends with that would end with `exit`: units that may be on are named, and go before all else.
    pub fn gravest(&self, exit: Exit) -> Exit {
        if self.exit() != Exit::MayBeOn {
            return exit;
        }
        let run = self.run.as_ref().map(Folded::view);
        let left = run.iter().flat_map(|run| &run.facts.may_be_on);
        let left = left.map(|(_, unit, why)| MayBeOn {
            unit: unit.clone(),
            why: why.clone(),
        });
        going_off::tell(&left.collect::<Vec<_>>());
        Exit::MayBeOn
    }
}

/// Verifies and folds; says what is wrong, and gives the code that goes with that.
///
/// # Errors
/// No run, one of a newer format, one that was altered.
pub fn read(dir: &Path) -> Result<Stored, Exit> {
    if !is_run(dir) {
        complain(&format!("error: {}\n", no_run(dir)));
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
        let run = Some(match verified.state {
            State::Open => as_left(dir, run),
            _ => run,
        });
        Ok(Stored { verified, run })
    });
    read.map_err(|why| refused(&why))
}

/// Most entries of a folder that are looked at for runs in it.
const MOST_ENTRIES: usize = 10_000;

/// That a folder is none of a run, why, and where one may be.
pub fn no_run(dir: &Path) -> String {
    let why = match std::fs::read_dir(dir) {
        Ok(entries) => holds(entries),
        Err(why) if why.kind() == ErrorKind::NotFound => "it is not there".to_owned(),
        Err(why) if why.kind() == ErrorKind::NotADirectory => {
            "it is a file; name the folder that it is in".to_owned()
        }
        Err(why) => format!("it cannot be read: {why}"),
    };
    format!(
        "{} is no run folder (such as runs/<id>): {why}",
        dir.display()
    )
}

/// What a folder that is none of a run holds instead. Names of runs begin with their time, so the last is the newest.
fn holds(entries: std::fs::ReadDir) -> String {
    let paths = entries.take(MOST_ENTRIES).flatten().map(|e| e.path());
    let all: Vec<PathBuf> = paths.collect();
    let newest = all.iter().filter(|path| is_run(path)).max();
    match newest {
        _ if all.is_empty() => "it is empty".to_owned(),
        Some(run) => format!("it holds runs; name one, such as {}", run.display()),
        None => "it has neither plan.json nor events.jsonl".to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_none_of_a_run_says_why_and_where_one_is() {
        let at = tempfile::tempdir().unwrap();
        let why = |dir: &Path| no_run(dir).split_once(">): ").unwrap().1.to_owned();
        assert_eq!(why(at.path()), "it is empty");
        assert_eq!(why(&at.path().join("gone")), "it is not there");
        let file = at.path().join("notes.txt");
        std::fs::write(&file, "mine").unwrap();
        assert!(why(&file).starts_with("it is a file"), "{}", why(&file));
        assert!(
            why(at.path()).starts_with("it has neither"),
            "{}",
            why(at.path())
        );
        for name in ["20260102-a", "20260103-b"] {
            std::fs::create_dir(at.path().join(name)).unwrap();
            std::fs::write(at.path().join(name).join("plan.json"), "{}").unwrap();
        }
        assert!(why(at.path()).ends_with("20260103-b"), "{}", why(at.path()));
    }
}
