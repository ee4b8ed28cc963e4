//! A device that is not there.

use crate::lab::Lab;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

const CASE: &str = r#""""Asks a unit for its page."""

case(provisions = ["5.6-1"], needs = ["power", "lan"], per = "unit", within = "1m")

def run(bench: Bench):
    bench.power.on()
    page = bench.lan.http("GET", "/", port = PORT, tls = False, within = "2s")
    check.true(page.status == 200, holds = "it gave a page", otherwise = "it gave no page")
"#;

const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A unit with a relay, and the address at which it should be.
fn unit(n: u8) -> String {
    let line = |to: &str| format!(r#"["./relay", "box-{n}", "{to}", "0", "works"]"#);
    let (on, off) = (line("on"), line("off"));
    format!(
        "[unit.box-{n}]\npower = {{ driver = \"command\", on = {on}, off = {off} }}\n\
         lan = {{ driver = \"ip\", address = \"127.77.140.{n}\" }}\n"
    )
}

/// Answers each request with an empty page, for good.
fn serve(listener: &TcpListener) {
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let _ = lines
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
            .count();
        let _ = stream.write_all(PAGE);
    }
}

/// daq#102 and testrun#140: a device that was not there, or was stuck, left its run in progress for good. Nobody
/// answers for box-1; the run ends, says so by its name, and has done the other box.
#[test]
fn daq_102_testrun_140_a_run_with_an_absent_device_ends_and_names_it() {
    // It takes calls, as the system does for it, and never answers.
    let silent = TcpListener::bind(("127.77.140.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let answers = TcpListener::bind(("127.77.140.2", port)).unwrap();
    std::thread::spawn(move || serve(&answers));
    let lab = Lab::of(&(unit(1) + &unit(2)));
    let case = CASE.replace("PORT", &port.to_string());
    std::fs::write(lab.at("suite/cases/stays_on.star"), case).unwrap();
    let ended = lab.run().ends();
    assert_eq!(ended.code, Some(3), "{}\n{}", ended.out, ended.err);
    assert!(lab.journal().contains(r#""is":"run-ended""#));
    let report = std::fs::read(lab.only_run().join("report.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["run"]["end"], "finished");
    let tasks = report["products"][0]["tasks"].as_array().unwrap();
    let of = |unit: &str| {
        let task = tasks.iter().find(|task| task["units"][0] == unit).unwrap();
        (
            task["verdict"].as_str().unwrap(),
            task["why"].as_str().unwrap(),
        )
    };
    let (verdict, why) = of("box-1");
    assert_eq!(verdict, "inconclusive", "{why}");
    assert!(why.contains("127.77.140.1"), "{why}");
    assert_eq!(of("box-2").0, "pass", "{}", of("box-2").1);
    lab.nothing_is_on();
}
