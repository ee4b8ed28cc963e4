//! What one operation of a device script did on the wires: an answer that no op stands behind was made up, and what the
//! script says it offered or read is held against the bytes themselves.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use proofhouse_model::op::{ConsoleOp, InstrumentOp};
use proofhouse_model::{Channel, Observation, Op};
use std::collections::BTreeMap;

/// Most bytes sent in one operation that are kept to look for what was offered.
const MOST_SENT: usize = 512 << 20;
/// Most text heard on one wire in one operation that is kept.
const MOST_HEARD: usize = 1 << 20;
/// Pieces of what was offered are at least so long, but for the last: framing stands between them.
const PIECE: usize = 12;

/// Ops since an operation of the device script began.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    /// Ops that asked the device for something.
    asked: u32,
    /// Everything sent, in order, where something is offered.
    sent: Option<Vec<u8>>,
    /// Everything heard, by wire, where somebody says who he is.
    heard: Option<BTreeMap<Channel, String>>,
}

impl Witness {
    /// For an operation that offers bytes.
    pub(crate) fn of_offer() -> Self {
        Self {
            sent: Some(Vec::new()),
            ..Self::default()
        }
    }

    /// For an operation that reads who a unit is.
    pub(crate) fn of_identity() -> Self {
        Self {
            heard: Some(BTreeMap::new()),
            ..Self::default()
        }
    }

    /// An op is about to be carried out.
    pub(crate) fn see_op(&mut self, op: &Op) {
        self.asked += u32::from(asks(op));
        let Some(sent) = &mut self.sent else { return };
        for bytes in op.bytes() {
            let room = MOST_SENT.saturating_sub(sent.len());
            sent.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    /// What came of it.
    pub(crate) fn see_outcome(&mut self, channel: Option<Channel>, saw: &Observation) {
        let (Some(heard), Some(channel)) = (&mut self.heard, channel) else {
            return;
        };
        // As it stands in a journal: bytes that are no text are hexadecimal there.
        let text = serde_json::to_string(saw).unwrap_or_default();
        let wire = heard.entry(channel).or_default();
        if wire.len() < MOST_HEARD {
            wire.push_str(&plain(&text));
            wire.push(' ');
        }
    }

    /// Whether the device was asked anything at all.
    pub(crate) fn asked(&self) -> bool {
        self.asked > 0
    }

    /// Whether all of `offered` went over a wire, in order, whatever stood between its pieces: as it is, in base64 or
    /// in hexadecimal.
    pub(crate) fn sent_all_of(&self, offered: &[u8]) -> bool {
        let Some(sent) = &self.sent else { return true };
        let hex = |upper: bool| -> Vec<u8> {
            let digit = |n: u8| {
                let digit = char::from_digit(u32::from(n), 16).unwrap_or('0');
                if upper {
                    digit.to_ascii_uppercase()
                } else {
                    digit
                }
            };
            let pair = |b: &u8| [digit(b >> 4) as u8, digit(b & 15) as u8];
            offered.iter().flat_map(pair).collect()
        };
        in_pieces(sent, offered)
            || in_pieces(sent, STANDARD_NO_PAD.encode(offered).as_bytes())
            || in_pieces(sent, URL_SAFE_NO_PAD.encode(offered).as_bytes())
            || in_pieces(sent, &hex(false))
            || in_pieces(sent, &hex(true))
    }

    /// Whether a value was in something that came over a wire, whatever stood between its letters and digits.
    pub(crate) fn heard(&self, channel: Channel, value: &str) -> bool {
        let value = plain(value);
        let wire = self.heard.as_ref().and_then(|heard| heard.get(&channel));
        !value.is_empty() && wire.is_some_and(|text| text.contains(&value))
    }
}

/// Whether an op asks the device for something: a supply that is switched, a pause or a look at the label does not.
fn asks(op: &Op) -> bool {
    match op {
        Op::Power(_) | Op::Idle { .. } | Op::Label { .. } => false,
        Op::Console(op) => !matches!(op, ConsoleOp::Skip | ConsoleOp::Lines),
        Op::Instrument(op) => !matches!(op, InstrumentOp::AssessPasswords { .. }),
        _ => true,
    }
}

/// Letters and digits alone, in lower case: a MAC address is written in many ways.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// Whether `wanted` stands in `sent` in order, in pieces of at least [`PIECE`] bytes with anything between them.
fn in_pieces(sent: &[u8], wanted: &[u8]) -> bool {
    let (mut sent, mut wanted) = (sent, wanted);
    while !wanted.is_empty() {
        let head = &wanted[..wanted.len().min(PIECE)];
        let Some(at) = memchr::memmem::find(sent, head) else {
            return false;
        };
        let rest = &sent[at..];
        let alike = rest.iter().zip(wanted).take_while(|(a, b)| a == b).count();
        sent = &rest[alike..];
        wanted = &wanted[alike..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofhouse_model::Dur;

    fn image() -> Vec<u8> {
        let mut numbers = proofhouse_model::seeded::Seeded::new(7);
        (0..5000).map(|_| numbers.byte()).collect()
    }

    fn sent(pieces: impl IntoIterator<Item = Vec<u8>>) -> Witness {
        let mut witness = Witness::of_offer();
        for piece in pieces {
            witness.see_op(&Op::Console(ConsoleOp::Send {
                bytes: piece.into(),
            }));
        }
        witness
    }

    #[test]
    fn an_image_is_seen_whole_in_frames_and_encoded() {
        let image = image();
        assert!(sent([image.clone()]).sent_all_of(&image));
        let framed = |n: usize| {
            let frames = image.chunks(n).enumerate();
            sent(
                frames.map(|(n, part)| [&[1, n as u8, !n as u8][..], part, &[0xaa, 0x55]].concat()),
            )
        };
        for n in [16, 100, 128, 1024] {
            assert!(framed(n).sent_all_of(&image), "{n}");
        }
        let text = STANDARD_NO_PAD.encode(&image);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(76)
            .map(|l| std::str::from_utf8(l).unwrap())
            .collect();
        assert!(sent([format!("{{\"image\":\"{text}\"}}").into_bytes()]).sent_all_of(&image));
        assert!(sent([lines.join("\r\n").into_bytes()]).sent_all_of(&image));
        let hex: String = image.iter().map(|b| format!("{b:02X}")).collect();
        assert!(sent([hex.into_bytes()]).sent_all_of(&image));
    }

    #[test]
    fn another_image_or_a_part_is_not_the_one_offered() {
        let image = image();
        let mut other = image.clone();
        other[2500] ^= 1;
        assert!(!sent([other]).sent_all_of(&image));
        assert!(!sent([image[..4990].to_vec()]).sent_all_of(&image));
        assert!(!sent([]).sent_all_of(&image));
        assert!(!sent([b"GET / HTTP/1.1\r\n\r\n".to_vec()]).sent_all_of(&image));
    }

    #[test]
    fn what_does_not_ask_the_device_counts_for_nothing() {
        let mut witness = Witness::default();
        let length = Dur::ms(1);
        witness.see_op(&Op::Idle { length });
        witness.see_op(&Op::Label {
            field: "serial".into(),
        });
        witness.see_op(&Op::Console(ConsoleOp::Skip));
        assert!(!witness.asked());
        witness.see_op(&Op::Console(ConsoleOp::Send {
            bytes: b"id".to_vec().into(),
        }));
        assert!(witness.asked());
    }

    #[test]
    fn a_value_is_heard_on_its_own_wire_however_it_is_written() {
        let mut witness = Witness::of_identity();
        let text = "mac AA:BB:CC:00:11:22 serial A-17".to_owned();
        witness.see_outcome(Some(Channel::Console), &Observation::Text { text });
        assert!(witness.heard(Channel::Console, "aabb.cc00.1122"));
        assert!(witness.heard(Channel::Console, "A-17"));
        assert!(!witness.heard(Channel::Lan, "A-17"));
        assert!(!witness.heard(Channel::Console, "A-18"));
        assert!(!witness.heard(Channel::Console, "--"));
    }
}
