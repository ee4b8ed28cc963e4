//! The published schemas against every good and bad file of the tree, by a validator of its own.

mod common;

use common::{GOOD_BENCH, GOOD_PROFILE, repo, suite};
use jsonschema::Validator;
use proofhouse_model::drivers::DRIVERS;
use proofhouse_planner::{bench_schema, profile_schema};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn bench() -> Validator {
    jsonschema::draft7::new(&bench_schema()).unwrap()
}

fn profile() -> Validator {
    jsonschema::draft7::new(&profile_schema(&suite("V2.1.1"))).unwrap()
}

/// TOML as the checkers hand it to a validator; dates are text.
fn value(text: &str) -> Option<Value> {
    let table: toml::Table = text.parse().ok()?;
    Some(json(toml::Value::Table(table)))
}

fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(all) => all.into_iter().map(json).collect(),
        toml::Value::Table(all) => all.into_iter().map(|(k, v)| (k, json(v))).collect(),
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(n) => n.into(),
        toml::Value::Float(n) => n.into(),
        toml::Value::Boolean(yes) => yes.into(),
    }
}

fn mistakes(schema: &Validator, text: &str) -> Vec<String> {
    let value = value(text).expect("TOML");
    let said = schema.iter_errors(&value);
    said.map(|e| format!("{}: {e}", e.instance_path()))
        .collect()
}

/// Files of the tree, without what was built.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name();
        if entry.file_type().unwrap().is_dir() {
            if name != "target" && name != "runs" && name != ".git" && name != "broken" {
                files(&entry.path(), found);
            }
        } else if entry.path().extension().is_some_and(|e| e == "toml") {
            found.push(entry.path());
        }
    }
}

#[test]
fn every_bench_file_and_profile_of_the_tree_fits() {
    let mut all = Vec::new();
    files(&repo("fixtures"), &mut all);
    files(&repo("device-profiles"), &mut all);
    let (mut benches, mut profiles) = (0, 0);
    for path in all {
        let text = std::fs::read_to_string(&path).unwrap();
        let at = path.display();
        if path.ends_with("profile.toml") {
            assert_eq!(mistakes(&profile(), &text), [""; 0], "{at}");
            profiles += 1;
        } else if text.contains("[unit.") {
            assert_eq!(mistakes(&bench(), &text), [""; 0], "{at}");
            benches += 1;
        }
    }
    assert!(
        benches >= 2 && profiles >= 2,
        "{benches} and {profiles} found"
    );
    assert_eq!(mistakes(&bench(), GOOD_BENCH), [""; 0]);
    assert_eq!(mistakes(&profile(), GOOD_PROFILE), [""; 0]);
}

/// What a schema cannot know: whether a folder is there, what two units have in common, how a regular expression is
/// written.
const BEYOND: [&str; 9] = [
    "bench-button-strip",
    "bench-farm-address",
    "bench-no-such-profile",
    "bench-probe-hosts",
    "bench-same-wire-spelt-otherwise",
    "bench-same-wire-twice",
    "bench-unit-no-such-profile",
    "profile-pattern",
    "profile-slips",
];

#[test]
fn what_the_reader_refuses_is_refused() {
    let (bench, profile) = (bench(), profile());
    let mut refused = 0;
    let mut let_through = Vec::new();
    for path in std::fs::read_dir(repo("fixtures/broken")).unwrap() {
        let path = path.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        // A file that is no TOML does not come as far as a schema.
        if value(&text).is_none() {
            continue;
        }
        let schema = match name.starts_with("bench-") {
            true => &bench,
            false => &profile,
        };
        match mistakes(schema, &text).is_empty() {
            true => let_through.push(name),
            false => refused += 1,
        }
    }
    let_through.sort();
    assert_eq!(let_through, BEYOND);
    assert!(refused >= 15, "only {refused}");
}

#[test]
fn every_driver_and_every_key_is_in_the_schema_with_its_description() {
    let schema = bench_schema();
    for driver in DRIVERS {
        let unit = &schema["definitions"]["unit"]["properties"];
        let wire = match driver.channel.keys() {
            (key, None) => &unit[key],
            (key, Some(inner)) => &unit[key]["properties"][inner],
        };
        let rows = wire["allOf"].as_array().unwrap().iter();
        let mut rows = rows.map(|case| &case["then"]);
        let row = rows.find(|row| row["title"] == driver.name).unwrap();
        assert_eq!(row["description"], driver.doc);
        for key in driver.keys {
            let said = row["properties"][key.name]["description"].as_str().unwrap();
            assert!(said.starts_with(key.doc), "{said}");
        }
    }
}

#[test]
fn a_slip_in_each_driver_is_refused() {
    for driver in DRIVERS.iter().filter(|d| !d.is_virtual) {
        let unit = |table: String| {
            let channel = driver.channel;
            format!("name = \"d\"\nprofile = \"p\"\n[unit.a]\n{channel} = {table}\n")
        };
        assert_eq!(mistakes(&bench(), &unit(driver.table())), [""; 0]);
        let more = driver.table().replace(" }", ", colour = \"red\" }");
        assert_ne!(mistakes(&bench(), &unit(more)), [""; 0]);
        let less = format!("{{ driver = \"{}\" }}", driver.name);
        assert_ne!(mistakes(&bench(), &unit(less)), [""; 0], "{}", driver.name);
    }
}

#[test]
fn a_bench_without_patience_or_with_no_end_of_it_is_refused() {
    let with = |said: &str| {
        let text = format!(
            "name = \"d\"\nprofile = \"p\"\n{said}\n[unit.a]\nlan = {{ driver = \"ip\", address = \
             \"192.168.1.7\" }}\n"
        );
        mistakes(&bench(), &text)
    };
    for good in [
        "leave_after = 1",
        "leave_after = 1000",
        "try_again_after = \"90s\"",
    ] {
        assert_eq!(with(good), [""; 0], "{good}");
    }
    for bad in [
        "leave_after = 0",
        "leave_after = 1001",
        "leave_after = \"2\"",
        "try_again_after = \"0s\"",
    ] {
        assert_ne!(with(bad), [""; 0], "{bad}");
    }
}

#[test]
fn a_trial_that_would_let_no_run_begin_is_refused() {
    let with = |valid: &str| {
        let text = format!(
            "name = \"d\"\nprofile = \"p\"\nfitness = \"{valid}\"\n[unit.a]\nlan = {{ driver = \"ip\", address = \
             \"192.168.1.7\" }}\n"
        );
        mistakes(&bench(), &text)
    };
    for good in [
        "1m",
        "60s",
        "90s",
        "60000ms",
        "60000000us",
        "24h",
        "1.5h",
        "720h",
    ] {
        assert_eq!(with(good), [""; 0], "{good}");
    }
    for bad in ["1us", "5s", "59s", "0m", "59999ms", "1d", "24"] {
        assert_ne!(with(bad), [""; 0], "{bad}");
    }
}
