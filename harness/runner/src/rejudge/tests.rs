//! A run judged again comes to what it came to, also where a guess has a secret in it.

use super::{Rejudge, Rejudged};
use crate::run;
use crate::testing::{Body, FakeBench, FakeRun, FakeUnit, plan, task, unit};
use proofhouse_model::event::CaseEnd;
use proofhouse_model::op::HttpOp;
use proofhouse_model::{BlobId, CaseId, Dur, Event, Fact, Observation, Op, Trouble};
use proofhouse_script::Host;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The last four bytes of the MAC, of which the serial number has the last three.
const PASSWORD: &str = "48000041";
const MAC: &str = "02:50:48:00:00:41";
const SERIAL: &str = "PLUG-000041";
/// In the list of the case.
const PIN: &str = "sunshine9";
const LIST: [&str; 3] = [LONG_WORD, "letmein", PIN];
/// Too long to be a guess, so that no fact tells of it.
const LONG_WORD: &str = match std::str::from_utf8(&[b'x'; 300]) {
    Ok(word) => word,
    Err(_) => "",
};

fn label(host: &dyn Host, field: &str) -> Result<String, Trouble> {
    let field = field.to_owned();
    match host.perform(0, Op::Label { field })? {
        Observation::Text { text } => Ok(text),
        other => Err(Trouble::case(format!("{other:?}"))),
    }
}

fn login(word: &str) -> Op {
    Op::Http(HttpOp {
        method: "POST".into(),
        port: 80,
        tls: false,
        path: "/login".into(),
        headers: Vec::new(),
        body: format!("user=admin&password={word}&go=1").as_str().into(),
        session: 0,
        within: Dur::secs(1),
        leaves: None,
    })
}

/// Tries words of a list and what it makes of the label, each once, and says how many and which one is the PIN.
fn tries(list: &[&str], host: &dyn Host) -> Result<(), Trouble> {
    let bare = |text: &str| -> String {
        let signs = text.chars().filter(char::is_ascii_alphanumeric);
        signs.collect()
    };
    let (mac, serial) = (bare(&label(host, "mac")?), bare(&label(host, "serial")?));
    let end = |text: &str| text[text.len() - 6..].to_owned();
    let made = [mac.clone(), end(&mac), end(&serial)];
    let words = list.iter().map(|word| (*word).to_owned()).chain(made);
    let mut tried: Vec<String> = Vec::new();
    for word in words {
        let word = host.guesses(&word)?;
        if !tried.contains(&word) {
            tried.push(word);
        }
    }
    for word in &tried {
        host.perform(0, login(word))?;
    }
    let pin = label(host, "pin")?;
    let known = tried.iter().position(|word| *word == pin);
    host.noted(&format!("tried {tried:?}, the PIN is number {known:?}"))
}

fn body(list: &'static [&'static str]) -> Body {
    Body(Box::new(move |host| match tries(list, host.as_ref()) {
        Ok(()) => CaseEnd::Complete,
        Err(trouble) => CaseEnd::Stopped {
            trouble,
            place: None,
        },
    }))
}

fn recorded() -> FakeRun {
    let mut bench = FakeBench::default();
    let labelled = FakeUnit::that(|op, _, _| {
        let Op::Label { field } = op else {
            return Ok(Observation::Done);
        };
        let text = match field.as_str() {
            "mac" => MAC,
            "serial" => SERIAL,
            _ => PIN,
        };
        let text = text.to_owned();
        Ok(Observation::Text { text })
    });
    bench.units.insert(unit("a"), Arc::new(labelled));
    let plan = plan(vec![task(0, &["a"])]);
    let fake = FakeRun::new(plan, bench, vec![("case-0", body(&LIST))]);
    for (name, value) in [("label.password", PASSWORD), ("label.pin", PIN)] {
        fake.job.recorder.learn_given(&unit("a"), name, value);
    }
    run(&fake.job).unwrap();
    assert_eq!(fake.ends()[0].1, CaseEnd::Complete);
    fake
}

fn judged(fake: &FakeRun, events: &[Event], list: &'static [&'static str]) -> Rejudged {
    let case = CaseId::new("case-0").unwrap();
    let body: Arc<dyn crate::CaseBody> = Arc::new(body(list));
    Rejudge {
        plan: &fake.job.plan,
        within: BTreeMap::new(),
        events,
        cases: &BTreeMap::from([(case, body)]),
        products: &fake.job.products,
        blobs: Arc::new(|_: &BlobId| None),
    }
    .judge()
}

#[test]
fn a_guess_with_a_secret_in_it_comes_out_as_it_did() {
    let fake = recorded();
    let events = fake.reader().events();
    let guesses: Vec<&str> = events
        .iter()
        .filter_map(|event| match &event.fact {
            Fact::Guessed { word } => Some(word.as_str()),
            _ => None,
        })
        .collect();
    let [clear, pin, mac, end, same] = guesses[..] else {
        panic!("{guesses:?}")
    };
    assert_eq!((clear, end, same), ("letmein", "000041", "000041"));
    assert!(pin.starts_with("⟨label.pin:"), "{pin}");
    assert!(mac.starts_with("0250⟨label.password:"), "{mac}");
    let text = serde_json::to_string(&events).unwrap();
    assert!(!text.contains(PASSWORD) && !text.contains(PIN), "{text}");
    assert!(text.contains("the PIN is number Some(2)"), "{text}");
    let again = judged(&fake, &events, &LIST);
    assert!(again.left.is_empty(), "{:?}", again.left);
    assert_eq!(again.events, events);
}

#[test]
fn another_guess_is_not_on_record() {
    let fake = recorded();
    let events = fake.reader().events();
    for list in [
        &["letmein", "another-one"] as &'static [&'static str],
        &["welcome1", PIN],
        &[PIN],
    ] {
        let again = judged(&fake, &events, list);
        let [(_, why)] = &again.left[..] else {
            panic!("{list:?} is taken for what was tried")
        };
        assert!(why.contains("the guess `"), "{why}");
    }
}
