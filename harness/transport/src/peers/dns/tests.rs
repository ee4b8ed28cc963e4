//! A device that asks, well and badly.

use super::*;
use proofhouse_model::CutKind;
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, QCLASS, QTYPE, Question, RCODE, TYPE};
use std::net::UdpSocket as Socket;

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(200);

fn server() -> DnsServer {
    DnsServer::open((Ipv4Addr::LOCALHOST, 0).into(), None).unwrap()
}

fn query(name: &str, kind: TYPE) -> Vec<u8> {
    let mut packet = Packet::new_query(7);
    let (kind, class) = (QTYPE::TYPE(kind), QCLASS::CLASS(CLASS::IN));
    let question = Question::new(Name::new(name).unwrap(), kind, class, false);
    packet.questions.push(question);
    packet.build_bytes_vec().unwrap()
}

fn say(server: &DnsServer, bytes: &[u8]) -> Socket {
    let socket = Socket::bind("127.0.0.1:0").unwrap();
    socket.send_to(bytes, server.at).unwrap();
    socket
}

/// What is answered within so long: the code, and the addresses.
fn ask(server: &DnsServer, bytes: &[u8], within: Duration) -> Option<(RCODE, Vec<IpAddr>)> {
    let socket = say(server, bytes);
    socket.set_read_timeout(Some(within)).unwrap();
    let mut buffer = [0; 1500];
    let n = socket.recv(&mut buffer).ok()?;
    let reply = Packet::parse(&buffer[..n]).unwrap();
    assert_eq!(reply.id(), 7);
    let address = |data: &RData<'_>| -> IpAddr {
        match data {
            RData::A(a) => Ipv4Addr::from(a.address).into(),
            RData::AAAA(a) => Ipv6Addr::from(a.address).into(),
            other => panic!("{other:?}"),
        }
    };
    let addresses = reply.answers.iter().map(|record| address(&record.rdata));
    Some((reply.rcode(), addresses.collect()))
}

fn next(server: &DnsServer) -> Option<(String, String, DnsTold)> {
    let question = server.await_question(&Budget::of(LONG)).unwrap()?;
    assert!(question.from.is_loopback());
    Some((question.name, question.kind, question.told))
}

#[test]
fn names_it_was_told_are_answered_and_others_are_not_there() {
    let server = server();
    let four: IpAddr = "192.168.1.2".parse().unwrap();
    server.answer("Update.Acme.example.", &[four]).unwrap();
    let asked = query("update.aCME.example", TYPE::A);
    let none = Vec::new();
    assert_eq!(
        ask(&server, &asked, LONG),
        Some((RCODE::NoError, vec![four]))
    );
    let six = query("update.acme.example", TYPE::AAAA);
    assert_eq!(
        ask(&server, &six, LONG),
        Some((RCODE::NoError, none.clone()))
    );
    let other = query("other.example", TYPE::A);
    assert_eq!(
        ask(&server, &other, LONG),
        Some((RCODE::NameError, none.clone()))
    );
    server.answer("update.acme.example", &[]).unwrap();
    assert_eq!(ask(&server, &asked, LONG), Some((RCODE::NameError, none)));
    let text = |name: &str, kind: &str, told| Some((name.to_owned(), kind.to_owned(), told));
    // As it was written, each once, the oldest first.
    assert_eq!(
        next(&server),
        text("update.aCME.example", "A", DnsTold::Addresses)
    );
    assert_eq!(
        next(&server),
        text("update.acme.example", "AAAA", DnsTold::NoneOfKind)
    );
    assert_eq!(
        next(&server),
        text("other.example", "A", DnsTold::NoSuchName)
    );
    assert_eq!(
        next(&server),
        text("update.aCME.example", "A", DnsTold::NoSuchName)
    );
    assert_eq!(server.await_question(&Budget::of(SHORT)).unwrap(), None);
}

#[test]
fn silent_it_hears_and_wrong_it_leads_nowhere() {
    let server = server();
    let asked = query("a.example", TYPE::A);
    server.behave(DnsBehaviour::Silent);
    assert_eq!(ask(&server, &asked, SHORT), None);
    assert_eq!(next(&server).unwrap().2, DnsTold::Nothing);
    server.behave(DnsBehaviour::Wrong);
    let nobody = Some((RCODE::NoError, vec![NOBODY[0]]));
    assert_eq!(ask(&server, &asked, LONG), nobody);
    assert_eq!(next(&server).unwrap().2, DnsTold::WrongAddress);
    server
        .answer("a.example", &["127.0.0.1".parse().unwrap()])
        .unwrap();
    assert_eq!(ask(&server, &asked, LONG), nobody, "the good one, too");
    server.reset();
    assert_eq!(ask(&server, &asked, LONG), Some((RCODE::NameError, vec![])));
}

#[test]
fn what_is_no_question_is_counted_and_does_not_end_it() {
    let server = server();
    let good = query("a.example", TYPE::A);
    let mut many = good.clone();
    many[4..6].copy_from_slice(&[0xff, 0xff]);
    let mut reply = good.clone();
    reply[2] |= 0x80;
    let mut looping = good[..12].to_vec();
    // A name that points to itself.
    looping.extend([0xc0, 12, 0, 1, 0, 1]);
    let short = &good[..good.len() - 1];
    let bad: [&[u8]; 6] = [b"", b"rubbish", short, &many, &reply, &looping];
    for bytes in bad {
        drop(say(&server, bytes));
    }
    assert_eq!(ask(&server, &good, LONG), Some((RCODE::NameError, vec![])));
    assert_eq!(server.facts().malformed, 6);
    assert_eq!(next(&server).unwrap().0, "a.example");
    assert_eq!(server.await_question(&Budget::of(SHORT)).unwrap(), None);
}

#[test]
fn a_flood_is_kept_up_to_a_bound_and_told() {
    let server = server();
    let asked = query("a.example", TYPE::A);
    let most = QUESTIONS + 3;
    for _ in 0..most {
        server.shared.take(&asked, Ipv4Addr::LOCALHOST.into());
    }
    assert_eq!(server.facts().forgotten, 3);
    assert!(server.answer("a", &[NOBODY[0]; ADDRESSES + 1]).is_err());
    assert!(server.answer(".", &[NOBODY[0]]).is_err());
    for n in 0..NAMES {
        server.answer(&format!("n{n}"), &[NOBODY[0]]).unwrap();
    }
    assert!(server.answer("one-more", &[NOBODY[0]]).is_err());
    server.answer("N1", &[NOBODY[1]]).unwrap();
}

#[test]
fn what_is_asked_while_the_gate_is_shut_is_lost() {
    let gate = Gate::default();
    let at = (Ipv4Addr::LOCALHOST, 0).into();
    let server = DnsServer::open(at, Some(gate.clone())).unwrap();
    let asked = query("a.example", TYPE::A);
    gate.shut(CutKind::Silence).unwrap();
    assert_eq!(ask(&server, &asked, SHORT), None);
    gate.open();
    assert!(ask(&server, &asked, LONG).is_some());
    assert!(next(&server).is_some());
    assert_eq!(server.await_question(&Budget::of(SHORT)).unwrap(), None);
}

#[test]
fn a_port_that_may_not_be_taken_is_told_with_the_capability() {
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    let told = no_server("127.0.0.1:53".parse().unwrap(), &denied).to_string();
    assert!(told.contains("CAP_NET_BIND_SERVICE"), "{told}");
    let server = server();
    let taken = DnsServer::open(server.at, None).unwrap_err();
    assert_eq!(taken.channel, Some(Channel::DNS));
    assert!(taken.try_next.unwrap().contains("another `port`"));
}
