//! Folders as sysfs has them for hubs, and hubs that refuse, hang or do nothing.

use super::*;
use crate::power::Power;
use crate::power::tests::conforms;
use crate::sync::hold;
use proofhouse_model::Channel;
use proofhouse_model::TroubleKind;
use proofhouse_model::settings::Setting;
use std::fs::{create_dir_all, read_to_string, write as write_file};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(60);

/// A hub with some ports that are on.
fn hub(interface: &str, ports: &[&str]) -> TempDir {
    let sysfs = tempfile::tempdir().unwrap();
    for port in ports {
        let port = sysfs
            .path()
            .join("bus/usb/devices")
            .join(interface)
            .join(port);
        create_dir_all(&port).unwrap();
        write_file(port.join("disable"), "0\n").unwrap();
    }
    sysfs
}

fn port_of(sysfs: &TempDir, path: &str) -> PathBuf {
    sysfs.path().join("bus/usb/devices").join(path)
}

/// Whether a port is on, as the folder has it.
fn lives(sysfs: &TempDir, path: &str) -> bool {
    let said = read_to_string(port_of(sysfs, path).join("disable")).unwrap();
    match said.as_str() {
        "0\n" => true,
        "1\n" => false,
        other => panic!("{other:?}"),
    }
}

fn supply(sysfs: &TempDir, hub: &str, port: u64, within: &str, write: Box<Write>) -> UsbHubPower {
    let settings = [
        ("hub", Setting::Text(hub.to_owned())),
        ("port", Setting::Whole(port)),
        ("within", Setting::Text(within.to_owned())),
    ];
    let settings = settings.map(|(key, value)| (key.to_owned(), value));
    UsbHubPower::at(&Settings(settings.into()), sysfs.path(), write).unwrap()
}

fn plain(sysfs: &TempDir, hub: &str, port: u64) -> UsbHubPower {
    supply(sysfs, hub, port, "60s", Box::new(write))
}

/// What is told of a port that cannot be switched.
fn told(mut power: UsbHubPower) -> Trouble {
    let trouble = power.off().unwrap_err();
    assert_eq!(
        (trouble.kind, trouble.channel),
        (TroubleKind::Bench, Some(Channel::Power))
    );
    assert_eq!(power.is_on(), None);
    trouble
}

fn next(trouble: &Trouble) -> &str {
    trouble.try_next.as_deref().unwrap_or_default()
}

#[test]
fn a_port_is_a_supply_and_its_neighbour_another() {
    let sysfs = hub("1-2:1.0", &["1-2-port2", "1-2-port3"]);
    let own = "1-2:1.0/1-2-port3";
    let mut power = plain(&sysfs, "1-2", 3);
    assert_eq!(power.is_on(), None, "unknown until it is switched");
    conforms(&mut power, || lives(&sysfs, own));
    assert!(lives(&sysfs, "1-2:1.0/1-2-port2"));
}

#[test]
fn a_root_hub_has_a_name_of_its_own() {
    let sysfs = hub("1-0:1.0", &["usb1-port1"]);
    let mut power = plain(&sysfs, "usb1", 1);
    power.off().unwrap();
    assert!(!lives(&sysfs, "1-0:1.0/usb1-port1"));
}

/// A connector of USB 3 is a port of two hubs, and fed as long as either is on.
#[test]
fn both_ports_of_a_connector_are_switched() {
    let sysfs = hub("1-2:1.0", &["1-2-port3"]);
    let (own, peer) = ("1-2:1.0/1-2-port3", "2-2:1.0/2-2-port3");
    create_dir_all(port_of(&sysfs, peer)).unwrap();
    write_file(port_of(&sysfs, peer).join("disable"), "0\n").unwrap();
    let link = port_of(&sysfs, own).join("peer");
    std::os::unix::fs::symlink(port_of(&sysfs, peer), link).unwrap();
    let mut power = plain(&sysfs, "1-2", 3);
    for on in [false, true, false] {
        let switched = if on { power.on() } else { power.off() };
        switched.unwrap();
        assert_eq!((lives(&sysfs, own), lives(&sysfs, peer)), (on, on));
    }
}

#[test]
fn what_is_not_there_is_named() {
    let sysfs = hub("1-2:1.0", &["1-2-port3"]);
    let trouble = told(plain(&sysfs, "1-4", 3));
    let wanted = "port 3 of the USB hub 1-4 is not there: no hub is plugged in";
    assert!(trouble.what.starts_with(wanted), "{trouble}");
    let trouble = told(plain(&sysfs, "1-2", 4));
    assert!(trouble.what.contains("has no such port"), "{trouble}");
    std::fs::remove_file(port_of(&sysfs, "1-2:1.0/1-2-port3/disable")).unwrap();
    let trouble = told(plain(&sysfs, "1-2", 3));
    assert!(trouble.what.contains("there is no /"), "{trouble}");
    assert!(next(&trouble).contains("6.0"), "{trouble}");
}

#[test]
fn who_may_not_write_is_told_the_rule() {
    let sysfs = hub("1-2:1.0", &["1-2-port3"]);
    let refuse: Box<Write> = Box::new(|_, _| Err(ErrorKind::PermissionDenied.into()));
    let trouble = told(supply(&sysfs, "1-2", 3, "60s", refuse));
    assert!(
        trouble.what.contains("may not be switched by this user"),
        "{trouble}"
    );
    assert!(next(&trouble).contains("SUBSYSTEM==\"usb\""), "{trouble}");
}

#[test]
fn a_hub_that_does_nothing_or_says_something_else_is_found() {
    let sysfs = hub("1-2:1.0", &["1-2-port3"]);
    let nothing: Box<Write> = Box::new(|_, _| Ok(()));
    let trouble = told(supply(&sysfs, "1-2", 3, "60s", nothing));
    assert!(
        trouble
            .what
            .ends_with("says it is on after it was switched off"),
        "{trouble}"
    );
    let odd: Box<Write> = Box::new(|file, _| write_file(file, "\u{1b}\n"));
    let trouble = told(supply(&sysfs, "1-2", 3, "60s", odd));
    assert!(
        trouble
            .what
            .ends_with("cannot be read back: it says `\\u{1b}`"),
        "{trouble}"
    );
}

/// What hangs is given up, and does not switch on once somebody has switched off.
#[test]
fn a_hub_that_hangs_is_given_up_and_switches_nothing_on_afterwards() {
    let sysfs = hub("1-2:1.0", &["1-2-port3"]);
    let (own, peer) = ("1-2:1.0/1-2-port3", port_of(&sysfs, "2-2-port3"));
    create_dir_all(&peer).unwrap();
    write_file(peer.join("disable"), "1\n").unwrap();
    std::os::unix::fs::symlink(&peer, port_of(&sysfs, own).join("peer")).unwrap();
    let (release, held): (Sender<()>, Receiver<()>) = channel();
    let (tell, heard) = channel();
    let held = Mutex::new(Some(held));
    let hangs: Box<Write> = Box::new(move |file, value| {
        let is_peer = file.ends_with("peer/disable");
        tell.send((is_peer, value.to_owned())).unwrap();
        if let Some(held) = hold(&held).take() {
            // Until the test lets go of it.
            let _ = held.recv();
        }
        write(file, value)
    });
    let mut power = supply(&sysfs, "1-2", 3, "200ms", hangs);
    let trouble = power.on().unwrap_err();
    assert!(
        trouble.what.ends_with("has not switched within 200ms"),
        "{trouble}"
    );
    assert_eq!(heard.recv_timeout(LONG).unwrap(), (false, "0".to_owned()));
    power.off().unwrap_err();
    release.send(()).unwrap();
    for is_peer in [false, true] {
        let next = heard.recv_timeout(LONG).unwrap();
        assert_eq!(next, (is_peer, "1".to_owned()));
    }
    // All that was begun ends with its turn.
    power.comes_to_rest();
    assert!(!lives(&sysfs, own));
}
