//! Answers of several kinds, whole and in pieces.

use super::*;

fn seen(take: Take, answer: &[u8], whole: bool, outlet: u64) -> Seen {
    let words = |all: &[&str]| all.iter().map(|w| (*w).to_owned()).collect();
    let state = State {
        ask: Request::Lines {
            lines: Vec::new(),
            answer: None,
        },
        take,
        on: words(&["ON", "1", "true"]),
        off: words(&["OFF", "0", "false"]),
    };
    let values = Values {
        outlet,
        ..Values::default()
    };
    state.seen(answer, whole, &values)
}

fn template(text: &str) -> Template {
    Template::parse(text).unwrap()
}

fn is_odd(seen: Seen, why: &str) {
    match seen {
        Seen::Odd(text) => assert!(text.starts_with(why) && !text.contains('\u{1b}'), "{text}"),
        other => panic!("{other:?} is not odd"),
    }
}

#[test]
fn a_line_counts_once_it_is_ended() {
    assert_eq!(seen(Take::Whole, b"on\r\n", false, 1), Seen::Is(true));
    assert_eq!(seen(Take::Whole, b"O", false, 1), Seen::More);
    assert_eq!(seen(Take::Whole, b"0", true, 1), Seen::Is(false));
    is_odd(seen(Take::Whole, b"\x1b[2J\n", false, 1), "says neither");
    is_odd(
        seen(Take::Whole, b"", true, 1),
        "says neither on nor off: it is empty",
    );
}

#[test]
fn a_place_in_json_is_found_by_its_outlet() {
    let take = || Take::Json(vec![template("/POWER{outlet}"), template("/POWER")]);
    assert_eq!(
        seen(take(), br#"{"POWER2":"ON","POWER":"OFF"}"#, true, 2),
        Seen::Is(true)
    );
    assert_eq!(
        seen(take(), br#"{"POWER":"OFF"}"#, true, 1),
        Seen::Is(false)
    );
    let at = || Take::Json(vec![template("/o/{outlet0}/state")]);
    assert_eq!(
        seen(at(), br#"{"o":[{"state":1},{"state":0}]}"#, true, 2),
        Seen::Is(false)
    );
    is_odd(
        seen(at(), br#"{"o":[]}"#, true, 1),
        "says nothing of the outlet",
    );
    is_odd(seen(at(), b"<html>", true, 1), "is no JSON: <html>");
}

#[test]
fn a_value_behind_a_text_ends_with_its_line() {
    let take = || Take::After(template("CH{outlet}:"));
    let all = b"CH1: OFF\r\nCH2: ON\r\n";
    assert_eq!(seen(take(), all, false, 1), Seen::Is(false));
    assert_eq!(seen(take(), all, false, 2), Seen::Is(true));
    assert_eq!(seen(take(), &all[..16], false, 2), Seen::More);
    is_odd(seen(take(), all, true, 3), "does not say `CH3:`");
}

#[test]
fn of_two_texts_one_is_in_the_answer() {
    let state = State {
        ask: Request::Lines {
            lines: Vec::new(),
            answer: None,
        },
        take: Take::Told,
        on: Vec::new(),
        off: Vec::new(),
    };
    let values = Values {
        told: super::super::Told {
            is_on: "r2=1".to_owned(),
            is_off: "r2=0".to_owned(),
            ..Default::default()
        },
        ..Values::default()
    };
    let seen = |answer: &[u8], whole| state.seen(answer, whole, &values);
    assert_eq!(seen(b"<p>r1=0 r2=1</p>", true), Seen::Is(true));
    assert_eq!(seen(b"<p>r1=1 r2=0</p>", true), Seen::Is(false));
    assert_eq!(seen(b"<p>r1=1 r2=1</p>", false), Seen::More);
    is_odd(seen(b"<h1>Error</h1>", true), "says neither");
    is_odd(seen(b"r2=0 r2=1", true), "says both");
}

#[test]
fn fields_and_bits_go_by_outlets() {
    let field = || Take::Field {
        separator: ";".to_owned(),
        index: vec![2, 3],
    };
    assert_eq!(seen(field(), b"a;b;0;1;", true, 2), Seen::Is(true));
    is_odd(seen(field(), b"a;b;0", true, 2), "has too few fields");
    let bit = |number| Take::Bit {
        number,
        index: vec![4, 5],
    };
    assert_eq!(seen(bit(Bits::Hex), b"0x20\n", false, 2), Seen::Is(true));
    assert_eq!(seen(bit(Bits::Hex), b"0x20\n", false, 1), Seen::Is(false));
    assert_eq!(seen(bit(Bits::Hex), b"0x2", false, 1), Seen::More);
    is_odd(
        seen(bit(Bits::Hex), b"hm\n", false, 1),
        "is no number in hex",
    );
    assert_eq!(seen(bit(Bits::Byte), &[0x10], false, 1), Seen::Is(true));
    assert_eq!(seen(bit(Bits::Byte), b"", false, 1), Seen::More);
}
