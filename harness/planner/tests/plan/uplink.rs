//! Cases that cut the network, and benches that cannot.

use super::{case, good, inputs, order, refused, why};
use proofhouse_model::settings::{Setting, Settings};
use proofhouse_model::{CaseMeta, Channel, CutKind, Wire};

fn cutting(id: &str, cuts: &[CutKind]) -> CaseMeta {
    CaseMeta {
        needs: vec![Channel::Uplink],
        cuts: cuts.to_vec(),
        ..case(id, 1)
    }
}

#[test]
fn a_case_runs_where_the_driver_cuts_what_it_cuts() {
    let all = [CutKind::Link, CutKind::Silence, CutKind::Dns];
    let mut with = inputs(vec![
        cutting("both", &all[..2]),
        cutting("name", &all[1..]),
        case("fine", 1),
    ]);
    with.bench.units.truncate(1);
    let plan = good(with.clone());
    assert!(
        order(&plan).contains(&"both on a".to_owned()),
        "{:?}",
        order(&plan)
    );
    let told = why(&plan, "name");
    let want = "the uplink of a does not cut dns (its driver cuts link and silence alone: ";
    assert!(told.contains(want), "{told}");
    // Programs cut what the bench file says.
    let what = Setting::Text("dns".to_owned());
    let by_programs = Wire {
        driver: "command".to_owned(),
        settings: Settings([("what".to_owned(), what)].into()),
        switch: None,
    };
    with.bench.units[0]
        .wires
        .insert(Channel::Uplink, by_programs);
    with.cases[1].cuts = vec![CutKind::Dns];
    let plan = good(with);
    assert!(
        order(&plan).contains(&"name on a".to_owned()),
        "{:?}",
        order(&plan)
    );
    assert!(
        why(&plan, "both").contains("does not cut link and silence (its driver cuts dns alone")
    );
}

#[test]
fn asked_for_by_name_it_is_a_mistake_before_anything_is_touched() {
    let mut with = inputs(vec![cutting("name", &[CutKind::Dns]), case("fine", 1)]);
    with.filter.cases = vec!["name".to_owned()];
    let told = refused(with);
    assert!(told.starts_with("file name cannot run: "), "{told}");
    assert!(
        told.contains("does not cut dns") && told.contains("b has no uplink"),
        "{told}"
    );
}
