//! What a switch behind an MQTT broker has of its own.

use super::{Form, Template, Values};
use serde::{Deserialize, Serialize};

/// What is common to all messages of a switch behind a broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mqtt {
    /// TCP port of the broker, where the bench file says no other.
    pub port: u16,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Who logs in, where the bench file says no other.
    pub user: String,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Where it goes to.
    pub topic: Template,
    /// What it says; nothing for some.
    pub payload: Template,
}

impl Message {
    /// What it says, with values in its places: within JSON as that writes them.
    #[must_use]
    pub fn payload(&self, values: &Values) -> String {
        let plain = self.payload.fill(values, Form::Plain);
        match plain.trim_start().starts_with(['{', '[']) {
            true => self.payload.fill(values, Form::Json),
            false => plain,
        }
    }
}

/// Whether a text may stand in the place of a topic's level, or of several: with wildcards it would be a filter.
#[must_use]
pub fn is_topic(text: &str) -> bool {
    !text.is_empty() && !text.contains(['+', '#']) && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_within_json_is_written_as_json_has_it() {
        let said = |payload: &str| {
            let message = Message {
                topic: Template::parse("t").unwrap(),
                payload: Template::parse(payload).unwrap(),
            };
            message.payload(&Values {
                device: "a \"b\"".to_owned(),
                ..Values::default()
            })
        };
        assert_eq!(said(r#"{{"id":"{device}"}}"#), r#"{"id":"a \"b\""}"#);
        assert_eq!(said("set {device}"), "set a \"b\"");
        assert_eq!(said(""), "");
    }

    #[test]
    fn what_would_be_a_filter_is_no_topic() {
        for topic in ["plug", "kitchen/plug 2", "0x00158d0001"] {
            assert!(is_topic(topic), "{topic}");
        }
        for other in ["", "+", "a/#", "a\nb", "\0"] {
            assert!(!is_topic(other), "{other:?}");
        }
    }
}
