//! Suites: which test cases stand in each, and its properties.

use super::case::{self, Place};
use super::xml::{Report, Suite, TestCase};
use crate::text::{one_line, ranges};
use crate::view::{GuideView, Proved, Row, Standing, TargetKind, View};
use proofhouse_model::Seq;
use proofhouse_model::fold::{Applicability, Served};

/// Every suite of a product.
pub(super) fn write(view: &View<'_>, report: &mut Report) {
    // Goes over every case of the plan, so it is made once.
    let of_run = run_properties(view);
    for row in &view.rows {
        of_provision(view, row, &of_run, report);
    }
    for guide in &view.guides {
        of_guide(view, guide, &of_run, report);
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

fn of_provision(view: &View<'_>, row: &Row<'_>, of_run: &Properties, report: &mut Report) {
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
    if let Some(claim) = claim_case(row, &place) {
        report.case(&claim);
    }
    let served: &[Served] = if row.is_judged() {
        &row.result.served
    } else {
        &[]
    };
    ran_cases(view, served, &place, report);
    for open in &row.open {
        let undecided = row.is_left_out() && row.standing == Standing::Inconclusive;
        report.case(&case::open(open, view.plan.complete, undecided, &place));
    }
    let mut properties = provision_properties(view, row);
    properties.extend_from_slice(of_run);
    report.end_suite(&suite(
        view,
        &format!("{standard} {id}"),
        served,
        properties,
    ));
}

/// What the claim alone decides.
fn claim_case(row: &Row<'_>, place: &Place<'_>) -> Option<TestCase> {
    let skipped = |kind, why| Some(case::skipped_claim(kind, why, place));
    match (&row.result.applicability, row.standing) {
        (Applicability::NotApplicable(why), Standing::NotApplicable) => {
            skipped("not-applicable", why)
        }
        (Applicability::NotMet(why), _) => skipped("not-met", why),
        (Applicability::NoClaim, Standing::NotRun) => skipped(
            "not-run",
            "not run: left out by the filter of this run, and the profile makes no claim about it",
        ),
        _ => case::claim(row, place),
    }
}

fn of_guide(view: &View<'_>, guide: &GuideView<'_>, of_run: &Properties, report: &mut Report) {
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
    ran_cases(view, served, &place, report);
    let mut properties = vec![
        ("guide", clean(&guide.result.guide)),
        ("guide.row", row.id.to_string()),
        ("guide.title", clean(&row.title)),
        ("guide.bad-example", row.bad_example.to_string()),
        ("provisions", list(&row.provisions)),
        ("verdict", guide.verdict.to_string()),
        (
            "rests-on",
            cited(&view.rests_on(served, TargetKind::Guide(&row.id))),
        ),
    ];
    properties.extend_from_slice(of_run);
    report.end_suite(&suite(view, &guide.name(), served, properties));
}

fn ran_cases(view: &View<'_>, served: &[Served], place: &Place<'_>, report: &mut Report) {
    for served in served {
        if let Some(task) = view.task(served.task) {
            let name = view.name(task.planned.id);
            report.case(&case::ran(task, &name, served, place));
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
        timestamp: started(view),
        hostname: clean(host),
        file: one_file(view, served).map(clean),
        properties,
    }
}

/// Start of the run to the second, RFC 3339 in UTC; a journal without events began at no known time.
fn started(view: &View<'_>) -> String {
    let wall = view.facts.started.as_deref().unwrap_or_default();
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
