//! A product we did not make: a Linux box with a login console on its own USB, cookies, no debug port, in Python, by
//! somebody who had the README alone. The same cases must run on it, and tell good from bad. Here it is worked over
//! ordinary drivers; as a virtual product, with all its defects, it is tried by `prove`.
//!
//! Not part of `cargo test`, since a fresh machine may lack python3 and openssl. `cargo xtask ci` runs this target by
//! name, and there a missing program is a failure.

mod tool;

#[path = "stranger/operator.rs"]
mod operator;

use libtest_mimic::{Arguments, Failed, Trial};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use tool::RunDir;

/// Where the box lives in the checkout.
const BOX: &str = "fixtures/strangers/acme-box";
const UNITS: [&str; 2] = ["box-1", "box-2"];
const QUICK: [&str; 5] = [
    "tls_https",
    "open_ports",
    "factory_reset",
    "brute_force",
    "update_rollback",
];

fn main() -> ExitCode {
    if let Some(child) = proofhouse::children::dispatch() {
        return child;
    }
    let mut args = Arguments::from_args();
    args.test_threads = Some(args.test_threads.unwrap_or(2));
    let bad = |number, defect, case, fails| {
        let name = format!("stranger::{defect}");
        Trial::test(name, move || fails_where(number, defect, case, fails))
    };
    let crossed = |number, wire: &'static str, pairs, says| {
        let name = format!("stranger::crossed_{wire}");
        Trial::test(name, move || crossed_wires(number, pairs, says))
    };
    let mut trials = vec![
        crossed(
            4,
            "consoles",
            &[("units/box-1/tty", "units/box-2/tty")],
            "box-1 does not say who it is",
        ),
        crossed(
            5,
            "supplies",
            &[
                ("\"on\", \"box-1\"", "\"on\", \"box-2\""),
                ("\"off\", \"box-1\"", "\"off\", \"box-2\""),
            ],
            "box-1 does not come up",
        ),
        Trial::test("stranger::honest", honest),
        Trial::test("stranger::beside_the_plug", beside_the_plug),
        bad(1, "keeps-password-on-reset", "factory_reset", "5.11-1"),
        Trial::test("stranger::nothing_but_an_address", nothing_but_an_address),
        Trial::test("stranger::found_set_up", found_set_up),
        Trial::test("stranger::slow_is_not_restarted", slow_is_not_restarted),
        Trial::test("stranger::neighbours_hide_ports", neighbours_hide_ports),
        on_the_network(11, "keeps-password-on-reset", "factory_reset", &["5.11-1"]),
        on_the_network(12, "old-tls", "tls_https", &["5.1-3", "5.5-1"]),
        on_the_network(13, "open-ftp", "open_ports", &["5.6-1"]),
        on_the_network(14, "no-lockout", "brute_force", &["5.1-5"]),
    ];
    trials.extend(operator::trials());
    match libtest_mimic::run(&args, trials).has_failed() {
        true => ExitCode::from(101),
        false => ExitCode::SUCCESS,
    }
}

/// Cases that come to a verdict where a lab has nothing of the boxes but their addresses.
const ON_THE_NETWORK: [&str; 14] = [
    "factory_reset",
    "fuzz_https",
    "logins_found",
    "open_ports",
    "password_after_reset",
    "password_change",
    "password_forced",
    "ports_after_update",
    "tls_https",
    "tls_key_of_next_owner",
    "tls_once_owned",
    "tls_unique_key",
    "update_rollback",
    "update_tamper",
];

/// The whole suite on boxes that somebody else switched on: what needs no cut comes to a verdict, what it cannot rule
/// out is told, and whatever rests on a cut is not shown. The boxes are on afterwards.
fn nothing_but_an_address() -> Result<(), Failed> {
    let bench = TwoBoxes::on_the_network(10, None)?;
    let checked = tool::proofhouse(&["check", "--bench", &bench.lan_file()])?;
    for said in [
        "box-1, box-2 are not switched by this bench",
        "left out: power_loss: no production unit suits it: box-1 has no power; box-2 has no power",
        "left out: update_power_cut: ",
        "left out: fuzz_console: no production unit suits it: box-1 has no console",
        "left out: default_passwords: no production unit suits it: box-1 has no label",
    ] {
        if !checked.out.contains(said) {
            return Err(format!("check does not say `{said}`\n{}", checked.out).into());
        }
    }
    let run = RunDir::run(&["--bench", &bench.lan_file(), "--seed", "7"])?;
    let page = format!("{}\n{}", run.ran.out, run.ran.err);
    let report: serde_json::Value =
        serde_json::from_str(&run.text("report.json")?).map_err(|e| e.to_string())?;
    let tasks = report["products"][0]["tasks"].as_array();
    let tasks = tasks.ok_or_else(|| format!("no tasks in the report\n{page}"))?;
    let of = |verdict: &str| -> Vec<&str> {
        let tasks = tasks.iter().filter(|t| t["verdict"] == verdict);
        let mut names: Vec<_> = tasks.filter_map(|t| t["case"].as_str()).collect();
        names.sort_unstable();
        names
    };
    // Nobody can tell how guesses at the installer's code are limited who does not know the label.
    let undecided = ["brute_force"];
    // The exit code is that of provisions whose only cases a bench without a supply leaves out.
    let all = ON_THE_NETWORK.len() + undecided.len();
    if of("pass") != ON_THE_NETWORK
        || of("inconclusive") != undecided
        || tasks.len() != all
        || run.ran.code != 3
    {
        return Err(format!("exit {}\n{page}", run.ran.code).into());
    }
    let limited = |case: &str| {
        let task = tasks.iter().find(|t| t["case"] == case);
        task.is_some_and(|t| t["cannot_rule_out"].is_array())
    };
    let silent = [
        "ports_after_update",
        "tls_https",
        "tls_key_of_next_owner",
        "tls_once_owned",
        "tls_unique_key",
    ];
    for case in ON_THE_NETWORK.iter().filter(|c| !silent.contains(c)) {
        if !limited(case) {
            return Err(format!("{case} does not say what it cannot rule out\n{page}").into());
        }
    }
    if !page.contains("CANNOT BE RULED OUT ON THIS BENCH") {
        return Err(format!("the summary does not say what was not ruled out\n{page}").into());
    }
    bench.is_on()
}

/// A box that somebody set up before the run: nobody knows the password. With a button that a program presses, or a
/// person who could be asked on a terminal: without one no run begins, unless it does without them.
fn found_set_up() -> Result<(), Failed> {
    let bench = TwoBoxes::on_the_network(15, None)?;
    let text = std::fs::read_to_string(bench.lan_file()).map_err(|e| e.to_string())?;
    let press = |unit: &str| {
        let relay = bench.relay.display();
        format!(
            r#"reset = {{ driver = "command", press = ["python3", "{relay}", "units.json", "reset", "{unit}"] }}"#
        )
    };
    let asks = |_: &str| {
        r#"reset = { driver = "operator", say = "hold the button", within = "2s" }"#.to_owned()
    };
    let none = |_: &str| String::new();
    let alone: &[&str] = &["--no-operator"];
    let ways: [(&dyn Fn(&str) -> String, &[&str], i32, &str); 4] = [
        (&none, &[], 3, "`factory_reset` was refused"),
        (
            &asks,
            &[],
            2,
            "reset by a person, who is asked on the terminal, and there is none",
        ),
        (&asks, alone, 3, "`factory_reset` was refused"),
        (&press, &[], 0, "1 planned case, all passed"),
    ];
    for (reset, more, code, says) in ways {
        bench.set_up_by_somebody(&text, reset)?;
        let file = bench.lan_file();
        let args = ["--bench", file.as_str(), "--case", "password_forced"];
        let run = RunDir::run(&[&args[..], more].concat())?;
        let page = format!("{}\n{}", run.ran.out, run.ran.err);
        let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
        if run.ran.code != code || !flat.contains(says) {
            return Err(format!("exit {}, or no `{says}`\n{page}", run.ran.code).into());
        }
        // Nothing was begun: there is no folder of a run.
        if (code == 2) != run.path().is_err() {
            return Err(format!("exit {code}, and a run folder or none\n{page}").into());
        }
        if !more.is_empty() && !page.contains("nobody is asked to reset") {
            return Err(format!("the summary does not say that nobody was asked\n{page}").into());
        }
    }
    Ok(())
}

/// A box that takes 300 ms to be found ready, and whose button to restart does nothing: who waits for less takes it for
/// gone and back, and says of a start that never was what it would have shown.
fn slow_is_not_restarted() -> Result<(), Failed> {
    let bench = TwoBoxes::on_the_network(16, None)?;
    let profile = bench.folder.path().join("profile");
    copy(&tool::root().join(BOX).join("profile"), &profile)?;
    let script = profile.join("device.star");
    let quick = std::fs::read_to_string(&script).map_err(|e| e.to_string())?;
    let slow = quick
        .replace(
            "    bench.until(lambda: bench.lan.http(\"GET\", \"/status\", WEB)",
            concat!(
                "    start = bench.now_ms\n    bench.until(lambda: bench.now_ms - start > 300 and ",
                "bench.lan.http(\"GET\", \"/status\", WEB)",
            ),
        )
        .replace(
            "return press(bench, owner, \"/restart\")",
            "bench.lan.http(\"GET\", \"/status\", WEB)\n    return accepted()",
        );
    if slow.matches("bench.now_ms - start > 300").count() != 1 || slow.contains("\"/restart\"") {
        return Err("the box's script has changed, and this test with it".into());
    }
    std::fs::write(&script, slow).map_err(|e| e.to_string())?;
    let file = bench.lan_file();
    let text = std::fs::read_to_string(&file).map_err(|e| e.to_string())?;
    let theirs = text.lines().find(|line| line.starts_with("profile ="));
    let text = text.replace(theirs.unwrap_or_default(), "profile = \"profile\"");
    std::fs::write(&file, text).map_err(|e| e.to_string())?;
    let run = RunDir::run(&["--bench", &file, "--case", "password_forced"])?;
    match run
        .text("report.json")?
        .contains("the bench cannot make it start")
    {
        true => Ok(()),
        false => Err(format!("a start that never was is claimed\n{}", run.ran.out).into()),
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Failed> {
    std::fs::create_dir(to).map_err(|e| e.to_string())?;
    for entry in std::fs::read_dir(from).map_err(|e| e.to_string())? {
        let entry = entry.map_err(|e| e.to_string())?;
        let into = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &into)?,
            false => drop(std::fs::copy(entry.path(), into).map_err(|e| e.to_string())?),
        }
    }
    Ok(())
}

fn on_the_network(
    number: u32,
    defect: &'static str,
    case: &'static str,
    fails: &'static [&'static str],
) -> Trial {
    Trial::test(format!("stranger::{defect}_on_the_network"), move || {
        let bench = TwoBoxes::on_the_network(number, Some(defect))?;
        let run = RunDir::run(&["--bench", &bench.lan_file(), "--seed", "7", "--case", case])?;
        failed_at(&run, fails)?;
        bench.is_on()
    })
}

/// A port that still answers while the unit is off is a neighbour's at the same address: nobody knows what the unit
/// has there.
fn neighbours_hide_ports() -> Result<(), Failed> {
    let bench = TwoBoxes::new(17, None)?;
    let file = std::fs::read_to_string(bench.folder.path().join("bench.toml"));
    let file = file.map_err(|e| e.to_string())?;
    let words = file.split('"').filter_map(|w| w.parse::<Ipv4Addr>().ok());
    let neighbours: Result<Vec<_>, _> = words.map(|a| TcpListener::bind((a, 9555))).collect();
    let neighbours = neighbours.map_err(|e| e.to_string())?;
    let run = bench.run(&["open_ports"])?;
    let page = run.ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "INCONCLUSIVE open_ports",
        "has no undeclared service on TCP 9555",
    ] {
        if neighbours.len() != UNITS.len() || run.ran.code != 3 || !page.contains(said) {
            return Err(format!("exit {}, no `{said}`\n{}", run.ran.code, run.ran.out).into());
        }
    }
    bench.is_off()
}

fn honest() -> Result<(), Failed> {
    let bench = TwoBoxes::new(0, None)?;
    let run = bench.run(&QUICK)?;
    let shown = || format!("{}\n{}", run.ran.out, run.ran.err);
    let all = format!("{} planned cases, all passed", QUICK.len());
    if run.ran.code != 0 || !run.ran.out.contains(&all) {
        return Err(format!("exit {} instead of 0\n{}", run.ran.code, shown()).into());
    }
    bench.is_off()
}

/// Two products in one run: each has results of its own, and what one does wrong fails itself alone.
fn beside_the_plug() -> Result<(), Failed> {
    const CASES: [&str; 2] = ["factory_reset", "default_passwords"];
    let outcomes = |run: &RunDir| -> Result<Vec<(String, String)>, Failed> {
        let report: serde_json::Value =
            serde_json::from_str(&run.text("report.json")?).map_err(|e| e.to_string())?;
        let products = report["products"].as_array().ok_or("no products")?;
        let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
        Ok(products
            .iter()
            .map(|p| (text(&p["id"]), text(&p["outcome"])))
            .collect())
    };
    for (number, of_box, of_plug, wanted) in [
        (6, None, None, ["passed", "passed"]),
        (
            7,
            Some("keeps-password-on-reset"),
            None,
            ["failed", "passed"],
        ),
        (
            8,
            None,
            Some("plug:reset-keeps-login"),
            ["passed", "failed"],
        ),
    ] {
        let bench = TwoBoxes::new(number, of_box)?;
        let file = bench.with_plugs()?;
        let mut args = vec!["--bench", file.as_str(), "--seed", "7"];
        CASES.iter().for_each(|case| args.extend(["--case", case]));
        args.extend(of_plug.iter().flat_map(|d| ["--defect", d]));
        let run = RunDir::run(&args)?;
        let names = ["box", "plug"].map(str::to_owned);
        let wanted: Vec<_> = names.into_iter().zip(wanted.map(str::to_owned)).collect();
        let got = outcomes(&run)?;
        let code = i32::from(wanted.iter().any(|(_, outcome)| outcome == "failed"));
        if got != wanted || run.ran.code != code {
            let page = format!("{}\n{}", run.ran.out, run.ran.err);
            return Err(format!("exit {}, {got:?} for {wanted:?}\n{page}", run.ran.code).into());
        }
        for (suite, failures, _) in run.suites()? {
            let failed = wanted
                .iter()
                .any(|(p, o)| o == "failed" && suite.ends_with(&format!("({p})")));
            if failures > 0 && !failed {
                return Err(format!("{suite} failed for what the other product did").into());
            }
        }
        bench.is_off()?;
    }
    Ok(())
}

fn fails_where(number: u32, defect: &str, case: &str, fails: &str) -> Result<(), Failed> {
    let bench = TwoBoxes::new(number, Some(defect))?;
    let run = bench.run(&[case])?;
    failed_at(&run, &[fails])?;
    bench.is_off()
}

/// The run failed at these provisions, and at no other.
fn failed_at(run: &RunDir, fails: &[&str]) -> Result<(), Failed> {
    let wanted: Vec<String> = fails.iter().map(|id| format!("EN303645 {id}")).collect();
    let shown = || format!("{}\n{}", run.ran.out, run.ran.err);
    let suites = run.suites()?.into_iter();
    let failed: Vec<String> = suites
        .filter(|(name, failures, _)| *failures > 0 && name.starts_with("EN303645 "))
        .map(|(name, ..)| name)
        .collect();
    if run.ran.code != 1 || failed != wanted {
        let code = run.ran.code;
        return Err(format!("exit {code}, failed {failed:?} for {fails:?}\n{}", shown()).into());
    }
    Ok(())
}

/// Wires of the two boxes exchanged in the bench file: the case is not begun, and what it would have done is not
/// judged.
fn crossed_wires(number: u32, pairs: &[(&str, &str)], says: &str) -> Result<(), Failed> {
    let bench = TwoBoxes::new(number, None)?;
    let file = bench.folder.path().join("bench.toml");
    let mut text = std::fs::read_to_string(&file).map_err(|e| e.to_string())?;
    for (one, other) in pairs {
        if !text.contains(one) || !text.contains(other) {
            return Err(format!("the bench file has no `{one}` and `{other}` any more").into());
        }
        text = text
            .replace(one, "\0")
            .replace(other, one)
            .replace('\0', other);
    }
    std::fs::write(&file, text).map_err(|e| e.to_string())?;
    let run = bench.run(&["factory_reset"])?;
    let page = run.ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    if run.ran.code != 3 || !page.contains(says) {
        let code = run.ran.code;
        return Err(format!(
            "exit {code}, or no `{says}`\n{}\n{}",
            run.ran.out, run.ran.err
        )
        .into());
    }
    if run.text("events.jsonl")?.contains("\"is\":\"checked\"") {
        return Err("something was judged on crossed wires".into());
    }
    bench.is_off()
}

/// The committed bench, moved to a folder and addresses of its own.
struct TwoBoxes {
    folder: tempfile::TempDir,
    relay: PathBuf,
}

impl TwoBoxes {
    fn new(number: u32, defect: Option<&str>) -> Result<Self, Failed> {
        for program in ["python3", "openssl"] {
            let version = Command::new(program).arg("--help").output();
            version.map_err(|e| format!("needs `{program}`: apt-get install {program} ({e})"))?;
        }
        let home = tool::root()
            .join(BOX)
            .canonicalize()
            .map_err(|e| e.to_string())?;
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let relay = home.join("device/relay.py");
        let to = free_addresses(number)?;
        for name in ["bench.toml", "lan-only.toml", "units.json"] {
            let text = std::fs::read_to_string(home.join(name)).map_err(|e| e.to_string())?;
            let text = text
                .replace("127.83.0.1", &to[0].to_string())
                .replace("127.83.0.2", &to[1].to_string())
                .replace(
                    "\"profile\"",
                    &format!("{:?}", home.join("profile").display().to_string()),
                )
                .replace("device/relay.py", &relay.display().to_string());
            std::fs::write(folder.path().join(name), text).map_err(|e| e.to_string())?;
        }
        if let Some(defect) = defect {
            for unit in UNITS {
                let flash = folder.path().join("units").join(unit);
                std::fs::create_dir_all(&flash).map_err(|e| e.to_string())?;
                std::fs::write(flash.join("defects"), defect).map_err(|e| e.to_string())?;
            }
        }
        Ok(Self { folder, relay })
    }

    /// The same, already on, and for whoever has their addresses alone.
    fn on_the_network(number: u32, defect: Option<&str>) -> Result<Self, Failed> {
        let boxes = Self::new(number, defect)?;
        for unit in UNITS {
            let switched = boxes.switch("on", unit).map_err(|e| e.to_string())?;
            if !switched.success() {
                return Err(format!("{unit} cannot be switched on: {switched}").into());
            }
        }
        Ok(boxes)
    }

    fn lan_file(&self) -> String {
        self.folder
            .path()
            .join("lan-only.toml")
            .display()
            .to_string()
    }

    /// Somebody set both up before the run, and nobody knows the password. Beside what `text` says, the bench file says
    /// of each what resets it.
    fn set_up_by_somebody(&self, text: &str, reset: &dyn Fn(&str) -> String) -> Result<(), Failed> {
        let somebody = r#"{"web": {"salt": "00", "hash": "11"}}"#;
        for unit in UNITS {
            let kept = self
                .folder
                .path()
                .join("units")
                .join(unit)
                .join("config.json");
            self.switch("off", unit).map_err(|e| e.to_string())?;
            std::fs::write(kept, somebody).map_err(|e| e.to_string())?;
            self.switch("on", unit).map_err(|e| e.to_string())?;
        }
        let with = UNITS.iter().fold(text.to_owned(), |text, unit| {
            let head = format!("[unit.{unit}]");
            text.replace(&head, &format!("{head}\n{}", reset(unit)))
        });
        Ok(std::fs::write(self.lan_file(), with).map_err(|e| e.to_string())?)
    }

    fn switch(&self, to: &str, unit: &str) -> std::io::Result<std::process::ExitStatus> {
        let units = self.folder.path().join("units.json");
        let words = [units.as_os_str(), to.as_ref(), unit.as_ref()];
        Command::new("python3")
            .arg(&self.relay)
            .args(words)
            .status()
    }

    /// What the bench does not switch is as it was.
    fn is_on(&self) -> Result<(), Failed> {
        match self.is_off() {
            Ok(()) => Err("the boxes are off after the run, which nobody could switch".into()),
            Err(_) => Ok(()),
        }
    }

    /// The committed bench of both products, with these boxes.
    fn with_plugs(&self) -> Result<String, Failed> {
        let benches = tool::root().join("fixtures/benches");
        let text = std::fs::read_to_string(benches.join("two-products.toml"));
        let mut text = text.map_err(|e| e.to_string())?;
        let own = std::fs::read_to_string(self.folder.path().join("bench.toml"));
        let own = own.map_err(|e| e.to_string())?;
        let addresses = own
            .split('"')
            .filter(|part| part.parse::<Ipv4Addr>().is_ok());
        for (number, address) in addresses.enumerate() {
            text = text.replace(&format!("127.83.0.{}", number + 1), address);
        }
        let absolute = |path: &str| match benches.join(path).canonicalize() {
            Ok(path) => path.display().to_string(),
            Err(_) => path.to_owned(),
        };
        for path in [
            "../../device-profiles/proofhouse-plug",
            "../strangers/acme-box/profile",
        ] {
            text = text.replace(path, &absolute(path));
        }
        let text = text
            .replace(
                "../strangers/acme-box/device/relay.py",
                &self.relay.display().to_string(),
            )
            .replace("../strangers/acme-box/", "");
        let file = self.folder.path().join("two.toml");
        std::fs::write(&file, text).map_err(|e| e.to_string())?;
        Ok(file.display().to_string())
    }

    fn run(&self, cases: &[&str]) -> Result<RunDir, String> {
        let bench = self.folder.path().join("bench.toml").display().to_string();
        let mut args = vec!["--bench", &bench, "--seed", "7"];
        for case in cases {
            args.extend(["--case", case]);
        }
        RunDir::run(&args)
    }

    /// After a run every unit is off, the stranger's too.
    fn is_off(&self) -> Result<(), Failed> {
        for unit in UNITS {
            let pid = self.folder.path().join("units").join(unit).join("pid");
            let Ok(pid) = std::fs::read_to_string(pid) else {
                continue; // never switched on
            };
            let command = Path::new("/proc").join(pid.trim()).join("cmdline");
            let command = std::fs::read(command).unwrap_or_default();
            if String::from_utf8_lossy(&command).contains(&self.folder.path().display().to_string())
            {
                return Err(format!("{unit} is still on after the run").into());
            }
        }
        Ok(())
    }
}

impl Drop for TwoBoxes {
    fn drop(&mut self) {
        for unit in UNITS {
            // A test that failed says why; a box that is off already is fine.
            let _ = self.switch("off", unit);
        }
    }
}

/// Two addresses of 127.16.0.0/12 where nothing listens: runs beside each other must not meet.
fn free_addresses(number: u32) -> Result<[Ipv4Addr; 2], Failed> {
    let first = std::process::id().wrapping_mul(8).wrapping_add(number * 2);
    for try_at in 0..64_u32 {
        let at = first.wrapping_add(try_at * 4099 * 2);
        let pair = [0, 1].map(|n| Ipv4Addr::from(0x7f10_0000 | ((at + n) & 0x000f_ffff)));
        if pair.iter().all(|a| TcpListener::bind((*a, 8443)).is_ok()) {
            return Ok(pair);
        }
    }
    Err("no free pair of addresses in 127.16.0.0/12".into())
}
