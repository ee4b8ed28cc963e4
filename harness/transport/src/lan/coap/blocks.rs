//! Answers in blocks (RFC 7959): which block came, and what to ask for next.

use coap_lite::{CoapOption, Packet};
use proofhouse_model::op::CoapOp;

/// Number of the option.
pub(super) const BLOCK2: u16 = 23;
const ETAG: CoapOption = CoapOption::ETag;

/// A block of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) number: u32,
    pub(super) more: bool,
    /// Its size is 16 bytes, doubled so often.
    size: u32,
}

impl Block {
    /// The one that an answer says it is.
    pub(super) fn of(packet: &Packet) -> Option<Self> {
        let value = packet.get_first_option(CoapOption::Block2)?;
        let value = match value.len() {
            0..=3 => value.iter().fold(0, |n, b| n << 8 | u32::from(*b)),
            _ => return None,
        };
        Some(Self {
            number: value >> 4,
            more: value & 8 != 0,
            size: value & 7,
        })
    }

    /// The request for the block behind it; its number has 20 bits.
    pub(super) fn next(self, op: &CoapOp) -> Option<CoapOp> {
        let value = ((self.number + 1) << 4) | self.size;
        let bytes = value.to_be_bytes();
        let bytes = &bytes[bytes.iter().take_while(|b| **b == 0).count()..];
        let mut op = op.clone();
        op.options.push((BLOCK2, bytes.into()));
        (value < 1 << 24).then_some(op)
    }
}

/// Which version of a resource a block is of.
pub(super) fn version(packet: &Packet) -> Option<Vec<u8>> {
    packet.get_first_option(ETAG).cloned()
}

/// Whether blocks may be asked for: nothing happens twice by asking again, and the case did not ask for one itself.
pub(super) fn may_ask(op: &CoapOp) -> bool {
    op.method.eq_ignore_ascii_case("GET") && !op.options.iter().any(|(n, _)| *n == BLOCK2)
}
