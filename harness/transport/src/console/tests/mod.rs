//! A console against a device on a pseudo-terminal.

mod back;
mod flood;
mod line;
mod many;
mod pace;
mod port;
mod usb;
mod wait;

use super::*;
use std::fs::File;
use std::io::{Read, Write};

/// Far longer than anything here takes, on any machine.
pub(super) const LONG: Duration = Duration::from_secs(60);
pub(super) const SHORT: Duration = Duration::from_millis(30);

/// A unit without a device in it, and its console.
pub(super) struct Bench {
    pub(super) pty: Pty,
    pub(super) console: Console,
    pub(super) heard: Arc<Mutex<(Vec<u8>, u64)>>,
}

pub(super) fn pattern(text: &str) -> Pattern {
    Pattern::new(text).unwrap()
}

pub(super) fn settings() -> Settings {
    Settings {
        reopen: Duration::from_millis(200),
        accept: LONG,
        ..Settings::default()
    }
}

pub(super) fn bench() -> Bench {
    let pty = pty_pair().unwrap();
    let link = Tty::new(pty.path(), 115_200);
    bench_on(pty, link)
}

pub(super) fn bench_on(pty: Pty, link: impl Link + 'static) -> Bench {
    let heard = Arc::new(Mutex::new((Vec::new(), 0)));
    let log = heard.clone();
    let sink: Sink = Box::new(move |h| {
        let mut log = log.lock().unwrap();
        log.0.extend_from_slice(h.bytes);
        log.1 += h.lost;
    });
    let console = Console::open(link, settings(), sink).unwrap();
    Bench {
        pty,
        console,
        heard,
    }
}

impl Bench {
    pub(super) fn device(&self) -> File {
        self.pty.device_end().unwrap().into()
    }

    /// A shell that echoes each line and answers it in upper case.
    pub(super) fn shell(&self) -> JoinHandle<()> {
        let mut device = self.device();
        std::thread::spawn(move || {
            let mut line = Vec::new();
            let mut byte = [0];
            while matches!(device.read(&mut byte), Ok(1)) {
                device.write_all(&byte).unwrap();
                match byte[0] {
                    b'\n' if line.starts_with(b"off") => return,
                    b'\n' => {
                        device.write_all(&line.to_ascii_uppercase()).unwrap();
                        device.write_all(b"\r\nplug> ").unwrap();
                        line.clear();
                    }
                    b'\r' => {}
                    other => line.push(other),
                }
            }
        })
    }
}
