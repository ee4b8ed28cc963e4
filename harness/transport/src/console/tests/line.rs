//! What a serial line is set to, on a port that has no such settings.

use super::*;
use crate::console::line::Line;
use proofhouse_model::settings::{Setting, Settings};
use proofhouse_model::{Driver, TroubleKind};
use serialport::{SerialPort, TTYPort};

/// Settings of the driver `serial`, with one that is not as usual.
fn settings_with(key: &str, value: Setting) -> Settings {
    let serial = Driver::find(Channel::Console, "serial").unwrap();
    let defaults = serial.keys.iter();
    let defaults = defaults.filter_map(|k| Some((k.name.to_owned(), k.default()?)));
    let mut settings = Settings(defaults.collect());
    settings.0.insert(key.to_owned(), value);
    settings
}

fn word(text: &str) -> Setting {
    Setting::Text(text.to_owned())
}

#[test]
fn stop_bits_are_set() {
    let pty = pty_pair().unwrap();
    let two = Line::of(&settings_with("stop_bits", Setting::Whole(2))).unwrap();
    let port = serialport::new(pty.path(), 9600);
    let mut port = TTYPort::open(&two.set_up(port)).unwrap();
    assert_eq!(port.stop_bits().unwrap(), serialport::StopBits::Two);
    two.took(&mut port, pty.path()).unwrap();
}

#[test]
fn what_a_port_does_not_take_is_named() {
    let odd = [
        ("parity", word("even")),
        ("data_bits", Setting::Whole(7)),
        ("dtr", word("off")),
        ("rts", word("on")),
    ];
    for (key, value) in odd {
        let pty = pty_pair().unwrap();
        let line = Line::of(&settings_with(key, value)).unwrap();
        let mut port = TTYPort::open(&line.set_up(serialport::new(pty.path(), 9600))).unwrap();
        let trouble = line.took(&mut port, pty.path()).unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Bench);
        assert!(trouble.what.contains(&format!("`{key}`")), "{trouble}");
        assert!(trouble.what.contains(pty.path()), "{trouble}");
    }
}

#[test]
fn left_alone_a_port_without_such_lines_is_fine() {
    let pty = pty_pair().unwrap();
    let line = Line::of(&settings_with("rts", word("leave"))).unwrap();
    let mut port = TTYPort::open(&line.set_up(serialport::new(pty.path(), 9600))).unwrap();
    line.took(&mut port, pty.path()).unwrap();
}
