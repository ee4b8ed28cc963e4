//! A product that is nothing like the plug: no web page, no updates, set up on a connector. Cases of its own kind pass,
//! the others are left out or say why they cannot tell, and none of them blames it.

use crate::tool::RunDir;
use libtest_mimic::{Failed, Trial};

const BENCH: &str = "fixtures/benches/thermo.toml";

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    let bad = |defect: &'static str, case: &'static str| {
        Trial::test(format!("thermo::{defect}"), move || fails(defect, case))
    };
    vec![
        Trial::test("thermo::honest", honest),
        bad("default-code-after-reset", "password_after_reset"),
        bad("mqtt-without-clock", "mqtt_certificate"),
        bad("name-left-in-flash", "factory_reset_flash"),
    ]
}

fn ended(run: &RunDir, code: i32) -> Result<(), Failed> {
    if run.ran.code == code {
        return Ok(());
    }
    let (was, out, err) = (run.ran.code, &run.ran.out, &run.ran.err);
    Err(format!("ended with {was} and not {code}\n{out}{err}").into())
}

/// Where nothing is of its kind, nothing can be told: no pass, no fail.
fn honest() -> Result<(), Failed> {
    let suits = [
        "default_passwords",
        "password_after_reset",
        "password_change",
        "logins_found",
        "factory_reset",
        "factory_reset_flash",
        "secrets_in_flash",
        "fuzz_coap",
        "fuzz_console",
        "mqtt_certificate",
        "open_ports",
        "power_loss",
        "debug_port_lock",
        "console_lock",
    ];
    let chosen = suits.iter().flat_map(|case| ["--case", case]);
    let args: Vec<&str> = ["--bench", BENCH].into_iter().chain(chosen).collect();
    ended(&RunDir::run(&args)?, 0)?;
    // Left out: no log-in of it is over a network, so nothing is said of guesses.
    ended(
        &RunDir::run(&["--bench", BENCH, "--case", "brute_force"])?,
        2,
    )
}

fn fails(defect: &str, case: &str) -> Result<(), Failed> {
    let args = ["--bench", BENCH, "--defect", defect, "--case", case];
    ended(&RunDir::run(&args)?, 1)
}
