//! One case and its ops on a fake bench: what is written when, what the case is told, and whose turn it is.

use super::*;
use crate::testing::{FakeBench, FakeRun, FakeUnit, a_check, plan, task, unit};
use proofhouse_model::op::{ConsoleOp, PowerOp};
use proofhouse_model::{Bytes, Finding};
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;

const LONG: Duration = Duration::from_secs(3600);

/// A run of one task on one unit, and what the case within it may do.
struct Desk {
    run: FakeRun,
    supplies: Arc<Supplies>,
}

impl Desk {
    fn of(unit: FakeUnit) -> Self {
        Self::within(unit, Dur::secs(60))
    }

    fn within(fake: FakeUnit, within: Dur) -> Self {
        let mut bench = FakeBench::default();
        bench.units.insert(unit("a"), Arc::new(fake));
        let mut task = task(0, &["a"]);
        Arc::make_mut(&mut task.case).within = within;
        Self {
            run: FakeRun::new(plan(vec![task]), bench, Vec::new()),
            supplies: Arc::default(),
        }
    }

    fn executor(&self) -> Executor {
        let job = &self.run.job;
        let held = job.held(&job.plan.tasks[0]).unwrap();
        let supplies = Arc::clone(&self.supplies);
        Executor::new(
            Arc::clone(&job.recorder),
            job.cancel.clone(),
            held,
            supplies,
        )
    }

    fn leaping(&self) -> Executor {
        self.executor().with_clock(Clock::leaping())
    }

    fn facts(&self) -> Vec<Fact> {
        self.run.journal().into_iter().map(|(_, f)| f).collect()
    }
}

fn send() -> Op {
    Op::Console(ConsoleOp::Send { bytes: "x".into() })
}

fn cut_in() -> Op {
    let (after, off) = (Dur::secs(5), Dur::secs(1));
    Op::Power(PowerOp::CutIn { after, off })
}

fn cut_at_line() -> Op {
    Op::Power(PowerOp::CutAtLine {
        line: 3,
        after: Dur::ms(1),
        off: Dur::secs(1),
        within: Dur::secs(9),
    })
}

fn unseen() -> Observation {
    Observation::Unseen { heard: "".into() }
}

fn trouble(kind: TroubleKind) -> Trouble {
    Trouble {
        kind,
        channel: Some(Channel::Console),
        what: "something".to_owned(),
        try_next: Some("something else".to_owned()),
    }
}

#[test]
fn an_op_is_in_the_journal_before_it_is_carried_out_and_its_end_after() {
    let journal = Arc::new(OnceLock::<crate::testing::Journal>::new());
    let (read, seen) = (Arc::clone(&journal), Arc::new(Mutex::new(Vec::new())));
    let kept = Arc::clone(&seen);
    let desk = Desk::of(FakeUnit::that(move |_, _, _| {
        *lock(&kept) = read.get().unwrap().facts();
        Ok(unseen())
    }));
    journal.set(desk.run.reader()).ok().unwrap();
    let executor = desk.executor();
    assert_eq!(executor.perform(0, send()), Ok(unseen()));
    let before = lock(&seen).clone();
    let task = Some(TaskId::at(0));
    assert_eq!(before, [(task, Fact::OpStarted { op: send() })]);
    executor.checked(a_check(Finding::Shown)).unwrap();
    let facts = desk.facts();
    assert!(
        matches!(&facts[1], Fact::OpEnded { of: 0, saw, .. } if *saw == unseen()),
        "{facts:?}"
    );
    assert!(matches!(&facts[2], Fact::Checked(check) if check.rests_on == [1]));
    assert_eq!(facts.len(), 3);
}

#[test]
fn trouble_of_every_kind_reaches_case_and_journal_unchanged() {
    use TroubleKind as K;
    for kind in [
        K::DeviceSilent,
        K::DeviceRefused,
        K::DeviceGarbled,
        K::Bench,
        K::Case,
        K::Deadline,
        K::Cancelled,
    ] {
        let desk = Desk::of(FakeUnit::that(move |_, _, _| Err(trouble(kind))));
        let executor = desk.executor();
        assert_eq!(executor.perform(0, send()), Err(trouble(kind)));
        let facts = desk.facts();
        assert!(
            matches!(&facts[1], Fact::OpFailed { of: 0, trouble: t, .. } if *t == trouble(kind)),
            "{facts:?}"
        );
        assert_eq!(executor.stopped(), None, "{kind:?}: only the op ended");
    }
}

/// What was not seen because the case was over is not what did not happen: a check on it would be shown.
#[test]
fn what_the_end_of_the_case_cut_short_is_no_observation_and_no_trouble_of_the_device() {
    for silent in [false, true] {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let waits = FakeUnit::that(move |_, budget, _| {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = budget.pause(LONG);
            match silent {
                true => Err(trouble(TroubleKind::DeviceSilent)),
                false => Ok(unseen()),
            }
        });
        let desk = Desk::within(waits, Dur::ms(20));
        let executor = desk.executor();
        let over = executor.perform(0, send()).unwrap_err();
        assert_eq!(over.kind, TroubleKind::Deadline);
        let facts = desk.facts();
        assert!(
            matches!(&facts[1], Fact::OpFailed { trouble, .. } if *trouble == over),
            "{facts:?}"
        );
        assert_eq!(executor.perform(0, send()), Err(over));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        assert_eq!(desk.facts().len(), 2, "what is not done is not written");
    }
}

#[test]
fn an_op_gets_the_time_of_its_case_or_the_earlier_end_of_the_gate() {
    let ends = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&ends);
    let desk = Desk::of(FakeUnit::that(move |_, budget, _| {
        lock(&noted).push(budget.deadline());
        Ok(Observation::Done)
    }));
    let executor = desk.executor();
    let soon = Instant::now() + Duration::from_secs(2);
    for hurry in [None, Some(soon), Some(soon + LONG)] {
        executor.hurry(hurry);
        executor.perform(0, send()).unwrap();
    }
    let until = executor.until();
    assert_eq!(*lock(&ends), [until, soon, until]);
}

#[test]
fn a_run_called_off_in_the_middle_of_an_op_ends_it_and_the_case() {
    for sees_nothing in [false, true] {
        let cancel = Arc::new(OnceLock::<Cancel>::new());
        let flag = Arc::clone(&cancel);
        let desk = Desk::of(FakeUnit::that(move |_, budget, _| {
            flag.get().unwrap().cancel("interrupted");
            let ended = budget.pause(LONG);
            match sees_nothing {
                true => Ok(unseen()),
                false => ended.map(|()| Observation::Done),
            }
        }));
        cancel.set(desk.run.job.cancel.clone()).ok().unwrap();
        let executor = desk.executor();
        let ended = executor.perform(0, send()).unwrap_err();
        assert_eq!(
            (ended.kind, &*ended.what),
            (TroubleKind::Cancelled, "interrupted")
        );
        assert!(matches!(&desk.facts()[1], Fact::OpFailed { .. }));
        assert_eq!(executor.perform(0, send()), Err(ended));
        assert_eq!(desk.facts().len(), 2);
    }
}

#[test]
fn of_a_case_that_was_given_up_nothing_is_written_any_more() {
    let hung = Arc::new(OnceLock::<Arc<Executor>>::new());
    let later = Arc::clone(&hung);
    let desk = Desk::of(FakeUnit::that(move |_, _, _| {
        later.get().unwrap().give_up();
        Ok(Observation::Done)
    }));
    let executor = Arc::new(desk.executor());
    hung.set(Arc::clone(&executor)).ok().unwrap();
    let given_up = executor.perform(0, send()).unwrap_err();
    assert_eq!(given_up.kind, TroubleKind::Cancelled);
    assert!(executor.checked(a_check(Finding::Shown)).is_err());
    assert!(executor.noted("late").is_err());
    assert_eq!(desk.facts(), [Fact::OpStarted { op: send() }]);
}

#[test]
fn an_answer_that_does_not_fit_into_the_journal_did_not_come() {
    let desk = Desk::of(FakeUnit {
        answer: Some(Observation::Text {
            text: "x".repeat(proofhouse_journal::LONGEST_LINE + 1),
        }),
        ..FakeUnit::default()
    });
    let executor = desk.executor();
    let unfit = executor.perform(0, send()).unwrap_err();
    assert_eq!(unfit.kind, TroubleKind::DeviceGarbled);
    assert_eq!(unfit.channel, Some(Channel::Console));
    assert!(matches!(&desk.facts()[1], Fact::OpFailed { of: 0, .. }));
    assert_eq!(executor.stopped(), None, "the case goes on");
}

#[test]
fn an_op_that_does_not_fit_into_the_journal_is_not_carried_out() {
    let desk = Desk::of(FakeUnit::that(|op, _, _| match op {
        Op::Label { .. } => unreachable!("it is on no record"),
        _ => Ok(Observation::Done),
    }));
    let executor = desk.executor();
    let field = "x".repeat(proofhouse_journal::LONGEST_LINE + 1);
    let unfit = executor.perform(0, Op::Label { field }).unwrap_err();
    assert_eq!(unfit.kind, TroubleKind::Case);
    assert_eq!(executor.perform(0, send()), Ok(Observation::Done));
    assert_eq!(desk.facts().len(), 2, "of the second");
}

#[test]
fn evidence_is_masked_on_disk_and_clear_for_the_case() {
    let desk = Desk::of(FakeUnit::that(|_, _, keep| {
        let blob = keep(b"the password is correct-horse")?;
        let (at, len) = (0, 29);
        Ok(Observation::Memory { at, len, blob })
    }));
    let recorder = &desk.run.job.recorder;
    recorder.learn_secret("label.password", SecretKind::Given, b"correct-horse", None);
    let executor = desk.executor();
    let Ok(Observation::Memory { blob, .. }) = executor.perform(0, send()) else {
        panic!("memory was read");
    };
    assert_eq!(
        executor.blob(&blob).unwrap(),
        b"the password is correct-horse"
    );
    let on_disk = desk.run.reader().blob(&blob);
    let on_disk = String::from_utf8_lossy(&on_disk);
    assert!(on_disk.starts_with("the password is"), "{on_disk}");
    assert!(!on_disk.contains("correct-horse"), "{on_disk}");
}

/// Only a cut is armed with all that was written on the disk itself: the device dies while it does what was asked.
#[test]
fn a_cut_is_on_disk_before_it_is_armed() {
    for (op, synced) in [
        (cut_in(), 1),
        (cut_at_line(), 1),
        (Op::Power(PowerOp::Off), 0),
        (send(), 0),
    ] {
        let syncs = Arc::new(OnceLock::<Arc<AtomicUsize>>::new());
        let (counted, at_once) = (Arc::clone(&syncs), Arc::new(AtomicUsize::new(9)));
        let seen = Arc::clone(&at_once);
        let desk = Desk::of(FakeUnit::that(move |_, _, _| {
            let so_far = counted.get().unwrap().load(Ordering::SeqCst);
            seen.store(so_far, Ordering::SeqCst);
            Ok(Observation::Done)
        }));
        syncs.set(Arc::clone(&desk.run.syncs)).ok().unwrap();
        desk.executor().perform(0, op.clone()).unwrap();
        assert_eq!(at_once.load(Ordering::SeqCst), synced, "{op:?}");
    }
}

#[test]
fn a_unit_that_is_not_held_and_an_op_out_of_a_journal_are_mistakes_of_the_case() {
    let desk = Desk::of(FakeUnit::that(|_, _, _| unreachable!("nothing to do")));
    let executor = desk.executor();
    let none = executor.perform(1, send()).unwrap_err();
    assert_eq!(none.kind, TroubleKind::Case);
    assert!(none.what.contains("1 units, not 2"), "{none}");
    let bytes = Bytes::from(vec![b'x'; 64 << 10]);
    let mut op = Op::Console(ConsoleOp::Send { bytes });
    let recorder = &desk.run.job.recorder;
    recorder
        .record(None, None, Fact::OpStarted { op: op.clone() })
        .unwrap();
    let Some(Fact::OpStarted { op: read }) = desk.facts().pop() else {
        panic!("it was written");
    };
    op = read;
    assert_eq!(executor.perform(0, op).unwrap_err().kind, TroubleKind::Case);
}

#[test]
fn a_supply_is_not_switched_while_another_is_proved_and_other_channels_go_on() {
    let desk = Desk::of(FakeUnit::that(|op, _, _| match op {
        Op::Power(_) => unreachable!("the turn is a gate's"),
        _ => Ok(Observation::Done),
    }));
    let executor = desk.leaping();
    let waiting = desk.supplies.wait_to_prove();
    let proving = waiting.try_prove().unwrap();
    executor.perform(0, send()).unwrap();
    for op in [Op::Power(PowerOp::On), cut_in()] {
        let over = executor.perform(0, op).unwrap_err();
        assert_eq!(over.kind, TroubleKind::Deadline);
    }
    assert_eq!(
        desk.facts().len(),
        2,
        "what waits for its turn was not begun"
    );
    drop(proving);
}

/// The gate that proves one switches it itself.
#[test]
fn who_has_the_turn_does_not_wait_for_it() {
    let desk = Desk::of(FakeUnit::default());
    let executor = desk.leaping();
    let waiting = desk.supplies.wait_to_prove();
    let _proving = waiting.try_prove().unwrap();
    executor.has_the_turn(true);
    assert!(executor.perform(0, Op::Power(PowerOp::On)).is_ok());
}

/// A cut switches by itself, later: until it has, no other supply is proved.
#[test]
fn an_armed_cut_keeps_the_turn_until_it_is_over_or_called_off() {
    let ends = |op: PowerOp| Op::Power(op);
    for arm in [cut_in(), cut_at_line()] {
        for end in [ends(PowerOp::AwaitCut), ends(PowerOp::Off)] {
            let desk = Desk::of(FakeUnit::default());
            let executor = desk.executor();
            executor.perform(0, arm.clone()).unwrap();
            let waiting = desk.supplies.wait_to_prove();
            assert!(waiting.try_prove().is_none(), "{arm:?}");
            // Its own ops go on although somebody waits: else both would wait for ever.
            executor.perform(0, ends(PowerOp::On)).unwrap();
            assert!(waiting.try_prove().is_none());
            executor.perform(0, end).unwrap();
            assert!(waiting.try_prove().is_some());
        }
    }
}

#[test]
fn a_cut_that_was_not_armed_keeps_no_turn_and_one_whose_wait_broke_keeps_it_to_the_end_of_the_case()
{
    let desk = Desk::of(FakeUnit::that(|op, _, _| match op {
        Op::Power(PowerOp::CutIn { .. } | PowerOp::AwaitCut) => Err(trouble(TroubleKind::Bench)),
        _ => Ok(Observation::Done),
    }));
    let executor = desk.executor();
    executor.perform(0, cut_in()).unwrap_err();
    let waiting = desk.supplies.wait_to_prove();
    assert!(waiting.try_prove().is_some());
    drop(waiting);
    executor.perform(0, cut_at_line()).unwrap();
    executor
        .perform(0, Op::Power(PowerOp::AwaitCut))
        .unwrap_err();
    let waiting = desk.supplies.wait_to_prove();
    assert!(waiting.try_prove().is_none());
    executor.give_up();
    assert!(waiting.try_prove().is_some());
}

#[test]
fn units_come_to_rest_in_their_turn_but_do_not_stay_on_for_it() {
    let desk = Desk::of(FakeUnit::default());
    let executor = desk.leaping();
    assert!(executor.turn_to_rest().is_some());
    let waiting = desk.supplies.wait_to_prove();
    let proving = waiting.try_prove().unwrap();
    assert!(executor.turn_to_rest().is_none(), "after a while");
    drop((proving, waiting));
    desk.run.job.cancel.cancel("interrupted");
    let _waiting = desk.supplies.wait_to_prove();
    assert!(desk.executor().turn_to_rest().is_none(), "at once");
}

#[test]
fn a_pause_of_a_case_ends_with_the_case() {
    let desk = Desk::of(FakeUnit::default());
    let executor = desk.leaping();
    executor.pause(Dur::secs(59)).unwrap();
    let over = executor.pause(Dur::secs(3600)).unwrap_err();
    assert_eq!(over.kind, TroubleKind::Deadline);
    assert_eq!(over.what, "the case's 1m are over");
}

/// A guess such as the product's name would hide it wherever it stands; a secret that is tried is masked.
#[test]
fn a_guess_that_is_sent_is_no_secret_and_a_secret_is_one_all_the_same() {
    let desk = Desk::of(FakeUnit::default());
    let executor = desk.executor();
    let box_1 = unit("a");
    desk.run
        .job
        .recorder
        .learn_given(&box_1, "label.password", "kitchenLamp9");
    let post = |password: &str| {
        Op::Http(proofhouse_model::op::HttpOp {
            method: "POST".into(),
            port: 80,
            tls: false,
            path: "/login".into(),
            headers: vec![("authorization".into(), "Basic YWRtaW46Z3Vlc3NlZDk=".into())],
            body: format!("user=admin&password={password}").as_str().into(),
            session: 0,
            within: Dur::secs(1),
            leaves: None,
        })
    };
    for guess in ["lampion", "kitchenLamp9", "guessed9"] {
        executor.guesses(guess).unwrap();
    }
    for password in ["lampion", "kitchenLamp9", "someOther7"] {
        let _ = executor.perform(0, post(password));
    }
    executor
        .noted("lampion and kitchenLamp9 and someOther7")
        .unwrap();
    let facts = desk.facts();
    let noted = facts.iter().find_map(|fact| match fact {
        Fact::Noted { text } => Some(text.as_str()),
        _ => None,
    });
    let noted = noted.unwrap();
    assert!(noted.starts_with("lampion and ⟨label.password:"), "{noted}");
    assert!(noted.contains(" and ⟨password:"), "{noted}");
    let known = facts.iter().filter_map(|fact| match fact {
        Fact::SecretKnown(known) => Some(known.name.as_str()),
        _ => None,
    });
    assert_eq!(known.collect::<Vec<_>>(), ["password"]);
    let guesses = facts.iter().filter_map(|fact| match fact {
        Fact::Guessed { word } => Some(word.as_str()),
        _ => None,
    });
    let guesses: Vec<&str> = guesses.collect();
    let [first, known, last] = guesses[..] else {
        panic!("{guesses:?}")
    };
    assert_eq!((first, last), ("lampion", "guessed9"));
    assert!(known.starts_with("⟨label.password:"), "{known}");
}

/// An executor whose person takes so long, by a clock that leaps.
fn asking(desk: &Desk, clock_of: &OnceLock<Arc<Executor>>) -> Arc<Executor> {
    let executor = Arc::new(desk.leaping());
    assert!(clock_of.set(Arc::clone(&executor)).is_ok());
    executor
}

/// A unit on which each op takes so long.
fn slow(takes: Duration, asks: Option<Duration>) -> (FakeUnit, Arc<OnceLock<Arc<Executor>>>) {
    let cell = Arc::new(OnceLock::<Arc<Executor>>::new());
    let clock_of = Arc::clone(&cell);
    let fake = FakeUnit::that(move |_, budget, _| {
        let executor = clock_of.get().unwrap();
        assert!(executor.stopped().is_none(), "while it is carried out");
        executor.clock.pause(takes, budget.cancel());
        Ok(Observation::Done)
    });
    (FakeUnit { asks, ..fake }, cell)
}

/// The case has 60 s. Its own op takes 50 of them, and what a person takes is none of them.
#[test]
fn what_a_person_takes_is_none_of_the_cases_time() {
    let minutes = Duration::from_secs(600);
    let (fake, cell) = slow(minutes, Some(LONG));
    let desk = Desk::of(fake);
    let executor = asking(&desk, &cell);
    executor.perform(0, Op::Reset).unwrap();
    assert!(executor.until() > executor.now() + Duration::from_secs(50));
    assert!(executor.until() <= executor.now() + Duration::from_secs(60));
    executor.pause(Dur::secs(50)).unwrap();
    let over = executor.pause(Dur::secs(3600)).unwrap_err();
    assert_eq!(over.kind, TroubleKind::Deadline);
    // The same op, by a program.
    let (fake, cell) = slow(minutes, None);
    let desk = Desk::of(fake);
    let executor = asking(&desk, &cell);
    let over = executor.perform(0, Op::Reset).unwrap_err();
    assert_eq!(over.kind, TroubleKind::Deadline);
    // A person is given no more than they may take, so that a question that hangs is noticed.
    let (fake, cell) = slow(minutes, Some(Duration::from_secs(90)));
    let desk = Desk::of(fake);
    let executor = asking(&desk, &cell);
    let over = executor.perform(0, Op::Reset).unwrap_err();
    assert_eq!(over.kind, TroubleKind::Deadline);
}

#[test]
fn a_question_that_nobody_answers_is_trouble_of_the_bench_and_pauses_the_run() {
    for unanswered in [true, false] {
        let fake = FakeUnit::that(|_, _, _| Err(trouble(TroubleKind::Bench)));
        let desk = Desk::of(FakeUnit {
            asks: Some(LONG),
            unanswered,
            ..fake
        });
        let executor = desk.executor();
        let told = executor.perform(0, Op::Reset).unwrap_err();
        let recorded = desk.facts().into_iter().find_map(|fact| match fact {
            Fact::OpFailed { trouble, .. } => Some(trouble),
            _ => None,
        });
        assert_eq!(recorded.unwrap(), trouble(TroubleKind::Bench));
        let paused = desk.run.job.cancel.reason();
        if unanswered {
            assert_eq!(told.kind, TroubleKind::Cancelled, "begun again by `resume`");
            assert_eq!(paused.as_deref(), Some("the run is paused: something"));
            let next = executor.perform(0, send()).unwrap_err();
            assert_eq!(next.kind, TroubleKind::Cancelled);
        } else {
            // Somebody said that it cannot be done: the case is over, and the run goes on.
            assert_eq!(told.kind, TroubleKind::Bench);
            assert_eq!(paused, None);
        }
    }
}

#[test]
fn a_unit_that_answers_without_end_is_not_kept_without_end() {
    let answer = Observation::Datagram {
        bytes: vec![b'x'; 1 << 20].into(),
    };
    let desk = Desk::of(FakeUnit {
        answer: Some(answer),
        ..FakeUnit::default()
    });
    let case = desk.executor();
    for _ in 0..128 {
        case.perform(0, send()).unwrap();
    }
    // No trouble of the device, which a case would take for its answer.
    let over = case.perform(0, send()).unwrap_err();
    assert_eq!(over.kind, TroubleKind::Case);
    assert!(over.what.contains("128 MiB"), "{over}");
    let failed = |fact: &Fact| matches!(fact, Fact::OpFailed { .. });
    assert_eq!(desk.facts().iter().filter(|fact| failed(fact)).count(), 1);
}
