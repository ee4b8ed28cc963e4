//! `run --dry-run`: what would be done to which unit, in which order and by whose leave. Nothing is touched.

use crate::places;
use proofhouse_model::plan::LeftOut;
use proofhouse_model::{CaseMeta, Dur, Effect, Plan, Task, UnitSpec};
use proofhouse_report::text::{columns, count, cut, not_switched, one_line, pad, took, wrap};
use std::collections::BTreeMap;
use std::time::Duration;

/// Columns before the text of a labelled line.
const LABEL: usize = 16;

/// The page, at most `width` columns wide.
#[must_use]
pub fn page(plan: &Plan, width: usize) -> String {
    let mut page = Page {
        out: String::new(),
        width: width.clamp(60, 100),
    };
    head(&mut page, plan);
    order(&mut page, plan);
    effects(&mut page, plan);
    units(&mut page, plan);
    other_parts(&mut page, plan);
    left_out(&mut page, plan);
    time(&mut page, plan);
    page.out
}

struct Page {
    out: String,
    width: usize,
}

impl Page {
    /// One line, cut at the width.
    fn line(&mut self, text: &str) {
        let text = one_line(text);
        self.out.push_str(cut(&text, self.width).trim_end());
        self.out.push('\n');
    }

    fn heading(&mut self, text: &str) {
        self.out.push('\n');
        self.line(text);
    }

    /// A label and its text, wrapped beside it.
    fn labelled(&mut self, label: &str, text: &str) {
        let mut first = pad(&format!("  {label}"), LABEL);
        if columns(&first) > LABEL {
            self.line(&first);
            first = " ".repeat(LABEL);
        }
        let text = one_line(text);
        for (n, line) in wrap(&text, self.width - LABEL).iter().enumerate() {
            let before = if n == 0 {
                first.clone()
            } else {
                " ".repeat(LABEL)
            };
            self.line(&format!("{before}{line}"));
        }
    }
}

fn head(page: &mut Page, plan: &Plan) {
    let catalogue = &plan.catalogue;
    let names: Vec<_> = plan.products.keys().map(|id| id.as_str()).collect();
    page.line(&format!(
        "{} on {}: this is the plan; nothing is started",
        names.join(" and "),
        plan.bench.name
    ));
    for (id, planned) in &plan.products {
        let product = &planned.profile.product;
        page.labelled(
            id.as_str(),
            &format!(
                "{} {}, hardware {}, software {}",
                product.maker, product.model, product.hardware, product.software
            ),
        );
    }
    let suite = format!(
        "{}, {} {}; {}",
        plan.suite, catalogue.standard, catalogue.edition, plan.suite_source
    );
    page.labelled("suite", &suite);
    page.labelled("bench", &plan.bench.file);
    page.labelled("seed", &plan.seed.to_string());
    if let Some(shard) = &plan.shard {
        let whole: String = shard.whole.chars().take(12).collect();
        page.labelled(
            "shard",
            &format!("{shard} of plan {whole}, for `proofhouse merge`"),
        );
    }
    for (what, names) in [
        ("defects", &plan.mode.defects),
        ("blinds", &plan.mode.blinds),
    ] {
        for (product, names) in names {
            let names = names.join(", ");
            page.labelled(what, &format!("{product}: {names} (on purpose)"));
        }
    }
}

fn order(page: &mut Page, plan: &Plan) {
    let cases = count(plan.here().count(), "case");
    page.heading(&format!(
        "ORDER  {cases}, safe first; units work side by side, each in this order"
    ));
    let names: Vec<String> = plan.here().map(on).collect();
    let id_width = widest(plan.here().map(|p| p.case.id.as_str()), 24);
    let unit_width = widest(names.iter().map(String::as_str), 24);
    page.line(&format!(
        "  {} {} {} {} {} serves",
        pad("    case", id_width + 4),
        pad("on", unit_width),
        pad("may do", 13),
        pad("takes", 8),
        pad("within", 7)
    ));
    for (n, (planned, units)) in plan.here().zip(&names).enumerate() {
        let case = &planned.case;
        let serves = case.provisions.iter().map(ToString::to_string);
        let serves = serves.chain(case.guides.iter().map(ToString::to_string));
        page.line(&format!(
            "  {:>3} {} {} {} {} {} {}",
            n + 1,
            pad(&cut(case.id.as_str(), id_width), id_width),
            pad(&cut(units, unit_width), unit_width),
            pad(case.gravest().name(), 13),
            pad(&case.takes.to_string(), 8),
            pad(&case.within.to_string(), 7),
            serves.collect::<Vec<_>>().join(" ")
        ));
    }
}

fn on(planned: &Task) -> String {
    let names: Vec<_> = planned.units.iter().map(|u| u.as_str()).collect();
    names.join(" and ")
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> usize {
    texts.map(columns).max().unwrap_or(0).clamp(4, most)
}

/// What an effect means for whoever owns the unit.
const fn meaning(effect: Effect) -> &'static str {
    match effect {
        Effect::Reversible => "settings change and change back",
        Effect::WearsFlash => "erase and program cycles are spent; nothing is lost",
        Effect::FactoryReset => {
            "user data and set-up are gone afterwards; the unit must first prove who it is"
        }
        Effect::MayBrick => {
            "a product with a defect may not come back; only on units whose bench file grants it, and the unit \
             must first \
             prove who it is"
        }
        Effect::BurnsFuses => {
            "one-way changes that nothing undoes; only on units whose bench file grants it, and the unit must \
             first prove who it is"
        }
    }
}

fn effects(page: &mut Page, plan: &Plan) {
    page.heading("WHAT MAY HAPPEN TO THE UNITS");
    for effect in Effect::ALL {
        let of_it = plan.here().filter(|p| p.case.gravest() == effect);
        let n = of_it.count();
        if n > 0 {
            let text = format!("{} ({})", meaning(effect), count(n, "case"));
            page.labelled(effect.name(), &text);
        }
    }
}

fn units(page: &mut Page, plan: &Plan) {
    page.heading("UNITS");
    for unit in &plan.bench.units {
        let held: Vec<&CaseMeta> = plan
            .here()
            .filter(|p| p.units.contains(&unit.name))
            .map(|p| &*p.case)
            .collect();
        let kind = match &unit.virtual_product {
            Some(product) => format!("virtual {product}"),
            None => "real".to_owned(),
        };
        let takes: Duration = held.iter().map(|c| c.takes.std()).sum();
        let work = match held.len() {
            0 => "no case of this run".to_owned(),
            n => format!("{}, about {}", count(n, "case"), took(takes)),
        };
        page.labelled(
            unit.name.as_str(),
            &format!("{} sample, {kind}: {work}", unit.sample.name()),
        );
        if let Some(asked) = places::would_ask(&plan.bench, unit) {
            page.labelled("  place", &asked);
        }
        if !held.is_empty() {
            page.labelled("  identity", &identity(unit, &held));
        }
        for line in grants(unit, &held) {
            page.labelled("  grant", &line);
        }
    }
    if let Some(told) = not_switched(plan) {
        page.labelled("supply", &told);
    }
    for line in missing(plan) {
        page.labelled("not granted", &line);
    }
}

fn identity(unit: &UnitSpec, held: &[&CaseMeta]) -> String {
    let before = held.iter().filter(|c| c.gravest().is_destructive()).count();
    if before == 0 {
        return "not asked: no case of it is destructive".to_owned();
    }
    let facts: Vec<_> = unit
        .identity
        .iter()
        .map(|(k, v)| format!("{k} {v}"))
        .collect();
    format!(
        "asked before {}: must be {}; at least one of these told by the unit itself, and nothing told otherwise",
        count(before, "case"),
        facts.join(", ")
    )
}

/// Each grant of a unit, and what uses it.
fn grants(unit: &UnitSpec, held: &[&CaseMeta]) -> Vec<String> {
    let told = |effect: &Effect| {
        let users = held.iter().filter(|c| c.effects.contains(effect));
        let users: Vec<_> = users.map(|c| c.id.as_str()).collect();
        match users.as_slice() {
            [] => format!("{effect}: not used by this plan"),
            users => format!("{effect}: used by {}", users.join(", ")),
        }
    };
    unit.grants.iter().map(told).collect()
}

/// Grants that cases were left out for, with those cases.
fn missing(plan: &Plan) -> Vec<String> {
    let mut by_effect: BTreeMap<Effect, Vec<&str>> = BTreeMap::new();
    for left in plan.left_out.iter().filter(|l| !l.by_filter) {
        let suits = |u: &&UnitSpec| left.case.sample.hold(u.sample);
        for effect in left.case.effects.iter().filter(|e| e.needs_grant()) {
            let granted = plan.bench.units.iter().filter(suits);
            if granted.filter(|u| u.grants.contains(effect)).count() < left.case.specimens {
                by_effect
                    .entry(*effect)
                    .or_default()
                    .push(left.case.id.as_str());
            }
        }
    }
    let told = by_effect.iter().map(|(effect, cases)| {
        format!(
            "{effect}: {} {} left out for want of it, see below",
            cases.join(", "),
            are(cases.len())
        )
    });
    told.collect()
}

const fn are(n: usize) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

/// What other parts of the run carry out, part by part.
fn other_parts(page: &mut Page, plan: &Plan) {
    let mut by_part: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for task in &plan.tasks {
        if let Some(part) = plan.lies_in(task.id) {
            by_part.entry(part).or_default().push(plan.task_name(task));
        }
    }
    if !by_part.is_empty() {
        page.heading("OTHER PARTS  of the run, on other hosts or later");
    }
    for (part, names) in by_part {
        page.labelled(&part, &names.join(", "));
    }
}

fn left_out(page: &mut Page, plan: &Plan) {
    let (filtered, lacking): (Vec<&LeftOut>, Vec<&LeftOut>) =
        plan.left_out.iter().partition(|l| l.by_filter);
    if plan.left_out.is_empty() {
        page.heading("LEFT OUT  nothing: every case of the suite is in the plan");
        return;
    }
    page.heading(&format!("LEFT OUT  {}", count(plan.left_out.len(), "case")));
    for left in lacking {
        page.line(&format!("  {}", left.case.id));
        page.labelled("", &left.why);
    }
    let mut by_why: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for left in filtered {
        by_why
            .entry(&left.why)
            .or_default()
            .push(left.case.id.as_str());
    }
    for (why, cases) in by_why {
        page.labelled("by filter", &format!("{why}: {}", cases.join(", ")));
    }
}

/// Connections of a TLS assessment, about: one for each version and suite that is tried.
const OF_TLS: u32 = 40;

/// Why that takes longer at a device that takes one connection at a time.
fn one_by_one(product: &str, between: Dur) -> String {
    let pause = match between == Dur::default() {
        true => String::new(),
        false => {
            let tls = took(between.std() * OF_TLS);
            format!(", with pauses of {between}: a TLS assessment alone takes some {tls} longer")
        }
    };
    format!(
        "{product} takes one connection at a time{pause}; a port scan asks one port after another, so that each that \
         does not refuse costs up to a second"
    )
}

fn time(page: &mut Page, plan: &Plan) {
    let busiest = |length: fn(&CaseMeta) -> Duration| {
        let of = |unit: &UnitSpec| -> Duration {
            let held = plan.here().filter(|p| p.units.contains(&unit.name));
            held.map(|p| length(&p.case)).sum()
        };
        plan.bench.units.iter().map(of).max().unwrap_or_default()
    };
    page.heading("TIME");
    let usual = took(busiest(|c| c.takes.std()));
    page.labelled(
        "usually",
        &format!(
            "about {usual}, by what cases take on the default bench; real devices start more slowly"
        ),
    );
    for (id, product) in &plan.products {
        let pace = product.profile.pace;
        if pace.one_at_a_time {
            page.labelled("one by one", &one_by_one(id.as_str(), pace.between));
        }
    }
    let most = took(busiest(|c| c.within.std()));
    let each = match plan.retries {
        0 => String::new(),
        n => format!(", and again for each of at most {n} retries"),
    };
    page.labelled(
        "at most",
        &format!("{most}, when every case of the busiest unit meets its deadline{each}"),
    );
    page.labelled(
        "retries",
        &match plan.retries {
            0 => "none: a case that comes to no verdict is reported as it is".to_owned(),
            n => format!(
                "at most {n} for a case that comes to no verdict; every attempt stays on record, and one that \
                 needs a second is flaky, \
                 never passed"
            ),
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pauses_cost_is_told() {
        let told = one_by_one("lamp", Dur::ms(1500));
        assert!(
            told.contains("pauses of 1.5s") || told.contains("pauses of 1500ms"),
            "{told}"
        );
        assert!(told.contains("some 1 min 0 s longer"), "{told}");
        assert!(!one_by_one("lamp", Dur::default()).contains("pause"));
    }
}
