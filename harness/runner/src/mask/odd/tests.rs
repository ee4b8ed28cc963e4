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
