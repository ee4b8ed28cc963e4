use super::{fuzz, passwords, read_lines, scan, search_flash, tls};
use crate::exit::Exit;
use proofhouse_instruments::scan::Survey;
use proofhouse_instruments::{Campaign, FlashFinds};
use proofhouse_model::Bytes;
use proofhouse_model::observation::{
    Find, FuzzBatch, FuzzDown, PortScan, PortWitness, TlsAnswer, TlsFacts,
};
use std::net::IpAddr;
use std::time::Duration;

fn has_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` in\n{text}");
    }
}

fn scanned() -> scan::Looked {
    let ports = PortScan {
        tcp_open: vec![
            (22, Bytes::from("SSH-2.0-plug\r\n")),
            (443, Bytes::default()),
        ],
        tcp_refused: 3,
        tcp_silent: 2,
        witness: Some(PortWitness {
            port: 22,
            asked: 3,
            silent: 0,
        }),
        udp_open: vec![53],
        udp_closed: 1,
        udp_silent: vec![123, 161],
    };
    let seen = Survey {
        ports,
        asked: (7, 4),
        half_open: false,
        tcp_silent: vec![8, 9],
        tries: 3,
        given_up: 0,
        refusing: Some(PortWitness {
            port: 21,
            asked: 3,
            silent: 3,
        }),
    };
    scan::Looked {
        host: "plug.local".to_owned(),
        address: IpAddr::from([192, 0, 2, 7]),
        udp_listed: true,
        took: Duration::from_millis(1500),
        seen,
    }
}

#[test]
fn a_scan_tells_how_much_was_asked_and_that_silence_is_no_closed_port() {
    let text = scanned().text();
    has_all(
        &text,
        &[
            "plug.local (192.0.2.7): 7 TCP ports and 4 UDP ports, our own list of ",
            "asked by connections in 1.5 s",
            "  22     SSH-2.0-plug\n",
            "  443    says nothing by itself\n",
            "TCP refused   3",
            "TCP silent    2: 8, 9",
            "UDP open or filtered  2: 123, 161",
            "2 TCP ports neither answered nor refused, asked 3 times each: filtered, or the device limits",
            "TCP 21, which had refused, was silent 3 of 3 times",
            "2 UDP ports said nothing",
        ],
    );
    assert!(!text.contains("TCP 22, which had"), "it answered:\n{text}");
    let json = scanned().json();
    assert_eq!(json["tcp"]["limited"], true);
    assert_eq!(json["tcp"]["silent"], serde_json::json!([8, 9]));
    assert_eq!(json["tcp"]["open"][0]["port"], 22);
    assert_eq!(
        json["udp"]["open_or_filtered"],
        serde_json::json!([123, 161])
    );
}

#[test]
fn ports_without_time_are_told_apart_and_no_silence_is_not_told() {
    let mut looked = scanned();
    looked.seen.given_up = 1;
    has_all(&looked.text(), &["of these 1 could not be settled"]);
    assert_eq!(looked.exit(), Exit::Undecided);
    looked.seen.tcp_silent.clear();
    looked.seen.ports.udp_silent.clear();
    (looked.seen.given_up, looked.seen.refusing) = (0, None);
    let text = looked.text();
    assert!(!text.contains("neither answered"), "{text}");
    has_all(&text, &["ports that were not asked"]);
    assert_eq!(looked.exit(), Exit::Passed);
}

#[test]
fn an_assessment_tells_what_was_offered_and_that_silence_is_no_refusal() {
    let looked = tls::Looked {
        service: "192.0.2.7:443".to_owned(),
        name: None,
        took: Duration::from_millis(20),
        facts: TlsFacts {
            versions: vec![
                ("SSLv3".to_owned(), TlsAnswer::Silent),
                ("TLSv1.2".to_owned(), TlsAnswer::Accepted),
            ],
            suites: vec!["TLS_RSA_WITH_RC4_128_MD5".to_owned()],
            weak: vec!["TLS_RSA_WITH_RC4_128_MD5".to_owned()],
            certificate: None,
            public_key: None,
            key: None,
            days_left: None,
            signature: None,
            certificates: Vec::new(),
            groups: Vec::new(),
            names: Vec::new(),
        },
    };
    has_all(
        &looked.text(),
        &[
            "5 versions and ",
            " suites (IANA's, table of ",
            "SSLv3 silent, TLSv1.2 taken",
            "  TLS_RSA_WITH_RC4_128_MD5   weak: RC4",
            "SSLv3: no answer to a hello, which is no refusal",
        ],
    );
    assert_eq!(looked.json()["found"]["versions"][1][1], "accepted");
}

#[test]
fn needles_are_text_or_hex_and_are_told_by_number() {
    assert_eq!(
        search_flash::value("hex:00fF"),
        Some(Bytes::from(vec![0, 255]))
    );
    assert_eq!(search_flash::value("geheim"), Some(Bytes::from("geheim")));
    for odd in ["hex:0", "hex:zz", "hex:0 1", "hex:+f", "hex:0é0"] {
        assert_eq!(search_flash::value(odd), None, "{odd}");
    }
    let mut looked = search_flash::Looked {
        dump: "dump.bin".to_owned(),
        needles: vec!["needle 1".to_owned(), "needle 2".to_owned()],
        found: FlashFinds {
            finds: vec![Find {
                needle: "needle 2".to_owned(),
                encoding: "base64".to_owned(),
                at: 0x0800_0010,
            }],
            searched: 4096,
            filled_permille: 125,
        },
    };
    let text = looked.text();
    has_all(
        &text,
        &[
            "2 needles looked for in 4096 bytes, of which 12.5 %",
            "needle 1  not found\n",
            "needle 2  found 1 times\n  0x08000010  base64\n",
        ],
    );
    assert!(!text.contains("blank"), "{text}");
    looked.found.filled_permille = 0;
    has_all(&looked.text(), &["the dump is blank"]);
}

#[test]
fn a_byte_order_mark_is_no_character_of_the_first_line() {
    let desk = tempfile::tempdir().unwrap();
    let file = desk.path().join("lines.txt");
    std::fs::write(&file, "\u{feff}one\ttwo\r\n\u{feff}three\n").unwrap();
    let lines = read_lines(&file).unwrap();
    assert_eq!(lines, ["one\ttwo", "\u{feff}three"]);
}

#[test]
fn a_line_without_anything_public_is_named_and_never_shown() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let good = passwords::specimens("f", &lines("geheim\tAA:BB\tPlug\n\nother\tCC:DD")).unwrap();
    let told: Vec<_> = good.iter().map(|it| (it.line, it.public.len())).collect();
    assert_eq!(told, [(1, 2), (3, 1)]);
    let mistakes = passwords::specimens("f", &lines("geheim\tx\ngeheim 2")).unwrap_err();
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].message.contains("line 2"), "{mistakes:?}");
    assert!(!format!("{mistakes:?}").contains("geheim"), "{mistakes:?}");
    assert!(passwords::specimens("f", &[]).is_err());
}

#[test]
fn what_brought_a_device_down_can_be_sent_again_and_a_campaign_cut_short_is_not_whole() {
    let batch = FuzzBatch {
        sent: 7,
        answered: 6,
        refused: 0,
        silent: 1,
        down: None,
    };
    let mut looked = fuzz::Looked {
        service: "192.0.2.7:80".to_owned(),
        kind: fuzz::Sent::Http { tls: false },
        structured: 100,
        campaign: Campaign {
            seeds: Vec::new(),
            seed: 9,
            first: 5,
            count: 10,
            patience: Duration::from_secs(1),
        },
        took: Duration::from_millis(30),
        batch,
    };
    assert!(!looked.is_whole());
    has_all(
        &looked.text(),
        &["7 of 10 inputs by http", "3 inputs: the time was over"],
    );
    assert!(!looked.text().contains("answers afterwards"));
    looked.batch.down = Some(FuzzDown {
        index: 11,
        input: Bytes::from(vec![0xab; 100]),
        witness: "no-answer".to_owned(),
        seen: "silent".to_owned(),
    });
    assert!(looked.is_whole());
    let again = "again: --seed 9 --from 11 --count 1";
    has_all(
        &looked.text(),
        &["DOWN after input 11", "100 bytes: abab", " ...", again],
    );
}
