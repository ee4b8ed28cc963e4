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
    open(&wire, &context, &|relay| relay).unwrap()
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

fn person() -> Operator {
    let say = Setting::Text("hold the button".to_owned());
    let picture = Setting::Text("reset-button.jpg".to_owned());
    match opened(OPERATOR, &[("say", say), ("picture", picture)]) {
        LabReset::Operator(operator) => operator,
        LabReset::Command(_) | LabReset::Button(_) => panic!("another driver"),
    }
}

/// What an operator answers to what they are asked, within so long; and whether nobody did.
fn answered(typed: &str, stays: bool, within: Duration) -> (Result<String, Trouble>, String, bool) {
    let operator = person();
    let (from, mut to) = std::io::pipe().unwrap();
    to.write_all(typed.as_bytes()).unwrap();
    let kept = stays.then_some(to);
    let mut out = Vec::new();
    let said = operator.ask(&mut out, from.as_fd(), &Budget::of(within));
    drop(kept);
    let reset = LabReset::Operator(operator);
    let out = String::from_utf8(out).unwrap();
    (said, out, reset.nobody_answered())
}

const LONG: Duration = Duration::from_secs(20);

#[test]
fn an_operator_is_asked_by_the_units_name_and_the_answer_is_told() {
    for (typed, told) in [
        ("done\n", "done"),
        ("what?\nyes\n", "done"),
        ("\ndone: at the second try\n", "done: at the second try"),
    ] {
        let (said, asked, nobody) = answered(typed, true, LONG);
        let want = format!("asked: box-1: hold the button; answered: {told}");
        assert_eq!(said.unwrap(), want);
        assert!(!nobody);
        for part in [
            "OPERATOR  box-1: hold the button\n",
            "picture: ./reset-button.jpg\n",
            "no answer within 20s pauses the run\n",
        ] {
            assert!(asked.contains(part), "{asked}");
        }
        let times = 1 + usize::from(told != "done" || typed.starts_with("what"));
        assert_eq!(asked.matches(" > ").count(), times, "{asked}");
    }
}

#[test]
fn what_is_not_done_is_trouble_of_the_bench_with_the_reason() {
    for (typed, told) in [
        ("cannot: it is stuck\n", "the operator cannot: it is stuck"),
        ("no\nno screwdriver\n", "the operator cannot: screwdriver"),
        ("skip: no time\n", "the operator left it out: no time"),
    ] {
        let (said, _, nobody) = answered(typed, true, LONG);
        let trouble = said.unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Bench);
        assert!(trouble.what.ends_with(told), "{trouble}");
        assert!(!nobody, "somebody did");
    }
}

/// Nobody is taken to have done what nobody said; an empty line is typed too easily to say it.
#[test]
fn no_answer_is_trouble_of_the_bench() {
    for typed in ["", "\n\n", "done"] {
        let (late, _, nobody) = answered(typed, true, Duration::from_millis(50));
        let late = late.unwrap_err();
        assert_eq!(late.kind, TroubleKind::Bench);
        assert!(late.what.contains("nobody answered"), "{late}");
        assert!(late.what.ends_with("(no answer within 50ms)"), "{late}");
        assert!(nobody);
    }
    let (gone, _, nobody) = answered("don", false, LONG);
    assert!(gone.unwrap_err().what.contains("there is no terminal"));
    assert!(nobody);
}

#[test]
fn a_run_that_is_called_off_is_no_question_that_nobody_answered() {
    let operator = person();
    let (from, _to) = std::io::pipe().unwrap();
    let cancel = crate::Cancel::new();
    cancel.cancel("interrupted");
    let budget = Budget::new(LONG, &cancel);
    let ended = operator.ask(&mut Vec::new(), from.as_fd(), &budget);
    assert_eq!(ended.unwrap_err().kind, TroubleKind::Cancelled);
    assert!(!LabReset::Operator(operator).nobody_answered());
}

#[test]
fn only_a_person_takes_time_of_their_own() {
    assert_eq!(program(&["true"], "10s").person_within(), None);
    let most = LabReset::Operator(person()).person_within().unwrap();
    assert!(most > Duration::from_secs(300), "its turn comes on top");
}
