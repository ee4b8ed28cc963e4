//! What counts as the unit's own word.

use super::*;
use proofhouse_model::Dur;
use proofhouse_model::observation::{HttpAnswer, Matched};
use proofhouse_model::op::HttpOp;

fn page(body: &str) -> Observation {
    Observation::Http(HttpAnswer {
        status: Some(404),
        headers: vec![("set-cookie".into(), "sid=0a99f3".into())],
        body: body.into(),
        cut: false,
        certificate: Some("7ea99c".repeat(10)),
        decoded: None,
        unparsed: None,
    })
}

fn get(path: &str, body: &str) -> Op {
    Op::Http(HttpOp {
        method: "GET".into(),
        port: 80,
        tls: false,
        path: path.into(),
        headers: Vec::new(),
        body: body.into(),
        session: 0,
        within: Dur::secs(1),
        leaves: None,
    })
}

fn typed(text: &str) -> Op {
    let bytes = text.into();
    Op::Console(ConsoleOp::Send { bytes })
}

/// Whether a value is the unit's word once these were sent and that was answered.
fn is_told(value: &str, ops: &[Op], answer: &str) -> bool {
    let mut told = Told::default();
    ops.iter().for_each(|op| told.sends(op));
    told.saw(Channel::Lan, &page(answer));
    told.was_told(Channel::Lan, value)
}

#[test]
fn a_short_value_is_told_as_a_word_of_its_own() {
    let asked = [get("/", "")];
    for answer in [
        "serial: A17",
        "{\"serial\":\"a17\"}",
        "A17",
        "<b>A17</b>",
        "serial=A17;",
    ] {
        assert!(is_told("A17", &asked, answer), "{answer}");
    }
    for answer in ["x0A17f", "A 17", "A1 7", "BA17", "A170", "", "token=9fA17"] {
        assert!(!is_told("A17", &asked, answer), "{answer}");
    }
    // In the cookie and in the hash of the certificate it stands by chance.
    assert!(!is_told("A99", &asked, "welcome"));
    assert!(is_told("Box 2", &asked, "{\"model\":\"Box 2\"}"));
    assert!(is_told("2.3.1", &asked, "Firmware 2.3.1 (stable)"));
    assert!(!is_told("-", &asked, "a - b") && !is_told("\u{e9}", &asked, "b"));
}

#[test]
fn a_long_value_is_told_however_its_groups_are_written() {
    let asked = [get("/", "")];
    assert!(is_told(
        "9C-1F-00-00-00-17",
        &asked,
        "mac 9c:1f:00:00:00:17"
    ));
    assert!(is_told("PLUG-000041", &asked, "PLUG000041"));
    assert!(!is_told("PLUG-000041", &asked, "PLUG-000042"));
}

#[test]
fn what_was_sent_in_any_form_is_an_echo() {
    let (mac, short) = ("9c:1f:00:00:00:99", "A99");
    for (value, path, body) in [
        (mac, "/9c:1f:00:00:00:99", ""),
        (mac, "/9c%3A1f%3a00%3A00%3A00%3A99", ""),
        (mac, "/%39%63:1f:00%3a00:00:99", ""),
        (mac, "/%2539c:1f:00:00:00:99", ""),
        (mac, "/", "{\"m\":\"OWM6MWY6MDA6MDA6MDA6OTk=\"}"),
        (short, "/A99", ""),
        (short, "/?x=%41%39%39", ""),
        (short, "/", "QTk5"),
    ] {
        let answer = format!("no such page: {value}");
        assert!(!is_told(value, &[get(path, body)], &answer), "{path}{body}");
        assert!(is_told(value, &[get("/", "")], &answer), "{path}{body}");
    }
    let pieces = [typed("9c:1f:00:"), typed("00:00:99")];
    assert!(!is_told(mac, &pieces, mac));
    assert!(!is_told(short, &[typed("A"), typed("99")], short));
    // What is looked for is sent to nobody.
    let pattern = Op::Console(ConsoleOp::Expect {
        pattern: "(A99|A98)".into(),
        within: Dur::secs(1),
    });
    assert!(is_told(short, &[pattern], short));
}

#[test]
fn behind_more_than_is_kept_nothing_counts_as_told() {
    let mac = "9c:1f:00:00:00:99";
    let flood = get("/", &"x".repeat(MOST_TEXT + 1));
    assert!(!is_told(mac, &[flood, get(mac, "")], mac));
    let flood = typed(&"x".repeat(MOST_TEXT + 1));
    assert!(!is_told(mac, &[flood, typed(mac)], mac));
}

#[test]
fn what_the_label_says_is_known_before() {
    let said = "serial A99 of 9c:1f:00:00:00:99, revision 7";
    let is_told = |label: &str, value: &str| {
        let mut told = Told::default();
        told.gave(label);
        told.saw(Channel::Lan, &page(said));
        told.was_told(Channel::Lan, value)
    };
    assert!(!is_told("A99", "A99") && !is_told("SN: A99", "a99"));
    assert!(!is_told("9C1F00000099", "9c:1f:00:00:00:99"));
    assert!(!is_told("7", "7"));
    assert!(is_told("correct-horse", "A99"));
    assert!(is_told("correct-horse", "9c:1f:00:00:00:99"));
}

#[test]
fn each_wire_speaks_for_itself() {
    let mut told = Told::default();
    let matched = Observation::Matched(Matched {
        text: "serial=A17\r\n".into(),
        groups: vec!["A17".into()],
        before: "".into(),
        after: Dur::ms(1),
    });
    told.saw(Channel::Console, &matched);
    assert!(told.was_told(Channel::Console, "A17"));
    assert!(!told.was_told(Channel::Lan, "A17"));
}
