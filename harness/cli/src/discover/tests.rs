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

fn chip(name: &str, label: &str) -> FoundChip {
    FoundChip {
        name: name.to_owned(),
        label: label.to_owned(),
        lines: Ok(54),
    }
}

fn board(called: Result<String, String>) -> FoundBoard {
    FoundBoard {
        path: "/dev/hidraw3".into(),
        relays: 2,
        called,
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
        chips: Some(vec![
            chip("gpiochip0", "pinctrl-x"),
            chip("gpiochip1", "ftdi\u{1b}-cbus\n"),
            chip("gpiochip2", "ftdi\u{1b}-cbus\n"),
        ]),
        boards: Some(vec![
            board(Ok("BITFT".to_owned())),
            board(Err("permission denied".to_owned())),
        ]),
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

/// A supply is not taken for a console, and no unit gets a voltage that was guessed: the line is refused as it is.
#[test]
fn a_supply_that_is_a_serial_port_is_told_as_a_supply() {
    let kit = Plugged {
        kind: "1915:c00a".to_owned(),
        ..port(Some("D6F4"))
    };
    let told = Found {
        ports: vec![kit],
        ..Found::default()
    };
    let told = told.told();
    let line =
        "power = { driver = \"ppk2\", usb-serial = \"D6F4\", mode = \"source\", voltage_mv = 0 }";
    assert!(told.contains(line) && !told.contains("console"), "{told}");
}

/// By what stays with it, and with a line or relay that `check` refuses until somebody has said which it is.
#[test]
fn a_relay_of_this_computer_is_told_without_a_guess_at_what_it_switches() {
    let told = found().told();
    for line in [
        "power = { driver = \"gpio\", chip = \"pinctrl-x\", line = \"\" }",
        "power = { driver = \"gpio\", chip = \"gpiochip1\", line = \"\" }",
        "power = { driver = \"gpio\", chip = \"gpiochip2\", line = \"\" }",
        "power = { driver = \"hid-relay\", board = \"BITFT\", relay = 0 }",
        "/dev/hidraw3 (2 relays), which cannot be asked: permission denied",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
}

#[test]
fn what_was_not_looked_at_is_not_called_absent() {
    let told = Found::default().told();
    assert!(
        told.contains("serial ports of USB adapters: none"),
        "{told}"
    );
    for what in ["debug probes", "GPIO chips", "USB relay boards"] {
        let line = format!("{what}: the search did not end");
        assert!(told.contains(&line), "{told}");
    }
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
