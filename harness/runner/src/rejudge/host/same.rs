//! What was recorded with its secrets put back, and whether what is asked now is the same.

use super::ReplayHost;
use crate::mask::{SecretBook, each_text, is_opaque};
use proofhouse_model::{Bytes, Fact, Observation, Op, Trouble};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;

impl ReplayHost {
    /// What came back, as the script had it: with the bytes that stand outside the journal.
    pub(super) fn whole(
        &self,
        book: &SecretBook,
        saw: &Observation,
    ) -> Result<Observation, Trouble> {
        let mut saw = put_back(book, saw);
        for bytes in saw.bytes_mut() {
            self.fetch(book, bytes)?;
        }
        Ok(saw)
    }

    /// An op as the script made it then. Stand-ins are put into what was recorded, and not marks into what is asked
    /// now: one of a secret's forms may be another one's of its stand-in.
    pub(super) fn op_then(&self, book: &SecretBook, op: &Op) -> Result<Op, Trouble> {
        let mut op = put_back(book, op);
        for bytes in op.bytes_mut() {
            self.fetch(book, bytes)?;
        }
        Ok(op)
    }

    /// Whether an op is the recorded one, which is `then` with what could be put back.
    pub(super) fn is_same(&self, book: &SecretBook, recorded: &Fact, then: &Op, op: &Op) -> bool {
        then == op
            || self.is_same_in_marks(book, recorded, op)
            || Self::is_same_but_pieces(book, recorded, op)
    }

    /// Whether an op is the recorded one but for marks that cannot be put back: it has the same ones in the same
    /// places.
    fn is_same_in_marks(&self, book: &SecretBook, recorded: &Fact, op: &Op) -> bool {
        let Fact::OpStarted { op: then } = recorded else {
            return false;
        };
        let mut then = then.clone();
        for bytes in then.bytes_mut() {
            let kept = bytes.kept().map(|kept| (self.blobs)(&kept.blob));
            match kept {
                Some(Some(all)) => *bytes = all.into(),
                Some(None) => return false,
                None => {}
            }
        }
        let (Ok(mut now), Ok(text)) = (serde_json::to_value(op), serde_json::to_string(&then))
        else {
            return false;
        };
        if !is_opaque(&text) {
            return false;
        }
        let task = self.attempt.task();
        each_text(&mut now, &|bytes| book.mask_bytes(bytes, task).into_owned());
        serde_json::from_value::<Op>(now).is_ok_and(|now| now == then)
    }

    /// Whether an op is the recorded one but for short pieces of secrets that stood there by chance.
    fn is_same_but_pieces(book: &SecretBook, recorded: &Fact, op: &Op) -> bool {
        let Fact::OpStarted { op: then } = recorded else {
            return false;
        };
        let Some(((then, recorded), (now, asked))) = texts_of(then).zip(texts_of(op)) else {
            return false;
        };
        let mut pairs = recorded.iter().zip(&asked);
        then == now && recorded.len() == asked.len() && pairs.all(|(r, a)| book.fits(r, a))
    }

    /// Bytes that are kept as a blob.
    fn fetch(&self, book: &SecretBook, bytes: &mut Bytes) -> Result<(), Trouble> {
        if let Some(kept) = bytes.kept() {
            let blob = &kept.blob;
            let all = (self.blobs)(blob)
                .ok_or_else(|| Trouble::case(format!("blob {blob} cannot be read")))?;
            *bytes = book.put_back(&all).into();
        }
        Ok(())
    }
}

/// An op without its texts, and these.
fn texts_of(op: &Op) -> Option<(serde_json::Value, Vec<Vec<u8>>)> {
    let mut json = serde_json::to_value(op).ok()?;
    let texts = RefCell::new(Vec::new());
    each_text(&mut json, &|bytes| {
        texts.borrow_mut().push(bytes.to_vec());
        Vec::new()
    });
    Some((json, texts.into_inner()))
}

/// A value of the journal with stand-ins where it names secrets.
pub(super) fn put_back<T: Serialize + DeserializeOwned + Clone>(book: &SecretBook, value: &T) -> T {
    let Ok(mut json) = serde_json::to_value(value) else {
        return value.clone();
    };
    each_text(&mut json, &|bytes| book.put_back(bytes));
    serde_json::from_value(json).unwrap_or_else(|_| value.clone())
}

/// The guess on record as it is tried now; nothing where the case makes another one.
pub(super) fn guess_then(book: &SecretBook, then: &str, now: &str) -> Option<String> {
    // What cannot be put back is compared by its marks where it is sent.
    if is_opaque(then) {
        return Some(now.to_owned());
    }
    let same = book.is_guess(then.as_bytes(), now.as_bytes());
    same.then(|| String::from_utf8_lossy(&book.put_back(then.as_bytes())).into_owned())
}
