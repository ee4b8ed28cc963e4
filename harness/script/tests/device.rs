//! Device scripts: called with the bench, kept to the contract.

mod common;

use common::*;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{Finding, Op, TroubleKind};

const SCRIPT: &str = r#"
"""How to work the test plug."""

def ready(bench: Bench, within):
    bench.console.expect(bench.profile.console.banner, within = within)

def set_up(bench: Bench, owner):
    login = {"user": owner.name, "password": owner.password}
    bench.lan.http("POST", "/setup", _port(bench), json = login)

def login(bench: Bench, user, password):
    headers = {"authorization": basic_auth(user, password)}
    answer = bench.lan.http("GET", "/", _port(bench), headers = headers)
    if answer.status == 200:
        return accepted(answer.text)
    if answer.status == 429:
        return throttled(wait = "30s")
    return refused(str(answer.status))

def firmware(bench: Bench):
    return bench.profile.values["port"]

def _port(bench: Bench) -> int:
    return bench.profile.values["port"]
"#;

#[test]
fn operations_get_the_bench_and_their_arguments() {
    let script = device(SCRIPT);
    assert_eq!(
        script.ops().into_iter().collect::<Vec<_>>(),
        ["firmware", "login", "ready", "set_up"]
    );
    let body = r#"
bench.device.ready(within = "9s")
owner = bench.device.enrol_owner()
said = bench.device.login(owner.name, owner.password)
check.accepted(said, holds = "the owner gets in", otherwise = "the owner is shut out")
"#;
    let (end, host) = run(Fake::new(), Some(&script), body);
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(host.checks()[0].finding, Finding::Shown);
    let secrets = host.secrets.lock().unwrap();
    let password = &secrets
        .iter()
        .find(|(name, _)| name == "owner.password")
        .unwrap()
        .1;
    let Op::Http(setup) = &host.ops()[1] else {
        panic!("no set-up")
    };
    assert!(setup.body.lossy().contains(password.as_str()));
    assert_eq!(setup.port, 8443);
    let content = ("content-type".to_owned(), "application/json".to_owned());
    assert!(setup.headers.contains(&content));
    let agents = setup
        .headers
        .iter()
        .filter(|(name, _)| name == "User-Agent");
    assert_eq!(agents.count(), 1, "it passes for some client");
}

#[test]
fn trouble_in_a_device_script_tells_both_places() {
    let script = device(SCRIPT);
    let (end, _) = run(
        Fake::answering(|_, _| Err(silent())),
        Some(&script),
        "bench.device.ready()",
    );
    let CaseEnd::Stopped { trouble, place } = end else {
        panic!("{end:?}")
    };
    assert_eq!(trouble, silent());
    assert_eq!(
        place.unwrap(),
        format!("device.star:5, called from cases/x.star:{BODY}")
    );
}

#[test]
fn a_wrong_result_is_a_mistake_of_the_device_script() {
    let script = device(SCRIPT);
    let (end, _) = run(Fake::new(), Some(&script), "bench.device.firmware()");
    let CaseEnd::Stopped { trouble, .. } = end else {
        panic!("{end:?}")
    };
    assert_eq!(trouble.kind, TroubleKind::Case);
    assert_eq!(
        trouble.what,
        "device.star: `firmware` must return str, not int"
    );
    let none = device(
        "def login(bench: Bench, user, password):\n    bench.console.line(user + password)\n",
    );
    let (end, _) = run(Fake::new(), Some(&none), "bench.device.login(\"a\", \"b\")");
    let CaseEnd::Stopped { trouble, .. } = end else {
        panic!("{end:?}")
    };
    assert!(
        trouble.what.contains("must return accepted(...)"),
        "{trouble}"
    );
}

#[test]
fn a_missing_operation_is_told_with_the_profile() {
    let (end, _) = run(
        Fake::new(),
        Some(&device(SCRIPT)),
        "bench.device.factory_reset()",
    );
    let CaseEnd::Stopped { trouble, .. } = end else {
        panic!("{end:?}")
    };
    assert_eq!(
        trouble.what,
        "profile test-plug has no `factory_reset` in its device.star"
    );
}

#[test]
fn an_undeclared_operation_is_caught_behind_an_alias() {
    let body = "d = bench.device\nd.ready()";
    let (end, _) = run(Fake::new(), Some(&device(SCRIPT)), body);
    let CaseEnd::Stopped { trouble, .. } = end else {
        panic!("{end:?}")
    };
    assert!(
        trouble.what.contains("add it to `device = [...]`"),
        "{trouble}"
    );
}

#[test]
fn a_device_script_cannot_reach_its_own_operations_through_the_bench() {
    let script =
        device("def ready(bench: Bench, within):\n    b2 = bench\n    b2.device.firmware()\n");
    let (end, _) = run(Fake::new(), Some(&script), "bench.device.ready()");
    let CaseEnd::Stopped { trouble, .. } = end else {
        panic!("{end:?}")
    };
    assert!(
        trouble
            .what
            .contains("a device script has no `bench.device`"),
        "{trouble}"
    );
}

const REFUSING: &str = r#"
def set_up(bench: Bench, owner):
    return refused("set-up answered 503")

def personalise(bench: Bench, owner):
    return throttled()

def factory_reset(bench: Bench, owner):
    if owner == None:
        return accepted()
    return False

def ready(bench: Bench, within):
    fail("no such product")
"#;

fn ended(body: &str) -> (CaseEnd, Vec<Finding>) {
    let all = "check.shown(holds = \"it went on\", otherwise = \"it stopped\", detail = \"x\")";
    let (end, host) = run(
        Fake::new(),
        Some(&device(REFUSING)),
        &format!("{body}\n{all}"),
    );
    (end, host.checks().iter().map(|c| c.finding).collect())
}

/// The refusing line and the trouble, which nothing is shown after.
#[track_caller]
fn refuses(body: &str, wanted: &str) {
    let (end, checks) = ended(body);
    let CaseEnd::Stopped { trouble, place } = end else {
        panic!("{body}: {end:?}")
    };
    assert_eq!(trouble.kind, TroubleKind::DeviceRefused, "{body}");
    assert_eq!(trouble.what, wanted);
    assert!(place.is_some_and(|p| p.starts_with("cases/x.star:")));
    assert!(checks.is_empty());
}

#[test]
fn an_operation_that_was_refused_stops_the_case() {
    let set_up = "`set_up` was refused at device.star:3: set-up answered 503";
    refuses("bench.device.enrol_owner()", set_up);
    refuses(
        "owner = bench.device.enrol_owner()\nbench.device.personalise(owner)",
        set_up,
    );
    let (end, checks) = ended("bench.device.factory_reset()");
    assert_eq!((end, checks), (CaseEnd::Complete, vec![Finding::Shown]));
}

#[test]
fn a_refused_operation_may_be_attempted() {
    let body = "tried = bench.attempt(lambda: bench.device.enrol_owner())\n\
                bench.note(tried.trouble)";
    let (end, host) = run(Fake::new(), Some(&device(REFUSING)), body);
    assert_eq!(end, CaseEnd::Complete);
    let notes = host.notes();
    assert!(notes[0].contains("set-up answered 503"), "{notes:?}");
}

#[test]
fn fail_is_a_mistake_that_attempt_does_not_catch() {
    let (end, checks) = ended("bench.attempt(lambda: bench.device.ready())");
    let CaseEnd::Stopped { trouble, place } = end else {
        panic!("{end:?}")
    };
    assert_eq!(trouble.kind, TroubleKind::Case);
    assert!(trouble.what.contains("no such product"), "{trouble}");
    let place = place.unwrap_or_default();
    assert!(place.starts_with("device.star:14, called from "), "{place}");
    assert!(checks.is_empty());
    assert!(proofhouse_script::api_markdown().contains("`fail(*args)"));
}

/// A device script whose `install` and `firmware` do what is given.
fn lying(install: &str, firmware: &str) -> proofhouse_script::DeviceScript {
    device(&format!(
        "def install(bench: Bench, owner, image):\n    {install}\n\ndef firmware(bench: Bench):\n    {firmware}\n"
    ))
}

const OFFERS: &str = r#"
image = bench.file("update.older")
said = bench.device.install(None, image)
check.refused(said, holds = "the older image is refused", otherwise = "it is taken")
"#;

fn with_image() -> Fake {
    let mut host = Fake::new();
    let image = (0..4000_u16).flat_map(u16::to_be_bytes).collect();
    host.files.insert("update.older".to_owned(), image);
    host
}

#[test]
fn an_answer_that_was_made_up_shows_nothing() {
    for install in [
        "return refused(\"no\")",
        "bench.console.skip()\n    return refused(\"no\")",
        "bench.label(\"password\")\n    return refused(\"no\")",
        // Asked something, but offered nothing.
        "bench.lan.http(\"GET\", \"/\", 80)\n    return refused(\"no\")",
        "bench.lan.http(\"POST\", \"/update\", 80, body = \"image\")\n    return refused(\"no\")",
        "bench.lan.http(\"POST\", \"/update\", 80, body = image.flip(77))\n    return refused(\"no\")",
        "bench.lan.http(\"POST\", \"/update\", 80, body = image.flip(77))\n    return accepted()",
    ] {
        let (end, host) = run(with_image(), Some(&lying(install, "return \"1\"")), OFFERS);
        let CaseEnd::Skipped { why } = end else {
            panic!("{install}: {end:?}")
        };
        assert!(why.contains("`install` shows nothing"), "{install}: {why}");
        assert!(host.checks().is_empty(), "{install}");
    }
    let (end, _) = run(
        Fake::new(),
        Some(&lying("return refused()", "return \"1.0\"")),
        "bench.device.firmware()",
    );
    assert!(matches!(end, CaseEnd::Skipped { .. }), "{end:?}");
}

#[test]
fn an_image_that_was_offered_is_answered_for_whole_or_in_pieces() {
    for install in [
        "answer = bench.lan.http(\"POST\", \"/update\", 80, body = image)\n    return refused(answer.text)",
        "bench.lan.http(\"PUT\", \"/update/0\", 80, body = image.slice(0, 3000))\n    \
         bench.lan.http(\"PUT\", \"/update/1\", 80, body = image.slice(3000))\n    return refused(\"no\")",
    ] {
        let script = lying(install, "return \"1\"");
        let (end, host) = run(with_image(), Some(&script), OFFERS);
        assert_eq!(end, CaseEnd::Complete, "{install}");
        assert_eq!(host.checks()[0].finding, Finding::Shown, "{install}");
    }
}

#[test]
fn a_check_on_an_answer_rests_on_the_ops_of_its_own_operation() {
    let body = r#"
bench.console.ask("before", "x")
first = bench.device.login("a", "b")
bench.console.ask("between", "x")
second = bench.attempt(lambda: bench.device.login("a", "c")).value
bench.console.ask("after", "x")
check.accepted(second, holds = "the second gets in", otherwise = "it is shut out")
check.refused(first, holds = "the first is shut out", otherwise = "it gets in")
check.equal(first.accepted, True, holds = "it says so", otherwise = "it does not")
"#;
    let (end, host) = run(Fake::new(), Some(&device(SCRIPT)), body);
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(*host.on.lock().unwrap(), [3..4, 1..2]);
    assert_eq!(host.checks().len(), 3);
}
