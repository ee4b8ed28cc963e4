//! Buttons: by programs that write down what they do, and on a relay of paper that can break.

use super::*;
use crate::Cancel;
use crate::reset::{LabReset, open};
use proofhouse_model::UnitName;
use proofhouse_model::settings::{Setting, Settings};
use std::path::Path;
use std::sync::Mutex;

const LONG: Duration = Duration::from_secs(60);
const HOLD: Duration = Duration::from_millis(30);

/// What was told of a button.
type Told = Arc<Mutex<Vec<Touch>>>;

/// A button whose programs append a line to `said`; `on` ends with the code.
fn by_programs(folder: &Path, hold: &str, code: u8) -> (LabReset, Told) {
    let line = |does: &str, code: u8| {
        let script = format!("echo {does} >> said; exit {code}");
        Setting::Words(vec!["sh".to_owned(), "-c".to_owned(), script])
    };
    let settings = [
        ("hold", Setting::Text(hold.to_owned())),
        ("on", line("on", code)),
        ("off", line("off", 0)),
        ("within", Setting::Text("60s".to_owned())),
    ];
    let settings = settings.map(|(key, value)| (key.to_owned(), value));
    let wire = Wire {
        driver: "button".to_owned(),
        settings: Settings(settings.into()),
        switch: None,
    };
    let unit = UnitName::new("box-1").unwrap();
    let context = Context {
        folder,
        ..Context::bare(&unit)
    };
    let mut reset = open(&wire, &context, &|relay| relay).unwrap();
    let told = Told::default();
    let keeps = Arc::clone(&told);
    reset.on_touch(move |touch| keeps.lock().unwrap().push(touch));
    (reset, told)
}

fn said(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("said")).unwrap_or_default()
}

#[test]
fn programs_press_hold_and_release_it_and_both_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (reset, told) = by_programs(folder.path(), "30ms", 0);
    assert_eq!(said(folder.path()), "", "nothing is switched by opening it");
    for _ in 0..2 {
        let began = Instant::now();
        let text = reset.carry_out(&Budget::of(LONG)).unwrap();
        assert!(began.elapsed() >= HOLD);
        assert!(text.ends_with("and released, not read back"), "{text}");
        assert_eq!(reset.relay().unwrap().is_on(), Some(false));
    }
    assert_eq!(said(folder.path()), "on\noff\non\noff\n");
    let told = told.lock().unwrap();
    for pair in told.chunks(2) {
        assert_eq!(pair[0], Touch::Pressed { read_back: false });
        let held = match pair[1] {
            Touch::Released { held, .. } => held,
            Touch::Pressed { .. } => panic!("pressed twice"),
        };
        assert!(held >= HOLD, "{held:?}");
    }
    assert_eq!(told.len(), 4);
}

#[test]
fn a_press_that_fails_is_trouble_of_the_bench_and_it_is_released_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (reset, told) = by_programs(folder.path(), "1m", 3);
    let began = Instant::now();
    let trouble = reset.carry_out(&Budget::of(LONG * 2)).unwrap_err();
    assert!(began.elapsed() < LONG, "what is not pressed is not held");
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert_eq!(trouble.channel, Some(Channel::Reset));
    assert!(
        trouble
            .what
            .starts_with("the reset button was not seen to be pressed")
            && trouble.what.contains("exit status: 3"),
        "{trouble}"
    );
    assert_eq!(said(folder.path()), "on\noff\n");
    assert!(told.lock().unwrap().is_empty());
}

#[test]
fn a_run_that_is_called_off_lets_go_of_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut reset, _) = by_programs(folder.path(), "1m", 0);
    let cancel = Cancel::new();
    let ends = cancel.clone();
    reset.on_touch(move |touch| {
        if matches!(touch, Touch::Pressed { .. }) {
            ends.cancel("interrupted");
        }
    });
    let began = Instant::now();
    let trouble = reset
        .carry_out(&Budget::new(LONG * 2, &cancel))
        .unwrap_err();
    assert!(began.elapsed() < LONG);
    assert_eq!(trouble.kind, TroubleKind::Cancelled, "{trouble}");
    assert_eq!(said(folder.path()), "on\noff\n");
    // It is not pressed again, either.
    let trouble = reset
        .carry_out(&Budget::new(LONG * 2, &cancel))
        .unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Cancelled);
    assert_eq!(said(folder.path()), "on\noff\n");
}

#[test]
fn it_is_not_pressed_where_no_time_is_left_to_hold_it() {
    let folder = tempfile::tempdir().unwrap();
    let (reset, _) = by_programs(folder.path(), "1m", 0);
    let trouble = reset.carry_out(&Budget::of(LONG / 2)).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Deadline);
    assert!(trouble.what.contains("held for 1m"), "{trouble}");
    assert_eq!(said(folder.path()), "");
}

#[test]
fn dropped_it_is_released() {
    let folder = tempfile::tempdir().unwrap();
    let (reset, _) = by_programs(folder.path(), "1m", 0);
    reset.relay().unwrap().on().unwrap();
    drop(reset);
    assert_eq!(said(folder.path()), "on\noff\n");
}

/// A relay on paper: what was done to it, and which of it fails.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Sheet>>);

#[derive(Default)]
struct Sheet {
    done: Vec<bool>,
    fails_at: Vec<bool>,
}

impl Paper {
    fn fails_at(&self, states: &[bool]) {
        self.0.lock().unwrap().fails_at = states.to_vec();
    }

    fn done(&self) -> Vec<bool> {
        self.0.lock().unwrap().done.clone()
    }
}

impl Power for Paper {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        let mut sheet = self.0.lock().unwrap();
        if sheet.fails_at.contains(&on) {
            return Err(Trouble::bench(Channel::Power, "stuck", "knock on it"));
        }
        sheet.done.push(on);
        Ok(())
    }

    fn on(&mut self) -> Result<(), Trouble> {
        self.switch(true)
    }

    fn is_on(&self) -> Option<bool> {
        self.done().last().copied()
    }
}

#[test]
fn a_button_that_is_stuck_is_told_and_one_that_was_works_again() {
    let paper = Paper::default();
    let relay = Box::new(AtButton(Box::new(paper.clone())));
    let button = Button::of(relay, Duration::from_millis(1), true).unwrap();
    let press = || button.carry_out(&Budget::of(LONG));
    paper.fails_at(&[false]);
    let stuck = press().unwrap_err();
    assert_eq!(
        (stuck.kind, stuck.channel, stuck.what.as_str()),
        (
            TroubleKind::Bench,
            Some(Channel::Reset),
            "the reset button may still be pressed: stuck"
        )
    );
    paper.fails_at(&[true]);
    // It is let go first, then does not press.
    let unseen = press().unwrap_err();
    assert!(unseen.what.contains("not seen to be pressed"), "{unseen}");
    paper.fails_at(&[]);
    let text = press().unwrap();
    assert!(
        text.ends_with("and released, read back both times"),
        "{text}"
    );
    assert_eq!(paper.done().first(), Some(&true));
    assert_eq!(paper.done().last(), Some(&false));
}

/// As by a second Ctrl-C, which waits for no case.
#[test]
fn a_button_that_somebody_else_let_go_of_was_not_held() {
    let paper = Paper::default();
    let mut button = Button::of(Box::new(paper.clone()), HOLD, false).unwrap();
    let relay = Arc::downgrade(button.relay());
    button.on_touch(Box::new(move |touch| {
        if let (Touch::Pressed { .. }, Some(relay)) = (touch, relay.upgrade()) {
            relay.off().unwrap();
        }
    }));
    let trouble = button.carry_out(&Budget::of(LONG)).unwrap_err();
    assert!(trouble.what.contains("before its time"), "{trouble}");
    assert_eq!(paper.done(), [true, false]);
}

/// Programs end with 0 and tell nothing, those of a strip as any others.
#[test]
fn what_programs_did_is_not_read_back() {
    let text = |key: &str, value: &str| (key.to_owned(), Setting::Text(value.to_owned()));
    for settings in [vec![], vec![text("strip", "desk"), text("outlet", "3")]] {
        let wire = Wire {
            driver: "button".to_owned(),
            settings: Settings(settings.into_iter().collect()),
            switch: None,
        };
        assert!(!is_read_back(&wire));
    }
}

/// The setting that names a relay opens its driver, whose word is a read-back.
#[test]
fn a_line_and_a_board_press_it_as_a_switch_does() {
    let text = |key: &str, value: &str| (key.to_owned(), Setting::Text(value.to_owned()));
    let line = [text("chip", "no-such-chip"), text("line", "0")];
    let relay = ("relay".to_owned(), Setting::Whole(1));
    let board = [text("board", "?????"), relay];
    for (settings, wanted) in [
        (line, "line 0 of the GPIO chip no-such-chip is not there"),
        (board, "relay 1 of the USB board ????? is not there"),
    ] {
        let all = settings.into_iter().chain([text("hold", "20ms")]);
        let wire = Wire {
            driver: "button".to_owned(),
            settings: Settings(all.collect()),
            switch: None,
        };
        assert!(is_read_back(&wire));
        let unit = UnitName::new("box-1").unwrap();
        let reset = open(&wire, &Context::bare(&unit), &|relay| relay).unwrap();
        let trouble = reset.carry_out(&Budget::of(LONG)).unwrap_err();
        assert_eq!(trouble.channel, Some(Channel::Reset));
        // It was not pressed, and whether it is released nobody can tell.
        assert!(
            trouble
                .what
                .starts_with("the reset button may still be pressed: ")
                && trouble.what.contains(wanted),
            "{trouble}"
        );
    }
}
