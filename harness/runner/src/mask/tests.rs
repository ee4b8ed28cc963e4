use super::*;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::forms::{self, Form};
use proofhouse_model::observation::{HttpAnswer, Matched};
use proofhouse_model::op::{ConsoleOp, Op};
use proofhouse_model::{
    Bytes, Check, Dur, Event, Fact, Finding, Observation, SecretKind, TaskId, Trouble,
};
use std::time::Instant;

/// Of every kind of character that some form changes.
const SECRET: &str = "kR7&wQ z9+\"Lm2/t'é<";

fn event(fact: Fact) -> Event {
    Event {
        seq: 7,
        at_us: 12_345_678,
        wall: String::new(),
        task: Some(TaskId(3)),
        unit: None,
        fact,
    }
}

fn book(secret: &str) -> SecretBook {
    let mut book = SecretBook::new([7; 16]);
    book.learn("wifi-key", SecretKind::Given, secret.as_bytes(), None);
    book
}

fn noted(text: &str) -> Event {
    event(Fact::Noted { text: text.into() })
}

fn mask(book: &SecretBook, event: Event) -> Event {
    book.mask_event(event, &mut Streams::default())
}

fn holds(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len()).any(|w| w == what)
}

#[test]
fn every_form_is_masked_and_put_back() {
    for secret in [SECRET, "hunter2secret", "837261", "pin4"] {
        let book = book(secret);
        for (form, bytes) in forms::all(secret.as_bytes(), 4) {
            let text = [&b"<< "[..], &bytes, b" >>"].concat();
            let masked = book.mask_bytes(&text, None);
            assert!(!holds(&masked, &bytes), "{form:?} {masked:?}");
            assert!(holds(&masked, "⟨wifi-key:".as_bytes()), "{form:?}");
            assert_eq!(book.put_back(&masked), text, "{form:?}");
        }
    }
}

/// What stands beside a secret in the same base64 text changes its outer characters: nothing of it is left.
#[test]
fn base64_is_masked_with_the_characters_it_shares() {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let (real, other) = ("hunter2secreT", "Zk3pQ9vWmB7xY");
    let mut book = SecretBook::new([7; 16]);
    let hash = book
        .learn("pw", SecretKind::Given, real.as_bytes(), None)
        .unwrap();
    let mut stand_in = SecretBook::new([0; 16]);
    stand_in.learn_as(("pw", &hash), SecretKind::Given, other.as_bytes(), None);
    for before in ["", "r", "ro", "roo", "root:", "admin:"] {
        for behind in ["", ";", ";x", ";xy"] {
            let whole = |pw| format!("{before}{pw}{behind}");
            for coded in [
                |text: String| STANDARD.encode(text),
                |text: String| URL_SAFE_NO_PAD.encode(text),
            ] {
                let text = format!("Basic {}", coded(whole(real)));
                let masked = book.mask_bytes(text.as_bytes(), None);
                let put = String::from_utf8(stand_in.put_back(&masked)).unwrap();
                assert_eq!(put, format!("Basic {}", coded(whole(other))));
            }
        }
    }
}

/// Each form, cut in two at every byte and said byte by byte: nothing joins to it.
#[test]
fn a_console_that_says_a_secret_in_pieces_says_none() {
    let way = Way::heard(None);
    for secret in [SECRET, "hunter2secret", "837261"] {
        let book = book(secret);
        for (form, bytes) in forms::all(secret.as_bytes(), 4) {
            let text = [&b"login: "[..], &bytes, b"\r\nok"].concat();
            for cut in 0..text.len() {
                for ends in [false, true] {
                    let mut streams = Streams::default();
                    let mut said = streams.push(&book, way, &text[..cut], false);
                    if ends {
                        said.extend(streams.flush(&book, way));
                    }
                    said.extend(streams.push(&book, way, &text[cut..], false));
                    said.extend(streams.flush(&book, way));
                    assert!(!holds(&said, &bytes), "{form:?} cut at {cut}");
                    assert_eq!(book.put_back(&said), text, "{form:?} cut at {cut}");
                }
            }
            for ends in [false, true] {
                let mut streams = Streams::default();
                let mut said = Vec::new();
                for byte in &text {
                    said.extend(streams.push(&book, way, &[*byte], false));
                    if ends {
                        said.extend(streams.flush(&book, way));
                    }
                }
                said.extend(streams.flush(&book, way));
                assert!(!holds(&said, &bytes), "{form:?} byte by byte");
                assert_eq!(book.put_back(&said), text, "{form:?} byte by byte");
            }
        }
    }
}

#[test]
fn what_only_began_like_a_secret_is_written_in_clear() {
    let (book, way) = (book("hunter2secret"), Way::heard(None));
    let mut streams = Streams::default();
    let mut said = streams.push(&book, way, b"a hunt", false);
    assert_eq!(said, b"a ", "held back until it is decided");
    said.extend(streams.push(&book, way, b"ing ground", false));
    said.extend(streams.flush(&book, way));
    assert_eq!(said, b"a hunting ground");
}

/// What an op must have on record before it ends is decided then: masked from the second character on.
#[test]
fn what_is_flushed_in_the_middle_of_a_secret_is_masked_as_a_piece() {
    let (book, way) = (book("hunter2secret"), Way::heard(None));
    let mut streams = Streams::default();
    let mut said = streams.push(&book, way, b"hunter2", false);
    assert!(said.is_empty());
    said.extend(streams.flush(&book, way));
    let text = String::from_utf8(said.clone()).unwrap();
    assert!(
        text.starts_with("⟨wifi-key:") && text.ends_with(":plain/0-7⟩"),
        "{text}"
    );
    said.extend(streams.push(&book, way, b"secret!", false));
    said.extend(streams.flush(&book, way));
    assert_eq!(book.put_back(&said), b"hunter2secret!");
    assert!(!holds(&said, b"secret"));
}

/// Sends, notes, sentences and bodies, in two pieces or one byte at a time.
#[test]
fn a_secret_in_the_pieces_of_several_events_is_in_none() {
    let send: fn(&[u8]) -> Fact = |bytes| Fact::OpStarted {
        op: Op::Console(ConsoleOp::Send {
            bytes: bytes.into(),
        }),
    };
    let body: fn(&[u8]) -> Fact = |bytes| Fact::OpEnded {
        of: 1,
        saw: Observation::Http(HttpAnswer {
            status: Some(200),
            headers: Vec::new(),
            body: bytes.into(),
            cut: false,
            certificate: None,
            decoded: None,
            unparsed: None,
        }),
        took: Dur::ms(1),
    };
    let note: fn(&[u8]) -> Fact = |bytes| Fact::Noted {
        text: String::from_utf8_lossy(bytes).into_owned(),
    };
    let check: fn(&[u8]) -> Fact = |bytes| {
        Fact::Checked(Check {
            finding: Finding::Shown,
            holds: String::new(),
            otherwise: String::new(),
            detail: String::from_utf8_lossy(bytes).into_owned(),
            serves: Vec::new(),
            guides: Vec::new(),
            units: Vec::new(),
            rows: Vec::new(),
            state: None,
            against: Vec::new(),
            measurement: None,
            rests_on: Vec::new(),
            line: None,
        })
    };
    let seen: fn(&[u8]) -> Fact = |bytes| Fact::OpEnded {
        of: 1,
        saw: Observation::Matched(Matched {
            text: bytes.into(),
            groups: Vec::new(),
            before: Bytes::default(),
            after: Dur::ms(1),
        }),
        took: Dur::ms(1),
    };
    let secret = "hunter2secret";
    let book = book(secret);
    for (form, bytes) in forms::all(secret.as_bytes(), 4) {
        for (kind, fact) in [send, body, note, check, seen].into_iter().enumerate() {
            let mut pieces: Vec<Vec<&[u8]>> = Vec::new();
            pieces.extend((1..bytes.len()).map(|cut| vec![&bytes[..cut], &bytes[cut..]]));
            pieces.push(bytes.chunks(1).collect());
            for pieces in pieces {
                let mut streams = Streams::default();
                let mut joined = Vec::new();
                for piece in &pieces {
                    let masked = book.mask_event(event(fact(piece)), &mut streams);
                    joined.extend(text_of(&masked.fact));
                }
                assert!(
                    !holds(&joined, &bytes),
                    "{form:?} {kind} {}",
                    pieces[0].len()
                );
            }
        }
    }
}

fn text_of(fact: &Fact) -> Vec<u8> {
    match fact {
        Fact::Noted { text } => text.clone().into_bytes(),
        Fact::Checked(check) => check.detail.clone().into_bytes(),
        fact => fact.bytes().into_iter().flat_map(|b| b.to_vec()).collect(),
    }
}

#[test]
fn a_match_that_cuts_a_secret_shows_no_part_of_it() {
    let book = book("hunter2secret");
    let matched = Matched {
        text: "nter2secret ok".into(),
        groups: vec!["nter2".into(), "ok".into(), "t".into()],
        before: "says hu".into(),
        after: Dur::ms(1),
    };
    let fact = Fact::OpEnded {
        of: 1,
        saw: Observation::Matched(matched.clone()),
        took: Dur::ms(1),
    };
    let masked = mask(&book, event(fact));
    let json = serde_json::to_string(&masked).unwrap();
    assert!(!json.contains("nter") && !json.contains("secret"), "{json}");
    let Fact::OpEnded {
        saw: Observation::Matched(m),
        ..
    } = masked.fact
    else {
        panic!("no match")
    };
    assert_eq!(book.put_back(&m.before), &*matched.before);
    assert_eq!(book.put_back(&m.text), &*matched.text);
    for (group, then) in m.groups.iter().zip(&matched.groups) {
        assert_eq!(book.put_back(group), &**then);
    }
}

#[test]
fn what_a_trouble_quotes_is_cut_out_of_what_was_said() {
    let book = book("hunter2secret");
    let trouble = Trouble::case(r#"silent; last: "ter2secret ok hunter2s""#);
    let fact = Fact::TaskEnded {
        end: CaseEnd::Stopped {
            trouble,
            place: None,
        },
    };
    let json = serde_json::to_string(&mask(&book, event(fact))).unwrap();
    assert!(
        !json.contains("secret") && !json.contains("hunter2s"),
        "{json}"
    );
}

/// Whoever has half of a password guesses the rest.
#[test]
fn six_bytes_of_a_long_secret_are_masked_wherever_they_stand() {
    let secret = "hunter2secreT";
    let book = book(secret);
    for from in 0..secret.len() {
        for to in from + 6..=secret.len() {
            let text = format!("says: {} and so on", &secret[from..to]);
            let Fact::Noted { text: masked } = mask(&book, noted(&text)).fact else {
                panic!("not noted")
            };
            assert!(!masked.contains(&secret[from..from + 6]), "{masked}");
            assert!(!masked.contains(&secret[to - 6..to]), "{masked}");
            assert_eq!(book.put_back(masked.as_bytes()), text.as_bytes());
        }
    }
    let few = noted("unter and ecreT");
    assert_eq!(mask(&book, few.clone()), few);
}

#[test]
fn binary_and_wide_bytes_around_a_secret_do_not_hide_it() {
    let book = book("hunter2secret");
    let wide = Form::Utf16Le.of(b"hunter2secret").unwrap();
    for inner in [b"hunter2secret".to_vec(), wide] {
        let bytes = [&[0xff, 0x00][..], &inner, &[0xfe]].concat();
        let saw = Observation::Datagram {
            bytes: bytes.into(),
        };
        let took = Dur::ms(1);
        let masked = mask(&book, event(Fact::OpEnded { of: 1, saw, took }));
        let bytes = masked.fact.bytes()[0].to_vec();
        assert!(!holds(&bytes, &inner), "{bytes:?}");
        // A zero before wide characters may be the half of one.
        assert!(bytes.starts_with(&[0xff]) && bytes.ends_with(&[0xfe]));
    }
}

/// A label may say `done`, and a device be named like a word of the record.
#[test]
fn a_secret_that_is_a_word_of_the_record_breaks_no_event() {
    let book = book("complete");
    let fact = Fact::TaskEnded {
        end: CaseEnd::Complete,
    };
    assert_eq!(mask(&book, event(fact.clone())).fact, fact);
    let masked = mask(&book, noted("complete"));
    assert!(matches!(masked.fact, Fact::Noted { text } if text.starts_with('⟨')));
}

#[test]
fn a_secret_of_digits_does_not_eat_numbers_of_the_record() {
    let masked = mask(&book("12345678"), noted("12345678"));
    assert_eq!(masked.at_us, 12_345_678);
    assert!(matches!(masked.fact, Fact::Noted { text } if text.starts_with("⟨wifi-key:")));
}

#[test]
fn without_secrets_events_are_untouched() {
    let plain = noted("plain");
    assert_eq!(mask(&book("secret"), plain.clone()), plain);
}

/// A word of one case may be a password it tries: other cases may say it.
#[test]
fn what_was_sent_by_one_task_is_masked_there_alone() {
    let mut book = SecretBook::new([7; 16]);
    book.learn(
        "authorization",
        SecretKind::Sent,
        b"wrong-guess",
        Some(TaskId(3)),
    );
    let text = |task| {
        let event = Event {
            task,
            ..noted("wrong-guess")
        };
        let Fact::Noted { text } = mask(&book, event).fact else {
            panic!("not noted")
        };
        text
    };
    assert!(text(Some(TaskId(3))).starts_with('⟨'));
    assert!(text(None).starts_with('⟨'));
    assert_eq!(text(Some(TaskId(4))), "wrong-guess");
}

/// Twice as many secrets take about twice as long to learn, and a text is searched no slower for it.
#[test]
fn ten_thousand_secrets_are_learnt_one_by_one() {
    let mut book = SecretBook::new([7; 16]);
    let text = b"plug: ready, 12 networks in reach, best one at -67 dBm\r\n".repeat(8);
    let mut took = Vec::new();
    for round in 0..2 {
        let start = Instant::now();
        for n in 0..5_000 {
            let value = format!("s{round}{n:05}-Kq9{}", n * 7919);
            book.learn(
                "owner.password",
                SecretKind::Password,
                value.as_bytes(),
                None,
            );
        }
        took.push(start.elapsed());
        assert!(!book.touches(&text, None));
    }
    assert!(took[1] < took[0] * 4, "{took:?}");
}

/// Judged again, a guess is the recorded one where a stand-in is in either, and nowhere else.
#[test]
fn a_guess_is_known_by_what_is_no_stand_in_in_it() {
    let mut book = SecretBook::new([7; 16]);
    let called = ("label.password", "1a2b3c4d");
    book.learn_as(called, SecretKind::Given, b"37202189", None);
    // Of a token no case makes a guess, and of many there is every pair of digits.
    book.learn_as(("token", "5e6f7a8b"), SecretKind::Found, b"88510000", None);
    let mark = "⟨label.password:1a2b3c4d⟩";
    let (public, grown) = (format!("0250{mark}"), format!("{mark}!"));
    for (recorded, now, same) in [
        (mark, "sunshine", true),
        (mark, "sunshine9", false),
        (mark, "sunshin", false),
        (public.as_str(), "025048000041", true),
        (public.as_str(), "025148000041", false),
        (grown.as_str(), "sunshine!", true),
        (grown.as_str(), "sunshine?", false),
        ("000041", "202189", true),
        ("000041", "202188", false),
        ("PLUG-000041", "PLUG-000041", true),
        ("PLUG-000041", "PLUG-202189", true),
        ("000041", "00004", false),
        ("admin", "guest", false),
        ("⟨other:1a2b3c4d⟩", "sunshine", false),
        ("", "", true),
    ] {
        let found = book.is_guess(recorded.as_bytes(), now.as_bytes());
        assert_eq!(found, same, "{recorded} {now}");
    }
}

/// What has to keep its length is blanked where secrets stand; the masker then finds nothing that it would replace.
#[test]
fn places_that_are_blanked_leave_nothing_to_mask() {
    let book = book("hunter2secret");
    for (form, bytes) in forms::all(b"hunter2secret", 4) {
        let mut text = [&b"GET /?k="[..], &bytes, b" HTTP/1.1\r\n\r\nhunter2s"].concat();
        let length = text.len();
        for place in book.places_in(&text) {
            text[place].fill(b'*');
        }
        assert_eq!(text.len(), length);
        assert!(!holds(&text, &bytes), "{form:?}");
        assert!(
            !holds(&text, b"hunter2s"),
            "{form:?}: its beginning at the end"
        );
        assert_eq!(&*book.mask_bytes(&text, None), &*text, "{form:?}");
    }
    assert!(
        SecretBook::new([7; 16])
            .places_in(b"hunter2secret")
            .is_empty()
    );
}
