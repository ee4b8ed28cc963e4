//! Bytes that are too many for an event: the one place where they become blobs.

use super::{Recorder, read};
use proofhouse_model::bytes::Kept;
use proofhouse_model::{BlobId, Bytes, Trouble};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Bytes up to this many stand in their event.
const IN_EVENT: usize = 8 << 10;
/// Of those that are kept, so many first ones stand there too.
const HEAD: usize = 256;
/// Values remembered: an image that is sent again is not hashed again.
const REMEMBERED: usize = 8;

/// Whether bytes are too many to stand in their event.
pub(crate) fn are_many(bytes: &Bytes) -> bool {
    bytes.len() > IN_EVENT && bytes.kept().is_none()
}

/// How bytes stand in their event that are kept, secrets masked, as this blob.
pub(crate) fn stand_in_event(masked: &[u8], blob: BlobId) -> Bytes {
    let size = masked.len() as u64;
    let head = masked.get(..HEAD).unwrap_or(masked);
    Bytes::kept_as(Kept { blob, size }, head)
}

/// What was kept lately, for as long as the same value lives.
#[derive(Default)]
pub(super) struct Keeper(Mutex<Lately>);

#[derive(Default)]
struct Lately {
    values: Vec<(Weak<[u8]>, Bytes)>,
    /// How often all of it was forgotten.
    forgotten: u64,
}

impl Keeper {
    fn find(&self, bytes: &Bytes) -> Option<Bytes> {
        let lately = self.lock();
        let same = |weak: &Weak<[u8]>| {
            // The address is compared while both live: it is the same value, not a later one in the same place.
            weak.upgrade()
                .is_some_and(|old| Arc::ptr_eq(&old, bytes.shared()))
        };
        let mut found = lately.values.iter().filter(|(weak, _)| same(weak));
        found.next().map(|(_, kept)| kept.clone())
    }

    /// Unless something was forgotten since `then`: it was masked by what was known then.
    fn remember(&self, bytes: &Bytes, kept: &Bytes, then: u64) {
        let mut lately = self.lock();
        if lately.forgotten != then {
            return;
        }
        let values = &mut lately.values;
        values.retain(|(weak, _)| weak.strong_count() > 0);
        if values.len() >= REMEMBERED {
            values.remove(0);
        }
        values.push((Arc::downgrade(bytes.shared()), kept.clone()));
    }

    /// A new secret may stand in what was kept.
    pub(super) fn forget(&self) {
        let mut lately = self.lock();
        lately.values.clear();
        lately.forgotten += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Lately> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder {
    /// Keeps bytes that are too many for an event, secrets masked; `None` for those that are not.
    pub(super) fn keep(&self, bytes: &Bytes) -> Result<Option<Bytes>, Trouble> {
        if !are_many(bytes) {
            return Ok(None);
        }
        if let Some(kept) = self.keeper.find(bytes) {
            return Ok(Some(kept));
        }
        self.lock().log()?;
        let then = self.keeper.lock().forgotten;
        let masked = read(&self.secrets).mask_bytes(bytes, None);
        let blob = self.put(&masked)?;
        let kept = stand_in_event(&masked, blob);
        self.keeper.remember(bytes, &kept, then);
        Ok(Some(kept))
    }
}
