//! What the ops of every channel share.

use proofhouse_model::{BlobId, Channel, Trouble, TroubleKind, UnitName};

/// Stores evidence and says under which hash.
pub type Keep<'a> = dyn FnMut(&[u8]) -> Result<BlobId, Trouble> + 'a;

/// An opened channel, or the trouble that the bench file does not wire it.
pub(crate) fn wired<T>(driver: Option<T>, unit: &UnitName, channel: Channel) -> Result<T, Trouble> {
    driver.ok_or_else(|| Trouble {
        kind: TroubleKind::Case,
        channel: Some(channel),
        what: format!("{unit} has no {channel} on this bench"),
        try_next: Some(format!(
            "ask `bench.has(\"{channel}\")` first, or list it in `needs`"
        )),
    })
}
