//! A serial port of a USB adapter: by its number now, and by what the adapter is.

use super::{WireName, device, named};
use proofhouse_model::drivers::PPK2;
use proofhouse_model::drivers::console::{USB_KIND, USB_PORT, USB_SERIAL};
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, UnitSpec, Wire};
use proofhouse_transport::console::usb::{Places, Plugged, Wanted};
use std::path::Path;

/// Whether a wire is a port of this computer, or may be.
pub fn is_port(channel: Channel, wire: &Wire) -> bool {
    channel == Channel::Console || wire.driver == PPK2
}

/// By which names another bench may mean the port of this wire. What several ports of one adapter, or several
/// adapters of one kind, have in common is held with others, unless this bench file knows the port by nothing else.
pub fn names_of(wire: &Wire, folder: &Path, places: &Places) -> Vec<WireName> {
    let Ok(wanted) = Wanted::of(&wire.settings) else {
        return Vec::new();
    };
    let port = match &wanted {
        Some(wanted) if wire.driver == PPK2 => wanted.find_first(places).ok(),
        Some(wanted) => wanted.find(places).ok(),
        None => path_of(&wire.settings).and_then(|path| places.at_path(&folder.join(path))),
    };
    let place = match &wanted {
        Some(Wanted::Port(place)) => place.split_once(':').map(|(device, _)| device),
        _ => None,
    };
    let mut names: Vec<_> = place
        .map(|device| shared(USB_PORT, device))
        .into_iter()
        .collect();
    if let Some(port) = port {
        names.extend(of_port(&port, folder));
    }
    names
}

fn path_of(settings: &Settings) -> Option<&str> {
    settings.text("port").ok().filter(|path| path.contains('/'))
}

fn of_port(port: &Plugged, folder: &Path) -> Vec<WireName> {
    let mut names = vec![
        named("port", device(&port.path.display().to_string(), folder)),
        named(USB_PORT, port.interface.to_lowercase()),
        shared(USB_PORT, &port.port),
        shared(USB_KIND, &port.kind),
    ];
    names.extend(port.serial.iter().map(|serial| shared(USB_SERIAL, serial)));
    names
}

/// Held with all others that know the port by something else.
fn shared(what: &str, which: &str) -> WireName {
    WireName {
        shared: true,
        ..named(what, which.to_owned())
    }
}

/// Two wires that are one port as the system has it now, however the bench file names it.
#[must_use]
pub fn on_one_port(units: &[UnitSpec], folder: &Path, places: &Places) -> Option<String> {
    let all = units.iter().flat_map(|unit| {
        let wires = unit.wires.iter().filter(|(c, wire)| is_port(**c, wire));
        wires.map(move |(channel, wire)| (unit, *channel, wire))
    });
    let mut known: Vec<(&UnitSpec, Channel, WireName)> = Vec::new();
    for (unit, channel, wire) in all {
        let names = names_of(wire, folder, places);
        let same = |(_, _, name): &&(_, _, WireName)| {
            names.iter().any(|own| {
                (&own.what, &own.which) == (&name.what, &name.which) && !(own.shared && name.shared)
            })
        };
        if let Some((other, its, name)) = known.iter().find(same) {
            let (a, b, what, which) = (&other.name, &unit.name, &name.what, &name.which);
            let which_wires = match (its, channel) {
                (Channel::Console, Channel::Console) => format!("the consoles of {a} and {b}"),
                _ => format!("the {its} of {a} and the {channel} of {b}"),
            };
            return Some(format!("{which_wires} are one port: {what} {which}"));
        }
        known.extend(names.into_iter().map(|name| (unit, channel, name)));
    }
    None
}
