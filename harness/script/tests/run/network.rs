//! The unit's way to the network, and what the bench offers there.

use super::*;
use proofhouse_model::observation::{DhcpFacts, DhcpLease, DnsFacts, DnsQuestion, DnsTold};
use proofhouse_model::op::{DhcpOp, DnsBehaviour, DnsOp, UplinkOp};
use proofhouse_model::{CutKind, Dur};
use proofhouse_script::run_case;
use std::sync::Arc;

/// A case that declares to cut the link, and does this.
fn cutting(fake: Fake, body: &str) -> (CaseEnd, Arc<Fake>) {
    let text = format!(
        "\"\"\"A case.\"\"\"\n\ncase(provisions = [\"5.9-1\"], \
         needs = [\"lan\", \"uplink\", \"peers.dns\", \"peers.dhcp\"], cuts = [\"link\"])\n\n\
         def run(bench: Bench):\n    {body}\n    \
         check.shown(holds = \"it ran\", otherwise = \"it failed\", detail = \"it ran\")\n"
    );
    let cases = suite(&[("cases/x.star", &text)]);
    let host = Arc::new(fake);
    let end = run_case(&cases[0], None, host.clone());
    (end, host)
}

#[test]
fn it_is_cut_and_restored_by_one_op_each() {
    let (end, host) = cutting(
        Fake::new(),
        "bench.net.cut(\"link\")\n    bench.net.restore()",
    );
    assert_eq!(end, CaseEnd::Complete);
    let what = CutKind::Link;
    let wanted = [
        Op::Uplink(UplinkOp::Cut { what }),
        Op::Uplink(UplinkOp::Restore),
    ];
    assert_eq!(host.ops(), wanted);
}

#[test]
fn what_the_head_does_not_declare_is_not_cut() {
    for (what, wanted) in [
        ("silence", "add \"silence\" to `cuts = [...]`"),
        ("cable", "there are link, internet, dns, silence"),
    ] {
        let (end, host) = cutting(Fake::new(), &format!("bench.net.cut(\"{what}\")"));
        let (trouble, _) = stopped(&end);
        assert_eq!(trouble.kind, TroubleKind::Case);
        assert!(trouble.what.contains(wanted), "{trouble}");
        assert_eq!(host.ops(), []);
    }
}

#[test]
fn what_is_refused_during_a_cut_can_be_attempted() {
    let fake = Fake::answering(|_, op| match op {
        Op::Http(_) => Err(Trouble::silent(Channel::Lan, "it is cut off")),
        _ => Ok(Observation::Done),
    });
    let body = r#"bench.net.cut("link")
    tried = bench.attempt(lambda: bench.lan.http("GET", "/", 80))
    bench.note(tried.trouble)"#;
    let (end, host) = cutting(fake, body);
    assert_eq!(end, CaseEnd::Complete);
    assert!(
        host.notes()[0].contains("it is cut off"),
        "{:?}",
        host.notes()
    );
}

#[test]
fn the_dns_server_is_told_what_to_answer_and_tells_what_it_was_asked() {
    let fake = Fake::answering(|_, op| {
        Ok(match op {
            Op::Dns(DnsOp::Facts) => Observation::Dns(DnsFacts {
                host: "192.168.1.2".into(),
                port: 53,
                malformed: 2,
                forgotten: 0,
            }),
            Op::Dns(DnsOp::AwaitQuestion { within }) if *within == Dur::secs(9) => {
                Observation::Question(DnsQuestion {
                    name: "time.acme.example".into(),
                    kind: "A".into(),
                    from: [192, 168, 1, 7].into(),
                    told: DnsTold::NoSuchName,
                })
            }
            Op::Dns(DnsOp::AwaitQuestion { .. }) => Observation::Unseen { heard: "".into() },
            _ => Observation::Done,
        })
    });
    let body = r#"dns = bench.peers.dns
    facts = dns.facts()
    dns.answer("update.acme.example", [facts.host, "fe80::1"])
    dns.behave("wrong")
    asked = dns.await_question(within = "9s")
    bench.note("%s %s %s %s %s" % (asked.name, asked.kind, asked.asked_by, asked.told, facts.malformed))
    bench.note(repr(dns.await_question(within = "1s")))"#;
    let (end, host) = cutting(fake, body);
    assert_eq!(end, CaseEnd::Complete);
    let told = "time.acme.example A 192.168.1.7 no-such-name 2";
    assert_eq!(host.notes(), [told, "None"]);
    let answer = DnsOp::Answer {
        name: "update.acme.example".into(),
        addresses: vec!["192.168.1.2".parse().unwrap(), "fe80::1".parse().unwrap()],
    };
    let how = DnsBehaviour::Wrong;
    assert_eq!(
        host.ops()[1..3],
        [Op::Dns(answer), Op::Dns(DnsOp::Behave { how })]
    );
}

#[test]
fn what_no_dns_server_does_is_a_mistake_that_names_what_it_does() {
    for (body, wanted) in [
        (
            "bench.peers.dns.behave(\"slow\")",
            "there are good, silent, wrong",
        ),
        (
            "bench.peers.dns.answer(\"a\", [\"b\"])",
            "`b` is no IP address",
        ),
    ] {
        let (end, host) = cutting(Fake::new(), body);
        let (trouble, _) = stopped(&end);
        assert!(trouble.what.contains(wanted), "{trouble}");
        assert_eq!(host.ops(), []);
    }
}

#[test]
fn the_dhcp_server_tells_what_it_gave_to_whom() {
    let fake = Fake::answering(|_, op| {
        Ok(match op {
            Op::Dhcp(DhcpOp::Facts) => Observation::Dhcp(DhcpFacts {
                server: [192, 168, 7, 1].into(),
                lease: [192, 168, 7, 20].into(),
                mac: "9c:9c:1f:00:00:17".into(),
                malformed: 0,
                strangers: 4,
            }),
            Op::Dhcp(DhcpOp::AwaitLease { within }) if *within == Dur::secs(9) => {
                Observation::Lease(DhcpLease {
                    address: [192, 168, 7, 20].into(),
                    given: true,
                    host_name: None,
                })
            }
            Op::Dhcp(DhcpOp::AwaitLease { .. }) => Observation::Unseen { heard: "".into() },
            _ => Observation::Done,
        })
    });
    let body = r#"dhcp = bench.peers.dhcp
    facts = dhcp.facts()
    lease = dhcp.await_lease(within = "9s")
    bench.note("%s %s %s" % (facts.lease, facts.mac, facts.strangers))
    bench.note("%s %s %s" % (lease.address, lease.given, lease.host_name))
    bench.note(repr(dhcp.await_lease(within = "1s")))"#;
    let (end, host) = cutting(fake, body);
    assert_eq!(end, CaseEnd::Complete);
    let facts = "192.168.7.20 9c:9c:1f:00:00:17 4";
    assert_eq!(host.notes(), [facts, "192.168.7.20 True None", "None"]);
}
