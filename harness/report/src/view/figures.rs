//! What was measured, in lines.

use proofhouse_model::Measurement;
use std::collections::BTreeMap;

/// Endings of names that belong to one figure of several rounds: its middle, its least and its most.
const LEAST: &str = ", least";
const MOST: &str = ", most";
const MEDIAN: &str = ", median of ";

/// A line a figure; the three of one that was taken in rounds are one.
pub fn figures(measured: &[&Measurement]) -> Vec<String> {
    let ends = |end: &str| -> BTreeMap<&str, f64> {
        let of = measured
            .iter()
            .filter_map(|m| Some((m.name.strip_suffix(end)?, m.value)));
        of.collect()
    };
    let (least, most) = (ends(LEAST), ends(MOST));
    let line = |m: &&Measurement| {
        if m.name.ends_with(LEAST) || m.name.ends_with(MOST) {
            return None;
        }
        let rounds = m.name.split_once(MEDIAN);
        let spread =
            rounds.and_then(|(name, n)| Some((name, n, least.get(name)?, most.get(name)?)));
        Some(match spread {
            Some((name, n, least, most)) => format!(
                "{name}: {} {unit} ({least} to {most} {unit}, {n} times)",
                m.value,
                unit = m.unit
            ),
            None => format!("{}: {} {}", m.name, m.value, m.unit),
        })
    };
    measured.iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_of_one_figure_are_one_line() {
        let figure = |name: &str, value: f64| Measurement {
            name: name.to_owned(),
            value,
            unit: "ms".to_owned(),
            limit: None,
        };
        let all = [
            figure("off, median of 5", 12.0),
            figure("off, least", 9.0),
            figure("off, most", 30.0),
            figure("once", 4.0),
            figure("on, most", 5.0),
        ];
        let all: Vec<_> = all.iter().collect();
        assert_eq!(
            figures(&all),
            ["off: 12 ms (9 to 30 ms, 5 times)", "once: 4 ms"]
        );
    }
}
