//! Every form of a secret, cut at every byte, over everything that carries bytes: then every file of the run is walked.

use super::*;
use crate::testing::plan;
use proofhouse_model::observation::{CoapAnswer, HttpAnswer, Matched};
use proofhouse_model::op::{CoapOp, ConsoleOp, DatagramOp, HttpOp, MqttOp, StreamOp};
use proofhouse_model::readings::How;
use proofhouse_model::readings::examples::examples;
use proofhouse_model::{Check, Dur, Finding, Observation, Op, forms};
use std::path::{Path, PathBuf};

/// Of every kind of character that some form changes.
const SECRET: &str = "kQ7& \"é/<'";
/// Long enough that a piece of it tells too much.
const LONG: &str = "Vb3nXw8jTq5mZ";
/// What carries bytes, one by one.
const CARRIERS: usize = 16;

fn ended(saw: Observation) -> Fact {
    let (of, took) = (1, Dur::ms(1));
    Fact::OpEnded { of, saw, took }
}

fn http(path: String, headers: Vec<(String, String)>, body: &[u8]) -> Fact {
    let op = Op::Http(HttpOp {
        method: "POST".into(),
        port: 80,
        tls: false,
        path,
        headers,
        body: body.into(),
        session: 0,
        within: Dur::secs(1),
        leaves: None,
    });
    Fact::OpStarted { op }
}

fn answer(headers: Vec<(String, String)>, body: &[u8]) -> Fact {
    ended(Observation::Http(HttpAnswer {
        status: Some(200),
        headers,
        body: body.into(),
        cut: false,
        certificate: None,
        decoded: None,
        unparsed: None,
    }))
}

/// A piece as that carrier has it; the first three take a secret whole only.
fn carried(carrier: usize, bytes: &[u8]) -> Fact {
    let text = || String::from_utf8_lossy(bytes).into_owned();
    let header = || vec![("x-said".to_owned(), text())];
    let within = Dur::secs(1);
    let started = |op| Fact::OpStarted { op };
    match carrier {
        0 => http(format!("/?p={}", text()), Vec::new(), b""),
        1 => http("/".into(), header(), b""),
        2 => answer(header(), b""),
        3 => http("/".into(), Vec::new(), bytes),
        4 => answer(Vec::new(), bytes),
        5 => started(Op::Console(ConsoleOp::Send {
            bytes: bytes.into(),
        })),
        6 => started(Op::Stream(StreamOp::Send {
            stream: 1,
            bytes: bytes.into(),
        })),
        7 => ended(Observation::Matched(Matched {
            text: bytes.into(),
            groups: Vec::new(),
            before: "".into(),
            after: Dur::ms(1),
        })),
        8 => started(Op::Datagram(DatagramOp {
            port: 9,
            bytes: bytes.into(),
            within,
        })),
        9 => ended(Observation::Datagram {
            bytes: bytes.into(),
        }),
        10 => started(Op::Coap(CoapOp {
            method: "PUT".into(),
            port: 5683,
            path: "/".into(),
            payload: bytes.into(),
            options: Vec::new(),
            confirmable: true,
            within,
        })),
        11 => ended(Observation::Coap(CoapAnswer {
            code: "2.05".into(),
            cut: false,
            payload: bytes.into(),
        })),
        12 => started(Op::Mqtt(MqttOp::Publish {
            topic: "t".into(),
            payload: bytes.into(),
        })),
        13 => ended(Observation::Message {
            topic: "t".into(),
            payload: bytes.into(),
        }),
        14 => Fact::Noted { text: text() },
        _ => Fact::Checked(Check {
            finding: Finding::Shown,
            holds: String::new(),
            otherwise: String::new(),
            detail: text(),
            serves: Vec::new(),
            guides: Vec::new(),
            units: Vec::new(),
            rows: Vec::new(),
            state: None,
            against: Vec::new(),
            measurement: None,
            rests_on: Vec::new(),
            line: None,
        }),
    }
}

fn shown(fact: &Fact) -> Vec<u8> {
    match fact {
        Fact::Noted { text } => text.clone().into_bytes(),
        Fact::Checked(check) => check.detail.clone().into_bytes(),
        fact => fact.bytes().into_iter().flat_map(|b| b.to_vec()).collect(),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path());
    let walked = entries.flat_map(|path| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    });
    walked.collect()
}

/// Every piece of a long secret over everything that carries bytes, with something else behind it.
fn say_pieces(recorder: &Recorder, unit: &UnitName) {
    let task = |carrier| Some(TaskId(u32::try_from(carrier).unwrap()));
    for from in 0..LONG.len() {
        for to in from + 1..=LONG.len() {
            let piece = &LONG.as_bytes()[from..to];
            for carrier in 0..CARRIERS {
                let fact = carried(carrier, piece);
                recorder.record(task(carrier), None, fact).unwrap();
                // What follows does not belong to it.
                recorder
                    .record(task(carrier), None, carried(carrier, b"<>"))
                    .unwrap();
            }
            recorder.heard(unit, piece, 0).unwrap();
            let ends = Op::Idle { length: Dur::ms(1) };
            recorder
                .record(None, Some(unit), Fact::OpStarted { op: ends })
                .unwrap();
            recorder.heard(unit, b"<>", 0).unwrap();
        }
    }
}

/// As an image and a dump.
fn as_an_image(recorder: &Recorder, bytes: &[u8]) -> Vec<u8> {
    let image = [&[0xff; 9000][..], bytes, &[0; 9]].concat();
    let fact = carried(4, &image);
    recorder.record(Some(TaskId(4)), None, fact).unwrap();
    recorder.blob(&image).unwrap();
    image
}

/// Every odd form, in two pieces and whole, over everything that carries bytes, and as an image and a dump.
fn say_odd(recorder: &Recorder, unit: &UnitName) {
    let task = |carrier| Some(TaskId(u32::try_from(carrier).unwrap()));
    for (how, form) in examples(LONG) {
        let bytes = form.as_bytes();
        // A dump is read whole alone.
        let cuts = if how == How::Dump { 0 } else { bytes.len() };
        for cut in 1..cuts {
            let (first, second) = bytes.split_at(cut);
            recorder.heard(unit, first, 0).unwrap();
            if cut % 2 == 0 {
                let idle = Op::Idle { length: Dur::ms(1) };
                let fact = Fact::OpStarted { op: idle };
                recorder.record(None, Some(unit), fact).unwrap();
            }
            recorder.heard(unit, &[second, b"\n"].concat(), 0).unwrap();
            let carrier = 3 + cut % (CARRIERS - 3);
            for piece in [first, second, b"<>"] {
                let fact = carried(carrier, piece);
                recorder.record(task(carrier), None, fact).unwrap();
            }
        }
        for carrier in 0..CARRIERS {
            let fact = carried(carrier, bytes);
            recorder.record(task(carrier), None, fact).unwrap();
        }
        as_an_image(recorder, bytes);
    }
}

#[test]
fn no_form_of_a_secret_is_in_any_file_of_a_run_however_it_is_cut() {
    let room = tempfile::tempdir().unwrap();
    let run = room.path().join("run");
    let json = serde_json::to_vec(&plan(Vec::new())).unwrap();
    let writer = Writer::create(&run, &json).unwrap();
    let book = SecretBook::new([7; 16]);
    let recorder = Recorder::new(writer, book, Vec::new(), Cancel::new());
    let unit = UnitName::new("box-1").unwrap();
    recorder.learn_given(&unit, "label.password", SECRET);
    recorder.learn_given(&unit, "label.passphrase", LONG);
    let task = |carrier| Some(TaskId(u32::try_from(carrier).unwrap()));
    let all = forms::all(SECRET.as_bytes(), 4);
    for (_, bytes) in &all {
        for cut in 1..bytes.len() {
            let (first, second) = bytes.split_at(cut);
            let pieces = [[b"<", first].concat(), [second, b"\n"].concat()];
            for piece in &pieces {
                recorder.heard(&unit, piece, 0).unwrap();
                // An op that saw it is on record: nothing may be held back behind this.
                let idle = Op::Idle { length: Dur::ms(1) };
                let fact = Fact::OpStarted { op: idle };
                recorder.record(None, Some(&unit), fact).unwrap();
            }
            for carrier in 3..CARRIERS {
                let whole =
                    std::str::from_utf8(first).is_err() || std::str::from_utf8(bytes).is_err();
                if carrier >= 14 && whole {
                    continue; // no text, so no note
                }
                for piece in &pieces {
                    let fact = carried(carrier, piece);
                    recorder.record(task(carrier), None, fact).unwrap();
                }
            }
        }
        for carrier in 0..CARRIERS {
            let fact = carried(carrier, bytes);
            recorder.record(task(carrier), None, fact).unwrap();
        }
        let image = as_an_image(&recorder, bytes);
        std::fs::write(run.join("log"), recorder.masked(&image)).unwrap();
    }
    say_pieces(&recorder, &unit);
    say_odd(&recorder, &unit);
    recorder.end(RunEnd::Finished).unwrap();

    let mut joined = vec![Vec::new(); CARRIERS + 1];
    let read = proofhouse_journal::Recorded::read(&run).unwrap();
    for event in read.events {
        let at = event.task.map_or(CARRIERS, TaskId::index);
        joined[at].extend(shown(&event.fact));
    }
    let walked = files(room.path());
    assert!(walked.len() > all.len(), "blobs are among them");
    let contents = walked
        .iter()
        .map(|f| (f.display().to_string(), std::fs::read(f).unwrap()));
    let streams = joined.into_iter().enumerate();
    let streams = streams.map(|(n, bytes)| (format!("carrier {n}, joined"), bytes));
    let needles = all.iter().flat_map(|(_, bytes)| {
        let json = serde_json::to_string(&String::from_utf8_lossy(bytes)).unwrap();
        [bytes.clone(), json.trim_matches('"').as_bytes().to_vec()]
    });
    let needles = needles.filter(|n| n.len() >= 4);
    // And no six bytes of a long one, however it is cut.
    let pieces = LONG.as_bytes().windows(6).map(<[u8]>::to_vec);
    let odd = examples(LONG)
        .into_iter()
        .map(|(_, text)| text.into_bytes());
    let needles: Vec<Vec<u8>> = needles.chain(pieces).chain(odd).collect();
    let finder = aho_corasick::AhoCorasick::new(&needles).unwrap();
    let mut found = Vec::new();
    for (place, text) in contents.chain(streams) {
        let hits = finder.find_iter(&text).map(|m| m.pattern().as_usize());
        let hits = hits.map(|n| String::from_utf8_lossy(&needles[n]));
        found.extend(hits.map(|form| format!("{form} in {place}")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[cfg(unix)]
#[test]
fn a_run_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let room = tempfile::tempdir().unwrap();
    let run = room.path().join("run");
    let writer = Writer::create(&run, b"{}").unwrap();
    let recorder = Recorder::new(writer, SecretBook::new([7; 16]), Vec::new(), Cancel::new());
    recorder.blob(&[7; 100]).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&run), mode(&run.join("blobs"))), (0o700, 0o700));
    for file in files(&run) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn what_is_too_short_to_be_masked_is_said() {
    let room = tempfile::tempdir().unwrap();
    let writer = Writer::create(&room.path().join("run"), b"{}").unwrap();
    let recorder = Recorder::new(writer, SecretBook::new([7; 16]), Vec::new(), Cancel::new());
    let unit = UnitName::new("box-1").unwrap();
    recorder.learn_given(&unit, "label.pin", "123");
    let [(Some(about), Fact::SecretInClear(which))] = &recorder.take_given()[..] else {
        panic!("nothing is said")
    };
    let said = "label.pin has 3 characters and is not masked: that takes four";
    assert_eq!((about, which.to_string().as_str()), (&unit, said));
}

/// A device makes up a token, says it byte by byte, and only then is it known for a secret.
#[test]
fn what_was_written_before_it_was_known_is_said() {
    let room = tempfile::tempdir().unwrap();
    let run = room.path().join("run");
    let json = serde_json::to_vec(&plan(Vec::new())).unwrap();
    let writer = Writer::create(&run, &json).unwrap();
    let book = SecretBook::new([7; 16]);
    let recorder = Recorder::new(writer, book, Vec::new(), Cancel::new());
    let (unit, other) = (
        UnitName::new("box-1").unwrap(),
        UnitName::new("box-2").unwrap(),
    );
    let (invented, named) = ("tok-8f3a91c2", "key-77aa55cc");
    for byte in invented.bytes() {
        recorder.heard(&unit, &[byte], 0).unwrap();
        recorder.heard(&other, b".", 0).unwrap();
    }
    recorder
        .record(
            None,
            None,
            carried(4, &[&[0; 9000], named.as_bytes()].concat()),
        )
        .unwrap();
    for (name, value) in [
        ("session", invented),
        ("key", named),
        ("never", "not-said-9"),
    ] {
        let found = recorder.learn_secret(name, SecretKind::Found, value.as_bytes(), None);
        let fact = Fact::SecretKnown(found.unwrap());
        recorder.record(None, None, fact).unwrap();
        recorder.heard(&unit, value.as_bytes(), 0).unwrap();
    }
    recorder.end(RunEnd::Finished).unwrap();
    let read = proofhouse_journal::Recorded::read(&run).unwrap();
    let said: Vec<String> = read
        .events
        .iter()
        .filter_map(|e| match &e.fact {
            Fact::SecretInClear(which) => Some(which.to_string()),
            _ => None,
        })
        .collect();
    let before = "which was written before it was known for a secret";
    let wanted = [
        format!("session, or a piece of it, stands in event 10, {before}"),
        format!("key, or a piece of it, stands in event 24, {before}"),
    ];
    assert_eq!(said, wanted);
}
