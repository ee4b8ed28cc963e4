//! What a case does, against a recording host.

mod common;

use common::*;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::op::{ConsoleOp, PowerOp};
use proofhouse_model::{Channel, Finding, Observation, Op, Trouble, TroubleKind};
use std::sync::atomic::Ordering;

fn stopped(end: &CaseEnd) -> (&Trouble, &str) {
    match end {
        CaseEnd::Stopped { trouble, place } => (trouble, place.as_deref().unwrap_or("nowhere")),
        other => panic!("not stopped: {other:?}"),
    }
}

fn finding(body: &str) -> (Finding, String) {
    let (end, host) = run(Fake::new(), None, body);
    assert_eq!(end, CaseEnd::Complete);
    let check = host.checks().pop().expect("a check");
    (check.finding, check.detail)
}

#[test]
fn verbs_become_ops_in_order() {
    let (end, host) = run(
        Fake::new(),
        None,
        r#"
bench.power.cycle(off = "2s")
bench.console.line("version")
m = bench.console.ask("id", "ok", within = "3s")
bench.note(m.text)
bench.unit(2).power.off()
"#,
    );
    // The host holds one specimen only, so the last line is a mistake told with its place.
    let (trouble, place) = stopped(&end);
    assert_eq!(trouble.kind, TroubleKind::Case);
    assert!(trouble.what.contains("this case holds 1"), "{trouble}");
    assert_eq!(place, format!("cases/x.star:{}", BODY + 4));
    let ops = host.ops();
    assert_eq!(
        ops[0],
        Op::Power(PowerOp::Cycle {
            off: proofhouse_model::Dur::secs(2)
        })
    );
    assert_eq!(
        ops[1],
        Op::Console(ConsoleOp::Send {
            bytes: "version\r\n".into()
        })
    );
    let asked = Op::Console(ConsoleOp::Ask {
        line: "id".into(),
        pattern: "ok".into(),
        within: proofhouse_model::Dur::secs(3),
    });
    assert_eq!(ops[2..], [asked]);
    assert_eq!(host.notes(), ["ok"]);
}

#[test]
fn the_second_specimen_is_counted_from_one() {
    let mut fake = Fake::new();
    fake.specimens = 2;
    let (end, host) = run(
        fake,
        None,
        "bench.unit(2).power.on()\nbench.note(bench.unit(2).name)",
    );
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(host.ops.lock().unwrap()[0].0, 1);
    assert_eq!(host.notes(), ["plug-1"]);
}

#[test]
fn checks_carry_finding_line_and_provisions() {
    let (end, host) = run(
        Fake::new(),
        None,
        r#"
check.true(1 == 2, holds = "one is two", otherwise = "one is not two", serves = ["5.1-2"])
check.equal("a", "a", holds = "they are the same", otherwise = "they differ")
check.true(None, holds = "it is there", otherwise = "it was lost")
check.equal(None, None, holds = "nothing is nothing", otherwise = "nothing is something")
check.at_most(12, 10, "ms", "latency", holds = "it is quick", otherwise = "it is slow")
"#,
    );
    assert_eq!(end, CaseEnd::Complete);
    let checks = host.checks();
    let findings: Vec<_> = checks.iter().map(|c| c.finding).collect();
    use Finding::{NotObserved, Refuted, Shown};
    assert_eq!(
        findings,
        [Refuted, Shown, NotObserved, NotObserved, Refuted]
    );
    assert_eq!(checks[0].line, Some(BODY as u32));
    assert_eq!(checks[0].serves[0].as_str(), "5.1-2");
    assert_eq!(checks[4].line, Some(BODY as u32 + 4));
    assert_eq!(checks[4].measurement.as_ref().unwrap().value, 12.0);
}

#[test]
fn answers_are_judged() {
    let refused = |answer: &str, strict: &str| {
        finding(&format!(
            "check.refused({answer}, holds = \"shut\", otherwise = \"open\"{strict})"
        ))
        .0
    };
    assert_eq!(refused("refused(\"no\")", ""), Finding::Shown);
    assert_eq!(refused("accepted()", ""), Finding::Refuted);
    assert_eq!(refused("throttled()", ""), Finding::Shown);
    assert_eq!(
        refused("throttled()", ", strict = True"),
        Finding::NotObserved
    );
    assert_eq!(refused("None", ""), Finding::NotObserved);
    assert_eq!(
        finding("check.accepted(throttled(), holds = \"open\", otherwise = \"shut\")").0,
        Finding::Refuted
    );
    let (end, host) = run(
        Fake::new(),
        None,
        "check.refused(403, holds = \"shut\", otherwise = \"open\")",
    );
    assert_eq!(stopped(&end).0.kind, TroubleKind::Case);
    assert!(host.checks().is_empty(), "a number is no answer");
}

#[test]
fn a_search_of_nothing_is_not_clean() {
    let found = |searched: u64, filled: u32, get: &str| {
        let fake = Fake::answering(move |_, _| {
            Ok(Observation::Found {
                finds: vec![],
                searched,
                filled_permille: filled,
            })
        });
        let body = format!(
            "f = bench.search_flash({{\"k\": \"v\"}})\n\
             check.empty({get}, holds = \"gone\", otherwise = \"still there\")"
        );
        let (end, host) = run(fake, None, &body);
        assert_eq!(end, CaseEnd::Complete);
        host.checks()[0].finding
    };
    for get in ["f", "f.finds"] {
        assert_eq!(found(64, 500, get), Finding::Shown);
        assert_eq!(found(64, 0, get), Finding::NotObserved, "blank");
        assert_eq!(found(0, 0, get), Finding::NotObserved, "unread");
    }
}

#[test]
fn attempt_catches_the_device_only() {
    let body = r#"
t = bench.attempt(lambda: bench.console.expect("x"))
bench.note(t.kind)
bench.note(t.trouble)
"#;
    let (end, host) = run(Fake::answering(|_, _| Err(silent())), None, body);
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(
        host.notes(),
        ["device-silent", "console: nothing matched in 1s"]
    );
    for kind in [
        TroubleKind::Bench,
        TroubleKind::Case,
        TroubleKind::Deadline,
        TroubleKind::Cancelled,
    ] {
        let fake =
            Fake::answering(move |_, _| Err(Trouble::new(kind, Channel::Console, "no wire")));
        let (end, host) = run(fake, None, body);
        let (trouble, place) = stopped(&end);
        assert_eq!(
            trouble,
            &Trouble::new(kind, Channel::Console, "no wire"),
            "unchanged"
        );
        assert_eq!(place, format!("cases/x.star:{BODY}"));
        assert!(host.notes().is_empty());
    }
}

#[test]
fn attempt_does_not_catch_mistakes_or_skips() {
    let (end, _) = run(Fake::new(), None, "bench.attempt(lambda: [][1])");
    assert_eq!(stopped(&end).0.kind, TroubleKind::Case);
    let (end, _) = run(
        Fake::new(),
        None,
        "bench.attempt(lambda: bench.skip(\"no Wi-Fi\"))",
    );
    assert_eq!(
        end,
        CaseEnd::Skipped {
            why: "no Wi-Fi".into()
        }
    );
}

#[test]
fn until_waits_by_the_hosts_clock() {
    let tries = std::sync::atomic::AtomicU64::new(0);
    let fake = Fake::answering(move |_, _| match tries.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Err(silent()),
        2 => Ok(http(503, b"")),
        _ => Ok(http(200, b"{\"up\": 7}")),
    });
    let body = r#"
def up():
    answer = bench.lan.http("GET", "/", 443)
    return answer.json()["up"] if answer.status == 200 else None
bench.note(str(bench.until(up, within = "5s", every = "250ms")))
"#;
    let (end, host) = run(fake, None, body);
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(host.notes(), ["7"]);
    assert_eq!(host.clock_ms.load(Ordering::Relaxed), 750, "three pauses");
}

#[test]
fn until_tells_what_the_last_try_said() {
    let fake = Fake::answering(|_, _| Err(silent()));
    let (end, _) = run(
        fake,
        None,
        "bench.until(lambda: bench.console.expect(\"x\"), within = \"1s\")",
    );
    let (trouble, place) = stopped(&end);
    assert_eq!(trouble.kind, TroubleKind::DeviceSilent);
    assert_eq!(trouble.channel, Some(Channel::Console));
    assert_eq!(
        trouble.what,
        "not within 1s, in 11 tries; the last one: console: nothing matched in 1s"
    );
    assert_eq!(place, format!("cases/x.star:{BODY}"));
}

#[test]
fn an_endless_loop_ends_when_the_host_says_so() {
    let fake = Fake::new();
    fake.stop_after_polls.store(5, Ordering::Relaxed);
    let body = "n = 0\nfor i in range(1000000000):\n    n += i";
    let (end, _) = run(fake, None, body);
    let (trouble, place) = stopped(&end);
    assert_eq!(trouble.kind, TroubleKind::Deadline);
    assert!(place.starts_with("cases/x.star"), "{place}");
}

#[test]
fn a_stop_is_not_caught_by_attempt() {
    let fake = Fake::new();
    fake.stop_after_polls.store(3, Ordering::Relaxed);
    let body = "bench.attempt(lambda: [x for x in range(1000000000)])\nbench.note(\"went on\")";
    let (end, host) = run(fake, None, body);
    assert_eq!(stopped(&end).0.kind, TroubleKind::Deadline);
    assert!(host.notes().is_empty());
}

#[test]
fn script_mistakes_end_the_case_with_their_place() {
    for (body, wanted) in [
        ("x = [1]\nbench.note(str(x[3]))", "out of bound"),
        ("x = {}\nbench.note(x[\"k\"])", "was not found"),
        (
            "x = bench.profile.values[\"port\"]\nbench.note(x)",
            "parameter `text`",
        ),
        ("w = \"ten\"\nbench.idle(w)", "is not a duration"),
        (
            "bench.console.skip()\nbench.profile.limit(\"reset\")",
            "add it to [limits]",
        ),
        ("x = 1\nfail(\"no good\") if x else None", "no good"),
    ] {
        let (end, _) = run(Fake::new(), None, body);
        let (trouble, place) = stopped(&end);
        assert_eq!(trouble.kind, TroubleKind::Case, "{body}");
        assert!(trouble.what.contains(wanted), "{body}: {trouble}");
        assert_eq!(place, format!("cases/x.star:{}", BODY + 1), "{body}");
    }
}

#[test]
fn deep_recursion_is_bounded_even_through_natives() {
    let body = "def again():\n    bench.attempt(again)\nagain()";
    let text = case_of(body);
    let cases = suite(&[("cases/x.star", &text)]);
    let host = std::sync::Arc::new(Fake::new());
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let case = cases[0].clone();
    let end = thread
        .spawn(move || proofhouse_script::run_case(&case, None, host))
        .unwrap();
    let end = end.join().unwrap();
    assert!(stopped(&end).0.what.contains("stack overflow"), "{end:?}");
}

#[test]
fn a_panic_in_a_verb_ends_the_case_only() {
    let fake = Fake::answering(|_, _| panic!("driver bug"));
    let (end, _) = run(fake, None, "bench.power.on()");
    let (trouble, place) = stopped(&end);
    assert!(trouble.what.contains("driver bug"));
    assert_eq!(place, "cases/x.star");
}

#[test]
fn a_wrong_observation_is_the_harnesss_fault() {
    let fake = Fake::answering(|_, _| Ok(Observation::Done));
    let (end, _) = run(fake, None, "bench.console.expect(\"x\")");
    assert_eq!(stopped(&end).0.kind, TroubleKind::Bench);
}

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
fn measures_with_and_without_limits() {
    let body = r#"
measure("uptime", 5, "s")
measure("current", 0.5, "A", at_most = 1, at_least = 0.6, holds = "it draws little", otherwise = "it draws much")
check.shown(holds = "x", otherwise = "not x", detail = "y")
"#;
    let (end, host) = run(Fake::new(), None, body);
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(host.measured.lock().unwrap()[0].name, "uptime");
    let findings: Vec<_> = host.checks().iter().map(|c| c.finding).collect();
    assert_eq!(findings, [Finding::Shown, Finding::Refuted, Finding::Shown]);
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

/// Makes a check of what `looks` and `wires` give one after the other, and tells how it came out and how often each
/// was asked.
fn confirmed(looks: &str, wires: &str, more: &str) -> (Finding, String, Vec<String>) {
    let body = format!(
        r#"
looks, wires = {looks}, {wires}
def settle():
    bench.note("settled")
def look():
    bench.note("looked")
    return looks.pop(0)
def wire():
    bench.note("wire")
    return wires.pop(0)
came_out = check.confirmed(look = look, holds = "yes", otherwise = "no", settle = settle, wire = wire{more})
bench.note(str(came_out))
"#
    );
    let (end, host) = run(Fake::new(), None, &body);
    assert_eq!(end, CaseEnd::Complete);
    let [check] = host.checks().try_into().expect("one check");
    (check.finding, check.detail, host.notes())
}

#[test]
fn only_two_looks_that_agree_refute() {
    use Finding::{NotObserved, Refuted, Shown};
    let once = |looks: &str| confirmed(looks, "[]", "");
    assert_eq!(once("[True]").0, Shown);
    assert_eq!(once("[None]").0, NotObserved);
    assert_eq!(once("[(True, \"in order\")]").1, "in order");
    assert_eq!(once("[True]").2, ["looked", "True"]);
    let (finding, detail, asked) =
        confirmed("[(False, \"a\"), (False, \"b\")]", "[True, \"pings\"]", "");
    assert_eq!(finding, Refuted, "{detail}");
    assert!(detail.starts_with("a; again: b; "), "{detail}");
    assert_eq!(
        asked,
        ["looked", "settled", "wire", "looked", "wire", "False"]
    );
    for second in ["True", "None", "(True, \"fine now\")"] {
        let (finding, detail, asked) = confirmed(&format!("[False, {second}]"), "[True, True]", "");
        assert_eq!(finding, NotObserved, "{second}: {detail}");
        assert_eq!(asked.last().unwrap(), "None");
    }
}

#[test]
fn a_wire_that_is_not_seen_to_work_is_not_held_against_the_device() {
    for wires in [
        "[None]",
        "[False]",
        "[\"\"]",
        "[True, None]",
        "[True, False]",
    ] {
        let (finding, detail, _) = confirmed("[False, False]", wires, "");
        assert_eq!(finding, Finding::NotObserved, "{wires}");
        assert!(detail.contains("the wire may be to blame"), "{detail}");
    }
}

#[test]
fn alike_takes_two_readings_that_are_the_same() {
    let looked = |second: &str| {
        let looks = format!("[(False, \"1.0\"), (False, {second:?})]");
        confirmed(&looks, "[True, True]", ", alike = True").0
    };
    assert_eq!(looked("1.0"), Finding::Refuted);
    assert_eq!(looked("1.0x"), Finding::NotObserved);
}

#[test]
fn trouble_in_a_look_is_the_devices_only_where_it_is_the_devices() {
    let body = r#"check.confirmed(look = lambda: bench.console.expect("x"), holds = "yes", otherwise = "no",
    settle = lambda: None, wire = lambda: True)"#;
    let (end, host) = run(Fake::answering(|_, _| Err(silent())), None, body);
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(host.checks()[0].finding, Finding::NotObserved);
    let (end, host) = run(
        Fake::answering(|_, _| Err(Trouble::bench(Channel::Console, "no wire", "plug it in"))),
        None,
        body,
    );
    assert_eq!(stopped(&end).0.kind, TroubleKind::Bench);
    assert!(host.checks().is_empty());
    let (end, _) = run(Fake::new(), None, body);
    assert!(
        stopped(&end).0.what.contains("`look` of check.confirmed"),
        "{end:?}"
    );
}
