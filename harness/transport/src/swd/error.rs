//! Whose trouble an error of probe-rs is: the device's (an observation) or the bench's.

use std::error::Error;

use probe_rs::architecture::arm::ArmError;
use probe_rs::probe::DebugProbeError;
use proofhouse_model::{Channel, Trouble};

/// Why a step on the wire did not work.
#[derive(Debug)]
pub enum Failed {
    /// The target refused, faulted or kept silent: its exact words, for the record.
    Device(String),
    /// The probe or the way to it broke.
    Bench(Trouble),
}

impl Failed {
    /// Sorts an error of the ARM layer.
    pub fn from_arm(error: &ArmError) -> Self {
        match probe_error(error) {
            Some(_) => Self::Bench(probe_trouble(&chain(error))),
            None => Self::Device(chain(error)),
        }
    }
}

/// An error and all that caused it, in one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = one_line(&error.to_string());
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = one_line(&cause.to_string());
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

/// Trouble of a probe that was open and then broke.
pub fn probe_trouble(what: &str) -> Trouble {
    Trouble::bench(
        Channel::Debug,
        format!("the debug probe failed: {what}"),
        "see whether the probe is still plugged in and the unit still has power; \
         replug the probe; close other debuggers",
    )
}

/// Finds a probe's own error among the causes, other than those that tell of the target.
fn probe_error(error: &ArmError) -> Option<&DebugProbeError> {
    if let ArmError::Probe(probe) = error {
        return Some(probe).filter(|p| !tells_of_target(p));
    }
    if let ArmError::NoTargetResponse { source } = error {
        return probe_error(source);
    }
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(probe) = cause.downcast_ref::<DebugProbeError>() {
            return Some(probe).filter(|p| !tells_of_target(p));
        }
        if let Some(arm) = cause.downcast_ref::<ArmError>() {
            return probe_error(arm);
        }
        next = cause.source();
    }
    None
}

fn tells_of_target(probe: &DebugProbeError) -> bool {
    matches!(
        probe,
        DebugProbeError::TargetNotFound
            | DebugProbeError::BatchError(_)
            | DebugProbeError::JtagScanChain(_)
    )
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use probe_rs::architecture::arm::DapError;

    #[test]
    fn a_refusal_is_the_devices_and_a_broken_probe_the_benchs() {
        let quiet = ArmError::NoTargetResponse {
            source: Box::new(DapError::NoAcknowledge.into()),
        };
        assert!(matches!(Failed::from_arm(&quiet), Failed::Device(_)));
        let refused = ArmError::MissingPermissions("erase_all".into());
        assert!(matches!(Failed::from_arm(&refused), Failed::Device(t) if t.contains("erase_all")));

        assert!(!chain(&quiet).contains(".:"), "{}", chain(&quiet));

        let gone = || ArmError::from(DebugProbeError::Other("unplugged".into()));
        assert!(matches!(Failed::from_arm(&gone()), Failed::Bench(_)));
        let nested = ArmError::NoTargetResponse {
            source: Box::new(gone()),
        };
        let Failed::Bench(trouble) = Failed::from_arm(&nested) else {
            panic!("a broken probe was called the device's")
        };
        assert!(trouble.what.contains("unplugged"), "{trouble}");
        assert!(trouble.try_next.is_some());
    }
}
