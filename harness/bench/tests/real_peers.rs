//! Models of power switches against other people's programs: snmpsim and sinstruments, both of the Python index, and
//! mosquitto.
//!
//! Not part of `cargo test`, since a fresh machine lacks them (`test = false`): `pip install snmpsim pysmi
//! sinstruments`, `apt-get install mosquitto mosquitto-clients`.
//! `PROOFHOUSE_PYTHON` names a Python that has them, where `python3` is not the one. Without them the tests say so and
//! end.

use proofhouse_model::{Channel, UnitName};
use proofhouse_planner::read_bench;
use proofhouse_transport::open::Context;
use proofhouse_transport::power::{self, Power, Strips};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(60);

fn python() -> String {
    std::env::var("PROOFHOUSE_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Whether a module is there; says so where it is not.
fn has(module: &str) -> bool {
    let import = format!("import {module}");
    let mut command = Command::new(python());
    command.args(["-c", &import]).stderr(Stdio::null());
    let there = command.status().is_ok_and(|status| status.success());
    if !there {
        skipped(&format!("Python has no {module} here"));
    }
    there
}

fn skipped(why: &str) {
    let words = format!("skipped: {why}, so nothing was shown\n");
    std::io::stderr().write_all(words.as_bytes()).unwrap();
}

/// A simulator, which ends with this.
struct Simulator(Child);

impl Drop for Simulator {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn simulate(folder: &Path, args: &[&str]) -> Simulator {
    let mut command = Command::new(python());
    command
        .args(args)
        .current_dir(folder)
        .env("PYTHONPATH", folder);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Simulator(command.spawn().unwrap())
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    std::fs::create_dir(folder.path().join("p")).unwrap();
    folder
}

fn supply(folder: &Path, said: &str) -> Box<dyn Power> {
    let file = folder.join("bench.toml");
    let text = format!(
        "name = \"t\"\nprofile = \"p\"\n[unit.lamp]\npower = {{ driver = \"switch\", {said} }}\n"
    );
    std::fs::write(&file, text).unwrap();
    let bench = read_bench(&file).unwrap();
    let context = Context {
        unit: &UnitName::new("lamp").unwrap(),
        folder,
        console: Default::default(),
        debug: Default::default(),
        strips: &Strips::default(),
        made: None,
    };
    power::open(bench.units[0].wire(Channel::Power).unwrap(), &context).unwrap()
}

fn switches(power: &mut dyn Power) {
    for on in [false, true, true, false, true, false] {
        let switched = if on { power.on() } else { power.off() };
        switched.unwrap_or_else(|t| panic!("{t}"));
        assert_eq!(power.is_on(), Some(on));
    }
}

/// The simulator keeps what is written to an object, so the model is read back where it is written, which the MIB of
/// the maker allows as well.
#[test]
fn snmpsim_is_switched_in_both_versions() {
    if !has("snmpsim.commands.responder") {
        return;
    }
    let folder = folder();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let object = |n: u8| format!("1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.{n}|2:writecache|value=2\n");
    std::fs::write(data.join("lab.snmprec"), object(1) + &object(2)).unwrap();
    let model =
        include_str!("../../transport/switches/apc-pdu.toml").replace(".3.5.1.1.4.", ".3.3.1.1.4.");
    for version in ["1", "2c"] {
        let model = model.replace("version = \"1\"", &format!("version = \"{version}\""));
        std::fs::write(folder.path().join(format!("v{version}.toml")), model).unwrap();
    }
    let free = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let place = format!("--agent-udpv4-endpoint=127.0.0.1:{port}");
    let run = "from snmpsim.commands.responder import main; main()";
    let user = Command::new("id").arg("-un").output().unwrap().stdout;
    let user = String::from_utf8(user).unwrap().trim().to_owned();
    let group = Command::new("id").arg("-gn").output().unwrap().stdout;
    let group = String::from_utf8(group).unwrap().trim().to_owned();
    let (user, group) = (
        format!("--process-user={user}"),
        format!("--process-group={group}"),
    );
    let args = [
        "-c",
        run,
        "--data-dir=data",
        "--cache-dir=cache",
        &place,
        &user,
        &group,
    ];
    let _simulator = simulate(folder.path(), &args);
    let said = |version: &str, outlet: u8, community: &str, within: &str| {
        format!(
            "model = \"./v{version}.toml\", address = \"127.0.0.1\", port = {port}, outlet = {outlet}, \
             password = \"{community}\", within = \"{within}\""
        )
    };
    for version in ["1", "2c"] {
        let mut power = supply(folder.path(), &said(version, 2, "lab", "60s"));
        // It may not have begun to listen.
        let until = Instant::now() + LONG;
        while power.off().is_err() {
            assert!(Instant::now() < until, "snmpsim does not answer");
        }
        switches(&mut *power);
        let mut shut_out = supply(folder.path(), &said(version, 2, "other", "500ms"));
        let trouble = shut_out.on().unwrap_err();
        assert!(
            trouble.what.contains("does not answer within 500ms"),
            "{trouble}"
        );
        let mut absent = supply(folder.path(), &said(version, 9, "lab", "5s"));
        let trouble = absent.on().unwrap_err();
        assert!(trouble.what.contains("outlet 9 of the APC"), "{trouble}");
    }
}

const SUPPLY: &str = r#"
from sinstruments.simulator import BaseDevice


class Supply(BaseDevice):
    lit = set()

    def handle_message(self, line):
        line = line.decode().strip()
        channel = line[line.index("@") + 1 : -1]
        if line.startswith("OUTP? "):
            return b"%d\n" % (channel in self.lit)
        if line.startswith("OUTP ON,"):
            self.lit.add(channel)
        if line.startswith("OUTP OFF,"):
            self.lit.discard(channel)
"#;

#[test]
fn a_supply_of_sinstruments_is_switched() {
    if !has("sinstruments.simulator") {
        return;
    }
    let folder = folder();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let devices = format!(
        "{{\"devices\": [{{\"class\": \"Supply\", \"package\": \"labsupply\", \"name\": \"s\", \
         \"transports\": [{{\"type\": \"tcp\", \"url\": \"127.0.0.1:{port}\"}}]}}]}}"
    );
    std::fs::write(folder.path().join("labsupply.py"), SUPPLY).unwrap();
    std::fs::write(folder.path().join("devices.json"), devices).unwrap();
    let args = ["-m", "sinstruments", "-c", "devices.json"];
    let _simulator = simulate(folder.path(), &args);
    let until = Instant::now() + LONG;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        assert!(Instant::now() < until, "sinstruments does not listen");
        std::thread::yield_now();
    }
    let said = format!(
        "model = \"keysight-scpi\", address = \"127.0.0.1\", port = {port}, outlet = 3, within = \"60s\""
    );
    switches(&mut *supply(folder.path(), &said));
}

/// Where Debian has programs that are no user's.
fn mosquitto() -> Option<&'static str> {
    let places = ["mosquitto", "/usr/sbin/mosquitto"];
    places.into_iter().find(|place| {
        let mut command = Command::new(place);
        command
            .arg("-h")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok()
    })
}

/// A Tasmota made of mosquitto's own clients: each message that it hears is answered by one that is to be kept. The
/// thread ends when the last answer is given.
fn be_a_tasmota(port: &str) -> (Simulator, JoinHandle<()>) {
    let to = |name: &str| {
        let mut command = Command::new(name);
        command.args(["-h", "127.0.0.1", "-p", port, "-q", "1"]);
        command
    };
    let mut hears = to("mosquitto_sub");
    hears.args(["-t", "cmnd/plug/#", "-F", "%p"]);
    let mut hears = hears.stdout(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(hears.stdout.take().unwrap());
    let mut says = to("mosquitto_pub");
    says.args(["-r", "-t", "stat/plug/POWER1", "-m"]);
    let program = says.get_program().to_owned();
    let args: Vec<_> = says.get_args().map(ToOwned::to_owned).collect();
    let answers = std::thread::spawn(move || {
        let mut state = "OFF".to_owned();
        for line in said.lines() {
            let Ok(line) = line else { break };
            if !line.is_empty() {
                state = line;
            }
            let mut says = Command::new(&program);
            says.args(&args).arg(&state);
            assert!(says.status().unwrap().success());
        }
    });
    (Simulator(hears), answers)
}

#[test]
fn a_switch_behind_mosquitto_is_switched_and_what_mosquitto_keeps_is_not_believed() {
    let clients = ["mosquitto_sub", "mosquitto_pub"].into_iter().all(|name| {
        let mut command = Command::new(name);
        command
            .arg("--help")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok()
    });
    let (Some(program), true) = (mosquitto(), clients) else {
        return skipped("there is no mosquitto with mosquitto-clients here");
    };
    let folder = folder();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let settings = format!("listener {port} 127.0.0.1\nallow_anonymous true\n");
    let file = folder.path().join("mosquitto.conf");
    std::fs::write(&file, settings).unwrap();
    let mut broker = Command::new(program);
    broker.arg("-c").arg(&file);
    broker.stdout(Stdio::null()).stderr(Stdio::null());
    let _broker = Simulator(broker.spawn().unwrap());
    let until = Instant::now() + LONG;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        assert!(Instant::now() < until, "mosquitto does not listen");
        std::thread::yield_now();
    }
    let (tasmota, answers) = be_a_tasmota(&port.to_string());
    let said = |within: &str| {
        format!(
            "model = \"tasmota-mqtt\", broker = \"127.0.0.1\", port = {port}, device = \"plug\", outlet = 1, \
             within = \"{within}\""
        )
    };
    let mut power = supply(folder.path(), &said("60s"));
    // It is asked until it has begun to listen.
    switches(&mut *power);
    power.on().unwrap();
    drop(tasmota);
    answers.join().unwrap();
    let trouble = supply(folder.path(), &said("2s")).on().unwrap_err();
    assert!(
        trouble.what.contains("nothing came on stat/plug/POWER1")
            && trouble.what.contains("had kept from before"),
        "{trouble}"
    );
}
