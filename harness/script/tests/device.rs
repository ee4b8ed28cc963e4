//! Device scripts: called with the bench, kept to the contract.

mod common;

use common::*;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::observation::HttpAnswer;
use proofhouse_model::op::ConsoleOp;
use proofhouse_model::{Channel, Finding, Observation, Op, Trouble, TroubleKind};

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

/// One that has no more than it must.
const OTHER: &str =
    "\"\"\"How to work another.\"\"\"\n\ndef ready(bench: Bench, within):\n    pass\n";

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
    let content = ("Content-Type".to_owned(), "application/json".to_owned());
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

/// An upload that is cut short: other requests are whole, and what the operation says then is no answer on the image.
#[test]
fn an_upload_is_cut_short_in_the_middle_of_the_image() {
    let install = "bench.lan.http(\"POST\", \"/login\", 80, body = \"a=b\")\n    \
                   answer = bench.lan.http(\"POST\", \"/update\", 80, body = b(\"--x\") + image)\n    \
                   return refused(answer.text)";
    let body = r#"
image = bench.file("update.older")
def offer():
    return bench.device.install(None, image)
cut = bench.lan.cut_short(image, offer)
other = bench.lan.cut_short(image.flip(7), lambda: bench.lan.http("POST", "/update", 80, body = image))
said = bench.device.install(None, image)
bench.note("%d %d" % (cut, other))
check.refused(said, holds = "the older image is refused", otherwise = "it is taken")
"#;
    let script = lying(install, "return \"1\"");
    // Of one that the device did not take nothing was sent, as far as is known; of one that it says nothing to, half.
    let fake = |came: fn() -> Result<Observation, Trouble>| Fake {
        files: with_image().files,
        ..Fake::answering(move |_, op: &Op| match op {
            Op::Http(op) if op.leaves.is_some() => came(),
            Op::Http(_) => Ok(http(422, b"no")),
            _ => Ok(Observation::Done),
        })
    };
    let nothing = || match http(422, b"") {
        Observation::Http(answer) => Ok(Observation::Http(HttpAnswer {
            status: None,
            cut: true,
            unparsed: Some(Vec::new().into()),
            ..answer
        })),
        other => panic!("{other:?}"),
    };
    for (host, told) in [
        (fake(|| Err(silent())), "0 0"),
        (fake(nothing), "1 0"),
        (with_image(), "1 0"),
    ] {
        let (end, host) = run(host, Some(&script), body);
        assert_eq!(end, CaseEnd::Complete);
        assert_eq!(host.notes(), [told]);
        assert_eq!(host.checks()[0].finding, Finding::Shown);
        let sent = host.ops().into_iter().filter_map(|op| match op {
            Op::Http(op) => Some(op),
            _ => None,
        });
        let sent: Vec<_> = sent.collect();
        let lengths: Vec<_> = sent.iter().map(|op| op.body.len()).collect();
        assert_eq!(lengths, [3, 3 + 4000, 8000, 3, 3 + 8000]);
        let announced = ("Content-Length".to_owned(), "8003".to_owned());
        let says = |op: &proofhouse_model::op::HttpOp| op.headers.contains(&announced);
        assert_eq!(sent.iter().filter(|op| says(op)).count(), 1);
        assert!(says(&sent[1]));
    }
    let none = "bench.lan.cut_short(b(\"x\"), lambda: None)";
    let (end, _) = run(Fake::new(), None, none);
    let CaseEnd::Stopped { trouble, .. } = end else {
        panic!("{end:?}")
    };
    assert_eq!(trouble.kind, TroubleKind::Case);
    assert!(trouble.what.contains("no middle"), "{trouble}");
}

/// A device script whose log-in is this.
fn logging_in(login: &str) -> proofhouse_script::DeviceScript {
    device(&format!(
        "def login(bench: Bench, user, password):\n    {login}\n"
    ))
}

#[test]
fn a_log_in_without_the_password_shows_nothing() {
    let body = r#"
said = bench.device.login("root", "hunter2secret")
check.refused(said, holds = "shut out", otherwise = "let in")
"#;
    for (login, offered) in [
        (
            "bench.lan.http(\"GET\", \"/\", 80)\n    return refused(\"no\")",
            false,
        ),
        (
            "bench.lan.http(\"POST\", \"/\", 80, body = \"wrong\")\n    return refused(\"no\")",
            false,
        ),
        (
            "bench.console.ask(password[1:], \"x\")\n    return refused(\"no\")",
            false,
        ),
        (
            "bench.console.ask(password, \"x\")\n    return refused(\"no\")",
            true,
        ),
        (
            "h = {\"Authorization\": basic_auth(user, password)}\n    \
             bench.lan.http(\"GET\", \"/\", 80, headers = h)\n    return refused(\"no\")",
            true,
        ),
        (
            "h = b(\"nonce\" + password).sha256()\n    \
             bench.lan.http(\"GET\", \"/?h=\" + h, 80)\n    return refused(\"no\")",
            true,
        ),
    ] {
        let (end, host) = run(Fake::new(), Some(&logging_in(login)), body);
        match end {
            CaseEnd::Complete => assert!(offered && host.checks().len() == 1, "{login}"),
            CaseEnd::Skipped { why } => {
                assert!(!offered && why.contains("the password"), "{login}: {why}");
            }
            end => panic!("{login}: {end:?}"),
        }
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

const GUARDED: &str = r#"
def ready(bench: Bench, within):
    bench.lan.http("GET", "/", 80)

def set_up(bench: Bench, owner):
    bench.lan.http("POST", "/first-use", 80, body = owner.password)

def is_factory_default(bench: Bench):
    return bench.lan.http("GET", "/state", 80).text == "new"

def factory_reset(bench: Bench, owner):
    bench.lan.http("POST", "/reset", 80, body = owner.password if owner != None else "nobody")

def restart(bench: Bench, owner):
    bench.lan.http("POST", "/restart", 80)
"#;

const SETS_UP: &str = r#"
def resets():
    bench.device.is_factory_default()
    bench.device.factory_reset(None)
    bench.device.ready()
owner = bench.device.enrol_owner()
check.equal(bench.last_owner().name, owner.name, holds = "it is the last owner", otherwise = "it is another one")
"#;

/// The body of the last request, and the owner's password.
fn left(lacks: &[Channel], body: &str) -> (Vec<String>, String) {
    let mut fake = Fake::new();
    fake.lacks = lacks.to_vec();
    let (end, host) = run(fake, Some(&device(GUARDED)), body);
    assert_eq!(end, CaseEnd::Complete);
    let asked = host.ops().into_iter().filter_map(|op| match op {
        Op::Http(op) => Some(format!("{} {}", op.path, op.body.lossy()).trim().to_owned()),
        _ => None,
    });
    let secrets = host.secrets.lock().unwrap();
    let password = secrets.iter().find(|(name, _)| name == "owner.password");
    (asked.collect(), password.unwrap().1.clone())
}

/// The next case does not know this one's owner: where nobody could reset the unit for it, the owner does.
#[test]
fn a_case_gives_back_what_its_owner_alone_can_reset() {
    let (asked, password) = left(&[Channel::Power, Channel::Reset], SETS_UP);
    let set_up = format!("/first-use {password}");
    let reset = format!("/reset {password}");
    assert_eq!(asked, [set_up.as_str(), "/state", reset.as_str(), "/"]);
    for others in [&[Channel::Power][..], &[Channel::Reset][..], &[][..]] {
        let (asked, password) = left(others, SETS_UP);
        assert_eq!(asked, [format!("/first-use {password}")], "{others:?}");
    }
}

/// What a profile may lack needs no place in a head, and a case can ask for it.
#[test]
fn an_operation_that_no_case_needs_is_asked_for() {
    let body = r#"
if bench.can("restart"):
    bench.device.restart()
"#;
    let (end, host) = run(Fake::new(), Some(&device(GUARDED)), body);
    assert_eq!((end, host.ops().len()), (CaseEnd::Complete, 1));
    let (end, host) = run(Fake::new(), Some(&device(SCRIPT)), body);
    assert_eq!((end, host.ops().len()), (CaseEnd::Complete, 0));
    let (end, _) = run(Fake::new(), None, "bench.can(\"login\")");
    assert!(matches!(end, CaseEnd::Stopped { .. }));
}

/// What a case wants beyond what it needs: a profile without it still runs the case.
#[test]
fn an_operation_that_a_case_wants_is_asked_for() {
    let case = |head: &str| {
        format!(
            "\"\"\"A case.\"\"\"\n\ncase(provisions = [\"5.1-1\"], needs = [\"lan\"], {head})\n\n\
             def run(bench: Bench):\n    if bench.can(\"login\"):\n        \
             bench.note(bench.device.login(\"a\", \"b\").why)\n    \
             bench.lan.http(\"GET\", \"/\", 80)\n    \
             check.shown(holds = \"a\", otherwise = \"b\", detail = \"c\")\n"
        )
    };
    let text = case("device_wants = [\"login\"]");
    let cases = suite(&[("cases/x.star", &text)]);
    let meta = &cases[0].meta;
    assert_eq!((meta.device_ops.len(), meta.device_wants.len()), (0, 1));
    for (script, notes) in [(device(SCRIPT), 1), (device(OTHER), 0)] {
        let host = std::sync::Arc::new(Fake::new());
        let end = proofhouse_script::run_case(&cases[0], Some(&script), host.clone());
        assert_eq!((end, host.notes().len()), (CaseEnd::Complete, notes));
    }
    for (head, said) in [
        ("wants = []", "is used but not declared"),
        (
            "device = [\"login\"], device_wants = [\"login\"]",
            "is already among `device`",
        ),
        (
            "device_wants = [\"login\", \"works\"]",
            "is declared but not used",
        ),
        (
            "device_wants = [\"loginn\"]",
            "there is no device operation",
        ),
    ] {
        let found = mistakes(&[("cases/x.star", &case(head))]);
        assert!(found.contains(said), "{head}: {found}");
    }
}

/// What the maker tells of is typed as it stands there; one way instead of a list of them is a mistake of the script.
#[test]
fn ways_that_the_maker_tells_of_are_a_list() {
    let script = |ways: &str| device(&format!("def surfaces(bench: Bench):\n    return {ways}\n"));
    let body = r#"
for way in bench.device.surfaces():
    bench.console.send(way)
"#;
    let told = script(r#"["stop\n", unhex("03")]"#);
    let (end, host) = run(Fake::new(), Some(&told), body);
    assert_eq!(end, CaseEnd::Complete);
    let typed = host.ops().into_iter().filter_map(|op| match op {
        Op::Console(ConsoleOp::Send { bytes }) => Some(bytes.lossy()),
        _ => None,
    });
    assert_eq!(typed.collect::<Vec<_>>(), ["stop\n", "\u{3}"]);
    // Said outright, it is found before a run.
    let text = "def same(one):\n    return one\n\ndef surfaces(bench: Bench):\n    return same(\"stop\")\n";
    let (end, _) = run(Fake::new(), Some(&device(text)), body);
    assert!(matches!(end, CaseEnd::Stopped { .. }), "{end:?}");
}

/// A button that erases is not pressed by a case that declares no reset, and what is not ruled out is told.
#[test]
fn a_lab_reset_is_an_effect() {
    let case = |effects: &str| {
        let text = format!(
            "\"\"\"A case.\"\"\"\n\ncase(provisions = [\"5.1-1\"], needs = [\"reset\"], {effects})\n\n\
             def run(bench: Bench):\n    bench.cannot_rule_out(\"luck\")\n    bench.lab_reset()\n    \
             check.shown(holds = \"a\", otherwise = \"b\", detail = \"c\")\n"
        );
        let host = std::sync::Arc::new(Fake::new());
        let cases = suite(&[("cases/x.star", &text)]);
        let end = proofhouse_script::run_case(&cases[0], None, host.clone());
        (end, host)
    };
    let (end, host) = case("");
    let CaseEnd::Stopped { trouble, .. } = end else {
        panic!("it was pressed");
    };
    let wanted = "lab_reset was not carried out";
    assert!(trouble.what.contains(wanted), "{trouble}");
    assert!(host.ops().is_empty());
    assert_eq!(host.notes(), ["luck"]);
    let (end, host) = case("effects = [\"factory-reset\"]");
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(host.ops(), [Op::Reset]);
}
