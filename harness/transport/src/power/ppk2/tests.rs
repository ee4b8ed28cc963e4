//! Kits by what they are on USB, on folders as the system has them. What is said to one is tried from a bench file on.

use super::*;
use crate::usb_tree::{Adapter, Tree};
use proofhouse_model::settings::Setting;
use proofhouse_model::{TroubleKind, UnitName};

const DATA: Adapter = Adapter {
    port: "1-1.4",
    interface: "1.1",
    kind: ("1915", "c00a"),
    serial: Some("D6F4"),
};
/// Kits with newer firmware have a second port, with a shell.
const SHELL: Adapter = Adapter {
    interface: "1.3",
    ..DATA
};
const OTHER: Adapter = Adapter {
    port: "1-1.2",
    serial: Some("E1A0"),
    ..DATA
};

fn plugged() -> Tree {
    let tree = Tree::new();
    for (tty, adapter) in [("ttyACM0", &SHELL), ("ttyACM1", &DATA), ("ttyACM2", &OTHER)] {
        std::fs::write(tree.0.path().join(tty), "").unwrap();
        tree.plug(tty, adapter, &tree.0.path().join(tty));
    }
    tree
}

fn kit(tree: &Tree, key: &str, value: &str) -> Ppk2Power {
    let settings = [
        ("mode", Setting::Text("source".to_owned())),
        ("voltage_mv", Setting::Whole(1800)),
        ("threshold_ua", Setting::Whole(5)),
        (key, Setting::Text(value.to_owned())),
    ];
    let settings = settings.map(|(key, value)| (key.to_owned(), value));
    let unit = UnitName::new("lamp").unwrap();
    let places = Places::at(tree.sysfs(), tree.dev());
    Ppk2Power::at(&Settings(settings.into()), &Context::bare(&unit), places).unwrap()
}

#[test]
fn of_its_two_ports_the_first_one_is_meant() {
    let tree = plugged();
    let path = |key, value| kit(&tree, key, value).kit.named.path().unwrap();
    let at = |tty| tree.dev().join(tty).display().to_string();
    assert_eq!(path("usb-serial", "D6F4"), at("ttyACM1"));
    assert_eq!(path("usb-port", "1-1.4"), at("ttyACM1"));
    assert_eq!(path("usb-port", "1-1.4:1.1"), at("ttyACM1"));
    assert_eq!(path("usb-serial", "E1A0"), at("ttyACM2"));
    assert_eq!(path("port", "/dev/x"), "/dev/x");
    tree.unplug("ttyACM2");
    assert_eq!(path("usb", "1915:C00A"), at("ttyACM1"));
}

#[test]
fn of_two_kits_none_is_taken_and_one_that_is_not_there_is_named() {
    let tree = plugged();
    let told = |key: &str, value: &str| {
        let mut power = kit(&tree, key, value);
        let trouble = power.off().unwrap_err();
        let known = (trouble.kind, trouble.channel, power.is_on());
        assert_eq!(known, (TroubleKind::Bench, Some(Channel::Power), None));
        trouble
    };
    let both = told("usb", "1915:c00a");
    assert!(both.what.contains("3 ports are usb 1915:c00a"), "{both}");
    let none = told("usb-serial", "D6F5");
    let wanted =
        "the Power Profiler Kit II usb-serial D6F5 cannot be reached: there is no port that is";
    assert!(none.what.starts_with(wanted), "{none}");
    let next = none.try_next.unwrap_or_default();
    assert!(next.contains("`usb-serial = \"D6F4\"` is near"), "{next}");
    // What is there is no terminal: nothing is written to it.
    let file = told("usb-serial", "E1A0");
    assert!(file.what.contains("is no serial port"), "{file}");
}
