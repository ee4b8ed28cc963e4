//! An emulation of a Power Profiler Kit II behind a pseudo-terminal. It shares nothing with its driver: what it draws
//! becomes samples by the inverse of what Nordic's application computes.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::ttyname;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

/// What the emulated kit is made to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// As the real one.
    Honest,
    /// Was left measuring, and its old samples stand before everything else.
    Measuring,
    /// Says other bytes before its answer.
    Garbled,
    /// Leaves out samples.
    Lossy,
    /// Its switch does not move.
    Stuck,
    /// Obeys nothing before it is reset.
    Odd,
    /// Says nothing.
    Silent,
    /// Its regulator does not take another voltage.
    Fixed,
    /// A current flows with its output off.
    Leaky,
    /// No current flows with its output on.
    Empty,
}

/// The kit, as the test sees it.
pub(super) struct Kit {
    mood: Mood,
    /// The port that leads to it.
    pub(super) port: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) running: bool,
    pub(super) millivolts: u16,
    pub(super) mode: u8,
    pub(super) resets: u32,
    /// What was set up when the unit was given its supply first.
    pub(super) given: Option<(u16, u8)>,
    measuring: bool,
    /// Of the next sample.
    counter: u32,
}

/// Ohms, offset of the level, amperes for a volt, amperes, gain, gain of the user: of each range.
const RANGES: [(f64, f64, f64, f64, f64, f64); 5] = [
    (1003.5, 112.0, 0.000_000_048, -0.000_000_104, 1.0, 1.0),
    (101.5, 75.0, 0.000_000_596, -0.000_001_443, 0.97, 1.0),
    (10.3, 64.0, 0.000_005_281, 0.000_036_439, 0.96, 1.0),
    (0.96, 50.0, 0.000_062_577, -0.000_374_119, 0.95, 1.0),
    (0.056, 87.0, 0.002_940_743, -0.009_388_455, 0.96, 1.1),
];
/// What the unit draws, in amperes.
pub(super) const DRAWN: f64 = 0.012_5;

impl Kit {
    pub(super) fn new(mood: Mood) -> Arc<Self> {
        let pair = openpty(None, None).unwrap();
        let mut raw = tcgetattr(&pair.slave).unwrap();
        cfmakeraw(&mut raw);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &raw).unwrap();
        let kit = Arc::new(Self {
            mood,
            port: ttyname(&pair.slave).unwrap(),
            state: Mutex::new(State {
                measuring: mood == Mood::Measuring,
                running: mood == Mood::Stuck,
                millivolts: 3000,
                mode: 1,
                ..State::default()
            }),
        });
        let own = Arc::clone(&kit);
        std::thread::spawn(move || {
            // Kept open, as a kit stays plugged in.
            let _slave = pair.slave;
            own.serve(File::from(pair.master));
        });
        kit
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn serve(&self, mut master: File) {
        let mut came = Vec::new();
        loop {
            let measuring = self.state().measuring;
            let timeout = match measuring {
                true => PollTimeout::ZERO,
                false => PollTimeout::NONE,
            };
            let mut fds = [PollFd::new(master.as_fd(), PollFlags::POLLIN)];
            if poll(&mut fds, timeout).unwrap() > 0 {
                let mut buffer = [0; 64];
                let Ok(n) = master.read(&mut buffer) else {
                    return;
                };
                came.extend_from_slice(&buffer[..n]);
                while let Some(said) = self.obey(&mut came) {
                    master.write_all(&said).unwrap();
                }
            } else if measuring {
                let samples = self.samples();
                master.write_all(&samples).unwrap();
            }
        }
    }

    /// Takes one command off and gives what is said to it.
    fn obey(&self, came: &mut Vec<u8>) -> Option<Vec<u8>> {
        let length = match came.first()? {
            0x0d => 3,
            0x0c | 0x11 => 2,
            0x06 | 0x07 | 0x19 | 0x20 => 1,
            other => panic!("no command of a kit: {other:#x}"),
        };
        if came.len() < length {
            return None;
        }
        let command: Vec<u8> = came.drain(..length).collect();
        let mut state = self.state();
        if command == [0x20] {
            state.resets += 1;
            state.running = self.mood == Mood::Stuck;
            state.measuring = false;
            return Some(Vec::new());
        }
        if self.mood == Mood::Silent || (self.mood == Mood::Odd && state.resets == 0) {
            return Some(Vec::new());
        }
        match command[..] {
            [0x06] => state.measuring = true,
            [0x07] => state.measuring = false,
            [0x0c, on] => {
                if on == 1 && state.given.is_none() {
                    state.given = Some((state.millivolts, state.mode));
                }
                state.running = on == 1 || self.mood == Mood::Stuck;
            }
            [0x0d, high, low] if self.mood != Mood::Fixed => {
                state.millivolts = u16::from_be_bytes([high, low]);
            }
            [0x11, mode] => state.mode = mode,
            [0x19] => return Some(self.metadata(&state)),
            _ => {}
        }
        Some(Vec::new())
    }

    fn metadata(&self, state: &State) -> Vec<u8> {
        let mut out = Vec::new();
        if self.mood == Mood::Garbled {
            out.extend(b"shell:~$ \xff\xfe\x00END\x1b[0m\r\nR9: 1\n");
        }
        let mut line = |line: String| out.extend(format!("{line}\n").bytes());
        line("Calibrated: 1".to_owned());
        for (n, (r, o, s, i, gi, ug)) in RANGES.iter().enumerate() {
            line(format!("R{n}: {r:.4}"));
            line(format!("GS{n}: 0.0000"));
            line(format!("GI{n}: {gi:.4}"));
            line(format!("O{n}: {o:.4}"));
            line(format!("S{n}: {s:.9}"));
            line(format!("I{n}: {i:.9}"));
            line(format!("UG{n}: {ug:.2}"));
        }
        line(format!("VDD: {}", state.millivolts));
        line("HW: 9173".to_owned());
        line(format!("mode: {}", state.mode));
        line("IA: 56".to_owned());
        line("END".to_owned());
        out
    }

    /// As many as come at once.
    fn samples(&self) -> Vec<u8> {
        let mut state = self.state();
        let amperes = match (self.mood, state.running) {
            (Mood::Empty, _) => 0.0,
            (_, true) => DRAWN,
            (Mood::Leaky, false) => 0.000_3,
            (_, false) => 0.0,
        };
        let range = match amperes {
            small if small < 0.000_1 => 0,
            0.000_1..0.001 => 1,
            _ => 2,
        };
        let (r, o, s, i, gi, ug) = RANGES[range];
        let offset = s * f64::from(state.millivolts) / 1000.0 + i;
        let level = (amperes / ug - offset) / gi * r * 163_840.0 / 1.8 + o;
        let adc = (level / 4.0).round() as u32;
        assert!(adc < 1 << 14, "{level}");
        let mut out = Vec::new();
        for _ in 0..100 {
            state.counter += 1;
            if self.mood == Mood::Lossy && state.counter.is_multiple_of(50) {
                state.counter += 7;
            }
            let word = adc | (range as u32) << 14 | (state.counter & 0x3f) << 18 | 0x5a << 24;
            out.extend(word.to_le_bytes());
        }
        out
    }
}
