//! What both sides said, from packets in every disorder.

use super::*;
use proofhouse_model::observation::FlowProtocol;

#[test]
fn pieces_out_of_order_and_repeated_are_put_together_over_the_turn_of_numbers() {
    let text = "it is said in many small pieces, and no piece is in its place";
    let pieces: Vec<(u32, &[u8])> = (0..).step_by(5).zip(text.as_bytes().chunks(5)).collect();
    for order in 0..4 {
        let mut wire = Wire::opened(40_000);
        let mut now = pieces.clone();
        match order {
            1 => now.reverse(),
            2 => now.rotate_left(4),
            3 => now.extend(pieces.iter().copied()),
            _ => {}
        }
        for (at, piece) in now {
            wire.says(true, at, piece);
        }
        let read = wire.read();
        assert_eq!(said(&read), whole(text), "{order}");
        assert!(read.lost().is_empty(), "{:?}", read.lost());
        let flow = &read.flows()[0];
        assert_eq!((flow.sent, flow.received), (text.len() as u64, 0));
        assert_eq!(flow.begun_by, Some(Side::Unit));
        assert_eq!((flow.peer.as_str(), flow.port), ("198.51.100.9", 80));
        assert_eq!(flow.own_port, 40_000);
        assert_eq!(flow.protocol, FlowProtocol::Tcp);
    }
}

#[test]
fn pieces_that_lie_over_each_other_say_the_same_or_are_told() {
    let mut wire = Wire::opened(40_000);
    wire.says(true, 4, b"efgh");
    wire.says(true, 0, b"abcdef");
    wire.says(true, 2, b"cdefghij");
    let same = wire.read();
    assert_eq!(said(&same), whole("abcdefghij"));
    assert!(same.lost().is_empty());
    let mut wire = Wire::opened(40_000);
    wire.says(true, 0, b"abcdef");
    wire.says(true, 3, b"dEFGH");
    let other = wire.read();
    assert_eq!(said(&other), whole("abcdefGH"), "the first version counts");
    assert!(
        other.lost()[0].contains("something else"),
        "{:?}",
        other.lost()
    );
}

#[test]
fn what_is_missing_is_told_in_the_middle_and_at_the_end() {
    let mut wire = Wire::opened(40_000);
    wire.says(true, 0, b"abc");
    wire.says(true, 8, b"xyz");
    let read = wire.read();
    let runs = [(0, "abc".to_owned()), (8, "xyz".to_owned())];
    assert_eq!(said(&read), runs);
    assert!(read.lost()[0].starts_with("5 bytes"), "{:?}", read.lost());
    // Its end is known by its own FIN, and by what the other side acknowledged.
    let fin = FIRST[0].wrapping_add(1 + 10);
    for by_fin in [true, false] {
        let mut wire = Wire::opened(40_000);
        wire.says(true, 0, b"abc");
        match by_fin {
            true => wire.push(true, |ip, s| ip.tcp(s.0, s.1, fin, 1).fin(), &[]),
            false => wire.push(false, |ip, s| ip.tcp(s.0, s.1, 7_001, 1).ack(fin), &[]),
        }
        let lost = wire.read().lost();
        assert!(lost[0].starts_with("7 bytes"), "{by_fin}: {lost:?}");
    }
    let mut orderly = Wire::opened(40_000);
    orderly.says(true, 0, b"0123456789");
    orderly.push(true, |ip, s| ip.tcp(s.0, s.1, fin, 1).fin(), &[]);
    let ack = fin.wrapping_add(1);
    orderly.push(false, |ip, s| ip.tcp(s.0, s.1, 7_001, 1).ack(ack), &[]);
    assert!(orderly.read().lost().is_empty());
}

#[test]
fn a_connection_heard_from_its_middle_on_has_no_beginning() {
    let mut wire = Wire::new(40_000);
    wire.says(true, 100, b"later");
    wire.says(true, 95, b"then ");
    let read = wire.read();
    assert_eq!(said(&read), whole("then later"));
    assert_eq!(read.flows()[0].begun_by, None);
    assert_eq!(read.flows()[0].tls, None);
}

#[test]
fn the_same_ports_carry_one_connection_after_another() {
    let mut wire = Wire::opened(40_000);
    wire.says(true, 0, b"first");
    let seq = 99;
    wire.push(true, |ip, s| ip.tcp(s.0, s.1, seq, 1).syn(), &[]);
    // Sent again, it begins nothing.
    wire.push(true, |ip, s| ip.tcp(s.0, s.1, seq, 1).syn(), &[]);
    wire.push(true, |ip, s| ip.tcp(s.0, s.1, seq + 1, 1), b"second");
    let read = wire.read();
    let sent: Vec<u64> = read.flows().iter().map(|f| f.sent).collect();
    assert_eq!(sent, [5, 6]);
}

#[test]
fn a_port_that_refused_its_peer_is_no_flow_and_whom_the_unit_called_is_one() {
    let mut wire = Wire::new(40_000);
    wire.push(false, |ip, s| ip.tcp(s.0, s.1, 5, 1).syn(), &[]);
    wire.push(true, |ip, s| ip.tcp(s.0, s.1, 0, 1).rst().ack(6), &[]);
    assert!(wire.read().flows().is_empty());
    let mut wire = Wire::new(40_000);
    wire.push(true, |ip, s| ip.tcp(s.0, s.1, 5, 1).syn(), &[]);
    wire.push(false, |ip, s| ip.tcp(s.0, s.1, 0, 1).rst().ack(6), &[]);
    let flows = wire.read().flows();
    assert_eq!((flows.len(), flows[0].sent), (1, 0));
}

#[test]
fn packets_that_are_cut_or_lie_are_told_and_end_nothing() {
    let mut wire = Wire::opened(40_000);
    wire.says(true, 0, b"abc");
    let whole_packet = wire.packets[2].bytes.clone();
    for len in 0..whole_packet.len() {
        wire.raw(true, whole_packet[..len].to_vec());
    }
    // Padding behind the length that the header tells is none of it.
    let mut padded = whole_packet.clone();
    padded.extend_from_slice(b"padding");
    wire.raw(true, padded);
    let read = wire.read();
    assert_eq!(said(&read), whole("abc"));
    let cut = format!("{} packets were cut short", whole_packet.len());
    assert!(read.lost()[0].starts_with(&cut), "{:?}", read.lost());
}

#[test]
fn headers_of_ipv6_are_passed_over_and_fragments_told() {
    let (unit, peer) = ([0x20; 16], [0x30; 16]);
    let mut bytes = Vec::new();
    PacketBuilder::ipv6(unit, peer, 64)
        .udp(5000, 9)
        .write(&mut bytes, b"hello")
        .unwrap();
    // Options that concern nobody, between the IP header and that of UDP: 8 bytes each.
    let options = [17, 0, 1, 4, 0, 0, 0, 0];
    let hop_by_hop = [60, 0, 1, 4, 0, 0, 0, 0];
    let mut with = bytes.clone();
    with.splice(40..40, [hop_by_hop, options].concat());
    with[6] = 0;
    with[5] += 16;
    let packet = |bytes: Vec<u8>| Packet {
        at: Duration::ZERO,
        by_unit: true,
        bytes,
    };
    let read = read(Link::Ip, vec![packet(with)]);
    assert_eq!(said(&read), whole("hello"));
    let mut fragment = bytes;
    fragment.splice(40..40, [17, 0, 0, 1, 0, 0, 0, 1]);
    fragment[6] = 44;
    fragment[5] += 8;
    let parts = super::read(Link::Ip, vec![packet(fragment)]);
    assert!(parts.flows().is_empty());
    assert!(parts.lost()[0].contains("fragments"), "{:?}", parts.lost());
}

#[test]
fn flows_are_bounded_and_those_beyond_are_told() {
    let mut packets = Vec::new();
    for n in 0..MOST_FLOWS + 3 {
        let port = 1000 + n as u16;
        packets.push(datagram(true, port, b"x"));
    }
    let read = read(Link::Ip, packets);
    assert_eq!(read.flows().len(), MOST_FLOWS);
    assert!(read.lost()[0].starts_with("3 packets"), "{:?}", read.lost());
}

#[test]
fn names_are_those_that_the_unit_asked_for() {
    use simple_dns::{CLASS, Name, Packet as Dns, QCLASS, QTYPE, Question, TYPE};
    let question = |name: &'static str| {
        let (kind, class) = (QTYPE::TYPE(TYPE::A), QCLASS::CLASS(CLASS::IN));
        let mut query = Dns::new_query(1);
        let name = Name::new(name).unwrap();
        query
            .questions
            .push(Question::new(name, kind, class, false));
        query.build_bytes_vec().unwrap()
    };
    let mut answer = question("answered.example");
    answer[2] |= 0x80;
    let packets = vec![
        datagram(true, 53, &question("update.example")),
        datagram(true, 53, &question("cloud.example")),
        datagram(true, 53, &question("update.example")),
        datagram(false, 53, &question("of-the-server.example")),
        datagram(true, 54, &question("elsewhere.example")),
        datagram(true, 53, &answer),
        datagram(true, 53, b"\xff\xff rubbish"),
    ];
    let read = read(Link::Ip, packets);
    assert_eq!(read.names(), ["cloud.example", "update.example"]);
}

/// Bits of packets that are changed at random end nothing, and every byte is in a flow, loose or told.
#[test]
fn rubbish_is_survived() {
    use proofhouse_model::seeded::Seeded;
    let mut numbers = Seeded::stream(3, 0);
    let mut wire = Wire::opened(40_000);
    for n in 0..3000_u32 {
        wire.says(n % 3 != 0, n * 3, b"abcdefgh");
        let last = wire.packets.last_mut().unwrap();
        for _ in 0..numbers.below(3) {
            let at = numbers.below(last.bytes.len());
            last.bytes[at] = numbers.byte();
        }
    }
    let read = wire.read();
    let _ = (read.flows(), read.names(), read.lost());
    read.file(&|_| Vec::new()).unwrap();
}
