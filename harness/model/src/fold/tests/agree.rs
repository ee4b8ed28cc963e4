//! A provision and its units never say different things: over recorded journals, and over combinations that are made
//! here. What is asked is read off the checks themselves, not off the fold.

use super::*;
use crate::catalogue::UnitNature;
use crate::fold::{
    Applicability, GroupVerdict, LedgerState, Pending, ProvisionResult, RunResult, assess, fold_run,
};
use crate::{Finding as F, TroubleKind as T, Verdict as V};
use std::path::Path;

/// What makes a provision and its ledger disagree, if anything does.
fn quarrel(plan: &Plan, run: &RunResult, result: &ProvisionResult) -> Option<&'static str> {
    let id = &result.provision.id;
    let verdict = result.verdict();
    let tasks = || {
        plan.tasks_of(&run.products[0].product)
            .filter_map(|t| Some((t, run.task(t.id)?)))
    };
    let checks = || {
        tasks().flat_map(|(task, found)| found.checks.iter().map(move |(_, check)| (task, check)))
    };
    let of_it = |check: &Check| check.units.iter().any(|u| u.provision() == *id);
    let speaks = |(task, check): &(&Task, &Check)| {
        of_it(check)
            || check.against.contains(id)
            || task.case.answers_for(id) && (check.serves.contains(id) || check.speaks_for(id))
    };
    let seen_bad = checks()
        .filter(speaks)
        .any(|(_, c)| c.finding == F::Refuted);
    let refuted = |u: &crate::fold::LedgerRow| u.state == LedgerState::Refuted;
    let on_paper = result.refuted_on_paper().next().is_some();
    let claimed = result.applicability == Applicability::Claimed;
    let bad_claim = matches!(result.applicability, Applicability::BadClaim(_));
    let not_met = matches!(result.applicability, Applicability::NotMet(_));

    if verdict == Some(V::Pass) {
        let about: Vec<&Check> = checks().filter(speaks).map(|(_, c)| c).collect();
        if let Some(wrong) = passes_wrongly(result, &about) {
            return Some(wrong);
        }
    }
    if verdict == Some(V::Fail) && !(seen_bad || on_paper || bad_claim) {
        return Some("a fail without a unit or finding that fails");
    }
    if (seen_bad || on_paper) && verdict != Some(V::Fail) && !not_met {
        return Some("something fails, and the provision does not");
    }
    if seen_bad
        != (result.units.iter().any(refuted) && !on_paper_alone(result)
            || !result.findings.is_empty())
    {
        return Some("what was refuted is in no row and no finding, or the other way round");
    }
    if claimed && result.functional == Some(V::Fail) && !seen_bad {
        return Some("tasks fail it, and no check does");
    }
    let unsettled = |u: &&crate::fold::LedgerRow| !u.state.is_settled();
    let told = |u: &crate::fold::LedgerRow| {
        let mut of = result.served.iter().filter(|s| u.by.contains(&s.task));
        of.any(|s| s.verdict != V::Pass)
            || result.pending.iter().any(|p| is_about(plan, p, &u.unit))
    };
    if claimed && !result.units.iter().filter(unsettled).all(told) {
        return Some("a unit is open, and nothing says so");
    }
    let agrees = match GroupVerdict::of(result) {
        GroupVerdict::Pass => verdict == Some(V::Pass),
        GroupVerdict::Fail => verdict == Some(V::Fail),
        GroupVerdict::Inconclusive => !matches!(verdict, None | Some(V::Fail)),
        GroupVerdict::NotApplicable | GroupVerdict::NotMet => verdict.is_none(),
    };
    (!agrees).then_some("the assessment says another thing than the provision")
}

/// What a provision that passes lacks, by the checks that are about it.
fn passes_wrongly(result: &ProvisionResult, about: &[&Check]) -> Option<&'static str> {
    let units = result.provision.units.iter();
    for unit in units.filter(|u| u.nature == UnitNature::Functional) {
        let mut all = about
            .iter()
            .filter(|c| c.units.contains(&unit.id))
            .peekable();
        if all.peek().is_none() || all.any(|c| c.finding != F::Shown) {
            return Some("a pass with a unit that was not shown");
        }
    }
    if result.units.iter().any(|u| u.state != LedgerState::Holds) {
        return Some("a pass with a unit of it that is open or fails");
    }
    if about.iter().any(|c| c.finding == F::NotObserved) {
        return Some("a pass with something of it that was not observed");
    }
    let clear = result.pending.is_empty() && result.findings.is_empty();
    let claimed = result.applicability == Applicability::Claimed;
    (!claimed || !clear).then_some("a pass that is not claimed, pending or belied")
}

/// Whether each unit that does not hold does so by what is declared.
fn on_paper_alone(result: &ProvisionResult) -> bool {
    let refuted = result
        .units
        .iter()
        .filter(|u| u.state == LedgerState::Refuted);
    refuted.count() == result.refuted_on_paper().count()
}

fn is_about(plan: &Plan, pending: &Pending, unit: &UnitRef) -> bool {
    match pending {
        Pending::Papers(units)
        | Pending::NotTested(units)
        | Pending::InPart(units)
        | Pending::NotSettled(units, _) => units.contains(unit),
        Pending::LeftOut(at) => plan.left_out[*at].case.units.contains(unit),
        Pending::Claim | Pending::UnitsUnknown(_) | Pending::OtherParts(_) => false,
    }
}

/// Folds, asks each provision, and tells what all of them came to.
fn asked(plan: &Plan, events: &[Event], of: &str) -> Vec<Option<V>> {
    let run = fold_run(plan, events);
    for product in &run.products {
        for result in &product.provisions {
            let quarrel = quarrel(plan, &run, result);
            assert_eq!(quarrel, None, "{of}: {}: {result:#?}", result.provision.id);
        }
        let groups = assess(plan, product).groups;
        assert_eq!(groups.len(), product.provisions.len());
    }
    verdicts_of(&run)
}

#[test]
fn provisions_and_units_of_recorded_runs_agree() {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/journals");
    let mut seen = Vec::new();
    for dir in std::fs::read_dir(all).unwrap().map(|d| d.unwrap().path()) {
        let plan = std::fs::read(dir.join("plan.json")).unwrap();
        let plan: Plan = serde_json::from_slice(&plan).unwrap();
        let text = std::fs::read_to_string(dir.join("events.jsonl")).unwrap();
        // The last line of a run that was cut off is torn.
        let events = text
            .lines()
            .map_while(|line| serde_json::from_str(line).ok());
        let events: Vec<Event> = events.collect();
        assert!(events.len() > 5, "{}", dir.display());
        seen.extend(asked(&plan, &events, &dir.display().to_string()));
    }
    for verdict in [V::Pass, V::Fail, V::Error, V::Inconclusive] {
        assert!(
            seen.contains(&Some(verdict)),
            "no recorded provision came to {verdict}"
        );
    }
}

/// What becomes of one unit on the device.
#[derive(Clone, Copy, Debug)]
enum Unit {
    NoCase,
    LeftOut(bool),
    Ran(&'static [F], Option<T>),
    NotRun,
}

const UNITS: [Unit; 12] = [
    Unit::NoCase,
    Unit::LeftOut(true),
    Unit::LeftOut(false),
    Unit::Ran(&[], None),
    Unit::Ran(&[F::Shown], None),
    Unit::Ran(&[F::NotObserved], None),
    Unit::Ran(&[F::Refuted], None),
    Unit::Ran(&[F::Shown, F::NotObserved], None),
    Unit::Ran(&[F::Shown, F::Refuted], Some(T::Bench)),
    Unit::Ran(&[F::Shown], Some(T::Bench)),
    Unit::Ran(&[F::Shown], Some(T::DeviceSilent)),
    Unit::NotRun,
];

/// The same of the other unit: one of each kind is enough beside all of those.
const OTHER: [Unit; 5] = [
    Unit::NoCase,
    Unit::LeftOut(false),
    Unit::Ran(&[F::Shown], None),
    Unit::Ran(&[F::NotObserved], None),
    Unit::Ran(&[F::Refuted], None),
];

/// What a case that serves the provision, and names none of its units, says of it.
const BESIDE: [Option<(F, bool)>; 5] = [
    None,
    Some((F::Shown, false)),
    Some((F::NotObserved, false)),
    Some((F::Refuted, false)),
    Some((F::Refuted, true)),
];

/// What is declared of the conceptual unit: it is not there, nothing, that it holds, that it does not.
const PAPERS: [Option<&str>; 4] = [None, Some(""), Some("device"), Some("nobody")];

const CLAIMS: [Option<(Level, Support)>; 5] = [
    None,
    Some((Level::R, Support::Yes)),
    Some((Level::R, Support::No)),
    Some((Level::R, Support::NotApplicable)),
    Some((Level::M, Support::No)),
];

/// The plan and the journal of one combination.
fn made(
    claimed: Option<(Level, Support)>,
    units: [Unit; 2],
    reach: Reach,
    papers: Option<&str>,
    beside: Option<(F, bool)>,
) -> (Plan, Journal) {
    let ids = ["5.3-9-2.a", "5.3-9-2.b"];
    let paper: &[&str] = if papers.is_some() {
        &["5.3-9-1.c"]
    } else {
        &[]
    };
    let mut plan = plan(
        vec![provision("5.3-9", paper, &ids)],
        vec![meta("c", &[], &[])],
    );
    plan.tasks.clear();
    plan.catalogue.provisions[0].conditions = vec![12];
    for unit in &mut plan.catalogue.provisions[0].units {
        unit.reach = unit.reach.map(|_| reach);
    }
    if let Some((level, support)) = claimed {
        plan.catalogue.provisions[0].level = level;
        claim(&mut plan, "5.3-9", support);
    }
    let by = papers.filter(|by| !by.is_empty());
    if let Some(by) = by {
        let row = serde_json::json!({"id": "UpdMech-1", "bench": {"verified-by": by}});
        let rows = vec![serde_json::from_value(row).unwrap()];
        let profile = &mut plan.products.get_mut(&product()).unwrap().profile;
        profile.ixit.insert("7-UpdMech".to_owned(), rows);
    }
    let mut journal = Journal::default();
    for (unit_of, id) in units.into_iter().zip(ids) {
        let case = meta(["c", "d", "e"][plan.tasks.len()], &[], &[id]);
        journal = happens(&mut plan, journal, case, unit_of);
    }
    if let Some((finding, against)) = beside {
        let name = ["c", "d", "e"][plan.tasks.len()];
        let found = match against {
            true => Check {
                against: vec![pid("5.3-9")],
                ..check(finding)
            },
            false => check_for(finding, &["5.3-9"]),
        };
        let serves: &[&str] = if against { &[] } else { &["5.3-9"] };
        add(&mut plan, meta(name, serves, &[]));
        journal = journal.case(name, vec![found], complete());
    }
    (plan, journal)
}

fn add(plan: &mut Plan, case: CaseMeta) {
    plan.tasks.push(Task {
        id: TaskId::at(plan.tasks.len()),
        case: Arc::new(case),
        product: product(),
        units: vec![UnitName::new("unit-a").unwrap()],
    });
}

fn happens(plan: &mut Plan, journal: Journal, case: CaseMeta, unit_of: Unit) -> Journal {
    let name = case.id.to_string();
    let units = case.units.clone();
    match unit_of {
        Unit::NoCase => journal,
        Unit::LeftOut(by_filter) => {
            leave_out(plan, case);
            plan.left_out.last_mut().unwrap().by_filter = by_filter;
            journal
        }
        Unit::Ran(findings, trouble) => {
            add(plan, case);
            let named = |finding: &F| Check {
                units: units.clone(),
                ..check(*finding)
            };
            let checks = findings.iter().map(named).collect();
            journal.case(&name, checks, trouble.map_or_else(complete, stopped))
        }
        Unit::NotRun => {
            add(plan, case);
            let why = "the unit is out of service".to_owned();
            journal.fact(Some(&name), Fact::TaskNotRun { why })
        }
    }
}

#[test]
fn provisions_and_units_agree_whatever_becomes_of_them() {
    let mut came_to = BTreeMap::new();
    for claimed in CLAIMS {
        for one in UNITS {
            for two in OTHER {
                for reach in [Reach::Full, Reach::Part] {
                    for papers in PAPERS {
                        for beside in BESIDE {
                            let (plan, journal) = made(claimed, [one, two], reach, papers, beside);
                            let of = format!(
                                "{claimed:?} {one:?} {two:?} {reach:?} {papers:?} {beside:?}"
                            );
                            let verdict = asked(&plan, &journal.0, &of)[0];
                            *came_to.entry(verdict).or_insert(0) += 1;
                        }
                    }
                }
            }
        }
    }
    // Both units shown whole, papers absent or held, nothing beside or something shown: and no other.
    assert_eq!(came_to[&Some(V::Pass)], 4);
    for verdict in [None, Some(V::Fail), Some(V::Error), Some(V::Inconclusive)] {
        assert!(came_to[&verdict] > 100, "{verdict:?}");
    }
}

/// The question itself can say no: asked of results that were bent.
#[test]
fn a_provision_that_disagrees_with_its_units_is_found() {
    let bent = |findings: [&'static [F]; 2], bend: fn(&mut ProvisionResult)| {
        let units = findings.map(|f| Unit::Ran(f, None));
        let claimed = Some((Level::R, Support::Yes));
        let (plan, journal) = made(claimed, units, Reach::Full, None, None);
        let run = fold_run(&plan, &journal.0);
        let mut result = run.products[0].provisions[0].clone();
        assert_eq!(quarrel(&plan, &run, &result), None);
        bend(&mut result);
        quarrel(&plan, &run, &result)
    };
    let all_hold = |result: &mut ProvisionResult| {
        let units = result.units.iter_mut();
        units.for_each(|unit| unit.state = LedgerState::Holds);
        result.served.iter_mut().for_each(|s| s.verdict = V::Pass);
        result.functional = Some(V::Pass);
        result.pending.clear();
    };
    let not_shown = bent([&[F::Shown], &[F::NotObserved]], all_hold);
    assert_eq!(not_shown, Some("a pass with a unit that was not shown"));
    let no_check = bent([&[F::Shown], &[]], all_hold);
    assert_eq!(no_check, Some("a pass with a unit that was not shown"));
    let hidden = bent([&[F::Shown], &[F::Refuted]], |result| {
        result.units[1].state = LedgerState::Inconclusive;
        result.functional = None;
    });
    assert_eq!(hidden, Some("something fails, and the provision does not"));
    let blamed = bent([&[F::Shown], &[F::NotObserved]], |result| {
        result.units[1].state = LedgerState::Refuted;
    });
    assert_eq!(blamed, Some("a fail without a unit or finding that fails"));
    let untold = bent([&[F::Shown], &[F::Shown]], |result| {
        result.units[1].state = LedgerState::InPart;
    });
    assert_eq!(untold, Some("a unit is open, and nothing says so"));
}
