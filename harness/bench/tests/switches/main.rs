//! Every built-in model of a power switch against an emulation of the protocol that its maker documents. The emulations
//! share nothing with the harness; the wire is opened as a bench file says it.

mod button;
mod http;
mod kit;
mod lines;
mod mqtt;
mod ppk2;
mod pty;
mod snmp;
mod web;

use proofhouse_model::{Channel, TroubleKind, UnitName, Wire};
use proofhouse_planner::{built_in_switches, read_bench};
use proofhouse_transport::open::Context;
use proofhouse_transport::power::{self, Power, Strips};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Most outlets of an emulated device.
const OUTLETS: usize = 48;
/// The one that is switched, from 1; devices with one alone have the first.
const OUTLET: usize = 2;
/// What lets the bench in.
const PASSWORD: &str = "sesame &1";

/// How a device behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// As documented.
    Honest,
    /// Its relays do not move.
    Stuck,
    /// It takes what is sent and says nothing.
    Silent,
}

/// The relays of a device.
struct Device {
    mood: Mood,
    on: Mutex<[bool; OUTLETS]>,
}

impl Device {
    fn new(mood: Mood) -> Arc<Self> {
        let on = Mutex::new([false; OUTLETS]);
        Arc::new(Self { mood, on })
    }

    fn relays(&self) -> MutexGuard<'_, [bool; OUTLETS]> {
        self.on.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Switches an outlet, counted from 1.
    fn set(&self, outlet: usize, on: bool) {
        if self.mood != Mood::Stuck {
            self.relays()[outlet - 1] = on;
        }
    }

    fn is_on(&self, outlet: usize) -> bool {
        self.relays()[outlet - 1]
    }
}

/// Where an emulation is: settings of the bench file.
type Place = String;

/// One model: its name, and what emulates it.
struct Model {
    name: &'static str,
    /// Its outlets at most.
    outlets: usize,
    /// Whether a wrong password is found.
    locks: bool,
    emulate: fn(Arc<Device>) -> Place,
}

const fn model(name: &'static str, outlets: usize, emulate: fn(Arc<Device>) -> Place) -> Model {
    Model {
        name,
        outlets,
        locks: false,
        emulate,
    }
}

const fn locked(name: &'static str, outlets: usize, emulate: fn(Arc<Device>) -> Place) -> Model {
    Model {
        locks: true,
        ..model(name, outlets, emulate)
    }
}

const MODELS: &[Model] = &[
    locked("anel-pwrctrl", 8, http::anel),
    locked("apc-pdu", 48, snmp::apc),
    locked("generic-http", 255, http::told),
    locked("gude-epc", 24, http::gude),
    model("keysight-scpi", 4, lines::keysight),
    model("korad-ka3005p", 1, pty::korad),
    model("lctech-lcus", 8, pty::lcus),
    locked("netio-json", 8, http::netio),
    model("rigol-dp800", 3, lines::rigol),
    locked("shelly-gen1", 4, http::shelly_gen1),
    locked("shelly-gen1-mqtt", 4, mqtt::shelly_gen1),
    locked("shelly-gen2", 4, http::shelly_gen2),
    model("siglent-spd3303x", 2, lines::siglent),
    locked("tasmota-http", 8, http::tasmota),
    locked("tasmota-mqtt", 8, mqtt::tasmota),
    locked("zigbee2mqtt", 1, mqtt::zigbee2mqtt),
];

impl Model {
    fn outlet(&self) -> usize {
        OUTLET.min(self.outlets)
    }
}

/// A supply as a bench file names it.
fn supply(model: &str, place: &str, outlet: usize, within: &str) -> Result<Box<dyn Power>, String> {
    let power = format!(
        "{{ driver = \"switch\", model = \"{model}\", outlet = {outlet}, within = \"{within}\", {place} }}"
    );
    opened(Channel::Power, &power, |wire, context| {
        power::open(wire, context).unwrap()
    })
}

/// What is opened of a wire that a bench file names so; what is wrong with the file, if anything.
fn opened<T>(
    channel: Channel,
    table: &str,
    open: impl FnOnce(&Wire, &Context<'_>) -> T,
) -> Result<T, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("p")).unwrap();
    let file = folder.path().join("bench.toml");
    let text = format!("name = \"t\"\nprofile = \"p\"\n[unit.lamp]\n{channel} = {table}\n");
    std::fs::write(&file, text).unwrap();
    let bench = read_bench(&file).map_err(|found| {
        let all = found.iter().map(|d| {
            let line = d.place.as_ref().map_or(0, |p| p.line);
            format!(
                "{line}: {} | {}",
                d.message,
                d.expected.clone().unwrap_or_default()
            )
        });
        all.collect::<Vec<_>>().join("\n")
    })?;
    let context = Context {
        unit: &UnitName::new("lamp").unwrap(),
        folder: Path::new("."),
        console: Default::default(),
        debug: Default::default(),
        strips: &Strips::default(),
        made: None,
    };
    Ok(open(bench.units[0].wire(channel).unwrap(), &context))
}

/// What a supply says that cannot be switched on: bench trouble that names the outlet and the model.
fn refusal(model: &Model, place: &str, within: &str) -> String {
    let mut power = supply(model.name, place, model.outlet(), within).unwrap();
    let trouble = power.on().unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert_eq!(trouble.channel, Some(Channel::Power));
    let outlet = format!("outlet {} of the ", model.outlet());
    assert!(
        trouble.what.starts_with(&outlet) && trouble.what.contains(model.name),
        "{trouble}"
    );
    assert!(trouble.try_next.is_some());
    assert!(!trouble.what.contains(PASSWORD), "{trouble}");
    assert_eq!(power.is_on(), None);
    trouble.what
}

#[test]
fn every_built_in_model_that_reads_back_is_proved_here() {
    let proved: BTreeSet<_> = MODELS.iter().map(|m| m.name.to_owned()).collect();
    let all = built_in_switches()
        .into_iter()
        .filter(|s| s.state.is_some());
    assert_eq!(proved, all.map(|s| s.name).collect());
}

#[test]
fn each_switches_its_outlet_and_no_other() {
    for model in MODELS {
        let device = Device::new(Mood::Honest);
        let place = (model.emulate)(device.clone());
        let neighbour = match model.outlets {
            1 => OUTLETS,
            _ => 1,
        };
        device.set(neighbour, true);
        let outlet = model.outlet();
        let mut power = supply(model.name, &place, outlet, "20s").unwrap();
        assert_eq!(power.is_on(), None);
        let mut switch = |on: bool| {
            let switched = if on { power.on() } else { power.off() };
            switched.unwrap_or_else(|t| panic!("{}: {t}", model.name));
            assert_eq!(
                (device.is_on(outlet), power.is_on()),
                (on, Some(on)),
                "{}",
                model.name
            );
            assert!(device.is_on(neighbour), "{}", model.name);
        };
        [false, true, true, false, false, true, false]
            .into_iter()
            .for_each(&mut switch);
    }
}

#[test]
fn a_relay_that_does_not_move_is_found() {
    for model in MODELS {
        let place = (model.emulate)(Device::new(Mood::Stuck));
        let what = refusal(model, &place, "300ms");
        assert!(
            what.contains("says it is off after it was switched on, for 300ms"),
            "{what}"
        );
    }
}

#[test]
fn a_wrong_password_is_found() {
    for model in MODELS.iter().filter(|model| model.locks) {
        let place = (model.emulate)(Device::new(Mood::Honest));
        assert!(place.contains(PASSWORD), "{place}");
        let what = refusal(model, &place.replace(PASSWORD, "open"), "300ms");
        let wanted = match model.name {
            // A wrong community is not answered.
            "apc-pdu" => "does not answer within",
            _ => "refuses the password",
        };
        assert!(what.contains(wanted), "{what}");
    }
}

#[test]
fn silence_ends_in_time() {
    for model in MODELS {
        let place = (model.emulate)(Device::new(Mood::Silent));
        let began = Instant::now();
        let what = refusal(model, &place, "200ms");
        assert!(began.elapsed() < Duration::from_secs(20), "{}", model.name);
        assert!(what.contains("answer"), "{what}");
    }
}

#[test]
fn an_outlet_that_is_not_there_is_told_by_check() {
    for model in MODELS {
        let place = (model.emulate)(Device::new(Mood::Honest));
        let told = supply(model.name, &place, model.outlets + 1, "1s")
            .err()
            .unwrap();
        let wanted = format!(
            "4: `outlet` is {} | a whole number from 1 to {}",
            model.outlets + 1,
            model.outlets
        );
        assert_eq!(told, wanted, "{}", model.name);
    }
}

#[test]
fn an_answer_that_tells_neither_on_nor_off_is_no_state() {
    let all = http::told(Device::new(Mood::Honest));
    let place = all.replace("read = \"GET /\"", "read = \"/relay?n=2&off\"");
    assert_ne!(place, all);
    let model = MODELS.iter().find(|model| model.name == "generic-http");
    let what = refusal(model.unwrap(), &place, "20s");
    assert!(
        what.contains("cannot be read back: the answer says neither on nor off: done"),
        "{what}"
    );
}

#[test]
fn a_relay_that_answers_nothing_is_taken_at_its_word() {
    for mood in [Mood::Honest, Mood::Stuck] {
        let device = Device::new(mood);
        let (place, heard) = pty::lcus1(device.clone());
        let mut power = supply("lctech-lcus1", &place, 2, "5s").unwrap();
        for on in [true, false] {
            let switched = if on { power.on() } else { power.off() };
            switched.unwrap();
            // Nothing else tells when the frame has arrived.
            assert_eq!(heard.recv_timeout(Duration::from_secs(60)).unwrap(), on);
            assert_eq!(device.is_on(2), on && mood == Mood::Honest);
            assert_eq!(power.is_on(), Some(on));
        }
    }
}
