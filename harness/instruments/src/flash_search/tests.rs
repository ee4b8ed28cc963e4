use super::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use proofhouse_model::TroubleKind;
use proofhouse_model::bytes::to_hex;
use proofhouse_model::seeded::Seeded;

const SECRET: &[u8] = b"tr0ub4dor&3?>~";

fn noise(len: usize) -> Vec<u8> {
    let mut seeded = Seeded::stream(7, 0);
    (0..len).map(|_| seeded.byte()).collect()
}

fn needle(value: &[u8]) -> Vec<(String, Bytes)> {
    vec![("wifi".to_owned(), Bytes::from(value.to_vec()))]
}

/// Finds of `SECRET` after `planted` was written into noise at each of four places.
fn encodings(planted: &[u8]) -> Vec<Vec<(String, u64)>> {
    let find = |place: usize| {
        let mut flash = noise(1200);
        flash[place..place + planted.len()].copy_from_slice(planted);
        let found = search_flash(&[(0x8000, &flash)], &needle(SECRET)).unwrap();
        let finds = found.finds.into_iter();
        finds
            .map(|f| (f.encoding, f.at - 0x8000 - place as u64))
            .collect()
    };
    (1000..1004).map(find).collect()
}

fn always(planted: &[u8], encoding: &str) {
    for finds in encodings(planted) {
        assert_eq!(finds, [(encoding.to_owned(), 0)]);
    }
}

#[test]
fn every_simple_form_is_found_wherever_it_lies() {
    always(SECRET, "plain");
    always(to_hex(SECRET).as_bytes(), "hex");
    always(to_hex(SECRET).to_uppercase().as_bytes(), "hex-upper");
    let wide = |c: &u8| [*c, 0];
    always(
        &SECRET.iter().flat_map(wide).collect::<Vec<_>>(),
        "utf-16le",
    );
    let wide = |c: &u8| [0, *c];
    always(
        &SECRET.iter().flat_map(wide).collect::<Vec<_>>(),
        "utf-16be",
    );
    always(
        &SECRET.iter().rev().copied().collect::<Vec<_>>(),
        "reversed",
    );
}

#[test]
fn base64_is_found_in_every_alignment_and_alphabet() {
    for ahead in 0..6 {
        for behind in 0..4 {
            let text = [&b"{\"k\":\""[..ahead], SECRET, &b"\"}}}"[..behind]].concat();
            for (coded, name) in [
                (STANDARD.encode(&text), "base64"),
                (URL_SAFE.encode(&text), "base64url"),
            ] {
                let finds = encodings(coded.as_bytes());
                let hit =
                    |f: &Vec<(String, u64)>| f.iter().any(|(e, _)| e == name || e == "base64");
                assert!(finds.iter().all(hit), "{name} {ahead} {behind}: {finds:?}");
            }
        }
    }
}

#[test]
fn reversed_words_are_found_at_every_alignment() {
    for place in 1000..1008 {
        let mut flash = noise(4096);
        flash[place..place + SECRET.len()].copy_from_slice(SECRET);
        flash.chunks_exact_mut(4).for_each(<[u8]>::reverse);
        for start in [0, 0x2000_0000] {
            let found = search_flash(&[(start, &flash)], &needle(SECRET)).unwrap();
            assert_eq!(found.finds.len(), 1);
            assert_eq!(found.finds[0].encoding, "word-swapped");
        }
        // A region that does not start on a word is still read in words of the address space.
        let found = search_flash(&[(3, &flash[3..])], &needle(SECRET)).unwrap();
        assert_eq!(found.finds[0].at, place as u64);
    }
}

#[test]
fn noise_holds_nothing_and_a_border_hides_nothing() {
    let flash = noise(300_000);
    let clean = search_flash(&[(0, &flash)], &needle(SECRET)).unwrap();
    assert_eq!((clean.finds.len(), clean.searched), (0, 300_000));
    assert!(clean.filled_permille > 980);
    let (a, b) = SECRET.split_at(5);
    let regions: [(u64, &[u8]); 2] = [(105, b), (100, a)];
    let found = search_flash(&regions, &needle(SECRET)).unwrap();
    assert_eq!((found.finds[0].at, found.searched), (100, 14));
    let apart: [(u64, &[u8]); 2] = [(100, a), (106, b)];
    assert!(
        search_flash(&apart, &needle(SECRET))
            .unwrap()
            .finds
            .is_empty()
    );
}

#[test]
fn finds_are_bounded_and_rare_forms_are_kept() {
    let mut flash = SECRET.repeat(1000);
    flash.extend_from_slice(to_hex(SECRET).as_bytes());
    let found = search_flash(&[(0, &flash)], &needle(SECRET)).unwrap();
    assert_eq!(found.finds.len(), FINDS_PER_NEEDLE);
    assert!(found.finds.iter().any(|f| f.encoding == "hex"));
}

#[test]
fn blank_flash_looks_blank_and_bad_needles_are_refused() {
    let blank = [vec![0xff; 500], vec![0; 500]].concat();
    let found = search_flash(&[(0, &blank)], &needle(SECRET)).unwrap();
    assert_eq!((found.searched, found.filled_permille), (1000, 0));
    let nothing = search_flash(&[], &needle(SECRET)).unwrap();
    assert_eq!((nothing.searched, nothing.filled_permille), (0, 0));
    for bad in [&needle(b"12345")[..], &needle(&[1; 5000]), &[]] {
        let trouble = search_flash(&[(0, &blank)], bad).unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Case);
    }
    let far: [(u64, &[u8]); 1] = [(u64::MAX, &blank)];
    assert!(search_flash(&far, &needle(SECRET)).is_err());
}

#[test]
fn two_needles_keep_their_names() {
    let needles = [
        needle(b"first-secret"),
        vec![("other".into(), Bytes::from("2nd-secret"))],
    ]
    .concat();
    let found = search_flash(&[(0, b"..2nd-secret..first-secret..")], &needles).unwrap();
    let names: Vec<_> = found
        .finds
        .iter()
        .map(|f| (f.needle.as_str(), f.at))
        .collect();
    assert_eq!(names, [("wifi", 14), ("other", 2)]);
}
