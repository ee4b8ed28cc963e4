//! Report files beside the journal they are made from.

use crate::view::Folded;
use crate::{json, junit};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Name of the JSON report in a run folder.
pub const JSON_FILE: &str = "report.json";
/// Name of the JUnit report in a run folder.
pub const JUNIT_FILE: &str = "junit.xml";

/// Files written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// `report.json`.
    pub json: PathBuf,
    /// `junit.xml`.
    pub junit: PathBuf,
}

/// Why reports could not be written. The journal is not touched; `proofhouse report` makes them
/// again.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The JSON report could not be made.
    #[error("cannot make the JSON report: {0}")]
    Json(#[from] serde_json::Error),
    /// A file could not be written.
    #[error(
        "cannot write {}: {source}. The journal is whole: make room and try again",
        .path.display()
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// Reason of the operating system.
        source: io::Error,
    },
}

/// Every report file of a run: name and content, nothing written. Both are made at the same time.
///
/// # Errors
/// When one cannot be made.
pub fn render_all(run: &Folded<'_>) -> Result<Vec<(String, Vec<u8>)>, ReportError> {
    let view = run.view();
    let (json, junit) = std::thread::scope(|both| {
        let json = both.spawn(|| json::render_view(&view));
        let junit = junit::render_view(&view);
        // A mistake of ours on that thread is one on this thread.
        let json = json
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (json, junit)
    });
    Ok(vec![
        (JSON_FILE.to_owned(), json?),
        (JUNIT_FILE.to_owned(), junit),
    ])
}

/// Writes `report.json` and `junit.xml` into the run folder, each whole or not at all.
///
/// Give it a run as read back and not as lived through, so that the first report and one made years
/// later come from the same bytes.
///
/// # Errors
/// When the folder cannot be written.
pub fn write_all(run_dir: &Path, run: &Folded<'_>) -> Result<Written, ReportError> {
    for (name, bytes) in render_all(run)? {
        write_whole(&run_dir.join(name), &bytes)?;
    }
    Ok(Written {
        json: run_dir.join(JSON_FILE),
        junit: run_dir.join(JUNIT_FILE),
    })
}

/// Temporary name, then rename: nobody ever reads half a report.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let temporary = path.with_extension(format!("new-{}", std::process::id()));
    let written = proofhouse_journal::private_file()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&temporary)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| std::fs::rename(&temporary, path));
    written.map_err(|source| {
        let _ = std::fs::remove_file(&temporary); // the first error is the one to tell
        let path = path.to_owned();
        ReportError::Io { path, source }
    })
}
