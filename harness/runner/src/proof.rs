//! What a unit said of itself, held against what the bench file says. Pure.

use proofhouse_model::UnitName;
use proofhouse_script::Said;
use std::collections::BTreeMap;

/// What the bench knows of a unit.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `identity` of the bench file.
    pub identity: BTreeMap<String, String>,
    /// Its network address, where the network is wired.
    pub address: Option<String>,
    /// The item that the statement is about: `model`, `hardware` and `software` by name.
    pub item: BTreeMap<&'static str, String>,
}

/// What says which item a unit is, and not which unit.
pub const ITEM: [&str; 3] = ["model", "hardware", "software"];

impl Wanted {
    fn of(&self, name: &str) -> Option<&String> {
        match name {
            "address" => self.address.as_ref(),
            name if ITEM.contains(&name) => self.item.get(name),
            name => self.identity.get(name),
        }
    }
}

/// One value that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    wire: String,
    name: String,
    wanted: String,
    found: String,
}

impl Odd {
    /// Whether it is the software alone that differs.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.name == "software"
    }

    /// As a sentence.
    #[must_use]
    pub fn told(&self, unit: &UnitName) -> String {
        let Self {
            wire,
            name,
            wanted,
            found,
        } = self;
        format!("{unit} should be {name} {wanted} but says {found} ({wire})")
    }
}

/// An answer and how it compares.
#[derive(Debug, Clone, Default)]
pub struct Compared {
    /// What the bench file says, for each thing told by the unit; by wire and name, such as `console.serial`.
    pub wanted: BTreeMap<String, String>,
    /// What the unit said, by wire and name.
    pub found: BTreeMap<String, String>,
    /// All the bench file says, by name.
    pub bench_says: BTreeMap<String, String>,
    /// What differs.
    pub odd: Vec<Odd>,
    /// What it is another item by than the statement is about.
    pub other_item: Vec<Odd>,
    /// How many things agree that tell one unit from another; an address alone does not.
    pub same: usize,
}

/// Compares an answer with what the bench knows. Values the bench file does not name are recorded, not judged.
#[must_use]
pub fn compare(wanted: &Wanted, said: &Said) -> Compared {
    let mut out = Compared {
        bench_says: wanted.identity.clone(),
        ..Compared::default()
    };
    let told = said
        .iter()
        .flat_map(|(wire, facts)| facts.iter().map(move |(name, value)| (wire, name, value)));
    for (wire, name, value) in told {
        let key = format!("{wire}.{name}");
        out.found.insert(key.clone(), value.clone());
        let Some(want) = wanted.of(name) else {
            continue;
        };
        out.wanted.insert(key, want.clone());
        let of_item = ITEM.contains(&name.as_str());
        if plain(name, want) != plain(name, value) {
            let odd = Odd {
                wire: wire.to_string(),
                name: name.clone(),
                wanted: want.clone(),
                found: value.clone(),
            };
            match of_item {
                true => out.other_item.push(odd),
                false => out.odd.push(odd),
            }
        } else if name != "address" && !of_item {
            out.same += 1;
        }
    }
    out
}

/// Numbers that people write in several ways, in one.
fn plain(name: &str, value: &str) -> String {
    match name {
        "mac" | "chip-uid" => {
            let digits = value.trim().trim_start_matches("0x");
            let digits = digits.chars().filter(char::is_ascii_hexdigit);
            digits.collect::<String>().to_ascii_lowercase()
        }
        _ => value.trim().to_owned(),
    }
}

/// One sentence naming both identities, and the other unit where the bench knows it.
#[must_use]
pub fn mismatch(unit: &UnitName, compared: &Compared, all: &BTreeMap<UnitName, Wanted>) -> String {
    let parts: Vec<_> = compared.odd.iter().map(|odd| odd.told(unit)).collect();
    let whose = compared.odd.iter().find_map(|odd| {
        let same = |v: &String| plain(&odd.name, v) == plain(&odd.name, &odd.found);
        let mut units = all.iter();
        units
            .find(|(_, w)| w.of(&odd.name).is_some_and(same))
            .map(|(name, _)| name)
    });
    let swapped = match whose {
        Some(other) if other != unit => {
            format!("that is {other}: the wires of two units may be swapped")
        }
        _ => "the wires of two units may be swapped".to_owned(),
    };
    format!("{}: {swapped}", parts.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofhouse_model::Channel;

    fn wanted(serial: &str, address: &str) -> Wanted {
        let identity = [("serial", serial), ("mac", "02:50:48:00:00:4A")];
        Wanted {
            identity: identity.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            address: Some(address.to_owned()),
            item: [("software", "1.0".to_owned())].into(),
        }
    }

    fn said(told: &[(Channel, &str, &str)]) -> Said {
        let mut out = Said::new();
        for (wire, name, value) in told {
            let facts = out.entry(*wire).or_default();
            facts.insert((*name).to_owned(), (*value).to_owned());
        }
        out
    }

    fn unit(name: &str) -> UnitName {
        UnitName::new(name).unwrap()
    }

    #[test]
    fn another_item_is_no_other_unit() {
        let one = wanted("A17", "192.168.1.7");
        let told = [
            (Channel::Console, "serial", "A17"),
            (Channel::Console, "software", "1.1"),
        ];
        let compared = compare(&one, &said(&told));
        assert!(compared.odd.is_empty());
        assert_eq!(compared.same, 1, "software tells no unit from another");
        let name = UnitName::new("a").unwrap();
        let sentence = compared.other_item[0].told(&name);
        assert_eq!(sentence, "a should be software 1.0 but says 1.1 (console)");
    }

    #[test]
    fn the_same_number_written_otherwise_is_the_same() {
        let answer = said(&[
            (Channel::Console, "serial", "A17"),
            (Channel::Lan, "mac", "0250-4800-004a"),
            (Channel::Debug, "chip-uid", "beef"),
        ]);
        let compared = compare(&wanted("A17", "10.0.0.1"), &answer);
        assert!(compared.odd.is_empty(), "{:?}", compared.odd);
        assert_eq!(compared.same, 2);
        assert_eq!(compared.found["debug.chip-uid"], "beef");
        assert!(!compared.wanted.contains_key("debug.chip-uid"));
    }

    #[test]
    fn an_address_alone_is_no_identity_but_a_wrong_one_is_another_unit() {
        let bench = wanted("A17", "10.0.0.1");
        let at = |address| compare(&bench, &said(&[(Channel::Console, "address", address)]));
        assert_eq!(at("10.0.0.1").same, 0);
        assert_eq!(at("10.0.0.2").odd.len(), 1);
    }

    #[test]
    fn each_swapped_wire_alone_is_found_and_both_identities_are_named() {
        let all = BTreeMap::from([
            (unit("a"), wanted("A17", "10.0.0.1")),
            (unit("b"), wanted("A18", "10.0.0.2")),
        ]);
        let a = &all[&unit("a")];
        // The console leads to b; the network is a's own.
        let console = compare(
            a,
            &said(&[
                (Channel::Console, "serial", "A18"),
                (Channel::Lan, "serial", "A17"),
            ]),
        );
        assert_eq!(
            mismatch(&unit("a"), &console, &all),
            "a should be serial A17 but says A18 (console): that is b: the wires of two units may be swapped"
        );
        // The network leads to b, and only a's own word on the console tells.
        let wired_to_b = Wanted {
            address: Some("10.0.0.2".to_owned()),
            ..a.clone()
        };
        let lan = compare(
            &wired_to_b,
            &said(&[
                (Channel::Console, "serial", "A17"),
                (Channel::Console, "address", "10.0.0.1"),
            ]),
        );
        let told = mismatch(&unit("a"), &lan, &all);
        assert!(
            told.starts_with("a should be address 10.0.0.2 but says 10.0.0.1 (console)"),
            "{told}"
        );
        assert_eq!(lan.same, 1);
    }

    #[test]
    fn a_stranger_is_told_without_a_name() {
        let compared = compare(
            &wanted("A17", ""),
            &said(&[(Channel::Console, "serial", "Z1")]),
        );
        let told = mismatch(&unit("a"), &compared, &BTreeMap::new());
        assert_eq!(
            told,
            "a should be serial A17 but says Z1 (console): the wires of two units may be swapped"
        );
    }
}
