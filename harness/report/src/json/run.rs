//! Identity of run, product and bench, and counts.

use crate::view::{
    AwaitedRead, ItemRead, RecorderRead, RunFacts, RunView, ShardRead, Standing, Tried, View,
};
use proofhouse_model::event::RunEnd;
use proofhouse_model::plan::LeftOut;
use proofhouse_model::{
    CaseId, Dur, Effect, InClear, ProductId, Seq, SuiteSource, TaskId, Trial, Trouble, UnitName,
    Verdict,
};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(super) struct RunOut<'a> {
    started: Option<&'a str>,
    ended: Option<&'a str>,
    took_us: u64,
    /// `null` when the journal stops before the run did.
    end: Option<RunEnd>,
    suite: &'a str,
    /// Absent for harnesses that did not take the suite's hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    suite_source: Option<&'a SuiteSource>,
    complete: bool,
    plan_sha256: Option<&'a str>,
    tool: Option<&'a str>,
    seed: u64,
    host: Option<&'a str>,
    /// Which part of a run it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<ShardOut<'a>>,
    /// The parts that a merged run was put together of.
    #[serde(skip_serializing_if = "<[ShardRead]>::is_empty")]
    shards: &'a [ShardRead],
    /// Parts that a merged run lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shards_missing: Vec<u32>,
    /// Events that took the run up again after its harness had died.
    #[serde(skip_serializing_if = "<[Seq]>::is_empty")]
    resumed: &'a [Seq],
    events: usize,
}

impl<'a> RunOut<'a> {
    pub(super) fn of(view: &RunView<'a>) -> Self {
        let facts = view.facts;
        Self {
            started: facts.started.as_deref(),
            ended: facts.ended.as_deref(),
            took_us: facts.took_us,
            end: view.end,
            suite: &view.plan.suite,
            suite_source: Some(&view.plan.suite_source).filter(|s| s.sha256().is_some()),
            complete: view.plan.complete,
            plan_sha256: facts.plan_sha256.as_deref(),
            tool: facts.tool.as_deref(),
            seed: facts.seed.unwrap_or(view.plan.seed),
            host: facts.host.as_deref(),
            shard: ShardOut::of(view),
            shards: &facts.shards,
            shards_missing: facts.missing_shards(),
            resumed: &facts.resumed,
            events: facts.events,
        }
    }
}

/// One part of a run, and what of the plan is not in it.
#[derive(Serialize)]
struct ShardOut<'a> {
    part: u32,
    of: u32,
    /// SHA-256 of the whole plan, which all parts have in common.
    whole_plan_sha256: &'a str,
    elsewhere: Vec<ElsewhereOut<'a>>,
}

#[derive(Serialize)]
struct ElsewhereOut<'a> {
    task: TaskId,
    case: &'a CaseId,
    product: &'a ProductId,
    units: &'a [UnitName],
    part: Option<u32>,
}

impl<'a> ShardOut<'a> {
    fn of(view: &RunView<'a>) -> Option<Self> {
        let plan = view.plan;
        let shard = plan.shard.as_ref()?;
        let others = plan.tasks.iter().filter(|task| !plan.is_here(task.id));
        let elsewhere = others.map(|task| ElsewhereOut {
            task: task.id,
            case: &task.case.id,
            product: &task.product,
            units: &task.units,
            part: shard.part_of(task.id),
        });
        Some(Self {
            part: shard.part,
            of: shard.of,
            whole_plan_sha256: &shard.whole,
            elsewhere: elsewhere.collect(),
        })
    }
}

#[derive(Serialize)]
pub(super) struct StandardOut<'a> {
    name: &'a str,
    edition: String,
}

impl<'a> StandardOut<'a> {
    pub(super) fn of(view: &RunView<'a>) -> Self {
        Self {
            name: &view.plan.catalogue.standard,
            edition: view.plan.catalogue.edition.to_string(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct IdentityOut<'a> {
    maker: &'a str,
    model: &'a str,
    hardware: &'a str,
    software: &'a str,
    profile: &'a str,
    profile_sha256: &'a str,
}

impl<'a> IdentityOut<'a> {
    pub(super) fn of(view: &View<'a>) -> Self {
        let profile = &view.product.profile;
        Self {
            maker: &profile.product.maker,
            model: &profile.product.model,
            hardware: &profile.product.hardware,
            software: &profile.product.software,
            profile: &profile.name,
            profile_sha256: &profile.sha256,
        }
    }
}

#[derive(Serialize)]
pub(super) struct BenchOut<'a> {
    name: &'a str,
    file: &'a str,
    sha256: &'a str,
    defects: &'a BTreeMap<ProductId, Vec<String>>,
    /// How long a trial of the bench stays good, as its file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    fitness: Option<Dur>,
    /// What `proofhouse doctor` found of it before the run, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    trial: Option<String>,
    units: Vec<UnitOut<'a>>,
}

#[derive(Serialize)]
struct UnitOut<'a> {
    name: &'a UnitName,
    sample: &'static str,
    virtual_product: Option<&'a str>,
    grants: &'a [Effect],
    /// The last trial of its bench before the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    trial: Option<&'a Trial>,
    /// The second recorder with which its console agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorder: Option<&'a RecorderRead>,
    /// Waits for its debug probe, which other programs held.
    #[serde(skip_serializing_if = "Option::is_none")]
    probe_awaited: Option<&'a AwaitedRead>,
    /// What it said of itself before its cases.
    #[serde(skip_serializing_if = "<[ItemRead]>::is_empty")]
    read: &'a [ItemRead],
}

impl<'a> BenchOut<'a> {
    pub(super) fn of(view: &RunView<'a>) -> Self {
        let bench = &view.plan.bench;
        let read = |unit: &UnitName| view.facts.read.get(unit).map(Vec::as_slice);
        let fitness = view.plan.fitness.as_ref();
        let tried = |unit: &UnitName| fitness.and_then(|f| f.units.get(unit));
        let units = bench.units.iter().map(|unit| UnitOut {
            read: read(&unit.name).unwrap_or_default(),
            name: &unit.name,
            sample: unit.sample.name(),
            virtual_product: unit.virtual_product.as_deref(),
            grants: &unit.grants,
            trial: tried(&unit.name),
            recorder: view.facts.recorders.get(&unit.name),
            probe_awaited: view.facts.awaited.get(&unit.name),
        });
        Self {
            name: &bench.name,
            file: &bench.file,
            sha256: &bench.sha256,
            defects: &view.plan.mode.defects,
            fitness: bench.fitness,
            trial: Tried::of(view.plan).map(|t| t.summary()),
            units: units.collect(),
        }
    }
}

/// How many of each.
#[derive(Serialize)]
pub(super) struct Counts {
    tasks: BTreeMap<&'static str, usize>,
    provisions: BTreeMap<&'static str, usize>,
    guides: BTreeMap<&'static str, usize>,
}

impl Counts {
    pub(super) fn of(view: &View<'_>) -> Self {
        let verdicts = [
            Verdict::Pass,
            Verdict::Fail,
            Verdict::Inconclusive,
            Verdict::Error,
        ];
        let verdicts = verdicts.map(crate::view::verdict_word);
        let tasks = view.tasks.iter().map(|c| c.result.verdict());
        let guides = view.guides.iter().map(|g| g.verdict);
        Self {
            tasks: tally(&verdicts, tasks.map(crate::view::verdict_word)),
            provisions: tally(
                &Standing::ALL.map(Standing::word),
                view.rows.iter().map(|r| r.standing.word()),
            ),
            guides: tally(&verdicts, guides.map(crate::view::verdict_word)),
        }
    }
}

/// Every known word with its count, so that a zero is said and not left to guess.
fn tally(
    known: &[&'static str],
    words: impl Iterator<Item = &'static str>,
) -> BTreeMap<&'static str, usize> {
    let mut out: BTreeMap<_, _> = known.iter().map(|w| (*w, 0)).collect();
    for word in words {
        *out.entry(word).or_default() += 1;
    }
    out
}

#[derive(Serialize)]
pub(super) struct LeftOutOut<'a> {
    case: &'a str,
    title: &'a str,
    why: &'a str,
    by_filter: bool,
    provisions: Vec<&'a str>,
}

impl<'a> LeftOutOut<'a> {
    pub(super) fn of(left: &'a LeftOut) -> Self {
        Self {
            case: left.case.id.as_str(),
            title: &left.case.title,
            why: &left.why,
            by_filter: left.by_filter,
            provisions: left.case.provisions.iter().map(|p| p.as_str()).collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct BrokenOut<'a> {
    unit: &'a UnitName,
    event: Seq,
    trouble: &'a Trouble,
}

impl<'a> BrokenOut<'a> {
    pub(super) fn all(broken: &'a [(Seq, UnitName, Trouble)]) -> Vec<Self> {
        broken
            .iter()
            .map(|(event, unit, trouble)| Self {
                unit,
                event: *event,
                trouble,
            })
            .collect()
    }
}

#[derive(Serialize)]
pub(super) struct InClearOut<'a> {
    event: Seq,
    unit: Option<&'a UnitName>,
    #[serde(flatten)]
    which: &'a InClear,
    text: String,
}

impl<'a> InClearOut<'a> {
    pub(super) fn all(facts: &'a RunFacts) -> Vec<Self> {
        let all = facts.in_clear.iter();
        all.map(|(event, unit, which)| Self {
            event: *event,
            unit: unit.as_ref(),
            which,
            text: which.to_string(),
        })
        .collect()
    }
}
