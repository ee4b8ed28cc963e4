//! Names that a unit asked name servers for.

use super::flows::Talk;
use proofhouse_model::observation::FlowProtocol;
use simple_dns::{Packet, PacketFlag};
use std::collections::BTreeSet;

/// Most names of a capture.
pub const MOST_NAMES: usize = 1024;
/// Longest name kept, in characters.
const LONGEST: usize = 255;
const DNS: u16 = 53;

/// All of them, each once, in order of the alphabet.
pub(super) fn asked(talks: &[Talk]) -> Vec<String> {
    let mut names = BTreeSet::new();
    for talk in talks.iter().filter(|talk| talk.key.peer.1 == DNS) {
        for run in &talk.unit.runs {
            match talk.key.protocol {
                FlowProtocol::Udp => take(&run.bytes, &mut names),
                FlowProtocol::Tcp => {
                    let mut rest = run.bytes.as_slice();
                    while let Some((len, tail)) = rest.split_first_chunk::<2>() {
                        let len = usize::from(u16::from_be_bytes(*len));
                        let Some((message, tail)) = tail.split_at_checked(len) else {
                            break;
                        };
                        take(message, &mut names);
                        rest = tail;
                    }
                }
            }
        }
    }
    names.into_iter().take(MOST_NAMES).collect()
}

/// The names in a question; what is no question has none.
fn take(message: &[u8], names: &mut BTreeSet<String>) {
    let Ok(packet) = Packet::parse(message) else {
        return;
    };
    if packet.has_flags(PacketFlag::RESPONSE) {
        return;
    }
    for question in &packet.questions {
        let name = question.qname.to_string();
        names.insert(name.chars().take(LONGEST).collect());
    }
}
