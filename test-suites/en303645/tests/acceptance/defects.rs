//! Each defect fails the provisions it breaks, and no other.

use crate::tool::RunDir;
use libtest_mimic::{Failed, Trial};

/// A defect, the cases run against it, and the suites that must fail.
struct Expected {
    defect: &'static str,
    cases: &'static [&'static str],
    fails: &'static [&'static str],
}

const fn on(
    defect: &'static str,
    cases: &'static [&'static str],
    fails: &'static [&'static str],
) -> Expected {
    Expected {
        defect,
        cases,
        fails,
    }
}

/// Written from what each defect is, not from what the cases happen to find.
const EXPECTED: &[Expected] = &[
    on(
        "universal-password",
        &["default_passwords"],
        &["5.1-1", "5.1-2"],
    ),
    on("password-from-mac", &["default_passwords"], &["5.1-2"]),
    on("password-counter", &["default_passwords"], &["5.1-2"]),
    on(
        "no-password-after-reset",
        &["password_after_reset"],
        &["5.1-1"],
    ),
    on("no-brute-force-limit", &["brute_force"], &["5.1-5"]),
    on("reset-keeps-login", &["factory_reset"], &["5.11-1"]),
    on("reset-keeps-wifi-key", &["factory_reset"], &["5.11-1"]),
    on(
        "reset-keeps-data-in-flash",
        &["factory_reset_flash"],
        &["5.11-1"],
    ),
    on("wifi-key-in-plain-flash", &["secrets_in_flash"], &["5.4-1"]),
    on("open-debug-port", &["debug_port_lock"], &["5.4-1"]),
    on(
        "debug-open-in-first-100ms",
        &["debug_port_lock"],
        &["5.4-1"],
    ),
    on("reset-keeps-login", &["password_after_reset"], &["5.1-1"]),
    on(
        "reset-keeps-wifi-key",
        &["factory_reset_flash"],
        &["5.11-1"],
    ),
    on("debug-leaks-on-second-ap", &["debug_port_lock"], &["5.4-1"]),
    on(
        "no-autostart-after-power-loss",
        &["power_loss"],
        &["5.9-1", "5.9-2"],
    ),
    on("http-login-in-clear", &["open_ports"], &["5.6-1"]),
    on("http-login-in-clear", &["tls_https"], &["5.1-3", "5.5-1"]),
    on("old-tls-accepted", &["tls_https"], &["5.1-3", "5.5-1"]),
    on("tls-shared-certificate", &["tls_unique_key"], &["5.4-4"]),
    on("accepts-downgrade", &["update_rollback"], &["5.3-2"]),
    on("accepts-unsigned", &["update_tamper"], &["5.3-2"]),
    on("accepts-wrong-key", &["update_tamper"], &["5.3-2"]),
    on("accepts-corrupt-payload", &["update_tamper"], &["5.3-2"]),
    on("accepts-other-product", &["update_tamper"], &["5.3-2"]),
    on("bricks-if-cut-in-swap", &["update_power_cut"], &["5.3-2"]),
    on(
        "forgets-settings-on-power-loss",
        &["power_loss"],
        &["5.9-1", "5.9-2"],
    ),
    on("crashes-on-long-line", &["fuzz_console"], &["5.13-1"]),
    on("silent-reboot-on-bad-json", &["fuzz_https"], &["5.13-1"]),
    on("coap-hangs-on-bad-option", &["fuzz_coap"], &["5.13-1"]),
    on("undeclared-telnet", &["open_ports"], &["5.6-1"]),
    on("setup-port-stays-open", &["open_ports"], &["5.6-1"]),
    on(
        "mqtt-accepts-any-certificate",
        &["mqtt_certificate"],
        &["5.5-1", "5.5-7"],
    ),
    on(
        "mqtt-ignores-expiry",
        &["mqtt_certificate"],
        &["5.5-1", "5.5-7"],
    ),
    on(
        "mqtt-ignores-name",
        &["mqtt_certificate"],
        &["5.5-1", "5.5-7"],
    ),
    on("limit-per-connection", &["brute_force"], &["5.1-5"]),
    on("limit-not-in-set-up", &["brute_force"], &["5.1-5"]),
    on("limit-comes-late", &["brute_force"], &["5.1-5"]),
    on("right-password-passes-limit", &["brute_force"], &["5.1-5"]),
    on("limit-lost-at-power-cycle", &["brute_force"], &["5.1-5"]),
    on("lock-lets-its-guess-in", &["brute_force"], &["5.1-5"]),
    on(
        "password-from-wordlist",
        &["default_passwords"],
        &["5.1-1", "5.1-2"],
    ),
    on("password-too-short", &["default_passwords"], &["5.1-2"]),
    on("password-keyboard-walk", &["default_passwords"], &["5.1-2"]),
    on("password-other-form", &["default_passwords"], &["5.1-2"]),
    on("backdoor-password", &["default_passwords"], &["5.1-1"]),
    on("label-by-form", &["default_passwords"], &["5.1-1"]),
    on(
        "relay-open-before-set-up",
        &["password_after_reset"],
        &["5.1-1"],
    ),
    on(
        "owner-password-sets-up",
        &["password_after_reset"],
        &["5.1-1"],
    ),
    on(
        "common-password-after-reset",
        &["password_after_reset"],
        &["5.1-1"],
    ),
    on("backdoor-password", &["password_after_reset"], &["5.1-1"]),
    on(
        "no-new-owner-after-reset",
        &["password_after_reset"],
        &["5.1-1"],
    ),
    on(
        "set-up-leaves-api-open",
        &["password_after_reset"],
        &["5.1-1"],
    ),
    on("reset-stays-operating", &["factory_reset"], &["5.11-1"]),
    on("last-owner-shown", &["factory_reset"], &["5.11-1"]),
    on("owner-password-sets-up", &["factory_reset"], &["5.11-1"]),
    on("no-new-owner-after-reset", &["factory_reset"], &["5.11-1"]),
    on("reset-restored-by-set-up", &["factory_reset"], &["5.11-1"]),
    on(
        "networks-logged-in-flash",
        &["factory_reset_flash"],
        &["5.11-1"],
    ),
    on(
        "reset-stays-operating",
        &["factory_reset_flash"],
        &["5.11-1"],
    ),
    on("wifi-key-in-radio-page", &["secrets_in_flash"], &["5.4-1"]),
    on(
        "password-base64-in-flash",
        &["secrets_in_flash"],
        &["5.4-1"],
    ),
    on(
        "broker-password-hex-in-flash",
        &["secrets_in_flash"],
        &["5.4-1"],
    ),
    on("sslv3-accepted", &["tls_https"], &["5.1-3", "5.5-1"]),
    on("weak-cipher-accepted", &["tls_https"], &["5.1-3", "5.5-1"]),
    on("tls-short-key", &["tls_https"], &["5.1-3", "5.5-1"]),
    on("tls-sha1-certificate", &["tls_https"], &["5.1-3", "5.5-1"]),
    on(
        "mqtt-accepts-self-signed",
        &["mqtt_certificate"],
        &["5.5-1", "5.5-7"],
    ),
    on(
        "mqtt-trusts-any-authority",
        &["mqtt_certificate"],
        &["5.5-1", "5.5-7"],
    ),
    on(
        "mqtt-verifies-late",
        &["mqtt_certificate"],
        &["5.5-1", "5.5-7"],
    ),
    on(
        "mqtt-trusts-first-seen",
        &["mqtt_certificate"],
        &["5.5-1", "5.5-7"],
    ),
    on("pairing-port-in-set-up", &["open_ports"], &["5.6-1"]),
    on("ssdp-answers", &["open_ports"], &["5.6-1"]),
];

/// One test per defect, and one that no promise of a case goes untested.
pub fn trials() -> Vec<Trial> {
    let each = EXPECTED.iter().map(|e| {
        Trial::test(
            format!("defect::{}::{}", e.defect, e.cases.join("+")),
            move || check(e),
        )
    });
    let promises = Trial::test("defect::every_caught_on_is_here", every_caught_on_is_here);
    each.chain([promises]).collect()
}

/// What a case says it catches (`caught_on`) is a promise: each pair of case and defect must be run above,
/// by itself: a case that misses the defect must not hide behind another that sees it.
fn every_caught_on_is_here() -> Result<(), Failed> {
    let folder = crate::tool::root().join("test-suites/en303645/cases");
    let mut promised = 0;
    for entry in std::fs::read_dir(&folder).map_err(|e| e.to_string())? {
        let path = entry.map_err(|e| e.to_string())?.path();
        let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
        let case = path.file_stem().unwrap_or_default().to_string_lossy();
        for part in text.split("\"plug:").skip(1) {
            let defect = part.split('"').next().unwrap_or_default();
            promised += 1;
            let run = EXPECTED
                .iter()
                .any(|e| e.defect == defect && *e.cases == [case.as_ref()]);
            if !run {
                return Err(
                    format!("{case} promises to catch {defect}: add it to EXPECTED").into(),
                );
            }
        }
    }
    if promised < EXPECTED.len() {
        return Err(format!(
            "only {promised} promises were found in {}",
            folder.display()
        )
        .into());
    }
    Ok(())
}

fn check(expected: &Expected) -> Result<(), Failed> {
    let mut args = vec!["--defect", expected.defect, "--seed", "7"];
    for case in expected.cases {
        args.extend(["--case", case]);
    }
    let run = RunDir::run(&args)?;
    let shown = || format!("{}\n{}", run.ran.out, run.ran.err);
    if run.ran.code != 1 {
        return Err(format!("exit {} instead of 1\n{}", run.ran.code, shown()).into());
    }
    let mut failed: Vec<String> = run
        .suites()?
        .into_iter()
        .filter(|(name, failures, _)| *failures > 0 && name.starts_with("EN303645 "))
        .map(|(name, ..)| name.trim_start_matches("EN303645 ").to_owned())
        .collect();
    failed.sort();
    if failed != expected.fails {
        let wanted = expected.fails;
        return Err(format!("failed {failed:?} instead of {wanted:?}\n{}", shown()).into());
    }
    Ok(())
}
