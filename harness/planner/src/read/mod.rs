//! TOML text to checked values, with every mistake at its place.

mod item;
mod load;
mod log;
mod shorten;
mod syntax;
mod table;

pub use item::{Item, one_of};
pub use load::{Text, digest, load};
pub use log::Log;
pub use proofhouse_model::bytes::to_hex as hex;
pub use proofhouse_model::nearest;
pub use shorten::shorten;
pub use syntax::parse;
pub use table::Table;

/// Finds of one file: the value when there is no mistake, else all of them in the file's order.
pub fn outcome<T>(value: Option<T>, log: Log) -> Result<T, Vec<proofhouse_model::Diagnostic>> {
    let file = log.file().to_owned();
    let found = log.into_found();
    match value {
        Some(value) if found.is_empty() => Ok(value),
        _ if found.is_empty() => Err(vec![proofhouse_model::Diagnostic::whole(
            &file,
            "cannot be used, for a reason that was not recorded".to_owned(),
        )]),
        _ => Err(found),
    }
}
