//! Values that were planted, in every form in which they may travel.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use proofhouse_model::bytes::to_hex;
use std::io::Write;

const SECRET: &str = "tr0ub4dor&3?>~";

fn needle() -> Vec<(String, Bytes)> {
    vec![("wifi".to_owned(), SECRET.into())]
}

fn search(read: &Read) -> Sought {
    let budget = Budget::of(Duration::from_secs(600));
    read.search(&needle(), &budget).unwrap()
}

/// Finds where the unit said this behind 11 other bytes, in packets of that size.
fn found(planted: &[u8], size: usize) -> Vec<(String, u64)> {
    let mut wire = Wire::opened(40_000);
    let all = [b"some words ", planted, b" and no more"].concat();
    for (n, piece) in all.chunks(size).enumerate() {
        wire.says(true, (n * size) as u32, piece);
    }
    let sought = search(&wire.read());
    assert_eq!(sought.searched, all.len() as u64);
    let finds = sought.finds.into_iter();
    finds
        .inspect(|find| assert_eq!((find.flow, find.by), (Some(0), Side::Unit)))
        .map(|find| (find.encoding, find.at))
        .collect()
}

#[test]
fn every_form_is_found_whatever_packets_it_is_cut_into() {
    let wide: Vec<u8> = SECRET.bytes().flat_map(|c| [c, 0]).collect();
    let url = b"tr0ub4dor%263%3F%3E~";
    let forms: [(&str, &[u8]); 4] = [
        ("plain", SECRET.as_bytes()),
        ("hex", &to_hex(SECRET.as_bytes()).into_bytes()),
        ("utf-16le", &wide),
        ("url", url),
    ];
    for (name, planted) in forms {
        for size in [1, 3, 7, 1000] {
            let finds = found(planted, size);
            assert!(finds.iter().any(|(_, at)| *at == 11), "{name}: {finds:?}");
        }
    }
    for ahead in 0..3 {
        let coded = STANDARD.encode([&b"ab"[..ahead.min(2)], SECRET.as_bytes(), b"x"].concat());
        let finds = found(coded.as_bytes(), 5);
        assert!(
            finds.iter().any(|(name, _)| name.contains("base64")),
            "{ahead}: {finds:?}"
        );
    }
    assert!(found(b"tr0ub4dor", 4).is_empty(), "a part of it is not it");
}

#[test]
fn what_was_packed_is_found_where_it_begins() {
    let mut to = GzEncoder::new(Vec::new(), Compression::default());
    to.write_all(format!("{{\"key\":\"{SECRET}\"}}").as_bytes())
        .unwrap();
    let finds = found(&to.finish().unwrap(), 6);
    assert_eq!(finds, [("gzip plain".to_owned(), 11)]);
}

#[test]
fn what_the_peer_says_and_datagrams_and_loose_packets_are_searched() {
    let mut wire = Wire::opened(40_000);
    wire.says(false, 0, format!("x{SECRET}").as_bytes());
    let mut packets = wire.packets;
    packets.push(datagram(true, 5683, SECRET.as_bytes()));
    let mut icmp = Vec::new();
    PacketBuilder::ipv4(UNIT, PEER, 64)
        .icmpv4_echo_request(1, 1)
        .write(&mut icmp, SECRET.as_bytes())
        .unwrap();
    packets.push(Packet {
        at: Duration::ZERO,
        by_unit: true,
        bytes: icmp,
    });
    let finds = search(&read(Link::Ip, packets)).finds;
    let places: Vec<_> = finds.iter().map(|f| (f.flow, f.by, f.at)).collect();
    let wanted = [
        (None, Side::Unit, 28),
        (Some(0), Side::Peer, 1),
        (Some(1), Side::Unit, 0),
    ];
    assert_eq!(places, wanted);
}

/// Whoever sends a value twice in one place, once otherwise, cannot hide which was taken.
#[test]
fn the_other_version_of_a_place_is_searched_too() {
    let mut wire = Wire::opened(40_000);
    wire.says(true, 0, b"nothing to see");
    wire.says(true, 0, SECRET.as_bytes());
    let read = wire.read();
    assert_eq!(search(&read).finds.len(), 1);
    assert!(!read.lost().is_empty());
}

#[test]
fn needles_that_chance_would_find_are_a_mistake_of_the_case() {
    let budget = Budget::of(Duration::from_secs(600));
    let read = Wire::opened(1).read();
    let of = |value: &str| {
        let needles = vec![("n".to_owned(), Bytes::from(value))];
        read.search(&needles, &budget).unwrap_err().what
    };
    assert!(of("short").contains("6 to 4096"), "{}", of("short"));
    assert!(
        read.search(&[], &budget)
            .unwrap_err()
            .what
            .contains("no needle")
    );
    let late = Budget::of(Duration::ZERO);
    assert!(read.search(&needle(), &late).is_err());
}
