//! Arguments of `events`.

use clap::Args;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Arguments of `events`.
#[derive(Debug, Args)]
pub struct EventsArgs {
    /// Folder of the run.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Numbers of events, from 0, or A..B for those from A to B, both included [default: all].
    #[arg(value_name = "NUMBER|A..B", value_parser = numbers)]
    pub numbers: Vec<RangeInclusive<u64>>,
    /// Print the journal's own lines, whole.
    #[arg(long)]
    pub json: bool,
}

/// A number, or the first and the last of several.
fn numbers(text: &str) -> Result<RangeInclusive<u64>, String> {
    let number = |text: &str| {
        let read = text.parse::<u64>();
        read.map_err(|_| format!("`{text}` is no number of an event: write 12, or 12..15"))
    };
    let Some((first, last)) = text.split_once("..") else {
        let one = number(text)?;
        return Ok(one..=one);
    };
    let range = number(first)?..=number(last)?;
    match range.is_empty() {
        true => Err(format!("{first} comes after {last}")),
        false => Ok(range),
    }
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn numbers_and_ranges_are_read_with_both_ends() {
        assert_eq!(numbers("12"), Ok(12..=12));
        assert_eq!(numbers("12..15"), Ok(12..=15));
        for odd in ["", "x", "-1", "3..", "..3", "5..3", "1-3"] {
            assert!(numbers(odd).is_err(), "{odd}");
        }
    }
}
