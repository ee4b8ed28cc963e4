//! Which of two lines was altered when they do not fit together.

use crate::error::ReadError;
use crate::line::{Wrapper, text_of};
use crate::lines::Lines;
use crate::{PLAN_FILE, line::hex_hash};

/// How a line is named to a reader: lines count from 1, events from 0.
pub(crate) fn line_name(line: u64) -> String {
    match line {
        0 => PLAN_FILE.to_owned(),
        n => format!("line {n} (event {})", n - 1),
    }
}

/// The line in the buffer does not continue the one before. The line after it, or the seal, knows the hash it
/// had: when that still fits, it is the line before that was altered.
pub(crate) fn chain(lines: &mut Lines, sealed_head: Option<&str>) -> ReadError {
    let (path, line) = (lines.path.clone(), lines.read + 1);
    let own = text_of(&hex_hash(&lines.buffer));
    let vouched = match lines.fill() {
        Ok(true) => serde_json::from_slice::<Wrapper>(&lines.buffer)
            .ok()
            .map(|w| w.prev),
        _ => sealed_head.map(str::to_owned),
    };
    let suspect = match vouched {
        Some(hash) if hash != own => line_name(line),
        _ => line_name(line - 1),
    };
    ReadError::Chain {
        path,
        line,
        suspect,
    }
}
