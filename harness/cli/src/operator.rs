//! The person at the terminal who resets units: a run that may ask them has a terminal, or does without them.

use proofhouse_model::{BenchSpec, Channel, Diagnostic, Plan, UnitName, UnitSpec};
use proofhouse_report::text::{count, not_asked};
use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;

/// Whether somebody can be asked: both ends that a question needs are a terminal.
pub fn has_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Units that `--no-operator` speaks of: those that a person resets.
pub fn of_bench(bench: &BenchSpec) -> Vec<UnitName> {
    let theirs = bench.units.iter().filter(|unit| unit.asks_operator());
    theirs.map(|unit| unit.name.clone()).collect()
}

/// Why a run may not begin that may ask a person, where there is no terminal. Nothing was touched.
pub fn refused(plan: &Plan, has_terminal: bool) -> Option<Diagnostic> {
    let asked = plan.may_ask_operator();
    let units: BTreeSet<&str> = asked.map(|(_, unit)| unit.as_str()).collect();
    if has_terminal || units.is_empty() {
        return None;
    }
    let names: Vec<_> = units.into_iter().collect();
    let (names, verb) = match names.as_slice() {
        [one] => ((*one).to_owned(), "is"),
        all => (all.join(", "), "are"),
    };
    let message = format!(
        "{names} {verb} reset by a person, who is asked on the terminal, and there is none: standard input and \
         standard error have to be one"
    );
    let whole = Diagnostic::whole(&plan.bench.file, message);
    Some(whole.help(
        "nothing was touched; start it from a terminal, with somebody at it, or with `--no-operator`, which leaves \
         that reset out",
    ))
}

/// What a plan has of them, for whoever only reads it: a line for each unit that they reset, and one for all of which
/// nobody is asked.
pub fn told(plan: &Plan) -> Vec<String> {
    let mut cases: BTreeMap<&UnitName, usize> = BTreeMap::new();
    for (_, unit) in plan.may_ask_operator() {
        *cases.entry(unit).or_default() += 1;
    }
    let asked = cases.into_iter().map(|(unit, cases)| {
        let cases = count(cases, "case");
        let say = plan.bench.units.iter().find(|u| u.name == *unit);
        let say = say.and_then(said).unwrap_or_default();
        format!("{unit}: {cases} may ask for \"{say}\"; a run needs a terminal, or `--no-operator`")
    });
    asked.chain(not_asked(plan)).collect()
}

fn said(unit: &UnitSpec) -> Option<&str> {
    let wire = unit.wire(Channel::Reset)?;
    wire.settings.text("say").ok()
}

#[cfg(test)]
mod tests;
