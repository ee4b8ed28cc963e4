//! A unit whose network is cut by programs.

use super::super::tests::{perform, unit};
use super::*;
use crate::smallest::wire;
use proofhouse_model::UnitName;
use proofhouse_model::settings::Setting;
use proofhouse_transport::open::Context;
use proofhouse_transport::power::Strips;
use proofhouse_transport::uplink;
use std::path::Path;
use std::time::Duration;

fn by_programs(folder: &Path) -> uplink::Uplink {
    let line = |program: &str| {
        let cut = folder.join("cut").display().to_string();
        Setting::Words(vec![program.to_owned(), cut])
    };
    let wire = wire(
        "command",
        vec![("cut", line("mkdir")), ("restore", line("rmdir"))],
    );
    let context = Context {
        unit: &UnitName::new("plug-a").unwrap(),
        folder,
        console: Default::default(),
        debug: Default::default(),
        strips: &Strips::default(),
        made: None,
    };
    uplink::open(&wire, &context, &|relay| relay).unwrap()
}

fn no_route() -> Trouble {
    Trouble::bench(Channel::Lan, "Network is unreachable", "check the cable")
}

#[test]
fn no_way_to_a_unit_that_is_cut_off_is_its_silence_and_else_the_bench() {
    let folder = tempfile::tempdir().unwrap();
    let budget = Budget::of(Duration::from_secs(20));
    let mut unit = unit();
    unit.uplink = Some(by_programs(folder.path()));
    let kind = |unit: &Unit, op: &Op| unit.by_own_cut(op, no_route()).kind;
    assert_eq!(kind(&unit, &Op::Address), TroubleKind::Bench);
    let what = CutKind::Link;
    perform(&mut unit, &Op::Uplink(UplinkOp::Cut { what }), &budget).unwrap();
    let told = unit.by_own_cut(&Op::Address, no_route());
    assert_eq!(told.kind, TroubleKind::DeviceSilent);
    assert!(told.what.contains("as asked (`link`)"), "{told}");
    // Another wire has nothing to do with it.
    assert_eq!(kind(&unit, &Op::Reset), TroubleKind::Bench);
    perform(&mut unit, &Op::Uplink(UplinkOp::Restore), &budget).unwrap();
    assert_eq!(kind(&unit, &Op::Address), TroubleKind::Bench);
}

#[test]
fn the_network_is_whole_after_a_case_that_left_it_cut() {
    let folder = tempfile::tempdir().unwrap();
    let budget = Budget::of(Duration::from_secs(20));
    let mut unit = unit();
    unit.uplink = Some(by_programs(folder.path()));
    let what = CutKind::Link;
    perform(&mut unit, &Op::Uplink(UplinkOp::Cut { what }), &budget).unwrap();
    assert!(folder.path().join("cut").exists());
    unit.rest().unwrap();
    assert!(!folder.path().join("cut").exists());
    // What cannot be restored puts the unit out of service.
    perform(&mut unit, &Op::Uplink(UplinkOp::Cut { what }), &budget).unwrap();
    std::fs::remove_dir(folder.path().join("cut")).unwrap();
    assert!(unit.rest().unwrap_err().what.contains("may still be cut"));
}
