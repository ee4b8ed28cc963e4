//! Power ports of a farm, as outlets of switches.

use super::wires::{Said, need_text, need_whole, said, table, text};
use proofhouse_lease::Resource;
use proofhouse_model::Channel;
use std::fmt::Write;

/// What the model of a switch is called that is made of a URL.
pub use proofhouse_model::switch::BY_URL;
/// Names of labgrid's back ends, the built-in model of each, and what is added to their index for the outlet.
const SWITCHES: [(&str, &str, u64); 3] = [
    ("gude8031", "gude-epc", 0),
    ("shelly_gen1", "shelly-gen1", 1),
    ("shelly_gen2", "shelly-gen2", 1),
];

/// An outlet of the model that stands for its back end.
pub fn supply(resource: &Resource) -> Result<Said, String> {
    let (model, host) = (need_text(resource, "model")?, need_text(resource, "host")?);
    let index = need_whole(resource, "index")?;
    // What stands there is not shown: it may hold who logs in and by what.
    let url = Url::parse(host).ok_or_else(|| "has no address in its host".to_owned())?;
    if let "rest" | "simplerest" = model {
        return by_url(model, &url, index);
    }
    let known = SWITCHES.iter().find(|(theirs, _, _)| *theirs == model);
    let Some((_, ours, add)) = known else {
        return Err(format!(
            "is switched by `{}`, which no model here stands for: wire `power` in the bench file",
            model.escape_debug()
        ));
    };
    if url.tls {
        return Err("is reached by https, which its model here does not speak".to_owned());
    }
    let outlet = index.checked_add(*add);
    let outlet = outlet.ok_or_else(|| format!("has the index {index}, which no switch has"))?;
    let mut keys = vec![("model", text(ours)), ("outlet", outlet.to_string())];
    keys.extend(url.keys());
    Ok(said(Channel::Power, table("switch", &keys)))
}

/// A relay behind a URL with `{index}`, and `{value}` for what is set: a model of one outlet.
fn by_url(model: &str, url: &Url, index: u64) -> Result<Said, String> {
    let path = |value: &str| {
        url.path
            .replace("{index}", &index.to_string())
            .replace("{value}", value)
    };
    // What is left in braces would be a place of a template.
    let line = |key: &str, path: String| {
        format!(
            "{key} = {}\n",
            text(&path.replace('{', "{{").replace('}', "}}"))
        )
    };
    let read = path("");
    let (on, off) = match model {
        "rest" => {
            let put = |value: &str| line("put", path(value)) + &format!("body = \"{value}\"\n");
            (put("1"), put("0"))
        }
        _ => (line("get", path("1")), line("get", path("0"))),
    };
    let read = match model {
        "rest" => read,
        _ => read.trim_end_matches('/').to_owned(),
    };
    let mut file = format!(
        "maker = \"labgrid\"\nmodel = \"{model}\"\noutlets = 1\n[http]\nauth = \"basic\"\n"
    );
    let _ = write!(
        file,
        "tls = {}\n[on]\n{on}[off]\n{off}[state]\n{}on = \"1\"\noff = \"0\"\n",
        url.tls,
        line("get", read)
    );
    let mut keys = vec![("model", text(BY_URL))];
    keys.extend(url.keys());
    Ok(Said {
        model: Some(file),
        ..said(Channel::Power, table("switch", &keys))
    })
}

/// Where a switch is, as labgrid writes it: a URL, or an address alone.
struct Url {
    tls: bool,
    user: Option<(String, String)>,
    host: String,
    port: Option<u16>,
    path: String,
}

impl Url {
    fn parse(whole: &str) -> Option<Self> {
        let (tls, rest) = match whole.split_once("://") {
            Some(("http", rest)) => (false, rest),
            Some(("https", rest)) => (true, rest),
            Some(_) => return None,
            None => (false, whole),
        };
        let (place, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user, place) = match place.rsplit_once('@') {
            Some((who, place)) => {
                let (user, password) = who.split_once(':').unwrap_or((who, ""));
                (Some((user.to_owned(), password.to_owned())), place)
            }
            None => (None, place),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                (host, Some(port.parse().ok()?))
            }
            _ => (place, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (!host.is_empty()).then(|| Self {
            tls,
            user,
            host: host.to_owned(),
            port: port.or(tls.then_some(443)),
            path: match path.starts_with('/') {
                true => path.to_owned(),
                false => format!("/{path}"),
            },
        })
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        let mut keys = vec![("address", text(&self.host))];
        keys.extend(self.port.map(|port| ("port", port.to_string())));
        if let Some((user, password)) = &self.user {
            keys.push(("user", text(user)));
            keys.extend((!password.is_empty()).then(|| ("password", text(password))));
        }
        keys
    }
}
