//! Port lists from ranges.

use proofhouse_model::Trouble;
use std::collections::BTreeSet;

/// Every port of inclusive ranges once, in order, without port 0 (nothing can listen there).
pub(super) fn list(ranges: &[(u16, u16)]) -> Result<Vec<u16>, Trouble> {
    let mut all = BTreeSet::new();
    for &(first, last) in ranges {
        if first > last {
            let what = format!("the port range {first}-{last} runs backwards");
            return Err(Trouble::case(what));
        }
        all.extend(first.max(1)..=last);
    }
    all.remove(&0);
    Ok(all.into_iter().collect())
}

/// Every port once, in order, without port 0.
pub(super) fn singles(ports: &[u16]) -> Vec<u16> {
    let mut all: BTreeSet<u16> = ports.iter().copied().collect();
    all.remove(&0);
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_join_and_reversed_ones_are_refused() {
        assert_eq!(list(&[(3, 5), (4, 6), (0, 1)]).unwrap(), [1, 3, 4, 5, 6]);
        assert_eq!(list(&[(0, 0)]).unwrap(), [0u16; 0]);
        assert_eq!(list(&[(0, 65535)]).unwrap().len(), 65535);
        assert!(list(&[(5, 4)]).unwrap_err().what.contains("backwards"));
        assert_eq!(singles(&[5, 0, 5, 1]), [1, 5]);
    }
}
