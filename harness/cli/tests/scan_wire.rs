//! Scans over a wire that loses, drops and limits: two network namespaces of this computer. `cargo xtask ci` runs it.
//!
//! Takes root with `ip` and, for what it needs of them, `nft` and `tc`; what is missing is skipped with a word.

use nix::sched::{CloneFlags, setns};
use serde_json::Value;
use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const OPEN: [u16; 3] = [22, 443, 1900];
const DEVICE: &str = "10.77.0.2";

/// Two namespaces with a wire between them, and services in the second. Gone when dropped.
struct Wire {
    ours: String,
    device: String,
    /// One at a time: others would take the processor's time that is measured.
    _turn: MutexGuard<'static, ()>,
}

static TURN: Mutex<()> = Mutex::new(());

fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}, so nothing was shown");
}

fn ran(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    let command = command.args(args).stdin(Stdio::null());
    let output = command.output();
    output.is_ok_and(|it| it.status.success())
}

impl Wire {
    /// `None` where this process may not, or there is no `ip`.
    fn new(name: &str) -> Option<Self> {
        let id = std::process::id();
        let wire = Self {
            ours: format!("ph-{name}-a-{id}"),
            device: format!("ph-{name}-b-{id}"),
            _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner),
        };
        let (ours, device) = (wire.ours.clone(), wire.device.clone());
        let own = "10.77.0.1/24";
        let other = format!("{DEVICE}/24");
        let steps: [&[&str]; 9] = [
            &["netns", "add", &ours],
            &["netns", "add", &device],
            &[
                "-n", &ours, "link", "add", "wire", "type", "veth", "peer", "name", "wire",
                "netns", &device,
            ],
            &["-n", &ours, "addr", "add", own, "dev", "wire"],
            &["-n", &device, "addr", "add", &other, "dev", "wire"],
            &["-n", &ours, "link", "set", "wire", "up"],
            &["-n", &device, "link", "set", "wire", "up"],
            &["-n", &ours, "link", "set", "lo", "up"],
            &["-n", &device, "link", "set", "lo", "up"],
        ];
        if !steps.iter().all(|step| ran("ip", step)) {
            return None;
        }
        wire.serve();
        Some(wire)
    }

    /// Services on the device's side, for as long as this process lives: a thread may be in another namespace than
    /// the others, and those that it starts are there, too.
    fn serve(&self) {
        let namespace = File::open(format!("/run/netns/{}", self.device)).unwrap();
        let served = std::thread::spawn(move || {
            setns(namespace, CloneFlags::CLONE_NEWNET).unwrap();
            for port in OPEN {
                let listener = TcpListener::bind((DEVICE, port)).unwrap();
                std::thread::spawn(move || listener.incoming().for_each(drop));
            }
        });
        served.join().unwrap();
    }

    fn on_device(&self, command: &[&str]) -> bool {
        let netns = ["netns", "exec", self.device.as_str()];
        ran("ip", &[&netns[..], command].concat())
    }

    /// Puts a chain of rules between the device and the wire.
    fn rules(&self, hook: &str, rule: &str) -> bool {
        let chain = format!("{{ type filter hook {hook} priority 0; policy accept; }}");
        self.on_device(&["nft", "add", "table", "inet", "wire"])
            && self.on_device(&["nft", "add", "chain", "inet", "wire", hook, &chain])
            && self.on_device(&["nft", "add", "rule", "inet", "wire", hook, rule])
    }

    fn no_rules(&self) {
        assert!(self.on_device(&["nft", "delete", "table", "inet", "wire"]));
    }

    /// Of a hundred packets so many are lost, each way.
    fn loses(&self, percent: &str) -> bool {
        [&self.ours, &self.device].iter().all(|end| {
            let lossy = [
                "tc", "qdisc", "add", "dev", "wire", "root", "netem", "loss", percent,
            ];
            ran(
                "ip",
                &[&["netns", "exec", end.as_str()][..], &lossy].concat(),
            )
        })
    }

    fn scan(&self, args: &[&str]) -> (Value, Duration) {
        let begun = Instant::now();
        let mut command = Command::new("ip");
        command.args([
            "netns",
            "exec",
            &self.ours,
            env!("CARGO_BIN_EXE_proofhouse"),
        ]);
        let output = command.args(["scan", DEVICE, "--json"]).args(args).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{output:?}");
        (
            serde_json::from_slice(&output.stdout).unwrap(),
            begun.elapsed(),
        )
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        ran("ip", &["netns", "del", &self.ours]);
        ran("ip", &["netns", "del", &self.device]);
    }
}

fn open(told: &Value) -> Vec<u64> {
    let open = told["tcp"]["open"].as_array().unwrap().iter();
    open.map(|it| it["port"].as_u64().unwrap()).collect()
}

#[test]
fn ports_that_are_dropped_take_seconds_and_are_silent() {
    let Some(wire) = Wire::new("drop") else {
        return skipped("a wire between two namespaces takes root and `ip`");
    };
    if !wire.rules(
        "input",
        "tcp flags & (syn | ack) == syn tcp dport != { 22, 443, 1900 } drop",
    ) {
        return skipped("rules that drop take `nft`");
    }
    for args in [&[][..], &["--half-open"][..]] {
        let (told, took) = wire.scan(args);
        assert_eq!(open(&told), OPEN.map(u64::from), "{args:?}");
        assert_eq!(told["tcp"]["silent"].as_array().unwrap().len(), 65_532);
        assert_eq!(told["tcp"]["refused"], 0, "what is dropped is not closed");
        assert_eq!(told["tcp"]["half_open"], !args.is_empty());
        // How long it takes is measured elsewhere; a wait for each port would be hours.
        assert!(took < Duration::from_secs(120), "{args:?}: {took:?}");
    }
}

#[test]
fn every_open_port_is_found_in_20_of_20_scans_while_two_packets_of_a_hundred_are_lost() {
    let Some(wire) = Wire::new("loss") else {
        return skipped("a wire between two namespaces takes root and `ip`");
    };
    if !wire.loses("2%") {
        return skipped("a wire that loses packets takes `tc` with netem");
    }
    for scan in 0..20 {
        let args = &["--tcp", "1-2000", "--half-open"][..if scan % 2 == 0 { 2 } else { 3 }];
        let (told, _) = wire.scan(args);
        assert_eq!(open(&told), OPEN.map(u64::from), "scan {scan} {args:?}");
    }
}

#[test]
fn a_limit_of_refusals_is_told_and_no_silent_port_is_closed() {
    let Some(wire) = Wire::new("limit") else {
        return skipped("a wire between two namespaces takes root and `ip`");
    };
    let limit = "tcp flags & rst == rst limit rate over 100/second burst 100 packets drop";
    if !wire.rules("output", limit) {
        return skipped("rules that limit take `nft`");
    }
    for args in [
        &["--tcp", "1-3000"][..],
        &["--tcp", "1-3000", "--half-open"],
    ] {
        let (told, _) = wire.scan(args);
        assert_eq!(open(&told), OPEN.map(u64::from), "{args:?}");
        let silent = told["tcp"]["silent"].as_array().unwrap().len() as u64;
        assert!(silent > 0, "{args:?}: {told}");
        assert_eq!(told["tcp"]["refused"].as_u64().unwrap() + silent + 3, 3000);
        // A limit is told by a port that had refused: it has to have been silent, too.
        let refusing = &told["tcp"]["refusing"];
        assert!(refusing["silent"].as_u64() > Some(0), "{args:?}: {told}");
    }
    wire.no_rules();
    let (told, _) = wire.scan(&["--tcp", "1-3000"]);
    assert_eq!(told["tcp"]["limited"], false, "{told}");
    assert_eq!(told["tcp"]["refused"], 2997);
}
