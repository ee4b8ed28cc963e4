//! Patterns of ops, compiled once: the same few come again and again.

use proofhouse_model::{Pattern, Trouble};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Patterns kept, for all units together. Compiling one takes some 100 us, finding it here less than one.
const KEPT: usize = 64;

static COMPILED: Mutex<VecDeque<Pattern>> = Mutex::new(VecDeque::new());

/// The pattern of a text.
///
/// # Errors
/// Trouble of the case: it is no pattern.
pub fn pattern(text: &str) -> Result<Pattern, Trouble> {
    let kept = || COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = kept().iter().find(|p| p.as_str() == text).cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let fresh = Pattern::new(text)?;
    let mut kept = kept();
    kept.truncate(KEPT - 1);
    kept.push_front(fresh.clone());
    Ok(fresh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_compiled_once_and_few_are_kept() {
        let first = pattern("plug> ").unwrap();
        let again = pattern("plug> ").unwrap();
        assert!(std::ptr::eq(first.regex(), again.regex()));
        for n in 0..200 {
            pattern(&format!("{n}> ")).unwrap();
        }
        let kept = COMPILED.lock().unwrap().len();
        assert_eq!(kept, KEPT);
        // What `check` refuses is refused here, in the same words.
        let text = r"[é]|\pL\d";
        let (here, there) = (pattern(text).unwrap_err(), Pattern::new(text).unwrap_err());
        assert_eq!(here, there.into());
    }
}
