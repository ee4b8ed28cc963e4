//! Opening several units at once.

use super::*;
use crate::smallest::{self, wire};
use proofhouse_model::drivers::BUTTON;
use proofhouse_model::event::SupplyMeasured;
use proofhouse_model::settings::Setting;
use proofhouse_model::{Dur, FaultKind, Wire};
use proofhouse_transport::{console, reset, uplink};

/// Hears nothing but which values are secrets.
#[derive(Default)]
struct Deaf {
    secrets: Mutex<Vec<String>>,
}

impl Listener for Deaf {
    fn console_output(&self, _: &UnitName, _: &[u8], _: u64) {}
    fn port_changed(&self, _: &UnitName, _: console::PortChange) {}
    fn probe_awaited(&self, _: &UnitName, _: Dur, _: &str) {}
    fn button_touched(&self, _: &UnitName, _: reset::Touch) {}
    fn supply_measured(&self, _: &UnitName, _: SupplyMeasured) {}
    fn uplink_changed(&self, _: &UnitName, _: uplink::Change) {}
    fn secret(&self, _: &UnitName, _: &str, value: &str) {
        self.secrets.lock().unwrap().push(value.to_owned());
    }
    fn secrets_in(&self, _: &[u8]) -> Vec<std::ops::Range<usize>> {
        Vec::new()
    }
    fn masked(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }
    fn fault_set_in(&self, _: &UnitName, _: FaultKind, _: &str) {}
}

fn around(folder: &Path) -> Surroundings {
    Surroundings {
        commands: Default::default(),
        scratch: folder.to_owned(),
        logs: folder.to_owned(),
        program: "/nonexistent/proofhouse".into(),
        virtual_word: "__virtual".to_owned(),
        listener: Arc::new(Deaf::default()),
        past: Arc::new(Vec::new),
        fault: None,
        guard: None,
    }
}

fn unit(name: &str, wires: Vec<(Channel, Wire)>) -> UnitSpec {
    UnitSpec {
        identity: BTreeMap::from([("serial".to_owned(), name.to_owned())]),
        label: BTreeMap::from([("password".to_owned(), format!("of-{name}"))]),
        ..smallest::unit(name, wires)
    }
}

fn plan(units: Vec<UnitSpec>) -> Plan {
    let names = units.iter().map(|u| u.name.clone()).collect();
    let mut plan = smallest::plan(smallest::profile("p"), names);
    plan.bench.units = units;
    plan
}

fn relay(off: &Path) -> (Channel, Wire) {
    let line = |program: &str| Setting::Words(vec![program.to_owned(), off.display().to_string()]);
    let settings = vec![("on", line("false")), ("off", line("touch"))];
    (Channel::Power, wire("command", settings))
}

fn missing_port(path: &str) -> (Channel, Wire) {
    let port = Setting::Text(path.to_owned());
    (Channel::Console, wire("serial", vec![("port", port)]))
}

#[test]
fn units_are_told_in_the_order_of_the_bench_file() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..64).rev().map(|n| format!("unit-{n}")).collect();
    let units = names.iter().map(|name| unit(name, Vec::new())).collect();
    let deaf = Arc::new(Deaf::default());
    let around = Surroundings {
        listener: deaf.clone(),
        ..around(folder.path())
    };
    let bench = Bench::open(&plan(units), &around).unwrap();
    let told: Vec<_> = bench
        .facts()
        .into_iter()
        .map(|(name, _)| name.to_string())
        .collect();
    assert_eq!(told, names);
    let secrets = deaf.secrets.lock().unwrap();
    assert!(
        secrets.iter().eq(names
            .iter()
            .map(|name| format!("of-{name}"))
            .collect::<Vec<_>>()
            .iter())
    );
}

/// Many tries: which of them fails first is left to the machine.
#[test]
fn of_several_units_that_do_not_open_the_first_of_the_bench_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let units: Vec<_> = ["z", "m", "a"]
        .map(|name| unit(name, vec![missing_port(&format!("/nonexistent/{name}"))]))
        .into();
    for _ in 0..50 {
        let trouble = Bench::open(&plan(units.clone()), &around(folder.path()))
            .err()
            .unwrap();
        assert_eq!(trouble.channel, Some(Channel::Console));
        assert!(trouble.what.contains("/nonexistent/z"), "{trouble}");
    }
}

#[test]
fn what_was_opened_beside_a_unit_that_does_not_open_is_off_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let off: Vec<PathBuf> = (0..8)
        .map(|n| folder.path().join(format!("off-{n}")))
        .collect();
    let relays = off.iter().enumerate();
    let mut units: Vec<_> = relays
        .map(|(n, off)| unit(&format!("unit-{n}"), vec![relay(off)]))
        .collect();
    units.insert(3, unit("broken", vec![missing_port("/nonexistent/tty")]));
    assert!(Bench::open(&plan(units), &around(folder.path())).is_err());
    assert!(off.iter().all(|off| off.exists()));
}

#[test]
fn a_button_is_let_go_with_the_supply_of_its_unit() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let line = |program: &str, name: &str| {
        Setting::Words(vec![program.to_owned(), at(name).display().to_string()])
    };
    let button = wire(
        BUTTON,
        vec![
            ("hold", Setting::Text("10s".to_owned())),
            ("on", line("touch", "pressed")),
            ("off", line("rm", "pressed")),
        ],
    );
    let wires = vec![relay(&at("off")), (Channel::Reset, button)];
    let bench = Bench::open(&plan(vec![unit("a", wires)]), &around(folder.path())).unwrap();
    let handle = bench.unit(&UnitName::new("a").unwrap()).unwrap();
    handle.button.as_ref().unwrap().on().unwrap();
    assert!(at("pressed").exists());
    // Both relays are of one unit: neither takes the place of the other.
    assert_eq!(bench.make_safe(), []);
    assert!(!at("pressed").exists() && at("off").exists());
    handle.button.as_ref().unwrap().on().unwrap();
    handle.rest().unwrap();
    assert!(!at("pressed").exists());
}

#[test]
fn a_network_that_is_cut_is_restored_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut");
    let line = |program: &str| Setting::Words(vec![program.to_owned(), cut.display().to_string()]);
    let uplink = wire(
        "command",
        vec![("cut", line("mkdir")), ("restore", line("rmdir"))],
    );
    let wires = vec![(Channel::Uplink, uplink)];
    let bench = Bench::open(&plan(vec![unit("a", wires)]), &around(folder.path())).unwrap();
    let name = UnitName::new("a").unwrap();
    let relay = bench.unit(&name).unwrap().uplink.unwrap();
    relay.on().unwrap();
    assert!(cut.exists());
    assert_eq!(bench.make_safe(), []);
    assert!(!cut.exists());
    // One that does not come back is named by its channel.
    relay.on().unwrap();
    std::fs::remove_dir(&cut).unwrap();
    let left = bench.make_safe();
    assert_eq!(left[0].unit, name);
    assert_eq!(left[0].why.channel, Some(Channel::Uplink));
    std::fs::create_dir(&cut).unwrap();
}

/// A strip sends away whoever comes during a session: without turns most of them would stay on.
#[test]
fn units_on_one_strip_are_off_afterwards_each_in_its_turn() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("session").display().to_string();
    let outlet = |n: usize| {
        let off = folder.path().join(format!("off-{n}"));
        let script = format!(
            "mkdir {session} && touch {} && rmdir {session}",
            off.display()
        );
        let line = |program: &[&str]| Setting::Words(program.iter().map(|w| (*w).into()).collect());
        let settings = vec![
            ("strip", Setting::Text("desk".to_owned())),
            ("on", line(&["false"])),
            ("off", line(&["sh", "-c", &script])),
        ];
        (off, (Channel::Power, wire("outlet", settings)))
    };
    let (off, outlets): (Vec<_>, Vec<_>) = (0..8).map(outlet).unzip();
    let outlets = outlets.into_iter().enumerate();
    let mut units: Vec<_> = outlets
        .map(|(n, outlet)| unit(&format!("unit-{n}"), vec![outlet]))
        .collect();
    units.push(unit("broken", vec![missing_port("/nonexistent/tty")]));
    assert!(Bench::open(&plan(units), &around(folder.path())).is_err());
    assert!(off.iter().all(|off| off.exists()));
}

#[test]
fn what_a_current_cannot_tell_is_told_of_the_unit() {
    let threshold = ("threshold_ua", Setting::Whole(20));
    let supply = (Channel::Power, wire("ppk2", [threshold]));
    let facts = told::spec_facts(&unit("lamp", vec![supply]));
    let said = &facts["power"];
    assert!(said.contains("draws less than 20 µA"), "{said}");
}
