//! Consoles over Debian's ser2net, on a pseudo-terminal whose other end is the device.
//!
//! Where ser2net is not installed the tests say so and end; `.ci/run` installs it. A pseudo-terminal shows the rate
//! that the server set, but has no parity and no control lines: those are shown by a server of our own, beside the
//! driver.

use nix::sys::termios::{BaudRate, cfgetospeed, tcgetattr};
use proofhouse_model::profile::{ConsoleFacts, DebugFacts};
use proofhouse_model::settings::{Setting, Settings};
use proofhouse_model::{Channel, Pattern, UnitName, Wire};
use proofhouse_transport::Budget;
use proofhouse_transport::console::{self, Around, Console, ConsoleOutput, Pty, Second, pty_pair};
use proofhouse_transport::open::Context;
use proofhouse_transport::power::Strips;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Far longer than anything here takes, on any machine.
const LONG: Duration = Duration::from_secs(60);

/// A server, which ends with this.
struct Ser2net {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
    pty: Pty,
}

impl Drop for Ser2net {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ser2net {
    /// One that offers a pseudo-terminal so, such as `telnet(rfc2217),tcp`; nothing where there is no ser2net.
    fn start(way: &str) -> Option<Self> {
        Self::start_with(way, |_| String::new())
    }

    /// The same with more lines of its file, which may name files of its folder.
    fn start_with(way: &str, more: impl FnOnce(&Path) -> String) -> Option<Self> {
        let places = [
            "/usr/sbin/ser2net",
            "/usr/bin/ser2net",
            "/usr/local/sbin/ser2net",
        ];
        let Some(program) = places.into_iter().find(|place| Path::new(place).is_file()) else {
            let words = "skipped: there is no ser2net here, so nothing was shown (apt-get install ser2net)\n";
            std::io::stderr().write_all(words.as_bytes()).unwrap();
            return None;
        };
        let pty = pty_pair().unwrap();
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ser2net.yaml");
        let path = pty.path();
        let text = format!(
            "connection: &console\n  accepter: {way},127.0.0.1,{port}\n  connector: serialdev,{path},9600n81,local\n"
        ) + &more(folder.path());
        std::fs::write(&file, text).unwrap();
        let child = Command::new(program)
            .args(["-n", "-u", "-c"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self {
            child,
            folder,
            port,
            pty,
        })
    }

    fn wire(&self, driver: &str, more: &[(&str, Setting)]) -> Wire {
        let plain = [
            ("host", Setting::Text("127.0.0.1".to_owned())),
            ("port", Setting::Whole(self.port.into())),
        ];
        let all = plain.iter().chain(more);
        let all = all.map(|(key, value)| ((*key).to_owned(), value.clone()));
        Wire {
            driver: driver.to_owned(),
            settings: Settings(all.collect()),
            switch: None,
        }
    }

    /// A console over it, once it listens.
    fn console(&self, wire: &Wire) -> (Console, Arc<Mutex<Vec<u8>>>) {
        let until = Instant::now() + LONG;
        loop {
            match try_console(wire) {
                Ok(opened) => return opened,
                Err(why) => {
                    assert!(Instant::now() < until, "{why}");
                    std::thread::park_timeout(Duration::from_millis(20));
                }
            }
        }
    }

    fn device(&self) -> File {
        self.pty.device_end().unwrap().into()
    }

    fn rate(&self) -> BaudRate {
        cfgetospeed(&tcgetattr(self.device()).unwrap())
    }
}

type Opened = (Console, Arc<Mutex<Vec<u8>>>);

fn try_console(wire: &Wire) -> Result<Opened, proofhouse_model::Trouble> {
    let unit = UnitName::new("lamp").unwrap();
    let context = Context {
        unit: &unit,
        folder: Path::new("."),
        console: ConsoleFacts::default(),
        debug: DebugFacts::default(),
        strips: &Strips::default(),
        made: None,
    };
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = heard.clone();
    let sink = Box::new(move |h: ConsoleOutput<'_>| {
        kept.lock().unwrap().extend_from_slice(h.bytes);
        assert_eq!(h.lost, 0);
    });
    let how = console::Settings {
        reopen: LONG,
        accept: LONG,
        ..console::Settings::of(wire, &context)?
    };
    let around = Around {
        output: sink,
        second: Second::of(wire, &context)?,
        ..Around::default()
    };
    let console = Console::open_with(console::open(wire, &context)?, how, around)?;
    Ok((console, heard))
}

fn pattern(text: &str) -> Pattern {
    Pattern::new(text).unwrap()
}

fn budget() -> Budget {
    Budget::of(LONG)
}

/// Every byte value, and runs of the one that Telnet doubles.
fn odd_bytes() -> Vec<u8> {
    let all = (0..=255).chain([255; 7]).chain(*b"\r\n\r\0\n\r");
    let once: Vec<u8> = all.collect();
    once.repeat(20)
}

/// Sends odd bytes both ways over a console that is open.
fn both_ways(server: &Ser2net, console: &Console, heard: &Mutex<Vec<u8>>) {
    let bytes = odd_bytes();
    let mut device = server.device();
    std::thread::scope(|scope| {
        let sent = scope.spawn(|| console.send(&bytes, &budget()));
        let mut came = vec![0; bytes.len()];
        device.read_exact(&mut came).unwrap();
        sent.join().unwrap().unwrap();
        assert!(came == bytes, "to the device");
    });
    let mut all = bytes.clone();
    all.extend_from_slice(b"the end");
    // Pieces of a length that cuts pairs apart.
    for piece in all.chunks(7) {
        device.write_all(piece).unwrap();
    }
    console.expect(&pattern("the end"), &budget()).unwrap();
    assert!(*heard.lock().unwrap() == all, "from the device");
}

#[test]
fn rfc_2217_sets_the_rate_and_carries_every_byte() {
    let Some(server) = Ser2net::start("telnet(rfc2217),tcp") else {
        return;
    };
    let rate = |n| {
        [
            ("baud", Setting::Whole(n)),
            ("within", Setting::Text("60s".into())),
        ]
    };
    let (console, heard) = server.console(&server.wire("rfc2217", &rate(57_600)));
    assert_eq!(server.rate(), BaudRate::B57600);
    both_ways(&server, &console, &heard);
    drop(console);
    let (console, _) = server.console(&server.wire("rfc2217", &rate(3_000_000)));
    assert_eq!(server.rate(), BaudRate::B3000000);
    drop(console);
}

#[test]
fn a_raw_port_carries_every_byte() {
    let Some(server) = Ser2net::start("tcp") else {
        return;
    };
    let (console, heard) = server.console(&server.wire("tcp", &[]));
    both_ways(&server, &console, &heard);
}

/// labgrid#1400 and #1380: the first output of a boot, right after the port was opened.
#[test]
fn labgrid_1400_first_boot_output_over_the_network() {
    for (way, driver) in [("telnet(rfc2217),tcp", "rfc2217"), ("tcp", "tcp")] {
        let Some(server) = Ser2net::start(way) else {
            return;
        };
        let (console, heard) = server.console(&server.wire(driver, &[]));
        let boot = "U-Boot 2024.01\r\n\r\nDRAM:  512 MiB\r\n";
        // A raw port says nothing when it is ready: the device waits until it is spoken to, as a boot does for power.
        console.send(b"!", &budget()).unwrap();
        let mut device = server.device();
        device.read_exact(&mut [0]).unwrap();
        device.write_all(boot.as_bytes()).unwrap();
        console.expect(&pattern("512 MiB\r\n"), &budget()).unwrap();
        assert_eq!(*heard.lock().unwrap(), boot.as_bytes(), "{driver}");
    }
}

#[test]
fn a_line_that_a_pseudo_terminal_lacks_is_told() {
    let Some(server) = Ser2net::start("telnet(rfc2217),tcp") else {
        return;
    };
    drop(server.console(&server.wire("rfc2217", &[("within", Setting::Text("60s".into()))])));
    let more = [
        ("dtr", Setting::Text("on".into())),
        ("within", Setting::Text("2s".into())),
    ];
    let wire = server.wire("rfc2217", &more);
    let until = Instant::now() + LONG;
    let told = loop {
        match try_console(&wire) {
            // The connection before this one may not be over yet.
            Err(why) if why.what.contains("hung up") && Instant::now() < until => {}
            other => break other.map(drop).unwrap_err(),
        }
    };
    assert_eq!(told.channel, Some(Channel::Console));
    assert!(
        told.what
            .contains("does not answer the setting `dtr` within 2s"),
        "{told}"
    );
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    for driver in ["rfc2217", "tcp"] {
        let settings = [
            ("host", Setting::Text("127.0.0.1".into())),
            ("port", Setting::Whole(port.into())),
        ];
        let settings = settings.map(|(key, value)| (key.to_owned(), value));
        let wire = Wire {
            driver: driver.to_owned(),
            settings: Settings(settings.into()),
            switch: None,
        };
        let told = try_console(&wire).map(drop).unwrap_err();
        let says = format!("the serial server 127.0.0.1 port {port} is not reached");
        assert!(told.what.contains(&says), "{told}");
    }
}

/// ser2net keeps what the device says in a file of its own: both have the same, until somebody else writes into it.
#[test]
fn a_second_recorder_has_what_came_over_the_console() {
    let trace = |folder: &Path| {
        let file = folder.join("trace.log").display().to_string();
        format!("  options:\n    trace-read: {file}\n")
    };
    let Some(server) = Ser2net::start_with("tcp", trace) else {
        return;
    };
    let file = server.folder.path().join("trace.log");
    let recorder = Setting::Text(file.display().to_string());
    let (console, _) = server.console(&server.wire("tcp", &[("recorder", recorder)]));
    let budget = Budget::of(LONG);
    let mut device = server.device();
    for round in 0..50 {
        let line = format!("{round}: all that the device says, \u{fc}ber UTF-8 and back\r\n");
        device.write_all(line.as_bytes()).unwrap();
    }
    let last = Pattern::new("49: all that the device says").unwrap();
    console.expect(&last, &budget).unwrap();
    let agreed = console.agrees(&budget).unwrap().unwrap();
    assert_eq!(agreed.with, file.display().to_string());
    assert!(agreed.bytes > 49 * 50, "{agreed:?}");
    File::options()
        .append(true)
        .open(&file)
        .unwrap()
        .write_all(b"#")
        .unwrap();
    let differs = console.agrees(&budget).unwrap_err();
    assert_eq!(differs.kind, proofhouse_model::TroubleKind::Bench);
    console.compare_anew();
    console.agrees(&budget).unwrap();
}
