use super::*;
use proofhouse_model::settings::Setting;
use proofhouse_model::{TroubleKind, UnitName};
use std::collections::BTreeMap;
use std::io::Write;
use std::os::fd::AsFd;
use std::path::Path;

fn opened(driver: &str, keys: &[(&str, Setting)]) -> LabReset {
    let settings: BTreeMap<_, _> = keys
        .iter()
        .map(|(k, v)| ((*k).to_owned(), v.clone()))
        .collect();
    let wire = Wire {
        driver: driver.to_owned(),
        settings: Settings(settings),
        switch: None,
    };
    let context = Context {
        unit: &UnitName::new("box-1").unwrap(),
        folder: Path::new("."),
        console: Default::default(),
        debug: Default::default(),
        strips: &crate::power::Strips::default(),
        made: None,
    };
    open(&wire, &context).unwrap()
}

fn program(words: &[&str], within: &str) -> LabReset {
    let words = words.iter().map(|w| (*w).to_owned()).collect();
    let within = Setting::Text(within.to_owned());
    opened(
        "command",
        &[("press", Setting::Words(words)), ("within", within)],
    )
}

#[test]
fn a_program_has_to_end_well_and_in_time() {
    let budget = Budget::of(Duration::from_secs(20));
    assert!(program(&["true"], "10s").carry_out(&budget).is_ok());
    let failed = program(&["false"], "10s").carry_out(&budget).unwrap_err();
    assert_eq!(failed.kind, TroubleKind::Bench);
    assert!(failed.what.contains("`false` ended with"), "{failed}");
    let hung = program(&["sleep", "60"], "50ms")
        .carry_out(&budget)
        .unwrap_err();
    assert!(hung.what.contains("did not end within"), "{hung}");
}

/// What an operator answers to what they are asked, within so long.
fn answered(typed: &str, stays: bool, within: Duration) -> (Result<String, Trouble>, String) {
    let say = Setting::Text("hold the button".to_owned());
    let LabReset::Operator(operator) = opened(OPERATOR, &[("say", say)]) else {
        panic!("another driver");
    };
    let (from, mut to) = std::io::pipe().unwrap();
    to.write_all(typed.as_bytes()).unwrap();
    let kept = stays.then_some(to);
    let mut out = Vec::new();
    let said = operator.ask(&mut out, from.as_fd(), &Budget::of(within));
    drop(kept);
    (said, String::from_utf8(out).unwrap())
}

#[test]
fn an_operator_is_asked_by_the_units_name_and_the_answer_is_told() {
    let long = Duration::from_secs(20);
    for typed in ["\n", "done\n", "what?\nyes\n"] {
        let (said, asked) = answered(typed, true, long);
        assert_eq!(
            said.unwrap(),
            "asked: box-1: hold the button; answered: done"
        );
        assert!(
            asked.contains("OPERATOR  box-1: hold the button"),
            "{asked}"
        );
    }
    let (no, _) = answered("no\n", true, long);
    assert!(no.unwrap_err().what.contains("the operator says no"));
}

/// Nobody is taken to have done what nobody said.
#[test]
fn no_answer_is_trouble_of_the_bench() {
    let (late, _) = answered("", true, Duration::from_millis(50));
    let late = late.unwrap_err();
    assert_eq!(late.kind, TroubleKind::Bench);
    assert!(late.what.contains("nobody answered"), "{late}");
    let (gone, _) = answered("don", false, Duration::from_secs(20));
    assert!(gone.unwrap_err().what.contains("there is no terminal"));
}
