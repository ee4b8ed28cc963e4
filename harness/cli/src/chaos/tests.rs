//! What is drawn, and how it is added up.

use super::draw::{Deck, Trial};
use super::ops::Ops;
use super::tally::Tally;
use super::trial::{Order, Outcome, Seen, Wrong};
use crate::args::Selection;
use crate::session::{self, Session};
use proofhouse_model::{Channel, Fault, FaultKind, Plan};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The checkout's plan; making it reads every case, so it is made once.
fn plan() -> &'static Plan {
    static SESSION: LazyLock<Session> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        session::prepare(&Selection::default(), &root).unwrap_or_else(|w| panic!("{w:?}"))
    });
    &SESSION.plan
}

fn ops() -> Ops {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Ops::read(&root.join(crate::sources::CHECKOUT_SUITE)).expect("the suite comes with its counts")
}

#[test]
fn the_same_seed_is_always_the_same_trial_and_its_text_says_it_all() {
    let one = Deck::new(plan(), ops(), &[], &[]);
    let other = Deck::new(&plan().clone(), ops(), &[], &[]);
    for seed in 0..300 {
        let trial = one.draw(seed);
        assert_eq!(trial, other.draw(seed));
        let args = trial.arguments();
        let spec = args.last().unwrap();
        assert_eq!(spec.parse::<Fault>().unwrap(), trial.fault, "{spec}");
    }
}

#[test]
fn a_round_tries_every_pair_on_both_kinds_of_device() {
    let deck = Deck::new(plan(), ops(), &[], &[]);
    let pairs: BTreeSet<_> = deck.pairs().into_iter().collect();
    let drawn: Vec<Trial> = (0..pairs.len() as u64).map(|s| deck.draw(s)).collect();
    let tried: BTreeSet<_> = drawn
        .iter()
        .map(|t| (t.fault.kind, t.case.clone()))
        .collect();
    assert_eq!(tried, pairs);
    let kinds: BTreeSet<_> = tried.iter().map(|(kind, _)| *kind).collect();
    let drawn_kinds = FaultKind::ALL.into_iter().filter(|k| k.is_drawn());
    assert_eq!(kinds, drawn_kinds.collect::<BTreeSet<_>>());
    let honest = drawn.iter().filter(|t| t.defect.is_none()).count();
    assert!(
        (drawn.len() / 3..drawn.len() * 2 / 3).contains(&honest),
        "{honest}"
    );
}

#[test]
fn a_fault_is_drawn_only_where_it_can_be_felt() {
    let deck = Deck::new(plan(), ops(), &[], &[]);
    let ops = ops();
    for seed in 0..500 {
        let trial = deck.draw(seed);
        let fault = &trial.fault;
        for channel in fault.kind.needs() {
            assert!(ops.of(&trial.case, Some(*channel)) > Some(0), "{trial:?}");
        }
        assert!(trial.units.contains(&fault.unit), "{trial:?}");
        assert_eq!(fault.with.is_some(), fault.kind.takes_two());
        assert!(
            Some(fault.from) < ops.of(&trial.case, fault.kind.channel()),
            "{trial:?}"
        );
    }
    let kinds = [FaultKind::ProbeGone];
    let deck = Deck::new(plan(), ops.clone(), &[], &kinds);
    assert!(
        deck.pairs()
            .iter()
            .all(|(_, case)| ops.of(case, Some(Channel::Debug)) > Some(0))
    );
    let none = Deck::new(plan(), ops, &["tls_https".to_owned()], &kinds);
    assert!(
        none.is_empty(),
        "a case that uses no probe cannot be hit by one"
    );
}

#[test]
fn cases_that_were_never_counted_are_drawn_by_their_heads() {
    let deck = Deck::new(plan(), Ops::default(), &[], &[]);
    let has = |case: &str| {
        deck.pairs()
            .contains(&(FaultKind::ProbeHangs, case.to_owned()))
    };
    assert!(has("debug_port_lock") && !has("tls_https"));
}

fn seen(outcome: Outcome, felt: bool, wrong: Option<Wrong>) -> Seen {
    Seen {
        outcome,
        why: "because".into(),
        felt: felt.then(|| "the relay stays on".into()),
        wrong,
        journal: wrong.map(|_| PathBuf::from("kept/seed-1")),
        again: wrong.map(|_| (1, 2)),
        seconds: 1.0,
    }
}

fn tally_of(seen: Vec<Seen>) -> (bool, String, serde_json::Value) {
    let deck = Deck::new(plan(), ops(), &[], &[]);
    let all: Vec<(Trial, Seen)> = (0..).map(|s| deck.draw(s)).zip(seen).collect();
    let order = Order {
        program: "proofhouse".into(),
        common: vec!["--bench".into(), "b.toml".into()],
        scratch: PathBuf::new(),
        keep: PathBuf::new(),
    };
    let tally = Tally {
        all: &all,
        pairs: deck.pairs(),
        order: &order,
    };
    (tally.is_good(), tally.text(), tally.json())
}

#[test]
fn only_faults_that_were_felt_count_and_one_wrong_verdict_spoils_all() {
    assert!(!tally_of(vec![]).0, "nothing tried shows nothing");
    assert!(!tally_of(vec![seen(Outcome::Pass, false, None)]).0);
    assert!(tally_of(vec![seen(Outcome::Error, true, None)]).0);
    let (good, text, json) = tally_of(vec![
        seen(Outcome::Inconclusive, true, None),
        seen(Outcome::Pass, true, Some(Wrong::FalsePass)),
        seen(Outcome::Fail, false, None),
    ]);
    assert!(!good);
    assert!(text.contains("FALSE PASS: seed 1, "), "{text}");
    assert!(text.contains("again:   proofhouse run --case "), "{text}");
    assert!(text.contains("--bench b.toml"), "{text}");
    assert!(text.contains("repeats: the same in 1 of 2"), "{text}");
    assert!(text.contains("journal: kept/seed-1"), "{text}");
    assert!(
        text.contains("3 seeds, 2 faults felt: 1 false passes, 0 false fails"),
        "{text}"
    );
    assert_eq!(
        (&json["felt"], &json["false_passes"]),
        (&2.into(), &1.into())
    );
    assert_eq!(json["trials"][1]["finding"], "false pass");
    let possible = json["pairs"]["possible"].as_u64().unwrap();
    assert!(possible > 200 && json["pairs"]["tried"] == 2, "{possible}");
}
