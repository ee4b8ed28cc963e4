//! Bad lines, over a real pseudo-terminal and the real reader.

use super::{faulty, set_in};
use crate::faulty::console::FaultyLink;
use crate::faulty::power::FaultyPower;
use proofhouse_model::{Observation, Pattern, Trouble, TroubleKind};
use proofhouse_transport::Budget;
use proofhouse_transport::console::{Console, Pty, Settings, Tty, pty_pair};
use proofhouse_transport::power::Power;
use std::fs::File;
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);
const TEXT: &str = "the quick brown fox\njumps over the lazy dog\n";

fn open(pty: &Pty, faulty: &Arc<crate::faulty::Faulty>) -> Console {
    let link = FaultyLink::new(Tty::new(pty.path(), 115_200), Arc::clone(faulty));
    let sink = Box::new(|_: proofhouse_transport::console::ConsoleOutput<'_>| {});
    Console::open(link, Settings::default(), sink).unwrap()
}

/// What arrives of a text that a device sends many times; the end mark comes through clean, when the fault is over.
fn arrives(spec: &str) -> (String, Vec<String>) {
    let pty = pty_pair().unwrap();
    let (faulty, told) = faulty(spec);
    let console = open(&pty, &faulty);
    let mut device = File::from(pty.device_end().unwrap());
    set_in(&faulty);
    device.write_all(TEXT.repeat(20).as_bytes()).unwrap();
    // Until the last of it was read, however much of it arrived.
    while told.all().is_empty() {
        std::thread::yield_now();
    }
    let quiet = Pattern::new("never said").unwrap();
    let heard = match console
        .watch(&quiet, &Budget::of(Duration::from_millis(300)))
        .unwrap()
    {
        Observation::Unseen { heard } => heard.lossy(),
        other => panic!("{other:?}"),
    };
    (heard, told.all())
}

/// Seed 4 spoils what comes; the assertions below would show if it did not.
const SEED: u64 = 4;

#[test]
fn bytes_go_missing() {
    let (heard, told) = arrives(&format!("console-drops:plug-a:seed={SEED}"));
    let sent = TEXT.repeat(20);
    assert!(heard.len() < sent.len(), "{heard}");
    let mut rest = sent.chars();
    assert!(
        heard.chars().all(|c| rest.any(|s| s == c)),
        "only missing, none new: {heard}"
    );
    assert!(told[0].starts_with("plug-a console-drops: "), "{told:?}");
}

#[test]
fn bytes_come_twice() {
    let (heard, _) = arrives(&format!("console-doubles:plug-a:seed={SEED}"));
    assert!(
        heard.len() > TEXT.len() * 20 || heard.len() >= 2000,
        "{heard}"
    );
    let once = |t: &str| {
        let mut chars: Vec<char> = t.chars().collect();
        chars.dedup();
        chars.into_iter().collect::<String>()
    };
    assert!(once(&TEXT.repeat(20)).ends_with(&once(&heard)), "{heard}");
}

#[test]
fn bytes_come_changed() {
    let (heard, _) = arrives(&format!("console-corrupts:plug-a:seed={SEED}"));
    assert!(!TEXT.repeat(20).contains(&heard), "{heard}");
}

#[test]
fn lines_are_mixed_and_no_byte_is_lost() {
    let (heard, _) = arrives(&format!("console-interleaves:plug-a:seed={SEED}"));
    let sent = TEXT.repeat(20);
    assert_ne!(heard, sent);
    let sorted = |t: &str| {
        let mut bytes = t.as_bytes().to_vec();
        bytes.sort_unstable();
        bytes
    };
    assert_eq!(sorted(&heard), sorted(&sent));
}

#[test]
fn before_and_after_nothing_is_spoiled() {
    let pty = pty_pair().unwrap();
    let (faulty, told) = faulty(&format!("console-drops:plug-a:from=1:lasts=1:seed={SEED}"));
    let console = open(&pty, &faulty);
    let mut device = File::from(pty.device_end().unwrap());
    for active in [false, true, false] {
        let op = super::op_on(proofhouse_model::Channel::Console);
        faulty.before(&super::unit(), &op);
        assert_eq!(faulty.active(), active);
        if !active {
            device.write_all(TEXT.as_bytes()).unwrap();
            let whole = Pattern::new(&TEXT.replace('\n', "\\n")).unwrap();
            console.expect(&whole, &Budget::of(LONG)).unwrap();
        }
    }
    assert!(told.all().is_empty());
}

#[test]
fn what_is_sent_is_spoiled_by_some_seeds() {
    let pty = pty_pair().unwrap();
    let mut device = File::from(pty.device_end().unwrap());
    let spoiled = (0..8).filter(|seed| {
        let (faulty, _) = faulty(&format!("console-corrupts:plug-a:seed={seed}"));
        let console = open(&pty, &faulty);
        set_in(&faulty);
        let text = TEXT.repeat(4);
        console.send(text.as_bytes(), &Budget::of(LONG)).unwrap();
        let mut got = vec![0; text.len()];
        device.read_exact(&mut got).unwrap();
        got != text.as_bytes()
    });
    let spoiled = spoiled.count();
    assert!((1..8).contains(&spoiled), "{spoiled} of 8");
}

/// A supply with nothing behind it.
struct Plain(bool);

impl Power for Plain {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        self.0 = on;
        Ok(())
    }

    fn is_on(&self) -> Option<bool> {
        Some(self.0)
    }
}

#[test]
fn the_tty_goes_with_the_supply_and_comes_back() {
    let pty = pty_pair().unwrap();
    let (faulty, told) = faulty("tty-goes-with-power:plug-a");
    let mut power = FaultyPower::new(Box::new(Plain(true)), Arc::clone(&faulty));
    let console = open(&pty, &faulty);
    let mut device = File::from(pty.device_end().unwrap());
    set_in(&faulty);
    power.off().unwrap();
    device.write_all(b"into the void\n").unwrap();
    power.on().unwrap();
    // A port that vanished while sending is the device's matter; once back it works.
    while console.reopened() == 0 {
        match console.send(b"x", &Budget::of(LONG)) {
            Ok(()) => std::thread::yield_now(),
            Err(t) => assert_eq!(t.kind, TroubleKind::DeviceSilent, "{t}"),
        }
    }
    device.write_all(b"back again\n").unwrap();
    let heard = console
        .expect(&Pattern::new("back again").unwrap(), &Budget::of(LONG))
        .unwrap();
    assert!(!heard.before.lossy().contains("void"), "{heard:?}");
    assert_eq!(
        told.all(),
        ["plug-a tty-goes-with-power: the tty vanished with the power"]
    );
}
