//! Whether parts belong together.

use super::part::Part;
use proofhouse_model::Plan;
use std::collections::{BTreeMap, BTreeSet};

/// Every reason against putting them together, a sentence each.
pub fn wrong(parts: &[Part], partial: bool) -> Vec<String> {
    let mut out = Vec::new();
    let Some((first, others)) = parts.split_first() else {
        return vec!["there is no part".to_owned()];
    };
    for other in others.iter().filter(|o| o.shard.whole != first.shard.whole) {
        let (a, b) = (first.dir.display(), other.dir.display());
        let what = differences(&first.plan.whole(), &other.plan.whole());
        out.push(format!(
            "{a} and {b} are parts of other runs: {}",
            what.join("; ")
        ));
    }
    if !out.is_empty() {
        return out;
    }
    out.extend(
        others
            .iter()
            .filter(|o| (o.shard.of, &o.shard.parts) != (first.shard.of, &first.shard.parts))
            .map(|o| {
                let (a, b) = (first.dir.display(), o.dir.display());
                format!(
                    "{a} is shard {}, and {b} is shard {}: the run was shared out otherwise",
                    first.shard, o.shard
                )
            }),
    );
    if out.is_empty() {
        out.extend(twice(parts));
        out.extend(missing(parts).filter(|_| !partial));
        out.extend(contradictions(parts));
    }
    out
}

/// Parts that carried out the same tasks.
fn twice(parts: &[Part]) -> Vec<String> {
    let mut by_part: BTreeMap<u32, Vec<&Part>> = BTreeMap::new();
    for part in parts {
        by_part.entry(part.shard.part).or_default().push(part);
    }
    let double = by_part.into_values().filter(|same| same.len() > 1);
    let told = double.map(|same| {
        let dirs: Vec<_> = same.iter().map(|p| p.dir.display().to_string()).collect();
        let shard = &same[0].shard;
        format!(
            "{} are shard {shard} both: the same cases twice",
            dirs.join(" and ")
        )
    });
    told.collect()
}

fn missing(parts: &[Part]) -> Option<String> {
    let there: BTreeSet<u32> = parts.iter().map(|p| p.shard.part).collect();
    let of = parts.first()?.shard.of;
    let missing: Vec<String> = (1..=of)
        .filter(|n| !there.contains(n))
        .map(|n| format!("{n}/{of}"))
        .collect();
    let which = match missing.as_slice() {
        [] => return None,
        [one] => format!("shard {one} is missing: name its folder"),
        all => format!("shards {} are missing: name their folders", all.join(", ")),
    };
    Some(format!(
        "{which}, or say --partial for a report that says what is missing"
    ))
}

/// Units that said in one part that they are another thing than they said in another part.
fn contradictions(parts: &[Part]) -> Vec<String> {
    let mut out = Vec::new();
    for (at, one) in parts.iter().enumerate() {
        for other in &parts[at + 1..] {
            for (unit, said) in &one.said {
                let of_other = other.said.get(unit);
                let both = said
                    .iter()
                    .filter_map(|(name, a)| Some((name, a, of_other?.get(name)?)));
                for (name, a, b) in both.filter(|(name, a, b)| contradict(name, a, b)) {
                    out.push(format!(
                        "{unit} said {name} {} in shard {}, and {} in shard {}: other specimens, or another item",
                        list(a),
                        one.shard,
                        list(b),
                        other.shard
                    ));
                }
            }
        }
    }
    out
}

/// Whether it said nothing under this name that it said in both: software may be updated by a case, and an answer that
/// was garbled once was judged in its own part. An address is given anew.
fn contradict(name: &str, a: &BTreeSet<String>, b: &BTreeSet<String>) -> bool {
    name.rsplit('.').next() != Some("address") && a.is_disjoint(b)
}

fn list(values: &BTreeSet<String>) -> String {
    let values: Vec<_> = values.iter().map(String::as_str).collect();
    values.join(", ")
}

/// In what two plans differ, in plain words; never empty.
fn differences(a: &Plan, b: &Plan) -> Vec<String> {
    let mut out = Vec::new();
    let mut add = |what: &str, a: String, b: String| {
        if a != b {
            out.push(format!("{what} {a} and {b}"));
        }
    };
    add(
        "suite",
        format!("{} ({})", a.suite, a.suite_source),
        format!("{} ({})", b.suite, b.suite_source),
    );
    add(
        "edition",
        a.catalogue.edition.to_string(),
        b.catalogue.edition.to_string(),
    );
    add("proofhouse", a.tool.clone(), b.tool.clone());
    add("products", names(a), names(b));
    for (id, one) in &a.products {
        let Some(other) = b.products.get(id) else {
            continue;
        };
        let (one, other) = (&one.profile, &other.profile);
        add(
            &format!("software of {id}"),
            one.product.software.clone(),
            other.product.software.clone(),
        );
        add(
            &format!("profile of {id},"),
            short(&one.sha256),
            short(&other.sha256),
        );
        add(
            &format!("folder of the profile of {id},"),
            one.folder.clone(),
            other.folder.clone(),
        );
    }
    add("bench file", bench(a), bench(b));
    add("seed", a.seed.to_string(), b.seed.to_string());
    add("--retries", a.retries.to_string(), b.retries.to_string());
    add("--complete", a.complete.to_string(), b.complete.to_string());
    let proof = |plan: &Plan| {
        plan.proof
            .as_ref()
            .map_or("none".to_owned(), |p| p.at.clone())
    };
    add("proof of the suite,", proof(a), proof(b));
    if a.mode != b.mode {
        out.push("what the command line adds (--renew, --no-operator)".to_owned());
    }
    if a.tasks != b.tasks {
        out.push("which cases run on which units".to_owned());
    }
    if a.left_out != b.left_out {
        out.push("which cases are left out".to_owned());
    }
    if out.is_empty() {
        out.push("what the suite or the profiles say".to_owned());
    }
    out
}

fn names(plan: &Plan) -> String {
    let names: Vec<_> = plan.products.keys().map(|id| id.as_str()).collect();
    names.join(", ")
}

fn bench(plan: &Plan) -> String {
    format!("{} ({})", plan.bench.file, short(&plan.bench.sha256))
}

fn short(sha256: &str) -> String {
    sha256.chars().take(12).collect()
}
