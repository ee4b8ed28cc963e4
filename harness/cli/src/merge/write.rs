//! The folder of a merged run, made beside its place and put there when all of it is whole.

use super::check::{SHARDS_DIR, check, part_dir};
use super::part::Part;
use super::{NotMerged, Parts, events};
use proofhouse_journal::{BLOBS_DIR, Writer, private_folder};
use proofhouse_planner::plan_json;
use proofhouse_report::Folded;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Writes it, looks at it, and puts it in its place.
pub fn folder(parts: &Parts, out: &Path) -> Result<Folded<'static>, NotMerged> {
    let new = beside(out);
    let made = make(parts, &new).and_then(|()| {
        // One that is empty may be there.
        let _ = fs::remove_dir(out);
        fs::rename(&new, out).map_err(|e| broken(out, &e))
    });
    if let Err(why) = made {
        let _ = fs::remove_dir_all(&new); // the first error is the one to tell
        return Err(why);
    }
    Ok(Folded::read(out)?)
}

fn beside(out: &Path) -> PathBuf {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!(".{name}.new-{}", std::process::id()))
}

fn make(parts: &Parts, new: &Path) -> Result<(), NotMerged> {
    let mut writer = Writer::create(new, &plan_json(&parts.whole))?;
    // First of all: by this folder it is known for a merged run, which nobody resumes.
    let shards = new.join(SHARDS_DIR);
    private_folder(&shards).map_err(|e| broken(&shards, &e))?;
    let mut copies = Vec::new();
    for part in &parts.parts {
        let to = part_dir(new, part.shard.part);
        copy(&part.dir, &to).map_err(|e| broken(&to, &e))?;
        keep_blobs(&writer, &to.join(BLOBS_DIR))?;
        let copied =
            Part::read(&to).map_err(|why| NotMerged::Broken(format!("{}: {why}", to.display())))?;
        if copied.origin() != part.origin() {
            let dir = part.dir.display();
            return Err(NotMerged::Broken(format!(
                "{dir} was changed while it was merged"
            )));
        }
        copies.push(copied);
    }
    let copied = Parts::of(copies)?;
    let plan = writer.plan_sha256();
    events::each(&copied, &plan, &mut |event| {
        writer.append(&event).map_err(NotMerged::from)
    })?;
    proofhouse_report::write_all(new, &Folded::read(new)?)?;
    writer.seal()?;
    check(new).map_err(NotMerged::from)
}

/// The evidence of a part among that of the run; the same is kept once.
fn keep_blobs(writer: &Writer, blobs: &Path) -> Result<(), NotMerged> {
    let unread = |e: io::Error| broken(blobs, &e);
    if !blobs.exists() {
        return Ok(());
    }
    for folder in fs::read_dir(blobs).map_err(unread)? {
        for file in fs::read_dir(folder.map_err(unread)?.path()).map_err(unread)? {
            let bytes = fs::read(file.map_err(unread)?.path()).map_err(unread)?;
            writer.blobs().put(&bytes)?;
        }
    }
    Ok(())
}

/// Files with the folders that hold them: an empty folder is nothing that a seal speaks of.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
            continue;
        }
        if let Some(folder) = to.parent() {
            private_folder(folder)?;
        }
        fs::copy(entry.path(), to)?;
    }
    Ok(())
}

fn broken(place: &Path, why: &io::Error) -> NotMerged {
    NotMerged::Broken(format!("{}: {why}", place.display()))
}
