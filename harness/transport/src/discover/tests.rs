use super::network::ask_at;
use super::*;
use simple_dns::rdata::{A, PTR, RData};
use simple_dns::{CLASS, Name, Packet, ResourceRecord};
use std::net::{Ipv4Addr, UdpSocket};

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;

#[test]
fn neighbours_that_answered_are_read() {
    let table = "\
IP address       HW type     Flags       HW address            Mask     Device
192.168.1.7      0x1         0x2         9c:9c:1f:00:00:17     *        eth0
192.168.1.8      0x1         0x0         00:00:00:00:00:00     *        eth0
rubbish
";
    let found = in_table(table);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].mac, "9c:9c:1f:00:00:17");
    assert_eq!(found[0].interface, "eth0");
}

fn reply(name: &str, data: RData<'_>) -> Vec<u8> {
    let mut packet = Packet::new_reply(0);
    let record = ResourceRecord::new(Name::new(name).unwrap(), CLASS::IN, 10, data);
    packet.answers.push(record);
    packet.build_bytes_vec().unwrap()
}

fn pointer(to: &str) -> RData<'_> {
    RData::PTR(PTR(Name::new(to).unwrap()))
}

/// A responder that has one kind of service, and a device that answers searches; both say rubbish first.
#[test]
fn who_answers_is_found_with_what_it_said() {
    let (mdns, ssdp) = (
        UdpSocket::bind((HERE, 0)).unwrap(),
        UdpSocket::bind((HERE, 0)).unwrap(),
    );
    let at = (mdns.local_addr().unwrap(), ssdp.local_addr().unwrap());
    let names = std::thread::spawn(move || {
        let mut buffer = [0; 1500];
        let kinds = "_services._dns-sd._udp.local";
        let (size, from) = mdns.recv_from(&mut buffer).unwrap();
        let asked = Packet::parse(&buffer[..size]).unwrap();
        assert_eq!(asked.questions[0].qname.to_string(), kinds);
        mdns.send_to(b"rubbish", from).unwrap();
        mdns.send_to(&reply(kinds, pointer("_http._tcp.local")), from)
            .unwrap();
        let (size, from) = mdns.recv_from(&mut buffer).unwrap();
        let asked = Packet::parse(&buffer[..size]).unwrap();
        assert_eq!(asked.questions[0].qname.to_string(), "_http._tcp.local");
        let offers = pointer("Lamp._http._tcp.local");
        mdns.send_to(&reply("_http._tcp.local", offers), from)
            .unwrap();
        let address = RData::A(A {
            address: 0x7f00_0001,
        });
        mdns.send_to(&reply("lamp.local", address), from).unwrap();
    });
    let search = std::thread::spawn(move || {
        let mut buffer = [0; 1500];
        let (size, from) = ssdp.recv_from(&mut buffer).unwrap();
        assert!(buffer[..size].starts_with(b"M-SEARCH * HTTP/1.1\r\n"));
        ssdp.send_to(b"\xff\xfe", from).unwrap();
        let told =
            b"HTTP/1.1 200 OK\r\nServer: Lamp/1.0\r\nLOCATION: http://127.0.0.1/d.xml\r\n\r\n";
        ssdp.send_to(told, from).unwrap();
    });
    let within = Duration::from_millis(700);
    let asked = ask_at(HERE, within, at.0, at.1);
    let found = crate::net::runtime().unwrap().block_on(asked).unwrap();
    names.join().unwrap();
    search.join().unwrap();
    let said = [
        "Lamp._http._tcp.local",
        "Lamp/1.0",
        "http://127.0.0.1/d.xml",
        "lamp.local",
    ];
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].said, said);
}

#[test]
fn no_probe_is_plugged_into_this_computer_or_each_has_a_selector() {
    let found = probes().expect("the search ends");
    assert!(
        found.iter().all(|probe| probe.selector.contains(':')),
        "{found:?}"
    );
}

#[test]
fn the_searches_for_chips_and_boards_end() {
    chips().expect("the search ends");
    boards().expect("the search ends");
}
