use super::*;
use proofhouse_lease::{Resource, Value};
use proofhouse_model::Diagnostic;

const BENCH: &str = r#"
name = "farm"
profile = "."
[labgrid]
coordinator = "farm.lab"
wait = "2m"
[unit.a]
tags = { board = "lamp" }
lan = { driver = "ip", address = "10.0.0.7" }
[unit.b]
console = { driver = "tcp", host = "10.0.0.8", port = 1 }
"#;

fn bench() -> BenchSpec {
    read(BENCH)
}

fn read(text: &str) -> BenchSpec {
    tried(text).unwrap()
}

fn tried(text: &str) -> Result<BenchSpec, Vec<Diagnostic>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bench.toml");
    std::fs::write(&file, text).unwrap();
    proofhouse_planner::read_bench(&file)
}

#[test]
fn each_unit_has_the_reservation_for_its_own_tags() {
    let two = BENCH.replace("tags = {", "place = \"+\"\ntags = {");
    let two = two.replace(
        "[unit.b]",
        "[unit.c]\nplace = \"+\"\ntags = { board = \"plug\" }\n[unit.b]",
    );
    let bench = read(&two);
    let wanted = |name: &str| {
        let unit = bench.units.iter().find(|u| u.name.as_str() == name);
        wanted(unit.unwrap().place.as_ref().unwrap())
    };
    for (name, board) in [("a", "lamp"), ("c", "plug")] {
        let tags = [("board".to_owned(), board.to_owned())].into();
        assert_eq!(wanted(name), Wanted::ReservedWith(tags), "{name}");
    }
    // One reservation is one place, and two units do not stand on it.
    let told = tried(&two.replace("plug", "lamp")).unwrap_err();
    let told: Vec<_> = told.into_iter().map(|d| d.message).collect();
    assert_eq!(told, ["place + with board=lamp is unit a's already"]);
}

fn taken(place: &str, resources: Vec<Resource>) -> Taken {
    Taken {
        place: place.to_owned(),
        resources,
    }
}

fn serial() -> Resource {
    let params = [
        ("host", Value::Text("10.0.0.9".to_owned())),
        ("port", Value::Whole(4001)),
    ];
    Resource {
        path: "desk/lamp/NetworkSerialPort/NetworkSerialPort".to_owned(),
        name: "NetworkSerialPort".to_owned(),
        class: "NetworkSerialPort".to_owned(),
        params: params.map(|(key, value)| (key.to_owned(), value)).into(),
        extra: Default::default(),
        is_there: true,
    }
}

fn channels(unit: &UnitSpec) -> Vec<Channel> {
    unit.wires.keys().copied().collect()
}

#[test]
fn what_is_assumed_is_for_units_on_places_and_takes_nothing_away() {
    let file = bench();
    let mut assumed = file.clone();
    assume(&mut assumed);
    assert_eq!(
        assumed.units[0].wires[&Channel::Lan],
        file.units[0].wires[&Channel::Lan]
    );
    assert!(BRINGS.iter().all(|channel| assumed.units[0].has(*channel)));
    assert_eq!(assumed.units[1], file.units[1]);
    let asked = would_ask(&assumed, &assumed.units[0]).unwrap();
    assert!(
        asked.contains("a place with board=lamp would be asked of"),
        "{asked}"
    );
    assert!(
        asked.contains("farm.lab:20408") && asked.contains("2m"),
        "{asked}"
    );
    assert_eq!(would_ask(&assumed, &assumed.units[1]), None);
}

#[test]
fn a_run_that_goes_on_has_the_place_that_it_had() {
    let file = bench();
    let mut planned = file.clone();
    let said = wire(&mut planned.units[0], &taken("lamp-3", vec![serial()])).unwrap();
    assert_eq!(said, ["a: place lamp-3 is taken"]);
    assert_eq!(
        channels(&planned.units[0]),
        [Channel::Console, Channel::Lan]
    );
    let mut again = file.clone();
    as_planned(&mut again, &planned);
    assert_eq!(
        again.units[0].place,
        Some(PlaceSpec::Named("lamp-3".to_owned()))
    );
    assert_eq!(again.units[0].wires, planned.units[0].wires);
    assert_eq!(again.units[1], planned.units[1]);
    // Another exporter, or none, and the plan does not hold.
    assert_eq!(are_as_planned(&planned, &again), Ok(()));
    let why = are_as_planned(&planned, &file).unwrap_err().to_string();
    assert!(why.contains("other wires to a"), "{why}");
}

#[test]
fn a_place_without_anything_to_use_is_told() {
    let mut unit = bench().units[0].clone();
    unit.wires.clear();
    let why = wire(&mut unit, &taken("lamp-3", Vec::new())).unwrap_err();
    assert!(matches!(why, NotLeased::NotThere { place, .. } if place == "lamp-3"));
}
