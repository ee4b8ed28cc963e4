//! Which words are tried to prove that memory can be read, and what counts as a proof.

use super::target::DebugTarget;

/// The core's CPUID register, on every Cortex-M.
pub const CPUID: u64 = 0xE000_ED00;

/// Words tried at the start of each region.
const WORDS_EACH: u64 = 4;
/// Flash regions tried.
const REGIONS: usize = 4;
/// Where flash starts on most Cortex-M parts, tried when the profile names no region.
const USUAL_FLASH: [u64; 2] = [0, 0x0800_0000];

/// Start and number of words of each place to try.
pub fn places(target: &DebugTarget) -> Vec<(u64, usize)> {
    let mut places = vec![(CPUID, 1)];
    let starts: Vec<(u64, u64)> = match target.flash.as_slice() {
        [] => USUAL_FLASH.iter().map(|&at| (at, WORDS_EACH * 4)).collect(),
        named => named.iter().copied().take(REGIONS).collect(),
    };
    for (at, len) in starts {
        let words = (len / 4).clamp(1, WORDS_EACH);
        places.push((at & !3, words as usize));
    }
    for (at, len) in target.uid_places() {
        places.push((at & !3, (len / 4).clamp(1, WORDS_EACH) as usize));
    }
    places
}

/// Do these words show that memory was really read?
///
/// A core that names itself does: ARM's implementer code in CPUID. Else at least two different
/// words other than blank (all zeros, all ones) must have come, since an access port that is shut
/// may answer with zeros, ones, or the same stale word again and again.
pub fn proves_reading(words: &[(u64, u32)]) -> bool {
    let named = |&(at, word): &(u64, u32)| at == CPUID && word >> 24 == 0x41;
    let mut filled = words
        .iter()
        .filter(|(_, w)| *w != 0 && *w != u32::MAX)
        .map(|(_, w)| w);
    let first = filled.next();
    words.iter().any(named) || first.is_some_and(|first| filled.any(|w| w != first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_stale_words_prove_nothing() {
        assert!(!proves_reading(&[]));
        assert!(!proves_reading(&[(CPUID, 0), (0, 0), (4, 0)]));
        assert!(!proves_reading(&[(0, u32::MAX), (4, 0)]));
        assert!(
            !proves_reading(&[(CPUID, 0x0477_0001), (0, 0x0477_0001)]),
            "stale"
        );
        assert!(
            !proves_reading(&[(0, 0x2000_1000)]),
            "one word may be anything"
        );
    }

    #[test]
    fn a_core_that_names_itself_or_two_different_words_do() {
        assert!(proves_reading(&[(CPUID, 0x410F_C241)]));
        assert!(proves_reading(&[(0, 0x2000_1000), (4, 0x0000_0401)]));
    }

    #[test]
    fn named_regions_come_before_guesses_and_are_bounded() {
        let mut target = DebugTarget::new("1:2");
        assert_eq!(places(&target), [(CPUID, 1), (0, 4), (0x0800_0000, 4)]);
        target.flash = vec![(0x1002, 8); 9];
        target.chip = Some("nRF52840_xxAA".into());
        let all = places(&target);
        assert_eq!(all[1], (0x1000, 2));
        assert_eq!(all.len(), 1 + 4 + 1);
        assert_eq!(all[5], (0x1000_0060, 2));
    }
}
