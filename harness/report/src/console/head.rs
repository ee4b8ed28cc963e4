//! What ran, on what, where it is kept.

use super::writer::{Page, Tone};
use crate::text::{count, duration, shorten};
use crate::view::{Proved, View};
use proofhouse_model::Sample;

pub(super) fn write(page: &mut Page, view: &View<'_>, run_dir: Option<&str>) {
    let (plan, facts) = (view.plan, view.facts);
    let catalogue = &plan.catalogue;
    let title = format!(
        "{} {}, run of {}",
        catalogue.standard,
        catalogue.edition,
        facts.started.map_or("no known time".to_owned(), wall)
    );
    page.pieces(&[(&title, Tone::Strong)]);
    let product = &plan.profile.product;
    page.labelled(
        "product",
        &format!(
            "{} {}, hardware {}, software {}",
            product.maker, product.model, product.hardware, product.software
        ),
    );
    page.labelled("bench", &bench(view));
    if !plan.bench.defects.is_empty() {
        let defects = plan.bench.defects.join(", ");
        page.labelled("defects", &format!("{defects} (switched on by --defect)"));
    }
    page.labelled(
        "took",
        &format!(
            "{} for {}, {}",
            duration(facts.took_us),
            count(view.cases.len(), "case"),
            count(facts.events, "event")
        ),
    );
    if !facts.resumed.is_empty() {
        let at: Vec<_> = facts.resumed.iter().map(ToString::to_string).collect();
        let at = format!("after the harness had died, by event {}", at.join(", "));
        page.labelled("resumed", &at);
    }
    let hash = facts.plan_sha256.unwrap_or("unknown");
    let hash: String = hash.chars().take(12).collect();
    let tool = facts.tool.unwrap_or(&plan.tool);
    let seed = facts.seed.unwrap_or(plan.seed);
    page.labelled("plan", &format!("{hash}, seed {seed}, proofhouse {tool}"));
    let proved = Proved::of(view);
    let tone = match proved.is_whole() {
        true => Tone::Plain,
        false => Tone::Doubt,
    };
    page.labelled_in("proof", &proved.summary(), tone);
    if let Some(dir) = run_dir {
        page.labelled("kept in", dir);
    }
}

/// `2026-11-20T15:04:05.678Z` as `2026-11-20 15:04:05 UTC`; anything else as it is.
fn wall(stamp: &str) -> String {
    match (stamp.get(..10), stamp.get(11..19), stamp.ends_with('Z')) {
        (Some(day), Some(time), true) => format!("{day} {time} UTC"),
        _ => shorten(stamp, 40).into_owned(),
    }
}

fn bench(view: &View<'_>) -> String {
    let bench = &view.plan.bench;
    let units = bench.units.iter().map(|unit| match unit.sample {
        Sample::Production => unit.name.to_string(),
        Sample::Open => format!("{} (open sample)", unit.name),
    });
    let units: Vec<_> = units.collect();
    format!("{} ({}): {}", bench.name, bench.file, units.join(", "))
}
