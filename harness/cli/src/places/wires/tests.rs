use super::*;

fn resource(class: &str, params: &[(&str, Value)]) -> Resource {
    let params = params
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()));
    Resource {
        path: format!("exporter/group/{class}/{class}"),
        name: class.to_owned(),
        class: class.to_owned(),
        params: params.collect(),
        extra: BTreeMap::new(),
        is_there: true,
    }
}

fn word(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn port(class: &str, host: &str, model: &str, index: i128) -> Resource {
    let params = [
        ("host", word(host)),
        ("model", word(model)),
        ("index", Value::Whole(index)),
    ];
    resource(class, &params)
}

fn serial(protocol: Value) -> Resource {
    let params = [
        ("host", word("10.0.0.7")),
        ("port", Value::Whole(4001)),
        ("speed", Value::Whole(57600)),
        ("protocol", protocol),
    ];
    resource("NetworkSerialPort", &params)
}

fn place(resources: Vec<Resource>) -> Taken {
    Taken {
        place: "desk".to_owned(),
        resources,
    }
}

fn one(resource: Resource) -> Result<(Wire, Channel), String> {
    let found = of(&place(vec![resource]), &BTreeSet::new()).map_err(|e| e.to_string())?;
    match found.wires.into_iter().next() {
        Some((channel, wire)) => Ok((wire, channel)),
        None => Err(found.aside.join("; ")),
    }
}

#[test]
fn a_serial_port_is_a_console_by_its_protocol() {
    for absent in [Value::Nothing, word("rfc2217")] {
        let (wire, channel) = one(serial(absent)).unwrap();
        assert_eq!(
            (channel, wire.driver.as_str()),
            (Channel::Console, "rfc2217")
        );
        assert_eq!(wire.settings.text("host").unwrap(), "10.0.0.7");
        assert_eq!(wire.settings.whole::<u64>("baud").unwrap(), 57600);
    }
    let (wire, _) = one(serial(word("raw"))).unwrap();
    assert_eq!(wire.driver, "tcp");
    assert_eq!(wire.settings.whole::<u64>("port").unwrap(), 4001);
    assert!(one(serial(word("xmodem"))).unwrap_err().contains("xmodem"));
}

#[test]
fn a_port_behind_a_tunnel_is_told_and_not_dialled() {
    let mut port = serial(Value::Nothing);
    port.extra
        .insert("proxy_required".to_owned(), Value::YesNo(true));
    assert!(one(port).unwrap_err().contains("SSH"));
}

#[test]
fn a_power_port_is_an_outlet_of_the_model_that_it_is() {
    let (wire, channel) = one(port(
        "NetworkPowerPort",
        "http://127.0.0.1:8080",
        "shelly_gen2",
        1,
    ))
    .unwrap();
    assert_eq!((channel, wire.driver.as_str()), (Channel::Power, "switch"));
    assert_eq!(
        wire.settings.whole::<u64>("outlet").unwrap(),
        2,
        "counted from 1 here"
    );
    assert_eq!(wire.settings.whole::<u64>("port").unwrap(), 8080);
    assert_eq!(wire.switch.unwrap().name, "shelly-gen2");
    let (wire, _) = one(port("NetworkPowerPort", "10.0.0.9", "gude8031", 3)).unwrap();
    assert_eq!(wire.settings.whole::<u64>("outlet").unwrap(), 3);
    assert_eq!(wire.settings.whole::<u64>("port").unwrap(), 80);
    let why = one(port("NetworkPowerPort", "10.0.0.9", "netio", 1)).unwrap_err();
    assert!(
        why.contains("`netio`") && why.contains("bench file"),
        "{why}"
    );
    let why = one(port(
        "NetworkPowerPort",
        "https://10.0.0.9",
        "shelly_gen1",
        0,
    ))
    .unwrap_err();
    assert!(why.contains("https"), "{why}");
    // An outlet that the model does not have is no wire.
    let why = one(port("NetworkPowerPort", "10.0.0.9", "shelly_gen2", 40)).unwrap_err();
    assert!(why.contains("outlet"), "{why}");
}

#[test]
fn a_port_that_cannot_be_used_is_told_without_who_logs_in() {
    let url = "http://admin:S3cretPW@127.0.0.1:99999";
    for model in ["shelly_gen2", "rest", "gude8031"] {
        let why = one(port("NetworkPowerPort", url, model, 1)).unwrap_err();
        assert!(why.contains("no address"), "{why}");
        assert!(!why.contains("S3cretPW") && !why.contains("admin"), "{why}");
    }
    let why = one(port(
        "NetworkPowerPort",
        "10.0.0.9",
        "shelly_gen2",
        u64::MAX.into(),
    ))
    .unwrap_err();
    assert!(why.contains("18446744073709551615"), "{why}");
}

#[test]
fn a_relay_behind_a_url_is_a_model_of_its_own() {
    use proofhouse_model::switch::{How, Request, Way};
    let url = "http://ann:s3cret@10.0.0.9:9999/relay/{index}/{value}";
    let (wire, _) = one(port("NetworkPowerPort", url, "simplerest", 4)).unwrap();
    let switch = wire.switch.unwrap();
    let paths = |how: &How| match how {
        How::Each {
            on: Request::Http { path: on, .. },
            off: Request::Http { path: off, .. },
        } => (String::from(on.clone()), String::from(off.clone())),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        paths(&switch.how),
        ("/relay/4/1".to_owned(), "/relay/4/0".to_owned())
    );
    let Request::Http { path, .. } = &switch.state.as_ref().unwrap().ask else {
        panic!()
    };
    assert_eq!(String::from(path.clone()), "/relay/4");
    assert_eq!(wire.settings.text("user").unwrap(), "ann");
    assert_eq!(wire.settings.text("password").unwrap(), "s3cret");
    assert_eq!(wire.settings.whole::<u64>("port").unwrap(), 9999);

    let url = "https://10.0.0.9/relay/{index}/value";
    let (wire, _) = one(port("NetworkPowerPort", url, "rest", 3)).unwrap();
    let switch = wire.switch.unwrap();
    assert_eq!(paths(&switch.how).0, "/relay/3/value");
    let How::Each {
        on: Request::Http { method, body, .. },
        ..
    } = &switch.how
    else {
        panic!()
    };
    assert_eq!((method.as_str(), body.is_some()), ("PUT", true));
    assert!(matches!(&switch.way, Way::Http(http) if http.tls));
    assert_eq!(wire.settings.whole::<u64>("port").unwrap(), 443);
}

#[test]
fn a_port_of_this_computer_is_a_device_and_no_file() {
    let port = |path: &str| {
        let params = [("host", word("127.0.0.1")), ("port", word(path))];
        one(resource("RawSerialPort", &params))
    };
    for file in ["/etc/passwd", "/dev/../etc/passwd", "ttyUSB0"] {
        let why = port(file).unwrap_err();
        assert!(why.contains("no device below /dev"), "{why}");
    }
    let (wire, _) = port("/dev/ttyUSB0").unwrap();
    assert_eq!(wire.settings.text("port").unwrap(), "/dev/ttyUSB0");
}

#[test]
fn a_parameter_that_fits_no_wire_is_not_shown_where_it_may_hold_a_password() {
    let service = [("address", word("http://root:S3cretPW@192.0.2.9"))];
    let why = one(resource("NetworkService", &service)).unwrap_err();
    assert!(why.contains("not shown"), "{why}");
    assert!(!why.contains("S3cretPW"), "{why}");
}

#[test]
fn a_probe_elsewhere_is_worked_there_and_a_port_elsewhere_is_told() {
    let probe = |host: &str| {
        let params = [
            ("host", word(host)),
            ("vendor_id", Value::Whole(0x1366)),
            ("model_id", Value::Whole(0x105)),
        ];
        resource("NetworkUSBDebugger", &params)
    };
    let (wire, channel) = one(probe("127.0.0.1")).unwrap();
    assert_eq!(channel, Channel::Debug);
    assert_eq!(wire.settings.text("probe").unwrap(), "1366:0105");
    assert!(wire.settings.get("host").is_none());
    // At another computer it is worked there, by whatever name its exporter is reached.
    let host_of = |resource: Resource| {
        let (wire, channel) = one(resource)?;
        assert_eq!(
            (channel, wire.driver.as_str()),
            (Channel::Debug, "probe-rs")
        );
        Ok::<_, String>(wire.settings.text("host").unwrap().to_owned())
    };
    assert_eq!(host_of(probe("192.0.2.7")).unwrap(), "192.0.2.7");
    let mut behind = probe("192.0.2.7");
    for (key, value) in [
        ("proxy_required", Value::YesNo(true)),
        ("proxy", word("exporter-3")),
    ] {
        behind.extra.insert(key.to_owned(), value);
    }
    assert_eq!(host_of(behind).unwrap(), "exporter-3");
    // A farm's word is no option of ssh.
    let option = host_of(probe("-oProxyCommand=x")).unwrap_err();
    assert!(option.contains("no login on a host"), "{option}");
    let port = [("host", word("192.0.2.7")), ("port", word("/dev/ttyUSB0"))];
    let elsewhere = one(resource("RawSerialPort", &port)).unwrap_err();
    assert!(elsewhere.contains("another computer"), "{elsewhere}");
    let service = [("address", word("192.0.2.9")), ("username", word("root"))];
    let (wire, channel) = one(resource("NetworkService", &service)).unwrap();
    assert_eq!((channel, wire.driver.as_str()), (Channel::Lan, "ip"));
    assert!(
        one(resource("USBVideo", &[]))
            .unwrap_err()
            .contains("USBVideo")
    );
}

#[test]
fn of_two_the_one_with_the_name_is_meant_and_none_is_guessed() {
    let mut other = serial(word("raw"));
    other.path.push('2');
    let both = place(vec![serial(Value::Nothing), other.clone()]);
    let why = of(&both, &BTreeSet::new())
        .map(|f| f.wires)
        .unwrap_err()
        .to_string();
    assert!(
        why.contains(&other.path) && why.contains("`console`"),
        "{why}"
    );
    other.name = "console".to_owned();
    let named = place(vec![serial(Value::Nothing), other]);
    let found = of(&named, &BTreeSet::new()).unwrap();
    assert_eq!(found.wires[&Channel::Console].driver, "tcp");
    // What the bench file wires itself is its own.
    let found = of(&both, &BTreeSet::from([Channel::Console])).unwrap();
    assert!(found.wires.is_empty());
    assert_eq!(found.aside.len(), 2);
}

#[test]
fn assumed_wires_are_wires() {
    for channel in super::super::BRINGS {
        assert!(assumed(channel).is_some(), "{channel}");
    }
}
