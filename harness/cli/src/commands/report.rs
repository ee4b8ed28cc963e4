//! `proofhouse report`: the reports of a stored run, the same bytes again.

use super::{complain, say};
use crate::args::ReportArgs;
use crate::exit::Exit;
use proofhouse_report::Folded;
use std::io::IsTerminal;
use std::path::Path;

/// Folds the journal again and writes the reports.
pub fn report(args: &ReportArgs) -> Exit {
    let run = match Folded::read(&args.run) {
        Ok(run) => run,
        Err(why) => {
            complain(&format!(
                "error: cannot read the run in {}: {why}\n",
                args.run.display()
            ));
            return Exit::WrongInput;
        }
    };
    if let Err(why) = write(&args.run, &run, args.junit.as_deref()) {
        complain(&format!("error: {why}\n"));
        return Exit::Undecided;
    }
    say(&super::run::summary(
        &args.run,
        &run,
        std::io::stdout().is_terminal(),
    ));
    Exit::Passed
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
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let copied = folder
        .and_then(|()| std::fs::copy(run_dir.join(proofhouse_report::JUNIT_FILE), path).map(drop));
    copied.map_err(|e| format!("cannot write {}: {e}", path.display()))
}
