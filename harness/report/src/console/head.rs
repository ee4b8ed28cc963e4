//! What ran, on what, where it is kept.

use super::writer::{Page, Tone};
use crate::text::{count, duration, not_asked, not_switched, wall};
use crate::view::{Proved, RunView, Tried, View, merged};
use proofhouse_model::Sample;
use proofhouse_model::profile::Product;

pub(super) fn write(page: &mut Page, view: &RunView<'_>, run_dir: Option<&str>, verbose: bool) {
    let (plan, facts) = (view.plan, view.facts);
    let catalogue = &plan.catalogue;
    let title = format!(
        "{} {}, run of {}",
        catalogue.standard,
        catalogue.edition,
        facts
            .started
            .as_deref()
            .map_or("no known time".to_owned(), wall)
    );
    page.pieces(&[(&title, Tone::Strong)]);
    for product in &view.products {
        let word = match view.products.len() {
            1 => "product",
            _ => product.id.as_str(),
        };
        page.labelled(word, &named(&product.product.profile.product));
    }
    write_parts(page, view);
    page.labelled("bench", &bench(view));
    if !facts.read.is_empty() {
        let read = facts.software(facts.read.keys(), |_| true);
        page.labelled("software", &read.join("; "));
    }
    if let Some(told) = not_switched(plan) {
        page.labelled("supply", &told);
    }
    if let Some(told) = not_asked(plan) {
        page.labelled("operator", &told);
    }
    for (product, defects) in &plan.mode.defects {
        let defects = defects.join(", ");
        page.labelled(
            "defects",
            &format!("{product}: {defects} (switched on by --defect)"),
        );
    }
    page.labelled(
        "took",
        &format!(
            "{} for {}, {}",
            duration(facts.took_us),
            count(plan.here().count(), "case"),
            count(facts.events, "event")
        ),
    );
    if !facts.resumed.is_empty() {
        let at: Vec<_> = facts.resumed.iter().map(ToString::to_string).collect();
        let at = format!("after it had been broken off, by event {}", at.join(", "));
        page.labelled("resumed", &at);
    }
    if verbose {
        write_made_of(page, view);
    }
    // The proof is of cases that judge devices; whether a bench is fit is known by the trials themselves.
    if !catalogue.by_cases || plan.proof.is_some() {
        let proved = Proved::of(plan);
        let tone = match proved.is_whole() {
            true => Tone::Plain,
            false => Tone::Doubt,
        };
        page.labelled_in("proof", &proved.summary(), tone);
    }
    if let Some(tried) = Tried::of(plan) {
        let tone = match tried.is_fit() {
            true => Tone::Plain,
            false => Tone::Doubt,
        };
        page.labelled_in("tried", &tried.summary(), tone);
    }
    if let Some(dir) = run_dir {
        page.labelled("kept in", dir);
    }
}

/// That it is a part of a run, or was put together of parts.
fn write_parts(page: &mut Page, view: &RunView<'_>) {
    if let Some(shard) = &view.plan.shard {
        let whole: String = shard.whole.chars().take(12).collect();
        let (here, all) = (view.plan.here().count(), view.plan.tasks.len());
        let told = format!(
            "{shard} of plan {whole}: a part of a run, with {here} of its {}; the others are not in this report",
            count(all, "case")
        );
        page.labelled_in("shard", &told, Tone::Strong);
    }
    if !view.facts.shards.is_empty() {
        page.labelled("merged", &merged(&view.facts.shards));
    }
    let missing = view.facts.missing_shards();
    if !missing.is_empty() {
        let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
        let told = format!("shard {}: their cases were not run", missing.join(", "));
        page.labelled_in("missing", &told, Tone::Doubt);
    }
}

/// Plan, tool and suite, for whoever wants to do the same again; what else recorded the consoles, and for whom debug
/// probes were waited for.
fn write_made_of(page: &mut Page, view: &RunView<'_>) {
    let (plan, facts) = (view.plan, view.facts);
    for (unit, read) in &facts.recorders {
        let told = format!(
            "the console of {unit} agreed with {} after {}, in {}",
            read.with,
            count(read.events.len(), "case"),
            count(usize::try_from(read.bytes).unwrap_or(usize::MAX), "byte")
        );
        page.labelled("recorder", &told);
    }
    for (unit, read) in &facts.awaited {
        let told = format!("the debug probe of {unit} was {}", read.summary());
        page.labelled("probe", &told);
    }
    let hash = facts.plan_sha256.as_deref().unwrap_or("unknown");
    let hash: String = hash.chars().take(12).collect();
    let tool = facts.tool.as_deref().unwrap_or(&plan.tool);
    let seed = facts.seed.unwrap_or(plan.seed);
    page.labelled("plan", &format!("{hash}, seed {seed}, proofhouse {tool}"));
    if plan.suite_source.sha256().is_some() {
        page.labelled("suite", &format!("{}, {}", plan.suite, plan.suite_source));
    }
}

/// Opens the part of a page that is about one of several products.
pub(super) fn write_product(page: &mut Page, view: &View<'_>) {
    page.heading(&format!("PRODUCT {}", view.id));
    page.indented(2, &named(&view.product.profile.product), Tone::Plain);
}

fn named(product: &Product) -> String {
    format!(
        "{} {}, hardware {}, software {}",
        product.maker, product.model, product.hardware, product.software
    )
}

fn bench(view: &RunView<'_>) -> String {
    let bench = &view.plan.bench;
    let units = bench.units.iter().map(|unit| match unit.sample {
        Sample::Production => unit.name.to_string(),
        Sample::Open => format!("{} (open sample)", unit.name),
    });
    let units: Vec<_> = units.collect();
    format!("{} ({}): {}", bench.name, bench.file, units.join(", "))
}
