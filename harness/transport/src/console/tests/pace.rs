//! Devices that lose what comes faster than they read.

use super::*;
use crate::Cancel;
use crate::console::Pace;
use proofhouse_model::TroubleKind;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};

/// A receive buffer of 16 bytes, of which one is read in each time; what does not fit is lost.
struct Slow {
    reads: Duration,
    waiting: f64,
    last: Instant,
    got: Vec<u8>,
}

/// The wire to it. Never says anything.
struct ToSlow {
    slow: Arc<Mutex<Slow>>,
    wrote: Sender<usize>,
    woken: Mutex<bool>,
    wake: Condvar,
}

impl Wire for ToSlow {
    fn read(&self, _: &mut [u8], within: Option<Duration>) -> io::Result<usize> {
        let woken = self.woken.lock().unwrap();
        let within = within.unwrap_or(LONG);
        let (woken, _) = self
            .wake
            .wait_timeout_while(woken, within, |w| !*w)
            .unwrap();
        Err(match *woken {
            true => io::ErrorKind::Interrupted.into(),
            false => io::ErrorKind::TimedOut.into(),
        })
    }

    fn write(&self, bytes: &[u8], _: Duration) -> io::Result<usize> {
        let mut slow = self.slow.lock().unwrap();
        let read = slow.last.elapsed().as_secs_f64() / slow.reads.as_secs_f64();
        slow.waiting = (slow.waiting - read).max(0.0);
        slow.last = Instant::now();
        for byte in bytes {
            if slow.waiting <= 15.0 {
                slow.waiting += 1.0;
                slow.got.push(*byte);
            }
        }
        let _ = self.wrote.send(bytes.len());
        Ok(bytes.len())
    }

    fn wake(&self) {
        *self.woken.lock().unwrap() = true;
        self.wake.notify_all();
    }
}

struct Plug(Option<ToSlow>);

impl Link for Plug {
    fn name(&self) -> String {
        "slow".into()
    }

    fn open(&mut self) -> Result<Box<dyn Wire>, Trouble> {
        Ok(Box::new(self.0.take().unwrap()))
    }
}

/// A console to a device that reads a byte in so long, and what was written at once.
fn slow(reads: Duration, pace: Pace) -> (Console, Arc<Mutex<Slow>>, Receiver<usize>) {
    let slow = Arc::new(Mutex::new(Slow {
        reads,
        waiting: 0.0,
        last: Instant::now(),
        got: Vec::new(),
    }));
    let (wrote, writes) = channel();
    let wire = ToSlow {
        slow: slow.clone(),
        wrote,
        woken: Mutex::new(false),
        wake: Condvar::new(),
    };
    let settings = Settings { pace, ..settings() };
    let console = Console::open(Plug(Some(wire)), settings, Box::new(|_| {})).unwrap();
    (console, slow, writes)
}

const LINE: &[u8] = b"setenv bootargs console=ttyS0,115200 root=/dev/mmcblk0p2 rootwait\r\n";

fn per_character(character: Duration) -> Pace {
    let line = Duration::ZERO;
    Pace { character, line }
}

#[test]
fn nothing_is_lost_at_the_pace_of_the_device() {
    let reads = Duration::from_millis(1);
    let (console, device, _writes) = slow(reads, Pace::default());
    console.send(LINE, &Budget::of(LONG)).unwrap();
    assert_eq!(device.lock().unwrap().got.len(), 16, "all at once");

    let (console, device, _writes) = slow(reads, per_character(reads));
    let begun = Instant::now();
    console.send(LINE, &Budget::of(LONG)).unwrap();
    assert!(begun.elapsed() >= reads * (LINE.len() as u32 - 1));
    assert_eq!(device.lock().unwrap().got, LINE);
    // A case that sends byte by byte goes no faster.
    let begun = Instant::now();
    for byte in b"printenv" {
        console.send(&[*byte], &Budget::of(LONG)).unwrap();
    }
    assert!(begun.elapsed() >= reads * 7);
    assert!(device.lock().unwrap().got.ends_with(b"printenv"));
}

#[test]
fn a_line_is_sent_at_once_and_the_next_one_waits() {
    let line = Duration::from_millis(20);
    let pace = Pace {
        character: Duration::ZERO,
        line,
    };
    let (console, _device, writes) = slow(Duration::from_millis(1), pace);
    let begun = Instant::now();
    console
        .send(b"one\r\ntwo\rthree\nfour", &Budget::of(LONG))
        .unwrap();
    assert!(begun.elapsed() >= line * 3);
    assert_eq!(writes.try_iter().collect::<Vec<_>>(), [5, 4, 6, 4]);
}

#[test]
fn the_wait_ends_with_the_budget_and_says_how_far_it_came() {
    let (console, device, _writes) = slow(SHORT, per_character(LONG));
    let late = console.send(LINE, &Budget::of(SHORT)).unwrap_err();
    assert_eq!(late.kind, TroubleKind::Deadline);
    let all = LINE.len();
    assert!(
        late.what.contains(&format!("sending 1 of {all} bytes")),
        "{late}"
    );
    assert_eq!(device.lock().unwrap().got, &LINE[..1]);
}

#[test]
fn the_wait_ends_when_it_is_called_off() {
    let (console, _device, writes) = slow(SHORT, per_character(LONG));
    let cancel = Cancel::new();
    std::thread::scope(|scope| {
        let budget = Budget::new(LONG, &cancel);
        let sending = scope.spawn({
            let console = &console;
            move || console.send(LINE, &budget)
        });
        assert_eq!(writes.recv().unwrap(), 1);
        cancel.cancel("the run ends");
        let ended = sending.join().unwrap().unwrap_err();
        assert_eq!(ended.kind, TroubleKind::Cancelled);
    });
}
