//! Which products a bench brings in, and what is told of those it cannot.

use super::*;
use proofhouse_model::Channel;

/// A bench with one virtual unit `name`, whose profile's folder has this `virtual.toml`.
fn read(name: &str, file: Option<&str>) -> Result<Vec<Virtual>, String> {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile");
    std::fs::create_dir(&profile).unwrap();
    if let Some(text) = file {
        std::fs::write(profile.join(VIRTUAL_FILE), text).unwrap();
    }
    let bench = folder.path().join("bench.toml");
    let text = format!("name = 'b'\nprofile = 'profile'\n[unit.a]\nvirtual = '{name}'\n");
    std::fs::write(&bench, text).unwrap();
    let read = of_bench_file(&bench, folder.path());
    let line = |d: &Diagnostic| format!("{} | {}", d.message, d.nearest.as_deref().unwrap_or("-"));
    read.map_err(|all| all.iter().map(line).collect::<Vec<_>>().join("\n"))
}

const LAMP: &str = r#"
summary = "a lamp"
command = ["no-such-program", "./virtual.toml", "-v"]
needs = ["sh", "nor-this-one"]
sources = ["virtual.toml"]
[defect.stays-open]
summary = "nobody logs in"
provisions = ["5.1-1"]
"#;

#[test]
fn a_program_of_its_own_is_known_by_its_file_alone() {
    let found = read("lamp", Some(LAMP)).unwrap();
    let lamp = &found[0];
    let command = lamp.command.clone().unwrap();
    assert!(command[1].starts_with('/') && command[1].ends_with("/profile/virtual.toml"));
    assert_eq!(command[2], "-v");
    assert_eq!(lamp.missing(), ["no-such-program", "nor-this-one"]);
    assert_eq!(lamp.defects[0].name, "stays-open");
}

#[test]
fn a_proof_rests_on_what_the_program_is_made_from() {
    let one = read("lamp", Some(LAMP)).unwrap();
    let same = read("lamp", Some(LAMP)).unwrap();
    assert_eq!(one[0].sources, same[0].sources);
    let other = read("lamp", Some(&LAMP.replace("a lamp", "another"))).unwrap();
    assert_ne!(one[0].sources, other[0].sources);
    let gone = read(
        "lamp",
        Some(&LAMP.replace("[\"virtual.toml\"]", "[\"../device\"]")),
    );
    assert!(gone.unwrap_err().contains("cannot be read"));
}

#[test]
fn a_product_that_nobody_can_make_is_told_with_the_nearest() {
    let told = read("plugg", None).unwrap_err();
    assert!(told.contains("no virtual product `plugg`"), "{told}");
    assert!(told.ends_with("| plug"), "{told}");
    assert_eq!(read("plug", None).unwrap()[0].command, None);
}

#[test]
fn what_is_wrong_in_the_file_is_told_at_once() {
    let bad = LAMP
        .replace("stays-open", "Stays_Open")
        .replace("command", "comand");
    let told = read("lamp", Some(&bad)).unwrap_err();
    for want in [
        "`command` is missing here",
        "comand",
        "`Stays_Open` is no name of a defect",
    ] {
        assert!(told.contains(want), "{want}: {told}");
    }
    let bad = LAMP.replace("5.1-1", "fast")
        + "[blind.a]\nsummary = 's'\nedits = [{file='../x',from='',to=''}]\n";
    let told = read("lamp", Some(&bad)).unwrap_err();
    for want in [
        "`fast` is no provision",
        "not in the profile's folder",
        "`from` is empty",
    ] {
        assert!(told.contains(want), "{want}: {told}");
    }
}

#[test]
fn a_blind_takes_away_wires_and_not_the_label() {
    let blind = |rest: &str| format!("{LAMP}[blind.a]\nsummary = 's'\n{rest}");
    let found = read("lamp", Some(&blind("without = ['power', 'console']\n"))).unwrap();
    let blinds = &found[0].blinds;
    assert_eq!(blinds[0].without, [Channel::Power, Channel::Console]);
    assert!(blinds[0].edits.is_empty());
    for (rest, want) in [
        ("", "`edits` is missing here"),
        ("without = []\n", "is missing here"),
        ("without = ['label']\n", "`label` is no wire"),
        ("without = ['swd']\n", "`swd` is no wire"),
    ] {
        let told = read("lamp", Some(&blind(rest))).unwrap_err();
        assert!(told.contains(want), "{want}: {told}");
    }
}
