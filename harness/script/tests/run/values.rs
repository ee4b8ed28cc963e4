//! Values a script makes and reads: bytes, JSON, secrets, random numbers, files.

use super::*;

#[test]
fn bad_json_is_the_devices_fault_and_wild_numbers_too() {
    for body in [&b"{oops"[..], b"{\"n\": 1e999}", b"\xff"] {
        let fake = Fake::answering(move |_, _| Ok(http(200, body)));
        let (end, _) = run(fake, None, "bench.lan.http(\"GET\", \"/\", 443).json()");
        assert_eq!(stopped(&end).0.kind, TroubleKind::DeviceGarbled);
    }
    let fake = Fake::answering(|_, _| Ok(http(200, br#"{"a": [1, 2.5, null, true, "x"]}"#)));
    let (_, host) = run(
        fake,
        None,
        "bench.note(repr(bench.lan.http(\"GET\", \"/\", 443).json()))",
    );
    assert_eq!(host.notes(), [r#"{"a": [1, 2.5, None, True, "x"]}"#]);
}

#[test]
fn bytes_can_be_changed_and_compared() {
    let body = r#"
image = b("abc") + unhex("00 ff")
bench.note(image.flip(0, bit = 1).hex)
bench.note(str(image.size) + " " + str(len(image)) + " " + str("bc" in image))
bench.note(image.slice(1, 3).text + image.truncate(1).text)
bench.note(image.sha256()[:8] + " " + str(b("123456789").crc32()))
bench.note(b64(image) + " " + image.base64() + " " + str(unb64(b64(image)) == image))
bench.note(urlencode({"a b": "1&2"}) + " " + basic_auth("u", "p"))
"#;
    let (end, host) = run(Fake::new(), None, body);
    assert_eq!(end, CaseEnd::Complete);
    let notes = host.notes();
    assert_eq!(notes[0], "63626300ff");
    assert_eq!(notes[1], "5 5 True");
    assert_eq!(notes[2], "bca");
    assert!(
        notes[3].ends_with(&format!(" {}", 0xcbf4_3926_u32)),
        "{}",
        notes[3]
    );
    assert_eq!(notes[4], "YWJjAP8= YWJjAP8= True");
    assert_eq!(notes[5], "a%20b=1%262 Basic dTpw");
    let grow = "x = b(\"0123456789abcdef\")\nfor i in range(40):\n    x = x + x";
    let (end, _) = run(Fake::new(), None, grow);
    assert!(stopped(&end).0.what.contains("256 MiB"));
}

#[test]
fn secrets_are_fresh_and_registered() {
    let body = "s = bench.secret(\"pin\", length = 12)\nbench.note(s)";
    let (_, first) = run(Fake::new(), None, body);
    let (_, second) = run(Fake::new(), None, body);
    let secret = first.secrets.lock().unwrap()[0].clone();
    assert_eq!(secret.0, "pin");
    assert_eq!(secret.1, first.notes()[0]);
    assert_eq!(secret.1.len(), 12);
    assert!(secret.1.bytes().all(|b| b.is_ascii_alphanumeric()));
    assert_ne!(first.notes(), second.notes());
}

/// Each named value is kept in many forms: a script that names a flash image would fill the memory.
#[test]
fn what_is_named_as_a_secret_has_an_end() {
    let said = |body: &str| {
        let (end, host) = run(Fake::new(), None, body);
        let named = host.secrets.lock().unwrap().len();
        (named, stopped(&end).0.what.clone())
    };
    let (named, why) = said("secret_value(\"x\" * 4096)\nsecret_value(\"x\" * 4097, \"image\")");
    assert_eq!(named, 1);
    assert!(
        why.contains("`image` has 4097 bytes: at most 4 KiB"),
        "{why}"
    );
    let (named, why) = said("for n in range(10001):\n    secret_value(\"value-%d\" % n)\n");
    assert_eq!(named, 10_000);
    assert!(why.contains("at most 10,000"), "{why}");
    let (named, why) =
        said("for n in range(300):\n    secret_value(\"%d-\" % (1000 + n) + \"x\" * 4091)\n");
    assert_eq!(named, 256);
    assert!(why.contains("at most 1 MiB"), "{why}");
    let again = "for n in range(300):\n    secret_value(\"a\" * 4096)\n";
    let (named, why) = said(&format!(
        "{again}secret_value(\"token-1\", name = \"n\" * 81)"
    ));
    assert_eq!(named, 300, "the same one takes no room");
    assert!(why.contains("at most 80"), "{why}");
}

#[test]
fn random_numbers_repeat_with_seed_and_case() {
    let body = "bench.note(str(bench.random(5, 10)))\nbench.note(str(bench.random(5, 10)))";
    let (_, first) = run(Fake::new(), None, body);
    let (_, second) = run(Fake::new(), None, body);
    assert_eq!(first.notes(), second.notes());
    assert_ne!(first.notes()[0], first.notes()[1], "the sequence goes on");
}

#[test]
fn a_missing_file_skips_the_case() {
    let (end, _) = run(Fake::new(), None, "bench.file(\"update.newer\")");
    let why = "profile test-plug names no file `update.newer`".to_owned();
    assert_eq!(end, CaseEnd::Skipped { why });
}

#[test]
fn the_profile_can_be_read() {
    let body = r#"
p = bench.profile
bench.note(str(p.values["port"]) + p.limit("boot") + str(p.has_limit("x")) + p.product.software)
bench.note(p.ixit("7-UpdMech")[0]["id"] + str(p.ixit("9-None")))
bench.note(str(bench.has("debug")) + str(bench.has("lan")) + str(bench.seed))
"#;
    let (end, host) = run(Fake::new(), None, body);
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(
        host.notes(),
        [
            "844390sFalse1.4.0".to_owned(),
            "UM-1[]".into(),
            "FalseTrue42".into()
        ]
    );
}

#[test]
fn json_is_written_within_bounds() {
    let body = r#"
bench.note(dump_json({"a": [1, 2.5, None, True], "b": ("x", 1 << 70)}))
bench.note(str(parse_json(dump_json({"k": [1]}))["k"][0]))
x = []
for i in range(100):
    x = [x]
dump_json(x)
"#;
    let (end, host) = run(Fake::new(), None, body);
    assert_eq!(
        host.notes(),
        [
            r#"{"a":[1,2.5,null,true],"b":["x",1180591620717411303424]}"#,
            "1"
        ]
    );
    assert!(stopped(&end).0.what.contains("nests too deep"), "{end:?}");
    let (end, _) = run(
        Fake::new(),
        None,
        "bench.lan.http(\"POST\", \"/\", 443, json = {\"f\": b(\"x\")})",
    );
    assert!(stopped(&end).0.what.contains("it holds Bytes"), "{end:?}");
}
