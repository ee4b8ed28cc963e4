//! What is told where no case can run: what most of them wait for, and which is nearest.

use super::PlanInputs;
use proofhouse_model::plan::LeftOut;
use proofhouse_model::{CaseId, Diagnostic};
use std::collections::{BTreeMap, BTreeSet};

/// With so many cases each one's whole reason is told.
const FEW: usize = 2;

/// A run without a case would look like a good one. `causes` are those of `left_out`, one by one.
pub fn to_run(inputs: &PlanInputs, left_out: &[LeftOut], causes: &[Vec<String>]) -> Diagnostic {
    let picked = left_out.iter().zip(causes).filter(|(l, _)| !l.by_filter);
    let picked: Vec<(&LeftOut, &Vec<String>)> = picked.collect();
    let (file, message) = if inputs.cases.is_empty() {
        (
            inputs.suite.folder.clone(),
            "the suite has no case".to_owned(),
        )
    } else if picked.is_empty() {
        let all = inputs.cases.len();
        let message = format!("nothing is left of {all} cases when all filters are applied");
        ("the filters".to_owned(), message)
    } else {
        let names: BTreeSet<&CaseId> = picked.iter().map(|(l, _)| &l.case.id).collect();
        let message = format!("none of {} cases can run on this bench", names.len());
        (inputs.bench.file.clone(), message)
    };
    let mut whole = Diagnostic::whole(&file, message);
    let several = inputs.products.len() > 1;
    whole.help = match picked.len() {
        0 => None,
        n if n <= FEW => Some(each(&picked, several)),
        _ => Some(no_script(inputs) + &summary(&picked, several)),
    };
    whole
}

fn each(picked: &[(&LeftOut, &Vec<String>)], several: bool) -> String {
    let reason = |(left, _): &(&LeftOut, _)| format!("{}: {}", name(left, several), left.why);
    let reasons: Vec<_> = picked.iter().map(reason).collect();
    reasons.join("; ")
}

fn name(left: &LeftOut, several: bool) -> String {
    match several {
        true => format!("{} ({})", left.case.id, left.product),
        false => left.case.id.to_string(),
    }
}

/// Of profiles whose device script is not there or says nothing.
fn no_script(inputs: &PlanInputs) -> String {
    let empty = inputs.products.iter().filter(|p| p.device_ops.is_empty());
    let told = empty.map(|p| {
        format!(
            "the device.star of {} is not there or has no operation: `proofhouse help device` says which there are\n",
            p.profile.name
        )
    });
    told.collect()
}

/// The nearest case and all it lacks; then what is missing, that for which most cases wait first.
fn summary(picked: &[(&LeftOut, &Vec<String>)], several: bool) -> String {
    let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, causes) in picked {
        let once: BTreeSet<&str> = causes.iter().map(String::as_str).collect();
        once.into_iter()
            .for_each(|cause| *waiting.entry(cause).or_default() += 1);
    }
    let mut waiting: Vec<_> = waiting.into_iter().collect();
    waiting.sort_by_key(|(cause, cases)| (usize::MAX - cases, *cause));
    let mut out = String::new();
    if let Some((left, causes)) = picked.iter().min_by_key(|(_, causes)| causes.len()) {
        out.push_str(&format!("nearest is {}; it lacks\n", name(left, several)));
        causes
            .iter()
            .for_each(|cause| out.push_str(&format!("    {cause}\n")));
    }
    out.push_str("what is missing, and how many cases wait for it:\n");
    for (cause, cases) in waiting {
        out.push_str(&format!("    {cases:>3}  {cause}\n"));
    }
    out.push_str("`proofhouse check --case NAME` says what to write for one of them");
    out
}
