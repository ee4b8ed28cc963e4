//! The bench file.

use super::{DRAFT, DURATION, closed, described, of_key, text};
use crate::bench::{FARM_KEYS, IDENTITY, LEAVE, MOST_IN_A_ROW, TRY_AGAIN, UNIT_KEYS};
use proofhouse_model::drivers::{BUTTON, STRIP};
use proofhouse_model::settings::{Key, Need};
use proofhouse_model::{Channel, Driver, Effect};
use serde_json::{Map, Value, json};

/// A duration of a minute or more. That 720h is the longest is said in words.
const FITNESS: &str = concat!(
    r"^([0-9.]*[1-9][0-9.]*h|0*[1-9][0-9.]*m|0*([6-9][0-9]|[1-9][0-9]{2,})(\.[0-9]*)?s",
    r"|0*([6-9][0-9]{4}|[1-9][0-9]{5,})(\.[0-9]*)?ms",
    r"|0*([6-9][0-9]{7}|[1-9][0-9]{8,})(\.[0-9]*)?us)$"
);

/// JSON Schema of a bench file.
#[must_use]
pub fn bench_schema() -> Value {
    let units = json!({
        "type": "object",
        "description": "the specimens, a table each, such as [unit.lamp-a]",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
        "additionalProperties": {"$ref": "#/definitions/unit"},
    });
    let mut root = closed(
        "what is wired to what: a technician's file",
        Map::from_iter([
            ("name".to_owned(), described(text(), "name for reports")),
            (
                "profile".to_owned(),
                described(
                    text(),
                    "the profile's folder, seen from this file's own folder; for units that name none",
                ),
            ),
            (
                "fitness".to_owned(),
                described(
                    json!({"type": "string", "pattern": FITNESS}),
                    "how long a trial by `proofhouse doctor` stays good, from 1m to 720h, such as \"24h\": no run \
                     begins without one",
                ),
            ),
            (
                LEAVE.to_owned(),
                described(
                    json!({"type": "integer", "minimum": 1, "maximum": MOST_IN_A_ROW, "default": 2}),
                    "after so many cases in a row that end because a wire of a unit does not answer, the unit leaves \
                     the run where others of its product can go on with its cases; 2 when absent",
                ),
            ),
            (
                TRY_AGAIN.to_owned(),
                described(
                    json!({"type": "string", "pattern": DURATION}),
                    "how long a unit that left is left alone before it is tried again, 1s or more; 1m when absent",
                ),
            ),
            ("power".to_owned(), strips()),
            ("labgrid".to_owned(), farm()),
            ("unit".to_owned(), units),
        ]),
        &["name", "unit"],
    );
    // The product of every unit is known: by the file's default, or by its own.
    let each = json!({"additionalProperties": {"required": ["profile"]}});
    root["if"] = json!({"not": {"required": ["profile"]}});
    root["then"] = json!({"properties": {"unit": each}});
    root["allOf"] = farm_and_places();
    root["$schema"] = json!(DRAFT);
    root["title"] = json!("Proofhouse bench file");
    root["definitions"] = json!({"unit": unit()});
    root
}

/// `[power.strip.NAME]`.
fn strips() -> Value {
    let strip = table_of("an outlet strip", STRIP);
    let named = json!({"type": "object", "additionalProperties": strip});
    let doc = "supplies that several units share";
    closed(doc, Map::from_iter([("strip".to_owned(), named)]), &[])
}

/// `[labgrid]`.
fn farm() -> Value {
    let key = |(key, doc): (&str, &str)| {
        let kind = match key {
            "tls" => json!({"type": "boolean"}),
            _ => text(),
        };
        (key.to_owned(), described(kind, doc))
    };
    let doc = "the farm of whose places units stand: labgrid's coordinator";
    closed(doc, FARM_KEYS.into_iter().map(key).collect(), &[])
}

/// A farm is there where a unit stands on a place, and only there.
fn farm_and_places() -> Value {
    let on_none = json!({"not": {"anyOf": [{"required": ["place"]}, {"required": ["tags"]}]}});
    let unused = json!({"properties": {"unit": {"additionalProperties": on_none}}});
    json!([
        {"if": {"required": ["labgrid"]}, "then": {"not": unused}, "else": unused},
    ])
}

/// A table with these keys.
fn table_of(doc: &str, keys: &[Key]) -> Value {
    let required = keys.iter().filter(|key| key.need == Need::Required);
    let required: Vec<_> = required.map(|key| key.name).collect();
    let properties = keys.iter().map(|key| (key.name.to_owned(), of_key(key)));
    closed(doc, properties.collect(), &required)
}

fn unit() -> Value {
    let mut properties = Map::new();
    for (key, doc) in UNIT_KEYS {
        properties.insert(key.to_owned(), described(beside_wires(key), doc));
    }
    for channel in Driver::channels() {
        let (key, inner) = channel.keys();
        match inner {
            None => drop(properties.insert(key.to_owned(), wire(channel))),
            Some(inner) => {
                let doc = "services that the bench offers to the unit";
                let peers = properties
                    .entry(key)
                    .or_insert_with(|| closed(doc, Map::new(), &[]));
                peers["minProperties"] = json!(1);
                peers["properties"][inner] = wire(channel);
            }
        }
    }
    let mut unit = closed("a specimen and its wires", properties, &[]);
    unit["allOf"] = json!([virtual_is_virtual(), grave_is_known(), one_place()]);
    unit
}

/// A key of a unit that is no channel.
fn beside_wires(key: &str) -> Value {
    match key {
        "sample" => json!({"enum": ["production", "open"], "default": "production"}),
        "grants" => {
            let effects = Effect::ALL.map(Effect::name);
            json!({"type": "array", "items": {"enum": effects}})
        }
        "identity" => {
            let keys = IDENTITY.map(|key| (key.to_owned(), text()));
            closed("", Map::from_iter(keys), &[])
        }
        "tags" => json!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": text(),
        }),
        "label" => json!({
            "type": "object",
            "propertyNames": {"pattern": "^[a-z0-9-]+$"},
            "additionalProperties": text(),
        }),
        _ => text(),
    }
}

/// A channel: the driver's name tells which keys there are. `if` and `then`, since of a mistake under `oneOf` checkers
/// say only that nothing fits; all keys once more beside them, for editors that complete what is typed.
fn wire(channel: Channel) -> Value {
    let names: Vec<_> = Driver::of(channel).map(|d| d.name).collect();
    let mut keys = Map::new();
    for key in Driver::of(channel).flat_map(|d| d.keys) {
        keys.insert(key.name.to_owned(), json!({"description": key.doc}));
    }
    keys.insert("driver".to_owned(), json!({"enum": names}));
    let chosen =
        |d: &Driver| json!({"properties": {"driver": {"const": d.name}}, "required": ["driver"]});
    let cases = Driver::of(channel).map(|d| json!({"if": chosen(d), "then": driver(d)}));
    json!({
        "type": "object",
        "description": channel.doc(),
        "properties": keys,
        "required": ["driver"],
        "allOf": cases.collect::<Vec<_>>(),
    })
}

fn driver(driver: &Driver) -> Value {
    let mut table = table_of(driver.doc, driver.keys);
    table["properties"]["driver"] = json!({"const": driver.name});
    if let Some(required) = table["required"].as_array_mut() {
        required.insert(0, json!("driver"));
    }
    table["title"] = json!(driver.name);
    if driver.name == BUTTON {
        table["anyOf"] = json!([{"required": ["on", "off"]}, {"required": ["model"]}]);
    }
    // Where no key must be there, one of those that say which wire it is must.
    let required = driver.keys.iter().any(|key| key.need == Need::Required);
    if !required && !driver.own.is_empty() {
        let one = driver.own.iter().map(|own| json!({"required": own.keys}));
        table["anyOf"] = json!(one.collect::<Vec<_>>());
    }
    table
}

/// Only a virtual product has virtual channels.
fn virtual_is_virtual() -> Value {
    let real = json!({"properties": {"driver": {"not": {"const": "virtual"}}}});
    let mut channels = json!({});
    for channel in Driver::channels() {
        match channel.keys() {
            (key, None) => channels[key] = real.clone(),
            (key, Some(inner)) => channels[key]["properties"][inner] = real.clone(),
        }
    }
    json!({
        "if": {"not": {"required": ["virtual"]}},
        "then": {"properties": channels},
    })
}

/// A unit stands on one place, and a virtual one on none. Beside `+` tags tell which reservation is meant.
fn one_place() -> Value {
    let pairs = [["place", "virtual"], ["tags", "virtual"]];
    let mut each: Vec<Value> = pairs.map(|pair| json!({"required": pair})).into();
    each.push(json!({
        "required": ["place", "tags"],
        "properties": {"place": {"not": {"const": "+"}}},
    }));
    json!({"not": {"anyOf": each}})
}

/// A specimen that may be destroyed must be able to prove that it is the one.
fn grave_is_known() -> Value {
    let grave = Effect::ALL.into_iter().filter(|e| e.needs_grant());
    let grave: Vec<_> = grave.map(Effect::name).collect();
    json!({
        "if": {"properties": {"grants": {"contains": {"enum": grave}}}, "required": ["grants"]},
        "then": {"properties": {"identity": {"minProperties": 1}}, "required": ["identity"]},
    })
}
