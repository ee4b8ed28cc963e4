//! Secrets never reach the disk in clear: every event, blob and log passes here on its way.
//!
//! [`SecretBook`] knows the secrets and finds their forms in bytes; [`Streams`] remembers how each stream of bytes
//! ended, so that a secret which comes in pieces is seen; `mark` is what stands for a secret; `event` walks an event;
//! `places` are where secrets stand that nobody named, and `texts` is how they stand in running text.

mod book;
mod event;
mod grams;
mod hidden;
mod mark;
mod odd;
pub(crate) mod places;
mod stream;
#[cfg(test)]
mod tests;
mod texts;

pub(crate) use book::SHORTEST;
pub use book::SecretBook;
pub(crate) use event::each_text;
pub(crate) use mark::is_opaque;
pub(crate) use stream::{Streams, Way};
