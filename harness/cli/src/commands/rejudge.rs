//! `proofhouse rejudge`: the verdict logic once more over a recording, without any device.

use super::{complain, say, stored, wrong_input};
use crate::args::{RejudgeArgs, Selection};
use crate::compare::differences;
use crate::exit::Exit;
use crate::replan;
use crate::scripts::Scripts;
use crate::sources::Sources;
use proofhouse_journal::{Recorded, State};
use proofhouse_model::{BlobId, CaseId, Diagnostic, Dur, Plan, ProductId, Profile, TaskId};
use proofhouse_report::Folded;
use proofhouse_report::text::one_line;
use proofhouse_runner::{Blobs, CaseBody, Rejudge, Rejudged, RunProduct};
use proofhouse_script::Case;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Judges a run again and says what comes out otherwise. Changes nothing on the disk.
pub fn rejudge(args: &RejudgeArgs) -> Exit {
    // A record that was altered is judged by nobody; one that has no end yet is told.
    let sealed = match stored::read(&args.run) {
        Ok(stored) => matches!(stored.verified.state, State::Sealed | State::SealedOld),
        Err(exit) => return exit,
    };
    if !sealed {
        complain("note: the run is not sealed: nothing vouches for its last event\n");
    }
    let recorded = match Recorded::read(&args.run) {
        Ok(recorded) => recorded,
        Err(why) => {
            let run = args.run.display();
            complain(&format!("error: cannot read the run in {run}: {why}\n"));
            return Exit::WrongInput;
        }
    };
    let sources = match sources(args.suite.as_deref(), &recorded.plan) {
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
    let judged = Rejudge {
        plan: &plan,
        within: other_times(&recorded.plan, &plan),
        events: &recorded.events,
        cases: &cases.into_iter().map(body).collect(),
        products: &products,
        blobs: blobs(&args.run),
    }
    .judge();
    for (task, why) in &judged.left {
        let name = plan
            .task(*task)
            .map_or_else(String::new, |t| plan.task_name(t));
        say(&format!(
            "cannot be judged again: {name}: {}\n",
            one_line(why)
        ));
    }
    // As for `verify` and `report`: what is not sealed has shown nothing to rely on.
    match tell(&recorded, &plan, &judged) {
        exit if sealed => exit,
        _ => Exit::Undecided,
    }
}

/// Says whether it comes out as it did.
fn tell(recorded: &Recorded, plan: &Plan, judged: &Rejudged) -> Exit {
    let now = Folded::new(plan, &judged.events);
    let then = Folded::new(&recorded.plan, &recorded.events);
    let found = differences(&then, &now);
    let files = match proofhouse_report::render_all(&now) {
        Ok(files) => files,
        Err(why) => {
            complain(&format!("error: {why}\n"));
            return Exit::Undecided;
        }
    };
    let as_stored = |(name, bytes): &(String, Vec<u8>)| {
        std::fs::read(recorded.dir.join(name)).is_ok_and(|stored| stored == *bytes)
    };
    let other: Vec<&str> = files
        .iter()
        .filter(|f| !as_stored(f))
        .map(|f| f.0.as_str())
        .collect();
    for line in &found {
        say(&format!("{}\n", one_line(line)));
    }
    match (found.is_empty(), other.as_slice()) {
        _ if !judged.left.is_empty() && found.is_empty() => {
            say("nothing came out otherwise, and not all was judged again\n");
        }
        (true, []) => {
            say("same: report.json and junit.xml come out byte for byte as they are in the run\n")
        }
        (true, other) => say(&format!(
            "same verdicts; {} would be written otherwise\n",
            other.join(" and ")
        )),
        (false, _) => {}
    }
    proofhouse_report::outcome(&now).into()
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
            wrong.push(Diagnostic::whole(&planned.profile.folder, what.to_owned()));
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

/// Cases whose head gives them another time now.
fn other_times(then: &Plan, now: &Plan) -> BTreeMap<TaskId, Dur> {
    let both = then.tasks.iter().zip(&now.tasks);
    let other = both.filter(|(then, now)| then.case.within != now.case.within);
    other.map(|(_, now)| (now.id, now.case.within)).collect()
}

fn blobs(run: &Path) -> Blobs {
    let run = run.to_owned();
    Arc::new(move |id: &BlobId| proofhouse_journal::read_blob(&run, id).ok())
}
