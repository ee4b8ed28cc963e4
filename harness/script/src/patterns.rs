//! Patterns a script has used already: scripts look with the same few in loops, and to build one takes milliseconds.

use proofhouse_model::{BadPattern, Pattern};
use std::cell::RefCell;
use std::collections::HashMap;

/// Patterns kept at most: each may hold a megabyte and more of what it has worked out.
const MOST: usize = 32;

thread_local! {
    static KNOWN: RefCell<HashMap<String, Pattern>> = RefCell::default();
}

/// The pattern, built now or before.
///
/// # Errors
/// It is no valid pattern, or too large.
pub fn pattern(text: &str) -> Result<Pattern, BadPattern> {
    KNOWN.with_borrow_mut(|known| {
        if let Some(pattern) = known.get(text) {
            return Ok(pattern.clone());
        }
        let pattern = Pattern::new(text)?;
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(text.to_owned(), pattern.clone());
        Ok(pattern)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_patterns_leave_few_and_each_is_its_own() {
        for n in 0..100 {
            let text = format!("^a{n}$");
            for _ in 0..2 {
                let found = pattern(&text).unwrap();
                assert_eq!(found.as_str(), text);
                assert!(found.regex().is_match(format!("a{n}").as_bytes()));
            }
            assert!(KNOWN.with_borrow(HashMap::len) <= MOST);
        }
        assert!(pattern("(oops").is_err());
    }
}
