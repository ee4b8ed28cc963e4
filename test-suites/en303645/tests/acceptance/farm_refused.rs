//! What `merge` refuses: parts that do not belong together, are not whole, or contradict each other.

use crate::farm::{merge, must, part, quick, text};
use crate::tool::{RunDir, proofhouse};
use crate::vacuous::copy;
use libtest_mimic::{Failed, Trial};
use proofhouse_journal::{Recorded, Writer};
use proofhouse_model::event::RunEnd;
use proofhouse_model::{Event, Fact};
use std::fs;
use std::path::{Path, PathBuf};

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("farm::what_does_not_belong_together_is_refused", refused),
        Trial::test("farm::parts_that_contradict_are_refused", contradictions),
    ]
}

/// The same folder with other events, whose chain and seal fit; `change` says of each whether it changed it.
pub fn forged(
    run: &Path,
    mut change: impl FnMut(&mut Event) -> bool,
) -> Result<(tempfile::TempDir, PathBuf), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let to = folder.path().join("forged");
    let recorded = Recorded::read(run).map_err(|e| e.to_string())?;
    let plan = fs::read(run.join("plan.json")).map_err(|e| e.to_string())?;
    let mut writer = Writer::create(&to, &plan).map_err(|e| e.to_string())?;
    let inside = ["shards", "blobs"].into_iter();
    for inside in inside.filter(|inside| run.join(inside).exists()) {
        copy(&run.join(inside), &to.join(inside), &[]).map_err(|e| e.to_string())?;
    }
    let mut changed = 0;
    for mut event in recorded.events {
        changed += usize::from(change(&mut event));
        writer.append(&event).map_err(|e| e.to_string())?;
    }
    writer.seal().map_err(|e| e.to_string())?;
    match changed {
        0 => Err("nothing was forged".to_owned()),
        _ => Ok((folder, to)),
    }
}

/// A check that came out better than it did.
pub fn better(event: &mut Event) -> bool {
    let Fact::Checked(check) = &mut event.fact else {
        return false;
    };
    check.detail.push_str(", and well");
    true
}

/// Parts that are whole and sealed, and cannot be of one run all the same.
fn contradictions() -> Result<(), Failed> {
    let (one, two) = (part("1/2", &[])?, part("2/2", &[])?);
    let (one, two) = (one.path()?, two.path()?);
    let (_kept, out, ran) = merge(&[&one, &two], &[])?;
    must(&ran, 0, &["PASSED"])?;
    let no = |change: &mut dyn FnMut(&mut Event) -> bool, words: &[&str]| -> Result<(), Failed> {
        let (_kept, other) = forged(&two, change)?;
        let (_kept, out, ran) = merge(&[&one, &other], &[])?;
        must(&ran, 2, words)?;
        match out.exists() {
            true => Err("it was merged".into()),
            false => Ok(()),
        }
    };
    no(
        &mut |event| match &mut event.fact {
            Fact::Identified { found, .. } => {
                found.iter_mut().for_each(|(_, value)| value.push('9'));
                true
            }
            _ => false,
        },
        &["said", "in shard 1/2", "in shard 2/2", "other specimens"],
    )?;
    no(
        &mut |event| match &mut event.fact {
            Fact::RunEnded { end } => {
                *end = RunEnd::Interrupted;
                true
            }
            _ => false,
        },
        &["it was interrupted", "proofhouse resume"],
    )?;
    let theirs = Recorded::read(&one).map_err(|e| e.to_string())?;
    let theirs = theirs.events.iter().find_map(|event| event.task);
    no(
        &mut |event| {
            let of_task = event.task.is_some();
            event.task = event.task.and(theirs);
            of_task
        },
        &["which is in another part"],
    )?;
    no(
        &mut |event| match &mut event.fact {
            Fact::RunStarted { plan, .. } => {
                plan.replace_range(..2, "zz");
                true
            }
            _ => false,
        },
        &["begun with another plan"],
    )?;
    // Nobody goes on with a merge that was broken off: a bench would be worked by it.
    fs::remove_file(out.join("seal.json"))?;
    fs::write(out.join("open.lock"), b"{\"pid\":1}\n")?;
    must(&proofhouse(&["resume", &text(&out)])?, 2, &["merge again"])
}

fn refused() -> Result<(), Failed> {
    let (one, two) = (part("1/3", &[])?, part("2/3", &[])?);
    let (one, two) = (one.path()?, two.path()?);
    let no = |runs: &[&Path], words: &[&str]| -> Result<(), Failed> {
        let (folder, out, ran) = merge(runs, &[])?;
        must(&ran, 2, words)?;
        let left = fs::read_dir(folder.path())?.count();
        match left == 0 && !out.exists() {
            true => Ok(()),
            false => Err("something was left behind".into()),
        }
    };
    no(
        &[&one, &two],
        &["shard 3/3 is missing", "--partial", "nothing was merged"],
    )?;
    no(&[&one, &two, &two], &["are shard 2/3 both"])?;
    let (_kept, partial, ran) = merge(&[&one, &two], &["--partial"])?;
    must(&ran, 3, &["UNDECIDED", "not merged: shard 3", "missing"])?;
    must(
        &proofhouse(&["verify", &text(&partial)])?,
        3,
        &["whole and sealed"],
    )?;
    let other = RunDir::run(&quick(&["--shard", "3/3", "--seed", "8"]))?;
    no(
        &[&one, &two, &other.path()?],
        &["parts of other runs", "seed 7 and 8"],
    )?;
    let halves = part("2/2", &[])?;
    no(&[&one, &halves.path()?], &["was shared out otherwise"])?;
    let defect = part("3/3", &["--defect", "accepts-downgrade"])?;
    no(&[&one, &two, &defect.path()?], &["defects (--defect)"])?;
    let events = two.join("events.jsonl");
    let was = fs::read(&events)?;
    fs::write(&events, &was[..was.len() - 1])?;
    let (_kept, out, ran) = merge(&[&one, &two], &[])?;
    must(
        &ran,
        5,
        &["ALTERED", "not what was written", "nothing was merged"],
    )?;
    if out.exists() {
        return Err("something was left behind".into());
    }
    fs::write(&events, &was)?;
    fs::remove_file(two.join("seal.json"))?;
    fs::write(two.join("open.lock"), b"{\"pid\":1}\n")?;
    no(&[&one, &two], &["not sealed"])?;
    no(&[&one, Path::new("/nowhere")], &["no run folder"])?;
    let (_kept, _, ran) = merge(&[&one], &["--partial", "--junit", "/nowhere/at/all.xml"])?;
    match ran.code {
        3 => Ok(()),
        code => Err(format!("exit {code}\n{}", ran.err).into()),
    }
}
