//! `proofhouse merge`: the parts of one run, put together.

use super::run::{ending, unfit};
use super::{complain, report};
use crate::args::MergeArgs;
use crate::exit::Exit;
use crate::merge::{NotMerged, merge as put_together};
use std::path::Path;

/// Puts them together, and tells what the run came to.
pub fn merge(args: &MergeArgs) -> Exit {
    if let Some(why) = taken(&args.out) {
        complain(&format!("error: --out {}: {why}\n", args.out.display()));
        return Exit::WrongInput;
    }
    let run = match put_together(&args.runs, &args.out, args.partial) {
        Ok(run) => run,
        Err(NotMerged::Refused(list)) => {
            for why in list {
                complain(&format!("error: {why}\n"));
            }
            complain("nothing was merged\n");
            return Exit::WrongInput;
        }
        Err(NotMerged::Altered(list)) => {
            for why in list {
                complain(&format!("ALTERED: {why}\n"));
            }
            complain("nothing was merged\n");
            return Exit::Altered;
        }
        Err(NotMerged::Broken(why)) => {
            complain(&format!("error: {why}\nnothing was merged\n"));
            return Exit::Undecided;
        }
    };
    if let Err(why) = report::copy_junit(&args.out, args.end.junit.as_deref()) {
        complain(&format!("error: {why}\n"));
        return Exit::Undecided;
    }
    super::say(&ending(&args.out, &run, &args.end));
    proofhouse_report::outcome(&run).into()
}

/// Why a merged run cannot be put there.
fn taken(out: &Path) -> Option<String> {
    if out.file_name().is_none() {
        return Some("name the folder that is to be made".to_owned());
    }
    let used = match std::fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => std::fs::symlink_metadata(out).is_ok(),
    };
    if used {
        return Some("there is something already; name a folder that is not there yet".to_owned());
    }
    unfit(out)
}
