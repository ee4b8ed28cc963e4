//! A look that would refute is made twice.

use super::*;

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
