//! `proofhouse report`: the reports of a stored run, the same bytes again.

use super::{complain, say};
use crate::args::ReportArgs;
use crate::exit::Exit;
use proofhouse_journal::Reader;
use std::io::IsTerminal;

/// Folds the journal again and writes the reports.
pub fn report(args: &ReportArgs) -> Exit {
    let recorded = match Reader::open(&args.run) {
        Ok(recorded) => recorded,
        Err(why) => {
            complain(&format!(
                "error: cannot read the run in {}: {why}\n",
                args.run.display()
            ));
            return Exit::WrongInput;
        }
    };
    if let Err(why) = write(&args.run, &recorded, args.junit.as_deref()) {
        complain(&format!("error: {why}\n"));
        return Exit::Undecided;
    }
    say(&super::run::summary(
        &args.run,
        &recorded,
        std::io::stdout().is_terminal(),
    ));
    Exit::Passed
}

/// Writes report.json and junit.xml, and the JUnit file a second time where asked.
pub fn write(
    run_dir: &std::path::Path,
    recorded: &proofhouse_journal::Recorded,
    junit: Option<&std::path::Path>,
) -> Result<(), Box<dyn std::error::Error>> {
    let written = proofhouse_report::write_all(run_dir, recorded)?;
    if let Some(path) = junit {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::copy(&written.junit, path)
            .map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    }
    Ok(())
}
