use super::examples::examples;
use super::*;
use crate::forms;

const SECRET: &str = "kR7&wQz9+Lm2/té";

/// What is found of a value in a text, by the way it was read.
fn found(value: &str, text: &[u8]) -> Vec<How> {
    let forms = forms::all(value.as_bytes(), SHORTEST);
    let mut out: Vec<How> = of(text)
        .into_iter()
        .filter(|reading| {
            let mut forms = forms.iter().filter(|(form, _)| reading.how.takes(*form));
            forms.any(|(_, bytes)| {
                let mut windows = reading.bytes.windows(bytes.len()).enumerate();
                bytes.len() >= reading.how.shortest()
                    && windows.any(|(at, w)| {
                        let gap = !reading.how.is_exact() || reading.has_gap(at, at + w.len());
                        w == &bytes[..] && gap
                    })
            })
        })
        .map(|reading| reading.how)
        .collect();
    out.sort();
    out.dedup();
    out
}

#[test]
fn a_value_is_found_however_it_is_spread() {
    for (how, text) in examples(SECRET) {
        for text in [text.clone(), format!("says: {text} and more\r\n")] {
            let found = found(SECRET, text.as_bytes());
            assert!(found.contains(&how), "{how:?} {text:?} {found:?}");
        }
    }
}

/// Where each byte stands is where it is found again.
#[test]
fn each_byte_of_an_exact_reading_stands_where_it_says() {
    for (_, text) in examples(SECRET) {
        for reading in of(text.as_bytes()) {
            assert_eq!(reading.bytes.len(), reading.at.len());
            for (byte, (from, to)) in reading.bytes.iter().zip(&reading.at) {
                let place = &text.as_bytes()[*from as usize..*to as usize];
                if reading.how.is_exact() && *byte != BREAK {
                    assert_eq!(place, [*byte], "{:?} {text:?}", reading.how);
                }
            }
        }
    }
}

/// Text of every day and bytes without meaning hold nothing, and no reading is much longer than what is read.
#[test]
fn what_is_not_there_is_not_found() {
    let text =
        "ready in 115 ms, 101 networks, 99 of 114 seen; see <b>lamp</b>.\r\n> live, 12 left\r\n";
    let text = text.repeat(40);
    let noise = (0..40_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]);
    let noise: Vec<u8> = noise.collect();
    for text in [
        text.as_bytes(),
        &noise,
        &[0; 9000],
        &[0xff; 9000],
        b"%",
        b"\\u00",
        b"<",
        b"",
    ] {
        for value in ["live12", "lamplive", "secret", SECRET] {
            assert_eq!(found(value, text), [], "{value}");
        }
        for reading in of(text) {
            assert!(
                reading.bytes.len() <= 5 * text.len() + 64,
                "{:?}",
                reading.how
            );
        }
    }
}
