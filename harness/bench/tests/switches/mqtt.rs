//! Switches behind an MQTT broker: a small broker, each with one switch behind it.

use super::{Device, MODELS, Model, Mood, PASSWORD, Place, refusal, supply};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;

/// What the switch says to a message: topics and payloads.
type Answers = fn(&Device, &str, &str) -> Vec<(String, String)>;

/// What is odd about broker or switch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Odd {
    Nothing,
    /// The switch has lost its broker: nobody hears what is sent.
    Gone,
    /// The same, and a state that it said before comes before anything is sent.
    GoneLately,
    /// Nobody may listen.
    Deaf,
}

/// Serves one session after another until the process ends. `kept` is what the broker has kept: topic and payload.
fn serve(device: Arc<Device>, kept: [&'static str; 2], answers: Answers, odd: Odd) -> Place {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            match device.mood {
                Mood::Silent => held.push(stream),
                // A caller that gave up does not end the broker.
                _ => drop(session(stream, &device, kept, answers, odd)),
            }
        }
    });
    format!(
        "broker = \"127.0.0.1\", port = {port}, device = \"plug\", user = \"lab\", password = \"{PASSWORD}\""
    )
}

fn session(
    mut stream: TcpStream,
    device: &Device,
    [topic, payload]: [&str; 2],
    answers: Answers,
    odd: Odd,
) -> Option<()> {
    let (first, body) = packet(&mut stream)?;
    assert_eq!(first, 0x10, "CONNECT");
    let code = if is_let_in(&body) { 0 } else { 5 };
    stream.write_all(&[0x20, 2, 0, code]).ok()?;
    if code != 0 {
        return None;
    }
    let mut listens = Vec::new();
    loop {
        let (first, body) = packet(&mut stream)?;
        match first {
            0x82 => {
                let mut rest = &body[2..];
                let mut codes: Vec<u8> = Vec::new();
                while !rest.is_empty() {
                    listens.push(text(&mut rest));
                    rest = &rest[1..];
                    codes.push(if odd == Odd::Deaf { 0x80 } else { 0 });
                }
                let ack = [&body[..2], codes.as_slice()].concat();
                stream.write_all(&framed(0x90, &ack)).ok()?;
                if listens.iter().any(|listened| listened == topic) {
                    stream.write_all(&message(0x31, topic, payload)).ok()?;
                    if odd == Odd::GoneLately {
                        stream.write_all(&message(0x30, topic, payload)).ok()?;
                    }
                }
            }
            0x32 => {
                let mut rest = &body[..];
                let to = text(&mut rest);
                stream.write_all(&framed(0x40, &rest[..2])).ok()?;
                let said = std::str::from_utf8(&rest[2..]).unwrap();
                let answers = match odd {
                    Odd::Gone | Odd::GoneLately => Vec::new(),
                    _ => answers(device, &to, said),
                };
                for (topic, payload) in answers {
                    if listens.contains(&topic) {
                        let sent = message(0x30, &topic, &payload);
                        stream.write_all(&sent).ok()?;
                    }
                }
            }
            0xe0 => return None,
            other => panic!("{other:x}"),
        }
    }
}

/// A clean session of MQTT 3.1.1 with user and password, under a name that every broker takes.
fn is_let_in(connect: &[u8]) -> bool {
    let mut rest = connect;
    assert_eq!((text(&mut rest).as_str(), rest[0]), ("MQTT", 4));
    let flags = rest[1];
    assert_eq!(flags & 2, 2, "clean");
    rest = &rest[4..];
    let name = text(&mut rest);
    assert!((1..=23).contains(&name.len()), "{name}");
    flags == 0xc2 && text(&mut rest) == "lab" && text(&mut rest) == PASSWORD
}

fn text(from: &mut &[u8]) -> String {
    let (length, rest) = from.split_at(2);
    let length = usize::from(u16::from_be_bytes(length.try_into().unwrap()));
    let (text, rest) = rest.split_at(length);
    *from = rest;
    String::from_utf8(text.to_vec()).unwrap()
}

fn packet(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).ok()?;
    let [first, mut part] = head;
    let mut length = usize::from(part & 0x7f);
    if part & 0x80 != 0 {
        let mut second = [0; 1];
        stream.read_exact(&mut second).ok()?;
        part = second[0];
        assert_eq!(part & 0x80, 0, "longer than anything said here");
        length += usize::from(part) << 7;
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((first, body))
}

fn framed(first: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len()).unwrap();
    assert!(length < 0x80);
    [&[first, length][..], body].concat()
}

fn message(first: u8, topic: &str, payload: &str) -> Vec<u8> {
    let length = u16::try_from(topic.len()).unwrap().to_be_bytes();
    framed(
        first,
        &[&length[..], topic.as_bytes(), payload.as_bytes()].concat(),
    )
}

fn word(on: bool) -> &'static str {
    if on { "ON" } else { "OFF" }
}

/// What is kept says that the outlet is on, whatever is true.
const KEPT_TASMOTA: [&str; 2] = ["stat/plug/POWER2", "ON"];

fn says_tasmota(device: &Device, topic: &str, payload: &str) -> Vec<(String, String)> {
    let number = topic.strip_prefix("cmnd/plug/Power").unwrap();
    let outlet: usize = number.parse().unwrap();
    match payload {
        "" => {}
        "ON" => device.set(outlet, true),
        "OFF" => device.set(outlet, false),
        other => panic!("{other}"),
    }
    let state = word(device.is_on(outlet));
    vec![
        (
            "stat/plug/RESULT".to_owned(),
            format!("{{\"POWER{outlet}\":\"{state}\"}}"),
        ),
        (format!("stat/plug/POWER{outlet}"), state.to_owned()),
    ]
}

pub(super) fn tasmota(device: Arc<Device>) -> Place {
    serve(device, KEPT_TASMOTA, says_tasmota, Odd::Nothing)
}

pub(super) fn shelly_gen1(device: Arc<Device>) -> Place {
    let kept = ["shellies/plug/relay/1", "on"];
    let answers: Answers = |device, topic, payload| {
        let state = |index: usize| {
            let state = word(device.is_on(index + 1)).to_lowercase();
            (format!("shellies/plug/relay/{index}"), state)
        };
        if topic == "shellies/plug/command" {
            assert_eq!(payload, "update");
            return (0..4).map(state).collect();
        }
        let index = topic
            .strip_prefix("shellies/plug/relay/")
            .and_then(|rest| rest.strip_suffix("/command"));
        let index: usize = index.unwrap().parse().unwrap();
        assert!(["on", "off"].contains(&payload), "{payload}");
        device.set(index + 1, payload == "on");
        vec![state(index)]
    };
    serve(device, kept, answers, Odd::Nothing)
}

pub(super) fn zigbee2mqtt(device: Arc<Device>) -> Place {
    let kept = ["zigbee2mqtt/plug", r#"{"state":"ON","linkquality":90}"#];
    let answers: Answers = |device, topic, payload| {
        let said: serde_json::Value = serde_json::from_str(payload).unwrap();
        match topic {
            "zigbee2mqtt/plug/set" => device.set(1, said["state"] == "ON"),
            "zigbee2mqtt/plug/get" => assert_eq!(said["state"], ""),
            other => panic!("{other}"),
        }
        let state = word(device.is_on(1));
        // The first tells of something else.
        let all = [
            "{\"linkquality\":91}".to_owned(),
            format!("{{\"linkquality\":92,\"state\":\"{state}\"}}"),
        ];
        all.map(|said| ("zigbee2mqtt/plug".to_owned(), said)).into()
    };
    serve(device, kept, answers, Odd::Nothing)
}

fn a_tasmota() -> &'static Model {
    let mut all = MODELS.iter();
    all.find(|model| model.name == "tasmota-mqtt").unwrap()
}

/// What is said of a Tasmota that cannot be switched on.
fn told(odd: Odd) -> String {
    let device = Device::new(Mood::Honest);
    let place = serve(device, KEPT_TASMOTA, says_tasmota, odd);
    refusal(a_tasmota(), &place, "700ms")
}

#[test]
fn what_a_broker_kept_is_no_read_back() {
    let what = told(Odd::Gone);
    let wanted = "nothing came on stat/plug/POWER2, stat/plug/POWER within 700ms but what the broker had kept";
    assert!(what.contains(wanted), "{what}");
}

#[test]
fn what_was_said_before_the_command_is_no_read_back() {
    let what = told(Odd::GoneLately);
    assert!(what.contains("nothing came on stat/plug/POWER2"), "{what}");
}

#[test]
fn a_broker_that_lets_nobody_listen_is_told() {
    let what = told(Odd::Deaf);
    assert!(
        what.contains("the broker does not let `lab` listen to stat/plug/POWER2"),
        "{what}"
    );
}

#[test]
fn a_password_that_is_missing_is_asked_for() {
    let place = tasmota(Device::new(Mood::Honest));
    let place = place.replace(&format!(", password = \"{PASSWORD}\""), "");
    let what = refusal(a_tasmota(), &place, "20s");
    assert!(what.contains("asks for a password"), "{what}");
}

/// Of one relay alone Tasmota says `POWER`.
#[test]
fn one_relay_alone_is_read_back() {
    let answers: Answers = |device, topic, payload| {
        assert_eq!(topic, "cmnd/plug/Power1");
        let said = says_tasmota(device, topic, payload).pop().unwrap().1;
        vec![("stat/plug/POWER".to_owned(), said)]
    };
    let device = Device::new(Mood::Honest);
    let place = serve(device.clone(), KEPT_TASMOTA, answers, Odd::Nothing);
    let mut power = supply("tasmota-mqtt", &place, 1, "20s").unwrap();
    power.on().unwrap();
    assert!(device.is_on(1));
    power.off().unwrap();
    assert!(!device.is_on(1));
}

/// A lab's own file need not ask where a switch says by itself how it was switched.
#[test]
fn a_switch_that_speaks_by_itself_need_not_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.toml");
    let built_in = include_str!("../../../transport/switches/tasmota-mqtt.toml");
    let ask = "ask = \"cmnd/{device}/Power{outlet}\"\n";
    assert!(built_in.contains(ask));
    std::fs::write(&file, built_in.replace(ask, "")).unwrap();
    let name = file.display().to_string();
    let device = Device::new(Mood::Honest);
    let mut power = supply(&name, &tasmota(device.clone()), 2, "20s").unwrap();
    for on in [true, false, true] {
        let switched = if on { power.on() } else { power.off() };
        switched.unwrap();
        assert_eq!((device.is_on(2), power.is_on()), (on, Some(on)));
    }
    let place = serve(device, KEPT_TASMOTA, says_tasmota, Odd::Gone);
    let trouble = supply(&name, &place, 2, "300ms").unwrap().on().unwrap_err();
    assert!(trouble.what.contains("nothing came on"), "{trouble}");
}
