//! Two results of runs, told apart by provision and by case.

use proofhouse_model::Verdict;
use proofhouse_report::Folded;
use std::collections::{BTreeMap, BTreeSet};

/// What a provision, guide row or case came to, and the reason of what is not a pass.
type Results = BTreeMap<(u8, String), (String, String)>;

/// One line for each provision, guide row and case that came out otherwise: what it is, before, now. Empty when the two
/// agree.
pub fn differences(before: &Folded<'_>, now: &Folded<'_>) -> Vec<String> {
    let products = |run: &Folded<'_>| run.plan().products.keys().cloned().collect::<Vec<_>>();
    // Of two runs on one and the same product it need not be said which.
    let one = products(before).len() == 1 && products(before) == products(now);
    let (before, now) = (results(before, one), results(now, one));
    let names: BTreeSet<_> = before.keys().chain(now.keys()).collect();
    let mut out = Vec::new();
    for name in names {
        let (was, is) = (before.get(name), now.get(name));
        // Reasons tell times and numbers, which are never the same twice.
        if was.map(|r| &r.0) != is.map(|r| &r.0) {
            out.push(format!("{}: {} -> {}", name.1, told(was), told(is)));
        }
    }
    out
}

fn told(result: Option<&(String, String)>) -> String {
    match result {
        None => "not there".to_owned(),
        Some((word, why)) if why.is_empty() => word.clone(),
        Some((word, why)) => format!("{word} ({why})"),
    }
}

fn results(run: &Folded<'_>, one: bool) -> Results {
    let plan = run.plan();
    let mut out = Results::new();
    for view in run.view().products {
        let of = match one {
            true => String::new(),
            false => format!("{} ", view.id),
        };
        for row in &view.rows {
            let id = row.result.provision.id.as_str();
            let reasons = row.result.served.iter();
            let bad = reasons.filter(|s| s.verdict != Verdict::Pass);
            let why: Vec<_> = bad.map(|s| s.why.as_str()).collect();
            let name = format!("{of}provision {id}");
            out.insert((0, name), (row.standing.word().to_owned(), why.join("; ")));
        }
        for guide in &view.guides {
            let name = format!("{of}{} {}", guide.result.guide, guide.result.row.id);
            // Such a row holds, or is contradicted; it never passes.
            let word = guide.result.state.words().to_owned();
            out.insert((1, name), (word, String::new()));
        }
    }
    for (task, result) in plan.tasks.iter().zip(&run.result().tasks) {
        let (verdict, why) = result.verdict_over(|_| true);
        let why = match verdict {
            Verdict::Pass => String::new(),
            _ => why,
        };
        let name = match plan.products.len() == 1 && !one {
            true => format!("case {} ({})", plan.task_name(task), task.product),
            false => format!("case {}", plan.task_name(task)),
        };
        out.insert((2, name), (verdict.to_string(), why));
    }
    out
}
