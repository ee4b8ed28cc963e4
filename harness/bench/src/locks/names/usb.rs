//! A serial port of a USB adapter: by its number now, and by what the adapter is.

use super::{WireName, device, named};
use proofhouse_model::drivers::console::{USB_KIND, USB_PORT, USB_SERIAL};
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, UnitSpec, Wire};
use proofhouse_transport::console::usb::{Places, Plugged, Wanted};
use std::path::Path;

/// By which names another bench may mean the port of this console. What several ports of one adapter, or several
/// adapters of one kind, have in common is held with others, unless this bench file knows the port by nothing else.
pub fn names_of(wire: &Wire, folder: &Path, places: &Places) -> Vec<WireName> {
    let Ok(wanted) = Wanted::of(&wire.settings) else {
        return Vec::new();
    };
    let port = match &wanted {
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

/// Two units whose consoles are one port as the system has it now, however the bench file names it.
#[must_use]
pub fn on_one_port(units: &[UnitSpec], folder: &Path, places: &Places) -> Option<String> {
    let mut known: Vec<(&UnitSpec, WireName)> = Vec::new();
    for unit in units {
        let Some(wire) = unit.wire(Channel::Console) else {
            continue;
        };
        let names = names_of(wire, folder, places);
        let same = |(_, name): &&(_, WireName)| {
            names.iter().any(|own| {
                (&own.what, &own.which) == (&name.what, &name.which) && !(own.shared && name.shared)
            })
        };
        if let Some((other, name)) = known.iter().find(same) {
            let (a, b, what, which) = (&other.name, &unit.name, &name.what, &name.which);
            return Some(format!(
                "the consoles of {a} and {b} are one port: {what} {which}"
            ));
        }
        known.extend(names.into_iter().map(|name| (unit, name)));
    }
    None
}
