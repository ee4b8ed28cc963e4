//! The built-in models, and every mistake in one of a lab's own.

use super::*;

#[test]
fn every_file_of_the_folder_is_built_in_and_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../transport/switches");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let listed: Vec<_> = BUILT_IN
        .iter()
        .map(|(name, _)| format!("{name}.toml"))
        .collect();
    assert_eq!(files, listed);
    for (name, source) in BUILT_IN {
        let file = format!("{name}.toml");
        let read = read_text(&file, source, name);
        assert!(read.is_ok(), "{read:#?}");
        assert!(source.starts_with("# "), "{name} names no document");
    }
    assert_eq!(built_in().len(), BUILT_IN.len());
}

/// The mistakes of a file: line, message, expectation, nearest name.
fn mistakes(source: &str) -> Vec<String> {
    let found = read_text("own.toml", source, "own.toml").unwrap_err();
    let line = |d: Diagnostic| {
        let place = d.place.map_or(0, |p| p.line);
        let expected = d.expected.unwrap_or_default();
        let near = d.nearest.map_or(String::new(), |near| format!(" | {near}"));
        format!("{place}: {} | {expected}{near}", d.message)
    };
    found.into_iter().map(line).collect()
}

const GOOD: &str = r#"maker = "Acme"
model = "Strip"
outlets = 2
[http]
auth = "basic"
[on]
get = "/{outlet}/on"
[off]
get = "/{outlet}/off"
[state]
get = "/{outlet}"
json = "/on"
on = true
off = false
"#;

#[test]
fn a_labs_own_file_is_read() {
    assert!(read_text("own.toml", GOOD, "own.toml").is_ok());
}

#[test]
fn every_mistake_is_told_at_its_place() {
    let with = |from: &str, to: &str| {
        assert!(GOOD.contains(from), "{from}");
        mistakes(&GOOD.replacen(from, to, 1))
    };
    let unknown = with("auth =", "atuh =");
    assert_eq!(
        unknown,
        ["5: unknown key `atuh` | `port`, `tls`, `auth`, `user` or `refused` | auth"]
    );
    let off = with("[off]\nget = \"/{outlet}/off\"\n", "");
    assert_eq!(off, ["1: `off` is missing here | "]);
    let place = with("{outlet}/off", "{outlte}/off");
    assert_eq!(place.len(), 1, "{place:?}");
    assert!(
        place[0].starts_with("9: nothing stands for `{outlte}` | one of {outlet}, "),
        "{place:?}"
    );
    assert!(place[0].ends_with(" | outlet"), "{place:?}");
    let back = with(
        "[state]\nget = \"/{outlet}\"\njson = \"/on\"\non = true\noff = false\n",
        "",
    );
    assert_eq!(
        back,
        [
            "1: nothing says how an outlet is read back | [state], or `read-back = \"none\"` where the switch cannot \
             be asked"
        ]
    );
    let none = with("[http]", "read-back = \"none\"\n[http]");
    assert!(
        none[0].starts_with("4: the outlet is read back by [state]"),
        "{none:?}"
    );
    let two = with("[on]", "[tcp]\nport = 1\n[on]");
    assert!(two[0].contains("reached in two ways"), "{two:?}");
    let same = with("/{outlet}/on", "/on");
    assert!(
        same[0].starts_with("7: `on` does not say which outlet")
            || same[0].starts_with("6: `on` does not say which outlet"),
        "{same:?}"
    );
    let words = with("on = true", "");
    assert!(words[0].contains("`on` is missing here"), "{words:?}");
    let json = with("json = \"/on\"", "json = \"on\"");
    assert!(
        json[0].starts_with("12: this is no place in a document"),
        "{json:?}"
    );
    let path = with("/{outlet}/on", "/ {outlet}/on");
    assert!(
        path[0].starts_with("7: this is no path and query"),
        "{path:?}"
    );
}

const BEHIND: &str = r#"maker = "Acme"
model = "Plug"
outlets = 2
[mqtt]
tls = true
[on]
topic = "set/{device}/{outlet}"
payload = "on"
[off]
topic = "set/{device}/{outlet}"
payload = "off"
[state]
ask = "get/{device}/{outlet}"
topic = ["is/{device}/{outlet}", "tele/{device}"]
on = "on"
off = "off"
"#;

#[test]
fn a_file_of_a_switch_behind_a_broker_is_read() {
    let read = read_text("own.toml", BEHIND, "own.toml").unwrap();
    assert_eq!(
        (read.way.port(), read.way.protocol()),
        (Some(1883), "MQTT over TLS")
    );
    let silent = BEHIND.replace("ask = \"get/{device}/{outlet}\"\n", "");
    assert!(read_text("own.toml", &silent, "own.toml").is_ok());
}

#[test]
fn every_mistake_of_a_switch_behind_a_broker_is_told() {
    let with = |from: &str, to: &str| {
        assert!(BEHIND.contains(from), "{from}");
        let found = mistakes(&BEHIND.replacen(from, to, 1));
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    };
    let wild = with("tele/{device}", "tele/{device}/#");
    assert!(wild.starts_with("14: this is no topic | "), "{wild}");
    let lost = with("ask = \"get/{device}/{outlet}\"", "payload = \"?\"");
    assert!(
        lost.starts_with("13: nothing says where this is sent to | `ask` beside it"),
        "{lost}"
    );
    let whose = with("tele/{device}", "tele/plug");
    assert!(
        whose.contains("a topic of `state` does not say which device it is of | `{device}`"),
        "{whose}"
    );
    let unknown = with("payload = \"on\"", "paylod = \"on\"");
    assert_eq!(
        unknown,
        "8: unknown key `paylod` | `topic` or `payload` | payload"
    );
    let each = "[on]\ntopic = \"set/{device}/{outlet}\"\npayload = \"on\"\n\
                [off]\ntopic = \"set/{device}/{outlet}\"\npayload = \"off\"\n";
    let toggle = "[toggle]\ntopic = \"set/{device}/{outlet}\"\n";
    let over = BEHIND.replacen(each, toggle, 1);
    assert!(read_text("own.toml", &over, "own.toml").is_ok());
    let found = mistakes(&over.replace("ask = \"get/{device}/{outlet}\"\n", ""));
    assert!(
        found.len() == 1 && found[0].contains("changed over must be asked first | `ask`"),
        "{found:?}"
    );
    let elsewhere = mistakes(&GOOD.replacen("/{outlet}/on", "/{device}/{outlet}/on", 1));
    assert!(
        elsewhere.len() == 1 && elsewhere[0].contains("`{device}` stands for nothing over HTTP"),
        "{elsewhere:?}"
    );
}

#[test]
fn what_a_bench_file_tells_is_not_mixed_with_a_file() {
    let told = include_str!("../../../transport/switches/generic-http.toml");
    assert!(read_text("own.toml", told, "own.toml").unwrap().is_told());
    for (from, to) in [
        ("get = \"{off}\"", "get = \"/off/{outlet}\""),
        ("get = \"{off}\"", "get = \"{on}\""),
        ("told = true", "on = 1\noff = 0"),
    ] {
        assert!(told.contains(from), "{from}");
        let found = mistakes(&told.replace(from, to));
        assert!(
            found.len() == 1 && found[0].contains("what a bench file tells is not mixed"),
            "{found:?}"
        );
    }
    let both = mistakes(&told.replace("told = true", "told = true\non = 1"));
    assert!(
        both.len() == 1 && both[0].contains("the bench file tells it | `told = true` alone"),
        "{both:?}"
    );
}
