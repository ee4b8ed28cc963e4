//! One message: JSON, and behind it the large bytes that stand in it, raw. So an image of 64 MiB is neither written as
//! hex nor copied once more on its way.

use proofhouse_model::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Bytes up to this many stand in the JSON itself.
const SMALL: usize = 1024;

/// Longest JSON and longest run of bytes taken: as large as a value of a script, and its text escaped.
const LONGEST: u64 = 512 << 20;

/// Most runs of bytes beside one message.
const MOST_RAW: u32 = 1 << 20;

/// A message with bytes in it.
pub(super) trait Carries {
    /// Every run of bytes in it, in an order that its content alone decides.
    fn bytes_mut(&mut self) -> Vec<&mut Bytes>;
}

#[derive(Serialize, Deserialize)]
struct Envelope<M> {
    /// For each raw run the place it is taken from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    raw: Vec<u32>,
    message: M,
}

/// Writes a message.
///
/// # Errors
/// The other end is gone; the message cannot be written as JSON.
pub(super) fn write<M: Serialize + Carries>(
    out: &mut impl Write,
    mut message: M,
) -> io::Result<()> {
    let mut places = Vec::new();
    let mut raw = Vec::new();
    for (at, bytes) in (0..).zip(message.bytes_mut()) {
        if bytes.kept().is_none() && bytes.len() > SMALL {
            places.push(at);
            raw.push(std::mem::take(bytes));
        }
    }
    // Head and JSON in one write: most messages are small, and each write wakes the reader.
    let mut first = vec![0; 12];
    let envelope = Envelope {
        raw: places,
        message,
    };
    serde_json::to_writer(&mut first, &envelope)?;
    let length = (first.len() - 12) as u64;
    let count = u32::try_from(raw.len()).map_err(|_| nonsense("too many runs of bytes"))?;
    first[..8].copy_from_slice(&length.to_le_bytes());
    first[8..12].copy_from_slice(&count.to_le_bytes());
    for bytes in &raw {
        first.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    }
    out.write_all(&first)?;
    for bytes in &raw {
        out.write_all(bytes)?;
    }
    out.flush()
}

/// Reads a message; `None` at the end of the line.
///
/// # Errors
/// The line breaks off, or what came is no message.
pub(super) fn read<M: DeserializeOwned + Carries>(from: &mut impl Read) -> io::Result<Option<M>> {
    let mut head = [0; 12];
    match from.read(&mut head)? {
        0 => return Ok(None),
        some => from.read_exact(&mut head[some..])?,
    }
    let (length, count) = head.split_at(8);
    let length = u64::from_le_bytes(length.try_into().unwrap_or_default());
    let count = u32::from_le_bytes(count.try_into().unwrap_or_default());
    if count > MOST_RAW {
        return Err(nonsense("too many runs of bytes"));
    }
    let json = run(from, length)?;
    let mut lengths = Vec::new();
    for _ in 0..count {
        let mut length = [0; 8];
        from.read_exact(&mut length)?;
        lengths.push(u64::from_le_bytes(length));
    }
    let mut envelope: Envelope<M> = serde_json::from_slice(&json)?;
    drop(json);
    if envelope.raw.len() != lengths.len() {
        return Err(nonsense("its bytes are not those it names"));
    }
    let mut places = envelope.message.bytes_mut();
    for (at, length) in envelope.raw.iter().zip(lengths) {
        let place = places.get_mut(*at as usize);
        let place = place.ok_or_else(|| nonsense("bytes for no place"))?;
        **place = Bytes::from(run(from, length)?);
    }
    drop(places);
    Ok(Some(envelope.message))
}

fn run(from: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    if length > LONGEST {
        return Err(nonsense("it is too long"));
    }
    let length = usize::try_from(length).map_err(|_| nonsense("it is too long"))?;
    let mut out = vec![0; length];
    from.read_exact(&mut out)?;
    Ok(out)
}

fn nonsense(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Two(Bytes, String, Bytes);

    impl Carries for Two {
        fn bytes_mut(&mut self) -> Vec<&mut Bytes> {
            vec![&mut self.0, &mut self.2]
        }
    }

    fn there_and_back(first: Vec<u8>, second: Vec<u8>) -> usize {
        let message = || Two(first.clone().into(), "text".into(), second.clone().into());
        let mut line = Vec::new();
        write(&mut line, message()).unwrap();
        let mut from = line.as_slice();
        assert_eq!(read::<Two>(&mut from).unwrap().unwrap(), message());
        assert!(read::<Two>(&mut from).unwrap().is_none());
        line.len()
    }

    #[test]
    fn bytes_of_any_length_come_through_and_large_ones_at_their_own_size() {
        for length in [0, 1, SMALL, SMALL + 1, 70_000] {
            there_and_back(vec![0xff; length], b"short".to_vec());
            there_and_back(b"short".to_vec(), vec![0xff; length]);
        }
        let length = there_and_back(vec![0; 3 << 20], vec![1; 1 << 20]);
        assert!(length < (4 << 20) + 300, "{length}");
    }

    #[test]
    fn a_line_that_breaks_off_or_lies_is_an_error_and_takes_no_memory() {
        let mut line = Vec::new();
        write(
            &mut line,
            Two(vec![7; 5000].into(), String::new(), Bytes::default()),
        )
        .unwrap();
        for length in 1..line.len() {
            assert!(read::<Two>(&mut &line[..length]).is_err(), "{length}");
        }
        for at in [0, 7, 8, 11] {
            let mut bent = line.clone();
            bent[at] ^= 0x81;
            assert!(read::<Two>(&mut bent.as_slice()).is_err(), "{at}");
        }
    }
}
