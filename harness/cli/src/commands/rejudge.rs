//! `proofhouse rejudge`: the verdict logic once more over a recording, without any device.

use super::{complain, say, stored, wrong_input};
use crate::again::{self, Came};
use crate::args::{RejudgeArgs, Selection};
use crate::exit::Exit;
use crate::replan;
use crate::scripts::Scripts;
use crate::sources::Sources;
use proofhouse_journal::{Recorded, State};
use proofhouse_model::{CaseId, Diagnostic, Plan, ProductId, Profile};
use proofhouse_report::text::{count, one_line};
use proofhouse_runner::{CaseBody, RunProduct};
use proofhouse_script::Case;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const STARTED_IN: &str =
    "a run names files as they lay where it was started; `--started-in DIR` says where that is";

/// Judges a run again and says what comes out otherwise. Changes nothing on the disk.
pub fn rejudge(args: &RejudgeArgs) -> Exit {
    match &args.started_in {
        None => judge_again(&args.run, args.suite.as_deref()),
        Some(folder) => from_there(args, folder),
    }
}

/// A plan names files as they were named where the run was started.
fn from_there(args: &RejudgeArgs, folder: &Path) -> Exit {
    let whole = |path: &Path| std::path::absolute(path);
    let places = whole(&args.run).and_then(|run| {
        let suite = args.suite.as_deref().map(whole).transpose()?;
        std::env::set_current_dir(folder)?;
        Ok((run, suite))
    });
    match places {
        Ok((run, suite)) => judge_again(&run, suite.as_deref()),
        Err(why) => {
            let message = format!("this folder cannot be gone to: {why}");
            wrong_input(&[Diagnostic::whole(&folder.display().to_string(), message)])
        }
    }
}

fn judge_again(run: &Path, suite: Option<&Path>) -> Exit {
    // A record that was altered is judged by nobody; one that has no end yet is told.
    let stored = match stored::read(run) {
        Ok(stored) => stored,
        Err(exit) => return exit,
    };
    let sealed = matches!(stored.verified.state, State::Sealed | State::SealedOld);
    if !sealed {
        complain("note: the run is not sealed: nothing vouches for its last event\n");
    }
    let recorded = match Recorded::read(run) {
        Ok(recorded) => recorded,
        Err(why) => {
            let run = run.display();
            complain(&format!("error: cannot read the run in {run}: {why}\n"));
            return Exit::WrongInput;
        }
    };
    let sources = match sources(suite, &recorded.plan) {
        Ok(sources) => sources,
        Err(found) => return wrong_input(&found),
    };
    let scripts = match Scripts::new() {
        Ok(scripts) => scripts,
        Err(why) => return wrong_input(&why),
    };
    let (cases, mut wrong) = scripts.suite_cases(&sources.suite, None);
    let now = profiles(&recorded.plan, &sources);
    let products = products(&recorded.plan, &now, &sources, &scripts, &mut wrong);
    if !wrong.is_empty() {
        return wrong_input(&sources.told(wrong));
    }
    for told in judged_by(&recorded.plan, &now, &sources) {
        complain(&format!("note: {}\n", one_line(&told)));
    }
    let plan = with_heads(&recorded.plan, &cases);
    let body =
        |case: Case| -> (CaseId, Arc<dyn CaseBody>) { (case.meta.id.clone(), Arc::new(case)) };
    let cases: BTreeMap<CaseId, Arc<dyn CaseBody>> = cases.into_iter().map(body).collect();
    let came = match again::judge(&recorded, &plan, &cases, &products) {
        Ok(came) => came,
        Err(why) => {
            complain(&format!("error: {why}\n"));
            return Exit::Undecided;
        }
    };
    tell(&came);
    // As for `verify` and `report`: what is not sealed has shown nothing to rely on.
    stored.gravest(match sealed {
        true => came.outcome.into(),
        false => Exit::Undecided,
    })
}

/// Says whether it comes out as it did.
fn tell(came: &Came) {
    for (name, why) in &came.left {
        say(&format!(
            "cannot be judged again: {name}: {}\n",
            one_line(why)
        ));
    }
    for line in &came.found {
        say(&format!("{}\n", one_line(line)));
    }
    match (came.found.is_empty(), came.other.as_slice()) {
        _ if !came.left.is_empty() && came.found.is_empty() => {
            say("nothing came out otherwise, and not all was judged again\n");
        }
        (true, []) => say(&same(&came.over)),
        (true, other) => {
            let names: Vec<&str> = other.iter().map(|(name, _)| name.as_str()).collect();
            say(&format!(
                "same verdicts; {} would be written otherwise\n",
                names.join(" and ")
            ));
            for (name, how) in other {
                say(&format!("  {}\n", one_line(&format!("{name} {how}"))));
            }
        }
        (false, _) => {}
    }
}

/// The reports come out as they are, with what was passed over in them.
fn same(over: &[(String, usize)]) -> String {
    let reports = "same: report.json and junit.xml come out";
    if over.is_empty() {
        return format!("{reports} byte for byte as they are in the run\n");
    }
    let over = over.iter();
    let over = over.map(|(file, pieces)| format!("{file} has {}", count(*pieces, "piece")));
    let over: Vec<String> = over.collect();
    format!(
        "{reports} as they are in the run, where a short piece of a secret stands for any bytes: {}\n",
        over.join(", ")
    )
}

/// What is not as it was in the run, and judges now.
fn judged_by(
    plan: &Plan,
    profiles: &BTreeMap<ProductId, Profile>,
    sources: &Sources,
) -> Vec<String> {
    let mut out = Vec::new();
    match sources.suite_source() {
        Ok(now) if now.sha256() == plan.suite_source.sha256() => {}
        Ok(now) => out.push(format!(
            "another suite judges than the run had: {now}; then: {}",
            plan.suite_source
        )),
        Err(_) => out.push("the suite that judges cannot be hashed".to_owned()),
    }
    for (id, planned) in &plan.products {
        let now = profiles.get(id).map(|profile| &profile.sha256);
        if now != Some(&planned.profile.sha256) {
            out.push(format!(
                "the profile of {id} is not what it was in the run: device.star, a script it loads, or a file that the \
                 profile names was changed"
            ));
        }
    }
    out
}

/// The suite that was named or the run's own, and what is built in where the run used it.
fn sources(suite: Option<&Path>, plan: &Plan) -> Result<Sources, Vec<Diagnostic>> {
    let suite = match suite {
        Some(named) => Some(named.to_owned()),
        None => replan::suite_of_run(plan)?,
    };
    let selection = Selection {
        bench: Some(plan.bench.file.clone().into()),
        suite,
        ..Selection::default()
    };
    Sources::find(&selection, &super::here())
}

/// The profiles of the plan as they are on the disk now, where they can be read.
fn profiles(plan: &Plan, sources: &Sources) -> BTreeMap<ProductId, Profile> {
    let Ok(suite) = proofhouse_planner::read_suite(&sources.suite, plan.catalogue.edition) else {
        return BTreeMap::new();
    };
    let read = plan.products.iter().filter_map(|(id, planned)| {
        let folder = sources.place(&planned.profile.folder);
        let profile = proofhouse_planner::read_profile(&folder, &suite).ok()?;
        Some((id.clone(), profile))
    });
    read.collect()
}

/// The profiles of the plan with their device scripts, as they are on the disk now.
fn products(
    plan: &Plan,
    now: &BTreeMap<ProductId, Profile>,
    sources: &Sources,
    scripts: &Scripts,
    wrong: &mut Vec<Diagnostic>,
) -> BTreeMap<ProductId, RunProduct> {
    let mut out = BTreeMap::new();
    for (id, planned) in &plan.products {
        let folder = sources.place(&planned.profile.folder);
        let device = match folder.join("device.star").exists() {
            true => {
                let (script, found) = scripts.device_script(&folder, None);
                wrong.extend(found);
                script
            }
            false => None,
        };
        if !folder.is_dir() {
            let what = "the folder of the profile is not there, so its device.star cannot be read";
            let missing = Diagnostic::whole(&planned.profile.folder, what.to_owned());
            wrong.push(missing.help(STARTED_IN.to_owned()));
        }
        let mut profile = planned.profile.clone();
        profile.folder = folder.display().to_string();
        if let Some(now) = now.get(id) {
            profile.with_values_of(now);
        }
        let product = RunProduct {
            profile: Arc::new(profile),
            device: device.map(Arc::new),
        };
        out.insert(id.clone(), product);
    }
    out
}

/// The plan with the heads of the cases that judge now: they say whom a check speaks for.
fn with_heads(plan: &Plan, cases: &[Case]) -> Plan {
    let mut plan = plan.clone();
    for task in &mut plan.tasks {
        if let Some(case) = cases.iter().find(|c| c.meta.id == task.case.id) {
            task.case = Arc::new(case.meta.clone());
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_for_byte_is_said_only_where_nothing_was_passed_over() {
        assert!(same(&[]).contains("byte for byte"));
        let told = same(&[("report.json".to_owned(), 2), ("junit.xml".to_owned(), 1)]);
        assert!(!told.contains("byte for byte"), "{told}");
        assert!(
            told.ends_with(": report.json has 2 pieces, junit.xml has 1 piece\n"),
            "{told}"
        );
    }
}
