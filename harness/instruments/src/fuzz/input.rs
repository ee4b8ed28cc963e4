//! Input number `i` of a campaign.

use super::{boundary, havoc};
use proofhouse_model::Bytes;
use proofhouse_model::seeded::Seeded;

/// What kind of thing an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A console line.
    Console,
    /// An HTTP/1.1 request.
    Http,
    /// A CoAP message.
    Coap,
    /// Any datagram.
    Datagram,
    /// Any bytes on a TCP connection.
    Stream,
}

impl Kind {
    /// Most bytes of a mutated input. Datagrams stay below one Ethernet frame, so that they arrive in one piece.
    pub(super) fn most(self) -> usize {
        match self {
            Self::Console => 4096,
            Self::Coap | Self::Datagram => 1400,
            Self::Http | Self::Stream => 65_536,
        }
    }
}

/// Inputs of one campaign; the structured ones are made once.
pub(super) struct Inputs {
    kind: Kind,
    seed: u64,
    structured: Vec<Vec<u8>>,
    seeds: Vec<Vec<u8>>,
}

impl Inputs {
    pub(super) fn new(kind: Kind, seeds: &[Bytes], seed: u64) -> Self {
        let seeds: Vec<Vec<u8>> = seeds.iter().map(|s| s.to_vec()).collect();
        let structured = boundary::all(kind, &seeds);
        let fallback = || boundary::plain_seed(kind);
        let seeds = if seeds.is_empty() {
            vec![fallback()]
        } else {
            seeds
        };
        Self {
            kind,
            seed,
            structured,
            seeds,
        }
    }

    pub(super) fn get(&self, index: u32) -> Vec<u8> {
        let structured = usize::try_from(index)
            .ok()
            .and_then(|i| self.structured.get(i));
        let mut input = structured.cloned().unwrap_or_else(|| {
            let mut seeded = Seeded::stream(self.seed, index);
            havoc::mutate(self.kind, &self.seeds, &mut seeded)
        });
        if self.kind == Kind::Coap {
            fresh_message_id(&mut input, index);
        }
        input
    }
}

/// CoAP servers answer a repeated message id from memory (RFC 7252 section 4.5) and would never look at the input.
fn fresh_message_id(input: &mut [u8], index: u32) {
    if let Some(id) = input.get_mut(2..4) {
        // The upper half of the range belongs to the pings.
        id.copy_from_slice(&((index & 0x7fff) as u16).to_be_bytes());
    }
}

/// The input itself, for sending a find again.
#[must_use]
pub fn input(kind: Kind, seeds: &[Bytes], seed: u64, index: u32) -> Vec<u8> {
    Inputs::new(kind, seeds, seed).get(index)
}

/// How many structured inputs stand before the mutations.
#[must_use]
pub fn boundaries(kind: Kind, seeds: &[Bytes]) -> u32 {
    Inputs::new(kind, seeds, 0).structured.len() as u32
}
