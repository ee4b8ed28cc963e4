//! What a kit said, word by word; currents were computed apart from this, by Nordic's formula.

use super::*;

const TOLD: &str = "Calibrated: 0\nR0: 1003.3506\nR1: 101.5865\nR2: 10.3027\nR3: 0.9636\nR4: 0.0564\n\
GS0: 0.0000\nGS1: 112.7890\nGS2: 18.0115\nGS3: 2.4217\nGS4: 0.0729\n\
GI0: 1.0000\nGI1: 0.9695\nGI2: 0.9609\nGI3: 0.9519\nGI4: 0.9582\n\
O0: 112.9420\nO1: 75.4627\nO2: 64.6020\nO3: 50.4983\nO4: 87.2177\nVDD: 3300\nHW: 9173\nmode: 2\n\
S0: 0.000000048\nS1: 0.000000596\nS2: 0.000005281\nS3: 0.000062577\nS4: 0.002940743\n\
I0: -0.000000104\nI1: -0.000001443\nI2: 0.000036439\nI3: -0.000374119\nI4: -0.009388455\n\
UG0: 1.00\nUG1: 1.00\nUG2: 1.00\nUG3: 1.00\nUG4: 1.25\nIA: 56\nEND\n";

fn metadata() -> Metadata {
    Metadata::find(TOLD.as_bytes()).unwrap().unwrap()
}

/// Bytes of a sample, with all pins of its logic port high.
fn sample(adc: u32, range: u32, counter: u32) -> [u8; 4] {
    (adc | range << 14 | (counter & 0x3f) << 18 | 0xff << 24).to_le_bytes()
}

fn stretch(numbers: impl Iterator<Item = u32>) -> Vec<u8> {
    numbers.flat_map(|n| sample(5000, 0, n)).collect()
}

#[test]
fn samples_of_each_range_become_a_current() {
    let metadata = metadata();
    let known = [
        (0, 28, 44),
        (0, 5000, 217_811),
        (1, 5000, 2_613_285),
        (2, 8000, 53_664_820),
        (3, 10_000, 935_807_406),
        (4, 3000, 3_270_500_619),
    ];
    for (range, adc, nanoamperes) in known {
        let came: Vec<u8> = (0..40).flat_map(|n| sample(adc, range, n)).collect();
        let average = average(&came, &metadata, 3300).unwrap();
        let (current_na, samples, lost) = (nanoamperes, 39, 0);
        let wanted = Average {
            current_na,
            samples,
            lost,
        };
        assert_eq!(average, wanted, "range {range}");
    }
    assert_eq!((metadata.vdd, metadata.mode), (3300.0, 2.0));
}

#[test]
fn what_is_missing_between_samples_is_counted() {
    // Over the end of the counter, and two gaps: of 3, and of 10.
    let numbers = (50..70).chain(73..90).chain(100..130);
    let seen = average(&stretch(numbers), &metadata(), 3300).unwrap();
    assert_eq!((seen.samples, seen.lost), (64, 13));
    assert_eq!(seen.current_na, 217_811);
}

#[test]
fn where_the_first_sample_begins_is_seen() {
    for before in 0..4 {
        let mut came = vec![b'\n'; before];
        came.extend(stretch(0..100));
        let seen = average(&came, &metadata(), 3300).unwrap();
        assert_eq!((seen.samples, seen.current_na), (99, 217_811), "{before}");
    }
}

#[test]
fn bytes_that_are_no_samples_are_no_current() {
    let text = TOLD.repeat(4);
    for came in [text.as_bytes(), &[0; 4096], b"", b"abc"] {
        let why = average(came, &metadata(), 3300).unwrap_err();
        assert!(why.contains("samples follow each other"), "{why}");
    }
    // As of a range that no kit has.
    let none: Vec<u8> = (0..40).flat_map(|n| sample(5000, 5, n)).collect();
    assert!(average(&none, &metadata(), 3300).is_err());
}

#[test]
fn the_answer_is_found_behind_whatever_stands_before_it() {
    let mut came = b"\xff\x00END\nEND".to_vec();
    came.extend(stretch(0..500));
    for (n, byte) in TOLD.bytes().enumerate() {
        let found = Metadata::find(&came);
        // Its last line ends it, whether or not the end of that has come.
        assert_eq!(found.is_some(), n + 1 >= TOLD.len(), "after {n} bytes");
        came.push(byte);
    }
    assert_eq!(Metadata::find(&came), Some(Ok(metadata())));
}

#[test]
fn a_kit_that_does_not_tell_a_factor_is_not_believed() {
    let read = |told: &str| Metadata::find(told.as_bytes()).unwrap();
    let missing = read(&TOLD.replace("R3: 0.9636\n", "")).unwrap_err();
    assert_eq!(missing, "does not tell its R3");
    let missing = read(&TOLD.replace("O0: 112.9420\n", "")).unwrap_err();
    assert_eq!(missing, "does not tell its O0");
    let odd = read(&TOLD.replace("I1: -0.000001443", "I1: -0.0\u{1b}")).unwrap_err();
    assert_eq!(odd, "says `-0.0\\u{1b}` of its I1");
    // One that was never calibrated says so.
    let told = TOLD.replace("R0: 1003.3506", "R0: -nan");
    let plain = TOLD.replace("R0: 1003.3506", "R0: 1031.64");
    assert_eq!(read(&told), read(&plain));
    assert_eq!(
        read(&TOLD.replace("R0: 1003.3506", "R0: 0.0")),
        read(&plain)
    );
}

#[test]
fn commands_are_those_of_the_kit() {
    assert_eq!(regulator(800), [0x0d, 3, 32]);
    assert_eq!(regulator(5000), [0x0d, 0x13, 0x88]);
    assert_eq!((running(true), running(false)), ([0x0c, 1], [0x0c, 0]));
    assert_eq!(power_mode(Mode::Ampere), [0x11, 1]);
    assert_eq!(power_mode(Mode::Source), [0x11, 2]);
}

#[test]
fn a_current_is_told_in_its_own_size() {
    let told = [-900, 5_000, 12_345, 12_500_000].map(amount);
    assert_eq!(told, ["-900 nA", "5 µA", "12.345 µA", "12.5 mA"]);
}
