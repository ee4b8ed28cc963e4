//! How much may come back in one case. What a unit answers is kept, and no disk is without end.

use proofhouse_model::{Observation, Trouble};

/// Most bytes in one case: a hundred times what cases of honest devices come to.
const MOST: usize = 128 << 20;

/// Bytes that came back so far.
#[derive(Default)]
pub(super) struct Answers(usize);

impl Answers {
    /// Counts what came back of an op.
    ///
    /// # Errors
    /// More than is kept of a case: that says nothing of the device (case).
    pub(super) fn count(&mut self, saw: &Observation) -> Result<(), Trouble> {
        self.0 = self.0.saturating_add(length(saw));
        match self.0 > MOST {
            true => Err(Trouble::case(format!(
                "the answers in this case come to more than the {} MiB that are kept of one: let the case or \
                 device.star ask less often, for less, or tap for shorter",
                MOST >> 20
            ))),
            false => Ok(()),
        }
    }
}

/// What a device can make as long as it likes.
fn length(saw: &Observation) -> usize {
    match saw {
        Observation::Http(answer) => {
            let lines = answer.headers.iter();
            let head: usize = lines.map(|(name, value)| name.len() + value.len()).sum();
            let unparsed = answer.unparsed.as_ref().map_or(0, |bytes| bytes.len());
            head + unparsed + answer.body.len()
        }
        Observation::Coap(answer) | Observation::Observing { answer, .. } => answer.payload.len(),
        Observation::Datagram { bytes } => bytes.len(),
        Observation::Captured(capture) => usize::try_from(capture.size).unwrap_or(usize::MAX),
        Observation::Message { topic, payload } => topic.len() + payload.len(),
        Observation::Matched(seen) => {
            seen.text.len() + seen.groups.iter().map(|group| group.len()).sum::<usize>()
        }
        _ => 0,
    }
}
