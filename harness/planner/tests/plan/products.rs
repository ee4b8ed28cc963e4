//! Several products on one bench, and cases that run on every unit.

use super::{case, good, inputs, order, refused};
use proofhouse_model::{CaseMeta, Per, ProductId, UnitName};
use proofhouse_planner::PlanInputs;

/// `a` and `b` stay plugs; `hub` is a unit of another product.
fn two_products(cases: Vec<CaseMeta>) -> PlanInputs {
    let mut with = inputs(cases);
    let mut hub = with.products[0].clone();
    hub.profile.id = ProductId::new("hub").unwrap();
    hub.profile.folder = "hub".to_owned();
    let mut unit = with.bench.units[0].clone();
    unit.name = UnitName::new("hub-1").unwrap();
    unit.profile = "hub".to_owned();
    with.bench.units.push(unit);
    with.products.push(hub);
    with
}

#[test]
fn a_case_runs_once_on_each_product_and_never_holds_units_of_both() {
    let pair = CaseMeta {
        specimens: 2,
        ..case("pair", 1)
    };
    let plan = good(two_products(vec![case("looks", 2), pair]));
    assert_eq!(
        order(&plan),
        ["pair on a+b", "looks on hub-1", "looks on a"]
    );
    let left: Vec<_> = plan
        .left_out
        .iter()
        .map(|l| (l.case.id.as_str(), l.product.as_str()))
        .collect();
    assert_eq!(left, [("pair", "hub")]);
    let ids: Vec<_> = plan.tasks.iter().map(|t| t.id.index()).collect();
    assert_eq!(ids, [0, 1, 2], "the place is the id");
}

#[test]
fn products_can_be_picked_and_misspelt() {
    let mut with = two_products(vec![case("looks", 2)]);
    with.filter.products = vec!["hub".to_owned()];
    let plan = good(with.clone());
    assert_eq!(order(&plan), ["looks on hub-1"]);
    assert_eq!(
        plan.products.len(),
        1,
        "the other product is not part of the run"
    );
    with.filter.products = vec!["hbu".to_owned()];
    let said = refused(with);
    assert!(
        said.contains("there is no product `hbu`") && said.contains("hub"),
        "{said}"
    );
}

#[test]
fn units_that_are_picked_leave_products_without_any_out() {
    let mut with = two_products(vec![case("looks", 2)]);
    with.filter.units = vec!["b".to_owned()];
    let plan = good(with);
    assert_eq!(order(&plan), ["looks on b"]);
    assert_eq!(plan.products.len(), 1);
}

#[test]
fn a_case_asked_for_by_name_need_not_run_on_every_product() {
    let pair = CaseMeta {
        specimens: 2,
        ..case("pair", 1)
    };
    let mut with = two_products(vec![pair]);
    with.filter.cases = vec!["pair".to_owned()];
    assert_eq!(order(&good(with.clone())), ["pair on a+b"]);
    with.filter.products = vec!["hub".to_owned()];
    let said = refused(with);
    assert!(said.contains("pair cannot run"), "{said}");
}

#[test]
fn two_profiles_of_one_name_are_refused() {
    let mut with = two_products(vec![case("looks", 2)]);
    with.products[1].profile.id = with.products[0].profile.id.clone();
    let said = refused(with);
    assert!(said.contains("are both of a product named"), "{said}");
}

#[test]
fn a_case_for_every_unit_runs_once_on_each_it_suits() {
    let each = CaseMeta {
        per: Per::Unit,
        ..case("each", 1)
    };
    let plan = good(two_products(vec![each.clone()]));
    assert_eq!(order(&plan), ["each on hub-1", "each on a", "each on b"]);
    let names: Vec<_> = plan.tasks.iter().map(|t| plan.task_name(t)).collect();
    assert_eq!(
        names,
        ["each (hub)", "each (profile) on a", "each (profile) on b"]
    );
    let several = CaseMeta {
        specimens: 2,
        ..each
    };
    let said = refused(inputs(vec![several]));
    assert!(
        said.contains("runs on every unit, and asks for several"),
        "{said}"
    );
}
