//! Suite, profile, bench and cases, decided: pure, and the same every time.

mod assign;
mod check;
mod fit;
mod nothing;
mod select;
mod shard;

use crate::suite::Suite;
use fit::Unfit;
use proofhouse_model::plan::LeftOut;
use proofhouse_model::{
    BenchSpec, CaseId, CaseMeta, Diagnostic, Per, Plan, PlannedProduct, ProductId, Profile, Proof,
    RunMode, SuiteSource, Task, TaskId, UnitName, UnitSpec,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use shard::{part_of, shares};

/// Format of `plan.json`, major.minor.
const FORMAT: &str = "2.0";

/// What the user picked by name. An empty list picks all of its kind; the kinds narrow each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Units of the bench that may be used.
    pub units: Vec<String>,
    /// Products to test.
    pub products: Vec<String>,
    /// Cases to run.
    pub cases: Vec<String>,
    /// Provisions whose cases to run; a clause such as `5.11` stands for all of its provisions.
    pub provisions: Vec<String>,
}

/// A product of the bench.
#[derive(Debug, Clone)]
pub struct ProductInputs {
    /// What its maker says of it. Its units are those whose profile's folder is this one's.
    pub profile: Profile,
    /// Operations its device script has.
    pub device_ops: BTreeSet<String>,
}

/// Everything a plan is made of.
#[derive(Debug, Clone)]
pub struct PlanInputs {
    /// The standard.
    pub suite: Suite,
    /// Where it was read.
    pub suite_source: SuiteSource,
    /// Heads of all its cases.
    pub cases: Vec<CaseMeta>,
    /// The products of the bench.
    pub products: Vec<ProductInputs>,
    /// The bench.
    pub bench: BenchSpec,
    /// What the command line adds.
    pub mode: RunMode,
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

/// Decides which case runs on which units of which product, in which order, and which does not run, and why.
///
/// Every case runs once for each product, on one unit or on as many as it asks for at a time, or on every unit of it
/// where its head says so; safe cases come first. A case that cannot run is left out with its reason, unless it was
/// asked for by name and can run on no product.
///
/// # Errors
/// Cases that name things which do not exist, a filter that does, one that selects nothing, a case
/// asked for by name that cannot run, and a bench on which no case can run. The `file` of a mistake in
/// the filter is the option's name, such as `--case`.
pub fn plan(inputs: PlanInputs) -> Result<Plan, Vec<Diagnostic>> {
    let mut found = check::cases(&inputs);
    found.extend(check::products(&inputs));
    found.extend(check::public_labels(&inputs));
    found.extend(select::unknown_names(&inputs));
    if !found.is_empty() {
        return Err(found);
    }
    let cases: Vec<Arc<CaseMeta>> = inputs.cases.iter().cloned().map(Arc::new).collect();
    let (mut runs, mut left_out, mut causes) = (Vec::new(), Vec::new(), Vec::new());
    for product in select::products(&inputs) {
        for case in &cases {
            match fit(&inputs, product, case) {
                Ok(fitting) => runs.extend(spread(product, case, fitting)),
                Err(unfit) => {
                    left_out.push(LeftOut {
                        case: Arc::clone(case),
                        product: product.profile.id.clone(),
                        why: unfit.why,
                        by_filter: unfit.by_filter,
                    });
                    causes.push(unfit.causes);
                }
            }
        }
    }
    found.extend(select::asked_but_left_out(&inputs, &runs, &left_out));
    if found.is_empty() && runs.is_empty() {
        found.push(nothing::to_run(&inputs, &left_out, &causes));
    }
    if !found.is_empty() {
        return Err(found);
    }
    left_out.sort_by(|a, b| (&a.case.id, &a.product).cmp(&(&b.case.id, &b.product)));
    let tasks = tasks(assign::to_units(&inputs.bench, runs));
    Ok(frozen(inputs, tasks, left_out))
}

/// Units of a product that a case fits, or why it cannot run there.
fn fit<'a>(
    inputs: &'a PlanInputs,
    product: &ProductInputs,
    case: &CaseMeta,
) -> Result<Vec<&'a UnitSpec>, Unfit> {
    match select::left_out(inputs, case) {
        Some(why) => Err(Unfit::filtered(why)),
        None => match select::of_another_edition(inputs, case) {
            Some(why) => Err(Unfit {
                why,
                by_filter: false,
                causes: vec!["another edition of the standard".to_owned()],
            }),
            None => fit::units_for(inputs, product, case),
        },
    }
}

/// One run of the case, or one on each unit.
fn spread<'a>(
    product: &ProductInputs,
    case: &Arc<CaseMeta>,
    fitting: Vec<&'a UnitSpec>,
) -> Vec<assign::Run<'a>> {
    let run = |fitting| assign::Run {
        case: Arc::clone(case),
        product: product.profile.id.clone(),
        fitting,
    };
    match case.per {
        Per::Product => vec![run(fitting)],
        Per::Unit => fitting.into_iter().map(|unit| run(vec![unit])).collect(),
    }
}

fn tasks(assigned: Vec<assign::Assigned>) -> Vec<Task> {
    let assigned = assigned.into_iter().enumerate();
    let task = |(at, run): (usize, assign::Assigned)| Task {
        id: TaskId::at(at),
        case: run.case,
        product: run.product,
        units: run.units,
    };
    assigned.map(task).collect()
}

fn frozen(inputs: PlanInputs, tasks: Vec<Task>, left_out: Vec<LeftOut>) -> Plan {
    // Names that no unit has were refused before.
    let picked = inputs.filter.units.iter();
    let only_units = picked.filter_map(|name| UnitName::new(name).ok()).collect();
    let products: BTreeMap<ProductId, PlannedProduct> = select::products(&inputs)
        .into_iter()
        .map(|product| {
            let units = select::units_of(&inputs.bench, product);
            let units = units.map(|u| u.name.clone()).collect();
            let profile = product.profile.clone();
            (profile.id.clone(), PlannedProduct { profile, units })
        })
        .collect();
    let proof = inputs
        .proof
        .map(|p| still_true(p, &inputs.cases, &inputs.tool));
    Plan {
        format: FORMAT.to_owned(),
        tool: inputs.tool,
        suite: inputs.suite.name,
        suite_source: inputs.suite_source,
        catalogue: inputs.suite.catalogue,
        products,
        bench: inputs.bench,
        mode: inputs.mode,
        tasks,
        left_out,
        seed: inputs.seed,
        complete: inputs.complete,
        only_units,
        retries: inputs.retries,
        proof,
        fitness: None,
        shard: None,
    }
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
