//! Texts with named places in them, such as `/relay/{outlet0}`.

use super::Told;
use crate::nearest;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::ops::Range;

/// A text with places in it. `{{` and `}}` stand for braces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(Field),
}

/// What a place stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The outlet, counted from 1.
    Outlet,
    /// The outlet, counted from 0.
    Outlet0,
    /// The switch's address.
    Host,
    /// Its port.
    Port,
    /// Who logs in.
    User,
    /// What lets them in.
    Password,
    /// What the device is called at its broker.
    Device,
    /// The request that switches on, as the bench file tells it.
    On,
    /// The one that switches off.
    Off,
    /// The one that asks for the state.
    Read,
}

/// What fills the places.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// Counted from 1.
    pub outlet: u64,
    /// The switch's address, or the path of its port.
    pub host: String,
    /// Its port on the network.
    pub port: u16,
    /// Who logs in.
    pub user: String,
    /// What lets them in.
    pub password: String,
    /// What the device is called at its broker; nothing elsewhere.
    pub device: String,
    /// What the bench file tells in place of a model's file; nothing elsewhere.
    pub told: Told,
}

/// How a value is written in what is around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Plain,
    /// In a path, a query or a form.
    Url,
    /// Within a JSON string.
    Json,
    /// A number as one byte in hex.
    Hex,
}

/// Why a text is no template, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadTemplate {
    /// The bytes that are wrong.
    pub at: Range<usize>,
    /// What is wrong with them.
    pub message: String,
    /// The name that comes nearest.
    pub nearest: Option<String>,
}

impl Field {
    /// Every one by its name.
    pub const ALL: [(&'static str, Self); 10] = [
        ("outlet", Self::Outlet),
        ("outlet0", Self::Outlet0),
        ("host", Self::Host),
        ("port", Self::Port),
        ("user", Self::User),
        ("password", Self::Password),
        ("device", Self::Device),
        ("on", Self::On),
        ("off", Self::Off),
        ("read", Self::Read),
    ];

    fn find(name: &str) -> Option<Self> {
        let hit = Self::ALL.iter().find(|(own, _)| *own == name);
        hit.map(|(_, field)| *field)
    }

    fn number(self, values: &Values) -> Option<u64> {
        match self {
            Self::Outlet => Some(values.outlet),
            Self::Outlet0 => Some(values.outlet.saturating_sub(1)),
            _ => None,
        }
    }

    fn text(self, values: &Values) -> String {
        match self {
            Self::Outlet | Self::Outlet0 => self.number(values).unwrap_or_default().to_string(),
            Self::Host => values.host.clone(),
            Self::Port => values.port.to_string(),
            Self::User => values.user.clone(),
            Self::Password => values.password.clone(),
            Self::Device => values.device.clone(),
            Self::On => values.told.on.clone(),
            Self::Off => values.told.off.clone(),
            Self::Read => values.told.read.clone(),
        }
    }

    /// Whether it is a request as the bench file writes it.
    fn is_told(self) -> bool {
        matches!(self, Self::On | Self::Off | Self::Read)
    }
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// A brace without its other one, a place of an unknown name.
    pub fn parse(text: &str) -> Result<Self, BadTemplate> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while let Some(n) = text[at..].find(['{', '}']) {
            plain.push_str(&text[at..at + n]);
            at += n;
            let rest = &text[at..];
            if let Some(brace) = ["{{", "}}"].iter().find(|twice| rest.starts_with(**twice)) {
                plain.push_str(&brace[..1]);
                at += 2;
                continue;
            }
            let end = match rest.find('}') {
                Some(end) if end > 0 => end,
                _ => {
                    return Err(BadTemplate {
                        at: at..at + 1,
                        message: "this brace has no other one".to_owned(),
                        nearest: None,
                    });
                }
            };
            let name = &rest[1..end];
            let Some(field) = Field::find(name) else {
                return Err(BadTemplate {
                    at: at..at + end + 1,
                    message: format!("nothing stands for `{{{}}}`", shown(name)),
                    nearest: nearest(name, Field::ALL.iter().map(|(name, _)| *name)),
                });
            };
            pieces.extend((!plain.is_empty()).then(|| Piece::Text(std::mem::take(&mut plain))));
            pieces.push(Piece::Field(field));
            at += end + 1;
        }
        plain.push_str(&text[at..]);
        pieces.extend((!plain.is_empty()).then_some(Piece::Text(plain)));
        Ok(Self {
            text: text.to_owned(),
            pieces,
        })
    }

    /// The text with values in its places.
    #[must_use]
    pub fn fill(&self, values: &Values, form: Form) -> String {
        let one = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Field(field) if field.is_told() => field.text(values),
            Piece::Field(field) => match (form, field.number(values)) {
                (Form::Hex, Some(n)) => format!("{n:02X}"),
                _ => written(&field.text(values), form),
            },
        };
        self.pieces.iter().map(one).collect()
    }

    /// The same path without its query.
    #[must_use]
    pub(super) fn without_query(&self) -> Self {
        let path = self.text.split('?').next().unwrap_or_default();
        // Of what cannot be read alone nothing stays.
        Self::parse(path).unwrap_or_else(|_| Self {
            text: String::new(),
            pieces: Vec::new(),
        })
    }

    /// Whether it says which outlet.
    #[must_use]
    pub fn has_outlet(&self) -> bool {
        let outlet = |piece: &Piece| matches!(piece, Piece::Field(Field::Outlet | Field::Outlet0));
        self.pieces.iter().any(outlet)
    }

    /// Whether it has a place for the device's name at its broker.
    #[must_use]
    pub fn has_device(&self) -> bool {
        self.pieces.contains(&Piece::Field(Field::Device))
    }

    /// Whether it has a place for a request of the bench file.
    #[must_use]
    pub fn has_told(&self) -> bool {
        let told = |piece: &Piece| matches!(piece, Piece::Field(field) if field.is_told());
        self.pieces.iter().any(told)
    }

    /// Whether it is that place and nothing else.
    #[must_use]
    pub fn is_alone(&self, field: Field) -> bool {
        self.pieces == [Piece::Field(field)]
    }
}

/// Enough of a name to recognise it.
fn shown(name: &str) -> String {
    let start: String = name.chars().take(40).collect();
    let more = if start.len() < name.len() { "..." } else { "" };
    format!("{start}{more}")
}

fn written(value: &str, form: Form) -> String {
    match form {
        Form::Plain | Form::Hex => value.to_owned(),
        Form::Json => {
            let quoted = serde_json::to_string(value).unwrap_or_default();
            let inner = quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"'));
            inner.unwrap_or_default().to_owned()
        }
        Form::Url => value.bytes().fold(String::new(), |mut out, b| {
            match b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
                true => out.push(char::from(b)),
                // Writing to a string does not fail.
                false => drop(write!(out, "%{b:02X}")),
            }
            out
        }),
    }
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|bad| bad.message)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            outlet: 10,
            host: "fe80::1".to_owned(),
            port: 80,
            user: "lab".to_owned(),
            password: "a \"b&c".to_owned(),
            device: "plug".to_owned(),
            told: Told {
                on: "/r?on=1&n=a b".to_owned(),
                ..Told::default()
            },
        }
    }

    fn filled(text: &str, form: Form) -> String {
        Template::parse(text).unwrap().fill(&values(), form)
    }

    #[test]
    fn places_are_filled_as_what_is_around_them_needs() {
        let path = "/r/{outlet0}?n={outlet}&u={user}&p={password}";
        assert_eq!(filled(path, Form::Url), "/r/9?n=10&u=lab&p=a%20%22b%26c");
        let body = r#"{{"ID":{outlet},"p":"{password}"}}"#;
        assert_eq!(filled(body, Form::Json), r#"{"ID":10,"p":"a \"b&c"}"#);
        assert_eq!(filled("A0 {outlet} {outlet0}", Form::Hex), "A0 0A 09");
        assert_eq!(filled("{host}:{port}", Form::Plain), "fe80::1:80");
        assert_eq!(filled("{on}", Form::Url), "/r?on=1&n=a b");
        assert_eq!(filled("{device}/{outlet}", Form::Plain), "plug/10");
    }

    #[test]
    fn a_template_survives_a_plan_on_disk() {
        let template = Template::parse("{{{outlet}}} {user}").unwrap();
        let text = serde_json::to_string(&template).unwrap();
        assert_eq!(serde_json::from_str::<Template>(&text).unwrap(), template);
        assert_eq!(template.fill(&values(), Form::Plain), "{10} lab");
        assert!(template.has_outlet());
        assert!(serde_json::from_str::<Template>("\"{outlets}\"").is_err());
    }

    #[test]
    fn what_is_no_place_is_told_where_it_stands() {
        let bad = |text| Template::parse(text).unwrap_err();
        let unknown = bad("/r/{outlte}/x");
        assert_eq!(
            (unknown.at, unknown.nearest.as_deref()),
            (3..11, Some("outlet"))
        );
        assert_eq!(unknown.message, "nothing stands for `{outlte}`");
        assert_eq!(bad("é{outlet").at, 2..3);
        assert_eq!(bad("a}").at, 1..2);
        assert!(
            bad("{\"Outputs\":1}")
                .message
                .starts_with("nothing stands for")
        );
    }
}
