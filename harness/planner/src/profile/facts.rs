//! Console and debug facts.

use super::keys::{CONSOLE, DEBUG, LABEL, PACE, UID_BYTES, names};
use crate::bench::label_field;
use crate::read::{Item, Table};
use proofhouse_model::profile::{ConsoleFacts, DebugFacts, Pace};
use proofhouse_model::{Dur, Pattern};
use std::ops::RangeInclusive;

/// Reads `[console]`.
pub fn console(table: &Table<'_>) -> Option<ConsoleFacts> {
    table.only(&names(CONSOLE));
    let baud = table.get("baud").map_or(Some(115_200), |i| {
        i.whole(50..=20_000_000).and_then(|n| u32::try_from(n).ok())
    });
    let ends = [("\r\n", "\r\n"), ("\n", "\n"), ("\r", "\r")];
    let line_end = table.get("line-end").map_or(Some("\r\n"), |i| {
        let near = "\"\\r\\n\", \"\\n\" or \"\\r\"";
        match i.raw() {
            toml::de::DeValue::String(s) => match ends.iter().find(|(e, _)| e == s) {
                Some((_, end)) => Some(*end),
                None => i.bad("this ends no line", near),
            },
            _ => i.wrong(near),
        }
    });
    let banner = table.need("banner").and_then(|i| pattern(&i, 0));
    let reset_cause = optional(table, "reset-cause", 1);
    let crash_causes = table
        .get("crash-causes")
        .map_or(Some(Vec::new()), |i| i.texts());
    let (prompt, crash) = (optional(table, "prompt", 0), optional(table, "crash", 0));
    let login_prompt = optional(table, "login-prompt", 0);
    Some(ConsoleFacts {
        baud: baud?,
        line_end: line_end?.to_owned(),
        banner: banner?,
        reset_cause: reset_cause?,
        crash_causes: crash_causes?,
        prompt: prompt?,
        login_prompt: login_prompt?,
        crash: crash?,
    })
}

fn optional(table: &Table<'_>, key: &str, groups: usize) -> Option<Option<String>> {
    match table.get(key) {
        None => Some(None),
        Some(item) => pattern(&item, groups).map(Some),
    }
}

/// A regular expression with at least so many groups that does not match everything.
fn pattern(item: &Item<'_>, groups: usize) -> Option<String> {
    const WANT: &str = "a regular expression";
    let text = item.text()?;
    let found = match Pattern::new(&text) {
        Ok(found) => found,
        Err(bad) => {
            let why = format!("the regular expression is wrong: {}", bad.why);
            return item.bad(why, WANT);
        }
    };
    if found.regex().captures_len() <= groups {
        return item.bad(
            "the regular expression has no group",
            "a group in parentheses around what is to be read",
        );
    }
    if found.regex().is_match(b"") {
        return item.bad(
            "the regular expression matches nothing at all, and so everything",
            "one that needs at least one character",
        );
    }
    Some(text)
}

/// Reads `[debug]`.
pub fn debug(table: &Table<'_>) -> Option<DebugFacts> {
    const FLASH: &str = "a list of [address, length], such as [[0x0, 0x100000]]";
    const UID: &str = "[address, length], such as [0x1fff7a10, 12]";
    table.only(&names(DEBUG));
    let chip = match table.get("chip") {
        None => Some(None),
        Some(item) => item.text().map(Some),
    };
    let flash = table.get("flash").map_or(Some(Vec::new()), |i| {
        i.list_of(FLASH, |pair| region(pair, FLASH, 1..=1 << 40))
    });
    let uid = match table.get("uid") {
        None => Some(None),
        Some(item) => region(&item, UID, UID_BYTES.0..=UID_BYTES.1).map(Some),
    };
    let standard_cable = table
        .get("standard-cable")
        .map_or(Some(false), |i| i.yes_no());
    Some(DebugFacts {
        chip: chip?,
        flash: flash?,
        uid: uid?,
        standard_cable: standard_cable?,
    })
}

/// Reads `[pace]`.
pub fn pace(table: &Table<'_>) -> Option<Pace> {
    table.only(&names(PACE));
    let one_at_a_time = table.need("one_at_a_time").and_then(|i| i.yes_no());
    let between = table
        .get("between")
        .map_or(Some(Dur::default()), |i| i.dur())?;
    if one_at_a_time == Some(false) && between != Dur::default() {
        return table.get("between")?.bad(
            "a pause between connections is kept where they come one at a time",
            "`one_at_a_time = true` beside it",
        );
    }
    Some(Pace {
        one_at_a_time: one_at_a_time?,
        between,
    })
}

/// Reads `[label]`: the fields that are public.
pub fn label(table: &Table<'_>) -> Option<Vec<String>> {
    table.only(&names(LABEL));
    table.get("public").map_or(Some(Vec::new()), |item| {
        item.list_of(
            "a list of label fields, such as [\"serial\", \"mac\"]",
            |name| {
                let text = name.text()?;
                match label_field(&text) {
                    Ok(()) => Some(text),
                    Err((message, near)) => {
                        let want = "lower case, digits and hyphens, as in the bench file";
                        name.bad(
                            near.map_or(message.clone(), |n| format!("{message}; `{n}`?")),
                            want,
                        )
                    }
                }
            },
        )
    })
}

fn region(pair: &Item<'_>, expected: &str, bytes: RangeInclusive<u64>) -> Option<(u64, u64)> {
    let both = pair.list(expected)?;
    let [address, length] = both.as_slice() else {
        return pair.bad("this is no pair of address and length", expected);
    };
    let start = address.whole(0..=u64::MAX);
    let length = length.whole(bytes)?;
    let start = start?;
    if start.checked_add(length).is_none() {
        return pair.bad("this reaches past the last address", expected);
    }
    Some((start, length))
}
