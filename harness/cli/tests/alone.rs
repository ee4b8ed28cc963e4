//! Instruments as commands of their own: against services of this test, on loopback.

use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

fn proofhouse(args: &[&str]) -> (i32, String, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
    let Output {
        status,
        stdout,
        stderr,
    } = program.args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A service that says something by itself, and then what it hears.
fn echo(host: [u8; 4]) -> SocketAddr {
    let listener = TcpListener::bind(SocketAddr::from((host, 0))).unwrap();
    let at = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut said = [0; 4096];
                let _ = stream.write_all(b"hello\n");
                while let Ok(n @ 1..) = stream.read(&mut said) {
                    let _ = stream.write_all(&said[..n]);
                }
            });
        }
    });
    at
}

#[test]
fn a_scan_finds_the_open_port_of_65535_and_no_other() {
    let at = echo([127, 78, 1, 1]);
    let (code, out, err) = proofhouse(&["scan", "127.78.1.1", "--json"]);
    assert_eq!(code, 0, "{err}");
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["tcp"]["asked"], 65_535);
    // What this computer serves on every address is left out.
    assert!(told["tcp"]["refused"].as_u64().unwrap() > 65_000, "{out}");
    let open = json!([{"port": at.port(), "said": "hello\n"}]);
    assert_eq!(told["tcp"]["open"], open);
}

#[test]
fn what_only_refuses_is_told_and_a_wrong_port_is_a_mistake() {
    let (code, out, err) = proofhouse(&["scan", "127.78.1.2", "--tcp", "1-20", "--udp", "top100"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("20 TCP ports and 100 UDP ports, our own list of"),
        "{out}"
    );
    assert!(out.contains("TCP refused   20"), "{out}");
    for wrong in [
        &["scan", "127.78.1.2", "--tcp", "0-5"][..],
        &["scan", "127.78.1.2", "--tcp", "none"],
        &["scan", "fe80::1"],
        &["tls", "127.78.1.2"],
        &["fuzz"],
        &["fuzz", "--http", "127.78.1.2:80", "--tcp", "127.78.1.2:80"],
        &["search-flash", "/dev/null"],
    ] {
        let (code, _, err) = proofhouse(wrong);
        assert_eq!(code, 2, "{wrong:?}: {err}");
    }
}

#[test]
fn a_service_that_is_not_there_or_speaks_no_tls_leaves_nothing_concluded() {
    let gone = {
        let listener = TcpListener::bind(("127.78.1.3", 0)).unwrap();
        listener.local_addr().unwrap()
    };
    for at in [gone, echo([127, 78, 1, 3])] {
        let (code, out, err) = proofhouse(&["tls", &at.to_string(), "--within", "20s"]);
        assert_eq!((code, out.as_str()), (3, ""), "{err}");
        assert!(err.contains("nothing can be concluded"), "{err}");
    }
}

#[test]
fn a_needle_of_a_dump_is_found_by_its_address_and_not_repeated() {
    let desk = tempfile::tempdir().unwrap();
    let dump = desk.path().join("dump.bin");
    let mut bytes = vec![0x5a; 256];
    bytes.extend_from_slice(b"very-secret-word");
    std::fs::write(&dump, bytes).unwrap();
    let dump = dump.display().to_string();
    let asked = ["search-flash", &dump, "very-secret-word", "not-in-there"];
    let (code, out, err) = proofhouse(&[&asked[..], &["--base", "0x1000"]].concat());
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("needle 1  found 1 times\n  0x00001100  plain\n"),
        "{out}"
    );
    assert!(out.contains("needle 2  not found"), "{out}");
    assert!(!out.contains("very-secret-word"), "{out}");
    assert_eq!(
        proofhouse(&["search-flash", &dump, "abc"]).0,
        2,
        "too short"
    );
    assert_eq!(
        proofhouse(&["search-flash", "nowhere.bin", "abcdefgh"]).0,
        2
    );
}

#[test]
fn shared_passwords_are_found_by_line_and_not_repeated() {
    let desk = tempfile::tempdir().unwrap();
    let file = desk.path().join("labels.tsv");
    let lines = "kq7Rw2mXtz9P\tAA:BB:CC:00:11:22\n\nkq7Rw2mXtz9P\tAA:BB:CC:00:11:23\n";
    std::fs::write(&file, lines).unwrap();
    let (code, out, err) = proofhouse(&["passwords", path(&file)]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("2 passwords, each held against "), "{out}");
    let shared = "specimen 2 (line 3)      shared       the same on specimen 1\n";
    assert!(out.contains(shared), "{out}");
    assert!(!out.contains("kq7Rw2mXtz9P"), "{out}");
    let (_, out, _) = proofhouse(&["passwords", path(&file), "--json"]);
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    let weaknesses = told["weaknesses"].as_array().unwrap().iter();
    let whose: Vec<_> = weaknesses
        .map(|it| (&it["specimen"], &it["line"]))
        .collect();
    assert_eq!(whose.first().unwrap(), &(&json!(1), &json!(1)), "{out}");
    assert_eq!(whose.last().unwrap(), &(&json!(2), &json!(3)), "{out}");
    std::fs::write(&file, "kq7Rw2mXtz9P\n").unwrap();
    let (code, out, err) = proofhouse(&["passwords", path(&file)]);
    assert_eq!(code, 2, "{out}");
    assert!(
        err.contains("line 1") && !err.contains("kq7Rw2mXtz9P"),
        "{err}"
    );
}

fn path(file: &Path) -> &str {
    file.to_str().unwrap()
}

#[test]
fn a_campaign_against_a_service_that_survives_is_whole_and_one_against_nothing_is_none() {
    let at = echo([127, 78, 1, 4]).to_string();
    let common = ["--seed", "7", "--count", "20", "--json"];
    let (code, out, err) = proofhouse(&[&["fuzz", "--tcp", &at][..], &common].concat());
    assert_eq!(code, 0, "{out}{err}");
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["seed"], 7);
    assert_eq!(told["found"]["sent"], 20);
    assert!(told["found"]["down"].is_null(), "{out}");
    let (code, _, err) = proofhouse(&["fuzz", "--coap", "127.78.1.4:9", "--count", "1"]);
    assert_eq!(code, 3, "{err}");
}

/// A FIFO would hold up whoever opens it, and a device has no end.
#[test]
fn what_is_no_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let dump = folder.path().join("dump");
    std::fs::write(&dump, "some bytes").unwrap();
    for odd in [path(&fifo), "/dev/zero", path(folder.path())] {
        for args in [
            &["passwords", odd][..],
            &["search-flash", odd, "needle"],
            &["search-flash", path(&dump), "--needles", odd],
        ] {
            let (code, _, err) = proofhouse(args);
            assert_eq!(code, 2, "{args:?}: {err}");
            assert!(err.contains("this is no ordinary file"), "{args:?}: {err}");
        }
    }
}
