//! The relay at a reset button: programs, an outlet of a switch, a GPIO line or a relay of a board, one of them, and
//! how long it is held.

use super::{hid_relay, switch};
use crate::read::Table;
use crate::switches::Switches;
use proofhouse_model::drivers::{BUTTON, LONGEST_HOLD};
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Driver, Switch};

/// What says which programs.
const PROGRAMS: [&str; 2] = ["on", "off"];
/// What is the button's own. Other keys say which outlet, beside the model of its switch.
const OWN: [&str; 5] = ["hold", "on", "off", "model", "within"];
/// Relays that this computer switches: the key that says of which kind one is, the one beside it, and one that may be.
const HERE: [[&str; 3]; 2] = [["chip", "line", "active_low"], ["board", "relay", "relay"]];

/// Holds the settings of the wire against each other, and adds what the model of its switch says.
pub fn complete(
    table: &Table<'_>,
    own: Settings,
    switches: &Switches<'_>,
) -> Option<(Settings, Option<Box<Switch>>)> {
    let held = held(table, &own);
    let relay = relay(table, own, switches);
    held?;
    relay
}

fn held(table: &Table<'_>, own: &Settings) -> Option<()> {
    let said = own.duration("hold").ok()?;
    match said > LONGEST_HOLD {
        false => Some(()),
        true => table.get("hold")?.bad(
            format!("`hold` is {said}, which is longer than a button is held"),
            "a duration up to 5m, such as \"10s\"",
        ),
    }
}

fn relay(
    table: &Table<'_>,
    own: Settings,
    switches: &Switches<'_>,
) -> Option<(Settings, Option<Box<Switch>>)> {
    let first = |keys: &[&str]| keys.iter().find_map(|key| table.get(key));
    if let Some(keys) = HERE.iter().find(|keys| table.get(keys[0]).is_some()) {
        return here(table, own, keys);
    }
    let alone = HERE
        .iter()
        .find_map(|keys| Some((keys[0], first(&keys[1..])?)));
    if let Some((kind, item)) = alone {
        let message = format!("`{}` is none of a button without `{kind}`", item.key());
        let expected = format!("`{kind}` beside it, or no `{}`", item.key());
        return item.bad(message, &expected);
    }
    if let Some(model) = table.get("model") {
        if switches.of(&model)?.is_told() {
            let message = "what this switch does would stand in the bench file, where a button has its programs";
            return model.bad(
                message,
                "a switch with a file, built in or the lab's own; or `on` and `off`",
            );
        }
        return match first(&PROGRAMS) {
            None => switch::complete(table, own, switches),
            Some(item) => item.bad(
                format!("`{}` is none of a button that a switch presses", item.key()),
                "`model` with the place of the switch, or `on` and `off`",
            ),
        };
    }
    let keys = Driver::find(Channel::Reset, BUTTON)?.keys.iter();
    let of_switch: Vec<_> = keys
        .map(|key| key.name)
        .filter(|key| !OWN.contains(key))
        .collect();
    if let Some(item) = first(&of_switch) {
        let message = format!("`{}` is none of a button that programs press", item.key());
        return item.bad(message, "`model` beside it, or `on` and `off` alone");
    }
    let missing = PROGRAMS.iter().find(|key| table.get(key).is_none());
    let Some(missing) = missing else {
        return Some((own, None));
    };
    let message = match first(&PROGRAMS) {
        None => "nothing says what presses the button".to_owned(),
        Some(_) => format!("`{missing}` is missing here"),
    };
    table.log().note(table.span(), message, |d| {
        d.expected(
            "`on` and `off`, such as on = [\"relay\", \"2\", \"on\"], off = [\"relay\", \"2\", \"off\"]; the `model` \
             of a power switch and its place; `chip` and `line` of a GPIO; or `board` and `relay` of a USB relay",
        )
    });
    None
}

/// A relay at a line or on a board, and nothing else beside it.
fn here(
    table: &Table<'_>,
    own: Settings,
    keys: &[&str; 3],
) -> Option<(Settings, Option<Box<Switch>>)> {
    let [kind, beside, _] = keys;
    let all = Driver::find(Channel::Reset, BUTTON)?.keys.iter();
    let mut others = all
        .map(|key| key.name)
        .filter(|key| !keys.contains(key) && !["hold", "within"].contains(key));
    if let Some(item) = others.find_map(|key| table.get(key)) {
        let message = format!("`{}` is none of a button with `{kind}`", item.key());
        return item.bad(
            message,
            &format!("`{kind}` and `{beside}`, or another relay"),
        );
    }
    table.need(beside)?;
    let own = match *kind {
        "board" => hid_relay::complete(table, own)?,
        _ => own,
    };
    Some((own, None))
}
