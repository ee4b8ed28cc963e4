//! One console has a name in common, however two benches write it.

use super::{hold_in, holder, wires_of};
use proofhouse_model::{Channel, UnitSpec};
use std::path::Path;

/// The wires of a unit whose console is written so.
fn wires(folder: &Path, console: &str) -> Vec<super::WireName> {
    std::fs::create_dir_all(folder.join("p")).unwrap();
    let text = format!("name = \"t\"\nprofile = \"p\"\n[unit.a]\nconsole = {{ {console} }}\n");
    std::fs::write(folder.join("bench.toml"), text).unwrap();
    let bench = proofhouse_planner::read_bench(&folder.join("bench.toml")).unwrap();
    let unit: &UnitSpec = &bench.units[0];
    assert!(unit.wire(Channel::Console).is_some());
    wires_of(unit, folder)
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
