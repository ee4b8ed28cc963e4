//! Every form of a secret, cut at every byte, over everything that carries bytes: then every file of the run is walked.

use super::*;
use crate::testing::plan;
use proofhouse_model::observation::{CoapAnswer, HttpAnswer, Matched};
use proofhouse_model::op::{CoapOp, ConsoleOp, DatagramOp, HttpOp, MqttOp, StreamOp};
use proofhouse_model::{Check, Dur, Finding, Observation, Op, forms};
use std::path::{Path, PathBuf};

/// Of every kind of character that some form changes.
const SECRET: &str = "kQ7& \"é/<'";
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
    });
    Fact::OpStarted { op }
}

fn answer(headers: Vec<(String, String)>, body: &[u8]) -> Fact {
    ended(Observation::Http(HttpAnswer {
        status: 200,
        headers,
        body: body.into(),
        cut: false,
        certificate: None,
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
        // As an image, a dump and a log.
        let image = [&[0xff; 9000][..], bytes, &[0; 9]].concat();
        recorder.record(task(4), None, carried(4, &image)).unwrap();
        recorder.blob(&image).unwrap();
        std::fs::write(run.join("log"), recorder.masked(&image)).unwrap();
    }
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
    let needles: Vec<Vec<u8>> = needles.filter(|n| n.len() >= 4).collect();
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
    let [(Some(about), Fact::Noted { text })] = &recorder.take_given()[..] else {
        panic!("nothing is said")
    };
    let said = "label.pin of box-1 has 3 characters and is not masked: that takes four";
    assert_eq!((about, text.as_str()), (&unit, said));
}
