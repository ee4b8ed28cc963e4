//! Units on one power switch: a stand-in of a lab's own model that takes one call at a time and wants a password.

use crate::lab::{Lab, Run};
use nix::sys::signal::Signal;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long an outlet may take to say that it is on, as the bench files of these tests have it.
const WITHIN: Duration = Duration::from_secs(20);
const TIRES: Duration = Duration::from_millis(500);
/// A file in the lab's folder: where it is, the switch never says that an outlet is on.
const SLOW_TO_SAY: &str = "slow-to-say";
const PASSWORD: &str = "oyster-17";
/// `admin` and that, as basic authentication writes it.
const LETS_IN: &str = "YWRtaW46b3lzdGVyLTE3";

const MODEL: &str = r#"maker = "Odd"
model = "Strip"
outlets = 2

[http]
auth = "basic"
user = "admin"

[on]
get = "/{outlet}/on"

[off]
get = "/{outlet}/off"

[state]
get = "/{outlet}"
on = "on"
off = "off"
"#;

/// Two units on it, and their lab.
fn lab() -> Lab {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let within = WITHIN.as_secs();
    let unit = |n| {
        format!(
            "[unit.box-{n}]\npower = {{ driver = \"switch\", model = \"./strip.toml\", address = \"127.0.0.1\", \
             port = {port}, outlet = {n}, password = \"{PASSWORD}\", within = \"{within}s\" }}\n"
        )
    };
    let lab = Lab::of(&(unit(1) + &unit(2)));
    std::fs::write(lab.at("strip.toml"), MODEL).unwrap();
    let (told, folder) = (lab.at("told"), lab.at("."));
    std::thread::spawn(move || {
        let mut told = OpenOptions::new().write(true).open(told).unwrap();
        for stream in listener.incoming() {
            serve(stream.unwrap(), &folder, &mut told);
        }
    });
    lab
}

/// One call. A caller that is killed meanwhile does not end it; of one that says nothing the switch tires.
fn serve(mut stream: TcpStream, folder: &Path, told: &mut impl Write) -> Option<()> {
    stream.set_read_timeout(Some(TIRES)).ok()?;
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let line = lines.next()?.ok()?;
    let head: Vec<_> = lines
        .map_while(Result::ok)
        .take_while(|l| !l.is_empty())
        .collect();
    let mut parts = line
        .strip_prefix("GET /")?
        .strip_suffix(" HTTP/1.1")?
        .split('/');
    let (name, to) = (format!("box-{}", parts.next()?), parts.next());
    let (status, said) = match head.iter().any(|l| l.ends_with(LETS_IN)) {
        false => ("401 Unauthorized", "no"),
        true => {
            let lit = folder.join(format!("{name}.lit"));
            match to {
                Some("on") => std::fs::write(&lit, "").ok()?,
                Some(_) => drop(std::fs::remove_file(&lit)),
                None => {}
            }
            let lit = lit.exists() && (to.is_some() || !folder.join(SLOW_TO_SAY).exists());
            let is = if lit { "on" } else { "off" };
            match to {
                Some(_) => writeln!(told, "{name} is {is}").ok()?,
                None => writeln!(told, "asked for {name}").ok()?,
            }
            ("200 OK", is)
        }
    };
    let length = said.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{said}"
    )
    .ok()
}

#[test]
fn killed_it_is_off_by_its_guard_and_resume_wants_the_same_model() {
    let lab = lab();
    lab.is_off_once_killed();
    lab.nothing_is_on();
    std::fs::write(
        lab.at("strip.toml"),
        MODEL.replace("outlets = 2", "outlets = 3"),
    )
    .unwrap();
    let ended = lab.resume().ends();
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    let words = "the model of a power switch was changed since the run was planned";
    assert!(ended.err.contains(words), "{}", ended.err);
    std::fs::write(lab.at("strip.toml"), MODEL).unwrap();
    let resumed = lab.resume();
    lab.wait_for(&["box-1 is on", "box-2 is on"]);
    resumed.signal(Signal::SIGINT);
    let ended = resumed.ends();
    assert_eq!(ended.code, Some(130), "{}", ended.err);
    assert!(
        ended.err.contains("its guard switched off box-1, box-2"),
        "{}",
        ended.err
    );
    lab.nothing_is_on();
    let plan = std::fs::read_to_string(lab.only_run().join("plan.json")).unwrap();
    assert!(plan.contains("/{outlet}/on"), "the plan holds the model");
    for text in [plan, lab.journal(), ended.out, ended.err] {
        assert!(!text.contains(PASSWORD));
    }
}

#[test]
fn stopped_it_is_off_by_its_guard() {
    let lab = lab();
    let run = lab.run();
    lab.wait_for(&["box-1 is on", "box-2 is on"]);
    is_off_while_stopped(&lab, run);
}

/// The harness asks the switch again and again when it is stopped, and when it wakes.
#[test]
fn stopped_while_it_waits_for_a_switch_to_say_that_it_is_on_it_ends_when_it_wakes() {
    let lab = lab();
    std::fs::write(lab.at(SLOW_TO_SAY), "").unwrap();
    let run = lab.run();
    lab.wait_for(&["box-1 is on", "box-2 is on"]);
    lab.wait_for(&["asked for box-1", "asked for box-2"]);
    is_off_while_stopped(&lab, run);
}

fn is_off_while_stopped(lab: &Lab, run: Run) {
    run.signal(Signal::SIGSTOP);
    lab.wait_for(&["box-1 is off", "box-2 is off"]);
    run.signal(Signal::SIGCONT);
    let start = Instant::now();
    assert_eq!(run.ends().code, Some(3));
    // A supply that was being switched on is not waited for, for as long as it may take to say so.
    assert!(start.elapsed() < WITHIN);
    lab.nothing_is_on();
}

#[test]
fn a_password_that_is_wrong_ends_the_case_as_trouble_of_the_bench() {
    let lab = lab();
    let bench = std::fs::read_to_string(lab.at("bench.toml")).unwrap();
    std::fs::write(lab.at("bench.toml"), bench.replace(PASSWORD, "clam-17")).unwrap();
    let ended = lab.run().ends();
    // Whether it is on cannot be said, either.
    assert_eq!(ended.code, Some(4), "{}\n{}", ended.out, ended.err);
    let journal = lab.journal();
    for words in [
        "outlet 1 of the Odd switch at 127.0.0.1",
        "refuses the password of `admin`",
    ] {
        assert!(journal.contains(words), "{journal}");
    }
    lab.nothing_is_on();
}
