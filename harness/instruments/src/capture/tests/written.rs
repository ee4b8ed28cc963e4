//! The file: what other programs read, with no secret in it.

use super::*;
use pcap_file::pcapng::{Block, PcapNgReader};
use std::io::Write;
use std::process::Command;

const SECRET: &[u8] = b"hunter2hunter2";

/// Where the secret stands, as the masker of the record would say it.
fn spans(bytes: &[u8]) -> Vec<Range<usize>> {
    let windows = bytes.windows(SECRET.len()).enumerate();
    let places = windows.filter(|(_, w)| *w == SECRET);
    places.map(|(at, _)| at..at + SECRET.len()).collect()
}

fn packets_in(file: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = PcapNgReader::new(file).unwrap();
    let mut out = Vec::new();
    while let Some(block) = reader.next_block() {
        if let Block::EnhancedPacket(packet) = block.unwrap() {
            out.push(packet.data.into_owned());
        }
    }
    out
}

/// A log-in whose password is cut in two, sent twice, and once in a datagram.
fn log_in() -> Read {
    let mut wire = Wire::opened(40_000);
    wire.says(true, 0, b"password=hunter2");
    wire.says(true, 16, b"hunter2 and on");
    wire.says(true, 9, b"hunter2hunter2 and");
    let mut packets = wire.packets;
    packets.push(datagram(false, 5683, b"it is hunter2hunter2"));
    read(Link::Ip, packets)
}

#[test]
fn secrets_are_blanked_in_every_packet_and_lengths_stay() {
    let read = log_in();
    let clear = packets_in(&read.file(&|_| Vec::new()).unwrap());
    let blanked = packets_in(&read.file(&spans).unwrap());
    assert_eq!(clear.len(), 6);
    let originals: Vec<_> = read
        .recording
        .packets
        .iter()
        .map(|p| p.bytes.clone())
        .collect();
    assert_eq!(clear, originals);
    let body = |n: usize, from: usize| String::from_utf8_lossy(&blanked[n][from..]).into_owned();
    assert_eq!(body(2, 40), "password=*******");
    assert_eq!(body(3, 40), "******* and on");
    assert_eq!(body(4, 40), "************** and");
    assert_eq!(body(5, 28), "it is **************");
    for (clear, blanked) in clear.iter().zip(&blanked) {
        assert_eq!(clear.len(), blanked.len());
        assert_eq!(clear[..28], blanked[..28], "headers stay");
    }
}

/// A masker that always finds something would change the file's lengths: then there is none.
#[test]
fn a_capture_that_cannot_be_blanked_is_not_kept() {
    let first =
        |bytes: &[u8]| -> Vec<Range<usize>> { std::iter::once(0..bytes.len().min(4)).collect() };
    let trouble = log_in().file(&first).unwrap_err();
    assert!(trouble.what.contains("cannot be blanked"), "{trouble}");
}

#[test]
fn tshark_reads_the_file_where_it_is_installed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.pcapng");
    std::fs::write(&path, log_in().file(&spans).unwrap()).unwrap();
    let run = Command::new("tshark")
        .args(["-r", path.to_str().unwrap(), "-T", "fields"])
        .args(["-e", "ip.src", "-e", "tcp.dstport", "-e", "tcp.payload"])
        .output();
    let Ok(run) = run else {
        let words =
            "skipped: there is no tshark here, so nothing was shown (apt-get install tshark)\n";
        let _ = std::io::stderr().write_all(words.as_bytes());
        return;
    };
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let text = String::from_utf8_lossy(&run.stdout);
    assert_eq!(text.lines().count(), 6, "{text}");
    assert!(text.contains("192.0.2.7\t80\t"), "{text}");
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    to.write_all(text).unwrap();
    to.finish().unwrap()
}

/// What a search of the capture finds is not in the file either.
#[test]
fn a_secret_that_is_packed_or_cut_into_small_pieces_is_blanked() {
    let chunks = SECRET.chunks(3).map(|c| [b"3\r\n", c, b"\r\n"].concat());
    let chunked = [
        &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"[..],
        &chunks.collect::<Vec<_>>().concat(),
    ]
    .concat();
    let packed = [
        &b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"[..],
        &gzip(SECRET),
    ]
    .concat();
    let closed = [
        &b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n"[..],
        b"\x78\x9c...",
    ]
    .concat();
    for said in [chunked, packed, closed] {
        let head = said.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        let mut wire = Wire::opened(40_000);
        wire.says(true, 0, &said);
        let file = wire.read().file(&spans).unwrap();
        let body = &packets_in(&file)[2][40..];
        assert_eq!(body[..head], said[..head], "the head stays");
        assert!(body[head..].iter().all(|b| *b == file::BLANK), "{body:?}");
    }
    let pieces = SECRET
        .chunks(3)
        .map(|piece| datagram(true, 5683, piece))
        .collect();
    let file = read(Link::Ip, pieces).file(&spans).unwrap();
    for packet in packets_in(&file) {
        assert!(packet[28..].iter().all(|b| *b == file::BLANK), "{packet:?}");
    }
}
