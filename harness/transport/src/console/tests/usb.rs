//! Ports by what their USB adapter is, on folders as the system has them.

use super::*;
use crate::console::usb::{Places, Wanted, advice};
use crate::usb_tree::{Adapter, Tree};
use proofhouse_model::TroubleKind;
use std::path::Path;

const FTDI: Adapter = Adapter {
    port: "1-1.4",
    interface: "1.0",
    kind: ("0403", "6001"),
    serial: Some("A50285BI"),
};
/// One of a kind with the next, and without a serial number.
const CHEAP: Adapter = Adapter {
    port: "1-1.2",
    interface: "1.0",
    kind: ("1a86", "7523"),
    serial: None,
};
const CHEAP_TOO: Adapter = Adapter {
    port: "1-1.3",
    ..CHEAP
};
/// Two ports of one adapter.
const DUAL: Adapter = Adapter {
    port: "1-1.1",
    interface: "1.0",
    kind: ("0403", "6010"),
    serial: Some("FT7A"),
};
const DUAL_TOO: Adapter = Adapter {
    interface: "1.1",
    ..DUAL
};
const MODEM: Adapter = Adapter {
    port: "1-2",
    interface: "1.0",
    kind: ("303A", "1001"),
    serial: Some("34:85:18:AA:BB:CC"),
};

fn places(tree: &Tree) -> Places {
    Places::at(tree.sysfs(), tree.dev())
}

fn full() -> Tree {
    let tree = Tree::new();
    let all = [
        ("ttyUSB0", &CHEAP),
        ("ttyUSB1", &FTDI),
        ("ttyUSB2", &CHEAP_TOO),
        ("ttyUSB3", &DUAL),
        ("ttyUSB10", &DUAL_TOO),
        ("ttyACM0", &MODEM),
    ];
    for (tty, adapter) in all {
        // A device file of its own each.
        std::fs::write(tree.0.path().join(tty), "").unwrap();
        tree.plug(tty, adapter, &tree.0.path().join(tty));
    }
    tree
}

#[test]
fn a_port_is_found_by_each_stable_name() {
    let tree = full();
    let found = |wanted: Wanted| wanted.find(&places(&tree)).map(|port| port.name);
    let serial = |text: &str| Wanted::Serial(text.to_owned());
    let port = |text: &str| Wanted::Port(text.to_owned());
    let kind = |text: &str| Wanted::Kind(text.to_owned());
    assert_eq!(found(serial("A50285BI")).unwrap(), "ttyUSB1");
    assert_eq!(found(serial("34:85:18:AA:BB:CC")).unwrap(), "ttyACM0");
    assert_eq!(found(port("1-1.3")).unwrap(), "ttyUSB2");
    assert_eq!(found(port("1-1.1:1.1")).unwrap(), "ttyUSB10");
    assert_eq!(found(kind("303a:1001")).unwrap(), "ttyACM0");
    assert_eq!(places(&tree).plugged().len(), 6, "and ttyS0 is none");
}

#[test]
fn two_that_fit_are_both_named_and_none_is_taken() {
    let tree = full();
    let told = |wanted: Wanted| wanted.find(&places(&tree)).unwrap_err();
    let kind = told(Wanted::Kind("1a86:7523".to_owned()));
    assert_eq!(kind.kind, TroubleKind::Bench);
    for part in [
        "2 ports",
        "ttyUSB0 (1a86:7523, no serial number, at 1-1.2:1.0)",
        "ttyUSB2 (",
        "1-1.3:1.0",
    ] {
        assert!(kind.what.contains(part), "{part}: {kind}");
    }
    let serial = told(Wanted::Serial("FT7A".to_owned()));
    assert!(
        serial.what.contains("ttyUSB3") && serial.what.contains("ttyUSB10"),
        "{serial}"
    );
    assert!(
        serial
            .try_next
            .unwrap()
            .contains("usb-port = \"1-1.4:1.0\"")
    );
}

#[test]
fn where_none_fits_it_is_told_what_is_there_and_what_is_near() {
    let tree = full();
    let none = Wanted::Serial("A50285B1".to_owned())
        .find(&places(&tree))
        .unwrap_err();
    assert!(
        none.what
            .contains("no port that is usb-serial A50285B1; plugged in: "),
        "{none}"
    );
    assert!(
        none.what
            .contains("ttyUSB1 (0403:6001, serial number A50285BI, at 1-1.4:1.0)"),
        "{none}"
    );
    assert!(
        none.try_next
            .unwrap()
            .contains("`usb-serial = \"A50285BI\"` is near")
    );
    let empty = Tree::new();
    let none = Wanted::Port("1-1.4".to_owned())
        .find(&places(&empty))
        .unwrap_err();
    assert!(
        none.what.contains("no serial adapter is plugged in on USB"),
        "{none}"
    );
}

/// meshcore-firmware#323: two boards had exchanged their ports, and what was meant for one was flashed on the other. By
/// its serial number each is found where it is now; the path of a port means whoever is plugged in there.
#[test]
fn meshcore_323_boards_that_exchange_their_ports_are_found_by_serial_number() {
    let tree = Tree::new();
    let at = |port, serial| Adapter {
        port,
        serial: Some(serial),
        ..FTDI
    };
    let plug = |tty: &str, adapter: &Adapter| {
        let device = tree.0.path().join(tty);
        std::fs::write(&device, "").unwrap();
        tree.plug(tty, adapter, &device);
    };
    let found = |wanted: Wanted| {
        let port = wanted.find(&places(&tree)).unwrap();
        (port.name, port.serial.unwrap())
    };
    let serial = |text: &str| found(Wanted::Serial(text.to_owned())).0;
    let port = |text: &str| found(Wanted::Port(text.to_owned())).1;
    plug("ttyUSB0", &at("1-1.2", "A17"));
    plug("ttyUSB1", &at("1-1.4", "B18"));
    assert_eq!([serial("A17"), serial("B18")], ["ttyUSB0", "ttyUSB1"]);
    assert_eq!([port("1-1.2"), port("1-1.4")], ["A17", "B18"]);
    tree.unplug("ttyUSB0");
    tree.unplug("ttyUSB1");
    plug("ttyUSB0", &at("1-1.2", "B18"));
    plug("ttyUSB1", &at("1-1.4", "A17"));
    assert_eq!([serial("A17"), serial("B18")], ["ttyUSB1", "ttyUSB0"]);
    assert_eq!([port("1-1.2"), port("1-1.4")], ["B18", "A17"]);
}

/// labgrid#268: a number that another adapter has was taken without a word.
#[test]
fn a_number_in_a_bench_file_is_told_the_names_that_stay() {
    let tree = full();
    let by_id = tree.dev().join("serial/by-id/usb-FTDI_A50285BI-if00-port0");
    std::os::unix::fs::symlink("../../ttyUSB1", &by_id).unwrap();
    let told = |path: &Path| advice(path, &places(&tree));
    let says = told(&tree.dev().join("ttyUSB1")).unwrap();
    for part in [
        "`usb-serial = \"A50285BI\"`",
        "`usb-port = \"1-1.4:1.0\"`",
        "`usb = \"0403:6001\"`",
        "usb-FTDI_A50285BI",
    ] {
        assert!(says.contains(part), "{part}: {says}");
    }
    let cheap = told(&tree.dev().join("ttyUSB0")).unwrap();
    assert!(
        cheap.contains("by `usb-port = \"1-1.2:1.0\"`") && !cheap.contains("7523"),
        "{cheap}"
    );
    assert!(
        told(&tree.dev().join("ttyUSB7"))
            .unwrap()
            .contains("no USB adapter has it")
    );
    assert_eq!(told(&by_id), None);
    assert_eq!(told(Path::new("./ttyUSB1")), None);
}

/// labgrid#268 and dutctl#119: the adapter goes with the power, and comes back under another number, while another one
/// has its old number. pytest-embedded#416: what is sent then arrives, too.
#[test]
fn labgrid_268_an_adapter_that_comes_back_under_another_number() {
    let tree = Tree::new();
    let (first, stranger, second) = (
        pty_pair().unwrap(),
        pty_pair().unwrap(),
        pty_pair().unwrap(),
    );
    tree.plug("ttyUSB0", &FTDI, Path::new(first.path()));
    let link = Tty::of_usb(
        Wanted::Serial("A50285BI".to_owned()),
        places(&tree),
        115_200,
    );
    let how = Settings {
        reopen: LONG,
        ..settings()
    };
    let console = Console::open(link, how, Box::new(|_| {})).unwrap();
    let mut device = File::from(first.device_end().unwrap());
    device.write_all(b"before ").unwrap();
    console
        .expect(&pattern("before "), &Budget::of(LONG))
        .unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| console.expect(&pattern("login: "), &Budget::of(LONG)));
        tree.unplug("ttyUSB0");
        tree.plug("ttyUSB0", &CHEAP, Path::new(stranger.path()));
        File::from(stranger.device_end().unwrap())
            .write_all(b"login: of a stranger")
            .unwrap();
        drop((device, first));
        tree.plug("ttyUSB1", &FTDI, Path::new(second.path()));
        // What the port received before it was opened again is the beginning of the boot.
        File::from(second.device_end().unwrap())
            .write_all(b"mine login: ")
            .unwrap();
        let seen = waiting.join().unwrap().unwrap();
        assert_eq!(seen.before.as_ref(), b"mine ", "{seen:?}");
    });
    console.send(b"root\n", &Budget::of(LONG)).unwrap();
    let mut came = [0; 5];
    File::from(second.device_end().unwrap())
        .read_exact(&mut came)
        .unwrap();
    assert_eq!(&came, b"root\n");
    assert_eq!(console.reopened(), 1);
}
