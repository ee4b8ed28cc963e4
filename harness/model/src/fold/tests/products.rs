//! Several products in one run: what one shows or refutes says nothing of the other.

use super::*;
use crate::fold::fold_run;
use crate::{Finding as F, Verdict as V};

/// The same case on two products: task `c` holds a unit of `p`, task `d` one of `q`.
fn two() -> Plan {
    let case = meta("c", &["5.12-2"], &["5.12-2-1.a"]);
    let mut plan = plan(vec![provision("5.12-2", &[], &["5.12-2-1.a"])], vec![case]);
    claim(&mut plan, "5.12-2", Support::Yes);
    let other = ProductId::new("q").unwrap();
    let mut twin = plan.products[&product()].clone();
    twin.profile.id = other.clone();
    plan.products.insert(other.clone(), twin);
    let mut task = plan.tasks[0].clone();
    (task.id, task.product) = (TaskId::at(1), other);
    plan.tasks.push(task);
    plan
}

fn verdicts(plan: &Plan, journal: &Journal) -> Vec<Option<V>> {
    let run = fold_run(plan, &journal.0);
    let first = |p: &crate::fold::ProductResult| p.provisions[0].verdict();
    run.products.iter().map(first).collect()
}

#[test]
fn what_is_refuted_on_one_product_fails_that_product_alone() {
    let journal = Journal::default()
        .case("c", vec![part(F::Shown)], complete())
        .case("d", vec![part(F::Refuted)], complete());
    assert_eq!(verdicts(&two(), &journal), [Some(V::Pass), Some(V::Fail)]);
}

#[test]
fn a_product_whose_task_never_ran_is_not_passed_by_its_neighbour() {
    let journal = Journal::default().case("c", vec![part(F::Shown)], complete());
    assert_eq!(verdicts(&two(), &journal), [Some(V::Pass), Some(V::Error)]);
}

#[test]
fn what_was_left_out_on_one_product_keeps_that_product_alone_open() {
    let mut plan = two();
    let task = plan.tasks.pop().unwrap();
    plan.left_out.push(LeftOut {
        case: task.case,
        product: task.product,
        why: "no console".to_owned(),
        by_filter: false,
    });
    let journal = Journal::default().case("c", vec![part(F::Shown)], complete());
    assert_eq!(
        verdicts(&plan, &journal),
        [Some(V::Pass), Some(V::Inconclusive)]
    );
}

#[test]
fn a_plan_keeps_its_tasks_through_its_file_and_names_them_apart() {
    let plan = two();
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(
        json.matches("cases/c.star").count(),
        1,
        "one head for all its tasks"
    );
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    let names: Vec<_> = plan.tasks.iter().map(|t| plan.task_name(t)).collect();
    assert_eq!(names, ["c (p)", "c (q)"]);
}

#[test]
fn a_plan_file_that_names_what_it_lacks_is_refused() {
    let json = serde_json::to_value(two()).unwrap();
    for (pointer, value) in [
        ("/tasks/0/case", serde_json::json!("nobody")),
        ("/tasks/0/product", serde_json::json!("nobody")),
        ("/tasks/1/id", serde_json::json!(7)),
    ] {
        let mut bad = json.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(serde_json::from_value::<Plan>(bad).is_err(), "{pointer}");
    }
}
