//! `proofhouse list`.

use super::coverage::coverage;
use super::{here, prepare, say};
use crate::args::{ListArgs, Listed};
use crate::exit::Exit;
use crate::virtuals::Virtual;
use proofhouse_model::drivers::drivers_markdown;
use proofhouse_model::facts::facts_markdown;
use proofhouse_model::{Channel, Plan, PlannedProduct, ProvisionId};
use proofhouse_planner::switches_text;

/// Lists what was asked for. Nothing is touched.
pub fn list(args: &ListArgs) -> Exit {
    match of_products(args) {
        Ok(None) => {}
        Ok(Some(text)) => {
            say(&text);
            return Exit::Passed;
        }
        Err(exit) => return exit,
    }
    let session = match prepare(&args.selection) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    say(&match args.what {
        Listed::Cases => cases(&session.plan),
        Listed::Units => units(&session.plan),
        Listed::Provisions => provisions(&session.plan),
        Listed::Coverage => coverage(&session.plan),
        Listed::Defects | Listed::Blinds | Listed::Drivers | Listed::Switches | Listed::Facts => {
            String::new()
        }
    });
    Exit::Passed
}

fn cases(plan: &Plan) -> String {
    let mut out = String::new();
    for case in plan.cases().into_values() {
        let provisions: Vec<_> = case.provisions.iter().map(ToString::to_string).collect();
        out.push_str(&format!(
            "{:<22} {:<14} {}\n",
            case.id.as_str(),
            provisions.join(" "),
            case.title
        ));
    }
    for left in &plan.left_out {
        let on = match plan.products.len() {
            1 => String::new(),
            _ => format!(" on {}", left.product),
        };
        let (id, why) = (left.case.id.as_str(), &left.why);
        out.push_str(&format!("{id:<22} left out{on}: {why}\n"));
    }
    out
}

fn units(plan: &Plan) -> String {
    let mut out = String::new();
    for unit in &plan.bench.units {
        let channels: Vec<_> = Channel::ALL
            .iter()
            .filter(|c| unit.has(**c))
            .map(|c| c.name())
            .collect();
        let kind = unit
            .virtual_product
            .as_ref()
            .map_or(String::new(), |p| format!(" (virtual {p})"));
        out.push_str(&format!(
            "{:<14} {:<11} {}{kind}\n",
            unit.name.as_str(),
            unit.sample.name(),
            channels.join(" ")
        ));
    }
    out
}

fn provisions(plan: &Plan) -> String {
    let mut out = String::new();
    for provision in &plan.catalogue.provisions {
        let claims = plan.products.values().map(|p| claim(p, &provision.id));
        let claims: Vec<_> = claims.map(|c| format!("{c:<4}")).collect();
        let served = plan.cases().into_values();
        let served = served.filter(|c| c.provisions.contains(&provision.id));
        let served: Vec<_> = served.map(|c| c.id.to_string()).collect();
        let served = match served.is_empty() {
            true => String::new(),
            false => format!("  [{}]", served.join(", ")),
        };
        out.push_str(&format!(
            "{:<7} {:<12} {} {}{served}\n",
            provision.id.as_str(),
            provision.status(),
            claims.join(" "),
            provision.title,
        ));
    }
    if plan.products.len() > 1 {
        let names: Vec<_> = plan.products.keys().map(ToString::to_string).collect();
        out.push_str(&format!("Claims in the order {}.\n", names.join(", ")));
    }
    out
}

fn claim(product: &PlannedProduct, provision: &ProvisionId) -> &'static str {
    use proofhouse_model::Support;
    match product.profile.claim(provision).map(|c| c.support) {
        None => "-",
        Some(Support::Yes) => "Y",
        Some(Support::No) => "N",
        Some(Support::NotApplicable) => "N/A",
    }
}

/// Lists that need no plan: drivers, and what virtual products can be made with: ours, and those of a bench.
fn of_products(args: &ListArgs) -> Result<Option<String>, Exit> {
    let line = match args.what {
        Listed::Drivers => return Ok(Some(drivers_markdown())),
        Listed::Switches => return Ok(Some(switches_text())),
        Listed::Facts => return Ok(Some(facts_markdown())),
        Listed::Defects => defects,
        Listed::Blinds => blinds,
        Listed::Cases | Listed::Units | Listed::Provisions | Listed::Coverage => return Ok(None),
    };
    let bench = args.selection.bench.clone();
    let bench = bench.unwrap_or_else(|| crate::sources::proof_bench(&here()));
    let of_bench = crate::virtuals::of_bench_file(&bench, &here());
    let of_bench = of_bench.map_err(|mistakes| super::wrong_input(&mistakes))?;
    let mut all = crate::virtuals::ours();
    all.retain(|ours| of_bench.iter().all(|v| v.name != ours.name));
    all.extend(of_bench);
    Ok(Some(all.iter().map(line).collect()))
}

fn defects(product: &Virtual) -> String {
    let line = |d: &proofhouse_planner::VirtualDefect| {
        let (name, provisions) = (&d.name, d.provisions.join(" "));
        format!(
            "{}:{name:<32} {provisions:<14} {}\n",
            product.name, d.summary
        )
    };
    product.defects.iter().map(line).collect()
}

fn blinds(product: &Virtual) -> String {
    let line = |b: &proofhouse_planner::VirtualBlind| {
        format!("{}:{:<32} {}\n", product.name, b.name, b.summary)
    };
    product.blinds.iter().map(line).collect()
}
