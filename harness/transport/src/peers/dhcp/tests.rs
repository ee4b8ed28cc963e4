//! Messages of a client, and a client on a link for real.

use super::*;
use crate::namespace;
use dhcproto::v4::{DhcpOption, Message, MessageType, Opcode, OptionCode};
use dhcproto::{Decodable, Encodable};
use std::process::Command;

const LONG: Duration = Duration::from_secs(20);
const UNIT: [u8; 6] = [0x9c, 0x9c, 0x1f, 0, 0, 0x17];

fn lease() -> Lease {
    Lease {
        interface: "v0".to_owned(),
        server: [10, 77, 0, 1].into(),
        mac: UNIT,
        address: [10, 77, 0, 20].into(),
        mask: [255, 255, 255, 0].into(),
        router: None,
        dns: Some([10, 77, 0, 1].into()),
        time: Duration::from_secs(3600),
    }
}

fn message(mac: &[u8], kind: MessageType, more: Vec<DhcpOption>) -> Vec<u8> {
    let none = Ipv4Addr::UNSPECIFIED;
    let mut message = Message::new_with_id(7, none, none, none, none, mac);
    message.opts_mut().insert(DhcpOption::MessageType(kind));
    for option in more {
        message.opts_mut().insert(option);
    }
    message.to_vec().unwrap()
}

/// What is answered to it, and what came of it.
fn asked(bytes: &[u8]) -> (Message, Option<DhcpLease>) {
    match lease().hear(bytes) {
        Heard::Asked { answer, lease, .. } => (Message::from_bytes(&answer).unwrap(), lease),
        _ => panic!("no answer"),
    }
}

#[test]
fn the_unit_is_offered_and_given_its_own_address_and_no_other() {
    let (offer, none) = asked(&message(&UNIT, MessageType::Discover, vec![]));
    assert_eq!(
        (offer.opts().msg_type(), none),
        (Some(MessageType::Offer), None)
    );
    assert_eq!((offer.opcode(), offer.xid()), (Opcode::BootReply, 7));
    assert_eq!(offer.yiaddr(), Ipv4Addr::from([10, 77, 0, 20]));
    let dns = DhcpOption::DomainNameServer(vec![[10, 77, 0, 1].into()]);
    assert_eq!(offer.opts().get(OptionCode::DomainNameServer), Some(&dns));
    assert_eq!(offer.opts().get(OptionCode::Router), None);
    let wants = |last: u8| {
        let address = DhcpOption::RequestedIpAddress([10, 77, 0, last].into());
        let name = DhcpOption::Hostname("lamp".to_owned());
        asked(&message(&UNIT, MessageType::Request, vec![address, name]))
    };
    let (ack, given) = wants(20);
    assert_eq!(ack.opts().msg_type(), Some(MessageType::Ack));
    let given = given.unwrap();
    assert!(
        given.given && given.host_name.as_deref() == Some("lamp"),
        "{given:?}"
    );
    let (nak, refused) = wants(21);
    assert_eq!(nak.opts().msg_type(), Some(MessageType::Nak));
    assert_eq!(nak.yiaddr(), Ipv4Addr::UNSPECIFIED);
    assert!(!refused.unwrap().given);
}

#[test]
fn others_and_what_is_no_message_are_not_answered() {
    let stranger = message(&[2; 6], MessageType::Discover, vec![]);
    assert!(matches!(lease().hear(&stranger), Heard::Stranger));
    let elsewhere = DhcpOption::ServerIdentifier([10, 77, 0, 2].into());
    let taken = message(&UNIT, MessageType::Request, vec![elsewhere]);
    assert!(matches!(lease().hear(&taken), Heard::Noted));
    let good = message(&UNIT, MessageType::Discover, vec![]);
    let mut long_mac = good.clone();
    long_mac[2] = 0xff;
    let mut reply = good.clone();
    reply[0] = 2;
    let bad: [&[u8]; 5] = [b"", b"rubbish", &good[..100], &long_mac, &reply];
    for bad in bad {
        assert!(matches!(lease().hear(bad), Heard::Malformed), "{bad:?}");
    }
}

/// Both ends of the link are in one namespace, which has to take addresses of its own from it.
fn link() {
    let script = "ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up && \
                  ip address add 10.77.0.1/24 dev v0 && \
                  echo 1 > /proc/sys/net/ipv4/conf/all/accept_local && \
                  for c in all v0 v1; do echo 0 > /proc/sys/net/ipv4/conf/$c/rp_filter; done";
    let made = Command::new("sh").args(["-ec", script]).output().unwrap();
    assert!(made.status.success(), "{made:?}");
}

#[test]
fn a_client_on_the_link_gets_its_lease() {
    if !namespace::inside("peers::dhcp::tests::a_client_on_the_link_gets_its_lease") {
        return;
    }
    link();
    let server = DhcpServer::open(lease()).unwrap();
    let client = on_interface("v1", CLIENT_PORT).unwrap();
    client.set_nonblocking(false).unwrap();
    client.set_read_timeout(Some(LONG)).unwrap();
    let say = |bytes: &[u8]| {
        let to = (Ipv4Addr::BROADCAST, SERVER_PORT);
        client.send_to(bytes, to).unwrap();
    };
    let hear = || {
        let mut buffer = [0; 1500];
        let n = client.recv(&mut buffer).unwrap();
        Message::from_bytes(&buffer[..n]).unwrap().opts().msg_type()
    };
    // Somebody else is not answered: the first answer is the unit's.
    say(&message(&[2; 6], MessageType::Discover, vec![]));
    say(b"rubbish");
    say(&message(&UNIT, MessageType::Discover, vec![]));
    assert_eq!(hear(), Some(MessageType::Offer));
    let address = DhcpOption::RequestedIpAddress([10, 77, 0, 20].into());
    say(&message(&UNIT, MessageType::Request, vec![address]));
    assert_eq!(hear(), Some(MessageType::Ack));
    let given = server.await_lease(&Budget::of(LONG)).unwrap().unwrap();
    assert!(given.given, "{given:?}");
    let facts = server.facts();
    assert_eq!((facts.strangers, facts.malformed), (1, 1));
    assert_eq!(facts.mac, "9c:9c:1f:00:00:17");
    server.reset();
    assert_eq!(server.facts().strangers, 0);
    let taken = DhcpServer::open(lease()).unwrap_err();
    assert!(taken.try_next.unwrap().contains("the other DHCP server"));
}

#[test]
fn a_port_that_may_not_be_taken_is_told_with_the_capability() {
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    let told = no_server("eth1", &denied).to_string();
    assert!(told.contains("CAP_NET_BIND_SERVICE"), "{told}");
}
