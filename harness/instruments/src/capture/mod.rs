//! What a tap heard: flows with what their hellos tell, names asked, values looked for, and a file for Wireshark.
//!
//! All of it is a fold over the packets of one recording: nothing is asked of anybody. What could not be read, put
//! together or unpacked is told, since only a capture that lost nothing can show that something did not go by.

mod assemble;
mod file;
mod flows;
mod names;
mod packets;
mod search;
#[cfg(test)]
mod tests;
mod unwrap;

pub use flows::MOST_FLOWS;
pub use names::MOST_NAMES;

use crate::tls;
use flows::{Flows, Talk};
use proofhouse_model::observation::{Flow, HeardTls, Side, Sought};
use proofhouse_model::{Bytes, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::tap::Recording;
use std::ops::Range;
use std::sync::Arc;

/// Says where secrets stand in bytes that are to be written.
pub type Hidden<'a> = dyn Fn(&[u8]) -> Vec<Range<usize>> + 'a;

/// A recording that was read.
pub struct Read {
    recording: Arc<Recording>,
    flows: Flows,
}

impl Read {
    /// Reads a recording.
    #[must_use]
    pub fn of(recording: Arc<Recording>) -> Self {
        let flows = Flows::of(&recording);
        Self { recording, flows }
    }

    /// The number of its capture.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.recording.number
    }

    /// Its flows, in the order in which they were first heard.
    #[must_use]
    pub fn flows(&self) -> Vec<Flow> {
        self.flows.talks.iter().map(flow).collect()
    }

    /// Names that the unit asked name servers for.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        names::asked(&self.flows.talks)
    }

    /// Packets, and bytes of them.
    #[must_use]
    pub fn count(&self) -> (u64, u64) {
        let packets = &self.recording.packets;
        let bytes = packets.iter().map(|packet| packet.bytes.len() as u64).sum();
        (packets.len() as u64, bytes)
    }

    /// Why it is not all that went by, a sentence each.
    #[must_use]
    pub fn lost(&self) -> Vec<String> {
        let lost = self.recording.lost.iter().chain(&self.flows.lost);
        lost.cloned().collect()
    }

    /// The packets as a pcapng file. Bytes of secrets are blanked in their packets, so that all lengths stay as they
    /// are; check sums do not.
    ///
    /// # Errors
    /// Bench trouble: the file cannot be made.
    pub fn file(&self, hidden: &Hidden<'_>) -> Result<Vec<u8>, Trouble> {
        file::made(&self.recording, &self.flows, hidden)
    }

    /// Looks for named values in what both sides said.
    ///
    /// # Errors
    /// No needle, or one that is too short or too long (case); the budget is over.
    pub fn search(&self, needles: &[(String, Bytes)], budget: &Budget) -> Result<Sought, Trouble> {
        search::search(&self.recording, &self.flows, needles, budget)
    }
}

fn flow(talk: &Talk) -> Flow {
    Flow {
        peer: talk.key.peer.0.to_string(),
        port: talk.key.peer.1,
        own_port: talk.key.unit.1,
        protocol: talk.key.protocol,
        begun_by: talk.begun_by,
        first: talk.first.into(),
        last: talk.last.into(),
        sent: talk.unit.length(),
        received: talk.peer.length(),
        tls: tls_of(talk),
    }
}

/// Whoever began it is the client.
fn tls_of(talk: &Talk) -> Option<HeardTls> {
    let (client, server) = match talk.begun_by? {
        Side::Unit => (&talk.unit, &talk.peer),
        Side::Peer => (&talk.peer, &talk.unit),
    };
    tls::heard(client.beginning(), server.beginning())
}
