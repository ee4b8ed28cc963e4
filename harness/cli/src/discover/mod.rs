//! `proofhouse discover`: what was found, as a table, as JSON, and as the lines of a first bench file.

#[cfg(test)]
mod tests;

use proofhouse_model::drivers::PPK2_KIND;
use proofhouse_transport::discover::{
    Answered, FoundBoard, FoundChip, FoundProbe, Neighbour, Plugged,
};
use serde_json::{Value, json};
use std::fmt::Write;

/// Everything that was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Serial ports of USB adapters.
    pub ports: Vec<Plugged>,
    /// Debug probes; `None` where the search for them did not end.
    pub probes: Option<Vec<FoundProbe>>,
    /// GPIO chips; `None` where the search for them did not end.
    pub chips: Option<Vec<FoundChip>>,
    /// Relay boards on USB; `None` where the search for them did not end.
    pub boards: Option<Vec<FoundBoard>>,
    /// Hosts that the system remembers.
    pub neighbours: Vec<Neighbour>,
    /// Devices that answered on the links that were asked; `None` where none was.
    pub answered: Option<Vec<Answered>>,
}

/// What names an adapter for as long as it is there: its serial number, else its place. Which voltage a unit bears is
/// for somebody to say: none is guessed.
fn serial(port: &Plugged) -> String {
    let stays = match &port.serial {
        Some(serial) => format!("usb-serial = {}", quoted(serial)),
        None => format!("usb-port = {}", quoted(&port.interface)),
    };
    match port.kind == PPK2_KIND {
        true => {
            format!("power = {{ driver = \"ppk2\", {stays}, mode = \"source\", voltage_mv = 0 }}")
        }
        false => format!("console = {{ driver = \"serial\", {stays} }}"),
    }
}

fn debug(probe: &FoundProbe) -> String {
    let selector = quoted(&probe.selector);
    format!("debug = {{ driver = \"probe-rs\", probe = {selector} }}")
}

/// A chip by its label, where no other has it. Which line is wired is for somebody to say: none is driven by a guess.
fn gpio(chip: &FoundChip, all: &[FoundChip]) -> String {
    let same = all.iter().filter(|other| other.label == chip.label);
    let stays = match same.count() {
        1 if !chip.label.is_empty() => &chip.label,
        _ => &chip.name,
    };
    let chip = quoted(stays);
    format!("power = {{ driver = \"gpio\", chip = {chip}, line = \"\" }}")
}

fn told_chip(chip: &FoundChip) -> String {
    let FoundChip { name, label, lines } = chip;
    match lines {
        Ok(lines) => format!("{name} ({label}, {lines} lines)"),
        Err(why) => format!("{name}, which cannot be asked: {why}"),
    }
}

/// The same of a board and its relays.
fn relay(board: &FoundBoard) -> String {
    let called = board.called.as_deref().unwrap_or_default();
    let called = quoted(called);
    format!("power = {{ driver = \"hid-relay\", board = {called}, relay = 0 }}")
}

fn told_board(board: &FoundBoard) -> String {
    let (path, relays) = (board.path.display(), board.relays);
    match &board.called {
        Ok(called) => format!("{called} ({relays} relays, at {path})"),
        Err(why) => format!("{path} ({relays} relays), which cannot be asked: {why}"),
    }
}

fn lan(address: impl std::fmt::Display) -> String {
    format!("lan = {{ driver = \"ip\", address = \"{address}\" }}")
}

/// Text of a device as a string of TOML: nothing in it ends the line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl Found {
    /// For a reader: what was found, each with its line of a bench file, and what was not looked at.
    #[must_use]
    pub fn told(&self) -> String {
        let mut out = String::new();
        section(
            &mut out,
            "serial ports of USB adapters",
            &self.ports,
            |port| (port.to_string(), serial(port)),
        );
        match &self.probes {
            None => out.push_str("debug probes: the search did not end: a driver of USB hangs\n\n"),
            Some(probes) => section(&mut out, "debug probes", probes, |probe| {
                (probe.name.clone(), debug(probe))
            }),
        }
        match &self.chips {
            None => out.push_str("GPIO chips: the search did not end: a driver hangs\n\n"),
            Some(chips) => section(&mut out, "GPIO chips", chips, |chip| {
                (told_chip(chip), gpio(chip, chips))
            }),
        }
        match &self.boards {
            None => out.push_str("USB relay boards: the search did not end: a driver hangs\n\n"),
            Some(boards) => section(&mut out, "USB relay boards", boards, |board| {
                (told_board(board), relay(board))
            }),
        }
        let title = "hosts that this computer has spoken with lately";
        section(&mut out, title, &self.neighbours, |host| {
            let Neighbour {
                address,
                mac,
                interface,
            } = host;
            (format!("{address} ({mac}, on {interface})"), lan(address))
        });
        match &self.answered {
            None => out.push_str(
                "devices that answer: not asked. Name an own address: proofhouse discover --link 192.168.1.2\n",
            ),
            Some(devices) => section(&mut out, "devices that answer", devices, |device| {
                let said = device.said.join(", ");
                (format!("{} says {said}", device.address), lan(device.address))
            }),
        }
        out
    }

    /// The same for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let ports = self.ports.iter().map(|p| {
            json!({
                "path": p.path, "kind": p.kind, "serial": p.serial, "usb_port": p.interface, "line": serial(p),
            })
        });
        let probe =
            |p: &FoundProbe| json!({"name": p.name, "selector": p.selector, "line": debug(p)});
        let probes = self.probes.as_ref();
        let chips = self.chips.as_ref().map(|all| {
            let chip = |c: &FoundChip| {
                json!({"name": c.name, "label": c.label, "lines": c.lines.as_ref().ok(), "line": gpio(c, all)})
            };
            all.iter().map(chip).collect::<Vec<_>>()
        });
        let board = |b: &FoundBoard| {
            let called = b.called.as_ref().ok();
            json!({"path": b.path, "board": called, "relays": b.relays, "line": relay(b)})
        };
        let boards = self.boards.as_ref();
        let neighbours = self.neighbours.iter().map(|n| {
            json!({"address": n.address, "mac": n.mac, "interface": n.interface, "line": lan(n.address)})
        });
        let device =
            |d: &Answered| json!({"address": d.address, "said": d.said, "line": lan(d.address)});
        let answered = self.answered.as_ref();
        json!({
            "ports": ports.collect::<Vec<_>>(),
            "probes": probes.map(|all| all.iter().map(probe).collect::<Vec<_>>()),
            "gpio_chips": chips,
            "relay_boards": boards.map(|all| all.iter().map(board).collect::<Vec<_>>()),
            "neighbours": neighbours.collect::<Vec<_>>(),
            "answered": answered.map(|all| all.iter().map(device).collect::<Vec<_>>()),
        })
    }

    /// A first bench file: one unit, and a line in it for everything found, to be chosen from.
    #[must_use]
    pub fn bench(&self) -> String {
        let mut out = String::from(
            "# Written by `proofhouse discover`: what was found, each as the line that a unit would have.\n\
             # Take the mark away from what is wired to this unit, give each further unit a table of its own,\n\
             # and say whose profile it is: `proofhouse init` writes a first one.\n\
             name = \"first bench\"\n\
             profile = \"profile\"                     # CHANGE: the folder with profile.toml and device.star\n\n\
             [unit.unit-1]\n\
             identity = { serial = \"0001\" }          # CHANGE: asked of the unit before anything that may reset it\n\
             label = { serial = \"0001\" }             # CHANGE: all that its label says\n",
        );
        let mut line = |line: String, told: &str| {
            let told: String = told.chars().filter(|c| !c.is_control()).collect();
            let _ = writeln!(out, "# {line}      # {told}");
        };
        for port in &self.ports {
            line(serial(port), &port.to_string());
        }
        for probe in self.probes.iter().flatten() {
            line(debug(probe), &probe.name);
        }
        let chips = self.chips.as_deref().unwrap_or_default();
        for chip in chips {
            line(gpio(chip, chips), &told_chip(chip));
        }
        for board in self.boards.iter().flatten() {
            line(relay(board), &told_board(board));
        }
        for host in &self.neighbours {
            line(
                lan(host.address),
                &format!("{} on {}", host.mac, host.interface),
            );
        }
        for device in self.answered.iter().flatten() {
            line(lan(device.address), &device.said.join(", "));
        }
        out
    }
}

/// One kind of thing: how many, and each with its line.
fn section<T>(out: &mut String, title: &str, all: &[T], told: impl Fn(&T) -> (String, String)) {
    if all.is_empty() {
        let _ = writeln!(out, "{title}: none\n");
        return;
    }
    let _ = writeln!(out, "{title}:");
    for one in all {
        let (what, line) = told(one);
        let _ = writeln!(out, "  {what}\n      {line}");
    }
    out.push('\n');
}
