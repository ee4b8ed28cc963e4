//! What of a bench a suite about it has not tried: a bench is as fit as what was looked at.

use super::writer::{Page, Tone};
use crate::view::View;
use proofhouse_model::{CaseMeta, Effect, UnitName, UnitSpec};
use std::collections::BTreeMap;

/// Units of which it has tried nothing, and then trials that others of its units had.
pub(super) fn write(page: &mut Page, view: &View<'_>) {
    if !view.plan.catalogue.by_cases {
        return;
    }
    let tried = |unit: &&UnitName| view.tasks.iter().any(|t| t.planned.units.contains(unit));
    let untried = view.product.units.iter().filter(|unit| !tried(unit));
    let mut by_why: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for unit in untried {
        let names = by_why.entry(why_untried(view, unit)).or_default();
        names.push(unit.as_str());
    }
    let mut told: Vec<String> = by_why
        .iter()
        .map(|(why, names)| format!("{}: {why}", names.join(", ")))
        .collect();
    told.extend(in_part(view, tried));
    if told.is_empty() {
        return;
    }
    page.heading("NOT TRIED");
    for text in told {
        page.indented(2, &text, Tone::Doubt);
    }
}

/// Trials that need what is not wired to a unit of which something else was tried.
fn in_part(view: &View<'_>, tried: impl Fn(&&UnitName) -> bool) -> Vec<String> {
    let left = view.plan.left_out.iter();
    let left = left.filter(|l| &l.product == view.id && !l.by_filter);
    let planned = view.tasks.iter().map(|task| &*task.planned.case);
    let cases: BTreeMap<&str, &CaseMeta> = planned
        .chain(left.map(|l| &*l.case))
        .map(|case| (case.id.as_str(), case))
        .collect();
    let mut lacking: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    for unit in view.product.units.iter().filter(|unit| tried(unit)) {
        let all = view.plan.bench.units.iter();
        for spec in all.filter(|spec| &spec.name == unit) {
            for (id, case) in &cases {
                let needs = case.needs.iter().filter(|channel| !spec.has(**channel));
                let needs: Vec<String> = needs.map(ToString::to_string).collect();
                if !needs.is_empty() {
                    let of = lacking.entry((*id, needs.join(" and "))).or_default();
                    of.push(unit.as_str());
                }
            }
        }
    }
    let told = lacking.iter().map(|((id, needs), units)| {
        format!(
            "{id} on {}: it needs {needs}, which the bench file does not wire there",
            units.join(", ")
        )
    });
    told.collect()
}

/// Whether it was not asked for, or nothing could be tried. The plan does not keep what was picked by name; what it has
/// on other units, and what its filter left out, tells it.
fn why_untried(view: &View<'_>, unit: &UnitName) -> &'static str {
    let Some(unit) = view.plan.bench.units.iter().find(|u| &u.name == unit) else {
        return "it is not on the bench";
    };
    let mut on_others = view.tasks.iter();
    if on_others.any(|task| suits(&task.planned.case, unit)) {
        return "left out by `--unit`, so nothing is known of it";
    }
    let left = view.plan.left_out.iter();
    let mut left = left.filter(|l| &l.product == view.id && l.by_filter);
    match left.any(|l| suits(&l.case, unit)) {
        true => "the trials that suit it were left out by the filter, so nothing is known of it",
        false => "no trial suits what is wired to it",
    }
}

/// Whether the planner would put a case of a suite about the bench on a unit, as far as its entry in the bench file
/// goes.
fn suits(case: &CaseMeta, unit: &UnitSpec) -> bool {
    let granted = |effect: &Effect| !effect.needs_grant() || unit.grants.contains(effect);
    case.sample.hold(unit.sample)
        && case.needs.iter().all(|channel| unit.has(*channel))
        && case.effects.iter().all(granted)
        && (!case.gravest().is_destructive() || !unit.identity.is_empty())
}
