//! One console has a name in common, however two benches write it.

#[path = "../../../../transport/tests/usb_tree/mod.rs"]
mod usb_tree;

use super::super::names::{on_one_port, wires_at};
use super::{hold_in, holder, wires_of};
use proofhouse_model::{Channel, UnitSpec};
use proofhouse_transport::console::usb::Places;
use std::path::Path;
use usb_tree::{Adapter, Tree};

/// The wires of a unit whose console is written so.
fn wires(folder: &Path, console: &str) -> Vec<super::WireName> {
    wires_of(&unit(folder, console), folder)
}

fn unit(folder: &Path, console: &str) -> UnitSpec {
    std::fs::create_dir_all(folder.join("p")).unwrap();
    let text = format!("name = \"t\"\nprofile = \"p\"\n[unit.a]\nconsole = {{ {console} }}\n");
    std::fs::write(folder.join("bench.toml"), text).unwrap();
    let bench = proofhouse_planner::read_bench(&folder.join("bench.toml")).unwrap();
    let unit = bench.units[0].clone();
    assert!(unit.wire(Channel::Console).is_some());
    unit
}

#[test]
fn a_port_of_a_serial_server_is_one_wire_by_every_driver_and_name() {
    let folder = tempfile::tempdir().unwrap();
    let shared = folder.path().join("locks");
    let at = |driver: &str, host: &str, port: u16| {
        wires(
            folder.path(),
            &format!("driver = \"{driver}\", host = \"{host}\", port = {port}"),
        )
    };
    let together = |a: &[super::WireName], b: &[super::WireName]| {
        let first = hold_in(&shared, a, &holder("runs/one")).unwrap();
        let second = hold_in(&shared, b, &holder("runs/two")).is_ok();
        drop(first);
        second
    };
    let first = at("rfc2217", "127.0.0.1", 4000);
    assert!(!together(&first, &at("tcp", "127.0.0.1", 4000)));
    assert!(!together(&first, &at("tcp", "localhost", 4000)));
    assert!(together(&first, &at("rfc2217", "127.0.0.1", 4001)));
    assert!(together(&first, &at("rfc2217", "127.0.0.2", 4000)));
}

/// The wires of a unit whose console is written so, where the system has these ports.
fn wires_in(tree: &Tree, console: &str) -> Vec<super::WireName> {
    let folder = tree.0.path();
    let unit = unit(folder, &format!("driver = \"serial\", {console}"));
    wires_at(&unit, folder, &Places::at(tree.sysfs(), tree.dev()))
}

#[test]
fn a_port_is_one_wire_by_number_and_by_identity_plugged_in_or_not() {
    let tree = Tree::new();
    let dual = |interface| Adapter {
        port: "1-1.4",
        interface,
        kind: ("0403", "6010"),
        serial: Some("FT7A"),
    };
    let plug = |tty: &str, interface| {
        std::fs::write(tree.0.path().join(tty), "").unwrap();
        tree.plug(tty, &dual(interface), &tree.0.path().join(tty));
    };
    plug("ttyUSB0", "1.0");
    let shared = tree.0.path().join("locks");
    let together = |a: &str, b: &str| {
        let (a, b) = (wires_in(&tree, a), wires_in(&tree, b));
        assert!(!a.is_empty() && !b.is_empty());
        let first = hold_in(&shared, &a, &holder("runs/one")).unwrap();
        let second = hold_in(&shared, &b, &holder("runs/two")).is_ok();
        drop(first);
        second
    };
    let number = "port = \"./dev/ttyUSB0\"";
    let names = [
        "usb-serial = \"FT7A\"",
        "usb-port = \"1-1.4\"",
        "usb-port = \"1-1.4:1.0\"",
        "usb = \"0403:6010\"",
        number,
    ];
    for a in names {
        for b in names {
            assert!(!together(a, b), "{a} and {b}");
        }
    }
    // Two ports of one adapter are two wires, but for who knows the adapter alone.
    plug("ttyUSB1", "1.1");
    assert!(together(number, "port = \"./dev/ttyUSB1\""));
    assert!(together(
        "usb-port = \"1-1.4:1.0\"",
        "usb-port = \"1-1.4:1.1\""
    ));
    assert!(!together(number, "usb-serial = \"FT7A\""));
    // One who began while it was plugged in, and one who begins while it went with the power.
    let (by_number, by_serial) = (wires_in(&tree, number), "usb-serial = \"FT7A\"");
    let first = hold_in(&shared, &by_number, &holder("runs/one")).unwrap();
    tree.unplug("ttyUSB0");
    tree.unplug("ttyUSB1");
    let second = hold_in(&shared, &wires_in(&tree, by_serial), &holder("runs/two"));
    assert!(second.is_err());
    drop(first);
}

#[test]
fn two_consoles_of_one_bench_that_are_one_port_are_named() {
    let tree = Tree::new();
    let adapter = Adapter {
        port: "1-1.4",
        interface: "1.0",
        kind: ("0403", "6001"),
        serial: Some("A50285BI"),
    };
    std::fs::write(tree.0.path().join("ttyUSB0"), "").unwrap();
    tree.plug("ttyUSB0", &adapter, &tree.0.path().join("ttyUSB0"));
    let told = |a: &str, b: &str| {
        let named = |name: &str, console: &str| UnitSpec {
            name: proofhouse_model::UnitName::new(name).unwrap(),
            ..unit(tree.0.path(), &format!("driver = \"serial\", {console}"))
        };
        let units = [named("a", a), named("b", b)];
        on_one_port(&units, tree.0.path(), &Places::at(tree.sysfs(), tree.dev()))
    };
    let number = "port = \"./dev/ttyUSB0\"";
    let one = told(number, "usb-serial = \"A50285BI\"").unwrap();
    assert!(
        one.starts_with("the consoles of a and b are one port: "),
        "{one}"
    );
    assert_eq!(told(number, "port = \"./dev/ttyUSB1\""), None);
    assert_eq!(told(number, "usb-port = \"1-1.2\""), None);
}

/// A supply that is a serial port is one wire with a console that means the same port.
#[test]
fn a_supply_and_a_console_that_are_one_port_are_named() {
    let tree = Tree::new();
    let folder = tree.0.path();
    for (tty, interface) in [("ttyACM0", "1.1"), ("ttyACM1", "1.3")] {
        let kit = Adapter {
            port: "1-1.4",
            interface,
            kind: ("1915", "c00a"),
            serial: Some("D6F4"),
        };
        std::fs::write(folder.join(tty), "").unwrap();
        tree.plug(tty, &kit, &folder.join(tty));
    }
    std::fs::create_dir_all(folder.join("p")).unwrap();
    let told = |power: &str, console: &str| {
        let text = format!(
            "name = \"t\"\nprofile = \"p\"\n[unit.a]\npower = {{ driver = \"ppk2\", mode = \"source\", voltage_mv = \
             1800, {power} }}\n[unit.b]\nconsole = {{ driver = \"serial\", {console} }}\n"
        );
        std::fs::write(folder.join("bench.toml"), text).unwrap();
        let bench = proofhouse_planner::read_bench(&folder.join("bench.toml")).unwrap();
        let places = Places::at(tree.sysfs(), tree.dev());
        on_one_port(&bench.units, folder, &places)
    };
    let one = told("usb-serial = \"D6F4\"", "port = \"./dev/ttyACM0\"").unwrap();
    assert!(
        one.starts_with("the power of a and the console of b are one port: "),
        "{one}"
    );
    // The kit has a second port, which is another wire.
    let (data, shell) = ("usb-port = \"1-1.4:1.1\"", "usb-port = \"1-1.4:1.3\"");
    assert_eq!(told(data, shell), None);
}
