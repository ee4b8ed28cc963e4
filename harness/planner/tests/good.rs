//! Good files are read field for field.

mod common;

use common::{Desk, repo, shown, suite};
use proofhouse_model::drivers::{BUTTON, DRIVERS, Own, SWITCH};
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Dur, Effect, Sample, Support};
use proofhouse_planner::{field_key, read_bench, read_profile};

#[test]
fn a_bench_is_read_field_for_field() {
    let desk = Desk::new();
    let bench = read_bench(&desk.path("bench.toml")).unwrap_or_else(|d| panic!("{}", shown(&d)));
    assert_eq!(bench.name, "desk ü");
    assert_eq!(
        bench.units[0].profile,
        desk.path("profile").display().to_string()
    );
    assert_eq!(bench.sha256.len(), 64);
    let names: Vec<_> = bench.units.iter().map(|u| u.name.as_str()).collect();
    assert_eq!(names, ["lamp-a", "lamp-b", "lamp-open"]);
    let a = &bench.units[0];
    assert_eq!(a.grants, [Effect::MayBrick, Effect::WearsFlash]);
    assert_eq!(a.identity["mac"], "02:00:00:00:00:17");
    assert_eq!(a.label["password"], "correct-horse");
    let of = |channel, driver: &str| -> &Settings {
        let wire = a.wire(channel).unwrap();
        assert_eq!(wire.driver, driver);
        &wire.settings
    };
    let power = of(Channel::Power, "command");
    assert_eq!(power.command("on").unwrap(), ["relay", "1", "on"]);
    assert_eq!(power.command("off").unwrap(), ["relay", "1", "off"]);
    let console = of(Channel::Console, "serial");
    assert_eq!(console.text("port").unwrap(), "/dev/ttyUSB0");
    assert_eq!(console.whole::<u32>("baud").unwrap(), 115_200);
    let debug = of(Channel::Debug, "probe-rs");
    assert_eq!(debug.text("probe").unwrap(), "1366:1015:000683456789");
    let lan = of(Channel::Lan, "ip").address("address").unwrap();
    assert_eq!(lan, "192.168.1.7".parse::<std::net::IpAddr>().unwrap());
    let broker = of(Channel::MQTT, "listen");
    assert_eq!(broker.text("address").unwrap(), "fe80::1");
    assert_eq!(broker.whole::<u16>("port").unwrap(), 8884);
}

#[test]
fn what_a_wire_does_not_say_is_as_the_table_has_it() {
    let desk = Desk::new();
    let text = common::GOOD_BENCH
        .replace(", port = 8884", "")
        .replace(", baud = 115200", "");
    let bench = read_bench(&desk.write("bench.toml", text.as_bytes())).unwrap();
    let settings = |channel| &bench.units[0].wire(channel).unwrap().settings;
    assert_eq!(settings(Channel::MQTT).whole::<u16>("port").unwrap(), 8883);
    let wait = settings(Channel::Debug).duration("wait").unwrap();
    assert_eq!(wait, Dur::secs(10));
    // The profile's, which the bench file does not know.
    assert_eq!(settings(Channel::Console).get("baud"), None);
}

/// What a row shows as its example is what a technician copies.
#[test]
fn the_example_of_every_driver_is_read() {
    for driver in DRIVERS {
        let desk = Desk::new();
        desk.write("reset-button.jpg", b"\xff\xd8\xff\xe0");
        let text = format!(
            "name = \"d\"\nprofile = \"profile\"\n{}[unit.a]\nsample = \"open\"\nvirtual = \"plug\"\n{} = {}\n",
            common::STRIP,
            driver.channel,
            driver.table()
        );
        let bench = read_bench(&desk.write("bench.toml", text.as_bytes()));
        let bench = bench.unwrap_or_else(|d| panic!("{text}\n{}", shown(&d)));
        let wire = bench.units[0].wire(driver.channel).unwrap();
        assert_eq!(wire.driver, driver.name);
        // A switch has an address, a serial port or a broker, a port a path or an adapter, a button a switch,
        // programs, a line or a board: an example shows one of them.
        let told = |name: &str| {
            [BUTTON, SWITCH].contains(&driver.name)
                && ["on", "off", "read", "is-on", "is-off"].contains(&name)
        };
        let relay = |name: &str| {
            driver.name == BUTTON
                && ["chip", "line", "active_low", "board", "relay"].contains(&name)
        };
        let elsewhere = |name: &str| relay(name) || ["serial", "broker", "device"].contains(&name);
        let other = |name: &str| told(name) || elsewhere(name) || name.starts_with("usb");
        let mut absent = driver
            .keys
            .iter()
            .filter(|k| wire.settings.get(k.name).is_none() && !other(k.name));
        assert_eq!(absent.next(), None, "{text} shows every key");
    }
}

#[test]
fn a_virtual_unit_has_all_wires_unless_it_names_some() {
    let desk = Desk::new();
    let bench = read_bench(&desk.path("bench.toml")).unwrap();
    let (all, one) = (&bench.units[1], &bench.units[2]);
    assert!(
        Channel::ALL
            .iter()
            .all(|c| all.has(*c) || [Channel::Reset, Channel::DHCP].contains(c))
    );
    assert_eq!(all.sample, Sample::Production);
    assert_eq!(one.wire(Channel::Console).unwrap().driver, "virtual");
    assert!(!one.has(Channel::Power) && !one.has(Channel::Debug));
    assert_eq!(one.sample, Sample::Open);
}

#[test]
fn the_default_bench_is_good() {
    let desk = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(desk.path().join("fixtures/benches")).unwrap();
    std::fs::create_dir_all(desk.path().join("device-profiles/proofhouse-plug")).unwrap();
    let copy = desk.path().join("fixtures/benches/plug.toml");
    std::fs::copy(repo("fixtures/benches/plug.toml"), &copy).unwrap();
    let bench = read_bench(&copy).unwrap_or_else(|d| panic!("{}", shown(&d)));
    let profile = desk.path().join("device-profiles/proofhouse-plug");
    assert_eq!(
        bench.units[0].profile,
        profile.display().to_string(),
        "without `..`"
    );
    let units: Vec<_> = bench
        .units
        .iter()
        .map(|u| (u.name.as_str(), u.sample))
        .collect();
    let (sold, open) = (Sample::Production, Sample::Open);
    assert_eq!(
        units,
        [("plug-a", sold), ("plug-b", sold), ("plug-open", open)]
    );
    for unit in &bench.units {
        let wired = |c: &Channel| unit.has(*c) || [Channel::Reset, Channel::DHCP].contains(c);
        assert!(Channel::ALL.iter().all(wired), "{}", unit.name);
        assert_eq!(unit.grants, [Effect::MayBrick]);
        assert_eq!(unit.identity.len(), 3);
    }
}

#[test]
fn a_profile_is_read_field_for_field() {
    let desk = Desk::new();
    let suite = suite("V2.1.1");
    let profile =
        read_profile(&desk.path("profile"), &suite).unwrap_or_else(|d| panic!("{}", shown(&d)));
    assert_eq!(profile.name, "profile");
    assert_eq!(profile.product.model, "Lamp 3");
    let claims = profile.claims.iter();
    let claims: Vec<_> = claims.map(|c| (c.provision.as_str(), c.support)).collect();
    let (yes, na) = (Support::Yes, Support::NotApplicable);
    assert_eq!(claims, [("4-1", yes), ("5.1-1", yes), ("5.3-14", na)]);
    let rows = &profile.ixit["1-AuthMech"];
    assert_eq!(rows.len(), 2);
    assert_eq!(
        rows[0]["authentication-factor"],
        serde_json::json!(["password"])
    );
    let bench =
        serde_json::json!({"user": "admin", "guesses-before-limit": 3, "states": ["operating"]});
    assert_eq!(rows[0]["bench"], bench);
    let console = profile.console.as_ref().unwrap();
    assert_eq!((console.baud, console.line_end.as_str()), (57_600, "\n"));
    assert_eq!(console.reset_cause.as_deref(), Some("reset: (\\w+)"));
    assert_eq!(console.login_prompt.as_deref(), Some("login: $"));
    let debug = profile.debug.as_ref().unwrap();
    assert_eq!(debug.flash, [(0, 0x10_0000), (0x1000_1000, 0x1000)]);
    assert_eq!(debug.uid, Some((0x1FFF_7A10, 12)));
    assert!(debug.standard_cable);
    assert_eq!(profile.files["update.newer"], "images/new.img");
    assert_eq!(profile.files["update.same"], "./images/new.img");
    assert_eq!(profile.limits["boot"], Dur::secs(3));
    assert_eq!(
        profile.values["nested"],
        serde_json::json!({"a": [true], "b": 1})
    );
}

#[test]
fn the_hash_of_a_profile_covers_its_files_and_its_script() {
    let desk = Desk::new();
    let suite = suite("V2.1.1");
    let hash = || read_profile(&desk.path("profile"), &suite).unwrap().sha256;
    let first = hash();
    assert_eq!(first, hash(), "the same twice");
    desk.write("profile/images/new.img", b"imagf");
    let second = hash();
    desk.write("profile/device.star", b"def reset(device): pass");
    let third = hash();
    desk.write(
        "profile/profile.toml",
        common::GOOD_PROFILE.replace("Lamp 3", "Lamp 4").as_bytes(),
    );
    let all = [first, second, third, hash()];
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), 4);
}

#[test]
fn fields_are_written_in_lower_case_with_hyphens() {
    assert_eq!(
        field_key("Review/Evaluation Method"),
        "review-evaluation-method"
    );
    assert_eq!(field_key("ID"), "id");
    assert_eq!(
        field_key("Publication of Non-Updatable"),
        "publication-of-non-updatable"
    );
}

#[test]
fn a_claim_that_is_wrong_is_judged_not_refused() {
    let desk = Desk::new();
    let rows = "\"5.1-3\" = { support = \"N\", detail = \"mandatory\" }\n\
                \"5.6-2\" = { support = \"N/A\", detail = \"unconditional\" }\n";
    let text = common::GOOD_PROFILE.replace("[ics]\n", &format!("[ics]\n{rows}"));
    desk.write("profile/profile.toml", text.as_bytes());
    let profile = read_profile(&desk.path("profile"), &suite("V2.1.1")).unwrap();
    assert_eq!(profile.claims.len(), 5);
}

#[test]
fn a_profile_for_the_2024_edition_says_so() {
    let desk = Desk::new();
    let text = common::GOOD_PROFILE.replace("\"4-1\"", "\"5.6-4A\"");
    let text = format!("edition = \"V3.1.3\"\n{text}");
    desk.write("profile/profile.toml", text.as_bytes());
    let read = |edition| read_profile(&desk.path("profile"), &suite(edition));
    assert_eq!(read("V3.1.3").unwrap().claims.len(), 3);
    assert_eq!(read("V2.1.1").unwrap_err().len(), 1);
}

#[test]
fn a_way_through_a_link_is_kept_as_it_is() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("far/benches")).unwrap();
    std::fs::create_dir_all(desk.path("far/profile")).unwrap();
    std::os::unix::fs::symlink(desk.path("far/benches"), desk.path("link")).unwrap();
    let text = common::GOOD_BENCH.replace("\"profile\"", "\"../profile\"");
    let bench = read_bench(&desk.write("link/bench.toml", text.as_bytes())).unwrap();
    let real = std::fs::canonicalize(&bench.units[0].profile).unwrap();
    assert_eq!(real, desk.path("far/profile").canonicalize().unwrap());
}

/// As `/dev/serial/by-id/...` leads to `/dev/ttyUSB0`.
#[test]
fn a_port_is_known_behind_its_link() {
    let desk = Desk::new();
    desk.write("ttyUSB0", b"");
    std::os::unix::fs::symlink(desk.path("ttyUSB0"), desk.path("by-id")).unwrap();
    let unit = |name, port| {
        format!("[unit.{name}]\nconsole = {{ driver = \"serial\", port = \"{port}\" }}\n")
    };
    let head = "name = \"d\"\nprofile = \"profile\"\n";
    let text = format!("{head}{}{}", unit("a", "./ttyUSB0"), unit("b", "./by-id"));
    let found = read_bench(&desk.write("bench.toml", text.as_bytes())).unwrap_err();
    let want = "6:39 this port is that of a already | something each unit has of its own | -\n";
    assert_eq!(shown(&found), want);
}

#[test]
fn an_outlet_is_switched_by_the_programs_of_its_strip() {
    let desk = Desk::new();
    let unit = |name: &str, outlet: &str| {
        format!(
            "[unit.{name}]\npower = {{ driver = \"outlet\", strip = \"desk\", outlet = \"{outlet}\" }}\n"
        )
    };
    let (a, b) = (unit("a", "3"), unit("b", "4"));
    let text = format!(
        "name = \"d\"\nprofile = \"profile\"\n{a}{b}{}",
        common::STRIP
    );
    let bench = read_bench(&desk.write("bench.toml", text.as_bytes()));
    let bench = bench.unwrap_or_else(|d| panic!("{}", shown(&d)));
    let settings = &bench.units[1].wire(Channel::Power).unwrap().settings;
    assert_eq!(settings.command("on").unwrap(), ["pdu", "4", "on"]);
    assert_eq!(settings.command("off").unwrap(), ["pdu", "--off=4"]);
    assert_eq!(settings.text("within").unwrap(), "10s");
    assert_eq!(settings.text("between").unwrap(), "400ms");
    // Another run on the same strip is told by this, whatever both call it.
    let strip = settings.command("strip-programs").unwrap();
    assert_eq!(strip, ["pdu", "{outlet}", "on"]);
    // As long as both may have to wait for their turn.
    assert_eq!(settings.whole::<u8>("outlets").unwrap(), 2);
}

/// A button that is pressed by the programs of a strip is a socket of it, and waits for its turn with the supplies.
#[test]
fn a_button_on_a_strip_takes_turns_with_the_supplies_on_it() {
    let desk = Desk::new();
    let read = |off: &str| {
        let reset = format!("hold = \"5s\", on = [\"pdu\", \"4\", \"on\"], off = {off}");
        let text = format!(
            "name = \"d\"\nprofile = \"profile\"\n\
             [unit.a]\npower = {{ driver = \"outlet\", strip = \"desk\", outlet = \"3\" }}\n\
             [unit.b]\nreset = {{ driver = \"button\", {reset} }}\n{}",
            common::STRIP
        );
        let bench = read_bench(&desk.write("bench.toml", text.as_bytes()));
        bench.unwrap_or_else(|d| panic!("{}", shown(&d)))
    };
    let bench = read(r#"["pdu", "--off=4"]"#);
    let wire = |n: usize, channel| &bench.units[n].wire(channel).unwrap().settings;
    let (supply, button) = (wire(0, Channel::Power), wire(1, Channel::Reset));
    for settings in [supply, button] {
        assert_eq!(settings.text("strip").unwrap(), "desk");
        assert_eq!(settings.text("between").unwrap(), "400ms");
        assert_eq!(settings.whole::<u8>("outlets").unwrap(), 2);
        let programs = settings.command("strip-programs").unwrap();
        assert_eq!(programs, ["pdu", "{outlet}", "on"]);
    }
    assert_eq!(button.command("on").unwrap(), ["pdu", "4", "on"]);
    // Released by something else it is none of the strip's sockets.
    let bench = read(r#"["pdu", "--off=5"]"#);
    let other = &bench.units[1].wire(Channel::Reset).unwrap().settings;
    assert!(other.get("strip").is_none() && other.get("outlets").is_none());
}

/// However much of it the model says in place of the bench file.
#[test]
fn two_units_cannot_have_one_outlet_of_a_switch() {
    let desk = Desk::new();
    let found = |a: &str, b: &str| {
        let unit =
            |name, rest| format!("[unit.{name}]\npower = {{ driver = \"switch\", {rest} }}\n");
        let (a, b) = (unit("a", a), unit("b", b));
        let text = format!("name = \"d\"\nprofile = \"profile\"\n{a}{b}");
        match read_bench(&desk.write("bench.toml", text.as_bytes())) {
            Ok(bench) => {
                let settings = |n: usize| &bench.units[n].wire(Channel::Power).unwrap().settings;
                format!("{} wait", settings(1).whole::<u8>("outlets").unwrap())
            }
            Err(found) => shown(&found),
        }
    };
    let plug = r#"model = "shelly-gen2", address = "192.168.1.50", outlet = 1"#;
    let taken = "this outlet of a switch is that of a already";
    let same = found(plug, &format!("{plug}, port = 80"));
    assert!(same.contains(taken), "{same}");
    assert_eq!(
        found(plug, &plug.replace("outlet = 1", "outlet = 2")),
        "2 wait"
    );
    assert_eq!(found(plug, &format!("{plug}, port = 81")), "1 wait");
    let supply = r#"model = "korad-ka3005p", serial = "/dev/ttyUSB0""#;
    let same = found(supply, &format!("{supply}, outlet = 1"));
    assert!(same.contains(taken), "{same}");
    let relay = r#"model = "lctech-lcus", serial = "./tty", outlet = 1"#;
    assert!(found(relay, &relay.replace("./tty", "././tty")).contains(taken));
}

/// Behind a broker an outlet is known by its device, and devices need no turns.
#[test]
fn a_switch_behind_a_broker_has_a_name_there() {
    let desk = Desk::new();
    let told = |rest: &[&str]| {
        let unit = |(n, rest): (usize, &&str)| {
            format!("[unit.u{n}]\npower = {{ driver = \"switch\", {rest} }}\n")
        };
        let units: String = rest.iter().enumerate().map(unit).collect();
        let text = format!("name = \"d\"\nprofile = \"profile\"\n{units}");
        match read_bench(&desk.write("bench.toml", text.as_bytes())) {
            Ok(bench) => {
                let settings = &bench.units[0].wire(Channel::Power).unwrap().settings;
                let port = settings.whole::<u16>("port").unwrap();
                format!("{port}, {} wait", settings.whole::<u8>("outlets").unwrap())
            }
            Err(found) => shown(&found),
        }
    };
    let plug = r#"model = "tasmota-mqtt", broker = "192.168.1.2", device = "plug", outlet = 1"#;
    let lamp = plug.replace("\"plug\"", "\"kitchen/lamp\"");
    assert_eq!(told(&[plug, &lamp]), "1883, 1 wait");
    let second = plug.replace("outlet = 1", "outlet = 2");
    assert_eq!(told(&[plug, &second]), "1883, 2 wait");
    let same = told(&[plug, &format!("{plug}, port = 1883")]);
    let taken = "this outlet of a switch is that of u0 already";
    assert!(same.contains(taken), "{same}");
    let http = r#"model = "shelly-gen2", address = "192.168.1.50", outlet = 1"#;
    let mistakes = [
        (
            plug.replace(", device = \"plug\"", ""),
            "`device` is missing here",
        ),
        (
            plug.replace("\"plug\"", "\"+\""),
            "this is no part of a topic",
        ),
        (
            plug.replace("broker", "address"),
            "`address` is none of a switch over MQTT",
        ),
        (
            plug.replace(", broker = \"192.168.1.2\"", ""),
            "nothing says where this switch over MQTT is",
        ),
        (
            format!("{plug}, password = \"x\""),
            "over MQTT a password is that of a user",
        ),
        (
            format!("{http}, device = \"plug\""),
            "`device` is none of a switch over HTTP",
        ),
    ];
    for (said, wanted) in mistakes {
        let found = told(&[&said]);
        assert!(
            found.contains(wanted) && found.lines().count() == 1,
            "{found}"
        );
    }
}

/// Of a switch without a file the bench file tells all, and of one with a file nothing of that.
#[test]
fn what_a_bench_file_tells_of_a_switch_is_whole() {
    let desk = Desk::new();
    let told = |rest: &str| {
        let text = format!(
            "name = \"d\"\nprofile = \"profile\"\n[unit.a]\npower = {{ driver = \"switch\", {rest} }}\n"
        );
        let read = read_bench(&desk.write("bench.toml", text.as_bytes()));
        read.map_or_else(|found| shown(&found), |_| "fine".to_owned())
    };
    let good = concat!(
        r#"model = "generic-http", address = "10.0.0.9", outlet = 2, on = "/r?on", off = "PUT /r off", "#,
        r#"read = "/r", is-on = "lit", is-off = "dark""#
    );
    assert_eq!(told(good), "fine");
    let mistakes = [
        (
            good.replace(", read = \"/r\"", ""),
            "`read` is missing here",
        ),
        (
            good.replace("PUT /r off", "DELETE /r"),
            "this is no request",
        ),
        (good.replace("\"/r?on\"", "\"/r on\""), "this is no request"),
        (
            good.replace("dark", "unlit"),
            "one of `is-on` and `is-off` is in the other",
        ),
        (
            good.replace("generic-http", "shelly-gen2"),
            "`on` is none of a switch with a file",
        ),
    ];
    for (said, wanted) in mistakes {
        assert_ne!(said, good);
        let found = told(&said);
        assert!(
            found.contains(wanted) && found.lines().count() == 1,
            "{found}"
        );
    }
}

#[test]
fn a_hub_is_named_by_its_place() {
    let desk = Desk::new();
    let told = |hub: &str| {
        let text = format!(
            "name = \"d\"\nprofile = \"profile\"\n[unit.a]\npower = {{ driver = \"usb-hub\", hub = \"{hub}\", \
             port = 3 }}\n"
        );
        let read = read_bench(&desk.write("bench.toml", text.as_bytes()));
        read.map_or_else(|found| shown(&found), |_| "fine".to_owned())
    };
    for hub in ["1-2", "3-1.4.2", "usb1", "usb12"] {
        assert_eq!(told(hub), "fine", "{hub}");
    }
    for other in ["1", "1-2:1.0", "usb", "usb1-2", "../1-2", "1-2/x"] {
        let found = told(other);
        assert!(found.contains("this is no place of a USB hub"), "{found}");
    }
}

/// The relay at a button is an outlet as any other: of a switch that has others, it waits for its turn with them.
#[test]
fn a_button_is_pressed_by_programs_or_by_an_outlet_of_a_switch() {
    let desk = Desk::new();
    let read = |power: &str, reset: &str| {
        let text = format!(
            "name = \"d\"\nprofile = \"profile\"\n[unit.a]\npower = {{ driver = \"switch\", {power} }}\n[unit.b]\n\
             reset = {{ driver = \"button\", {reset} }}\n"
        );
        read_bench(&desk.write("bench.toml", text.as_bytes()))
    };
    let plug = r#"model = "shelly-gen2", address = "192.168.1.50""#;
    let (one, two) = (format!("{plug}, outlet = 1"), format!("{plug}, outlet = 2"));
    let bench = read(&one, &format!("hold = \"1500ms\", {two}")).unwrap();
    let wire = |n: usize, channel| bench.units[n].wire(channel).unwrap();
    let (supply, button) = (wire(0, Channel::Power), wire(1, Channel::Reset));
    for wire in [supply, button] {
        assert_eq!(wire.settings.whole::<u8>("outlets").unwrap(), 2);
        assert_eq!(wire.settings.whole::<u16>("port").unwrap(), 80);
        assert_eq!(wire.switch.as_ref().unwrap().name, "shelly-gen2");
    }
    assert_eq!(button.settings.duration("hold").unwrap(), Dur::ms(1500));
    assert_eq!(button.settings.whole::<u8>("outlet").unwrap(), 2);
    let taken = shown(&read(&one, &format!("hold = \"5m\", {one}")).unwrap_err());
    assert!(
        taken.contains("this outlet of a switch is that of a already"),
        "{taken}"
    );
    let programs = r#"hold = "10s", on = ["relay", "2", "on"], off = ["relay", "2", "off"]"#;
    let bench = read(&one, programs).unwrap();
    let settings = &bench.units[1].wire(Channel::Reset).unwrap().settings;
    assert_eq!(settings.command("off").unwrap(), ["relay", "2", "off"]);
    assert!(settings.get("outlets").is_none() && settings.get("within").is_none());
    let supply = &bench.units[0].wire(Channel::Power).unwrap().settings;
    assert_eq!(supply.whole::<u8>("outlets").unwrap(), 1);
}

/// A lab's own model is read from beside the bench file, and its mistakes are told with those of the bench.
#[test]
fn a_switch_of_the_labs_own_is_read_beside_the_bench_file() {
    let desk = Desk::new();
    let bench = |model: &str, outlet: u8| {
        let text = format!(
            "name = \"d\"\nprofile = \"profile\"\n[unit.a]\npower = {{ driver = \"switch\", model = \"{model}\", \
             address = \"10.0.0.1\", outlet = {outlet} }}\n"
        );
        read_bench(&desk.write("bench.toml", text.as_bytes()))
    };
    let own = "maker = \"A\"\nmodel = \"B\"\noutlets = 2\nread-back = \"none\"\n[tcp]\nport = 4000\n\
               [on]\nsend = \"on {outlet}\"\n[off]\nsend = \"off {outlet}\"\n";
    desk.write("strip.toml", own.as_bytes());
    let read = bench("./strip.toml", 2).unwrap();
    let wire = read.units[0].wire(Channel::Power).unwrap();
    assert_eq!(wire.settings.whole::<u16>("port").unwrap(), 4000);
    assert_eq!(wire.switch.as_ref().unwrap().state, None);
    let told = shown(&bench("./strip.toml", 3).unwrap_err());
    assert!(told.contains("`outlet` is 3"), "{told}");
    desk.write("strip.toml", own.replace("{outlet}", "{outlt}").as_bytes());
    let found = bench("./strip.toml", 2).unwrap_err();
    assert_eq!(found.len(), 2, "{}", shown(&found));
    assert!(found.iter().all(|d| d.file.ends_with("strip.toml")));
    assert_eq!(found[0].nearest.as_deref(), Some("outlet"));
    let place = found[0].place.as_ref().unwrap();
    assert_eq!((place.line, place.column), (8, 12));
    let missing = shown(&bench("./strp.toml", 1).unwrap_err());
    assert!(
        missing.contains("there is no such file") && missing.contains("strip.toml"),
        "{missing}"
    );
    let unknown = shown(&bench("shelly-gen3", 1).unwrap_err());
    assert!(
        unknown.contains("no switch `shelly-gen3` is built in"),
        "{unknown}"
    );
    assert!(unknown.contains("| shelly-gen1"), "{unknown}");
}

/// Whatever a new row says of its driver: the example used twice is one wire used twice.
#[test]
fn no_driver_lets_two_units_share_its_wire() {
    let desk = Desk::new();
    // A person has no wire.
    let wired = DRIVERS.iter().filter(|d| !d.own.is_empty());
    for driver in wired.filter(|d| !d.is_virtual) {
        let wire = format!(
            "sample = \"open\"\n{} = {}\n",
            driver.channel,
            driver.table()
        );
        let head = format!("name = \"d\"\nprofile = \"profile\"\n{}", common::STRIP);
        let text = format!("{head}[unit.a]\n{wire}[unit.b]\n{wire}");
        let found = read_bench(&desk.write("bench.toml", text.as_bytes())).unwrap_err();
        let shown_keys = |own: &&Own| driver.example.contains(&format!("{} = ", own.keys[0]));
        let own = driver.own.iter().filter(shown_keys).map(|o| o.keys);
        let own: std::collections::BTreeSet<_> = own.collect();
        assert_eq!(found.len(), own.len(), "{}", shown(&found));
        let told = |d: &proofhouse_model::Diagnostic| d.message.ends_with("is that of a already");
        assert!(found.iter().all(told), "{}", shown(&found));
    }
}
