//! The profile.

use super::{DRAFT, DURATION, closed, described, of_kind, text, texts};
use crate::profile::field_key;
use crate::profile::keys::{CONSOLE, DEBUG, Field, LABEL, PACE, PRODUCT, Shape};
use crate::suite::{IxitTable, Suite};
use proofhouse_model::Catalogue;
use proofhouse_model::facts::{self, Fact, FactKind};
use serde_json::{Map, Value, json};

/// JSON Schema of a profile for a suite: its provisions and its IXIT tables.
#[must_use]
pub fn profile_schema(suite: &Suite) -> Value {
    let properties = [
        (
            "edition",
            json!({
                "enum": suite.editions,
                "default": suite.default_edition,
                "description": "the edition that [ics] is written for",
            }),
        ),
        ("editions", editions()),
        ("product", fields("who made what", PRODUCT)),
        ("ics", ics(&suite.catalogue)),
        ("ixit", ixit(&suite.ixit)),
        (
            "console",
            fields(
                "facts about the console; leave out where there is none",
                CONSOLE,
            ),
        ),
        (
            "debug",
            fields(
                "facts about the debug port; leave out where there is none",
                DEBUG,
            ),
        ),
        (
            "pace",
            fields(
                "how many connections the device takes; leave out where it is as of any",
                PACE,
            ),
        ),
        (
            "label",
            fields("what may be shown of a unit's label", LABEL),
        ),
        ("files", json!({"$ref": "#/definitions/files"})),
        ("limits", limits()),
        (
            "values",
            json!({"type": "object", "description": "free values for the device script and for cases"}),
        ),
    ];
    let properties = properties.map(|(key, value)| (key.to_owned(), value));
    let doc = "what the maker says of a product";
    let mut root = closed(doc, Map::from_iter(properties), &["product"]);
    root["$schema"] = json!(DRAFT);
    root["title"] = json!("Proofhouse profile");
    root["definitions"] = json!({"files": files(), "claim": claim()});
    root
}

fn fields(doc: &str, fields: &[Field]) -> Value {
    let property = |(name, shape, _, doc): &Field| ((*name).to_owned(), described(of(*shape), doc));
    let required: Vec<_> = fields.iter().filter(|f| f.2).map(|f| f.0).collect();
    closed(doc, fields.iter().map(property).collect(), &required)
}

fn of(shape: Shape) -> Value {
    match shape {
        Shape::Of(kind) => of_kind(kind),
        Shape::Pattern => text(),
        Shape::Texts => texts(0),
        Shape::Regions => {
            json!({"type": "array", "items": region(json!({"type": "integer", "minimum": 1}))})
        }
        Shape::Region(least, most) => {
            region(json!({"type": "integer", "minimum": least, "maximum": most}))
        }
    }
}

/// A pair of address and length.
fn region(length: Value) -> Value {
    json!({
        "type": "array",
        "items": [{"type": "integer", "minimum": 0}, length],
        "minItems": 2,
        "maxItems": 2,
    })
}

fn ics(catalogue: &Catalogue) -> Value {
    let rows = catalogue.provisions.iter().map(|p| {
        let doc = format!("{} ({})", p.title, p.status());
        let row = json!({"description": doc, "allOf": [{"$ref": "#/definitions/claim"}]});
        (p.id.as_str().to_owned(), row)
    });
    let doc = format!(
        "claims: a row a provision of {} {}",
        catalogue.standard, catalogue.edition
    );
    closed(&doc, rows.collect(), &[])
}

/// Claims for other editions, whose provisions this schema does not know.
fn editions() -> Value {
    let claims = json!({"type": "object", "additionalProperties": {"$ref": "#/definitions/claim"}});
    let edition = closed(
        "one edition",
        Map::from_iter([("ics".to_owned(), claims)]),
        &["ics"],
    );
    json!({
        "type": "object",
        "description": "claims for other editions than the one of [ics]",
        "additionalProperties": edition,
    })
}

fn claim() -> Value {
    let properties = Map::from_iter([
        ("support".to_owned(), json!({"enum": ["Y", "N", "N/A"]})),
        (
            "detail".to_owned(),
            described(text(), "how, why not, or on what ground"),
        ),
    ]);
    closed("what the maker claims", properties, &["support", "detail"])
}

fn ixit(tables: &[IxitTable]) -> Value {
    let tables = tables.iter().map(|t| (t.id.clone(), table(t)));
    closed(
        "what the maker tells the lab, table by table",
        tables.collect(),
        &[],
    )
}

fn table(table: &IxitTable) -> Value {
    let said = json!({"anyOf": [text(), texts(1), {"type": "number"}, {"type": "boolean"}]});
    let mut properties: Map<String, Value> = table
        .fields
        .iter()
        .map(|field| (field_key(field), described(said.clone(), field)))
        .collect();
    properties.insert(
        "bench".to_owned(),
        bench(
            facts::of(&table.id),
            "typed facts: what rules and cases compute on",
        ),
    );
    let mut row = closed(&table.name, properties, &[]);
    row["minProperties"] = json!(1);
    let mut rows = json!({"type": "array", "description": table.name, "items": row});
    if !table.many_rows {
        rows["maxItems"] = json!(1);
    }
    rows
}

fn bench<'a>(facts: impl Iterator<Item = &'a Fact>, doc: &str) -> Value {
    let property = |fact: &Fact| {
        (
            fact.name.to_owned(),
            described(of_fact(fact.kind), fact.doc),
        )
    };
    closed(doc, facts.map(property).collect(), &[])
}

fn of_fact(kind: FactKind) -> Value {
    let or_list = |one: Value| json!({"anyOf": [one, {"type": "array", "items": one}]});
    match kind {
        FactKind::YesNo => json!({"type": "boolean"}),
        FactKind::Whole(from, to) => json!({"type": "integer", "minimum": from, "maximum": to}),
        FactKind::Text | FactKind::Pattern => text(),
        FactKind::Texts | FactKind::Rows(_) => or_list(text()),
        FactKind::Choice(words) => json!({"enum": words}),
        FactKind::Choices(words) => or_list(json!({"enum": words})),
        FactKind::Duration => json!({"type": "string", "pattern": DURATION}),
        FactKind::Day => json!({"type": "string", "pattern": super::DAY}),
        FactKind::Inner(inner) => bench(inner.iter(), "more facts"),
    }
}

/// Names with dots may be written as tables in tables.
fn files() -> Value {
    let path = json!({
        "type": "string",
        "pattern": super::SAYS_SOMETHING,
        "not": {"pattern": r"^/|(^|/)\.\.(/|$)"},
    });
    json!({
        "type": "object",
        "description": "files for the lab by name, such as update.newer; paths inside the profile's folder",
        "additionalProperties": {"anyOf": [path, {"$ref": "#/definitions/files"}]},
    })
}

fn limits() -> Value {
    json!({
        "type": "object",
        "description": "how long the device may take, such as boot = \"60s\"",
        "additionalProperties": {"type": "string", "pattern": DURATION},
    })
}
