use super::*;
use crate::mask::{Streams, Way};
use proofhouse_model::SecretKind;
use proofhouse_model::readings::examples::examples;

const SECRETS: [&str; 2] = ["kR7&wQz9+Lm2/té", "hunter2secret"];

fn book(secret: &str) -> SecretBook {
    let mut book = SecretBook::new([7; 16]);
    book.learn("wifi-key", SecretKind::Given, secret.as_bytes(), None);
    book
}

/// What stands beside the marks.
fn beside(masked: &[u8]) -> String {
    let masked = String::from_utf8_lossy(masked);
    let mut pieces = masked.split('⟨');
    let first = pieces.next().unwrap_or_default().to_owned();
    let behind = pieces.map(|piece| piece.split_once('⟩').map_or(piece, |(_, rest)| rest));
    behind.fold(first, |all, piece| all + piece)
}

#[test]
fn every_odd_form_is_masked_and_the_exact_ones_are_put_back() {
    for secret in SECRETS {
        let book = book(secret);
        for (how, text) in examples(secret) {
            let text = format!("<< {text} >>");
            let masked = book.mask_bytes(text.as_bytes(), None).into_owned();
            let left = beside(&masked);
            let what = format!("{how:?} {text:?} {}", String::from_utf8_lossy(&masked));
            assert!(left.len() + 6 <= text.len(), "{what}");
            assert!(!book.touches_piece(left.as_bytes(), None), "{what}");
            if how.is_exact() && how != How::Dump {
                assert_eq!(book.put_back(&masked), text.as_bytes(), "{what}");
            }
        }
    }
}

/// Cut in two at every byte, with and without an op that ends between: nothing of either half is left that tells.
#[test]
fn an_odd_form_that_a_console_says_in_two_pieces_is_masked() {
    let way = Way::heard(None);
    let secret = "hunter2secret";
    let book = book(secret);
    for (how, form) in examples(secret) {
        let text = format!("is {form}\r\nok").into_bytes();
        for cut in 3..text.len() {
            for ends in [false, true] {
                let mut streams = Streams::default();
                let mut said = streams.push(&book, way, &text[..cut], false);
                if ends {
                    said.extend(streams.flush(&book, way));
                }
                said.extend(streams.push(&book, way, &text[cut..], false));
                said.extend(streams.flush(&book, way));
                let left = beside(&said);
                let shown = String::from_utf8_lossy(&said);
                let what = format!("{how:?} cut at {cut}, {ends}: {shown}");
                assert!(!book.touches_piece(left.as_bytes(), None), "{what}");
                if how.is_exact() && how != How::Dump {
                    assert_eq!(book.put_back(&said), text, "{what}");
                }
            }
        }
    }
}

/// A password that its label shows in groups, as devices keep it and print it.
#[test]
fn a_secret_in_groups_is_masked_without_them_and_in_others() {
    let book = book("vuk7-Tz3m-Qx9d");
    for text in [
        "vuk7Tz3mQx9d",
        "VUK7TZ3MQX9D",
        "vuk7tz3mqx9d",
        "VUK7-tZ3M-qX9D",
        "vuk7_Tz3m_Qx9d",
        "vuk7 Tz3m Qx9d",
        "vuk7\u{a0}Tz3m\u{a0}Qx9d",
        "vu\u{ad}k7Tz\u{ad}3mQx\u{ad}9d",
        "vuk7\u{2011}Tz3m\u{2011}Qx9d",
        "vuk7 \u{2013} Tz3m \u{2013} Qx9d",
        "vuk7\u{200b}-Tz3m\u{200b}-Qx9d",
        "\"vuk7\"+\"-Tz3m\"+\"-Qx9d\"",
        "'vuk7-' + 'Tz3m-' + 'Qx9d'",
        "vu k7 Tz 3m Qx 9d",
        "7576 376b 542d 337a 2d6d 7851 6439",
        "376b7576 337a542d 78512d6d",
    ] {
        let whole = format!("is {text}.");
        let masked = book.mask_bytes(whole.as_bytes(), None).into_owned();
        let left = beside(&masked);
        let letters = left.bytes().filter(u8::is_ascii_alphanumeric).count();
        assert!(letters <= 6, "{text}: {}", String::from_utf8_lossy(&masked));
        assert_eq!(book.put_back(&masked), whole.as_bytes(), "{text}");
    }
}

/// The same where what stands between the groups is written as an escape: nothing of the groups is left.
#[test]
fn a_secret_in_groups_between_escapes_is_masked() {
    for label in ["vuk7-Tz3m-Qx9d", "vuk7\u{2013}Tz3m\u{2013}Qx9d"] {
        let book = book(label);
        for between in [
            "&nbsp;", "&shy;", "&ndash;", "&#8209;", "&#xAD;", "\\u00a0", "%C2%A0", "\\00002d",
        ] {
            let whole = format!("is {}.", ["vuk7", "Tz3m", "Qx9d"].join(between));
            let masked = book.mask_bytes(whole.as_bytes(), None).into_owned();
            assert_eq!(beside(&masked), "is .", "{label} {between}");
        }
    }
}

/// Words that only look like it, and a short secret, which stands in much by chance.
#[test]
fn what_stands_there_by_chance_is_left_alone() {
    let mut book = book("lamp12");
    book.learn("pin", SecretKind::Given, b"1234", None);
    for text in [
        "a lamp, 12 of them",
        "lamp-12 and la-mp-12",
        "1.2.3.4 and 12:34, 1-2-3-4",
        "108, 97, 109, 112",
        "lamp\u{2013}12 and \"la\" + x + \"mp12\"",
        "U+006C U+0061, \\00006c and \\000",
    ] {
        assert_eq!(&*book.mask_bytes(text.as_bytes(), None), text.as_bytes());
    }
}

/// The end of a guess that a case makes up may be a secret's beginning by chance. Judged again, the stand-in begins
/// otherwise.
#[test]
fn a_short_piece_of_a_secret_fits_any_bytes_when_judged_again() {
    let mut book = book("l2abcdefgh");
    assert!(book.learn_as(
        ("wifi-key", "0badcafe"),
        SecretKind::Given,
        b"zzzzzzzzzz",
        None
    ));
    let fits = |recorded: &str, text: &str| book.fits(recorded.as_bytes(), text.as_bytes());
    let piece = "jordan⟨wifi-key:0badcafe:hex/0-4⟩!";
    assert!(fits(piece, "jordan6c32!"));
    for other in ["jordan6c3!", "jordan6c321!", "jordon6c32!", "jordan6c32"] {
        assert!(!fits(piece, other), "{other}");
    }
    let whole = "jordan⟨wifi-key:0badcafe⟩";
    assert!(fits(whole, "jordanzzzzzzzzzz") && !fits(whole, "jordanl2abcdefgh"));
    assert!(fits("as it is", "as it is") && !fits("as it is", "as it was"));
}

/// A report is made of what is on record, marks of secrets among it; a number in it may have been a token's beginning.
#[test]
fn a_short_piece_of_a_known_secret_is_passed_over_in_a_report_and_no_other_mark_is() {
    let mut book = SecretBook::new([0; 16]);
    let stand_in = b"jordan-wq4x";
    assert!(book.learn_as(("token", "d7fa02eb"), SecretKind::Found, stand_in, None));
    let over = |stored: &str, now: &str| book.passed_over(stored.as_bytes(), now.as_bytes());
    let stored = "at byt⟨token:d7fa02eb:plain/0-1⟩ ⟨token:d7fa02eb:plain/1-6⟩ of ⟨token:d7fa02eb⟩";
    let now = |text: &str| format!("{text} of ⟨token:d7fa02eb⟩");
    assert_eq!(over(stored, &now("at byte 10875")), Some(2));
    assert_eq!(over(stored, stored), Some(0));
    for other in ["at byte 1087", "at byte 108755", "at bite 10875", "at byte"] {
        assert_eq!(over(stored, &now(other)), None, "{other}");
    }
    // The other way about the piece is what the word is.
    let now = "at byt⟨token:d7fa02eb:plain/0-4⟩ 13188";
    assert_eq!(over("at bytjord 13188", now), Some(1));
    for other in ["at bytjora 13188", "at bytjor 13188", "at bytjord 1318"] {
        assert_eq!(over(other, now), None, "{other}");
    }
    for mark in [
        "⟨token:d7fa02eb⟩",
        "⟨token:d7fa02eb:plain/0-9⟩",
        "⟨token:d7fa02eb:hex/0-4⟩",
        // Of no secret of this run, by name or by hash.
        "⟨lot:d7fa02eb:plain/0-9⟩",
        "⟨lot:d7fa02eb:plain/0-4⟩",
        "⟨token:00000000:plain/0-4⟩",
        "⟨:plain/0-4⟩",
    ] {
        assert_eq!(over(mark, mark), Some(0), "{mark}");
        for now in ["10875e10e", "e108"] {
            assert_eq!(over(mark, now), None, "{mark}");
        }
    }
    // A mark of nothing stands for nothing, not even for nothing at all.
    for empty in ["0-0", "3-3", "11-12"] {
        let stored = format!("a⟨token:d7fa02eb:plain/{empty}⟩b");
        assert_eq!(over(&stored, "ab"), None, "{empty}");
    }
}

/// As a device that keeps UTF-16 says it in JSON: what stands between the characters is nothing of the secret.
#[test]
fn a_secret_with_escaped_zeros_between_is_put_back() {
    for secret in ["Flur oben links", "kitchen-lamp-22"] {
        let book = book(secret);
        let spread: Vec<String> = secret.chars().map(String::from).collect();
        let text = format!(
            "{{\"last_nickname\":\"{}\\u0000\"}}",
            spread.join("\\u0000")
        );
        let masked = book.mask_bytes(text.as_bytes(), None).into_owned();
        let shown = String::from_utf8_lossy(&masked);
        assert!(
            !book.touches_piece(beside(&masked).as_bytes(), None),
            "{shown}"
        );
        assert_eq!(book.put_back(&masked), text.as_bytes(), "{shown}");
    }
}

/// Four digits of a number are the beginning of a word of some secret soon: a text of the suite's own, such as
/// `RFC 7568`, lost them.
#[test]
fn a_few_digits_at_an_end_are_no_secret() {
    let secret = "Anna Weber";
    let book = book(secret);
    for n in 0..6 {
        let words = Form::HexWords(n).of(secret.as_bytes());
        let words = String::from_utf8(words.unwrap()).unwrap();
        let text = format!("see RFC {}", &words[..4]);
        assert!(
            book.tail(text.as_bytes(), Least::Half, None).is_none(),
            "{text}"
        );
        let text = format!("see {}", &words[..words.len().min(12) - 1]);
        let found = book.tail(text.as_bytes(), Least::Half, None);
        assert_eq!(found.is_some(), words.len() > 9, "{text}");
    }
}
