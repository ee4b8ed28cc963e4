mod consoles;

use super::names::{Ask, command, device, told_soon};
use super::*;
use crate::smallest;
use proofhouse_model::Channel;
use proofhouse_model::settings::Setting;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, Instant};

fn wire(which: &str) -> WireName {
    WireName {
        what: "port".to_owned(),
        which: which.to_owned(),
        shared: false,
    }
}

fn holder(run: &str) -> Holder {
    Holder {
        pid: 4711,
        user: "ada".to_owned(),
        since: "2026-01-02T03:04:05Z".to_owned(),
        run: run.to_owned(),
    }
}

#[test]
fn a_wire_is_one_runs_and_free_again_when_that_lets_go() {
    let folder = tempfile::tempdir().unwrap();
    let shared = folder.path().join("locks");
    let first = hold_in(&shared, &[wire("a"), wire("b")], &holder("runs/one")).unwrap();
    assert_eq!(first.files.len(), 2);
    let second = hold_in(&shared, &[wire("c"), wire("b")], &holder("runs/two"));
    let Err(NotHeld::Taken(taken)) = second else {
        panic!("{second:?}")
    };
    assert_eq!(
        *taken,
        Taken {
            wire: wire("b"),
            by: holder("runs/one")
        }
    );
    assert_eq!(
        taken.to_string(),
        "the port b is in use by process 4711 of ada since 2026-01-02T03:04:05Z, for the run in runs/one"
    );
    // All or none: what the second took before it was refused is free.
    drop(hold_in(&shared, &[wire("c")], &holder("runs/three")).unwrap());
    drop(first);
    drop(hold_in(&shared, &[wire("b")], &holder("runs/two")).unwrap());
}

#[test]
fn everybody_may_lock_and_no_link_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let shared = folder.path().join("locks");
    let held = hold_in(&shared, &[wire("a")], &holder("runs/one")).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let file = shared.join(file_name(&wire("a")));
    assert_eq!((mode(&shared), mode(&file)), (0o1777, 0o666));
    drop(held);
    let elsewhere = folder.path().join("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, shared.join(file_name(&wire("b")))).unwrap();
    let led_away = hold_in(&shared, &[wire("b")], &holder("runs/one"));
    assert!(matches!(led_away, Err(NotHeld::Io(..))), "{led_away:?}");
    assert!(!elsewhere.exists());
}

#[test]
fn names_of_one_device_are_one_wire() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("port"), "").unwrap();
    std::fs::hard_link(at("port"), at("hard")).unwrap();
    std::os::unix::fs::symlink(at("port"), at("soft")).unwrap();
    let named = |name: &str| device(&format!("./{name}"), folder.path());
    assert_eq!(named("port"), named("hard"));
    assert_eq!(named("port"), named("soft"));
    assert_eq!(
        device("/dev/null", folder.path()),
        device("/dev/../dev/null", folder.path())
    );
    assert_ne!(named("port"), named("other"));
    let words = |word: &str| vec![word.to_owned(), "1".to_owned()];
    assert_eq!(
        command(&words("./relay"), Path::new("/lab")),
        command(&words("/lab/x/../relay"), Path::new("/"))
    );
}

#[test]
fn a_script_with_the_list_of_another_bench_is_another_wire() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let called = |folder: &Path, list: &str| {
        let words = ["/bin/sh", list, "off"].map(str::to_owned);
        command(&words, folder)
    };
    let nowhere = called(one.path(), "units.json");
    assert_eq!(nowhere, called(two.path(), "units.json"));
    for folder in [&one, &two] {
        std::fs::write(folder.path().join("units.json"), "").unwrap();
    }
    let whole = one.path().join("units.json");
    assert_ne!(
        called(one.path(), "units.json"),
        called(two.path(), "units.json")
    );
    assert_eq!(
        called(one.path(), "./units.json"),
        called(two.path(), &whole.display().to_string())
    );
}

#[test]
fn outlets_of_one_strip_are_one_wire_whatever_the_strip_is_called() {
    let on_strip = |strip: &str, outlet: &str, program: &str| {
        let words =
            |words: &[&str]| Setting::Words(words.iter().map(|w| (*w).to_owned()).collect());
        let settings = [
            ("strip", Setting::Text(strip.to_owned())),
            ("outlet", Setting::Text(outlet.to_owned())),
            ("on", words(&[program, outlet])),
            ("strip-programs", words(&[program, "{outlet}"])),
        ];
        let unit = smallest::unit(
            "lamp",
            [(Channel::Power, smallest::wire("outlet", settings))],
        );
        wires_of(&unit, Path::new("/lab"))
    };
    let first = on_strip("desk", "1", "./pdu");
    assert_eq!(first.len(), 1);
    assert_eq!(first, on_strip("shelf", "2", "/lab/pdu"));
    assert_ne!(first, on_strip("desk", "1", "./other"));
}

#[test]
fn outlets_of_a_switch_are_wires_of_their_own_and_those_on_a_port_are_one() {
    use proofhouse_model::{Channel, UnitSpec};
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::create_dir(folder.join("p")).unwrap();
    let units = |a: &str, b: &str| -> Vec<UnitSpec> {
        let unit =
            |name, said| format!("[unit.{name}]\npower = {{ driver = \"switch\", {said} }}\n");
        let (a, b) = (unit("a", a), unit("b", b));
        let text = format!("name = \"t\"\nprofile = \"p\"\n{a}{b}");
        std::fs::write(folder.join("bench.toml"), text).unwrap();
        proofhouse_planner::read_bench(&folder.join("bench.toml"))
            .unwrap()
            .units
    };
    let apart = |a: &str, b: &str| {
        let units = units(a, b);
        assert!(units.iter().all(|u| u.wire(Channel::Power).is_some()));
        let (a, b) = (wires_of(&units[0], folder), wires_of(&units[1], folder));
        assert!(!a.is_empty() && !b.is_empty());
        !a.iter().any(|name| b.contains(name))
    };
    let plug = r#"model = "shelly-gen2", address = "10.0.0.9", outlet = 1"#;
    assert!(apart(plug, &plug.replace("outlet = 1", "outlet = 2")));
    assert!(apart(plug, &plug.replace("10.0.0.9", "10.0.0.8")));
    let behind = r#"model = "tasmota-mqtt", broker = "10.0.0.9", device = "plug", outlet = 1"#;
    assert!(apart(behind, &behind.replace("outlet = 1", "outlet = 2")));
    assert!(apart(behind, &behind.replace("plug", "lamp")));
    let relay = r#"model = "lctech-lcus", serial = "./tty", outlet = 1"#;
    assert!(!apart(relay, &relay.replace("outlet = 1", "outlet = 2")));
    assert!(apart(relay, &relay.replace("./tty", "./tty2")));
}

#[test]
fn a_probe_named_by_kind_and_one_of_that_kind_by_its_number_are_not_both_held() {
    use proofhouse_model::{Channel, UnitSpec};
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::create_dir(folder.join("p")).unwrap();
    let wires = |probe: &str| {
        let (probe, host) = probe.split_once(" on ").unwrap_or((probe, ""));
        let host = match host {
            "" => String::new(),
            host => format!(", host = \"{host}\""),
        };
        let debug = format!("debug = {{ driver = \"probe-rs\", probe = \"{probe}\"{host} }}");
        let text = format!("name = \"t\"\nprofile = \"p\"\n[unit.a]\n{debug}\n");
        std::fs::write(folder.join("bench.toml"), text).unwrap();
        let bench = proofhouse_planner::read_bench(&folder.join("bench.toml")).unwrap();
        let unit: &UnitSpec = &bench.units[0];
        assert!(unit.wire(Channel::Debug).is_some());
        wires_of(unit, folder)
    };
    let shared = folder.join("locks");
    let together = |a: &str, b: &str| {
        let first = hold_in(&shared, &wires(a), &holder("runs/one")).unwrap();
        let second = hold_in(&shared, &wires(b), &holder("runs/two")).is_ok();
        drop(first);
        second
    };
    assert!(together("1366:1015:0001", "1366:1015:0002"));
    assert!(!together("1366:1015:0001", "1366:1015:0001"));
    assert!(!together("1366:1015:0001", "1366:1015"));
    assert!(!together("1366:1015", "1366:1015:0001"));
    assert!(together("1366:1015", "1366:1016:0001"));
    // The same name on another host is another probe; who logs in there makes no difference.
    assert!(together("1366:1015:0001", "1366:1015:0001 on bench-2"));
    assert!(together(
        "1366:1015 on bench-2",
        "1366:1015:0001 on bench-3"
    ));
    assert!(!together(
        "1366:1015:0001 on bench-2",
        "1366:1015:0001 on lab@bench-2"
    ));
    assert!(!together(
        "1366:1015 on bench-2",
        "1366:1015:0001 on bench-2"
    ));
    assert!(!together("1366:1015:0001", "1366:1015:0001 on localhost"));
    assert_eq!(std::fs::read_dir(&shared).unwrap().count(), 0);
}

#[test]
fn a_file_that_was_cleared_away_is_taken_again_and_one_that_another_took_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let shared = folder.path().join("locks");
    let mut first = hold_in(&shared, &[wire("a")], &holder("runs/one")).unwrap();
    let file = shared.join(file_name(&wire("a")));
    std::fs::remove_file(&file).unwrap();
    assert!(first.renew());
    assert!(hold_in(&shared, &[wire("a")], &holder("runs/two")).is_err());
    std::fs::remove_file(&file).unwrap();
    let _second = hold_in(&shared, &[wire("a")], &holder("runs/two")).unwrap();
    assert!(!first.renew());
}

/// However many come and go: one has it at a time, and none of them leaves a file.
#[test]
fn a_wire_that_is_let_go_leaves_no_file_and_is_never_two_runs() {
    let folder = tempfile::tempdir().unwrap();
    let shared = folder.path().join("locks");
    let inside = std::sync::atomic::AtomicUsize::new(0);
    let had = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..300 {
                    let Ok(held) = hold_in(&shared, &[wire("a")], &holder("runs/one")) else {
                        continue;
                    };
                    assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                    had.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    std::thread::yield_now();
                    inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    drop(held);
                }
            });
        }
    });
    assert!(had.into_inner() > 0);
    assert_eq!(std::fs::read_dir(&shared).unwrap().count(), 0);
}

/// Who opened a file before it was taken away and gets its lock afterwards has no wire.
#[test]
fn the_lock_of_a_file_that_was_taken_away_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("port-1");
    let early = open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(!stands_there(&path, &early));
    let Ok(Lock::Ours(late)) = lock(&path, false) else {
        panic!("nobody has it")
    };
    assert!(stands_there(&path, &late) && !stands_there(&path, &early));
    assert!(matches!(lock(&path, false), Ok(Lock::Theirs(_))));
}

/// What others wrote is shown on one line, without what a terminal would obey, and not for ever.
#[test]
fn a_forged_note_is_text_and_short() {
    let by = Holder {
        user: "root\u{1b}[2J\r\nall wires are free".to_owned(),
        run: "x".repeat(4000),
        ..holder("")
    };
    let wire = wire("b");
    let told = Taken { wire, by }.to_string();
    assert!(!told.contains(char::is_control), "{told}");
    assert!(told.len() < 500, "{told}");
}

/// What a bench has of a unit with this wire.
fn names(bench: &Path, console: &str, lan: &str) -> Vec<WireName> {
    let wire = |driver: &str, key: &str, value: &str| {
        smallest::wire(driver, [(key, Setting::Text(value.to_owned()))])
    };
    let wires = [
        (Channel::Console, wire("serial", "port", console)),
        (Channel::Lan, wire("ip", "address", lan)),
    ];
    let unit = smallest::unit("box", wires);
    wires_of(&unit, bench)
}

#[test]
fn a_wire_by_two_names_has_one_in_common() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().canonicalize().unwrap();
    std::fs::create_dir(here.join("dev")).unwrap();
    std::os::unix::fs::symlink("dev", here.join("linked")).unwrap();
    let first = names(&here, "./dev/ttyGone", "127.0.0.1");
    let common = |second: &[WireName], what: &str| {
        let mut of_it = second.iter().filter(|w| w.what == what);
        of_it.any(|w| first.contains(w))
    };
    // A port that is not there yet, through a folder that is a link; a name of the host.
    let second = names(&here, "./linked/ttyGone", "localhost");
    let whats: BTreeSet<_> = first.iter().map(|w| w.what.as_str()).collect();
    assert!(
        whats.iter().all(|what| common(&second, what)),
        "{first:?} {second:?}"
    );
    let other = names(&here, "./dev/ttyOther", "127.0.0.2");
    assert!(!whats.iter().any(|what| common(&other, what)), "{other:?}");
}

/// A unit that is off at the start has no address yet: its name is what is held.
#[test]
fn a_name_of_the_link_is_held_as_it_is_spelled_and_asked_for_in_bounded_time() {
    let here = Path::new("/lab");
    let start = Instant::now();
    let one = names(here, "./ttyA", "Nobody-Has-This.LOCAL.");
    let other = names(here, "./ttyB", "nobody-has-this.local");
    assert!(start.elapsed() < Duration::from_secs(30));
    assert!(one.iter().any(|name| other.contains(name)), "{one:?}");
    let third = names(here, "./ttyC", "nobody-has-that.local");
    assert!(!one.iter().any(|name| third.contains(name)), "{third:?}");
}

#[test]
fn whoever_knows_a_name_is_heard_and_nobody_is_waited_for_beyond_the_time() {
    let (_open, never) = std::sync::mpsc::channel::<()>();
    let asks: Vec<Ask> = vec![
        Box::new(move || {
            let _ = never.recv();
            Vec::new()
        }),
        Box::new(|| vec![IpAddr::from([192, 0, 2, 9])]),
        Box::new(|| {
            let mapped = "::ffff:192.0.2.8".parse::<IpAddr>().unwrap();
            vec![IpAddr::from([192, 0, 2, 9]), mapped]
        }),
    ];
    let told = told_soon(asks, Duration::from_secs(2));
    assert_eq!(told, ["192.0.2.8", "192.0.2.9"]);
}
