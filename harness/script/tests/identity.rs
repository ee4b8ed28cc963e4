//! A unit is asked who it is, and an operation graver than its case declares is refused.

mod common;

use common::*;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::observation::Matched;
use proofhouse_model::{Channel, Dur, Observation, TroubleKind};
use proofhouse_script::{Host, ask_identity, make_ready, run_case};
use std::sync::Arc;

const SCRIPT: &str = r#"
def ready(bench: Bench, within):
    bench.console.expect("ready", within = within)

def identity(bench: Bench):
    said = bench.console.ask("status", "serial=(.*)\r\n")
    return {"console": {"serial": said.groups[0]}}

def factory_reset(bench: Bench, owner):
    bench.console.line("factory-reset")
"#;

fn saying(serial: &'static str) -> Arc<dyn Host> {
    Arc::new(Fake::answering(move |_, _| {
        Ok(Observation::Matched(Matched {
            text: "serial".into(),
            groups: vec![serial.into()],
            before: "".into(),
            after: Dur::ms(1),
        }))
    }))
}

#[test]
fn what_the_unit_says_is_sorted_by_wire() {
    let (script, host) = (device(SCRIPT), saying(" A17 "));
    make_ready(&script, &host, 0, Dur::secs(1)).unwrap();
    let said = ask_identity(&script, &host, 0).unwrap();
    assert_eq!(said[&Channel::Console]["serial"], "A17", "trimmed");
}

#[test]
fn silence_is_trouble_of_the_device_and_no_identity() {
    let host: Arc<dyn Host> = Arc::new(Fake::answering(|_, _| Err(silent())));
    let trouble = ask_identity(&device(SCRIPT), &host, 0).unwrap_err();
    assert_eq!(trouble, silent());
    let trouble = make_ready(&device(SCRIPT), &host, 0, Dur::secs(1)).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::DeviceSilent);
}

#[test]
fn an_answer_of_another_form_is_a_mistake_of_the_device_script() {
    for (returns, told) in [
        ("{\"serial\": \"A17\"}", "channels such as"),
        ("{\"console\": \"A17\"}", "a dict by wire"),
        (
            "{\"console\": {\"name\": \"A17\"}}",
            "serial, mac, chip-uid, address",
        ),
        (
            "{\"console\": {\"serial\": 17}}",
            "texts that are not empty",
        ),
        (
            "{\"console\": {\"serial\": \" \"}}",
            "texts that are not empty",
        ),
    ] {
        let script = device(&format!(
            "def identity(bench: Bench):\n    return {returns}\n"
        ));
        let trouble = ask_identity(&script, &saying("A17"), 0).unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Case, "{returns}");
        assert!(trouble.what.contains(told), "{returns}: {trouble}");
    }
}

#[test]
fn an_operation_graver_than_declared_is_not_carried_out_behind_an_alias_either() {
    let text = "\"\"\"A case.\"\"\"\n\ncase(provisions = [\"5.1-1\"], device = [], effects = [\"wears-flash\"])\n\n\
                def run(bench: Bench):\n    d = bench.device\n    d.factory_reset()\n    \
                    check.shown(holds = \"a\", otherwise = \"not a\", detail = \"b\")\n";
    // Hidden from the check, an operation is not declared either: the list is given here.
    let mut cases = suite(&[("cases/x.star", text)]);
    cases[0].meta.device_ops = vec!["factory_reset".to_owned()];
    let host = Arc::new(Fake::new());
    let end = run_case(&cases[0], Some(&device(SCRIPT)), host.clone());
    let CaseEnd::Stopped { trouble, .. } = end else {
        panic!("{end:?}")
    };
    assert_eq!(trouble.kind, TroubleKind::Case);
    assert!(
        trouble
            .what
            .contains("it is factory-reset, and the case declares no more than wears-flash"),
        "{trouble}"
    );
    assert!(host.ops().is_empty(), "nothing reached the device");
}

#[test]
fn a_value_that_the_unit_did_not_tell_on_that_wire_is_no_identity() {
    for returns in [
        "{\"console\": {\"serial\": bench.label(\"serial\")}}",
        "{\"console\": {\"serial\": \"A17-0042\"}}",
        // Told on another wire.
        "{\"lan\": {\"serial\": bench.console.ask(\"status\", \"serial=(.*)\").groups[0]}}",
        // Told to the unit first, which echoes it.
        "{\"console\": {\"serial\": bench.console.ask(bench.label(\"serial\"), \"(.*)\").groups[0]}}",
    ] {
        let script = device(&format!(
            "def identity(bench: Bench):\n    return {returns}\n"
        ));
        let host: Arc<dyn Host> = Arc::new(Fake::answering(|_, op| {
            Ok(match op {
                proofhouse_model::Op::Label { .. } => Observation::Text {
                    text: "A17-0042".into(),
                },
                _ => Observation::Matched(Matched {
                    text: "A17-0042".into(),
                    groups: vec!["A17-0042".into()],
                    before: "".into(),
                    after: Dur::ms(1),
                }),
            })
        }));
        let asked = ask_identity(&script, &host, 0);
        let trouble = asked.unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Case, "{returns}");
        assert!(
            trouble.what.contains("did not tell that there"),
            "{returns}: {trouble}"
        );
    }
}

/// What a unit answers that says `said` of itself to whatever it is asked, and whose label says `label` in every field.
fn labelled(label: &'static str, said: &'static str) -> Arc<dyn Host> {
    Arc::new(Fake::answering(move |_, op| {
        Ok(match op {
            proofhouse_model::Op::Label { .. } => Observation::Text { text: label.into() },
            proofhouse_model::Op::Http(_) => http(404, said.as_bytes()),
            _ => matched(said),
        })
    }))
}

fn identity_of(returns: &str, host: &Arc<dyn Host>) -> Result<(), String> {
    let script = device(&format!(
        "def identity(bench: Bench):\n    bench.console.ask(\"hello\", \"(.*)\")\n    return {returns}\n"
    ));
    let asked = ask_identity(&script, host, 0);
    asked.map(drop).map_err(|trouble| trouble.what)
}

#[test]
fn a_short_value_counts_where_it_is_a_word_that_the_unit_says() {
    let serial = "{\"console\": {\"serial\": \"A99\"}}";
    let page = "{\"lan\": {\"serial\": bench.lan.http(\"GET\", \"/A99\", 8443).text[-3:]}}";
    for (returns, said, is_told) in [
        (serial, "serial A99, ready", true),
        (serial, "token 7fa99c0", false),
        (serial, "A 99", false),
        // Sent in a path, and echoed.
        (page, "no such page: /A99", false),
    ] {
        let got = identity_of(returns, &labelled("correct-horse", said));
        assert_eq!(got.is_ok(), is_told, "{said}: {got:?}");
    }
}

#[test]
fn what_the_script_was_given_of_the_label_is_no_identity_even_where_the_unit_says_it() {
    let said = "serial=A99 mac=9c:1f:00:00:00:99";
    let label = "{\"console\": {\"serial\": bench.label(\"serial\")}}";
    let cut = "{\"console\": {\"serial\": bench.label(\"serial\").split(\"-\")[1]}}";
    for (returns, printed) in [(label, "A99"), (label, "9C1F00000099"), (cut, "SN-A99")] {
        let got = identity_of(returns, &labelled(printed, said));
        let why = got.expect_err(printed);
        assert!(why.contains("did not tell that there"), "{why}");
    }
    // A log-in with another field stands in nobody's way.
    let honest = "{\"console\": {\"serial\": \"A99\" if bench.label(\"password\") else None}}";
    identity_of(honest, &labelled("correct-horse", said)).unwrap();
}
