//! What a running case needs from the world. The runner implements it; tests fake it.

use proofhouse_model::{
    BlobId, Channel, Check, Dur, Measurement, Observation, Op, Profile, SecretKind, Trouble,
};
use std::ops::Range;

/// The bench as one running case sees it. One host per running case; every call comes from the
/// thread that called [`crate::run_case`], but for [`Host::call_off`].
///
/// Specimens are counted from 0 here (`bench` is 0, `bench.unit(2)` is 1).
pub trait Host: Send + Sync {
    /// Carries out an op; journals its start and its end.
    ///
    /// # Errors
    /// What the device, the bench or the case did that left no observation.
    fn perform(&self, specimen: usize, op: Op) -> Result<Observation, Trouble>;

    /// Journals a check. `rests_on` is empty here: the host knows the events and fills it.
    ///
    /// # Errors
    /// The journal cannot be written, or the run is being ended.
    fn checked(&self, check: Check) -> Result<(), Trouble>;

    /// Journals a check on the answer of one operation of the device script: it rests on those of the case's calls of
    /// [`Host::perform`], counted from 0, and on nothing that was done around them.
    ///
    /// # Errors
    /// As for [`Host::checked`].
    fn checked_on(&self, check: Check, calls: Range<u64>) -> Result<(), Trouble> {
        let _ = calls;
        self.checked(check)
    }

    /// Journals a value measured without a limit.
    ///
    /// # Errors
    /// As for [`Host::checked`].
    fn measured(&self, measurement: Measurement) -> Result<(), Trouble>;

    /// Journals a remark of the case for its reader.
    ///
    /// # Errors
    /// As for [`Host::checked`].
    fn noted(&self, text: &str) -> Result<(), Trouble>;

    /// Journals what the case cannot rule out on this bench, to be told with its verdict.
    ///
    /// # Errors
    /// As for [`Host::checked`].
    fn limited(&self, text: &str) -> Result<(), Trouble> {
        self.noted(text)
    }

    /// A fresh secret of so many characters. Journals that it was made, and masks it from now on wherever it would
    /// reach the disk.
    ///
    /// # Errors
    /// The operating system gives no random bytes; as for [`Host::checked`].
    fn fresh_secret(&self, name: &str, kind: SecretKind, length: usize) -> Result<String, Trouble>;

    /// Names a value as a secret: it is masked from now on. Journals that it is known, or that it is too short to be
    /// masked.
    ///
    /// # Errors
    /// As for [`Host::checked`].
    fn name_secret(&self, name: &str, value: &[u8]) -> Result<(), Trouble>;

    /// A password that the case made up or took from its own list, to be refused: where it stands in the usual place of
    /// a password it is no secret, unless it is known for one. Journals the word and gives the one that is to be tried:
    /// where a recording is judged again, the one on record.
    ///
    /// # Errors
    /// As for [`Host::checked`].
    fn guesses(&self, word: &str) -> Result<String, Trouble> {
        Ok(word.to_owned())
    }

    /// Whether a text fits a pattern, as found by the script: journaled where the text holds a secret, since it can not
    /// be found out again from what the journal shows of it.
    ///
    /// # Errors
    /// As for [`Host::checked`].
    fn matched(&self, text: &[u8], pattern: &str, fits: bool) -> Result<bool, Trouble>;

    /// Content of a blob an observation named; `None` when it is not there.
    fn blob(&self, id: &BlobId) -> Option<Vec<u8>>;

    /// Content of a file of the profile by its name, such as `update.newer`; `None` when the
    /// profile names no such file.
    ///
    /// # Errors
    /// The profile names it and it cannot be read.
    fn file(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble>;

    /// Whether the profile names a file, without reading it.
    fn has_file(&self, name: &str) -> bool {
        self.profile().files.contains_key(name)
    }

    /// Whether a specimen has a channel.
    fn has(&self, specimen: usize, channel: Channel) -> bool;

    /// The profile the unit claims.
    fn profile(&self) -> &Profile;

    /// Name of a specimen in the bench file.
    fn unit_name(&self, specimen: usize) -> String;

    /// How many specimens the case holds (1 or more).
    fn specimens(&self) -> usize;

    /// Seed of the run.
    fn seed(&self) -> u64;

    /// Milliseconds since some fixed moment, never going back. Journaled: for what a script does with the time.
    ///
    /// # Errors
    /// As for [`Host::checked`].
    fn clock(&self) -> Result<u64, Trouble>;

    /// The same, not journaled: for the beginning of a wait, which only [`Host::ran_out`] looks at.
    fn now_ms(&self) -> u64;

    /// Whether a wait that began at `since_ms` is over; journaled when it is.
    ///
    /// # Errors
    /// As for [`Host::checked`].
    fn ran_out(&self, since_ms: u64, limit: Dur) -> Result<bool, Trouble>;

    /// Waits, at most `length`; ends early with trouble at the case's deadline or when the run is
    /// being ended.
    ///
    /// # Errors
    /// The deadline passed or the run is being ended.
    fn pause(&self, length: Dur) -> Result<(), Trouble>;

    /// Ends what is being done and waited for, by another thread: the script is gone.
    fn call_off(&self, why: &str) {
        let _ = why;
    }

    /// Trouble that must end the script now: deadline or cancel. Asked every thousand steps of a
    /// script.
    fn stopped(&self) -> Option<Trouble>;
}
