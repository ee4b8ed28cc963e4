//! Every name of a case or device script, misspelt at one place, is told at load.

mod common;

use common::write;
use proofhouse_script::{load_device_script, load_suite_cases};

const CASE: &str = r#""""A reset erases what the owner left."""

case(
    provisions = ["5.11-1"],
    needs = ["power", "console", "lan"],
    wants = ["debug", "peers.mqtt"],
    device = ["ready", "set_up", "login_owner", "factory_reset"],
    effects = ["factory-reset"],
    within = "6m",
)

CUTS = ["20ms", "2s"]

def run(bench: Bench):
    owner = bench.device.enrol_owner()
    for cut in CUTS:
        bench.power.cycle(off = cut)
        bench.device.ready(within = bench.profile.limit("boot"))
    seen = bench.console.watch("panic", during = "1s")
    check.true(
        seen == None,
        holds = "it does not crash",
        otherwise = "it crashes",
        detail = seen.text if seen else "quiet",
    )
    answer = fetch(bench, port = bench.profile.values["port"])
    check.equal(answer.status, 200, holds = "it is up", otherwise = "it is down", serves = ["5.11-1"])
    tried = bench.attempt(lambda: bench.lan.open(23, within = "1s").expect("login"))
    check.false(tried.ok, holds = "telnet is closed", otherwise = "telnet is open")
    bench.until(lambda: fetch(bench, port = 80).json() != None, within = "5s", every = "1s")
    bench.device.factory_reset(owner)
    check.refused(
        bench.device.login_owner(owner),
        holds = "the owner no longer gets in",
        otherwise = "the owner still gets in",
        strict = True,
    )
    if bench.has("debug"):
        found = bench.search_flash(owner.secrets)
        check.empty(found.finds, holds = "no secret is there", otherwise = "a secret is still there")
        measure("searched", found.searched, unit = "bytes")
    bench.peers.mqtt.become("expired")
    dial = bench.peers.mqtt.await_dial(within = "9s")
    if dial != None and dial.handshake:
        check.refute(
            holds = "it trusts its own authority only",
            otherwise = "it trusts anyone",
            detail = dial.credential,
        )

def fetch(bench: Bench, port = 443):
    return bench.lan.http("GET", "/", port, headers = {"a": b64("x")})
"#;

const DEVICE: &str = r#""""How to work it."""

def ready(bench: Bench, within):
    bench.console.expect(bench.profile.console.banner, within = within)

def set_up(bench: Bench, owner):
    bench.console.line("user %s %s" % (owner.name, owner.password))

def login_owner(bench: Bench, owner):
    answer = _post(bench, "/login", basic_auth(owner.name, owner.password))
    if answer.status == 429:
        return throttled(why = answer.text, wait = "30s")
    return accepted(answer.json()) if answer.status == 200 else refused(why = answer.text)

def _post(bench: Bench, path, token):
    return bench.lan.http("POST", path, 443, headers = {"authorization": token})
"#;

/// Places of the names in a text, without those in strings, and without words of the language.
fn names(text: &str) -> Vec<std::ops::Range<usize>> {
    let words = [
        "def", "for", "return", "lambda", "None", "True", "not", "and", "else", "str",
    ];
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at] == b'"' {
            let width = if text[at..].starts_with("\"\"\"") {
                3
            } else {
                1
            };
            let quote = &text[at..at + width];
            at += width + text[at + width..].find(quote).unwrap() + width;
        } else if bytes[at].is_ascii_alphabetic() || bytes[at] == b'_' {
            let is_name = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
            let end = at + bytes[at..].iter().take_while(is_name).count();
            if end - at >= 3 && !words.contains(&&text[at..end]) {
                found.push(at..end);
            }
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

/// Misspells each name in turn; what is still accepted comes back.
fn accepted(text: &str, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let names = names(text);
    assert!(names.len() >= 40, "{} names", names.len());
    let mut accepted = Vec::new();
    for name in names {
        let middle = name.start + name.len() / 2;
        let mutant = format!("{}{}", &text[..middle], &text[middle + 1..]);
        if !is_wrong(&mutant) {
            let line = text[..name.start].matches('\n').count() + 1;
            accepted.push(format!("{line}: {}", &text[name]));
        }
    }
    accepted
}

#[test]
fn a_misspelt_name_in_a_case_is_told() {
    let is_wrong = |mutant: &str| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("cases/x.star", mutant)]);
        let (cases, found) = load_suite_cases(folder.path());
        assert_eq!(cases.is_empty(), !found.is_empty());
        cases.is_empty()
    };
    assert!(!is_wrong(CASE), "the original is good");
    assert_eq!(accepted(CASE, is_wrong), Vec::<String>::new());
}

#[test]
fn a_misspelt_name_in_a_device_script_is_told() {
    let is_wrong = |mutant: &str| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("device.star", mutant)]);
        load_device_script(folder.path()).0.is_none()
    };
    assert!(!is_wrong(DEVICE), "the original is good");
    assert_eq!(accepted(DEVICE, is_wrong), Vec::<String>::new());
}
