//! Batches console output into pieces fit for a journal.

use std::time::{Duration, Instant};

/// Largest piece, bytes.
const PIECE: usize = 4 << 10;
/// Longest that console output is held back.
const HELD: Duration = Duration::from_millis(50);
/// A flood is passed on up to this many bytes at once ...
const BURST: f64 = 1024.0 * 1024.0;
/// ... and then at this rate, bytes per second: more than a line of 3 Mbaud carries.
const RATE: f64 = 384.0 * 1024.0;
/// One that does not end is passed on up to this many bytes, a minute of such a line ...
const LONG_BURST: f64 = 24.0 * 1024.0 * 1024.0;
/// ... and then at this rate, more than a line of 115,200 baud carries: whoever talks for hours must not fill the disk.
const LONG_RATE: f64 = 16.0 * 1024.0;
/// Once bytes had to be left out, this much is passed on again at least.
const RESUME: f64 = 64.0 * 1024.0;
/// What is passed on of every 50 ms then, bytes: enough for a prompt.
const SCRAP: usize = 256;

/// What the device said on its console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsoleOutput<'a> {
    /// The bytes, at most 4 KiB; empty when there is only a loss to tell.
    pub bytes: &'a [u8],
    /// Bytes left out before these, because the device flooded.
    pub lost: u64,
}

/// Gets the console output: the journal. Called from the reading thread and from waiting threads,
/// one at a time, in order, and before an op that saw the bytes returns. It must not use the
/// console.
pub type Sink = Box<dyn FnMut(ConsoleOutput<'_>) + Send>;

/// Gathers bytes for 4 KiB or 50 ms, and ends a piece with a line where there is one. In a flood it passes on the last
/// 4 KiB of every 50 ms, and the last 256 bytes where it does not end.
pub(crate) struct Recorder {
    sink: Sink,
    /// Received and not passed on yet.
    pending: Vec<u8>,
    since: Option<Instant>,
    /// Left out before `pending`.
    lost: u64,
    flooded: bool,
    budget: Allowance,
    long: Allowance,
    refilled: Instant,
}

/// Bytes that may be passed on: so many at once, and then at a rate.
struct Allowance {
    left: f64,
    most: f64,
    rate: f64,
}

impl Allowance {
    fn new(most: f64, rate: f64) -> Self {
        Self {
            left: most,
            most,
            rate,
        }
    }

    fn refill(&mut self, seconds: f64) {
        self.left = (self.left + seconds * self.rate).min(self.most);
    }

    /// What was passed on all the same is no debt.
    fn take(&mut self, bytes: usize) {
        self.left = (self.left - bytes as f64).max(0.0);
    }
}

impl Recorder {
    pub(crate) fn new(sink: Sink) -> Self {
        Self {
            sink,
            pending: Vec::new(),
            since: None,
            lost: 0,
            flooded: false,
            budget: Allowance::new(BURST, RATE),
            long: Allowance::new(LONG_BURST, LONG_RATE),
            refilled: Instant::now(),
        }
    }

    /// Takes in bytes, and passes on full pieces: whole lines when they hold any. What an op saw is passed on when it
    /// ends ([`Recorder::flush`]), so that an echo, an answer and a prompt are one event.
    pub(crate) fn push(&mut self, bytes: &[u8], now: Instant) {
        let passed = now.saturating_duration_since(self.refilled).as_secs_f64();
        self.budget.refill(passed);
        self.long.refill(passed);
        self.refilled = now;
        let least = match self.flooded {
            true => RESUME,
            false => bytes.len() as f64,
        };
        let flooded = self.budget.left.min(self.long.left) < least;
        if flooded && !self.flooded {
            self.emit(self.pending.len());
        }
        self.flooded = flooded;
        self.since.get_or_insert(now);
        self.pending.extend_from_slice(bytes);
        if flooded {
            let kept = match self.long.left < RESUME {
                true => SCRAP,
                false => PIECE,
            };
            let over = self.pending.len().saturating_sub(kept);
            self.pending.drain(..over);
            self.lost += over as u64;
            return;
        }
        self.budget.take(bytes.len());
        if self.pending.len() < PIECE {
            return;
        }
        let lines = self
            .pending
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |at| at + 1);
        let full = self.pending.len() / PIECE * PIECE;
        self.emit(lines.max(full));
    }

    /// When [`Recorder::flush`] is due at the latest.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.since.map(|since| since + HELD)
    }

    /// Passes on everything held back.
    pub(crate) fn flush(&mut self) {
        self.emit(self.pending.len());
    }

    fn emit(&mut self, len: usize) {
        self.long.take(len);
        for bytes in self.pending[..len].chunks(PIECE) {
            (self.sink)(ConsoleOutput {
                bytes,
                lost: std::mem::take(&mut self.lost),
            });
        }
        self.pending.drain(..len);
        if self.pending.is_empty() {
            self.since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    type Log = Arc<Mutex<Vec<(Vec<u8>, u64)>>>;

    fn recorder() -> (Recorder, Log) {
        let log = Log::default();
        let kept = log.clone();
        let sink =
            move |h: ConsoleOutput<'_>| kept.lock().unwrap().push((h.bytes.to_vec(), h.lost));
        (Recorder::new(Box::new(sink)), log)
    }

    #[test]
    fn what_comes_is_held_for_50_ms_and_passed_on_as_one() {
        let (mut r, log) = recorder();
        let now = Instant::now();
        r.push(b"boot", now);
        assert!(log.lock().unwrap().is_empty());
        assert_eq!(r.due(), Some(now + HELD));
        r.push(b" ok\r\nplug> ", now);
        r.flush();
        assert_eq!(r.due(), None);
        let expected = vec![(b"boot ok\r\nplug> ".to_vec(), 0)];
        assert_eq!(*log.lock().unwrap(), expected);
    }

    /// lowRISC/opentitan#17081 hunted characters that were dropped: a line at full speed is no flood.
    #[test]
    fn a_line_of_3_mbaud_is_kept_for_as_long_as_it_talks() {
        let (mut r, log) = recorder();
        let start = Instant::now();
        // 8 data bits, start and stop bit: 300,000 bytes a second, for a minute.
        for ms in 0..60_000 {
            r.push(&[b'x'; 300], start + Duration::from_millis(ms));
        }
        r.flush();
        let log = log.lock().unwrap();
        assert_eq!(log.iter().map(|(_, lost)| lost).sum::<u64>(), 0);
        assert_eq!(
            log.iter().map(|(bytes, _)| bytes.len()).sum::<usize>(),
            60_000 * 300
        );
    }

    #[test]
    fn a_flood_is_bounded_counted_and_its_end_kept() {
        let (mut r, log) = recorder();
        let now = Instant::now();
        let total = 10 << 20;
        for _ in 0..total / 4096 {
            r.push(&[b'x'; 4096], now);
        }
        r.push(b"prompt> ", now);
        r.flush();
        let log = log.lock().unwrap();
        let kept: usize = log.iter().map(|(bytes, _)| bytes.len()).sum();
        let lost: u64 = log.iter().map(|(_, lost)| lost).sum();
        assert_eq!(kept as u64 + lost, total as u64 + 8);
        assert!(kept < (1 << 20) + 2 * PIECE, "{kept}");
        assert!(log.iter().all(|(bytes, _)| bytes.len() <= PIECE));
        assert!(log.last().unwrap().0.ends_with(b"prompt> "));
    }

    #[test]
    fn a_flood_of_an_hour_leaves_what_a_slow_line_would() {
        let (mut r, log) = recorder();
        let start = Instant::now();
        let mut total = 0;
        for step in 0..72_000 {
            r.push(&[b'x'; 50_000], start + step * HELD);
            r.flush();
            total += 50_000;
        }
        r.push(b"prompt> ", start + 72_000 * HELD);
        r.flush();
        let kept = |log: &Log| -> usize { log.lock().unwrap().iter().map(|(b, _)| b.len()).sum() };
        let lost: u64 = log.lock().unwrap().iter().map(|(_, lost)| lost).sum();
        let flood = kept(&log);
        assert_eq!(flood as u64 + lost, total + 8);
        assert!(
            flood < (24 << 20) + 3600 * (16 << 10) + (1 << 20),
            "{flood}"
        );
        assert!(log.lock().unwrap().last().unwrap().0.ends_with(b"prompt> "));

        // Once it has been quiet for a while, lines are kept whole again.
        let later = start + 73_000 * HELD;
        r.push(&[b'y'; 60_000], later);
        r.flush();
        assert_eq!(kept(&log), flood + 60_000);
    }
}
