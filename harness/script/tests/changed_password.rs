//! A change of a password: sent, or no answer at all; and known to whoever logs the owner in later.

mod common;

use common::*;
use proofhouse_model::Op;
use proofhouse_model::event::CaseEnd;

const SCRIPT: &str = r#"
def set_up(bench: Bench, owner):
    bench.lan.http("POST", "/first-use", 80, body = owner.password)

def login_owner(bench: Bench, owner):
    bench.lan.http("POST", "/login", 80, body = owner.password)
    return accepted()

def login(bench: Bench, user, password):
    bench.lan.http("POST", "/login", 80, body = password)
    return accepted() if password == "another one" else refused("no")

def change_password(bench: Bench, user, old, new):
    bench.lan.http("POST", "/login", 80, body = old or "")
    if old == "wrong":
        return refused("the log-in")
    bench.lan.http("POST", "/password", 80, body = new)
    return accepted() if old != None else refused("nobody is logged in")
"#;

/// How a case ends, and the body of the last request.
fn last_sent(body: &str) -> (CaseEnd, String) {
    let (end, host) = run(Fake::new(), Some(&device(SCRIPT)), body);
    let sent = host.ops().into_iter().filter_map(|op| match op {
        Op::Http(op) => Some(op.body.lossy()),
        _ => None,
    });
    let sent = sent.last().unwrap_or_default();
    (end, sent)
}

#[test]
fn the_last_owner_has_the_new_password() {
    let body = |old: &str, tried: &str| {
        format!(
            "owner = bench.device.enrol_owner()\n\
             bench.device.change_password(\"admin\", {old}, \"another one\")\n\
             bench.device.login(\"admin\", {tried})\n\
             bench.device.login_owner(bench.last_owner())"
        )
    };
    // Whatever was answered: what logs in is the owner's.
    for old in ["owner.password", "None"] {
        let (end, sent) = last_sent(&body(old, "\"another one\""));
        assert_eq!((end, sent.as_str()), (CaseEnd::Complete, "another one"));
    }
    // It does not log in, or is another account's: the owner's is as it was.
    for (old, tried) in [
        ("owner.password", "\"a third\""),
        ("\"of somebody else\"", "\"another one\""),
    ] {
        let (end, sent) = last_sent(&body(old, tried));
        assert_eq!(end, CaseEnd::Complete);
        assert_ne!(sent, "another one", "{old}");
    }
}

/// Who breaks off before the change is sent does not know whether it is refused.
#[test]
fn a_change_that_was_not_sent_shows_nothing() {
    let (end, _) = last_sent("bench.device.change_password(\"admin\", \"wrong\", \"another one\")");
    let CaseEnd::Skipped { why } = end else {
        panic!("it was taken for an answer");
    };
    assert!(why.contains("shows nothing"), "{why}");
}
