//! What is said to a Power Profiler Kit II and by it, as Nordic's own application does it: commands of a byte and its
//! arguments, one answer in text, and samples of four bytes.

use std::collections::BTreeMap;

pub(super) const AVERAGE_START: &[u8] = &[0x06];
pub(super) const AVERAGE_STOP: &[u8] = &[0x07];
pub(super) const GET_METADATA: &[u8] = &[0x19];
pub(super) const RESET: &[u8] = &[0x20];

/// Lets the unit have its supply, or not.
pub(super) fn running(on: bool) -> [u8; 2] {
    [0x0c, u8::from(on)]
}

/// Sets what it feeds.
pub(super) fn regulator(millivolts: u16) -> [u8; 3] {
    let [high, low] = millivolts.to_be_bytes();
    [0x0d, high, low]
}

/// Sets what it is.
pub(super) fn power_mode(mode: Mode) -> [u8; 2] {
    [0x11, mode as u8]
}

/// What it is to the unit, by its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It lets another supply through.
    Ampere = 1,
    /// It is the supply.
    Source = 2,
}

/// What turns samples of one range of currents into amperes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    r: f64,
    gs: f64,
    gi: f64,
    o: f64,
    s: f64,
    i: f64,
    ug: f64,
}

/// Resistors of a kit that was never calibrated, in ohms.
const RESISTORS: [f64; 5] = [1031.64, 101.65, 10.15, 0.94, 0.043];
/// Volts of one step of its converter.
const STEP: f64 = 1.8 / 163_840.0;
/// Most characters that are quoted of a value.
const QUOTED: usize = 40;

/// What a kit tells of itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Metadata {
    ranges: Vec<Range>,
    /// What it is set to feed, in millivolts.
    pub(super) vdd: f64,
    /// The number of its mode.
    pub(super) mode: f64,
}

impl Metadata {
    /// The answer in what came, when it is there in full. What stands before it is none of it.
    pub(super) fn find(came: &[u8]) -> Option<Result<Self, String>> {
        let told = &came[at(came, b"R0:")?..];
        // At the beginning of a line: samples may say END, too.
        let end = at(told, b"\nEND").or_else(|| at(told, b"\rEND"))?;
        Some(Self::parse(&String::from_utf8_lossy(&told[..end])))
    }

    fn parse(told: &str) -> Result<Self, String> {
        let lines = told.lines().filter_map(|line| line.split_once(':'));
        let values: BTreeMap<String, &str> = lines
            .map(|(key, value)| (key.trim().to_ascii_uppercase(), value.trim()))
            .collect();
        let number = |key: &str| -> Result<Option<f64>, String> {
            let Some(said) = values.get(key) else {
                return Ok(None);
            };
            let said: String = said.chars().take(QUOTED).collect();
            let read = said.parse::<f64>().map(Some);
            read.map_err(|_| format!("says `{}` of its {key}", said.escape_debug()))
        };
        // What is no number was never calibrated.
        let factor = |family: &str, n: usize, plain: f64| -> Result<f64, String> {
            match number(&format!("{family}{n}"))? {
                Some(value) if value.is_finite() => Ok(value),
                None if ["R", "GS", "GI", "O"].contains(&family) => {
                    Err(format!("does not tell its {family}{n}"))
                }
                _ => Ok(plain),
            }
        };
        let told = |key: &str| number(key)?.ok_or_else(|| format!("does not tell its {key}"));
        let mut ranges = Vec::new();
        for (n, plain) in RESISTORS.into_iter().enumerate() {
            let r = factor("R", n, plain)?;
            ranges.push(Range {
                r: if r > 0.0 { r } else { plain },
                gs: factor("GS", n, 1.0)?,
                gi: factor("GI", n, 1.0)?,
                o: factor("O", n, 0.0)?,
                s: factor("S", n, 0.0)?,
                i: factor("I", n, 0.0)?,
                ug: factor("UG", n, 1.0)?,
            });
        }
        Ok(Self {
            ranges,
            vdd: told("VDD")?,
            mode: told("MODE")?,
        })
    }

    /// The current of a sample in amperes; nothing where it is of a range that there is not.
    fn current(&self, sample: Sample, millivolts: u16) -> Option<f64> {
        let range = self.ranges.get(usize::from(sample.range))?;
        let plain = (f64::from(sample.adc) * 4.0 - range.o) * (STEP / range.r);
        let offset = range.s * (f64::from(millivolts) / 1000.0) + range.i;
        Some(range.ug * (plain * (range.gs * plain + range.gi) + offset))
    }
}

/// Where something begins.
fn at(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|window| window == what)
}

/// Bytes of a sample.
pub(super) const SAMPLE: usize = 4;

/// What stands in one: its level, its range, and the low bits of its number. Eight more are of its logic port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sample {
    adc: u16,
    range: u8,
    counter: u8,
}

/// Samples are counted up to this.
const COUNTER: u8 = 0x3f;

impl Sample {
    fn of(bytes: [u8; SAMPLE]) -> Self {
        let word = u32::from_le_bytes(bytes);
        Self {
            adc: (word & 0x3fff) as u16,
            range: ((word >> 14) & 0x7) as u8,
            counter: (word >> 18) as u8 & COUNTER,
        }
    }

    /// How many are missing between that one and this, up to 63.
    fn missing_since(self, last: Self) -> u8 {
        self.counter.wrapping_sub(last.counter).wrapping_sub(1) & COUNTER
    }
}

fn samples(came: &[u8]) -> impl Iterator<Item = Sample> {
    let whole = came.chunks_exact(SAMPLE);
    whole.filter_map(|bytes| bytes.try_into().ok().map(Sample::of))
}

/// How many samples follow the one before them, where the first one begins there.
fn following(came: &[u8]) -> usize {
    let pairs = samples(came).zip(samples(came).skip(1));
    pairs
        .filter(|(last, next)| next.missing_since(*last) == 0)
        .count()
}

/// What a stretch of samples comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Average {
    /// Nanoamperes.
    pub(super) current_na: i64,
    /// Samples that it is the average of: each follows the one before it.
    pub(super) samples: u64,
    /// Samples that are missing between others, at least.
    pub(super) lost: u64,
}

/// The average of what came after samples were asked for. Where the first of them begins is seen by their counter.
pub(super) fn average(
    came: &[u8],
    metadata: &Metadata,
    millivolts: u16,
) -> Result<Average, String> {
    let starts = (0..SAMPLE).filter_map(|n| came.get(n..));
    let best = starts.rev().max_by_key(|from_there| following(from_there));
    let came = best.unwrap_or_default();
    let (mut sum, mut counted, mut lost, mut all) = (0.0, 0_u64, 0_u64, 0_u64);
    let mut last: Option<Sample> = None;
    for sample in samples(came) {
        all += 1;
        match last.map(|last| sample.missing_since(last)) {
            Some(0) => {
                if let Some(amperes) = metadata.current(sample, millivolts) {
                    sum += amperes;
                    counted += 1;
                }
            }
            missing => lost += u64::from(missing.unwrap_or_default()),
        }
        last = Some(sample);
    }
    if counted * 2 < all || counted == 0 {
        return Err(format!(
            "cannot be read back: only {counted} of {all} samples follow each other"
        ));
    }
    Ok(Average {
        current_na: (sum / counted as f64 * 1e9).round() as i64,
        samples: counted,
        lost,
    })
}

/// A current for a reader.
pub(super) fn amount(nanoamperes: i64) -> String {
    let (size, unit) = match nanoamperes.unsigned_abs() {
        0..1_000 => return format!("{nanoamperes} nA"),
        1_000..1_000_000 => (1e3, "µA"),
        _ => (1e6, "mA"),
    };
    let shown = format!("{:.3}", nanoamperes as f64 / size);
    let shown = shown.trim_end_matches('0').trim_end_matches('.');
    format!("{shown} {unit}")
}

#[cfg(test)]
mod tests;
