//! `proofhouse report`: the reports of a stored run, the same bytes again.

use super::{complain, say, stored};
use crate::args::ReportArgs;
use crate::exit::Exit;
use proofhouse_journal::State;
use proofhouse_report::Folded;
use std::path::Path;

/// Folds the journal again and writes the reports, once every byte of the run was looked at.
pub fn report(args: &ReportArgs) -> Exit {
    let stored = match stored::read_for_reports(&args.run) {
        Ok(stored) => stored,
        Err(exit) => return exit,
    };
    if let State::Writing(pid) = stored.verified.state {
        complain(&format!(
            "error: process {pid} is writing the run in {}: its reports come at its end\n",
            args.run.display()
        ));
        return Exit::WrongInput;
    }
    let Some(run) = &stored.run else {
        complain(
            "error: the harness died before its plan was written; there is nothing to report\n",
        );
        return Exit::WrongInput;
    };
    if let Err(why) = write(&args.run, run, args.end.junit.as_deref()) {
        complain(&format!("error: {why}\n"));
        return Exit::Undecided;
    }
    say(&super::run::ending(&args.run, run, &args.end));
    stored.exit()
}

/// Writes report.json and junit.xml, and the JUnit file a second time where asked.
fn write(
    run_dir: &Path,
    run: &Folded<'_>,
    junit: Option<&Path>,
) -> Result<(), Box<dyn std::error::Error>> {
    proofhouse_report::write_all(run_dir, run)?;
    Ok(copy_junit(run_dir, junit)?)
}

/// The JUnit file a second time where asked.
///
/// # Errors
/// The place cannot be written.
pub fn copy_junit(run_dir: &Path, to: Option<&Path>) -> Result<(), String> {
    let Some(path) = to else { return Ok(()) };
    if is_inside(run_dir, path) {
        let path = path.display();
        return Err(format!(
            "{path} lies in the run's own folder, which is sealed: name another place"
        ));
    }
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let copied = folder
        .and_then(|()| std::fs::copy(run_dir.join(proofhouse_report::JUNIT_FILE), path).map(drop));
    copied.map_err(|e| format!("cannot write {}: {e}", path.display()))
}

/// Whether a place lies in a folder, however both are spelt; one that cannot be looked at is told when it is written.
fn is_inside(folder: &Path, place: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    let parent = place.parent().filter(|p| !p.as_os_str().is_empty());
    let place = real(place).or_else(|| real(parent.unwrap_or(Path::new("."))));
    let folder = real(folder);
    place
        .zip(folder)
        .is_some_and(|(place, folder)| place.starts_with(folder))
}
