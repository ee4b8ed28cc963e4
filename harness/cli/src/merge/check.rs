//! Whether the journal of a merged run is what its parts make.

use super::part::Part;
use super::{Parts, events, fit};
use proofhouse_journal::{EVENTS_FILE, PLAN_FILE, ReadError, Reader};
use proofhouse_model::Event;
use proofhouse_planner::plan_hash;
use std::fs;
use std::path::{Path, PathBuf};

/// Folder of the parts in a merged run, each by its number.
pub const SHARDS_DIR: &str = "shards";

/// Whether a folder is one of a merged run, whole or not.
#[must_use]
pub fn is_merged(run: &Path) -> bool {
    fs::symlink_metadata(run.join(SHARDS_DIR)).is_ok()
}

/// Where a part lies.
pub(super) fn part_dir(run: &Path, part: u32) -> PathBuf {
    run.join(SHARDS_DIR).join(part.to_string())
}

/// Looks at every byte of each part, puts them together once more, and holds it against what is there.
///
/// # Errors
/// The first thing that is not what the parts make.
pub fn check(run: &Path) -> Result<(), ReadError> {
    let shards = run.join(SHARDS_DIR);
    let altered = |why: String| ReadError::Altered {
        path: shards.clone(),
        why,
    };
    let mut parts = Vec::new();
    for entry in fs::read_dir(&shards).map_err(|e| altered(e.to_string()))? {
        let path = entry.map_err(|e| altered(e.to_string()))?.path();
        let part =
            Part::read(&path).map_err(|why| altered(format!("{}: {why}", path.display())))?;
        if path != part_dir(run, part.shard.part) {
            return Err(altered(format!(
                "{} is shard {}",
                path.display(),
                part.shard
            )));
        }
        parts.push(part);
    }
    if let Some(why) = fit::wrong(&parts, true).into_iter().next() {
        return Err(altered(why));
    }
    let parts = Parts::of(parts).map_err(|_| altered("there is no part".to_owned()))?;
    let mut reader = Reader::open(run)?;
    let plan = reader.plan_sha256();
    if plan != plan_hash(&parts.whole) {
        return Err(ReadError::Altered {
            path: run.join(PLAN_FILE),
            why: "it is not the plan of its parts".to_owned(),
        });
    }
    let path = run.join(EVENTS_FILE);
    let other = |seq: u64| ReadError::Altered {
        path: path.clone(),
        why: format!("event {seq} is not what the parts make"),
    };
    let mut same = |made: Event| match reader.next().transpose()? {
        Some(event) if event == made => Ok(()),
        _ => Err(other(made.seq)),
    };
    events::each(&parts, &plan, &mut same)?;
    match reader.next().transpose()? {
        None => Ok(()),
        Some(event) => Err(other(event.seq)),
    }
}
