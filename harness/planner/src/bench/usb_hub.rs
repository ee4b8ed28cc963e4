//! A port of a USB hub: the hub is named by its place.

use super::serial::is_place;
use crate::read::Table;
use proofhouse_model::settings::Settings;

/// Holds the settings of a wire to what they stand for.
pub fn complete(table: &Table<'_>, own: Settings) -> Option<Settings> {
    let hub = own.text("hub").ok()?;
    let is_root =
        |bus: &str| (1..=3).contains(&bus.len()) && bus.bytes().all(|b| b.is_ascii_digit());
    let fine = match hub.strip_prefix("usb") {
        Some(bus) => is_root(bus),
        None => is_place(hub) && !hub.contains(':'),
    };
    match fine {
        true => Some(own),
        false => table.get("hub")?.bad(
            "this is no place of a USB hub",
            "such as 1-2 or 1-1.4, or usb1 for a root hub, as /sys/bus/usb/devices lists them",
        ),
    }
}
