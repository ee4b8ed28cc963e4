//! A serial port of this computer: named by path, or by what its USB adapter is.

use crate::read::Table;
use proofhouse_model::settings::{Setting, Settings};

/// Ways to name one.
const WAYS: [&str; 4] = ["port", "usb-serial", "usb-port", "usb"];
const WANT: &str = "`port` with a path, or `usb-serial`, `usb-port` or `usb` for a USB adapter";

/// Holds the settings of a wire against each other: it is named once, and each name is one.
pub fn complete(table: &Table<'_>, mut own: Settings) -> Option<Settings> {
    let mut named = WAYS.iter().filter_map(|key| table.get(key));
    let Some(item) = named.next() else {
        table
            .log()
            .note(table.span(), "nothing says which port", |d| {
                d.expected(WANT)
            });
        return None;
    };
    if let Some(second) = named.next() {
        let message = format!("`{}` names the port already", item.key());
        return second.bad(message, "one of them");
    }
    let said = own.0.get_mut(item.key());
    let Some(Setting::Text(said)) = said else {
        return Some(own);
    };
    let fine = match item.key() {
        "usb" => {
            *said = said.to_lowercase();
            is_kind(said)
        }
        "usb-port" => is_place(said),
        _ => true,
    };
    match (fine, item.key()) {
        (true, _) => Some(own),
        (_, "usb") => item.bad(
            "this is no kind of a USB adapter",
            "VID:PID in hex, such as 0403:6001",
        ),
        _ => item.bad(
            "this is no place on USB",
            "such as 1-1.4, or 1-1.4:1.0 with the interface, as /sys/bus/usb/devices lists them",
        ),
    }
}

fn is_kind(text: &str) -> bool {
    let hex = |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_hexdigit());
    text.split_once(':')
        .is_some_and(|(vid, pid)| hex(vid) && hex(pid))
}

/// Whether a device, or an interface of one, may be plugged in there.
pub fn is_place(text: &str) -> bool {
    let number =
        |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let numbers = |part: &str| part.split('.').all(number);
    let (device, interface) = match text.split_once(':') {
        Some((device, interface)) => (device, Some(interface)),
        None => (text, None),
    };
    let fine = interface.is_none_or(|i| numbers(i) && i.split('.').count() == 2);
    fine && device
        .split_once('-')
        .is_some_and(|(bus, ports)| number(bus) && numbers(ports))
}
