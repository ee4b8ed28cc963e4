//! The capture as pcapng, with secrets blanked.
//!
//! The masker of the record replaces a secret by a mark of another length, which would break every length in the file.
//! So secrets are blanked here before the file is made: where one stands in what a side said, each packet that carries
//! a byte of it has that byte replaced, repetitions too. Then the file holds nothing that the masker would touch.

use super::Hidden;
use super::assemble::{Place, Said};
use super::flows::Flows;
use super::unwrap;
use pcap_file::DataLink;
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use proofhouse_model::observation::Side;
use proofhouse_model::{Channel, Trouble};
use proofhouse_transport::tap::{Link, Recording};
use std::borrow::Cow;
use std::ops::Range;
use std::time::{Duration, UNIX_EPOCH};

/// Stands for each byte of a secret.
pub(super) const BLANK: u8 = b'*';
/// Longest packet that a reader has to expect.
const SNAP: u32 = 1 << 18;
/// Times are in nanoseconds: ten to the minus nine.
const NANOSECONDS: u8 = 9;
/// How often the whole file is looked through for what is left.
const LOOKS: usize = 3;

/// Makes the file.
pub(super) fn made(
    recording: &Recording,
    flows: &Flows,
    hidden: &Hidden<'_>,
) -> Result<Vec<u8>, Trouble> {
    let packets = recording.packets.iter();
    let mut packets: Vec<Vec<u8>> = packets.map(|packet| packet.bytes.clone()).collect();
    for talk in &flows.talks {
        for by in [Side::Unit, Side::Peer] {
            blank_said(&mut packets, talk.said(by), hidden);
        }
    }
    // A secret may stand in a packet by itself: of no flow, or in a version that nobody put together.
    for packet in &mut packets {
        for span in hidden(packet) {
            fill(packet, span);
        }
    }
    for _ in 0..LOOKS {
        let (file, places) = written(recording, &packets)?;
        let left = hidden(&file);
        if left.is_empty() {
            return Ok(file);
        }
        // One that comes about across packets: those are blanked as a whole.
        for (place, packet) in places.iter().zip(&mut packets) {
            if left
                .iter()
                .any(|span| span.start < place.end && place.start < span.end)
            {
                packet.fill(BLANK);
            }
        }
    }
    let what = "secrets stand in the capture in a way that cannot be blanked, so it is not kept";
    Err(Trouble::bench(Channel::Tap, what, "capture a shorter time"))
}

/// Blanks secrets of one side in every packet that carries a byte of them.
fn blank_said(packets: &mut [Vec<u8>], said: &Said, hidden: &Hidden<'_>) {
    // Across runs, too: a secret in small datagrams, or around a gap, is put together by whoever reads the file.
    let (mut all, mut places) = (Vec::new(), Vec::new());
    for run in &said.runs {
        places.push((all.len(), run.at));
        all.extend_from_slice(&run.bytes);
    }
    for span in hidden(&all) {
        for (n, (begin, at)) in places.iter().enumerate() {
            let end = places.get(n + 1).map_or(all.len(), |(next, _)| *next);
            let (from, to) = (span.start.max(*begin), span.end.min(end));
            if from < to {
                let offset = |place: usize| at + (place - begin) as u64;
                blank_between(packets, said, (offset(from), offset(to)));
            }
        }
    }
    // Where a secret is packed its bytes are not one by one: what is packed goes, to the end of what was said. So does
    // what nobody here unpacks.
    for run in &said.runs {
        let (unwrapped, _) = unwrap::of(&run.bytes);
        let secret = unwrapped
            .iter()
            .filter(|one| !hidden(&one.bytes).is_empty());
        let first = secret
            .map(|one| one.at)
            .chain(unwrap::closed(&run.bytes))
            .min();
        if let Some(first) = first {
            let end = run.at + run.bytes.len() as u64;
            blank_between(packets, said, (run.at + first as u64, end));
        }
    }
}

/// Blanks what a side said between two offsets, in every packet that carries a byte of it.
fn blank_between(packets: &mut [Vec<u8>], said: &Said, (from, to): (u64, u64)) {
    // Pieces are sorted by where they begin; the longest is a packet.
    let first = said
        .pieces
        .partition_point(|(at, _)| at + u64::from(u16::MAX) + u64::from(u16::MAX) < from);
    let rest = said.pieces.get(first..).unwrap_or_default();
    for (at, place) in rest.iter().take_while(|(at, _)| *at < to) {
        blank_piece(packets, *at, *place, (from, to));
    }
}

/// Blanks what of a piece lies between two offsets of what its side said.
fn blank_piece(packets: &mut [Vec<u8>], at: u64, place: Place, (from, to): (u64, u64)) {
    let over = from.max(at)..to.min(at + place.len as u64);
    if over.start >= over.end {
        return;
    }
    if let Some(packet) = packets.get_mut(place.packet) {
        let first = place.from + (over.start - at) as usize;
        fill(packet, first..first + (over.end - over.start) as usize);
    }
}

fn fill(bytes: &mut [u8], span: Range<usize>) {
    if let Some(bytes) = bytes.get_mut(span) {
        bytes.fill(BLANK);
    }
}

/// The file, and where in it each packet stands.
fn written(
    recording: &Recording,
    packets: &[Vec<u8>],
) -> Result<(Vec<u8>, Vec<Range<usize>>), Trouble> {
    let broken = |e: pcap_file::PcapError| {
        let what = format!("the capture cannot be written as pcapng: {e}");
        Trouble::bench(
            Channel::Tap,
            what,
            "report it: this is a mistake of Proofhouse",
        )
    };
    let mut writer = PcapNgWriter::new(Vec::new()).map_err(broken)?;
    let linktype = match recording.link {
        Link::Ip => DataLink::RAW,
        Link::Ethernet => DataLink::ETHERNET,
    };
    let interface = InterfaceDescriptionBlock {
        linktype,
        snaplen: SNAP,
        options: vec![InterfaceDescriptionOption::IfTsResol(NANOSECONDS)],
    };
    writer.write_pcapng_block(interface).map_err(broken)?;
    let began = recording.began.duration_since(UNIX_EPOCH);
    let began = began.unwrap_or(Duration::ZERO);
    let mut places = Vec::with_capacity(packets.len());
    for (packet, bytes) in recording.packets.iter().zip(packets) {
        let block = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: began + packet.at,
            original_len: u32::try_from(packet.bytes.len()).unwrap_or(u32::MAX),
            data: Cow::Borrowed(bytes),
            options: Vec::new(),
        };
        let from = writer.get_ref().len();
        writer.write_pcapng_block(block).map_err(broken)?;
        places.push(from..writer.get_ref().len());
    }
    Ok((writer.into_inner(), places))
}
