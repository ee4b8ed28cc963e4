//! Slips of a technician beside passwords: none may be told with the mistake.

use super::*;
use crate::read_bench;

const FIRST: &str = "vuk7-Tz3m-Qx9d";
const SECOND: &str = "Kd5t-w8Rf-Z2mq";
const FIELD: &str = "root-password = \"vuk7-Tz3m-Qx9d\"";

fn bench() -> String {
    format!(
        "name = \"acme boxes\"\nprofile = \".\"\n\n[unit.box-1]\nsample = \"production\"\n\
         identity = {{ serial = \"A17\", mac = \"9c:9c:1f:00:00:17\" }}\n\
         label = {{ {FIELD}, installer-code = \"{SECOND}\", serial = \"A17\" }}\n\
         power = {{ driver = \"command\", on = [\"relay\", \"on\"], off = [\"relay\", \"off\"] }}\n\
         lan = {{ driver = \"ip\", address = \"127.88.7.1\" }}\n"
    )
}

/// All that is told of a file, with all of its text.
fn told(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bench.toml");
    std::fs::write(&path, text).unwrap();
    let Err(found) = read_bench(&path) else {
        return String::new();
    };
    for place in found.iter().filter_map(|d| d.place.as_ref()) {
        assert!(place.source.get(place.span.0..place.span.1).is_some());
    }
    format!("{found:?}")
}

fn hides(told: &str) -> bool {
    let mut pieces = FIRST.split('-').chain(SECOND.split('-'));
    pieces.all(|piece| !told.contains(piece))
}

#[test]
fn no_slip_beside_a_password_tells_it() {
    let field = |instead: &str| bench().replace(FIELD, instead);
    let power = |instead: &str| {
        let lines = bench();
        let lines = lines.lines().map(|line| match line.starts_with("power") {
            true => {
                format!(
                    "power = {{ driver = \"switch\", model = \"shelly-gen2\", x = 1, {instead} }}\n"
                )
            }
            false => format!("{line}\n"),
        });
        lines.collect::<String>()
    };
    let slips = [
        field(&FIELD[..FIELD.len() - 1]),
        bench().replace(&format!("{FIELD},"), FIELD),
        field(&format!("{FIELD}, {FIELD}")),
        field(&format!("root-password = '{FIRST}\"")),
        field(&format!("root-password = {FIRST}")),
        field(&format!("root-password = [\"{FIRST}\"]")),
        field(&format!("root-password = {{ x = \"{FIRST}\" }}")),
        field(&format!("\"{FIRST}\" = \"root-password\"")),
        field(&format!("root-password = \"{FIRST}\\q\"")),
        field(&format!("root-password == \"{FIRST}\"")),
        field(&format!("root-password: \"{FIRST}\"")),
        field(&format!("root-password = \"\"\"{FIRST}")),
        field(&format!("root-password = \"{FIRST}\0\"")),
        field(&format!("\"{}\" = \"x\"", FIRST.repeat(500))),
        field(&format!("{FIELD}x")),
        field(&format!("{FIELD}\n\n zzz")),
        field(&format!("{FIELD}\u{a0}")),
        field(&format!("{FIELD}\u{1f511}")),
        bench().replace("label =", "lable ="),
        bench().replace("label = {", "label = \"x\" # {"),
        bench().replace("label = {", "label {"),
        bench().replace("label = {", ""),
        bench().replace(
            "127.88.7.1\"",
            &format!("127.88.7.1\", x = 1, key = \"{FIRST}\""),
        ),
        bench().replace("127.88.7.1\"", &format!("127.88.7.1, password = '{FIRST}'")),
        bench().replace("serial = \"A17\",", &format!("serail = \"{FIRST}\",")),
        bench().replace(
            "[unit.box-1]",
            &format!("[unit.box-1.label]\npin = {FIRST}\n[unit.box-1]"),
        ),
        bench().replace(
            "[unit.box-1]",
            &format!("password =\n[\"{FIRST}\"]\n[unit.box-1]"),
        ),
        power(&format!(
            "address = \"http://root:{FIRST}@192.168.1.50\", outlet = 1"
        )),
        power(&format!(
            "address = \"192.168.1.50\", outlet = 1, passwort = \"{FIRST}\""
        )),
        power(&format!(
            "address = \"192.168.1.50\", outlet = 1, user = \"{FIRST}\" x"
        )),
        power(&format!(
            "address = \"192.168.1.50\" outlet = 1, password = \"{FIRST}\""
        )),
    ];
    for slip in slips {
        let told = told(&slip);
        assert!(!told.is_empty() && hides(&told), "{slip}\n{told}");
    }
}

#[test]
fn what_is_no_secret_is_shown_as_it_is() {
    for (text, covered) in [
        ("name = \"desk 3, left\"", ""),
        ("profile = \"../acme\"", ""),
        ("grants = [\"may-brik\", \"x\"]", ""),
        ("place = lamp box", "place = lamp ***"),
        ("identity = { serial = \"A17\", mac = \"02:00\" }", ""),
        ("tags = { board = \"lamp\" }", ""),
        ("lan = { driver = \"ip\", address = \"192.168.1.7\" }", ""),
        (
            "console = { driver = \"serial\", port = \"/dev/ttyUSB0\", baud = 9600 }",
            "",
        ),
        (
            "power = { driver = \"switch\", model = \"x\", user = \"a\", password = \"b\", within = \"5s\" }",
            "power = { driver = \"switch\", model = \"x\", user = \"*\", password = \"*\", within = \"5s\" }",
        ),
        (
            "label = { installer-code = \"b\\\"c\", serial = \"A17\" }",
            "label = { installer-code = \"****\", serial = \"***\" }",
        ),
        (
            "label.pin = 1234 # it was 77",
            "label.pin = **** # ** *** **",
        ),
        (
            "power.on = [\"relay\", \"1\"]",
            "power.on = [\"*****\", \"*\"]",
        ),
    ] {
        let wanted = match covered {
            "" => text,
            covered => covered,
        };
        let head = "[unit.lamp]\n";
        let covered = Covered::of(&format!("{head}{text}\n"));
        assert_eq!(covered.text, format!("{head}{wanted}\n"));
    }
}

#[test]
fn every_byte_keeps_its_place() {
    let text = "[unit.a]\nlabel = { pin = \"p\u{e9}\u{1f511}\", \u{fc} = 'x' }\nzzz \u{a0}\n";
    let covered = Covered::of(text);
    assert_eq!(covered.text.len(), text.len());
    assert_eq!(
        covered.text,
        "[unit.a]\nlabel = { pin = \"*******\", ** = '*' }\n*** **\n"
    );
}

#[test]
fn a_message_tells_names_and_no_values() {
    let text = format!("[unit.a]\nlabel = {{ \"{FIRST}\" = \"x\" }}\nsample = \"opened\"\n");
    let covered = Covered::of(&text);
    let at = text.find(FIRST).unwrap();
    let key = at - 1..at + FIRST.len() + 1;
    let message = |text: &str, about| covered.message(text, about);
    let told = message(
        &format!("`{FIRST}` is no name of a label field"),
        key.clone(),
    );
    assert_eq!(told, "`***` is no name of a label field");
    assert_eq!(message(&format!("{FIRST} is odd"), 0..0), "*** is odd");
    assert_eq!(message("`vuk7...` is odd", key.clone()), "`***` is odd");
    let named = "this is that of `power.on`";
    assert_eq!(message(named, key), named);
    let value = text.find("opened").unwrap();
    let sample = "`opened` is no sample";
    assert_eq!(message(sample, value..value + 6), sample);
}
