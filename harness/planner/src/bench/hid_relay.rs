//! A relay of a USB board: the board is named by the characters that it has of its own.

use crate::read::Table;
use proofhouse_model::settings::Settings;

/// Characters of such a name.
const LENGTH: usize = 5;

/// Holds the settings of a wire to what they stand for.
pub fn complete(table: &Table<'_>, own: Settings) -> Option<Settings> {
    let board = own.text("board").ok()?;
    let fine = board.len() == LENGTH && board.bytes().all(|b| b.is_ascii_graphic());
    match fine {
        true => Some(own),
        false => table.get("board")?.bad(
            "this is no name of a relay board",
            "its five characters, such as BITFT, as `proofhouse discover` tells them",
        ),
    }
}
