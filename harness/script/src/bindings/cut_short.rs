//! Uploads that break off: requests that announce all of an image, bring half of it and are left at that.

use memchr::memmem;
use proofhouse_model::{Bytes, Dur};
use std::sync::{Arc, Mutex, PoisonError};

/// For so long a device waits for what was announced to it. Then the connection is closed.
const LEFT_WAITING: Dur = Dur::ms(500);

/// What is broken off wherever it is sent, on how many requests that was tried, and on how many half of it was sent.
#[derive(Debug, Default)]
pub(crate) struct CutShort {
    image: Option<Arc<[u8]>>,
    begun: u64,
    requests: u64,
}

impl CutShort {
    /// From now on requests that bring this image, and none so far.
    pub(crate) fn of(image: Bytes) -> Self {
        Self {
            image: Some(image.into()),
            ..Self::default()
        }
    }

    /// Of how many requests half of it was sent.
    pub(crate) const fn requests(&self) -> u64 {
        self.requests
    }
}

/// Breaks a request off in the middle of the image, if it brings it: it announces all of its body. Gives how long an
/// answer is waited for once that half is sent.
pub(crate) fn break_off(
    cut: &Mutex<CutShort>,
    headers: &mut Vec<(String, String)>,
    body: &mut Bytes,
) -> Option<Dur> {
    let mut cut = cut.lock().unwrap_or_else(PoisonError::into_inner);
    let image = cut.image.as_deref()?;
    let end = memmem::find(body, image)? + image.len() / 2;
    let length = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-length");
    if !headers.iter().any(length) {
        headers.push(("Content-Length".to_owned(), body.len().to_string()));
    }
    let half = body.get(..end).unwrap_or_default();
    *body = Bytes::from(half);
    cut.begun += 1;
    Some(LEFT_WAITING)
}

/// One that was broken off has sent its half.
pub(crate) fn broke_off(cut: &Mutex<CutShort>) {
    let mut cut = cut.lock().unwrap_or_else(PoisonError::into_inner);
    cut.requests += 1;
}

/// How many requests were to be broken off so far, whatever became of them: an operation in which there was one cannot
/// have sent what it had to offer.
pub(crate) fn begun(cut: &Mutex<CutShort>) -> u64 {
    cut.lock().unwrap_or_else(PoisonError::into_inner).begun
}
