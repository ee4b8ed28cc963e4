//! `proofhouse list`.

use super::{here, say, wrong_input};
use crate::args::{ListArgs, Listed};
use crate::exit::Exit;
use crate::session;
use proofhouse_model::drivers::drivers_markdown;
use proofhouse_model::{Channel, Plan};

/// Lists what was asked for. Nothing is touched.
pub fn list(args: &ListArgs) -> Exit {
    if let Some(text) = of_products(args.what) {
        say(&text);
        return Exit::Passed;
    }
    let session = match session::prepare(&args.selection, &here()) {
        Ok(session) => session,
        Err(list) => return wrong_input(&list),
    };
    say(&match args.what {
        Listed::Cases => cases(&session.plan),
        Listed::Units => units(&session.plan),
        Listed::Provisions => provisions(&session.plan),
        Listed::Defects | Listed::Blinds | Listed::Drivers => String::new(),
    });
    Exit::Passed
}

fn cases(plan: &Plan) -> String {
    let mut out = String::new();
    for planned in &plan.cases {
        let provisions: Vec<_> = planned
            .case
            .provisions
            .iter()
            .map(ToString::to_string)
            .collect();
        out.push_str(&format!(
            "{:<22} {:<14} {}\n",
            planned.case.id.as_str(),
            provisions.join(" "),
            planned.case.title
        ));
    }
    for left in &plan.left_out {
        out.push_str(&format!(
            "{:<22} left out: {}\n",
            left.case.id.as_str(),
            left.why
        ));
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
        let claim = plan
            .profile
            .claim(&provision.id)
            .map_or("-", |c| match c.support {
                proofhouse_model::Support::Yes => "Y",
                proofhouse_model::Support::No => "N",
                proofhouse_model::Support::NotApplicable => "N/A",
            });
        let served: Vec<_> = plan
            .cases
            .iter()
            .filter(|p| p.case.provisions.contains(&provision.id))
            .map(|p| p.case.id.to_string())
            .collect();
        out.push_str(&format!(
            "{:<7} {:<12} {claim:<4} {}{}\n",
            provision.id.as_str(),
            provision.status(),
            provision.title,
            if served.is_empty() {
                String::new()
            } else {
                format!("  [{}]", served.join(", "))
            }
        ));
    }
    out
}

/// Lists that need no bench: drivers, and what virtual products can be made with.
fn of_products(what: Listed) -> Option<String> {
    if what == Listed::Drivers {
        return Some(drivers_markdown());
    }
    let mut out = String::new();
    for product in proofhouse_fixtures::products() {
        match what {
            Listed::Defects => {
                for defect in product.defects {
                    let (name, provisions) = (defect.name, defect.provisions.join(" "));
                    out.push_str(&format!(
                        "{}:{name:<32} {provisions:<14} {}\n",
                        product.name, defect.summary
                    ));
                }
            }
            Listed::Blinds => {
                for blind in product.blinds {
                    let name = blind.name;
                    out.push_str(&format!("{}:{name:<32} {}\n", product.name, blind.summary));
                }
            }
            _ => return None,
        }
    }
    Some(out)
}
