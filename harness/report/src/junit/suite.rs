//! Suites: which test cases stand in each, and its properties.

use super::case::{self, Place};
use super::started;
use crate::text::{one_line, ranges};
use crate::view::{GuideView, Proved, Row, Standing, TargetKind, TaskView, View};
use junit_report::{TestCase, TestSuite};
use proofhouse_model::Seq;
use proofhouse_model::fold::{Applicability, Served};

/// A suite and what junit-report cannot write of it.
pub(super) struct Suite {
    pub suite: TestSuite,
    pub properties: Vec<(&'static str, String)>,
}

pub(super) fn suites(view: &View<'_>) -> Vec<Suite> {
    let provisions = view.rows.iter().map(|row| of_provision(view, row));
    let guides = view.guides.iter().map(|guide| of_guide(view, guide));
    provisions.chain(guides).collect()
}

/// `EN 303 645` as `EN303645`.
fn compact(standard: &str) -> String {
    standard.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Servers split class names at dots, so an id keeps none.
fn undotted(id: &str) -> String {
    id.replace('.', "_")
}

fn of_provision(view: &View<'_>, row: &Row<'_>) -> Suite {
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
    let mut cases = claim_cases(row, &place);
    if row.is_judged() {
        cases.extend(ran_cases(view, &row.result.served, &place));
        for open in &row.open {
            let undecided = row.is_left_out() && row.standing == Standing::Inconclusive;
            cases.push(case::open(open, view.plan.complete, undecided, &place));
        }
    }
    Suite {
        suite: suite(view, &format!("{standard} {id}"), cases),
        properties: provision_properties(view, row),
    }
}

/// What the claim alone decides.
fn claim_cases(row: &Row<'_>, place: &Place<'_>) -> Vec<TestCase> {
    let one = |name: &str, kind: &str, why: &str| vec![case::skipped(name, kind, why, place)];
    match (&row.result.applicability, row.standing) {
        (Applicability::NotApplicable(why), Standing::NotApplicable) => {
            one("claim: not applicable", "not-applicable", why)
        }
        (Applicability::NotMet(why), _) => one("claim: not met", "not-met", why),
        (Applicability::NoClaim, Standing::NotRun) => one(
            "claim: none",
            "not-run",
            "not run: left out by the filter of this run, and the profile makes no claim about it",
        ),
        _ => case::claim(row, place).into_iter().collect(),
    }
}

fn of_guide(view: &View<'_>, guide: &GuideView<'_>) -> Suite {
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
    let cases = ran_cases(view, &guide.result.served, &place);
    let mut properties = vec![
        ("guide", clean(&guide.result.guide)),
        ("guide.row", row.id.to_string()),
        ("guide.title", clean(&row.title)),
        ("guide.bad-example", row.bad_example.to_string()),
        ("provisions", list(&row.provisions)),
        ("verdict", guide.verdict.to_string()),
        (
            "rests-on",
            cited(&view.rests_on(&guide.result.served, TargetKind::Guide(&row.id))),
        ),
    ];
    properties.extend(run_properties(view));
    Suite {
        suite: suite(view, &clean(&guide.name()), cases),
        properties,
    }
}

fn ran_cases(view: &View<'_>, served: &[Served], place: &Place<'_>) -> Vec<TestCase> {
    let known = served.iter().filter_map(|s| Some((s, view.task(s.task)?)));
    let ran = |(served, task): (&Served, TaskView<'_>)| {
        case::ran(task, &view.name(task.planned.id), served, place)
    };
    known.map(ran).collect()
}

/// Names of suites say which product, where a run has several.
fn of_product(view: &View<'_>, name: &str) -> String {
    match view.plan.products.len() {
        1 => name.to_owned(),
        _ => format!("{name} ({})", view.id),
    }
}

fn suite(view: &View<'_>, name: &str, testcases: Vec<TestCase>) -> TestSuite {
    TestSuite {
        name: clean(&of_product(view, name)),
        package: view.id.to_string(), // Jenkins shows `package.name`
        timestamp: started(view),
        hostname: clean(view.facts.host.as_deref().unwrap_or("unknown")),
        testcases,
        system_out: None,
        system_err: None,
    }
}

fn provision_properties(view: &View<'_>, row: &Row<'_>) -> Vec<(&'static str, String)> {
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
    out.extend(run_properties(view));
    out
}

fn run_properties(view: &View<'_>) -> Vec<(&'static str, String)> {
    let product = &view.product.profile.product;
    let product = format!(
        "{} {}, hardware {}, software {}",
        product.maker, product.model, product.hardware, product.software
    );
    vec![
        ("product", clean(&product)),
        ("bench", clean(&view.plan.bench.name)),
        (
            "plan.sha256",
            clean(view.facts.plan_sha256.as_deref().unwrap_or("unknown")),
        ),
        ("proof", clean(&Proved::of(view.plan).summary())),
    ]
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
