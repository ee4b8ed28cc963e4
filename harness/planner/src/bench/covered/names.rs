//! Which keys of a bench file hold what anybody may read.

use crate::bench::{FARM_KEYS, IDENTITY, LEAVE, TRY_AGAIN, UNIT_KEYS, farm, wires};
use proofhouse_model::drivers::{DRIVERS, STRIP};
use proofhouse_model::secret::names_a_credential;
use proofhouse_model::settings::Key;
use proofhouse_model::{Channel, Driver};

/// Keys beside those of drivers and of `[labgrid]`.
const PLAIN: [&str; 10] = [
    "name", "profile", "fitness", LEAVE, TRY_AGAIN, "driver", "sample", "grants", "virtual",
    "place",
];
/// Tables beside those of channels and peers.
const TABLES: [&str; 6] = ["unit", "power", "strip", farm::TABLE, "identity", TAGS];
/// Its keys are the farm's own.
const TAGS: &str = "tags";
/// Who logs in somewhere is half of what lets them in.
const USER: &str = "user";
/// Whole names, or parts of longer ones, by which fields of a label are called.
const OF_LABEL: [&str; 8] = [
    "mac", "serial", "ssid", "model", "user", "name", "address", "label",
];

/// The parts of a key or of a header: `unit."lamp"` is two.
pub(super) fn parts(text: &str) -> Vec<String> {
    let around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '[' | ']');
    text.split('.')
        .map(|part| part.trim_matches(around).to_owned())
        .collect()
}

/// Whether all of these are tables that are known, apart from the names that people give.
pub(super) fn is_known_table(path: &[String]) -> bool {
    let given = match path.first().map(String::as_str) {
        Some("unit") => 1,
        Some("power") => 2,
        _ => usize::MAX,
    };
    let mut parts = path.iter().enumerate();
    parts.all(|(at, part)| at == given || is_table(part))
}

/// Whether the value of a key may be read by anybody, in such a table.
pub(super) fn is_plain(table: &[String], key: &str) -> bool {
    if names_a_credential(key) || key == USER {
        return false;
    }
    let of_farm = || FARM_KEYS.iter().any(|(name, _)| *name == key);
    let of_drivers = || {
        let mut same = driver_keys().filter(|own| own.name == key).peekable();
        same.peek().is_some() && same.all(|own| !own.secret)
    };
    table.last().is_some_and(|last| last == TAGS)
        || PLAIN.contains(&key)
        || IDENTITY.contains(&key)
        || of_farm()
        || of_drivers()
}

/// Whether a word is the name of something in a bench file, and so no secret itself.
pub(super) fn is_name(word: &str) -> bool {
    let one = |word: &str| {
        names_a_credential(word)
            || word.split('-').any(names_a_credential)
            || is_table(word)
            || PLAIN.contains(&word)
            || IDENTITY.contains(&word)
            || UNIT_KEYS.iter().any(|(name, _)| *name == word)
            || FARM_KEYS.iter().any(|(name, _)| *name == word)
            || driver_keys().any(|own| own.name == word)
            || OF_LABEL
                .iter()
                .any(|part| word.split('-').any(|of| of == *part))
    };
    // A password in which such a word stands is none.
    word.len() <= 32
        && word
            .split('.')
            .all(|part| is_written_as_name(part) && one(part))
}

fn is_written_as_name(word: &str) -> bool {
    let of_name = |c: char| c.is_ascii_lowercase() || matches!(c, '-' | '_');
    !word.is_empty() && word.chars().all(of_name)
}

fn is_table(name: &str) -> bool {
    let mut peers = Driver::channels().filter_map(|channel: Channel| channel.keys().1);
    TABLES.contains(&name)
        || name == wires::FORMER
        || wires::keys().contains(&name)
        || peers.any(|key| key == name)
}

fn driver_keys() -> impl Iterator<Item = &'static Key> {
    let of_drivers = DRIVERS.iter().flat_map(|driver| driver.keys);
    of_drivers.chain(STRIP)
}
