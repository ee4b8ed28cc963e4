//! `plan.json`: each case's head stands in it once, however many tasks run it.

use super::{LeftOut, Plan, PlannedProduct, RunMode, Shard, SuiteSource};
use crate::{
    BenchSpec, CaseId, CaseMeta, Catalogue, Fitness, ProductId, Proof, Task, TaskId, UnitName,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
pub struct PlanFile {
    format: String,
    tool: String,
    suite: String,
    suite_source: SuiteSource,
    catalogue: Catalogue,
    products: BTreeMap<ProductId, PlannedProduct>,
    bench: BenchSpec,
    #[serde(default)]
    mode: RunMode,
    cases: BTreeMap<CaseId, CaseMeta>,
    tasks: Vec<TaskRow>,
    left_out: Vec<LeftOutRow>,
    seed: u64,
    complete: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    only_units: Vec<UnitName>,
    #[serde(default)]
    retries: u32,
    #[serde(default)]
    proof: Option<Proof>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fitness: Option<Fitness>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<Shard>,
}

#[derive(Serialize, Deserialize)]
struct TaskRow {
    id: TaskId,
    case: CaseId,
    product: ProductId,
    units: Vec<UnitName>,
}

#[derive(Serialize, Deserialize)]
struct LeftOutRow {
    case: CaseId,
    product: ProductId,
    why: String,
    by_filter: bool,
}

impl From<Plan> for PlanFile {
    fn from(plan: Plan) -> Self {
        let heads = plan.tasks.iter().map(|t| &t.case);
        let heads = heads.chain(plan.left_out.iter().map(|l| &l.case));
        let cases = heads.map(|c| (c.id.clone(), CaseMeta::clone(c))).collect();
        let task = |t: Task| TaskRow {
            id: t.id,
            case: t.case.id.clone(),
            product: t.product,
            units: t.units,
        };
        let left = |l: LeftOut| LeftOutRow {
            case: l.case.id.clone(),
            product: l.product,
            why: l.why,
            by_filter: l.by_filter,
        };
        Self {
            format: plan.format,
            tool: plan.tool,
            suite: plan.suite,
            suite_source: plan.suite_source,
            catalogue: plan.catalogue,
            products: plan.products.into_iter().map(without_values).collect(),
            bench: without_secrets(plan.bench),
            mode: plan.mode,
            cases,
            tasks: plan.tasks.into_iter().map(task).collect(),
            left_out: plan.left_out.into_iter().map(left).collect(),
            seed: plan.seed,
            complete: plan.complete,
            only_units: plan.only_units,
            retries: plan.retries,
            proof: plan.proof,
            fitness: plan.fitness,
            shard: plan.shard,
        }
    }
}

/// What may hold a maker's credentials stands in the profile, which whoever goes on with a run has.
fn without_values((id, mut product): (ProductId, PlannedProduct)) -> (ProductId, PlannedProduct) {
    product.profile.withhold_values();
    (id, product)
}

/// The same of the technician's credentials: they stand in the bench file.
fn without_secrets(mut bench: BenchSpec) -> BenchSpec {
    for unit in &mut bench.units {
        let wires = std::mem::take(&mut unit.wires).into_iter();
        let wires = wires.map(|(channel, wire)| (channel, wire.without_secrets(channel)));
        unit.wires = wires.collect();
    }
    bench
}

/// A plan that was not made by a planner: it names what is not in it.
impl TryFrom<PlanFile> for Plan {
    type Error = String;

    fn try_from(file: PlanFile) -> Result<Self, String> {
        let heads = file
            .cases
            .into_iter()
            .map(|(id, head)| (id, Arc::new(head)));
        let heads: BTreeMap<CaseId, Arc<CaseMeta>> = heads.collect();
        let head = |id: &CaseId| {
            let found = heads.get(id).map(Arc::clone);
            found.ok_or_else(|| format!("the plan has no case {id}"))
        };
        let known = |product: &ProductId| match file.products.contains_key(product) {
            true => Ok(()),
            false => Err(format!("the plan has no product {product}")),
        };
        let mut tasks = Vec::new();
        for (at, row) in file.tasks.into_iter().enumerate() {
            known(&row.product)?;
            if row.id != TaskId::at(at) {
                return Err(format!(
                    "{} stands in the place of {}",
                    row.id,
                    TaskId::at(at)
                ));
            }
            tasks.push(Task {
                id: row.id,
                case: head(&row.case)?,
                product: row.product,
                units: row.units,
            });
        }
        let mut left_out = Vec::new();
        for row in file.left_out {
            known(&row.product)?;
            left_out.push(LeftOut {
                case: head(&row.case)?,
                product: row.product,
                why: row.why,
                by_filter: row.by_filter,
            });
        }
        if let Some(fault) = file.shard.as_ref().and_then(|s| s.fault(tasks.len())) {
            return Err(fault);
        }
        Ok(Self {
            format: file.format,
            tool: file.tool,
            suite: file.suite,
            suite_source: file.suite_source,
            catalogue: file.catalogue,
            products: file.products,
            bench: file.bench,
            mode: file.mode,
            tasks,
            left_out,
            seed: file.seed,
            complete: file.complete,
            only_units: file.only_units,
            retries: file.retries,
            proof: file.proof,
            fitness: file.fitness,
            shard: file.shard,
        })
    }
}
