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
