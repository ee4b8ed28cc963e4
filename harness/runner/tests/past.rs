//! What is left of a run, wherever its journal stops.

use proofhouse_journal::Writer;
use proofhouse_model::event::{CaseEnd, RunEnd};
use proofhouse_model::op::PowerOp;
use proofhouse_model::{
    CaseId, Dur, Event, Fact, Measurement, Observation, Op, Plan, TaskId, Trouble, TroubleKind,
    UnitName,
};
use proofhouse_runner::{Cancel, Past, Recorder, SecretBook};
use std::path::Path;

fn recorded(name: &str) -> proofhouse_journal::Recorded {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/journals");
    proofhouse_journal::Recorded::read(&dir.join(name)).unwrap()
}

fn past(plan: &Plan, events: &[Event]) -> Past {
    let events = events
        .iter()
        .cloned()
        .map(Ok::<_, std::convert::Infallible>);
    Past::read(plan, events, Vec::new(), None).unwrap()
}

#[test]
fn every_case_is_done_or_left_wherever_the_journal_stops() {
    for name in ["honest", "leaky"] {
        let run = recorded(name);
        let all: Vec<_> = run.plan.tasks.iter().map(|t| t.id).collect();
        for len in 0..=run.events.len() {
            let events = &run.events[..len];
            let past = past(&run.plan, events);
            let has = |id: TaskId, wanted: fn(&Fact) -> bool| {
                let of_case = |e: &&Event| e.task == Some(id) && wanted(&e.fact);
                events.iter().find(of_case).is_some()
            };
            let ended = |id: TaskId| {
                has(id, |f| {
                    matches!(f, Fact::TaskEnded { .. } | Fact::TaskNotRun { .. })
                })
            };
            let started = |id: TaskId| has(id, |f| matches!(f, Fact::TaskStarted { .. }));
            let left = past.left(&run.plan);
            for id in all.iter().copied() {
                assert_eq!(
                    left.contains(&id),
                    !ended(id),
                    "{name} {id} after {len} events"
                );
                let under_way = started(id) && !ended(id);
                assert_eq!(
                    past.under_way.contains(&id),
                    under_way,
                    "{name} {id} after {len}"
                );
            }
            assert_eq!(
                (past.blank, past.ended),
                (len == 0, len == run.events.len())
            );
        }
    }
}

/// A journal of one case that did these things.
fn journal(facts: Vec<Fact>) -> Vec<Event> {
    let unit = UnitName::new("plug-a").ok();
    let started = Fact::TaskStarted {
        case: CaseId::new("default-passwords").unwrap(),
        attempt: 1,
        units: unit.iter().cloned().collect(),
    };
    let all = std::iter::once(started).chain(facts);
    let event = |(seq, fact): (usize, Fact)| Event {
        seq: seq as u64,
        at_us: seq as u64,
        wall: String::new(),
        task: (!matches!(fact, Fact::RunResumed { .. })).then_some(TaskId::at(0)),
        unit: unit.clone(),
        fact,
    };
    all.enumerate().map(event).collect()
}

fn begun(op: PowerOp) -> Fact {
    Fact::OpStarted { op: Op::Power(op) }
}

fn done(of: u64) -> Fact {
    Fact::OpEnded {
        of,
        saw: Observation::Done,
        took: Dur::ms(1),
    }
}

fn cut() -> PowerOp {
    PowerOp::CutIn {
        after: Dur::ms(40),
        off: Dur::secs(1),
    }
}

/// Numbers of the ops that may have happened, and whether each was armed.
fn doubts(facts: Vec<Fact>) -> Vec<(u64, bool)> {
    let plan = recorded("honest").plan;
    let past = past(&plan, &journal(facts));
    past.open.iter().map(|o| (o.seq, o.armed)).collect()
}

#[test]
fn an_op_without_an_end_may_have_happened_and_so_may_a_cut_that_was_armed() {
    assert_eq!(doubts(vec![begun(PowerOp::On), done(1)]), []);
    assert_eq!(doubts(vec![begun(PowerOp::On)]), [(1, false)]);
    let armed = vec![begun(cut()), done(1), begun(PowerOp::On)];
    assert_eq!(doubts(armed), [(1, true), (3, false)]);
    let awaited = vec![begun(cut()), done(1), begun(PowerOp::AwaitCut), done(3)];
    assert_eq!(doubts(awaited), []);
}

#[test]
fn what_an_earlier_death_left_open_is_not_told_twice() {
    let resumed = Fact::RunResumed {
        tool: String::new(),
        host: String::new(),
        tasks: Vec::new(),
        open: vec![1],
    };
    assert_eq!(doubts(vec![begun(PowerOp::On), resumed]), []);
}

/// A second signal, or a kill, may come after the cases were cut short and before the journal says that the run was
/// ended.
#[test]
fn what_was_cut_short_or_left_out_is_run_again_also_when_the_end_is_not_told() {
    let mut trouble = Trouble::case("interrupted from the keyboard");
    trouble.kind = TroubleKind::Cancelled;
    let cut_short = Fact::TaskEnded {
        end: CaseEnd::Stopped {
            trouble,
            place: None,
        },
    };
    let left_out = Fact::TaskNotRun {
        why: "interrupted from the keyboard".to_owned(),
    };
    let plan = recorded("honest").plan;
    for fact in [cut_short, left_out] {
        for end in [None, Some(RunEnd::Interrupted)] {
            let ended = end.map(|end| Fact::RunEnded { end });
            let facts = std::iter::once(fact.clone()).chain(ended).collect();
            let past = past(&plan, &journal(facts));
            assert!(
                past.left(&plan).contains(&TaskId::at(0)),
                "{fact:?}, {end:?}"
            );
        }
        let finished = Fact::RunEnded {
            end: RunEnd::Finished,
        };
        let past = past(&plan, &journal(vec![fact.clone(), finished]));
        assert!(
            !past.left(&plan).contains(&TaskId::at(0)),
            "{fact:?}, all was tried"
        );
    }
}

fn noted() -> Fact {
    let text = "x".to_owned();
    Fact::Noted { text }
}

#[test]
fn the_clock_of_a_resumed_run_goes_on_where_it_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::create(dir.path(), b"{}").unwrap();
    let recorder = Recorder::new(writer, SecretBook::new([0; 16]), Vec::new(), Cancel::new());
    let recorder = recorder.going_on_at(5_000_000);
    assert!(recorder.now_ms() >= 5_000);
    recorder.record(None, None, noted()).unwrap();
    let line = std::fs::read_to_string(dir.path().join("events.jsonl")).unwrap();
    let (_, at) = line.split_once("\"at_us\":").unwrap();
    let at: u64 = at.split(',').next().unwrap().parse().unwrap();
    assert!(at >= 5_000_000, "{line}");
}

/// What a case says and no journal can hold is its own trouble; only a disk that fails ends the run.
#[test]
fn a_fact_that_does_not_fit_is_refused_and_the_run_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::create(dir.path(), b"{}").unwrap();
    let cancel = Cancel::new();
    let recorder = Recorder::new(writer, SecretBook::new([0; 16]), Vec::new(), cancel.clone());
    recorder.record(None, None, noted()).unwrap();
    let unfit = Fact::Measured(Measurement {
        name: "gain".to_owned(),
        value: f64::INFINITY,
        unit: "1".to_owned(),
        limit: None,
    });
    let why = recorder.record(None, None, unfit).unwrap_err();
    assert_eq!(why.kind, TroubleKind::Case);
    assert!(why.what.contains("`gain`"), "{why}");
    assert_eq!(cancel.reason(), None);
    assert_eq!(recorder.record(None, None, noted()), Ok(1));
    recorder.blob(b"x").unwrap();
    recorder.sync().unwrap();
    let text = std::fs::read_to_string(dir.path().join("events.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 2);
}
