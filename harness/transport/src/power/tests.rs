//! Supplies: each driver through the same body, and the control on a supply that can break.

use super::*;
use crate::Budget;
use crate::console::{Console, Pty, Settings, Tty, pty_pair};
use proofhouse_model::settings::{self as model, Setting};
use proofhouse_model::{Pattern, TroubleKind, UnitName};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(30);

fn scratch(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("proofhouse-power-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

fn console(pty: &Pty) -> Console {
    let link = Tty::new(pty.path(), 115_200);
    Console::open(link, Settings::default(), Box::new(|_| {})).unwrap()
}

fn process(pty: &Pty, script: &str, log: &PathBuf) -> ProcessPower {
    let args = vec!["-c".into(), script.into()];
    let mask = Arc::new(|bytes: &[u8]| bytes.to_vec());
    ProcessPower::new("sh", args, pty.device_end().unwrap(), log, mask).unwrap()
}

/// What every supply has to do. `lives` tells whether the device has power, by itself.
pub(super) fn conforms(power: &mut dyn Power, mut lives: impl FnMut() -> bool) {
    power.off().unwrap();
    assert!(!lives());
    assert_eq!(power.is_on(), Some(false));
    for _ in 0..2 {
        power.on().unwrap();
        power.on().unwrap();
        assert!(lives());
        assert_eq!(power.is_on(), Some(true));
        assert_eq!(power.exited(), None);
        power.off().unwrap();
        power.off().unwrap();
        assert!(!lives());
        assert_eq!(power.is_on(), Some(false));
    }
}

#[test]
fn a_process_is_a_supply() {
    let (pty, log) = (pty_pair().unwrap(), scratch("conforms"));
    let console = console(&pty);
    let mut power = process(&pty, "exec cat", &log);
    let mut count = 0;
    conforms(&mut power, || {
        // An echo under a fresh name: what an earlier life left behind does not count. What the
        // dead are told is not heard by the next either, or its echo would come first.
        count += 1;
        let line = format!("ping{count};");
        console.skip();
        console.send(line.as_bytes(), &Budget::of(LONG)).unwrap();
        let within = if count % 2 == 0 { LONG } else { SHORT };
        match console.expect(&Pattern::new(&line).unwrap(), &Budget::of(within)) {
            Ok(seen) => seen.before.is_empty(),
            Err(_) => false,
        }
    });
    std::fs::remove_file(log).unwrap();
}

#[test]
fn two_commands_are_a_supply() {
    let file = scratch("relay");
    let path = file.display().to_string();
    let sh = |script: String| vec!["sh".into(), "-c".into(), script];
    let on = sh(format!("echo on > {path}"));
    let off = sh(format!("rm -f {path}"));
    let mut power = CommandPower::new(on, off).unwrap();
    assert_eq!(power.is_on(), None, "unknown until it is switched");
    conforms(&mut power, || file.exists());
}

#[test]
fn a_command_that_fails_says_why_and_one_that_hangs_is_ended() {
    let sh = |script: &str| vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()];
    let jammed = sh("printf 'relay \\033[31m jammed' >&2; exit 3");
    let mut power = CommandPower::new(jammed, sh("sleep 1000 & sleep 1000")).unwrap();
    let trouble = power.on().unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert!(
        trouble.what.contains("exit status: 3") && trouble.what.contains("jammed"),
        "{trouble}"
    );
    assert!(!trouble.what.contains('\x1b'), "{trouble}");
    assert_eq!(power.is_on(), None);
    let began = Instant::now();
    let trouble = power.within(SHORT).off().unwrap_err();
    assert!(trouble.what.contains("did not end within"), "{trouble}");
    assert!(began.elapsed() < LONG);
    let mut missing = CommandPower::new(sh("true"), vec!["/no/such/relay".into()]).unwrap();
    assert!(
        missing
            .off()
            .unwrap_err()
            .what
            .contains("cannot be started")
    );
    assert!(CommandPower::new(vec![], sh("true")).is_err());
}

#[test]
fn a_command_may_take_as_long_as_the_bench_file_says() {
    let words = |line: &[&str]| Setting::Words(line.iter().map(|w| (*w).to_owned()).collect());
    let open = |within: Option<&str>| {
        let on = ("on".to_owned(), words(&["true"]));
        let off = ("off".to_owned(), words(&["sleep", "1000"]));
        let within = within.map(|w| ("within".to_owned(), Setting::Text(w.to_owned())));
        let settings = model::Settings([on, off].into_iter().chain(within).collect());
        let context = Context {
            unit: &UnitName::new("lamp").unwrap(),
            folder: std::path::Path::new("."),
            console: Default::default(),
            debug: Default::default(),
            strips: &Strips::default(),
            made: None,
        };
        CommandPower::open(&settings, &context).unwrap()
    };
    assert_eq!(open(None).slowest(), Duration::from_secs(10));
    let trouble = open(Some("30ms")).off().unwrap_err();
    assert!(
        trouble.what.contains("did not end within 0.03 s"),
        "{trouble}"
    );
}

#[test]
fn a_device_that_ends_by_itself_is_an_observation() {
    let (pty, log) = (pty_pair().unwrap(), scratch("exits"));
    let console = console(&pty);
    let script = "echo ready; read line; echo 'port taken' >&2; exit 3";
    let power = PowerControl::new(Box::new(process(&pty, script, &log))).unwrap();
    power.on().unwrap();
    console
        .expect(&Pattern::new("ready").unwrap(), &Budget::of(LONG))
        .unwrap();
    assert_eq!(power.exited(), None);
    console.send(b"go\n", &Budget::of(LONG)).unwrap();
    let deadline = Instant::now() + LONG;
    while power.exited().is_none() && Instant::now() < deadline {
        let _ = console.watch(&Pattern::new("nothing").unwrap(), &Budget::of(SHORT));
    }
    let how = power.exited().unwrap();
    assert!(
        how.contains("exit status: 3") && how.contains("port taken"),
        "{how}"
    );
    assert_eq!(power.is_on(), Some(true), "the supply is still on");
    power.off().unwrap();
    power.on().unwrap();
    console
        .expect(&Pattern::new("ready").unwrap(), &Budget::of(LONG))
        .unwrap();
    assert_eq!(power.exited(), None);
    drop(power);
    std::fs::remove_file(log).unwrap();
}

#[test]
fn a_device_ends_when_its_terminal_hangs_up() {
    let (pty, log) = (pty_pair().unwrap(), scratch("orphan"));
    let mut power = process(&pty, "exec cat", &log);
    power.on().unwrap();
    // All that a killed harness leaves behind: nobody at the other end.
    drop(pty);
    let deadline = Instant::now() + LONG;
    while power.exited().is_none() && Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert!(power.exited().is_some());
    std::fs::remove_file(log).unwrap();
}

/// A supply on paper.
#[derive(Default)]
struct Paper {
    log: Vec<(bool, Instant)>,
    broken: bool,
}

#[derive(Clone, Default)]
struct Relay(Arc<Mutex<Paper>>);

impl Relay {
    fn states(&self) -> Vec<bool> {
        self.0
            .lock()
            .unwrap()
            .log
            .iter()
            .map(|(on, _)| *on)
            .collect()
    }

    fn control(&self) -> PowerControl {
        PowerControl::new(Box::new(self.clone())).unwrap()
    }
}

impl Power for Relay {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        let mut paper = self.0.lock().unwrap();
        if paper.broken {
            let count = paper.log.len();
            return Err(Trouble::bench(
                Channel::Power,
                format!("relay stuck at {count}"),
                "oil it",
            ));
        }
        paper.log.push((on, Instant::now()));
        Ok(())
    }

    fn on(&mut self) -> Result<(), Trouble> {
        self.switch(true)
    }

    fn is_on(&self) -> Option<bool> {
        self.states().last().copied()
    }
}

#[test]
fn a_cut_comes_on_time_and_the_supply_comes_back() {
    let relay = Relay::default();
    let power = relay.control();
    power.on().unwrap();
    let (after, off) = (Duration::from_millis(20), Duration::from_millis(10));
    let armed = Instant::now();
    power.cut_in(after, off).unwrap();
    assert_eq!(
        power.cut_in(after, off).unwrap_err().kind,
        TroubleKind::Case
    );
    assert_eq!(
        power.cycle(off, &Budget::of(LONG)).unwrap_err().kind,
        TroubleKind::Case
    );
    let late = power.await_cut(&Budget::of(LONG)).unwrap().unwrap();
    let log = relay.0.lock().unwrap().log.clone();
    assert_eq!(
        log.iter().map(|l| l.0).collect::<Vec<_>>(),
        [true, false, true]
    );
    assert!(log[1].1 >= armed + after, "not early");
    assert!(log[2].1 >= log[1].1 + off, "off for long enough");
    // Told as it was: from the moment it was due to the moment it was off.
    assert!(
        armed + after + late + Duration::from_millis(1) >= log[1].1,
        "{late:?}"
    );
    assert_eq!(
        power.await_cut(&Budget::of(LONG)).unwrap_err().kind,
        TroubleKind::Case,
        "each cut is told once"
    );
}

#[test]
fn off_calls_off_what_is_planned_and_nothing_switches_on_after_it() {
    let relay = Relay::default();
    let power = relay.control();
    power.on().unwrap();
    power.cut_in(LONG, SHORT).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| power.await_cut(&Budget::of(LONG)));
        let cycling = scope.spawn(|| {
            while power
                .cycle(LONG, &Budget::of(LONG * 2))
                .is_err_and(|t| t.kind == TroubleKind::Case)
            {
                std::thread::yield_now();
            }
        });
        power.off().unwrap();
        let kind = waiting.join().unwrap().unwrap_err().kind;
        // A case's mistake when it had not begun to wait yet.
        assert!(matches!(kind, TroubleKind::Cancelled | TroubleKind::Case));
        while relay.states().len() < 3 {
            std::thread::yield_now();
        }
        // Now the cycle is in its pause.
        power.off().unwrap();
        cycling.join().unwrap();
    });
    assert!(
        relay.states()[1..].iter().all(|on| !on),
        "{:?}",
        relay.states()
    );
    power.cut_in(Duration::ZERO, LONG).unwrap();
    while relay.states().len() < 5 {
        std::thread::yield_now();
    }
    assert_eq!(
        power.on().unwrap_err().kind,
        TroubleKind::Case,
        "in the middle of a cut"
    );
    power.off().unwrap();
    power.cycle(Duration::ZERO, &Budget::of(LONG)).unwrap();
    let states = relay.states();
    assert_eq!(states[4..], [false, false, false, true]);
    drop(power);
    assert_eq!(relay.states().last(), Some(&false), "dropped is off");
}

#[test]
fn waits_for_a_cut_end_with_their_budget_and_the_cut_stays_armed() {
    let relay = Relay::default();
    let power = relay.control();
    power.on().unwrap();
    power.cut_in(LONG, SHORT).unwrap();
    let late = power.await_cut(&Budget::of(SHORT)).unwrap_err();
    assert_eq!(late.kind, TroubleKind::Deadline);
    let cancel = Cancel::new();
    let budget = Budget::new(LONG, &cancel);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| power.await_cut(&budget));
        cancel.cancel("enough");
        let trouble = waiting.join().unwrap().unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Cancelled);
    });
    let armed = power.cycle(SHORT, &Budget::of(LONG)).unwrap_err();
    assert_eq!(armed.kind, TroubleKind::Case);
    assert_eq!(relay.states(), [true]);
}

#[test]
fn a_cycle_whose_budget_ends_leaves_the_supply_off() {
    let relay = Relay::default();
    let power = relay.control();
    let late = power.cycle(LONG, &Budget::of(SHORT)).unwrap_err();
    assert_eq!(late.kind, TroubleKind::Deadline);
    let cancel = Cancel::new();
    cancel.cancel("enough");
    let budget = Budget::new(LONG, &cancel);
    let called_off = power.cycle(LONG, &budget).unwrap_err();
    assert_eq!(called_off.kind, TroubleKind::Cancelled);
    assert_eq!(relay.states(), [false, false]);
}

#[test]
fn a_broken_supply_stays_broken_with_its_first_cause() {
    let relay = Relay::default();
    let power = relay.control();
    power.on().unwrap();
    relay.0.lock().unwrap().broken = true;
    power.cut_in(Duration::ZERO, Duration::ZERO).unwrap();
    let first = power.await_cut(&Budget::of(LONG)).unwrap_err();
    assert_eq!(
        (first.kind, first.what.as_str()),
        (TroubleKind::Bench, "relay stuck at 1")
    );
    relay.0.lock().unwrap().broken = false;
    assert_eq!(power.on().unwrap_err(), first);
    assert_eq!(power.cut_in(SHORT, SHORT).unwrap_err(), first);
    assert_eq!(
        power.off().unwrap_err(),
        first,
        "tried, and still out of service"
    );
    assert_eq!(relay.states(), [true, false]);
    assert_eq!(power.broken().as_ref(), Some(&first));
    power.revive().unwrap();
    power.on().unwrap();
}

#[test]
fn a_virtual_unit_is_cut_within_milliseconds() {
    let (pty, log) = (pty_pair().unwrap(), scratch("late"));
    let power = PowerControl::new(Box::new(process(&pty, "exec cat", &log))).unwrap();
    power.on().unwrap();
    let mut lates = Vec::new();
    for _ in 0..20 {
        power
            .cut_in(Duration::from_millis(5), Duration::ZERO)
            .unwrap();
        lates.push(power.await_cut(&Budget::of(LONG)).unwrap().unwrap());
    }
    lates.sort();
    // The median, so that one busy moment of this machine is no failure; far above what it takes.
    assert!(lates[10] < Duration::from_millis(100), "{lates:?}");
    drop(power);
    std::fs::remove_file(log).unwrap();
}

/// A program that puts itself into the background has switched when what goes on there is done.
#[test]
fn what_a_program_leaves_behind_is_waited_for_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let switched = folder.path().join("switched");
    let sh = |script: &str| vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()];
    let behind = format!("(sleep 0.3; touch {}) &", switched.display());
    let mut power = CommandPower::new(sh(&behind), sh("sleep 1000 &")).unwrap();
    power.on().unwrap();
    assert!(switched.exists());
    let mut power = power.within(Duration::from_millis(600));
    let trouble = power.off().unwrap_err();
    assert!(
        trouble.what.contains("something that it started"),
        "{trouble}"
    );
    assert_eq!(power.is_on(), None);
    // One that goes on with its own output is nobody's business.
    let quiet = "sleep 1000 2>/dev/null & echo $! > left";
    let mut power = CommandPower::new(sh("true"), sh(quiet))
        .unwrap()
        .in_folder(folder.path());
    power.off().unwrap();
    let left = std::fs::read_to_string(folder.path().join("left")).unwrap();
    let left = nix::unistd::Pid::from_raw(left.trim().parse().unwrap());
    nix::sys::signal::kill(left, nix::sys::signal::Signal::SIGKILL).unwrap();
}

/// As `sudo` gives one, and as a program that is replaced by another has.
#[test]
fn what_a_program_starts_with_a_new_environment_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let held = folder.path().join("held");
    nix::unistd::mkfifo(&held, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let sh = |script: &str| vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()];
    for script in [
        "env -i PATH=\"$PATH\" setsid sh -c 'exec sleep 1000' 3> held; true",
        "exec env -i PATH=\"$PATH\" sh -c 'setsid sleep 1000 3> held; true'",
    ] {
        let (tell, ended) = std::sync::mpsc::channel();
        let held = held.clone();
        // Read to its end: until the last who holds it is gone.
        std::thread::spawn(move || {
            let _ = tell.send(std::fs::read(held));
        });
        let mut power = CommandPower::new(sh(script), sh("true"))
            .unwrap()
            .in_folder(folder.path())
            .within(Duration::from_secs(3));
        let trouble = power.on().unwrap_err();
        assert!(trouble.what.contains("did not end within"), "{trouble}");
        ended.recv_timeout(LONG).expect(script).unwrap();
    }
}

#[test]
fn commands_run_in_the_folder_they_are_written_for() {
    let folder = std::env::temp_dir().join(format!("proofhouse-relay-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let script = "test -f relay.sh && echo \"$1\" >state\n";
    std::fs::write(folder.join("relay.sh"), script).unwrap();
    std::os::unix::fs::symlink("/bin/sh", folder.join("own-sh")).unwrap();
    let line = |state: &str| vec!["sh".to_owned(), "relay.sh".into(), state.into()];
    let own = vec!["./own-sh".to_owned(), "relay.sh".into(), "off".into()];
    let mut power = CommandPower::new(line("on"), own)
        .unwrap()
        .in_folder(&folder);
    let state = || std::fs::read_to_string(folder.join("state")).unwrap();
    power.on().unwrap();
    assert_eq!(state(), "on\n");
    power.off().unwrap();
    assert_eq!(state(), "off\n");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_line_of_the_console_sets_a_cut_off() {
    let relay = Relay::default();
    let power = relay.control();
    power.on().unwrap();
    let place = CutAt {
        sign: Sign::Line,
        nth: 3,
        after: Duration::from_millis(5),
        within: LONG,
    };
    power.cut_at(place, SHORT).unwrap();
    power.came(Sign::Line, 2, Instant::now());
    power.came(Sign::Answer, 2, Instant::now());
    assert_eq!(power.is_on(), Some(true), "two lines are not three");
    let third = Instant::now();
    power.came(Sign::Line, 4, third);
    let late = power.await_cut(&Budget::of(LONG)).unwrap();
    assert!(late.is_some());
    let log = relay.0.lock().unwrap().log.clone();
    assert!(log[1].1 >= third + place.after, "not before its time");
}

#[test]
fn a_cut_whose_line_does_not_come_is_none() {
    let relay = Relay::default();
    let power = relay.control();
    power.on().unwrap();
    let place = CutAt {
        sign: Sign::Answer,
        nth: 1,
        after: Duration::ZERO,
        within: Duration::from_millis(5),
    };
    power.cut_at(place, LONG).unwrap();
    assert_eq!(power.await_cut(&Budget::of(LONG)).unwrap(), None);
    power.came(Sign::Answer, 1, Instant::now());
    assert_eq!(power.is_on(), Some(true), "a late line cuts nothing");
    // Called off by whoever switches off, as any cut.
    power.cut_at(place, LONG).unwrap();
    power.off().unwrap();
    let none = power.await_cut(&Budget::of(LONG)).unwrap_err();
    assert_eq!(none.kind, TroubleKind::Case);
}

/// Says that it is on when somebody calls that off, and not before.
struct Hesitant(Arc<Mutex<Vec<bool>>>);

impl Power for Hesitant {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        self.0.lock().unwrap().push(on);
        Ok(())
    }

    fn on_unless(&mut self, called_off: &Cancel) -> Result<(), Trouble> {
        self.switch(true)?;
        Budget::new(Duration::from_secs(60), called_off).pause(Duration::from_secs(60))
    }

    fn is_on(&self) -> Option<bool> {
        None
    }
}

#[test]
fn off_does_not_wait_for_a_supply_that_does_not_say_that_it_is_on() {
    let log = Arc::<Mutex<Vec<bool>>>::default();
    let power = Arc::new(PowerControl::new(Box::new(Hesitant(log.clone()))).unwrap());
    let other = power.clone();
    let switching = std::thread::spawn(move || other.on());
    while log.lock().unwrap().is_empty() {
        std::thread::yield_now();
    }
    let start = Instant::now();
    power.make_off().unwrap();
    assert!(start.elapsed() < Duration::from_secs(20));
    let ended = switching.join().unwrap().unwrap_err();
    assert_eq!(ended.kind, TroubleKind::Cancelled, "{ended:?}");
    assert!(power.broken().is_none());
    assert_eq!(*log.lock().unwrap(), [true, false]);
}
