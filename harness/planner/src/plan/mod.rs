//! Suite, profile, bench and cases, decided: pure, and the same every time.

mod assign;
mod check;
mod fit;
mod select;

use crate::suite::Suite;
use proofhouse_model::plan::LeftOut;
use proofhouse_model::{
    BenchSpec, CaseId, CaseMeta, Diagnostic, Plan, PlannedCase, Profile, Proof,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Format of `plan.json`, major.minor.
const FORMAT: &str = "1.0";

/// What the user picked by name. An empty list picks all of its kind; the kinds narrow each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Units of the bench that may be used.
    pub units: Vec<String>,
    /// Cases to run.
    pub cases: Vec<String>,
    /// Provisions whose cases to run; a clause such as `5.11` stands for all of its provisions.
    pub provisions: Vec<String>,
}

/// Everything a plan is made of.
#[derive(Debug, Clone)]
pub struct PlanInputs {
    /// The standard.
    pub suite: Suite,
    /// Heads of all its cases.
    pub cases: Vec<CaseMeta>,
    /// Operations the profile's device script has.
    pub device_ops: BTreeSet<String>,
    /// The product.
    pub profile: Profile,
    /// The bench.
    pub bench: BenchSpec,
    /// What the user picked.
    pub filter: Filter,
    /// Seed of the run.
    pub seed: u64,
    /// A lab's whole assessment: what is pending counts against the run.
    pub complete: bool,
    /// How often a case that ended without a verdict is tried again.
    pub retries: u32,
    /// The last proof of this suite, if there is one.
    pub proof: Option<Proof>,
    /// Version of the harness.
    pub tool: String,
}

/// Decides which case runs on which units, in which order, and which does not run, and why.
///
/// Every case runs once, on one unit or on as many as it asks for at a time; safe cases come first. A
/// case that cannot run is left out with its reason, unless it was asked for by name.
///
/// # Errors
/// Cases that name things which do not exist, a filter that does, one that selects nothing, a case
/// asked for by name that cannot run, and a bench on which no case can run. The `file` of a mistake in
/// the filter is the option's name, such as `--case`.
pub fn plan(inputs: PlanInputs) -> Result<Plan, Vec<Diagnostic>> {
    let mut found = check::cases(&inputs);
    found.extend(select::unknown_names(&inputs));
    if !found.is_empty() {
        return Err(found);
    }
    let units = select::units(&inputs);
    let (mut runs, mut left_out) = (Vec::new(), Vec::new());
    for case in &inputs.cases {
        let verdict = match select::left_out(&inputs, case) {
            Some(why) => Err((why, true)),
            None => fit::units_for(&inputs, case, &units),
        };
        match verdict {
            Ok(fitting) => runs.push((case, fitting)),
            Err((why, by_filter)) => left_out.push(LeftOut {
                case: case.clone(),
                why,
                by_filter,
            }),
        }
    }
    found.extend(select::asked_but_left_out(&inputs, &left_out));
    if found.is_empty() && runs.is_empty() {
        found.push(nothing_to_run(&inputs, &left_out));
    }
    if !found.is_empty() {
        return Err(found);
    }
    left_out.sort_by(|a, b| a.case.id.cmp(&b.case.id));
    let assigned = assign::to_units(&inputs.bench, runs);
    let cases = assigned.into_iter().map(|(case, units)| PlannedCase {
        case: case.clone(),
        units,
    });
    let proof = inputs
        .proof
        .map(|p| still_true(p, &inputs.cases, &inputs.tool));
    Ok(Plan {
        format: FORMAT.to_owned(),
        tool: inputs.tool,
        cases: cases.collect(),
        suite: inputs.suite.name,
        suite_folder: inputs.suite.folder,
        catalogue: inputs.suite.catalogue,
        profile: inputs.profile,
        bench: inputs.bench,
        left_out,
        seed: inputs.seed,
        complete: inputs.complete,
        retries: inputs.retries,
        proof,
    })
}

/// A proof holds for the text of a case that was proved, and for the harness that proved it: a case that was changed
/// since is not proved.
fn still_true(mut proof: Proof, cases: &[CaseMeta], tool: &str) -> Proof {
    let same = |id: &CaseId, sha: &str| cases.iter().any(|c| &c.id == id && c.sha256 == sha);
    let same_tool = proof.tool == tool;
    proof
        .cases
        .retain(|id, proved| same_tool && same(id, &proved.sha256));
    proof
}

/// A run without a case would look like a good one.
fn nothing_to_run(inputs: &PlanInputs, left_out: &[LeftOut]) -> Diagnostic {
    let picked: Vec<_> = left_out.iter().filter(|l| !l.by_filter).collect();
    let reasons: Vec<_> = picked
        .iter()
        .take(5)
        .map(|l| format!("{}: {}", l.case.id, l.why))
        .collect();
    let (file, message) = if inputs.cases.is_empty() {
        (
            inputs.suite.folder.clone(),
            "the suite has no case".to_owned(),
        )
    } else if picked.is_empty() {
        let all = inputs.cases.len();
        let message = format!("nothing is left of {all} cases when all filters are applied");
        ("the filters".to_owned(), message)
    } else {
        let message = format!("none of {} cases can run on this bench", picked.len());
        (inputs.bench.file.clone(), message)
    };
    let mut whole = Diagnostic::whole(&file, message);
    whole.help = (!reasons.is_empty()).then(|| reasons.join("; "));
    whole
}

/// A plan as the bytes of `plan.json`: pretty, the same for the same plan.
#[must_use]
pub fn plan_json(plan: &Plan) -> Vec<u8> {
    // Cannot fail: every key is text, and numbers that JSON lacks are refused when files are read.
    let mut bytes = serde_json::to_vec_pretty(plan).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// SHA-256 of [`plan_json`], hex.
#[must_use]
pub fn plan_hash(plan: &Plan) -> String {
    crate::read::hex(&Sha256::digest(plan_json(plan)))
}
