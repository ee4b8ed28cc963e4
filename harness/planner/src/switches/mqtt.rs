//! What the file of a switch behind an MQTT broker says.

use super::read::{keys, requests, words};
use super::request::{of_text, template};
use crate::read::{Item, Table};
use proofhouse_model::settings::{Key, Kind, Need};
use proofhouse_model::switch::{
    Form, Message, Mqtt, Request, Switch, Template, Values, Way, is_topic,
};

const MQTT: [Key; 3] = [
    Key::optional(
        "port",
        Kind::Whole(1, 65_535),
        Need::Number(1883),
        "TCP port of the broker",
    ),
    Key::optional(
        "tls",
        Kind::YesNo,
        Need::Word("false"),
        "whether it speaks TLS",
    ),
    Key::optional("user", Kind::Text, Need::Else("none"), "who logs in"),
];
const TOPIC: &str = "a topic without wildcards, such as \"cmnd/{device}/POWER{outlet}\"";

/// Reads `[mqtt]`.
pub fn way(table: &Table<'_>) -> Option<Way> {
    let said = keys(table, &MQTT, &[])?;
    Some(Way::Mqtt(Mqtt {
        port: said.whole("port").ok()?,
        tls: said.yes_no("tls").ok()?,
        user: said.text("user").unwrap_or_default().to_owned(),
    }))
}

/// Reads a message whose topic stands behind that key.
pub fn message(table: &Table<'_>, key: &str) -> Option<Message> {
    let item = table.need(key)?;
    let topic = item.text().and_then(|text| topic(&item, &text));
    let payload = match table.get("payload") {
        Some(item) => template(&item),
        // Nothing is said, as what asks for a state says in many places.
        None => Template::parse("").ok(),
    };
    Some(Message {
        topic: topic?,
        payload: payload?,
    })
}

/// Reads what is heard, and what asks for it.
pub fn hear(table: &Table<'_>) -> Option<Request> {
    let item = table.need("topic")?;
    let topics = words(&item).and_then(|all| {
        let all = all.iter().map(|text| topic(&item, text));
        all.collect::<Option<Vec<_>>>()
    });
    let ask = match (table.get("ask"), table.get("payload")) {
        (Some(_), _) => message(table, "ask").map(Some),
        (None, Some(payload)) => payload.bad(
            "nothing says where this is sent to",
            "`ask` beside it, the topic that asks for the state",
        ),
        (None, None) => Some(None),
    };
    Some(Request::Hear {
        topics: topics?,
        ask: ask?,
    })
}

fn topic(item: &Item<'_>, text: &str) -> Option<Template> {
    let topic = of_text(item, text)?;
    let sample = Values {
        device: "device".to_owned(),
        ..Values::default()
    };
    match is_topic(&topic.fill(&sample, Form::Plain)) {
        true => Some(topic),
        false => item.bad("this is no topic", TOPIC),
    }
}

/// What is changed over is read first, and only who can be asked says its state then.
pub fn can_be_asked(root: &Table<'_>, way: &Way) -> Option<()> {
    let Way::Mqtt(_) = way else {
        return Some(());
    };
    let state = root.get("state")?;
    match state.table("a table")?.get("ask") {
        Some(_) => Some(()),
        None => state.bad(
            "an outlet that is changed over must be asked first",
            "`ask` in [state], the topic that asks for the state",
        ),
    }
}

/// Behind a broker every topic says whose it is; elsewhere nothing does.
pub fn says_device(root: &Table<'_>, switch: &Switch) -> Option<()> {
    let Way::Mqtt(_) = &switch.way else {
        if !switch.names_device() {
            return Some(());
        }
        let message = format!(
            "`{{device}}` stands for nothing over {}",
            switch.way.protocol()
        );
        root.log().note(root.span(), message, |d| {
            d.expected("`{device}` in a file with [mqtt] alone")
        });
        return None;
    };
    let state = switch.state.iter().map(|state| ("state", &state.ask));
    let mut fine = true;
    for (key, request) in requests(switch).into_iter().chain(state) {
        if !topics(request).into_iter().all(Template::has_device) {
            let message = format!("a topic of `{key}` does not say which device it is of");
            root.get(key)?.bad::<()>(
                message,
                "`{device}` in each, which stands for what the bench file calls it",
            );
            fine = false;
        }
    }
    fine.then_some(())
}

fn topics(request: &Request) -> Vec<&Template> {
    match request {
        Request::Publish(message) => vec![&message.topic],
        Request::Hear { topics, ask } => {
            let ask = ask.iter().map(|ask| &ask.topic);
            topics.iter().chain(ask).collect()
        }
        _ => Vec::new(),
    }
}
