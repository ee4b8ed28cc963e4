use super::*;
use base64::Engine;
use md5::Digest;
use proofhouse_model::TroubleKind;
use proofhouse_model::bytes::to_hex;
use proofhouse_model::seeded::Seeded;
use std::collections::BTreeSet;

const FACTS: [[&str; 4]; 2] = [
    [
        "AC:DE:48:1B:20:7F",
        "PH1-000123",
        "Acme SmartPlug",
        "Plug-207F",
    ],
    [
        "AC:DE:48:9C:04:E3",
        "PH1-000124",
        "Acme SmartPlug",
        "Plug-04E3",
    ],
];

fn facts(specimens: usize) -> Vec<Vec<String>> {
    let own = |i: usize| FACTS[i % 2].iter().map(|f| (*f).to_owned()).collect();
    (0..specimens).map(own).collect()
}

/// Kinds found for each specimen.
fn kinds(passwords: &[&str]) -> Vec<BTreeSet<String>> {
    let values: Vec<String> = passwords.iter().map(|p| (*p).to_owned()).collect();
    let found = assess_passwords(&values, &facts(values.len())).unwrap();
    let mut out = vec![BTreeSet::new(); values.len()];
    for w in found.weaknesses {
        for value in values.iter().filter(|v| v.len() > 2) {
            let told = w.detail.to_lowercase().contains(&value.to_lowercase());
            assert!(!told, "{value} is told in `{}`", w.detail);
        }
        assert!(out[w.specimen].insert(w.kind), "a kind twice");
    }
    out
}

fn one(password: &str, kind: &str) {
    let found = kinds(&[password]);
    assert!(
        found[0].contains(kind),
        "{password}: {found:?} lacks {kind}"
    );
}

fn random(seeded: &mut Seeded, letters: &str, length: usize) -> String {
    let letters: Vec<char> = letters.chars().collect();
    (0..length).filter_map(|_| seeded.pick(&letters)).collect()
}

const LETTERS: [&str; 5] = [
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "ABCDEFGHJKLMNPQRSTUVWXYZ23456789",
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#%+-_",
    "0123456789abcdef",
    "abcdefghijklmnopqrstuvwxyz",
];

#[test]
fn twelve_random_characters_are_never_flagged() {
    for seed in 0..25 {
        for letters in LETTERS {
            let mut seeded = Seeded::stream(seed, 0);
            let two = [
                random(&mut seeded, letters, 12),
                random(&mut seeded, letters, 12),
            ];
            let found = assess_passwords(&two, &facts(2)).unwrap();
            assert_eq!(found.weaknesses, [], "seed {seed} {two:?}");
            assert!(found.least_bits >= LEAST_BITS && found.compared == 2);
        }
    }
}

/// The same for what does not need digests, over many more.
#[test]
fn ten_thousand_random_passwords_have_no_pattern() {
    let public = facts(2);
    for seed in 0..1000 {
        for letters in LETTERS {
            let mut seeded = Seeded::stream(seed, 1);
            let two = [
                random(&mut seeded, letters, 12),
                random(&mut seeded, letters, 12),
            ];
            let bits = shape::bits(&two[0]);
            assert!(
                alone(&two[0], bits, &public[0]).is_empty(),
                "seed {seed} {two:?}"
            );
            assert!(
                compare::counter(&two, &public, 0).is_none(),
                "seed {seed} {two:?}"
            );
        }
    }
}

#[test]
fn twelve_random_digits_are_hardly_ever_flagged() {
    let mut flagged = 0;
    for seed in 0..2000 {
        let password = random(&mut Seeded::stream(seed, 2), "0123456789", 12);
        flagged += usize::from(!alone(&password, shape::bits(&password), &[]).is_empty());
    }
    assert!(flagged <= 4, "{flagged} of 2000");
}

#[test]
fn each_derivation_from_a_fact_is_found() {
    for made in [
        "acde481b207f",
        "AC-DE-48-1B-20-7F",
        "acde48",
        "1b207f",
        "1B207F!",
        "plug1b207f",
        "f702b184edca",
        "7f201b48deca",
        "acde481b2080",
        "1b207e",
        "wifi207f",
        "207f",
        "PH1-000123",
        "ph1000123",
        "000123",
        "321000",
        "000124",
        "bdef592c3180",
        "5321b7e4df80",
        "admin000123",
        "AcmeSmartPlug",
        "smartplug-207f",
        "190070692454527",
        "1777791",
        "xx-acde481b207f-yy",
    ] {
        one(made, "from-public");
    }
}

#[test]
fn each_digest_of_a_fact_is_found() {
    let mac = "AC:DE:48:1B:20:7F";
    let md5 = md5::Md5::digest(mac);
    one(&to_hex(&md5)[..8], "from-public");
    one(&to_hex(&md5)[20..], "from-public");
    let sha1 = sha1::Sha1::digest("acde481b207f");
    one(&to_hex(&sha1)[..10].to_uppercase(), "from-public");
    let sha256 = sha2::Sha256::digest([0xac, 0xde, 0x48, 0x1b, 0x20, 0x7f]);
    one(
        &base64::engine::general_purpose::STANDARD.encode(sha256)[..12],
        "from-public",
    );
    let sha256 = sha2::Sha256::digest("PH1-000123");
    let letters = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mapped = sha256
        .iter()
        .take(10)
        .map(|b| char::from(letters[usize::from(*b) % 36]));
    one(&mapped.collect::<String>(), "from-public");
    let number = u32::from_be_bytes(*md5::Md5::digest("PH1-000123\n").first_chunk().unwrap());
    one(&format!("{:08}", number % 100_000_000), "from-public");
    let joined = sha1::Sha1::digest("AC:DE:48:1B:20:7FPH1-000123");
    one(&format!("plug-{}", &to_hex(&joined)[..8]), "from-public");
}

#[test]
fn a_common_beginning_does_not_hide_a_derivation() {
    let found = kinds(&["Xk9Zq-207F", "Xk9Zq-04E3"]);
    assert!(found.iter().all(|k| k.contains("from-public")), "{found:?}");
}

#[test]
fn equal_and_counted_values_are_found() {
    for kinds in kinds(&["k7q2m9xwzt4p", "k7q2m9xwzt4p"]) {
        assert!(kinds.contains("shared"));
    }
    for pair in [
        ["48291730", "48291731"],
        ["482917309999", "482917310000"],
        ["k7q2m9xw0017", "k7q2m9xw0018"],
        ["A17-k7q2m9xw", "B93-k7q2m9xw"],
        ["9f3a61c80fff", "9f3a61c81000"],
    ] {
        assert!(
            kinds(&pair).iter().all(|k| k.contains("counter")),
            "{pair:?}"
        );
    }
    let values = ["48291730".to_owned(), "48291731".to_owned()];
    let found = assess_passwords(&values, &facts(2)).unwrap();
    assert!(
        found
            .weaknesses
            .iter()
            .any(|w| w.detail.contains("serial numbers"))
    );
    assert!(found.least_bits <= 10.0);
    // Specimens are counted from one, whatever is said of them.
    for (values, word) in [
        (values, "from specimen"),
        (
            ["k7q2m9xw0017", "k7q2m9xw0018"].map(str::to_owned),
            "as on specimen",
        ),
        (
            ["k7q2m9xwzt4p"; 2].map(str::to_owned),
            "the same on specimen",
        ),
    ] {
        let found = assess_passwords(&values, &facts(2)).unwrap().weaknesses;
        for specimen in [0, 1] {
            let other = format!("{word} {}", 2 - specimen);
            let mut own = found.iter().filter(|w| w.specimen == specimen);
            assert!(own.any(|w| w.detail.contains(&other)), "{other}: {found:?}");
        }
    }
}

#[test]
fn weak_values_by_themselves() {
    one("admin", "common");
    one("admin", "short");
    one("aaaaaaaaaaaa", "low-entropy");
    one("1qaz2wsx3edc", "pattern");
    one("Acme2024", "pattern");
    one("", "common");
    let all = assess_passwords(&["Password1".to_owned()], &facts(1)).unwrap();
    assert!(all.least_bits <= 9.0);
}

#[test]
fn details_never_tell_the_value() {
    for known in [
        "password",
        "default",
        "public",
        "serial",
        "secret",
        "test",
        "user",
        "label",
        "character",
    ] {
        kinds(&[known, known]);
    }
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let word = || "k7q2m9xwzt4p".to_owned();
    for (passwords, public) in [
        (vec![], vec![]),
        (vec![word()], vec![]),
        (vec![word()], vec![vec![]]),
    ] {
        let trouble = assess_passwords(&passwords, &public).unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Case);
    }
}
