//! Suites: which test cases stand in each, and its properties.

use super::case::{self, Place};
use super::xml::{Kind, Report, Suite, TestCase};
use crate::text::{may_be_on_by, one_line, ranges};
use crate::view::{
    GuideView, Open, Picked, Proved, Row, RunFacts, RunView, Standing, TargetKind, Tried, View,
    awaited_in_words, merged,
};
use proofhouse_model::fold::{GroupVerdict, LedgerRow, Served};
use proofhouse_model::{ProvisionId, Seq, TaskId, UnitName};
use std::collections::{BTreeMap, BTreeSet};

/// Every suite of a product.
pub(super) fn write(view: &View<'_>, report: &mut Report) {
    let mut told = Told::new(view);
    for row in &view.rows {
        of_provision(view, row, &mut told, report);
    }
    for guide in &view.guides {
        of_guide(view, guide, &mut told, report);
    }
}

/// What all suites of a product share, made once.
struct Told<'a> {
    of_run: Properties,
    ledger: Vec<&'a LedgerRow>,
    groups: BTreeMap<ProvisionId, GroupVerdict>,
    /// The first suite that a task stands in, and the checks that are told there.
    in_full: BTreeMap<TaskId, (String, BTreeSet<Seq>)>,
}

impl<'a> Told<'a> {
    fn new(view: &View<'a>) -> Self {
        let ledger = view.ledger();
        Self {
            of_run: run_properties(view),
            groups: view.assessment().groups.into_iter().collect(),
            ledger,
            in_full: BTreeMap::new(),
        }
    }

    fn group(&self, provision: &ProvisionId) -> &'static str {
        self.groups.get(provision).map_or("none", |v| v.word())
    }

    /// Units of the test specification, rows of the statement and specimens behind a provision.
    fn properties(
        &self,
        view: &View<'_>,
        served: &[Served],
        provision: &ProvisionId,
    ) -> Properties {
        let units: Vec<_> = self
            .ledger
            .iter()
            .filter(|r| r.provision == *provision)
            .collect();
        let states = units
            .iter()
            .map(|u| format!("{} {}", u.unit, u.state.word()));
        let rows: BTreeSet<_> = units
            .iter()
            .flat_map(|u| u.rows.iter().map(|r| &r.row))
            .collect();
        let rows: Vec<_> = rows.into_iter().map(String::as_str).collect();
        let specimens = specimens(view, served);
        let serves = |task| served.iter().any(|s| s.task == task);
        let software = view.facts.software(&specimens, serves);
        vec![
            ("units", clean(&states.collect::<Vec<_>>().join("; "))),
            ("rows", clean(&rows.join(", "))),
            ("specimens", list(&specimens)),
            ("software", clean(&software.join("; "))),
        ]
    }
}

/// The bench's units that carried out these tasks.
fn specimens(view: &View<'_>, served: &[Served]) -> Vec<UnitName> {
    let tasks = served.iter().filter_map(|s| view.task(s.task));
    let units: BTreeSet<_> = tasks.flat_map(|t| t.result.units.iter().cloned()).collect();
    units.into_iter().collect()
}

/// Units that may still be on, whatever the cases found.
pub(super) fn of_supplies(run: &RunView<'_>, report: &mut Report) {
    for (_, unit, trouble) in &run.facts.may_be_on {
        let (what, next) = may_be_on_by(unit, trouble);
        let message = format!("{what}: {}", trouble.what);
        let message = clean(&one_line(&message));
        report.case(&TestCase {
            name: unit.to_string(),
            class: "bench.supplies".to_owned(),
            took_us: 0,
            text: format!("{message}\nnext: {next}, now"),
            result: Some((Kind::Error, "ERROR", message)),
        });
    }
    if !run.facts.may_be_on.is_empty() {
        report.end_suite(&Suite {
            name: "bench supplies".to_owned(),
            package: "bench".to_owned(),
            timestamp: started(run.facts),
            hostname: clean(run.facts.host.as_deref().unwrap_or("unknown")),
            file: None,
            properties: Vec::new(),
        });
    }
}

/// Name and value.
type Properties = Vec<(&'static str, String)>;

/// `EN 303 645` as `EN303645`.
fn compact(standard: &str) -> String {
    standard.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Servers split class names at dots, so an id keeps none.
fn undotted(id: &str) -> String {
    id.replace('.', "_")
}

fn of_provision(view: &View<'_>, row: &Row<'_>, told: &mut Told<'_>, report: &mut Report) {
    let provision = &row.result.provision;
    let standard = compact(&view.plan.catalogue.standard);
    let id = provision.id.as_str();
    let clause = id.split_once('-').map_or(id, |(clause, _)| clause);
    let class = format!(
        "{}.{}.{}",
        undotted(&standard.to_lowercase()),
        undotted(clause),
        undotted(id)
    );
    let place = Place {
        class,
        target: TargetKind::Provision(&provision.id),
        about: format!(
            "{id} ({}), {} {}: {}",
            provision.level,
            view.plan.catalogue.standard,
            view.plan.catalogue.edition,
            provision.title
        ),
    };
    let complete = view.plan.counts_open();
    report.case(&case::verdict(
        row,
        told.group(&provision.id),
        complete,
        &place,
    ));
    if let Some(claim) = case::claim(row, &place).filter(|_| row.standing == Standing::Failed) {
        report.case(&claim);
    }
    let served: &[Served] = if row.is_judged() {
        &row.result.served
    } else {
        &[]
    };
    let name = format!("{standard} {id}");
    ran_cases(view, served, &place, (told, &name), report);
    // That there is no claim, or a wrong one, is said by the verdict.
    for open in row.open.iter().filter(|open| **open != Open::Claim) {
        let undecided = row.is_left_out() && row.standing == Standing::Inconclusive;
        report.case(&case::open(open, complete, undecided, &place));
    }
    let mut properties = provision_properties(view, row);
    properties.push(("assessment", told.group(&provision.id).to_owned()));
    properties.extend(told.properties(view, served, &provision.id));
    properties.extend_from_slice(&told.of_run);
    report.end_suite(&suite(view, &name, served, properties));
}

fn of_guide(view: &View<'_>, guide: &GuideView<'_>, told: &mut Told<'_>, report: &mut Report) {
    let row = &guide.result.row;
    let place = Place {
        class: format!(
            "{}.{}",
            undotted(&compact(&guide.result.guide).to_lowercase()),
            undotted(row.id.as_str())
        ),
        target: TargetKind::Guide(&row.id),
        about: format!("{}: {}", guide.name(), guide.title()),
    };
    let served = &guide.result.served;
    report.case(&case::row_verdict(guide, view.plan.counts_open(), &place));
    ran_cases(view, served, &place, (told, &guide.name()), report);
    let mut properties = vec![
        ("guide", clean(&guide.result.guide)),
        ("guide.row", row.id.to_string()),
        ("guide.title", clean(&row.title)),
        ("guide.bad-example", row.bad_example.to_string()),
        ("provisions", list(&row.provisions)),
        ("state", guide.result.state.words().to_owned()),
        ("still-needed", clean(&guide.result.missing.join("; "))),
        ("specimens", list(&specimens(view, served))),
        (
            "rests-on",
            cited(&view.rests_on(served, TargetKind::Guide(&row.id))),
        ),
    ];
    properties.extend_from_slice(&told.of_run);
    report.end_suite(&suite(view, &guide.name(), served, properties));
}

fn ran_cases(
    view: &View<'_>,
    served: &[Served],
    place: &Place<'_>,
    (told, suite): (&mut Told<'_>, &str),
    report: &mut Report,
) {
    for served in served {
        if let Some(task) = view.task(served.task) {
            let name = view.name(task.planned.id);
            let picked = Picked::new(task, place.target);
            let checks: BTreeSet<Seq> = picked.checks().iter().map(|(seq, _)| *seq).collect();
            let first = told.in_full.get(&served.task);
            let first = first.filter(|(_, there)| checks.is_subset(there));
            let elsewhere = first.map(|(suite, _)| suite.as_str());
            let mut case = case::ran(task, &name, served, place, elsewhere);
            // A case serves many provisions: its time counts once, so that the sums are those of the run.
            if told.in_full.contains_key(&served.task) {
                case.took_us = 0;
            }
            report.case(&case);
            let known = told.in_full.entry(served.task);
            known.or_insert_with(|| (suite.to_owned(), checks));
        }
    }
}

/// Names of suites say which product, where a run has several.
fn of_product(view: &View<'_>, name: &str) -> String {
    match view.plan.products.len() {
        1 => name.to_owned(),
        _ => format!("{name} ({})", view.id),
    }
}

fn suite(view: &View<'_>, name: &str, served: &[Served], properties: Properties) -> Suite {
    let host = view.facts.host.as_deref().unwrap_or("unknown");
    Suite {
        name: clean(&of_product(view, name)),
        package: view.id.to_string(), // Jenkins shows `package.name`
        timestamp: started(view.facts),
        hostname: clean(host),
        file: one_file(view, served).map(clean),
        properties,
    }
}

/// Start of the run to the second, RFC 3339 in UTC; a journal without events began at no known time.
fn started(facts: &RunFacts) -> String {
    let wall = facts.started.as_deref().unwrap_or_default();
    let is_part = |b: u8| b.is_ascii_digit() || b"-:T".contains(&b);
    match wall.get(..19) {
        Some(second) if wall.ends_with('Z') && second.bytes().all(is_part) => format!("{second}Z"),
        _ => "1970-01-01T00:00:00Z".to_owned(),
    }
}

/// The case file that all of a suite's cases stand in, where there is one only.
fn one_file<'a>(view: &'a View<'_>, served: &[Served]) -> Option<&'a str> {
    let tasks = served.iter().filter_map(|s| view.task(s.task));
    let mut files = tasks.map(|task| task.planned.case.file.as_str());
    let first = files.next()?;
    files.all(|file| file == first).then_some(first)
}

fn provision_properties(view: &View<'_>, row: &Row<'_>) -> Properties {
    let provision = &row.result.provision;
    let verdict = row.verdict();
    let verdict = verdict.map_or_else(|| "not judged".to_owned(), |v| v.to_string());
    let mut out = vec![
        ("provision", provision.id.to_string()),
        ("provision.title", clean(&provision.title)),
        ("standard", clean(&view.plan.catalogue.standard)),
        ("edition", view.plan.catalogue.edition.to_string()),
        ("level", provision.level.to_string()),
        ("status", provision.status()),
        ("claim", row.support().to_owned()),
    ];
    if let Some(claim) = row.claim {
        out.push(("claim.detail", clean(&claim.detail)));
    }
    out.extend([
        ("standing", row.standing.word().to_owned()),
        ("verdict", verdict),
        ("functional", row.functional().to_owned()),
        (
            "rests-on",
            cited(&view.rests_on(&row.result.served, TargetKind::Provision(&provision.id))),
        ),
        ("conceptual", row.conceptual().to_owned()),
    ]);
    out
}

fn run_properties(view: &View<'_>) -> Properties {
    let mut out = of_parts(view);
    let product = &view.product.profile.product;
    let product = format!(
        "{} {}, hardware {}, software {}",
        product.maker, product.model, product.hardware, product.software
    );
    out.extend([
        ("product", clean(&product)),
        ("bench", clean(&view.plan.bench.name)),
        (
            "plan.sha256",
            clean(view.facts.plan_sha256.as_deref().unwrap_or("unknown")),
        ),
        ("proof", clean(&Proved::of(view.plan).summary())),
    ]);
    out.extend(Tried::of(view.plan).map(|t| ("bench.trial", clean(&t.summary()))));
    let awaited = awaited_in_words(&view.facts.awaited);
    out.extend(awaited.map(|told| ("bench.probe-awaited", clean(&told))));
    out
}

/// Which part of a run it is, or of which parts it was put together.
fn of_parts(view: &View<'_>) -> Properties {
    if let Some(shard) = &view.plan.shard {
        return vec![
            ("shard", shard.to_string()),
            ("plan.whole", clean(&shard.whole)),
        ];
    }
    match view.facts.shards.as_slice() {
        [] => Vec::new(),
        shards => vec![("merged", clean(&merged(shards)))],
    }
}

fn list<T: ToString>(items: &[T]) -> String {
    let names: Vec<_> = items.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// Numbers of events; `none` where nothing was done on the device.
fn cited(events: &[Seq]) -> String {
    match events {
        [] => "none".to_owned(),
        _ => ranges(events, usize::MAX),
    }
}

fn clean(text: &str) -> String {
    one_line(text).into_owned()
}
