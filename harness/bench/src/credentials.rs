//! Credentials in the settings of a wire: they are masked wherever a program or a device says them again.

use proofhouse_model::secret::names_a_credential;
use proofhouse_model::settings::Setting;
use proofhouse_model::switch::Spoken;
use serde_json::Value;

/// Options of common programs behind which a credential stands.
const OPTIONS: &[&str] = &["-u", "--user", "-P", "--pass", "-H", "--header"];

/// Keys of a switch that has no file: each is a request to it.
const REQUESTS: [&str; 3] = ["on", "off", "read"];

/// What of a setting is to be masked. Of a program's words, and of a request, those that are credentials by their
/// place: the others are names of outlets and the like, which a report should show.
pub fn of(key: &str, setting: &Setting) -> Vec<String> {
    match setting {
        Setting::Text(request) if REQUESTS.contains(&key) => {
            let words: Vec<_> = request.split_whitespace().map(str::to_owned).collect();
            let mut out = in_words(&words);
            let body = Spoken::parse(request).and_then(|spoken| spoken.body);
            if let Some(Ok(json)) = body.map(serde_json::from_str) {
                in_json(&json, &mut out);
            }
            out
        }
        Setting::Text(text) => vec![text.clone()],
        Setting::Words(words) => in_words(words),
        Setting::Whole(n) => vec![n.to_string()],
        Setting::YesNo(_) => Vec::new(),
    }
}

/// What stands in JSON under the name of a credential.
fn in_json(json: &Value, out: &mut Vec<String>) {
    match json {
        Value::Object(all) => {
            for (name, value) in all {
                match value {
                    Value::String(text) if names_a_credential(name) => out.push(text.clone()),
                    Value::Number(number) if names_a_credential(name) => {
                        out.push(number.to_string());
                    }
                    other => in_json(other, out),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|value| in_json(value, out)),
        _ => {}
    }
}

fn in_words(words: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    let mut before = "";
    for word in words {
        let named = before.starts_with('-') && names_a_credential(before);
        if named || OPTIONS.contains(&before) {
            out.push(word.clone());
            // A user and what lets him in; a header and its value.
            out.extend(word.split_once(':').map(|(_, rest)| rest.trim().to_owned()));
        }
        if let Some((name, value)) = word.split_once('=')
            && names_a_credential(name.rsplit(['?', '&']).next().unwrap_or(name))
        {
            out.push(value.split('&').next().unwrap_or(value).to_owned());
        }
        if let Some((_, rest)) = word.split_once("://")
            && let Some((user, _)) = rest
                .split('/')
                .next()
                .and_then(|host| host.rsplit_once('@'))
        {
            out.push(user.to_owned());
            out.extend(
                user.split_once(':')
                    .map(|(_, password)| password.to_owned()),
            );
        }
        for pair in word.split(['?', '&']).skip(1) {
            if let Some((name, value)) = pair.split_once('=')
                && names_a_credential(name)
            {
                out.push(value.to_owned());
            }
        }
        before = word;
    }
    out.retain(|value| !value.is_empty());
    out.sort();
    out.dedup();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str]) -> Vec<String> {
        let words = words.iter().map(|w| (*w).to_owned()).collect();
        of("on", &Setting::Words(words))
    }

    #[test]
    fn credentials_are_found_by_their_place() {
        assert_eq!(
            found(&["curl", "-u", "lab:hunter2", "x"]),
            ["hunter2", "lab:hunter2"]
        );
        assert_eq!(
            found(&["relay", "--password", "hunter2", "on"]),
            ["hunter2"]
        );
        assert_eq!(found(&["relay", "token=a1b2", "on"]), ["a1b2"]);
        assert_eq!(
            found(&["wget", "http://lab:pw@10.0.0.9/on"]),
            ["lab:pw", "pw"]
        );
        assert_eq!(
            found(&["wget", "http://10.0.0.9/on?user=x&api_key=k9&n=1"]),
            ["k9"]
        );
        let text = |key: &str, text: &str| of(key, &Setting::Text(text.to_owned()));
        assert_eq!(text("password", "/on?token=k9"), ["/on?token=k9"]);
        assert_eq!(text("on", "POST /on?n=1 user=lab&token=k9"), ["k9"]);
        assert_eq!(
            text(
                "on",
                "POST /rpc {\"on\": 1, \"auth\": [{\"password\": \"k9secret\"}]}"
            ),
            ["k9secret"]
        );
        assert!(text("read", "/status").is_empty());
        assert!(found(&["relay", "1", "on", "--port=80"]).is_empty());
    }
}
