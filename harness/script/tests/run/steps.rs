//! Ops in their order, and what a script may catch or wait for.

use super::*;

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
fn the_unit_s_address_is_told_by_the_bench() {
    let fake = Fake::answering(|_, op| match op {
        Op::Address => Ok(Observation::Text {
            text: "192.0.2.7".into(),
        }),
        _ => Ok(http(200, b"")),
    });
    let (end, host) = run(fake, None, "bench.note(\"http://%s/\" % bench.address)");
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(host.notes(), ["http://192.0.2.7/"]);
}

#[test]
fn the_clock_of_the_bench_pc_is_told_as_far_as_it_is_known() {
    let fake = Fake::answering(|_, op| match op {
        Op::HostClock => Ok(Observation::HostClock(HostClock {
            moved_ms: -1500,
            later: vec!["a run of tomorrow".into()],
            in_step: None,
            error_us: Some(250),
        })),
        _ => Ok(http(200, b"")),
    });
    let body = r#"
clock = bench.host_clock()
bench.note("%s %s %s %s" % (clock.moved_ms, clock.later[0], clock.in_step, clock.error_us))
"#;
    let (end, host) = run(fake, None, body);
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(host.notes(), ["-1500 a run of tomorrow None 250"]);
    assert_eq!(host.ops(), [Op::HostClock]);
}
