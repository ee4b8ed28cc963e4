use super::*;
use proofhouse_transport::discover::Plugged;

fn port(serial: Option<&str>) -> Plugged {
    Plugged {
        name: "ttyUSB0".to_owned(),
        path: "/dev/ttyUSB0".into(),
        kind: "0403:6001".to_owned(),
        serial: serial.map(str::to_owned),
        port: "1-1.4".to_owned(),
        interface: "1-1.4:1.0".to_owned(),
    }
}

fn found() -> Found {
    Found {
        ports: vec![
            port(Some("A50285BI")),
            port(None),
            port(Some("a\"\n[unit.x]")),
        ],
        probes: Some(vec![FoundProbe {
            name: "J-Link\u{1b}[2J".to_owned(),
            selector: "1366:0101:000683456789".to_owned(),
        }]),
        neighbours: vec![Neighbour {
            address: [192, 168, 1, 7].into(),
            mac: "9c:9c:1f:00:00:17".to_owned(),
            interface: "eth0".to_owned(),
        }],
        answered: Some(vec![Answered {
            address: [192, 168, 1, 8].into(),
            said: vec!["lamp.local\n[unit.y]".to_owned()],
        }]),
    }
}

#[test]
fn each_is_told_with_what_stays_with_it() {
    let told = found().told();
    assert!(
        told.contains("console = { driver = \"serial\", usb-serial = \"A50285BI\" }"),
        "{told}"
    );
    assert!(told.contains("usb-port = \"1-1.4:1.0\""), "{told}");
    assert!(
        told.contains("probe = \"1366:0101:000683456789\""),
        "{told}"
    );
    assert!(told.contains("address = \"192.168.1.8\""), "{told}");
}

#[test]
fn what_was_not_looked_at_is_not_called_absent() {
    let told = Found::default().told();
    assert!(
        told.contains("serial ports of USB adapters: none"),
        "{told}"
    );
    assert!(told.contains("the search did not end"), "{told}");
    assert!(told.contains("not asked"), "{told}");
    let json = Found::default().json();
    assert!(
        json["probes"].is_null() && json["answered"].is_null(),
        "{json}"
    );
}

/// Whatever a device calls itself, each stays a line of its own that says nothing until somebody takes its mark away.
#[test]
fn the_bench_file_has_marked_lines_alone() {
    let text = found().bench();
    let tables = text.lines().filter(|l| l.starts_with('['));
    assert_eq!(tables.collect::<Vec<_>>(), ["[unit.unit-1]"], "{text}");
    assert_eq!(
        text.lines().filter(|l| l.starts_with("# console")).count(),
        3,
        "{text}"
    );
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
}
