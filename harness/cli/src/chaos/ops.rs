//! How many ops of each channel a case makes on an honest device: what moments are drawn from.
//!
//! Measured once (`chaos --measure`) and kept beside the suite, because a draw must not depend on the machine it is
//! made on. The counts are weights, no more: a case that has changed since is hit a little less often.

use proofhouse_journal::{ReadError, Reader};
use proofhouse_model::{Channel, Fact};
use std::collections::BTreeMap;
use std::path::Path;

/// The file, in the suite's folder.
pub const OPS_FILE: &str = "chaos-ops.json";

/// Ops by case and channel; under `any` all ops of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ops(BTreeMap<String, BTreeMap<String, u32>>);

impl Ops {
    /// Reads what was measured; `None` when there is no such file or nothing that can be read in it.
    #[must_use]
    pub fn read(suite: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(suite.join(OPS_FILE)).ok()?;
        serde_json::from_str(&text).ok().map(Self)
    }

    /// Counts them in the journal of an honest run.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn measure(mut run: Reader) -> Result<Self, ReadError> {
        let mut ops = Self::default();
        while let Some(event) = run.next().transpose()? {
            let task = event.task.and_then(|id| run.plan().task(id));
            if let (Some(task), Fact::OpStarted { op }) = (task, &event.fact) {
                let case = &task.case.id;
                let counts = ops.0.entry(case.to_string()).or_default();
                let channel = op.channel().map(Channel::name);
                for name in channel.into_iter().chain(["any"]) {
                    *counts.entry(name.to_owned()).or_default() += 1;
                }
            }
        }
        Ok(ops)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, suite: &Path) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(&self.0)?;
        std::fs::write(suite.join(OPS_FILE), text + "\n")
    }

    /// Ops of a channel (of any, for `None`) in a case; `None` for a case that was never measured.
    #[must_use]
    pub fn of(&self, case: &str, channel: Option<Channel>) -> Option<u32> {
        let counts = self.0.get(case)?;
        let name = channel.map_or("any", Channel::name);
        Some(counts.get(name).copied().unwrap_or(0))
    }
}
